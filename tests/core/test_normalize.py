"""What becomes of a LogEntry: one rule a test, both sides of it. Read through the decoder, as an import does."""

import json
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest

from lib.adapters.decoder import DuckDecoder
from lib.core.frames import ENTRIES
from lib.ports import Chunk
from tests.entries import REVISION, SERVICE, LogEntry, as_json, entry, run_resource

DECODER = DuckDecoder()
LOG = "projects/shop-staging/logs/"
FRAME = '  File "/app/orders/store.py", line 12, in save\n    pool.get()\n'
TRACEBACK = f"Traceback (most recent call last):\n{FRAME}TimeoutError: no connection"


def read_all(*entries: LogEntry) -> list[dict[str, Any]]:
    decoded = DECODER.decode(Chunk(pa.array([as_json(e) for e in entries], pa.large_binary()), 0))
    assert decoded.faults == ()
    assert decoded.entries.schema == ENTRIES
    return decoded.entries.to_pylist()


def read(message: str | None = "order stored", /, **fields: Any) -> dict[str, Any]:
    """Return the row of one entry."""
    return read_all(entry(1, message, **fields))[0]


def read_json(**payload: Any) -> dict[str, Any]:
    """Return the row of an entry with this jsonPayload and no severity of its own."""
    return read(None, jsonPayload=payload, severity=None)


# ---- the message


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"textPayload": "from text"}, "from text"),
        ({"jsonPayload": {"message": "from message"}}, "from message"),
        ({"jsonPayload": {"msg": "from msg"}}, "from msg"),
        ({"jsonPayload": {"event": "from event"}}, "from event"),
        ({"jsonPayload": {"textPayload": "from text inside"}}, "from text inside"),
        ({"jsonPayload": {"stack_trace": "from stack_trace"}}, "from stack_trace"),
        ({"jsonPayload": {"message": "first", "msg": "second"}}, "first"),
        ({"jsonPayload": {"message": "", "msg": "second"}}, "second"),
        ({"jsonPayload": {"message": "  \n", "event": "third"}}, "third"),
        ({"textPayload": "  padded\n"}, "padded"),
        ({"textPayload": "two\nlines"}, "two\nlines"),
    ],
)
def test_the_message_is_found_wherever_it_is(fields: LogEntry, message: str) -> None:
    assert read(None, **fields)["message"] == message


@pytest.mark.parametrize(
    "fields", [{}, {"textPayload": ""}, {"textPayload": " \n"}, {"jsonPayload": {"other": "x"}}, {"jsonPayload": {}}]
)
def test_without_a_message_there_is_none(fields: LogEntry) -> None:
    row = read(None, **fields)
    assert (row["message"], row["collapsed"]) == (None, None)


def test_a_request_alone_makes_the_message() -> None:
    request = {"requestMethod": "GET", "requestUrl": "https://api.shop.example/health?deep=1", "status": 503}
    assert read(None, httpRequest=request)["message"] == "GET /health HTTP 503"


def test_a_request_with_a_message_keeps_it() -> None:
    request = {"requestMethod": "GET", "requestUrl": "https://api.shop.example/health", "status": 503}
    assert read("The request failed", httpRequest=request)["message"] == "The request failed"


def test_an_audit_entry_says_its_status() -> None:
    status = {"code": 9, "message": "Ready condition status changed to False for Revision x."}
    audit = {
        "@type": "type.googleapis.com/google.cloud.audit.AuditLog",
        "methodName": "/Services.ReplaceService",
        "status": status,
    }
    assert read(None, protoPayload=audit)["message"] == status["message"]


def test_an_audit_entry_without_a_status_says_what_was_called_on_what() -> None:
    audit = {
        "methodName": "google.cloud.run.v1.Services.ReplaceService",
        "resourceName": "namespaces/shop/services/orders",
        "status": {},
    }
    assert read(None, protoPayload=audit)["message"] == "Services.ReplaceService namespaces/shop/services/orders"


def test_a_message_that_is_masked_is_stored_masked_in_both_places() -> None:
    secret = "hunter2" + "Hunter2x"
    row = read(f"login with password={secret}")
    assert secret not in row["message"] + row["payload"] + row["collapsed"]
    assert "[password]" in row["message"]


# ---- the severity


def test_a_severity_given_is_kept() -> None:
    row = read("level=error", severity="NOTICE")
    assert (row["severity"], row["severity_inferred"]) == ("NOTICE", False)


@pytest.mark.parametrize(("given", "kept"), [("warning", "WARNING"), ("ERR", "ERROR"), ("FATAL", "CRITICAL"), (500, "ERROR")])
def test_a_severity_in_another_spelling_is_googles(given: object, kept: str) -> None:
    assert read(severity=given)["severity"] == kept


def test_default_counts_as_not_given() -> None:
    row = read("[2025-09-16 00:42:53 +0000] [11] [ERROR] Worker failed to boot.", severity="DEFAULT")
    assert (row["severity"], row["severity_inferred"]) == ("ERROR", True)


@pytest.mark.parametrize(
    ("payload", "severity"),
    [
        ({"message": "m", "level": "warn"}, "WARNING"),
        ({"message": "m", "severity": "ERROR"}, "ERROR"),
        ({"message": "m", "levelname": "CRITICAL"}, "CRITICAL"),
        ({"message": "m", "level": 50}, "ERROR"),
        ({"message": "m", "level": 30}, "INFO"),
    ],
)
def test_a_level_field_gives_the_severity(payload: LogEntry, severity: str) -> None:
    row = read_json(**payload)
    assert (row["severity"], row["severity_inferred"]) == (severity, True)


@pytest.mark.parametrize(
    ("line", "severity"),
    [
        ("[2025-09-16 00:42:53 +0000] [11] [ERROR] Reason: Worker failed to boot.", "ERROR"),
        ("[2025-09-16 00:42:53 +0000] [11] [INFO] Booting worker", "INFO"),
        ("2025-09-16 00:42:53,123 WARNING x: slow", "WARNING"),
        ("2025-09-16 00:42:53,123 - orders.store - ERROR - no connection", "ERROR"),
        ("2025-09-16T00:42:53.123Z ERROR orders::store: no connection", "ERROR"),
        ("ERROR: no connection", "ERROR"),
        ("ERROR:root:no connection", "ERROR"),
        ("error: no connection", "ERROR"),
        ("WARN  orders.store - slow", "WARNING"),
        ("INFO:     Started server process", "INFO"),
        ("[error] no connection", "ERROR"),
        ("(CRITICAL) no connection", "CRITICAL"),
        ('time="2025-09-16T00:42:53Z" level=error msg="no connection"', "ERROR"),
        ('level="warning" msg=slow', "WARNING"),
        ("E0916 00:42:53.123456       1 store.go:12] no connection", "ERROR"),
        ("W0916 00:42:53.123456       1 store.go:12] slow", "WARNING"),
        ("I0916 00:42:53.123456       1 store.go:12] stored", "INFO"),
        ("F0916 00:42:53.123456       1 store.go:12] gone", "CRITICAL"),
        ("DEBUG - cache miss", "DEBUG"),
        (TRACEBACK, "ERROR"),
    ],
)
def test_the_level_inside_a_line_gives_the_severity(line: str, severity: str) -> None:
    row = read(line, severity=None)
    assert (row["severity"], row["severity_inferred"]) == (severity, True)


@pytest.mark.parametrize(
    "line",
    [
        "no error found",
        "Finished with 0 errors and 0 warnings",
        "Loaded the error handler",
        "errors: none",
        "Information about orders",
        "the alert was sent, no critical path",
        "warningless run",
        "GET /error 200",
        "An ERROR occurred earlier, now it is fine",
        "INFORMATIONAL notice",
        "0 failed",
        "Error handling middleware installed",
        "Warning signs are not shown",
        "sublevel=errors",
        "Emergency contact form stored",
    ],
)
def test_a_word_in_a_sentence_is_no_level(line: str) -> None:
    row = read(line, severity=None)
    assert (row["severity"], row["severity_inferred"]) == ("DEFAULT", False)


def test_a_level_field_outweighs_the_text() -> None:
    assert read_json(message="ERROR: no connection", level="info")["severity"] == "INFO"


# ---- where it comes from


def test_a_cloud_run_service() -> None:
    row = read()
    assert (row["project"], row["service"], row["revision"], row["instance"]) == (
        "shop-staging",
        SERVICE,
        REVISION,
        "0069c7a98886c4a7",
    )
    assert (row["log"], row["origin"], row["environment"]) == ("run.googleapis.com/stdout", "stdout", "staging")


def test_a_gke_container() -> None:
    labels = {
        "project_id": "shop",
        "cluster_name": "c",
        "namespace_name": "prod",
        "pod_name": "orders-5d4-x2",
        "container_name": "web",
    }
    row = read(
        logName="projects/shop/logs/stderr",
        resource={"type": "k8s_container", "labels": labels},
        labels={"k8s-pod/app": "orders", "k8s-pod/pod-template-hash": "5d4"},
    )
    assert (row["service"], row["revision"], row["instance"]) == ("orders", "5d4", "orders-5d4-x2")
    assert (row["environment"], row["origin"]) == ("production", "stderr")


def test_a_gke_container_without_an_app_label_goes_by_its_container() -> None:
    labels = {"project_id": "shop", "cluster_name": "c", "namespace_name": "default", "pod_name": "p", "container_name": "web"}
    row = read(resource={"type": "k8s_container", "labels": labels}, labels=None)
    assert (row["service"], row["revision"], row["environment"]) == ("web", "", "")


@pytest.mark.parametrize(
    ("resource", "service", "revision"),
    [
        ({"type": "cloud_run_job", "labels": {"project_id": "shop", "job_name": "nightly"}}, "nightly", ""),
        ({"type": "cloud_function", "labels": {"project_id": "shop", "function_name": "resize"}}, "resize", ""),
        (
            {"type": "gae_app", "labels": {"project_id": "shop", "module_id": "api", "version_id": "20260916t1"}},
            "api",
            "20260916t1",
        ),
        ({"type": "gce_instance", "labels": {"project_id": "shop", "instance_id": "42"}}, "42", ""),
    ],
)
def test_other_resources(resource: LogEntry, service: str, revision: str) -> None:
    row = read(resource=resource, labels=None)
    assert (row["service"], row["revision"], row["project"]) == (service, revision, "shop-staging")


def test_an_audit_entry_goes_to_the_service_that_its_resource_names() -> None:
    audit = {"methodName": "google.cloud.run.v1.Services.ReplaceService", "resourceName": "namespaces/shop/services/orders-prod"}
    row = read(
        None,
        logName=LOG + "cloudaudit.googleapis.com%2Factivity",
        resource={"type": "audited_resource", "labels": {}},
        protoPayload=audit,
    )
    assert (row["service"], row["origin"], row["environment"]) == ("orders-prod", "audit", "production")


def test_an_empty_revision_name_is_no_revision() -> None:
    assert read(resource=run_resource(revision=""))["revision"] == ""


@pytest.mark.parametrize(
    ("log", "origin"),
    [
        ("run.googleapis.com%2Frequests", "request"),
        ("run.googleapis.com%2Fstdout", "stdout"),
        ("run.googleapis.com%2Fstderr", "stderr"),
        ("run.googleapis.com%2Fvarlog%2Fsystem", "system"),
        ("cloudaudit.googleapis.com%2Factivity", "audit"),
        ("cloudaudit.googleapis.com%2Fsystem_event", "audit"),
        ("my-own-log", "other"),
    ],
)
def test_the_log_gives_the_origin(log: str, origin: str) -> None:
    row = read(logName=LOG + log)
    assert (row["origin"], row["log"], row["project"]) == (origin, log.replace("%2F", "/"), "shop-staging")


@pytest.mark.parametrize(
    ("service", "project", "labels", "environment"),
    [
        ("orders-staging", "shop", {}, "staging"),
        ("orders-stg", "shop", {}, "staging"),
        ("orders-prod", "shop-staging", {}, "production"),
        ("orders", "shop-dev", {}, "development"),
        ("orders", "shop", {}, ""),
        ("products", "shop", {}, ""),
        ("live-orders", "shop", {}, ""),
        ("orders-staging", "shop", {"environment": "Production"}, "Production"),
        ("orders-staging", "shop", {"environment": "Stage"}, "staging"),
        ("orders-prod", "shop", {"env": "prod"}, "production"),
        ("orders", "shop", {"env": "qa"}, "qa"),
        ("orders", "shop", {"env": "blue"}, "blue"),
    ],
)
def test_the_environment(service: str, project: str, labels: LogEntry, environment: str) -> None:
    found = read(resource=run_resource(service, service + "-00001-abc", project), labels=labels)
    assert found["environment"] == environment


# ---- the place in the code


@pytest.mark.parametrize(
    ("fields", "location"),
    [
        ({"sourceLocation": {"file": "orders/store.py", "line": "12", "function": "save"}}, "orders/store.py:save:12"),
        ({"sourceLocation": {"file": "orders/store.py"}}, "orders/store.py"),
        ({"jsonPayload": {"message": "m", "labels": {"module": "store", "function": "save", "line": "12"}}}, "store:save:12"),
        ({"jsonPayload": {"message": "m", "labels": {"module": "store", "function": "save", "line": 12}}}, "store:save:12"),
        ({"jsonPayload": {"message": "m", "context": {"name": "orders.store"}}}, "orders.store"),
        ({"jsonPayload": {"message": "m", "logger": "orders.store"}}, "orders.store"),
        ({"jsonPayload": {"message": "m", "labels": {"module": "logging", "function": "callHandlers", "line": "1706"}}}, ""),
        (
            {
                "jsonPayload": {
                    "message": "m",
                    "labels": {"module": "logging", "function": "callHandlers"},
                    "logger": "orders.store",
                }
            },
            "orders.store",
        ),
        ({"jsonPayload": {"message": "m", "logger": "root"}}, ""),
        ({"textPayload": "m"}, ""),
    ],
)
def test_the_location(fields: LogEntry, location: str) -> None:
    assert read(None, **fields)["location"] == location


def test_a_stack_trace_gives_its_exception_and_its_innermost_frame() -> None:
    row = read(TRACEBACK)
    assert row["exception"] == "TimeoutError"
    assert "save" in row["location"]


def test_a_line_without_a_trace_has_no_exception() -> None:
    assert read("TimeoutError seen earlier")["exception"] == ""


# ---- the request


def test_a_request_gives_method_path_status_and_latency() -> None:
    request = {
        "requestMethod": "POST",
        "requestUrl": "https://x.example/a/b?c=d#e",
        "status": 500,
        "latency": "2.600s",
        "requestSize": "12",
    }
    row = read(None, httpRequest=request)
    assert (row["http_method"], row["http_path"], row["http_status"]) == ("POST", "/a/b", 500)
    assert row["latency_ms"] == pytest.approx(2600)


@pytest.mark.parametrize(("latency", "expected"), [("0s", 0), ("0.000012s", 0.012), ("61s", 61_000)])
def test_a_latency_is_in_milliseconds(latency: str, expected: float) -> None:
    assert read(httpRequest={"latency": latency})["latency_ms"] == pytest.approx(expected)


def test_a_latency_that_cannot_be_read_is_unknown() -> None:
    assert read(httpRequest={"latency": "fast", "status": "teapot"})["latency_ms"] is None


def test_without_a_request_nothing_is_known_of_one() -> None:
    row = read()
    assert (row["http_method"], row["http_path"], row["http_status"], row["latency_ms"]) == ("", "", None, None)


@pytest.mark.parametrize(
    ("url", "path"), [("/orders/7?x=1", "/orders/7"), ("https://x.example", ""), ("https://x.example/?a", "/"), ("nonsense", "")]
)
def test_a_path_is_the_url_without_host_and_query(url: str, path: str) -> None:
    assert read(httpRequest={"requestUrl": url})["http_path"] == path


# ---- the time


@pytest.mark.parametrize(
    ("stamp", "ts", "nanos"),
    [
        ("2026-09-16T06:00:00Z", datetime(2026, 9, 16, 6, tzinfo=UTC), 0),
        ("2026-09-16T06:00:00.5Z", datetime(2026, 9, 16, 6, 0, 0, 500_000, UTC), 0),
        ("2026-09-16T06:00:00.123456789Z", datetime(2026, 9, 16, 6, 0, 0, 123_456, UTC), 789),
        ("2026-09-16T06:00:00.999999999Z", datetime(2026, 9, 16, 6, 0, 0, 999_999, UTC), 999),
        ("2026-09-16T06:00:00+02:00", datetime(2026, 9, 16, 4, tzinfo=UTC), 0),
        ("2026-09-16T06:00:00.25+05:30", datetime(2026, 9, 16, 0, 30, 0, 250_000, UTC), 0),
        ("2026-09-16T00:30:00+02:00", datetime(2026, 9, 15, 22, 30, tzinfo=UTC), 0),
        ("2000-01-01T00:00:00Z", datetime(2000, 1, 1, tzinfo=UTC), 0),
        ("2099-12-31T23:59:59.999999999Z", datetime(2099, 12, 31, 23, 59, 59, 999_999, UTC), 999),
    ],
)
def test_a_time_is_kept_to_the_nanosecond_in_utc(stamp: str, ts: datetime, nanos: int) -> None:
    row = read(timestamp=stamp)
    assert (row["ts"], row["nanos"], row["day"]) == (ts, nanos, ts.date())


def test_the_trace_and_the_insert_id_are_kept() -> None:
    row = read(trace="projects/shop/traces/4bf92f3577b34da6")
    assert (row["trace"], row["insert_id"]) == ("projects/shop/traces/4bf92f3577b34da6", "id-000001")


# ---- together


def test_an_entry_reads_the_same_alone_and_among_others() -> None:
    request = {"requestMethod": "GET", "requestUrl": "/x", "status": 200}
    several = [
        entry(1, TRACEBACK),
        entry(2, None, httpRequest=request),
        entry(3, None, jsonPayload={"msg": "m", "level": "error"}, severity=None),
        entry(4, "level=error", severity=None, resource=None, labels=None),
        entry(5, None),
        entry(6, "password=" + "hunter2" * 2),
    ]
    assert read_all(*several) == [row for one in several for row in read_all(one)]


def test_the_payload_is_the_whole_entry() -> None:
    assert json.loads(read(operation={"id": "7"})["payload"]) == entry(1, operation={"id": "7"})
