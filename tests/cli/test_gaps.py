"""The command `gaps`: its fields are a contract."""

import json
from pathlib import Path

import pytest

from lib.cli.run import main
from tests.entries import as_json, entry

FIELDS = {
    "gaps": {
        "service", "environment", "revisions", "cause", "start", "end", "start_uncertain_s", "end_uncertain_s", "open", "partial",
        "evidence", "sentence",
    },
    "bursts": {"service", "environment", "cluster", "start", "end", "count"},
    "associations": {"service", "environment", "odds_ratio", "low", "high", "p", "q", "answer", "sentence"},
}  # fmt: skip


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home folder with a service that is blind and fails in a burst."""
    lines = [entry(n, f"order {n} stored") for n in range(0, 7200, 60)]
    lines += [entry(n, "Sentry SDK not available - install sentry-sdk", severity="WARNING") for n in (1, 3601)]
    lines += [entry(3010 + n, f"order {n} failed", severity="ERROR") for n in range(0, 600, 20)]
    file, folder = tmp_path / "export.ndjson", tmp_path / "home"
    file.write_bytes(b"\n".join(as_json(line) for line in lines))
    assert main(["import", str(file), "--home", str(folder), "--json"]) == 0
    return folder


def ask(home: Path, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """Return what the command prints."""
    capsys.readouterr()
    assert main(["gaps", "--home", str(home), *words]) == 0
    return capsys.readouterr().out


def test_the_answer_has_every_field(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = json.loads(ask(home, capsys, "--json"))
    for name, fields in FIELDS.items():
        assert answer[name]
        assert all(fields <= set(one) for one in answer[name])
    assert answer["blind"] == {"failures": 30, "bursts": 1, "requests": 0, "joint_bursts": 1}
    assert answer["coverage"]["entries"] == 152


def test_an_open_gap_has_no_end(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (gap,) = json.loads(ask(home, capsys, "--json"))["gaps"]
    assert (gap["cause"], gap["open"], gap["end"], gap["start_uncertain_s"]) == ("missing", True, None, 0)


def test_every_blind_failure_can_be_opened(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = json.loads(ask(home, capsys, "--json"))
    assert len(answer["blind_entries"]) == 30
    assert all(e["link"].startswith("https://console.cloud.google.com/logs/query") for e in answer["blind_entries"])


def test_a_person_reads_the_sentence_first(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = ask(home, capsys)
    assert told.startswith("30 failures in 1 burst were not seen")
    assert "missing" in told


def test_an_empty_home_has_no_gaps(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = json.loads(ask(tmp_path / "new", capsys, "--json"))
    assert (answer["gaps"], answer["bursts"], answer["blind"]) == (
        [],
        [],
        {"failures": 0, "bursts": 0, "requests": 0, "joint_bursts": 0},
    )
