"""What commands keep, as a stranger runs them: audits, health documents, canaries, and Sentry asked without a file."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from lib import wiring
from lib.cli import options
from lib.cli.run import MODULES
from lib.core.kept import Flown
from tests.architecture.source import ROOT, find_modules
from tests.cli.test_sentry_side import KEY, TOKEN, assert_error, fly, make_world, run
from tests.entries import SERVICE, entry
from tests.servers import ORGANIZATION, Ingest, Reply, SentryWorld, serve


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with a few quiet entries of one service."""
    folder = tmp_path / "home"
    folder.mkdir()
    (tmp_path / "logs.json").write_text(json.dumps([entry(n, "served") for n in range(3)]))
    assert run(folder, "import", str(tmp_path / "logs.json")).status == 0
    return folder


def ask(home: Path, *words: str) -> dict[str, Any]:
    (service,) = run(home, "sentry", "--json", *words).json["services"]
    return dict(service)


def checkout(folder: Path, text: str) -> str:
    folder.mkdir(exist_ok=True)
    (folder / "requirements.txt").write_text(text)
    return str(folder)


def test_an_audit_for_a_service_is_kept_and_judged_with(home: Path, tmp_path: Path) -> None:
    path = checkout(tmp_path / "code", "fastapi\n")
    told = run(home, "audit", path, "--service", SERVICE, "--json").json
    assert [(k["service"], k["environment"], k["files"]) for k in told["kept"]] == [(SERVICE, None, 1)]
    service = ask(home)
    assert (service["verdict"], service["rule"], service["confidence"]) == ("missing", "SDK not declared", "low")
    (file,) = service["declared"]
    assert set(file) == {"path", "declares", "requirement", "sdk", "version", "scope", "error", "read_at", "age_s"}
    assert (file["path"], file["declares"]) == (f"{path}/requirements.txt", False)
    assert file["age_s"] >= 0
    run(home, "audit", checkout(tmp_path / "code", "sentry-sdk==2.1\n"), "--service", SERVICE)
    service = ask(home)
    assert (service["verdict"], service["declared"][0]["version"]) == ("unverified", "2.1")
    assert "requirements.txt of 1 file declares the SDK (audit, " in run(home, "sentry").out


def test_an_audit_for_a_service_that_nobody_has_heard_of_says_so(home: Path, tmp_path: Path) -> None:
    path = checkout(tmp_path / "code", "fastapi\n")
    assert [k["known"] for k in run(home, "audit", path, "--service", "odrers", "--service", SERVICE, "--json").json["kept"]] == [
        False,
        True,
    ]
    told = run(home, "audit", path, "--service", "odrers", "--environment", "staging").out
    assert "Kept for odrers (staging)" in told
    assert "No entry of a service 'odrers' is stored" in told


def test_an_audit_for_nobody_keeps_nothing(tmp_path: Path) -> None:
    told = run(tmp_path / "home", "audit", checkout(tmp_path / "code", "sentry-sdk\n"), "--json")
    assert told.json["kept"] == []
    assert not (tmp_path / "home").exists()


def test_an_environment_needs_its_service(tmp_path: Path) -> None:
    assert_error(run(tmp_path / "home", "audit", str(tmp_path), "--environment", "staging"), "--service")


def test_a_command_in_an_image_that_installs_the_sdk_is_kept_too(home: Path, tmp_path: Path) -> None:
    path = checkout(tmp_path / "code", "fastapi\n")
    (tmp_path / "code" / "Dockerfile").write_text("FROM python\nRUN pip install sentry-sdk==2.1\n")
    run(home, "audit", path, "--service", SERVICE)
    service = ask(home)
    assert service["verdict"] == "unverified"
    assert [(f["path"].rpartition("/")[2], f["declares"]) for f in service["declared"]] == [
        ("requirements.txt", False),
        ("Dockerfile", True),
    ]


def test_what_a_probe_heard_is_used_later_with_its_time(home: Path) -> None:
    with serve(lambda _: Reply({"checks": {"sentry": "disabled"}})) as served:
        (home / "settings.toml").write_text(f'[health]\n"{SERVICE}" = "{served.url}/health"\n')
        (probe,) = run(home, "sentry", "--probe", "--json").json["probes"]
    service = ask(home)
    assert (service["verdict"], service["rule"]) == ("disabled", "health document says no")
    assert probe | {"age_s": 0} == service["health"] | {"service": SERVICE, "environment": None, "age_s": 0}
    assert (service["health"]["says"], service["since"][:16]) == ("disabled", probe["read_at"][:16])
    assert "its health document said “disabled”" in run(home, "sentry").out


def test_a_probe_without_an_answer_is_kept_as_that(home: Path) -> None:
    with serve(lambda _: Reply(status=404)) as served:
        (home / "settings.toml").write_text(f'[health]\n"{SERVICE}" = "{served.url}/health"\n')
        run(home, "sentry", "--probe")
    service = ask(home)
    assert (service["verdict"], service["health"]["says"]) == ("unverified", None)
    assert service["health"]["reason"]


def test_a_canary_is_kept_whatever_became_of_it(tmp_path: Path) -> None:
    logs = json.dumps([entry(n, "served") for n in range(3)])
    (tmp_path / "logs.json").write_text(logs.replace(SERVICE, "checkout"))
    run(tmp_path, "import", str(tmp_path / "logs.json"))
    with serve(Ingest(SentryWorld({}), Reply(status=403)).answer) as served:
        fly(tmp_path, served, "--service", "checkout")
    assert ask(tmp_path)["verdict"] == "unverified"
    with serve(Ingest(SentryWorld({"checkout": []}, token=TOKEN)).answer) as served:
        fly(tmp_path, served, "--service", "checkout")
    service = ask(tmp_path)
    assert (service["verdict"], service["confidence"]) == ("healthy", "low")
    assert [(c["sent"], c["accepted"]) for c in service["canaries"]] == [(True, True), (False, False)]
    assert {"after_s", "event_id", "why", "read_at", "age_s"} <= service["canaries"][0].keys()


def test_a_canary_that_could_not_be_sent_is_not_kept(tmp_path: Path) -> None:
    with serve(Ingest(SentryWorld({})).answer) as served:
        assert_error(fly(tmp_path, served, "--service", "checkout", CHECKOUT_DSN=f"https://{KEY}"), "CHECKOUT_DSN")
        assert_error(
            fly(tmp_path, served, "--service", "checkout", "--environment", "a", "--environment", "b"), "one environment"
        )


def test_a_canary_goes_where_the_settings_send_its_environment(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text('[canary]\n"checkout/staging" = "STAGING_DSN"\n')
    assert_error(run(tmp_path, "canary", "--service", "checkout"), "environment each: --environment staging.")
    (tmp_path / "settings.toml").write_text('[canary]\n"checkout" = "ANY_DSN"\n"checkout/staging" = "STAGING_DSN"\n')
    with serve(Ingest(SentryWorld({"checkout": []}, token=TOKEN)).answer) as served:
        known = {"SENTRY_URL": served.url, "SENTRY_ORG": ORGANIZATION, "SENTRY_TOKEN": TOKEN}
        dsn = served.url.replace("://", f"://{KEY}@") + "/4510"
        flown = run(tmp_path, "canary", "--service", "checkout", "--environment", "staging", STAGING_DSN=dsn, **known)
        assert (flown.status, flown.err) == (0, "")
        for words in ((), ("--environment", "production")):
            assert_error(run(tmp_path, "canary", "--service", "checkout", *words, STAGING_DSN=dsn, **known), "ANY_DSN")
    (kept,) = wiring.open_workspace(tmp_path).ports.state.kept()
    assert isinstance(kept, Flown)
    assert (kept.service, kept.environment, kept.accepted) == ("checkout", "staging", True)


def ask_api(home: Path, world: SentryWorld, *words: str) -> Any:
    with serve(world.answer) as served:
        return run(home, "sentry-facts", *words, SENTRY_URL=served.url, SENTRY_ORG=ORGANIZATION, SENTRY_TOKEN=TOKEN)


def test_without_a_file_sentry_itself_is_asked_and_its_answer_kept(tmp_path: Path) -> None:
    told = ask_api(tmp_path, make_world(), "--json").json
    assert (told["projects"], told["releases"], told["failures"], told["notes"]) == (2, 2, [], [])  # a release of two projects
    assert told["points"] > 0
    assert "2 projects" in ask_api(tmp_path, make_world()).out
    assert run(tmp_path, "sentry", "--json").status == 0


def test_what_sentry_did_not_answer_is_kept_as_unknown(tmp_path: Path) -> None:
    told = ask_api(tmp_path, make_world(troubles={"filters": Reply(status=403)}), "--json").json
    assert next(f["what"] for f in told["failures"]).startswith("filters")


def test_a_token_that_is_not_set_is_named_and_nobody_was_asked(home: Path) -> None:
    assert_error(run(home, "sentry-facts"), "SENTRY_TOKEN")
    assert ask(home)["verdict"] == "unverified"


def test_a_refused_token_leaves_it_unknown_until_sentry_answers(home: Path) -> None:
    assert_error(ask_api(home, SentryWorld({"backend": []}, token="another")), "401")
    answer = run(home, "sentry", "--json").json
    (service,) = answer["services"]
    assert (answer["read_at"], service["verdict"], service["rule"]) == (None, "unknown", "Sentry did not answer")
    assert "(401)" in service["sentence"]
    ask_api(home, make_world())
    assert ask(home)["verdict"] == "unverified"


def test_every_command_that_a_hint_or_a_document_names_exists() -> None:
    words = options.make_parser([m.add_commands for m in MODULES])._subparsers._group_actions[0].choices  # type: ignore[union-attr]
    files = [ROOT / path for path in find_modules("lib", "pages")] + [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    named = {
        (file.name, word)
        for file in files
        for line in file.read_text().split("python -m lib ")[1:]
        if (word := re.split(r"[^a-z-]", line)[0])
    }
    assert len(named) > 20
    assert {pair for pair in named if pair[1] not in words} == set()  # type: ignore[operator]


def test_a_health_url_can_be_one_environments(home: Path) -> None:
    with serve(lambda _: Reply({"checks": {"sentry": "disabled"}})) as served:
        (home / "settings.toml").write_text(f'[health]\n"{SERVICE}/elsewhere" = "{served.url}/health"\n')
        (probe,) = run(home, "sentry", "--probe", "--json").json["probes"]
    assert (probe["service"], probe["environment"], probe["says"]) == (SERVICE, "elsewhere", "disabled")
    service = ask(home)
    assert (service["health"], service["verdict"]) == (None, "unverified")


def test_a_health_url_of_an_environment_speaks_for_it_and_wins_over_one_for_all(home: Path) -> None:
    with serve(lambda asked: Reply({"checks": {"sentry": "disabled" if "staging" in asked.path else True}})) as served:
        lines = (f'"{SERVICE}" = "{served.url}/all"', f'"{SERVICE}/staging" = "{served.url}/staging"')
        (home / "settings.toml").write_text("\n".join(("[health]", *lines)))
        probes = run(home, "sentry", "--probe", "--json").json["probes"]
    assert [(p["environment"], p["says"]) for p in probes] == [(None, "configured"), ("staging", "disabled")]
    service = ask(home)
    assert (service["environment"], service["verdict"], service["health"]["says"]) == ("staging", "disabled", "disabled")
