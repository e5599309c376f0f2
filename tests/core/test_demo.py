"""The recorded incident tells its story, in the same bytes every time, and ends now."""

import gzip
import json
from collections import Counter
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from lib.demo import generate, load
from lib.demo.story import BACKEND, LOCKERS, PHASES, PLANNER, RECORDED_END, START, offset

NOW = datetime(2031, 3, 1, 0, 7, 48, 912_000, tzinfo=UTC)
FIRST_INITIALISED = 14  # the hour, counted from the start, in which 00045 came

Entry = dict[str, Any]


@cache
def entries() -> tuple[Entry, ...]:
    return tuple(json.loads(line) for line in load.recorded_lines(RECORDED_END))


@cache
def sentry() -> dict[str, Any]:
    return load.recorded_sentry(RECORDED_END)


def said(entry: Entry) -> str:
    return str(entry.get("textPayload") or entry.get("jsonPayload", {}).get("message", ""))


def service(entry: Entry) -> str:
    return str(entry["resource"]["labels"]["service_name"])


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text[:19]).replace(tzinfo=UTC)


def revisions_that_say(text: str) -> Counter[str]:
    """Counts by the number in the revision's name."""
    return Counter(e["resource"]["labels"]["revision_name"].split("-")[-2] for e in entries() if text in said(e))


def logged_errors(name: str) -> list[int]:
    """By hour: the errors that went through Python's logging, in words."""
    hours = [0] * 30
    for e in entries():
        if e.get("severity") == "ERROR" and "jsonPayload" in e and said(e) and service(e) == name:
            hours[int((moment(e["timestamp"]) - START) / timedelta(hours=1))] += 1
    return hours


def outcomes(name: str) -> dict[str, list[int]]:
    return {group["by"]["outcome"]: group["series"]["sum(quantity)"] for group in sentry()["stats"][name]["groups"]}


# ---- the files


def test_the_script_writes_what_is_recorded(tmp_path: Path) -> None:
    """Compared unpacked: another zlib may pack the same text otherwise."""
    generate.write(tmp_path / "r.gz", tmp_path / "s.json")
    assert gzip.decompress((tmp_path / "r.gz").read_bytes()) == gzip.decompress(generate.RECORDING.read_bytes())
    assert (tmp_path / "s.json").read_bytes() == generate.SENTRY.read_bytes()


def test_the_packed_file_does_not_know_when_it_was_made() -> None:
    assert generate.RECORDING.read_bytes()[4:8] == b"\0\0\0\0"


def test_the_files_stay_under_two_megabytes() -> None:
    assert sum(path.stat().st_size for path in generate.HERE.iterdir() if path.is_file()) < 2_000_000


def test_every_entry_is_a_full_log_entry() -> None:
    needed = {"insertId", "logName", "timestamp", "receiveTimestamp", "resource"}
    payloads = {"textPayload", "jsonPayload", "protoPayload", "httpRequest"}
    assert [e for e in entries() if not needed <= e.keys() or not payloads & e.keys()] == []


def test_insert_ids_are_unique() -> None:
    assert len({e["insertId"] for e in entries()}) == len(entries())


def test_entries_are_received_after_they_were_written() -> None:
    assert [e for e in entries() if e["receiveTimestamp"].rstrip("Z") <= e["timestamp"].rstrip("Z")] == []


def test_requests_have_a_trace_and_a_latency() -> None:
    requests = [e for e in entries() if e["logName"].endswith("requests")]
    assert all(e["trace"] and e["httpRequest"]["latency"].endswith("s") for e in requests)


# ---- the story


def test_entries_by_service() -> None:
    assert Counter(map(service, entries())) == {BACKEND: 14_911, LOCKERS: 10_341, PLANNER: 328}


def test_the_sdk_is_missing_at_each_of_forty_starts_and_then_never() -> None:
    assert revisions_that_say("Sentry SDK not available") == {"00041": 34, "00042": 6}


def test_with_the_package_initialisation_fails_at_every_start() -> None:
    assert revisions_that_say("Failed to initialize Sentry") == {"00043": 8}
    assert revisions_that_say("Starting new instance")["00043"] == 8


def test_the_next_deploys_initialise() -> None:
    assert revisions_that_say("Sentry initialized") == {"00045": 21, "00046": 6, "00118": 2, "00119": 14, "00007": 2}


def test_containers_exit_while_the_database_is_away_and_when_the_hurried_deploy_starts() -> None:
    assert revisions_that_say("Container called exit(3).") == {"00041": 24}
    assert revisions_that_say("Container called exit(1).") == {"00044": 3}


@pytest.mark.parametrize(("name", "failed"), list(zip([phase.name for phase in PHASES], [221, 83, 249, 5, 350, 25], strict=True)))
def test_failed_requests_that_began_in_a_phase(name: str, failed: int) -> None:
    phase = next(phase for phase in PHASES if phase.name == name)
    begin, end = START + offset(phase.start), START + offset(phase.end)
    found = [e for e in entries() if e.get("httpRequest", {}).get("status", 0) >= 500 and begin <= moment(e["timestamp"]) < end]
    assert len(found) == failed


def test_outside_the_phases_no_request_fails() -> None:
    spans = [(START + offset(phase.start), START + offset(phase.end)) for phase in PHASES]
    failed = [moment(e["timestamp"]) for e in entries() if e.get("httpRequest", {}).get("status", 0) >= 500]
    assert [ts for ts in failed if not any(begin <= ts < end for begin, end in spans)] == []


def test_five_deploys_become_ready_and_one_does_not() -> None:
    status = [e["protoPayload"]["status"] for e in entries() if e["logName"].endswith("system_event")]
    assert Counter(s.get("code", 0) for s in status) == {0: 5, 9: 1}


def test_six_deploys_and_one_change_of_traffic_leave_nine_calls() -> None:
    """A deploy through v2 is a long operation: two entries."""
    agents = [
        e["protoPayload"]["requestMetadata"]["callerSuppliedUserAgent"] for e in entries() if e["logName"].endswith("activity")
    ]
    assert Counter("update-traffic" in agent for agent in agents) == {False: 8, True: 1}


def test_seven_errors_have_no_words() -> None:
    silent = [e for e in entries() if not said(e) and "httpRequest" not in e and "protoPayload" not in e]
    assert Counter((service(e), e["severity"]) for e in silent) == {(BACKEND, "ERROR"): 5, (LOCKERS, "ERROR"): 2}


def test_the_quiet_service_has_no_errors() -> None:
    assert [e for e in entries() if service(e) == PLANNER and e.get("severity") == "ERROR"] == []


def test_plain_lines_have_no_severity_and_name_their_level() -> None:
    plain = [said(e) for e in entries() if "severity" not in e]
    assert len(plain) == 1_799
    assert all("INFO" in text or "[ERROR]" in text for text in plain)


def test_the_recording_holds_something_to_mask() -> None:
    text = "\n".join(map(said, entries()))
    assert all(
        piece in text for piece in ("postgresql://parcels:", "Bearer ey", "@mail.example.org", "AK" + "IA", "sk" + "_live_")
    )


# ---- Sentry's side


def test_sentry_got_nothing_from_the_backend_while_it_was_blind() -> None:
    assert all(sum(series[:FIRST_INITIALISED]) == 0 for series in outcomes(BACKEND).values())
    assert sum(logged_errors(BACKEND)[:FIRST_INITIALISED]) == 665


def test_until_the_backend_initialised_its_failures_went_unseen() -> None:
    """28 s after the deploy's offset its first container serves."""
    end = START + offset("14:15") + timedelta(seconds=28)
    unseen = [e for e in entries() if service(e) == BACKEND and moment(e["timestamp"]) < end]
    errors = sum(e.get("severity") == "ERROR" and "jsonPayload" in e and said(e) != "" for e in unseen)
    failed = sum(e.get("httpRequest", {}).get("status", 0) >= 500 for e in unseen)
    assert (errors, failed, sum("Container called exit" in said(e) for e in unseen)) == (700, 553, 27)


def test_sentry_limits_the_rate_in_the_storm_only() -> None:
    limited = outcomes(BACKEND)["rate_limited"]
    assert {hour: n for hour, n in enumerate(limited) if n} == {16: 205, 17: 27}
    assert revisions_that_say("Rate-limited via 429") == {"00045": 6}


def test_the_last_failure_is_seen() -> None:
    assert (logged_errors(BACKEND)[28], outcomes(BACKEND)["accepted"][28]) == (30, 30)


@pytest.mark.parametrize("name", [BACKEND, LOCKERS])
def test_sentry_never_accepts_more_than_was_logged(name: str) -> None:
    logged = logged_errors(name)
    sums = [sum(hour) for hour in zip(*outcomes(name).values(), strict=True)]
    assert [hour for hour in range(30) if sums[hour] > logged[hour]] == []


def test_the_healthy_service_is_accepted_nearly_always() -> None:
    assert (sum(logged_errors(LOCKERS)), sum(outcomes(LOCKERS)["accepted"])) == (53, 53)


def test_sentry_knows_the_quiet_service_and_has_nothing_of_it() -> None:
    assert outcomes(PLANNER) == {}
    assert PLANNER in [project["slug"] for project in sentry()["projects"]]


def test_only_revisions_that_delivered_are_releases() -> None:
    assert [release["version"].split("-")[-2] for release in sentry()["releases"]] == ["00046", "00045", "00119", "00118"]


def test_sentrys_side_holds_no_keys() -> None:
    text = json.dumps(sentry()).lower()
    assert [word for word in ("secret", "dsn", "token", "public") if word in text] == []


# ---- shifted to now


def test_the_shifted_recording_ends_at_now_floored_to_the_minute() -> None:
    newest = max(json.loads(line)["timestamp"] for line in load.recorded_lines(NOW))
    assert timedelta(0) < NOW.replace(second=0, microsecond=0) - moment(newest) < timedelta(minutes=1)


def test_shifting_keeps_all_distances_and_digits() -> None:
    by = NOW.replace(second=0, microsecond=0) - RECORDED_END
    shifted = [json.loads(line) for line in load.recorded_lines(NOW)]
    assert [moment(e["timestamp"]) - by for e in shifted] == [moment(e["timestamp"]) for e in entries()]
    assert [e["timestamp"][19:] for e in shifted] == [e["timestamp"][19:] for e in entries()]


def test_no_time_of_the_recording_is_left_in_any_text() -> None:
    assert not any(b"2025-10-0" in line for line in load.recorded_lines(NOW))


def test_now_in_another_zone_is_the_same_moment() -> None:
    elsewhere = NOW.astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert load.recorded_sentry(elsewhere) == load.recorded_sentry(NOW)


def test_a_naive_now_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        load.recorded_sentry(datetime(2031, 3, 1, 0, 7))


def test_sentrys_hours_move_with_the_entries() -> None:
    stats = load.recorded_sentry(NOW)["stats"][BACKEND]
    assert (stats["end"], stats["intervals"][-1], len(stats["intervals"])) == ("2031-03-01T00:07:00Z", "2031-02-28T23:07:00Z", 30)


def test_the_written_file_holds_the_lines(tmp_path: Path) -> None:
    size = load.write_recording(tmp_path / "demo.ndjson", NOW)
    written = (tmp_path / "demo.ndjson").read_bytes()
    assert (len(written), written) == (size, b"".join(load.recorded_lines(NOW)))


def test_a_path_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        load.write_recording(tmp_path / "nowhere" / "demo.ndjson", NOW)
