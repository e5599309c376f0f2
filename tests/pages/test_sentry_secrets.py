"""Nothing secret of Sentry's comes out anywhere: planted in all that is read, looked for in all that is kept, said and shown."""

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from tests.cli.test_sentry_side import run
from tests.conftest import ROOT
from tests.entries import SERVICE, entry
from tests.pages.conftest import TIMEOUT_S, forget_folder
from tests.pages.reading import prose
from tests.servers import ORGANIZATION, Ingest, Reply, Seen, SentryWorld, serve

KEY = "0123456789abcdef" * 2  # the test's own words are checked for it in `run`
TOKEN = "sntr" + "ys_" + "a1B2c3D4" * 8
PASSWORD = "hunter" + "2x9Q7w3"
PLANTED = (KEY, TOKEN, PASSWORD)
PAGES = ("overview", "clusters", "deploys", "blindspots", "sentry", "sources")


def answer(ingest: Ingest, dsn: str, seen: Seen) -> Reply:
    """Be Sentry, its ingestion and the service itself, all of them careless."""
    if seen.path == "/health":
        return Reply({"sentry": {"enabled": False, "dsn": dsn, "auth_token": TOKEN, "reason": f"Bearer {TOKEN}"}})
    if seen.path == "/broken":
        return Reply({"detail": f"{dsn} {TOKEN} {PASSWORD}"}, 401)
    if seen.path.endswith("/envelope/") and "/4511/" in seen.path:
        return Reply({"detail": f"{dsn} {TOKEN}"}, 403)
    return ingest.answer(seen)


@dataclass(frozen=True)
class Told:
    """A home after every command that reads of Sentry, what they wrote, and what was logged meanwhile."""

    home: Path
    written: list[str]
    logged: list[str]


class Remembering(logging.Handler):
    """Keeps every record, of every library, at every level."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(self.format(record))


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    folder, root = tmp_path_factory.mktemp("secrets"), logging.getLogger()
    handler, level = Remembering(), root.level
    (folder / "home").mkdir()
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    world = SentryWorld({SERVICE: [], "other": []}, ["r1"], secrets=[KEY, TOKEN], token=TOKEN)
    ingest = Ingest(world)
    try:
        with serve(lambda seen: answer(ingest, dsn, seen)) as served:
            dsn = served.url.replace("://", f"://{KEY}@") + "/4510"
            written = say(folder, folder / "home", served.url, dsn)
        yield Told(folder / "home", written, handler.texts)
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


def say(folder: Path, home: Path, url: str, dsn: str) -> list[str]:
    """Run the commands, as JSON and as text; return all that they wrote."""
    now = datetime.now(UTC)
    lines = [f"Sentry DSN: {dsn} is invalid", f"sentry-cli login --auth-token {TOKEN}", f"SENTRY_DSN={dsn} password={PASSWORD}"]
    times = [(now - timedelta(minutes=30 - n)).strftime("%Y-%m-%dT%H:%M:%SZ") for n in range(6)]
    entries = [entry(n, lines[n % 3], timestamp=ts, severity="ERROR") for n, ts in enumerate(times)]
    (folder / "logs.json").write_text(json.dumps([*entries, {"textPayload": f"no time {dsn} {TOKEN}"}]))
    (home / "settings.toml").write_text(
        f'[health]\n"{SERVICE}" = "{url}/health?token={TOKEN}"\n"other" = "{url}/broken?key={KEY}"\n'
        f'[canary]\n"{SERVICE}" = "A_DSN"\n"other" = "B_DSN"\n"bad" = "C_DSN"\n'
    )
    code = folder / "code"
    code.mkdir()
    (code / "requirements.txt").write_text(
        f"sentry-sdk @ git+https://bot:{PASSWORD}@git.example/sdk@v1\n--index-url https://{TOKEN}@pypi.example/\nbad {dsn}\n"
    )
    (code / "Dockerfile").write_text(
        f"FROM python\nENV SENTRY_DSN={dsn}\nRUN pip install git+https://{TOKEN}@git.example/sentry-sdk\n"
    )
    (folder / "facts.json").write_text(
        json.dumps({"organization": "acme", "failures": [{"what": "x", "reason": f"{dsn} {TOKEN}", "hint": TOKEN}]})
    )
    given = {"SENTRY_URL": url, "SENTRY_ORG": ORGANIZATION, "SENTRY_TOKEN": TOKEN, "A_DSN": dsn}
    given |= {"B_DSN": dsn.replace("4510", "4511"), "C_DSN": f"https://{KEY}"}
    asked = [
        ("import", str(folder / "logs.json")), ("sentry-facts", str(folder / "facts.json")), ("sentry-facts",),
        ("audit", str(code), "--service", SERVICE), ("sentry", "--probe"), ("canary", "--service", SERVICE),
        ("canary", "--service", "other"), ("canary", "--service", "bad"), ("sentry",), ("gaps",), ("problems",), ("clusters",),
        ("deploys",), ("sources",), ("export-sentry-facts", "-"),
    ]  # fmt: skip
    ran = [(words, run(home, *words, *more, **given)) for words in asked for more in ((), ("--json",))]
    wrong = {"SENTRY_TOKEN": TOKEN + "x"}
    ran += [(words, run(home, *words, **(given | wrong))) for words in (("sentry-facts",), ("canary", "--service", SERVICE))]
    failed = [(words, r.err) for words, r in ran[: 2 * len(asked)] if r.status == 2 and words[-1] != "bad"]
    assert failed == []
    return [r.out + r.err for _, r in ran]


def find_planted(text: bytes) -> list[str]:
    return [secret for secret in PLANTED if secret.encode() in text]


def test_no_command_says_it(told: Told) -> None:
    assert [text for text in told.written if find_planted(text.encode())] == []


def test_no_library_logs_it(told: Told) -> None:
    assert told.logged
    assert [text for text in told.logged if find_planted(text.encode())] == []


def test_nothing_of_the_home_folder_holds_it(told: Told) -> None:
    files = [p for p in told.home.rglob("*") if p.is_file() and p.name != "settings.toml"]
    assert any(p.name == "state.sqlite" for p in files)
    assert {p.name: found for p in files if (found := find_planted(p.read_bytes()))} == {}


def test_what_was_read_was_kept_without_it(told: Told) -> None:
    (service,) = run(told.home, "sentry", "--json").json["services"]
    assert service["health"]["says"] == "disabled"
    assert service["canaries"][0]["accepted"] is None
    assert [c["accepted"] for c in service["canaries"][1:]] == [True, True]
    assert any(d["declares"] for d in service["declared"])


def draw(page: str, home: Path, monkeypatch: pytest.MonkeyPatch, **params: str) -> AppTest:
    monkeypatch.setenv("BLINDSPOT_HOME", str(home))
    forget_folder(monkeypatch)
    st.cache_data.clear()
    st.cache_resource.clear()
    app = AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=TIMEOUT_S)
    if page != "overview":
        app.run()
        app.switch_page(f"pages/{page}.py")
    for name, value in params.items():
        app.query_params[name] = value
    return app.run()


def sent(node: Any) -> bytes:
    """Return all that a browser would be sent."""
    proto: Any = getattr(node, "proto", None)
    own = proto.SerializeToString() if hasattr(proto, "SerializeToString") else repr(proto).encode()
    return bytes(own) + b"".join(sent(child) for child in getattr(node, "children", {}).values())


@pytest.mark.parametrize("page", PAGES)
def test_no_page_shows_it(told: Told, page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    app = draw(page, told.home, monkeypatch)
    assert not app.exception
    assert find_planted(sent(app._tree)) == []
    assert "Based on" in prose(app)


def test_the_sentry_page_shows_what_was_kept_of_one_service(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    app = draw("sentry", told.home, monkeypatch, service=SERVICE)
    shown = prose(app)
    assert not app.exception
    assert "The canary's last answers" in shown
    assert "Its health document" in shown
    assert "Declared files (2)" in shown
    assert shown.count(" ago") >= 4  # two canaries, the health document, the files
    assert find_planted(sent(app._tree)) == []


CARELESS = ("sentry-facts", "export-sentry-facts -", f"canary --service {SERVICE}", "sentry --probe", "sources", "sentry")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 302])
def test_an_error_that_echoes_what_was_asked_is_not_passed_on(tmp_path: Path, status: int) -> None:
    def echo(seen: Seen) -> Reply:
        body = {"detail": f"Bad token {TOKEN}", "headers": dict(seen.headers), "dsn": f"https://{KEY}@host/1", "url": seen.path}
        return Reply(body, status, {"Location": f"/elsewhere?token={TOKEN}", "Retry-After": "0", "X-Sentry-Error": TOKEN})

    with serve(echo) as served:
        dsn, shown = served.url.replace("://", f"://{KEY}@") + "/1", served.url.replace("://", f"://bot:{PASSWORD}@")
        (tmp_path / "settings.toml").write_text(
            f'[health]\n"{SERVICE}" = "{shown}/health?key={KEY}"\n[canary]\n"{SERVICE}" = "A_DSN"\n'
        )
        given = {"SENTRY_URL": served.url, "SENTRY_ORG": ORGANIZATION, "SENTRY_TOKEN": TOKEN, "A_DSN": dsn}
        ran = [run(tmp_path, *words.split(), *more, **given) for words in CARELESS for more in ((), ("--json",))]
    assert [r.out + r.err for r in ran if find_planted((r.out + r.err).encode())] == []
    files = [p for p in tmp_path.rglob("*") if p.is_file() and p.name != "settings.toml"]
    assert {p.name for p in files if find_planted(p.read_bytes())} == set()


@pytest.mark.parametrize("settings", [
    f'[canary]\n"{SERVICE}" = "https://{KEY}@host/1"\n',
    f'[canary]\n"{SERVICE}" = ["https://{KEY}@host/1"]\n',
    f'[canary]\n"{SERVICE}" = https://{KEY}@host/1\n',
    f'[health]\n"{SERVICE}" = "host?token={TOKEN}"\n',
    f'[health]\n"{SERVICE}" = "ftp://bot:{PASSWORD}@host/"\n',
    f'[sentry]\ntoken_env = "{TOKEN}"\norganization = "acme"\n',
    f'[sentry]\nbase_url = "https://bot:{PASSWORD}@sentry.example"\norganization = "acme"\n',
    f'[sentry]\ntoken = "{TOKEN}"\n',
    f'[sentry.projects]\n"{SERVICE}" = ["{TOKEN}"]\n',
    f'SENTRY_DSN = https://{KEY}@host/1\n',
])  # fmt: skip
def test_what_is_wrong_in_the_settings_is_told_without_its_secrets(tmp_path: Path, settings: str) -> None:
    (tmp_path / "settings.toml").write_text(settings)
    ran = [run(tmp_path, *words.split(), *more) for words in CARELESS for more in ((), ("--json",))]
    assert [r.out + r.err for r in ran if find_planted((r.out + r.err).encode())] == []
