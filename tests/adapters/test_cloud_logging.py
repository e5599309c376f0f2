"""Google's own client against a server on loopback: what is asked, what comes back, and who is let in."""

import json
import os
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from google.cloud.audit import audit_log_pb2
from google.logging.type.http_request_pb2 import HttpRequest
from google.oauth2.credentials import Credentials
from google.protobuf import any_pb2, json_format
from grpc import StatusCode

from lib.adapters import googleauth
from lib.adapters.cloud_logging import CloudLogging, LogPlace
from lib.adapters.decoder import DuckDecoder
from lib.adapters.logentries import as_lines
from lib.adapters.logstatus import STATUSES
from lib.adapters.loopback import is_loopback
from lib.adapters.quota import Quota
from lib.core.logfilters import PAYS, choose_filter
from lib.demo.load import recorded_lines
from lib.errors import SourceRefused, SourceUnavailable
from lib.liveports import Ask
from lib.ports import Chunk
from tests.cloudlogging import RAW, Misdeed, World, serve_logging
from tests.cloudlogging import STATUSES as ALL_STATUSES
from tests.collecting import NOON, PROJECT, Lab, entry, open_lab
from tests.servers import Reply, serve

SHARED = Path(os.environ.get("BLINDSPOT_SHARED", Path(__file__).parents[3] / "shared")) / "data" / "netra"
MINUTE = timedelta(minutes=1)
# errorGroups: the client's messages have no such field yet; times: with three, six or nine digits, as the last zeros fall
WRITTEN_APART = ("errorGroups", "timestamp", "receiveTimestamp")
REQUEST = {HttpRequest.DESCRIPTOR.fields_by_name[name].json_name for name in HttpRequest.DESCRIPTOR.fields_by_name}


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    with open_lab(tmp_path) as lab:
        yield lab


def decode(lines: pa.LargeBinaryArray) -> list[dict[str, Any]]:
    rows = DuckDecoder().decode(Chunk(lines, 0)).entries
    return sorted(rows.to_pylist(), key=lambda r: (r["ts"], r["nanos"], r["insert_id"]))


def without(found: Sequence[dict[str, Any]], *names: str) -> list[dict[str, Any]]:
    return [{name: value for name, value in row.items() if name not in names} for row in found]


def compare(entries: list[dict[str, Any]], home: Path) -> None:
    """Entries as an export holds them, and as the client brings them, become the same rows."""
    with open_lab(home) as lab:
        lab.world.add(entries)
        start = datetime(2020, 1, 1, tzinfo=UTC)
        page = lab.log().page(Ask(start))
        lines = list(page.lines)
        while page.token:
            page = lab.log().page(Ask(start, None, page.token))
            lines += list(page.lines)
    exported = decode(pa.array([json.dumps(e).encode() for e in entries], pa.large_binary()))
    read = decode(pa.array([line.as_py() for line in lines], pa.large_binary()))
    assert without(read, "payload") == without(exported, "payload")
    payloads = [[json.loads(row["payload"]) for row in rows] for rows in (read, exported)]
    assert without(payloads[0], *WRITTEN_APART) == without(payloads[1], *WRITTEN_APART)


def test_the_recorded_incident_comes_as_from_an_export(tmp_path: Path) -> None:
    compare([json.loads(line) for line in recorded_lines(NOON)][:2500], tmp_path)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared exports are not here")
@pytest.mark.parametrize("file", sorted(SHARED.glob("*.json")), ids=lambda f: f.stem)
def test_a_real_export_comes_as_it_was_exported(file: Path, tmp_path: Path) -> None:
    found = json.loads(file.read_text())
    compare([e for e in found if set(e.get("httpRequest", {})) <= REQUEST], tmp_path)  # others were renamed after the export


def test_the_question_says_its_bounds_its_order_and_its_size(lab: Lab) -> None:
    lab.log(filter="severity>=ERROR").page(Ask(NOON - MINUTE, NOON))
    (request,) = lab.world.requests
    assert request.filter == 'timestamp>="2026-09-16T11:59:00Z" AND timestamp<"2026-09-16T12:00:00Z" AND (severity>=ERROR)'
    assert (request.order_by, request.page_size, list(request.resource_names)) == (
        "timestamp desc", 1000, [f"projects/{PROJECT}"],
    )  # fmt: skip


def test_nanoseconds_arrive(lab: Lab) -> None:
    lab.world.add([entry(1, NOON, timestamp="2026-09-16T11:59:59.123456789Z")])
    page = lab.log().page(Ask(NOON - MINUTE))
    assert json.loads(page.lines[0].as_py())["timestamp"] == "2026-09-16T11:59:59.123456789Z"
    assert page.oldest == page.newest == datetime(2026, 9, 16, 11, 59, 59, 123456, UTC)


def test_a_payload_of_an_unknown_type_costs_its_payload_alone() -> None:
    odd = RAW(insert_id="1", log_name="projects/x/logs/y", proto_payload=any_pb2.Any(type_url="type.googleapis.com/a.B"))
    number = RAW(insert_id="2", log_name="projects/x/logs/y")
    number.json_payload.update({"message": "told", "ratio": float("nan")})
    told = [json.loads(line.as_py()) for line in as_lines([odd, number])]
    assert [t["insertId"] for t in told] == ["1", "2"]
    assert told[0]["jsonPayload"]["message"] == "a payload that cannot be written as JSON"
    assert told[1]["jsonPayload"]["message"] == "told"


def audit_entry(number: int, value: bytes) -> Any:
    """Return an entry with these bytes as its audit payload."""
    entry = RAW(insert_id=str(number), log_name="projects/x/logs/y")
    entry.proto_payload.CopyFrom(any_pb2.Any(type_url="type.googleapis.com/google.cloud.audit.AuditLog", value=value))
    return entry


def test_bytes_that_are_no_audit_payload_cost_their_payload_alone() -> None:
    (told,) = (json.loads(line.as_py()) for line in as_lines([audit_entry(1, b"\xff\xff\xff")]))
    assert told["jsonPayload"]["message"] == "a payload that cannot be written as JSON"


def test_an_audit_payload_keeps_what_it_tells_without_the_parts_that_nobody_here_can_read() -> None:
    audit = audit_log_pb2.AuditLog(method_name="/Services.ReplaceService")
    audit.status.message = "Ready condition status changed to False for Revision x."
    odd = any_pb2.Any(type_url="type.googleapis.com/a.B", value=b"\x08\x01")
    audit.service_data.CopyFrom(odd)
    audit.status.details.append(odd)
    (told,) = (json.loads(line.as_py()) for line in as_lines([audit_entry(1, audit.SerializeToString())]))
    assert told["protoPayload"]["methodName"] == "/Services.ReplaceService"
    assert told["protoPayload"]["status"]["message"].startswith("Ready condition")


@pytest.mark.parametrize(("seconds", "nanos"), [(10**15, 0), (-(10**15), 0), (1, -5), (1, 2 * 10**9)])
def test_a_time_that_no_calendar_has_costs_its_entry_alone(lab: Lab, seconds: int, nanos: int) -> None:
    odd = json_format.ParseDict(entry(1, NOON - 5 * MINUTE), RAW())
    odd.timestamp.seconds, odd.timestamp.nanos, odd.receive_timestamp.seconds = seconds, nanos, seconds
    right = json_format.ParseDict(entry(2, NOON - 5 * MINUTE), RAW())
    for message in (odd, right):
        at = int((NOON - 5 * MINUTE).timestamp()) * 10**9
        lab.world.put(at, message.severity, "x", 0, "", 0, message.SerializeToString())
    one = lab.collect()
    assert (lab.stored(), dict(one.record.skipped)) == (["00000002"], {"no timestamp": 1})


def test_the_default_filter_takes_what_pays_and_leaves_the_rest(lab: Lab) -> None:
    run = f"projects/{PROJECT}/logs/run.googleapis.com%2F"
    audit = f"projects/{PROJECT}/logs/cloudaudit.googleapis.com%2Factivity"
    taken = [
        entry(1, NOON, severity="WARNING"), entry(2, NOON, severity="DEFAULT"),
        entry(3, NOON, severity="INFO", logName=run + "varlog%2Fsystem"), entry(4, NOON, severity="NOTICE", logName=audit),
        entry(5, NOON, severity="INFO", httpRequest={"status": 503}),
        entry(6, NOON, severity="INFO", textPayload="Sentry initialized"),
    ]  # fmt: skip
    left = [
        entry(7, NOON, severity="INFO"), entry(8, NOON, severity="INFO", httpRequest={"status": 404}),
        entry(9, NOON, severity="DEFAULT", logName=run + "stdout"),
    ]  # fmt: skip
    lab.world.add([*taken, *left])
    page = lab.log(filter=choose_filter("pays").text).page(Ask(NOON - MINUTE))
    assert sorted(json.loads(line.as_py())["insertId"] for line in page.lines) == [e["insertId"] for e in taken]
    assert len(choose_filter("pays").text) < 1000 < len(PAYS) * 1000


def test_every_status_has_words_of_ours() -> None:
    assert STATUSES.keys() == {s.name for s in ALL_STATUSES}
    assert all(said.hint for said in STATUSES.values())


@pytest.mark.parametrize(
    ("resource", "command"),
    [
        ("projects/acme", "gcloud projects add-iam-policy-binding acme --member=MEMBER --role=roles/logging.viewer"),
        ("folders/12", "gcloud resource-manager folders add-iam-policy-binding 12 --member=MEMBER --role=roles/logging.viewer"),
        ("organizations/7", "gcloud organizations add-iam-policy-binding 7 --member=MEMBER --role=roles/logging.viewer"),
        ("projects/acme/locations/eu/buckets/b/views/v",
         "gcloud projects add-iam-policy-binding acme --member=MEMBER --role=roles/logging.viewAccessor"),
    ],
)  # fmt: skip
def test_a_missing_role_is_told_with_the_command_that_grants_it(lab: Lab, resource: str, command: str) -> None:
    lab.world.refused = frozenset({resource})
    with pytest.raises(SourceRefused) as told:
        lab.log(resource=resource).page(Ask(NOON))
    assert command in told.value.hint


@pytest.mark.parametrize(
    ("details", "hint"),
    [
        ("Request had insufficient authentication scopes.", "logging.read"),
        ("Cloud Logging API has not been used in project 1 before or it is disabled.", "gcloud services enable logging"),
    ],
)
def test_a_missing_scope_or_api_is_told_as_that(lab: Lab, details: str, hint: str) -> None:
    lab.world.script = lambda call: Misdeed(StatusCode.PERMISSION_DENIED, details=details)
    with pytest.raises(SourceRefused) as told:
        lab.log().page(Ask(NOON))
    assert hint in told.value.hint


def test_what_the_server_says_is_masked(lab: Lab) -> None:
    secret = "Bearer " + "ya29." + "a0AfB" * 12
    lab.world.script = lambda call: Misdeed(StatusCode.INVALID_ARGUMENT, details=f"bad filter near {secret}")
    with pytest.raises(SourceUnavailable) as told:
        lab.log().page(Ask(NOON))
    assert secret not in told.value.message


def test_waits_between_tries_grow_and_differ(lab: Lab) -> None:
    lab.world.script = lambda call: Misdeed(StatusCode.UNAVAILABLE)
    with pytest.raises(SourceUnavailable):
        lab.log(attempts=9).page(Ask(NOON))
    assert len(lab.world.calls) == 9
    assert len(set(lab.clock.slept)) == 8
    assert max(lab.clock.slept) <= 60


def test_a_server_that_hangs_is_told_after_two_tries(lab: Lab) -> None:
    lab.world.script = lambda call: Misdeed(kind="hang")
    with pytest.raises(SourceUnavailable, match="did not answer in time"):
        lab.log(timeout_s=0.2).page(Ask(NOON))
    assert len(lab.world.calls) == 2


def signed(lab: Lab, address: str) -> CloudLogging:
    """Return a log with credentials that must be refreshed at an address first."""
    given = Credentials(None, refresh_token="r", token_uri=address, client_id="c", client_secret="s")
    place = LogPlace(f"projects/{PROJECT}", "", lab.address)
    return CloudLogging(place, Quota(lab.home / "calls.json", 60, lab.clock.seconds), given, lab.clock.now, lab.clock.sleep)


def test_revoked_credentials_are_told_at_once_and_nothing_is_asked(lab: Lab) -> None:
    with serve(lambda seen: Reply({"error": "invalid_grant", "error_description": "Token has been revoked."}, 400)) as google:
        began = time.monotonic()
        with pytest.raises(SourceRefused) as told:
            signed(lab, google.url).page(Ask(NOON))
    assert time.monotonic() - began < 30  # the client alone tries for 43 to 56 s
    assert "gcloud auth application-default login" in told.value.hint
    assert lab.world.calls == []
    assert lab.clock.slept == []


def test_expired_credentials_are_refreshed_and_tell_what_time_it_is(tmp_path: Path) -> None:
    with open_lab(tmp_path, dated=False) as lab:
        granted = Reply({"access_token": "t", "expires_in": 3600}, headers={"Date": "Wed, 16 Sep 2026 13:00:00 GMT"})
        with serve(lambda seen: granted) as google:
            lab.world.add([entry(1, NOON)])
            log = signed(lab, google.url)
            page = log.page(Ask(NOON - MINUTE))
            log.page(Ask(NOON - MINUTE))
            assert len(google.seen) == 1
    assert len(page.lines) == 1
    assert page.server is not None


def test_a_token_that_is_refused_inside_of_a_call_is_refreshed_once(lab: Lab) -> None:
    refused = iter([Misdeed(StatusCode.UNAUTHENTICATED)])
    lab.world.script = lambda call: next(refused, None)
    with serve(lambda seen: Reply({"access_token": "t", "expires_in": 3600})) as google:
        signed(lab, google.url).page(Ask(NOON))
        assert (len(google.seen), len(lab.world.calls)) == (2, 2)
        lab.world.script = lambda call: Misdeed(StatusCode.UNAUTHENTICATED)
        with pytest.raises(SourceRefused):
            signed(lab, google.url).page(Ask(NOON))
    assert len(lab.world.calls) == 4


def test_a_server_that_asks_for_a_pause_gets_it(lab: Lab) -> None:
    asked = iter([Misdeed(StatusCode.RESOURCE_EXHAUSTED, retry_s=90)])
    lab.world.script = lambda call: next(asked, None)
    lab.log().page(Ask(NOON))
    assert lab.clock.slept[0] == 90


def test_a_sign_in_that_does_not_answer_can_pass(lab: Lab) -> None:
    with pytest.raises(SourceUnavailable) as told:
        signed(lab, "http://127.0.0.1:9").page(Ask(NOON))
    assert not told.value.permanent
    assert not isinstance(told.value, SourceRefused)


def test_an_answer_without_a_date_tells_no_time(tmp_path: Path) -> None:
    with open_lab(tmp_path, dated=False) as lab:
        lab.world.add([entry(1, NOON)])
        assert lab.log().page(Ask(NOON - MINUTE)).server is None
        lab.clock.wrong = -timedelta(hours=1)
        assert lab.log().page(Ask(NOON - MINUTE)).server == NOON


def test_no_date_is_no_time() -> None:
    assert googleauth.parse_date("yesterday") is None
    assert googleauth.parse_date("") is None


@pytest.mark.parametrize(
    ("endpoint", "loopback"),
    [("127.0.0.1:8080", True), ("localhost:80", True), ("[::1]:80", True), ("logging.googleapis.com", False),
     ("10.0.0.1:80", False), ("127.0.0.1.evil.example:80", False), ("", False)],
)  # fmt: skip
def test_only_this_machine_may_be_asked_without_credentials(endpoint: str, loopback: bool) -> None:
    assert is_loopback(endpoint) is loopback


def test_a_tail_brings_what_arrives(lab: Lab) -> None:
    log = lab.log()
    pages = log.tail()
    lab.world.on_tail = lambda: lab.world.add([entry(1, NOON)])
    page = next(pages)
    assert [json.loads(line.as_py())["insertId"] for line in page.lines] == ["00000001"]
    log.close()


def test_a_server_that_runs_without_a_clock_of_ours_serves(tmp_path: Path) -> None:
    world = World()
    with serve_logging(world) as address:
        world.add([entry(1, NOON)])
        log = CloudLogging(LogPlace(f"projects/{PROJECT}", "", address), Quota(tmp_path / "calls.json", 60))
        assert len(log.page(Ask(NOON - MINUTE)).lines) == 1
