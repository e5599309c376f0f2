"""`python -m lib audit` as JSON by contract and as text for a person; it needs no home folder."""

import json
from pathlib import Path
from typing import Any

import pytest

from lib.cli.run import main


@pytest.fixture
def tree(tmp_path: Path) -> str:
    (tmp_path / "requirements.txt").write_text("sentry-sdk[fastapi]==2.1\nfastapi\n")
    (tmp_path / "requirements-bad.txt").write_text("not a requirement\n")
    (tmp_path / "Dockerfile").write_text("FROM python\nCOPY requirements.txt /\nRUN pip install -r /requirements.txt\n")
    return str(tmp_path)


def test_the_answer_keeps_its_contract(tree: str, capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLINDSPOT_HOME", tree + "/no home")
    assert main(["audit", tree, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert set(answer) >= {
        "verdict",
        "sentence",
        "confidence",
        "hint",
        "command",
        "files",
        "images",
        "left_out",
        "notes",
        "coverage",
    }
    bad, good = answer["files"]
    assert good == {
        "path": tree + "/requirements.txt", "format": "requirements",
        "ecosystem": "python", "declares": True, "sdk": "sentry-sdk",
        "requirement": "sentry-sdk[fastapi]==2.1", "error": None, "extras": ["fastapi"], "version": "2.1", "marker": None,
        "scope": "main", "via": [], "installed_by": [tree + "/Dockerfile"], "frameworks": ["fastapi"], "dependencies": 2,
    }  # fmt: skip
    assert (bad["declares"], bad["requirement"], bad["error"]) == (False, None, "line 1 cannot be read as a requirement")
    assert (answer["verdict"], answer["images"][0]["declares"]) == ("unverified", True)
    assert not Path(tree, "no home").exists()


def test_a_person_reads_the_answer_first(tree: str, capsys: Any) -> None:
    assert main(["audit", tree]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("1 of 2 files declares a Sentry SDK: ")
    assert "\x1b" not in "".join(lines)
    assert "…" not in "".join(lines)
    assert any(line.startswith("not known  ") for line in lines)


def test_a_path_that_is_not_there_is_one_error(tmp_path: Path, capsys: Any) -> None:
    assert main(["audit", str(tmp_path / "gone"), "--json"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("blindspot: ")
    assert len(said.err.splitlines()) == 2
