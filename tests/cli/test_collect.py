"""`collect`, as a process of its own against a server on loopback."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from grpc import StatusCode

from lib import wiring
from lib.live import GRACE_S
from tests.cloudlogging import Call, Misdeed, World, serve_logging
from tests.collecting import PROJECT, entries_between, entry
from tests.servers import ORGANIZATION, SentryWorld, serve

ROOT = Path(__file__).resolve().parents[2]
MINUTE = timedelta(minutes=1)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def address(world: World) -> Iterator[str]:
    with serve_logging(world) as address:
        yield address


def start(home: Path, address: str, *words: str, **variables: str) -> subprocess.Popen[str]:
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("GOOGLE_", "BLINDSPOT_LOGGING"))},
        **({"BLINDSPOT_LOGGING_ENDPOINT": address} if address else {}), "BLINDSPOT_HOME": str(home), **variables,
    }  # fmt: skip
    return subprocess.Popen(
        [sys.executable, "-m", "lib", "collect", *words], cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )  # fmt: skip


def run(home: Path, address: str, *words: str, status: int = 0, **variables: str) -> tuple[str, str]:
    out, err = (process := start(home, address, *words, **variables)).communicate(timeout=120)
    assert process.returncode == status, err
    return out, err


def objects(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_a_collection_answers_with_the_fields_of_an_import(tmp_path: Path, world: World, address: str) -> None:
    now = datetime.now(UTC)
    world.add(entries_between(now - 30 * MINUTE, now - MINUTE, 1200))
    world.add([entry(5000, now - 5 * MINUTE, severity="INFO", textPayload="fine")])
    out, _ = run(tmp_path, address, "--project", PROJECT, "--json")
    (answer,) = objects(out)
    imported = {"read", "added", "duplicates", "skipped", "no_message", "masked", "watermark", "coverage"}
    assert imported <= answer.keys()
    assert (answer["added"], answer["coverage"]["entries"]) == (1200, 1200)
    assert answer["read"] == answer["added"] + answer["duplicates"] + sum(answer["skipped"].values())
    assert answer["sources"][0]["left_out"]


def test_since_reads_further_back_and_one_setting_reads_all(tmp_path: Path, world: World, address: str) -> None:
    now = datetime.now(UTC)
    world.add([entry(n, now - timedelta(hours=n), severity="INFO") for n in range(1, 60)])
    out, _ = run(tmp_path, address, "--project", PROJECT, "--json", "--since", "-50h", BLINDSPOT_LOGGING_FILTER="all")
    assert objects(out)[0]["added"] == 49
    moment = (now - timedelta(hours=55, minutes=30)).isoformat()
    out, _ = run(tmp_path, address, "--project", PROJECT, "--json", "--since", moment, BLINDSPOT_LOGGING_FILTER="all")
    assert objects(out)[0]["added"] == 6


def test_following_tells_every_round_and_ends_when_asked(tmp_path: Path, world: World, address: str) -> None:
    now = datetime.now(UTC)
    world.add(entries_between(now - 5 * MINUTE, now - MINUTE, 50))
    process = start(tmp_path, address, "--project", PROJECT, "--follow", "--json", "--since", "10m", BLINDSPOT_LOGGING_POLL="1s")
    assert process.stdout is not None
    first = json.loads(process.stdout.readline())
    world.add([entry(700, datetime.now(UTC))])
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=60)
    rounds = [first, *objects(out)]
    assert (process.returncode, err) == (0, "")
    assert sum(r["added"] for r in rounds) >= 50
    assert all(r["read"] == r["added"] + r["duplicates"] for r in rounds)


def test_a_source_that_starts_to_fail_is_told_once_and_so_is_its_end(tmp_path: Path, world: World, address: str) -> None:
    failing = iter([False, False, True, True])
    world.script = lambda call: Misdeed(StatusCode.PERMISSION_DENIED, details="no") if next(failing, False) else None
    process = start(tmp_path, address, "--project", PROJECT, "--follow", "--since", "5m", BLINDSPOT_LOGGING_POLL="1s")
    assert process.stderr is not None
    told = process.stderr.readline()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 0
    assert told.startswith(f"blindspot: {PROJECT}: Cloud Logging does not let us read it")


@pytest.mark.parametrize(
    ("words", "variables", "told"),
    [
        ((), {}, "No project is named"),
        (("--project", "a b"), {}, "names nothing"),
        (("--project", "x", "--since", "yesterday"), {}, "is no time"),
        (("--project", "x", "--since", "0h"), {}, "does not lie in the past"),
        (("--project", "x", "--since", "2090-01-01T00:00:00Z"), {}, "does not lie in the past"),
        (("--project", "x", "--since", "999999w"), {}, "longer ago than"),
        (("--project", "x"), {"BLINDSPOT_LOGGING_POLL": "999999w"}, "is more than 1m"),
        (("--project", "x"), {"NO_GCE_CHECK": "true", "CLOUDSDK_CONFIG": "/nowhere"}, "No Google credentials"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_one_error_with_a_hint(
    tmp_path: Path, words: tuple[str, ...], variables: Mapping[str, str], told: str
) -> None:
    _, err = run(tmp_path, "", *words, status=2, **variables, HOME=str(tmp_path))
    lines = err.splitlines()
    assert told in lines[0]
    assert len(lines) == 2


def test_a_single_collection_that_is_stopped_says_so(tmp_path: Path, world: World, address: str) -> None:
    process = start(tmp_path, address, "--project", PROJECT)
    asked = threading.Event()

    def hang(call: Call) -> Misdeed:
        asked.set()
        return Misdeed(StatusCode.UNAVAILABLE)

    world.script = hang
    assert asked.wait(60)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "Stopped" in err


def test_sentry_that_cannot_be_asked_costs_no_entry(tmp_path: Path, world: World, address: str) -> None:
    now = datetime.now(UTC)
    world.add(entries_between(now - 30 * MINUTE, now - MINUTE, 20))
    _, err = run(tmp_path, address, "--project", PROJECT, "--sentry", status=2, SENTRY_TOKEN="", SENTRY_ORG="")
    assert "No token for Sentry" in err
    out, _ = run(tmp_path, address, "--project", PROJECT, "--json")
    assert objects(out)[0]["coverage"]["entries"] == 20


@pytest.mark.parametrize("misdeed", [
    Misdeed(kind="hang"), Misdeed(StatusCode.RESOURCE_EXHAUSTED, retry_s=300), Misdeed(StatusCode.UNAVAILABLE)
], ids=["hangs", "asks for a pause", "cannot be reached"])  # fmt: skip
def test_one_that_waits_for_its_source_ends_within_seconds_when_asked(
    tmp_path: Path, world: World, address: str, misdeed: Misdeed
) -> None:
    asked = threading.Event()

    def script(call: Call) -> Misdeed:
        asked.set()
        return misdeed

    world.script = script
    process = start(tmp_path, address, "--project", PROJECT, "--follow")
    assert asked.wait(60)
    process.send_signal(signal.SIGTERM)
    begun = time.monotonic()
    process.communicate(timeout=60)
    assert process.returncode == 0
    assert time.monotonic() - begun < 2 * GRACE_S


def test_sentry_that_refuses_leaves_error_tracking_unknown(tmp_path: Path, address: str) -> None:
    with serve(SentryWorld({"backend": []}, token="another").answer) as served:
        sentry = {"SENTRY_URL": served.url, "SENTRY_ORG": ORGANIZATION, "SENTRY_TOKEN": "wrong"}
        run(tmp_path, address, "--project", PROJECT, "--sentry", status=2, **sentry)
    facts = wiring.open_workspace(tmp_path).ports.state.sentry()
    assert facts is not None
    assert "(401)" in facts.failures[0].reason
