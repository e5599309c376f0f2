"""`export-sentry-facts` and `canary` as a stranger runs them: words, a home folder, a server on loopback."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from lib.cli.run import main
from tests.entries import SERVICE, entry
from tests.servers import ORGANIZATION, Ingest, Reply, SentryWorld, Served, serve

ROOT = Path(__file__).resolve().parents[2]
KEY = "0123456789abcdef" * 2
TOKEN = "plan" + "ted-token"
MAIL = "jo.doe" + "@example.com"


@dataclass(frozen=True)
class Ran:
    """What a process came to."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def run(home: Path, *words: str, **environment: str) -> Ran:
    """Run a command; only the first test of each command pays for a process."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        for name, value in environment.items():
            patch.setenv(name, value)
        status = main([*words, "--home", str(home)])
    return judge(Ran(status, out.getvalue(), err.getvalue()))


def run_process(home: Path, *words: str, **environment: str) -> Ran:
    done = subprocess.run(
        [sys.executable, "-m", "lib", *words, "--home", str(home)],
        cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    return judge(Ran(done.returncode, done.stdout, done.stderr))


def judge(ran: Ran) -> Ran:
    """Return what a command came to; whatever that is, it shows no secret."""
    assert [secret for secret in (KEY, TOKEN, MAIL) if secret in ran.out + ran.err] == []
    return ran


def make_world(**fields: Any) -> SentryWorld:
    accepted = {"backend": [datetime.now(UTC) - timedelta(hours=2)], "web": []}
    return SentryWorld(accepted, ["r1"], secrets=[MAIL, KEY], token=TOKEN, **fields)


def export(home: Path, served: Served, *words: str, run: Callable[..., Ran] = run) -> Ran:
    return run(home, "export-sentry-facts", *words, SENTRY_URL=served.url, SENTRY_ORG=ORGANIZATION, SENTRY_TOKEN=TOKEN)


def assert_error(ran: Ran, *parts: str) -> None:
    """One error in our words with a hint, on standard error alone."""
    assert (ran.status, ran.out) == (2, "")
    first, hint = ran.err.splitlines()
    assert first.startswith("blindspot: ")
    assert hint.startswith("  ")
    assert [part for part in parts if part not in ran.err] == []


def test_facts_are_written_without_secrets(tmp_path: Path) -> None:
    file = tmp_path / "facts.json"
    with serve(make_world().answer) as served:
        ran = export(tmp_path, served, str(file), "--json", run=run_process)
    assert (ran.status, ran.err) == (0, "")
    assert (ran.json["projects"], ran.json["releases"], ran.json["failures"]) == (2, 1, [])
    assert ran.json["coverage"]["entries"] == 0
    written = file.read_text()
    assert [secret for secret in (KEY, TOKEN, MAIL) if secret in written] == []
    document = json.loads(written)
    assert document["organization"] == ORGANIZATION
    assert ran.json["points"] == len(document["stats"]["backend"]["intervals"])
    assert document["stats"]["backend"]["groups"][0]["totals"] == {"sum(quantity)": 1}


@pytest.mark.parametrize("words", [["-"], ["-", "--json"]])
def test_a_dash_writes_the_document_to_standard_output(tmp_path: Path, words: list[str]) -> None:
    with serve(make_world().answer) as served:
        ran = export(tmp_path, served, *words)
    assert ran.status == 0
    assert [p["slug"] for p in ran.json["projects"]] == ["backend", "web"]


def test_the_window_that_was_asked_for_is_read(tmp_path: Path) -> None:
    with serve(make_world().answer) as served:
        ran = export(tmp_path, served, "-", "--from", "-5h", "--to", "-2h")
    assert 3 <= len(ran.json["stats"]["web"]["intervals"]) <= 4


def test_what_could_not_be_read_is_told_and_the_rest_is_written(tmp_path: Path) -> None:
    file = tmp_path / "facts.json"
    with serve(make_world(troubles={"filters": Reply(status=403)}).answer) as served:
        ran = export(tmp_path, served, str(file))
    assert ran.status == 0
    assert "2 projects, 1 release" in ran.out
    assert "filters of backend" in ran.out
    assert json.loads(file.read_text())["stats"]["backend"]


def test_a_token_that_is_refused_writes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "facts.json"
    file.write_text("as it was")
    with serve(SentryWorld({"backend": []}, token="another").answer) as served:
        assert_error(export(tmp_path, served, str(file)), "401", "org:read")
    assert file.read_text() == "as it was"


def test_a_place_that_cannot_be_written_is_told_before_sentry_is_asked(tmp_path: Path) -> None:
    with serve(make_world().answer) as served:
        assert_error(export(tmp_path, served, str(tmp_path / "no" / "facts.json")), "cannot be written")
        assert_error(export(tmp_path, served, str(tmp_path)), "cannot be written")
        assert served.seen == []


@pytest.mark.parametrize(("given", "named"), [({}, "SENTRY_TOKEN"), ({"SENTRY_TOKEN": TOKEN}, "SENTRY_ORG")])
def test_what_is_not_set_is_named(tmp_path: Path, given: dict[str, str], named: str) -> None:
    assert_error(run(tmp_path, "export-sentry-facts", "-", **given), named)


def fly(home: Path, served: Served, *words: str, run: Callable[..., Ran] = run, **given: str) -> Ran:
    (home / "settings.toml").write_text('[canary]\n"checkout" = "CHECKOUT_DSN"\n')
    dsn = served.url.replace("://", f"://{KEY}@") + "/4510"
    known = {"CHECKOUT_DSN": dsn, "SENTRY_URL": served.url, "SENTRY_ORG": ORGANIZATION, "SENTRY_TOKEN": TOKEN}
    return run(home, "canary", *words, **known | given)


def test_a_canary_that_arrives_exits_0(tmp_path: Path) -> None:
    ingest = Ingest(SentryWorld({"checkout": []}, token=TOKEN))
    with serve(ingest.answer) as served:
        ran = fly(tmp_path, served, "--service", "checkout", "--json", run=run_process)
    assert ran.status == 0, ran.err
    assert {"sent": True, "accepted": True, "event_id": ingest.events[0]["event_id"]}.items() <= ran.json.items()
    assert isinstance(ran.json["after_s"], float)
    assert "coverage" in ran.json


def test_a_canary_that_is_refused_exits_1(tmp_path: Path) -> None:
    with serve(Ingest(SentryWorld({}), Reply(status=403)).answer) as served:
        ran = fly(tmp_path, served, "--service", "checkout", "--json")
    assert ran.status == 1
    assert (ran.json["sent"], ran.json["accepted"], ran.json["after_s"]) == (False, False, None)


def test_a_canary_that_nobody_could_look_for_exits_1_and_is_unknown(tmp_path: Path) -> None:
    with serve(Ingest(SentryWorld({})).answer) as served:
        ran = fly(tmp_path, served, "--service", "checkout", "--json", SENTRY_TOKEN="")
        told = fly(tmp_path, served, "--service", "checkout", SENTRY_TOKEN="")
    assert (ran.status, ran.json["sent"], ran.json["accepted"]) == (1, True, None)
    assert "unknown" in told.out


def test_a_canary_needs_one_service_that_the_settings_know(tmp_path: Path) -> None:
    with serve(Ingest(SentryWorld({})).answer) as served:
        assert_error(fly(tmp_path, served), "--service")
        assert_error(fly(tmp_path, served, "--service", "a", "--service", "b"), "one service")
        assert_error(fly(tmp_path, served, "--service", "other"), "other", "[canary]")
        assert_error(fly(tmp_path, served, "--service", "checkout", CHECKOUT_DSN=" "), "CHECKOUT_DSN")
        assert_error(fly(tmp_path, served, "--service", "checkout", CHECKOUT_DSN=f"https://{KEY}"), "CHECKOUT_DSN")
        assert_error(fly(tmp_path, served, "--service", "checkout", "--wait", "0"), "--wait")
        assert served.seen == []


def test_exported_facts_can_be_imported_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    with serve(make_world().answer) as served:
        wrote = export(tmp_path, served, str(tmp_path / "facts.json"), "--json").json
    read = run(tmp_path / "other", "sentry-facts", str(tmp_path / "facts.json"), "--json")
    assert read.status == 0, read.err
    assert (read.json["projects"], read.json["points"]) == (wrote["projects"], wrote["points"])
    assert [
        secret for secret in (KEY, TOKEN, MAIL) if secret.encode() in (tmp_path / "other" / "state.sqlite").read_bytes()
    ] == []


def probe(home: Path, document: Reply) -> Any:
    entries = [entry(n, "served") for n in range(3)]
    (home / "logs.json").write_text(json.dumps(entries))
    assert run(home, "import", str(home / "logs.json")).status == 0
    with serve(lambda _: document) as served:
        (home / "settings.toml").write_text(f'[health]\n"{SERVICE}" = "{served.url}/health?key={KEY}"\n')
        return run(home, "sentry", "--probe", "--json").json


def test_a_health_document_that_says_no_makes_the_verdict(tmp_path: Path) -> None:
    answer = probe(tmp_path, Reply({"checks": {"sentry": "disabled"}}))
    assert [(p["service"], p["says"], p["evidence"]) for p in answer["probes"]] == [
        (SERVICE, "disabled", ["checks.sentry = disabled"])
    ]
    assert answer["services"][0]["verdict"] == "disabled"


def test_a_health_document_that_says_yes_is_no_proof(tmp_path: Path) -> None:
    answer = probe(tmp_path, Reply({"sentry_configured": True}))
    assert answer["services"][0]["verdict"] == "unverified"
    assert next(r for r in answer["services"][0]["ladder"] if r["rung"] == "configured")["stands"] is True


def test_a_service_that_does_not_answer_costs_itself_alone(tmp_path: Path) -> None:
    answer = probe(tmp_path, Reply(status=404))
    (told,) = answer["probes"]
    assert (told["says"], told["evidence"]) == (None, [])
    assert told["reason"]
    assert told["hint"]
    assert answer["services"][0]["verdict"] == "unverified"
