"""`compact` and `expire` as they are typed."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from lib.cli.run import main
from tests.entries import entry, lines, texts

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with 40 entries of 2026-09-16 in two files."""
    for half in (0, 1):
        export = tmp_path / f"{half}.json"
        export.write_bytes(lines(texts(*(entry(n, f"order {n} stored") for n in range(20 * half, 20 * half + 20)))))
        assert main(["import", str(export), "--home", str(tmp_path / "home")]) == 0
    return tmp_path / "home"


def ask(capsys: pytest.CaptureFixture[str], home: Path, *words: str) -> dict[str, Any]:
    capsys.readouterr()
    assert main([*words, "--home", str(home), "--json"]) == 0
    return dict(json.loads(capsys.readouterr().out))


def test_compact_says_what_became_of_the_files(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = ask(capsys, home, "compact")
    assert (told["files_before"], told["files_after"], told["entries"], told["removed"]) == (2, 1, 40, 0)
    assert told["bytes_after"] < told["bytes_before"]
    assert told["coverage"]["entries"] == 40
    assert ask(capsys, home, "compact")["files_before"] == 1


def test_no_answer_changes_by_compact(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = (("clusters",), ("problems",), ("gaps",), ("deploys",))
    before = [ask(capsys, home, *words) for words in asked]
    ask(capsys, home, "compact")
    assert [ask(capsys, home, *words) for words in asked] == before


def test_expire_says_what_went_and_from_when_the_rest_is(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(capsys, home, "expire", "--keep", "99999d")["removed"] == 0
    told = ask(capsys, home, "expire", "--keep", "1h")
    assert (told["removed"], told["entries"], told["from"], told["files_after"]) == (40, 0, None, 0)
    after = ask(capsys, home, "clusters")
    assert after["coverage"]["expired"] == told["before"]
    assert after["coverage"]["entries"] == 0


def test_expire_for_a_person_says_it_in_sentences(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["expire", "--keep", "1h", "--home", str(home)]) == 0
    assert "40 older entries were removed." in capsys.readouterr().out


@pytest.mark.parametrize("word", ["30", "0d", "d", "-3d", "30 days", "1y", "999999d"])
def test_a_span_that_is_none_removes_nothing(word: str, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["expire", "--home", str(home), f"--keep={word}"]) == 2
    assert "is no span of time such as 30d" in capsys.readouterr().err
    assert ask(capsys, home, "compact")["entries"] == 40


def test_expire_without_a_span_is_refused() -> None:
    done = subprocess.run([sys.executable, "-m", "lib", "expire"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "--keep" in done.stderr
