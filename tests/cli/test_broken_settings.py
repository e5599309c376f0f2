"""A setting that cannot be used costs its own part alone, and is told by every command."""

import json
from pathlib import Path
from typing import Any

import pytest

from lib import wiring
from lib.cli.run import main
from tests.entries import entry
from tests.servers import SentryWorld, serve

SECRET = "pla" + "nted"


def run(home: Path, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, Any, str]:
    status = main([*words, "--json", "--home", str(home)])
    said = capsys.readouterr()
    assert SECRET not in said.out + said.err
    return status, json.loads(said.out) if said.out else None, said.err


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    """A home with an entry, and an export beside it."""
    (tmp_path / "export.ndjson").write_text(
        "\n".join(json.dumps(entry(n, f"order {n} lost", severity="ERROR")) for n in range(3))
    )
    wiring.import_paths([str(tmp_path / "export.ndjson")], wiring.open_workspace(tmp_path))
    return tmp_path


@pytest.mark.parametrize("text", [
    f"[sentry]\norganization = ['{SECRET}']", f"[health]\nx = '{SECRET}'", f"[canary]\nx = '{SECRET} x'", "[logging]\ntail = 'x'",
    f"[sentry\n{SECRET}", "[sentri]\nx = 1",
])  # fmt: skip
def test_commands_that_need_nothing_of_it_go_on_with_one_warning(
    filled: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    (filled / "blindspot.toml").write_text(text)
    for words in (["clusters"], ["import", str(filled / "export.ndjson")], ["gaps"], ["deploys"], ["sentry"]):
        status, answer, err = run(filled, capsys, *words)
        assert (status, err.count("blindspot: !")) == (0, 1)
        assert "blindspot.toml" in err
        assert answer


@pytest.mark.parametrize("text", ["[sentry]\norganization = 3", "[sentry"])
def test_sentrys_side_is_unknown_with_the_reason_even_if_it_was_asked_before(
    filled: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    with serve(SentryWorld({"web": []}).answer) as sentry:
        for name, value in {"SENTRY_URL": sentry.url, "SENTRY_ORG": "tidewell", "SENTRY_TOKEN": "t"}.items():
            monkeypatch.setenv(name, value)
        assert run(filled, capsys, "sentry-facts")[0] == 0
    monkeypatch.delenv("SENTRY_ORG")
    (filled / "blindspot.toml").write_text(text)
    status, answer, _ = run(filled, capsys, "sentry")
    (service,) = answer["services"]
    assert (status, service["verdict"], service["confidence"]) == (0, "unknown", "high")
    assert "settings cannot be used" in service["sentence"]
    assert "blindspot.toml" in service["sentence"]
    assert answer["failures"][0]["what"] == "settings"


@pytest.mark.parametrize(("words", "text"), [
    (["sentry-facts"], "[sentry]\norganization = 3"),
    (["export-sentry-facts", "-"], "[sentry]\nprojcts = {}"),
    (["sentry", "--probe"], "[health]\nx = 3"),
    (["canary", "--service", "x"], "[canary]\nx = 3"),
    (["sentry-facts"], "[sentry"),
])  # fmt: skip
def test_a_command_that_needs_it_is_refused_with_the_reason(
    filled: Path, capsys: pytest.CaptureFixture[str], words: list[str], text: str
) -> None:
    (filled / "blindspot.toml").write_text(text)
    status, answer, err = run(filled, capsys, *words)
    assert (status, answer) == (2, None)
    assert "blindspot.toml" in err.splitlines()[-2]


def test_sources_lists_it_as_failing(filled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (filled / "blindspot.toml").write_text("[sentry]\norganization = 3")
    _, answer, _ = run(filled, capsys, "sources")
    first = answer["sources"][0]
    assert (first["name"], first["kind"], first["state"]) == ("settings: sentry", "settings", "failing")
    assert "`organization`" in first["message"]
    assert first["hint"]


def test_a_file_in_the_working_folder_names_the_home(
    filled: Path, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path_factory.mktemp("work")
    monkeypatch.chdir(folder)
    monkeypatch.delenv("BLINDSPOT_HOME")
    (folder / "blindspot.toml").write_text(f'home = "{filled}"')
    assert main(["clusters", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["coverage"]["entries"] == 3
    (folder / "blindspot.toml").write_text(f'home = "{filled}"\n[sentry')
    assert main(["clusters", "--json"]) == 2
    assert "no TOML" in capsys.readouterr().err
