"""`doctor`: what works, what does not, and what mends it, against real servers on loopback."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import grpc
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from lib import doctor, wiring
from lib.adapters.logging_access import member_of
from lib.adapters.quota import CALLS, Quota
from lib.cli.run import main
from lib.core.checkup import ENOUGH_BYTES, Check, is_well, judge_entries, judge_space
from lib.core.model import SourceState
from lib.core.settings import LoggingSettings, Settings
from tests.cloudlogging import Misdeed, World, serve_logging
from tests.entries import entry
from tests.servers import ORGANIZATION, Reply, SentryWorld, serve

NOW = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
TOKEN = "plan" + "ted-token"
Told = dict[str, dict[str, Any]]


@pytest.fixture
def ask(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, Told]]:
    """Run `doctor --json` under variables; return its status and its checks by name."""

    def run(*, text: str = "", **environment: str) -> tuple[int, Told]:
        (tmp_path / "blindspot.toml").write_text(text)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        status = main(["doctor", "--json", "--home", str(tmp_path)])
        said = capsys.readouterr()
        assert TOKEN not in said.out + said.err
        answer = json.loads(said.out)
        assert answer["ok"] == (status == 0)
        return status, {check["name"]: check for check in answer["checks"]}

    return run


def test_with_nothing_set_all_that_is_set_works(ask: Callable[..., tuple[int, Told]]) -> None:
    status, told = ask()
    assert status == 0
    assert {name: check["state"] for name, check in told.items()} == {
        "home folder": "ok",
        "entries": "off",
        "state": "off",
        "Cloud Logging": "off",
        "Sentry": "off",
    }


def test_the_store_is_counted_against_its_own_log(ask: Callable[..., tuple[int, Told]], tmp_path: Path) -> None:
    (tmp_path / "export.ndjson").write_text("\n".join(json.dumps(entry(n)) for n in range(7)))
    wiring.import_paths([str(tmp_path / "export.ndjson")], wiring.open_workspace(tmp_path))
    status, told = ask()
    assert (status, told["entries"]["message"]) == (0, "Can be read: 7 entries, as many as its own log says.")
    assert told["state"]["state"] == "ok"


def test_its_coverage_is_that_of_the_whole_store(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "export.ndjson").write_text("\n".join(json.dumps(entry(n)) for n in range(7)))
    wiring.import_paths([str(tmp_path / "export.ndjson")], wiring.open_workspace(tmp_path))
    told = []
    for command in ("doctor", "clusters"):
        main([command, "--json", "--home", str(tmp_path)])
        told.append(json.loads(capsys.readouterr().out)["coverage"])
    assert told[0] == told[1]
    assert told[0]["entries"] == 7


def test_a_lost_file_and_a_damaged_state_cost_themselves_alone(ask: Callable[..., tuple[int, Told]], tmp_path: Path) -> None:
    (tmp_path / "export.ndjson").write_text(json.dumps(entry()))
    wiring.import_paths([str(tmp_path / "export.ndjson")], wiring.open_workspace(tmp_path))
    for file in (tmp_path / "entries").rglob("*.parquet"):
        file.unlink()
    for file in tmp_path.glob("state.sqlite*"):
        file.unlink()
    (tmp_path / "state.sqlite").write_bytes(b"no database " * 1000)
    status, told = ask()
    assert status == 1
    assert [name for name, check in told.items() if check["state"] == "failing"] == ["entries", "state"]
    assert all(told[name]["hint"] for name in ("entries", "state"))


def test_a_home_inside_a_file_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    assert main(["doctor", "--json", "--home", str(tmp_path / "file" / "home")]) == 1
    told = json.loads(capsys.readouterr().out)["checks"][0]
    assert (told["name"], told["state"]) == ("home folder", "failing")
    assert main(["doctor", "--json", "--home", str(tmp_path / "file")]) == 2


def test_broken_settings_are_rows_and_the_rest_is_tried(ask: Callable[..., tuple[int, Told]]) -> None:
    status, told = ask(text="[sentry]\norganization = 3\n[canary]\nx = 'X_DSN'", X_DSN="https://key@h.example/12")
    assert status == 1
    assert "`organization`" in told["settings: sentry"]["message"]
    assert "Sentry" not in told
    assert told["canary of x"]["state"] == "ok"


# ---- Cloud Logging


def logging_at(address: str, text: str = 'filter = "all"', projects: str = '"acme-prod"') -> str:
    return f'[logging]\nprojects = [{projects}]\nendpoint = "{address}"\n{text}\n'


def test_one_call_for_one_entry_proves_access_and_is_counted_with_the_others(
    ask: Callable[..., tuple[int, Told]], tmp_path: Path
) -> None:
    world = World()
    with serve_logging(world) as address:
        status, told = ask(text=logging_at(address))
    assert (status, told["Cloud Logging: projects/acme-prod"]["state"]) == (0, "ok")
    (request,) = world.requests
    assert (request.page_size, list(request.resource_names)) == (1, ["projects/acme-prod"])
    assert "timestamp>=" in request.filter
    assert Quota(tmp_path / CALLS, 60).used() == 1


def test_a_role_that_is_missing_is_named_with_its_command_and_the_other_project_is_read(
    ask: Callable[..., tuple[int, Told]],
) -> None:
    with serve_logging(World(refused=frozenset({"folders/12"}))) as address:
        status, told = ask(text=logging_at(address, projects='"acme-prod", "folders/12"'))
    assert status == 1
    assert told["Cloud Logging: projects/acme-prod"]["state"] == "ok"
    command = told["Cloud Logging: folders/12"]["command"]
    assert command.startswith("gcloud resource-manager folders add-iam-policy-binding 12 --member=")
    assert command.endswith("--role=roles/logging.viewer")


@pytest.mark.parametrize(("status", "details", "words"), [
    (grpc.StatusCode.INVALID_ARGUMENT, "Unparseable filter", "filter"),
    (grpc.StatusCode.UNAUTHENTICATED, "", "auth application-default login"),
    (grpc.StatusCode.PERMISSION_DENIED, "Cloud Logging API has not been used in project 12 before or it is disabled",
     "gcloud services enable logging.googleapis.com --project=acme-prod"),
    (grpc.StatusCode.PERMISSION_DENIED, "Request had insufficient authentication scopes.", "logging.read"),
    (grpc.StatusCode.RESOURCE_EXHAUSTED, "", "quota_per_min"),
    (grpc.StatusCode.NOT_FOUND, "", "spelling"),
])  # fmt: skip
def test_what_cloud_logging_refuses_is_told_with_what_mends_it(
    ask: Callable[..., tuple[int, Told]], status: grpc.StatusCode, details: str, words: str
) -> None:
    world = World(script=lambda call: Misdeed(status, details=details))
    with serve_logging(world) as address:
        code, told = ask(text=logging_at(address))
    check = told["Cloud Logging: projects/acme-prod"]
    assert (code, check["state"]) == (1, "failing")
    assert words in f"{check['hint']} {check['command']}"
    assert len(world.calls) == 1


def test_a_server_that_hangs_does_not_hold_the_doctor_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(doctor, "CALL_S", 0.2)
    with serve_logging(World(script=lambda call: Misdeed(kind="hang"))) as address:
        settings = Settings(logging=LoggingSettings(("projects/acme-prod",), endpoint=address))
        check = doctor.check_logging(settings, tmp_path, "projects/acme-prod", NOW)
    assert "DEADLINE_EXCEEDED" in check.message


def test_a_check_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with serve(lambda seen: Reply(misdeed="hang")) as health:
        monkeypatch.setenv("BLINDSPOT_HEALTH_URLS", f"x={health.url}")
        checks = doctor.examine(tmp_path, NOW, longest_s=0.5)
    assert next(c for c in checks if c.name == "health document of x").message == "No answer within 0 s."


def test_without_credentials_it_says_so_and_how_to_sign_in(ask: Callable[..., tuple[int, Told]], tmp_path: Path) -> None:
    status, told = ask(text='[logging]\nprojects = ["acme-prod"]', CLOUDSDK_CONFIG=str(tmp_path / "none"))
    check = told["Cloud Logging: projects/acme-prod"]
    assert (status, check["message"]) == (1, "No Google credentials were found.")
    assert check["command"] == "gcloud auth application-default login"


def write_key(file: Path, token_uri: str) -> None:
    """Write a service account's key that nobody ever gave out."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    shape = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    account = {"type": "service_account", "client_email": "reader@acme.example", "token_uri": token_uri, "project_id": "acme"}
    file.write_text(json.dumps(account | {"private_key": key.private_bytes(*shape).decode(), "private_key_id": "1"}))


def test_credentials_that_were_revoked_are_told_at_once(ask: Callable[..., tuple[int, Told]], tmp_path: Path) -> None:
    with serve(lambda seen: Reply({"error": "invalid_grant", "error_description": f"Revoked {TOKEN}"}, 400)) as google:
        write_key(tmp_path / "key.json", f"{google.url}/token")
        status, told = ask(text='[logging]\nprojects = ["acme-prod"]', GOOGLE_APPLICATION_CREDENTIALS=str(tmp_path / "key.json"))
        assert len(google.seen) == 1
    check = told["Cloud Logging: projects/acme-prod"]
    assert status == 1
    assert "does not accept the credentials" in check["message"]


@pytest.mark.parametrize(("account", "member"), [
    ("reader@acme.example", "serviceAccount:reader@acme.example"),
    ("default", "user:YOU@EXAMPLE.COM"),
    ("", "user:YOU@EXAMPLE.COM"),
])  # fmt: skip
def test_the_command_names_who_asks_where_the_credentials_know(account: str, member: str) -> None:
    assert member_of(SimpleNamespace(service_account_email=account)) == member


# ---- Sentry, health, canaries


@pytest.mark.parametrize(
    ("part", "scope"), [("/projects/", "org:read"), ("/releases/", "project:read"), ("/issues/", "event:read")]
)
def test_the_scope_that_a_token_lacks_is_named(ask: Callable[..., tuple[int, Told]], part: str, scope: str) -> None:
    with serve(SentryWorld({"web": []}, troubles={part: Reply({}, 403)}, token=TOKEN).answer) as sentry:
        status, told = ask(SENTRY_URL=sentry.url, SENTRY_ORG=ORGANIZATION, SENTRY_TOKEN=TOKEN)
    assert status == 1
    assert f"it lacks {scope};" in told["Sentry"]["message"]


def test_a_token_that_may_read_all_is_well_after_three_questions(ask: Callable[..., tuple[int, Told]]) -> None:
    with serve(SentryWorld({"web": []}, token=TOKEN).answer) as sentry:
        status, told = ask(SENTRY_URL=sentry.url, SENTRY_ORG=ORGANIZATION, SENTRY_TOKEN=TOKEN)
        assert len(sentry.seen) == 3
    assert (status, told["Sentry"]["state"]) == (0, "ok")


@pytest.mark.parametrize(("environment", "words"), [
    ({"SENTRY_ORG": ORGANIZATION}, "No token"),
    ({"SENTRY_TOKEN": TOKEN}, "No Sentry organization"),
    ({"SENTRY_ORG": ORGANIZATION, "SENTRY_TOKEN": "another"}, "does not know the token"),
    ({"SENTRY_ORG": "nobody", "SENTRY_TOKEN": TOKEN}, "does not have the projects"),
])  # fmt: skip
def test_what_sentry_lacks_is_told(ask: Callable[..., tuple[int, Told]], environment: dict[str, str], words: str) -> None:
    with serve(SentryWorld({"web": []}, token=TOKEN).answer) as sentry:
        status, told = ask(SENTRY_URL=sentry.url, **environment)
    assert (status, told["Sentry"]["state"]) == (1, "failing")
    assert words in told["Sentry"]["message"]
    assert told["Sentry"]["hint"]


def test_health_documents_and_dsns_are_tried_one_by_one(ask: Callable[..., tuple[int, Told]]) -> None:
    with serve(lambda seen: Reply({"checks": {"sentry": "ok"}}) if seen.path == "/good" else Reply({}, 500, raw=b"<")) as served:
        status, told = ask(
            text=f'[health]\ngood = "{served.url}/good"\nbad = "{served.url}/bad?key={TOKEN}"\n[canary]\na = "ADSN"\nb = "BDSN"',
            BDSN=f"not a {TOKEN}",
        )
    assert status == 1
    states = {name: check["state"] for name, check in told.items() if "of" in name}
    assert states == {
        "health document of good": "ok",
        "health document of bad": "failing",
        "canary of a": "failing",
        "canary of b": "failing",
    }


def test_a_person_reads_the_outcome_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--home", str(tmp_path)]) == 0
    first, *rest = capsys.readouterr().out.splitlines()
    assert first == "All that is set works. Not set: entries, state, Cloud Logging and Sentry."
    assert any(line.startswith("✓ home folder: Can be written") for line in rest)


# ---- judgements


@pytest.mark.parametrize(("free", "state"), [(ENOUGH_BYTES, SourceState.OK), (ENOUGH_BYTES - 1, SourceState.FAILING)])
def test_too_little_room_is_told(free: int, state: SourceState) -> None:
    assert judge_space("home", free).state is state


def test_files_that_hold_less_than_the_log_says_are_told() -> None:
    assert judge_entries("entries", 6, 7).state is SourceState.FAILING


def test_what_is_off_does_not_make_it_unwell() -> None:
    assert is_well([Check("a", SourceState.OFF, ""), Check("b", SourceState.OK, "")])
