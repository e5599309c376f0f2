"""Kind and priority of a cluster: the tables of texts and of rules, row by row; and the link to an entry."""

from datetime import UTC, datetime
from urllib.parse import unquote

import pytest

from lib.core.links import logs_explorer
from lib.core.model import Entry, Kind, Priority
from lib.core.priority import Evidence, judge_priority
from lib.core.signatures import SENTRY_BLIND, SIGNATURES, find_signature, judge_kind

TELLING = [
    ("Container called exit(0).", "container stopped in order", Kind.INFO),
    ("Container called exit(3).", "container exited", Kind.FAILURE),
    ("Container terminated on signal 9.", "container killed", Kind.FAILURE),
    ("Memory limit of 512 MiB exceeded with 530 MiB used.", "memory limit exceeded", Kind.FAILURE),
    ('Default STARTUP TCP probe failed 1 time consecutively for container "app-1" on port 8080.', "probe failed", Kind.FAILURE),
    ('Default LIVENESS HTTP probe failed 3 times consecutively for container "app-1".', "probe failed", Kind.FAILURE),
    ('READINESS GRPC probe failed 2 times consecutively for container "app-1".', "probe failed", Kind.FAILURE),
    ("The request was aborted because there was no available instance.", "no instance available", Kind.FAILURE),
    ("The request failed because either the HTTP response was malformed or …", "malformed response", Kind.FAILURE),
    ("The request failed because the instance could not start successfully.", "instance could not start", Kind.FAILURE),
    ("Ready condition status changed to False for Revision x with message: no", "revision not ready", Kind.FAILURE),
    ("Ready condition status changed to True for Revision x.", "revision ready", Kind.DEPLOY),
    ("Services.ReplaceService namespaces/shop/services/orders", "service changed", Kind.DEPLOY),
    ("deployments.patch apps/v1/namespaces/shop/deployments/orders", "deployment changed", Kind.DEPLOY),
    ("Starting new instance. Reason: AUTOSCALING", "instance started", Kind.INFO),
    ("Sentry SDK not available - install sentry-sdk[fastapi]", "Sentry cannot see", Kind.OBSERVABILITY),
    ("No module named 'sentry_sdk'", "Sentry cannot see", Kind.OBSERVABILITY),
    ("Cannot find module '@sentry/node'", "Sentry cannot see", Kind.OBSERVABILITY),
    ("Failed to initialize Sentry: BadDsn", "Sentry cannot see", Kind.OBSERVABILITY),
    ("Sentry DSN not configured", "Sentry cannot see", Kind.OBSERVABILITY),
    ("Error tracking: skipping Sentry", "Sentry cannot see", Kind.OBSERVABILITY),
    ("SENTRY_DSN environment variable is not set", "Sentry cannot see", Kind.OBSERVABILITY),
    ("Sentry not initialized", "Sentry cannot see", Kind.OBSERVABILITY),
    ("Unable to send event to Sentry", "Sentry cannot see", Kind.OBSERVABILITY),
    ("Sentry: off", "Sentry cannot see", Kind.OBSERVABILITY),
    ("Sentry flush timed out, dropped 12 events", "Sentry cannot see", Kind.OBSERVABILITY),
    ("sentry_sdk.utils.BadDsn: Unsupported scheme ''", "Sentry cannot see", Kind.OBSERVABILITY),
    ("No SENTRY_DSN provided", "Sentry cannot see", Kind.OBSERVABILITY),
    ("Unexpected status code: 403", "Sentry cannot see", Kind.OBSERVABILITY),
    ("Retrying (Retry(total=2)) after connection broken: /api/17/envelope/", "Sentry cannot see", Kind.OBSERVABILITY),
    ("OpenTelemetry exporter failed: UNAVAILABLE", "telemetry lost", Kind.OBSERVABILITY),
    ("Telemetry on but no exporters configured: traces will not be exported", "telemetry lost", Kind.OBSERVABILITY),
    ("Failed to export traces to collector, error code: StatusCode.UNAVAILABLE", "telemetry lost", Kind.OBSERVABILITY),
    ("GET /cart HTTP 503", "server error", Kind.FAILURE),
    ("HTTP 500", "server error", Kind.FAILURE),
]  # fmt: skip


@pytest.mark.parametrize(("line", "name", "kind"), TELLING)
def test_a_text_that_tells_outweighs_its_severity(line: str, name: str, kind: Kind) -> None:
    found = find_signature(line)
    assert found is not None
    assert (found.name, judge_kind(line, {"INFO": 1})) == (name, kind)


def test_every_row_of_the_table_is_tried_here() -> None:
    assert {s.name for s in (*SIGNATURES, SENTRY_BLIND)} == {name for _, name, _ in TELLING}


@pytest.mark.parametrize("line", [
    "Sentry initialized", "Sentry enabled for staging", "The sentryman at the gate failed", "order of a sentryman failed",
    "Unexpected status code: 200", "OpenTelemetry initialized", "Default STARTUP TCP probe succeeded after 1 attempt",
    "user called exit(3)", "my Container called exit(3)",
    "Default LIVENESS HTTP probe failed at last", "Memory limit of 512 MiB set", "GET /cart HTTP 404",
    "POST /cart HTTP 429", "GET /cart HTTP 200", "read chapter HTTP 503 of the book", "Sentry initialized: dsn set, missing=0",
    "Sentry enabled; profiling off", "[sentry] captured event for failed order 12", "sentrybox failed", "invalid dsn: no host",
    "the exporter of tea failed to export boxes", "OpenTelemetry exported 12 spans", "/api/17/envelope", "deployments.get x",
    "Services.GetService namespaces/shop/services/orders", "Ready condition status changed to Unknown for Revision x.",
    "Starting new instance", "the container terminated on signal 9", "a request failed because the instance could not start",
])  # fmt: skip
def test_what_only_looks_like_it_goes_by_its_severity(line: str) -> None:
    assert judge_kind(line, {"INFO": 1}) is Kind.INFO


@pytest.mark.parametrize(("severities", "kind"), [
    ({"ERROR": 3}, Kind.FAILURE),
    ({"CRITICAL": 1}, Kind.FAILURE),
    ({"WARNING": 3}, Kind.WARNING),
    ({"NOTICE": 3}, Kind.INFO),
    ({"DEFAULT": 3}, Kind.INFO),
    ({"INFO": 3, "ERROR": 2}, Kind.INFO),
    ({"INFO": 2, "ERROR": 3}, Kind.FAILURE),
    ({}, Kind.INFO),
])  # fmt: skip
def test_without_such_a_text_most_entries_decide(severities: dict[str, int], kind: Kind) -> None:
    assert judge_kind("order stored", severities) is kind


@pytest.mark.parametrize("severities", [{"INFO": 2, "ERROR": 2}, {"ERROR": 2, "INFO": 2}, {"WARNING": 1, "ERROR": 1}])
def test_of_severities_that_are_as_frequent_the_graver_one_decides(severities: dict[str, int]) -> None:
    assert judge_kind("x", severities) is Kind.FAILURE


def test_what_tells_is_looked_for_at_the_beginning_of_a_text_only() -> None:
    assert find_signature("x" * 1_900 + " Sentry SDK not available") is not None
    assert find_signature("x" * 2_000 + " Sentry SDK not available") is None


# ---- numbers: the same words, another number, another meaning


@pytest.mark.parametrize("severity", ["DEFAULT", "INFO", "WARNING", "ERROR"])
@pytest.mark.parametrize(("line", "kind", "priority"), [
    ("Container called exit(0).", Kind.INFO, Priority.P5),
    ("Container called exit(1).", Kind.FAILURE, Priority.P1),
    ("Container called exit(3).", Kind.FAILURE, Priority.P1),
    ("Container called exit(10).", Kind.FAILURE, Priority.P1),
    ("Container called exit(137).", Kind.FAILURE, Priority.P1),
    ("Container terminated on signal 9.", Kind.FAILURE, Priority.P1),
    ("Container terminated on signal 15.", Kind.FAILURE, Priority.P1),
])  # fmt: skip
def test_how_a_container_ended_is_told_by_its_number(line: str, kind: Kind, priority: Priority, severity: str) -> None:
    told = judge_kind(line, {severity: 3})
    assert (told, judge_priority(Evidence(line, told, {severity: 3}, "system")).priority) == (kind, priority)


@pytest.mark.parametrize(("status", "severity", "priority"), [
    (200, "INFO", Priority.P5), (301, "INFO", Priority.P5), (404, "WARNING", Priority.P3), (429, "WARNING", Priority.P3),
    (499, "WARNING", Priority.P3), (500, "ERROR", Priority.P1), (503, "WARNING", Priority.P1), (504, "INFO", Priority.P1),
])  # fmt: skip
def test_a_requests_status_outweighs_its_severity_from_500_on(status: int, severity: str, priority: Priority) -> None:
    line, severities = f"GET /cart HTTP {status}", {severity: 2}
    assert judge_priority(Evidence(line, judge_kind(line, severities), severities, "request")).priority is priority


@pytest.mark.parametrize(("evidence", "priority"), [
    (Evidence("disk full", Kind.FAILURE, {"ALERT": 1, "ERROR": 9}, "stdout"), Priority.P0),
    (Evidence("possible data loss in orders", Kind.FAILURE, {"ERROR": 1}, "stdout"), Priority.P0),
    (Evidence("no data loss", Kind.INFO, {"INFO": 1}, "stdout"), Priority.P5),
    (Evidence("possible data loss", Kind.WARNING, {"WARNING": 1}, "stdout"), Priority.P3),
    (Evidence("stopped with no data loss", Kind.FAILURE, {"ERROR": 1}, "stdout"), Priority.P2),
    (Evidence("index is not corrupted", Kind.FAILURE, {"ERROR": 1}, "stdout"), Priority.P2),
    (Evidence("stopped without data loss", Kind.FAILURE, {"ERROR": 1}, "stdout"), Priority.P2),
    (Evidence("the metadata lossless codec failed", Kind.FAILURE, {"ERROR": 1}, "stdout"), Priority.P2),
    (Evidence("index is corrupted", Kind.FAILURE, {"ERROR": 1}, "stdout"), Priority.P0),
    (Evidence("disk full", Kind.FAILURE, {"EMERGENCY": 1}, "stdout"), Priority.P0),
    (Evidence("disk full", Kind.FAILURE, {"ALERT": 0, "ERROR": 9}, "stdout"), Priority.P2),
    (Evidence("The request was slow", Kind.WARNING, {"WARNING": 1}, "request"), Priority.P3),
    (Evidence("Sentry SDK not available", Kind.OBSERVABILITY, {"CRITICAL": 1}, "stdout"), Priority.P2),
    (Evidence("it says Container called exit(3).", Kind.FAILURE, {"ERROR": 1}, "stdout"), Priority.P2),
    (Evidence("Application startup failed. Exiting.", Kind.FAILURE, {"ERROR": 1}, "stderr"), Priority.P1),
    (Evidence("Ready condition status changed to False for Revision x", Kind.FAILURE, {"ERROR": 1}, "audit"), Priority.P1),
    (Evidence("Memory limit of 512 MiB exceeded", Kind.FAILURE, {"ERROR": 1}, "system"), Priority.P1),
    (Evidence("Container terminated on signal 9.", Kind.FAILURE, {"WARNING": 1}, "system"), Priority.P1),
    (Evidence("LIVENESS HTTP probe failed 3 times consecutively", Kind.FAILURE, {"WARNING": 1}, "system"), Priority.P1),
    (Evidence("The request failed", Kind.FAILURE, {"ERROR": 1}, "request"), Priority.P1),
    (Evidence("Container called exit(3).", Kind.FAILURE, {"WARNING": 1}, "system"), Priority.P1),
    (Evidence("Worker failed to boot", Kind.FAILURE, {"ERROR": 1}, "stderr"), Priority.P1),
    (Evidence("no connection", Kind.FAILURE, {"CRITICAL": 1}, "stdout"), Priority.P1),
    (Evidence("no connection", Kind.FAILURE, {"ERROR": 1}, "stdout"), Priority.P2),
    (Evidence("Sentry SDK not available", Kind.OBSERVABILITY, {"WARNING": 1}, "stdout"), Priority.P2),
    (Evidence("slow", Kind.WARNING, {"WARNING": 1}, "stdout"), Priority.P3),
    (Evidence("Services.ReplaceService", Kind.DEPLOY, {"NOTICE": 1}, "audit"), Priority.P4),
    (Evidence("stored", Kind.INFO, {"INFO": 1}, "stdout"), Priority.P5),
])  # fmt: skip
def test_the_rubric(evidence: Evidence, priority: Priority) -> None:
    assert judge_priority(evidence).priority is priority


def test_a_link_names_the_entry_to_the_nanosecond() -> None:
    entry = Entry(datetime(2026, 9, 16, 6, 0, 0, 5, UTC), "s", "e", "r", "i", "INFO", "m", "", 'id"x', "", "{}")
    link = logs_explorer(entry, "shop staging", 78)
    assert link.startswith("https://console.cloud.google.com/logs/query;query=")
    assert 'timestamp="2026-09-16T06:00:00.000005078Z"' in unquote(link)
    assert link.endswith("?project=shop%20staging")
    assert not set(' "\n<>') & set(link)
