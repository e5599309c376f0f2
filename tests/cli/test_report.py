"""`report`, `note`, `unnote` and `notes`, as a person or a script asks them."""

import csv
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from lib.cli.options import account
from lib.cli.run import main
from lib.core.report.document import read_text, write_text
from tests.entries import START, entry, stamp, texts

STORY = [
    *(entry(n, f"order {n} stored") for n in range(6)),
    *(entry(30 + n, f"=cmd|order {n} failed: no connection", severity="ERROR") for n in range(5)),
    entry(50, "Sentry SDK not available - install sentry-sdk", severity="WARNING"),
]
Capture = pytest.CaptureFixture[bytes]


@pytest.fixture
def stored(home: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> Path:
    """A home with a small story in it."""
    file = home / "story.json"
    file.write_bytes(b"\n".join(texts(*STORY)) + b"\n")
    assert main(["import", str(file)]) == 0
    capfdbinary.readouterr()
    return home


def ask(capture: Capture, *words: str) -> bytes:
    """Run a command in this process and return what it wrote."""
    status = main(list(words))
    out, err = capture.readouterr()
    assert status == 0, err.decode()
    return out


def ask_json(capture: Capture, *words: str) -> Any:
    return json.loads(ask(capture, *words, "--json"))


def refuse(capture: Capture, *words: str) -> str:
    assert main(list(words)) == 2
    out, err = capture.readouterr()
    assert out == b""
    return err.decode()


def test_a_report_is_written_in_every_form(stored: Path, capfdbinary: Capture) -> None:
    told = ask(capfdbinary, "report").decode()
    assert told.startswith("# Postmortem: ")
    assert "- 5 failures in 1 service." in told
    assert "No action is written yet" in told
    assert ask(capfdbinary, "report", "--format", "html").startswith(b"<!DOCTYPE html>")
    whole = ask(capfdbinary, "report", "--format", "json").decode()
    assert write_text(read_text(whole)) + "\n" == whole
    assert json.loads(whole)["coverage"]["entries"] == 12
    assert ask(capfdbinary, "report", "--worklog").startswith(b"# Worklog: ")


def test_tables_come_alone_or_in_a_zip_with_formulas_defused(stored: Path, capfdbinary: Capture) -> None:
    rows = list(csv.reader(io.StringIO(ask(capfdbinary, "report", "--format", "csv", "--table", "clusters").decode())))
    assert rows[0][:4] == ["priority", "kind", "entries", "cluster"]
    assert any(cell.startswith("'=cmd|order") for row in rows for cell in row)
    file = stored / "tables.zip"
    ask(capfdbinary, "report", "--format", "csv", "--output", str(file))
    assert "clusters.csv" in zipfile.ZipFile(file).namelist()
    assert "Tables: " in refuse(capfdbinary, "report", "--format", "csv", "--table", "nope")


def test_a_frozen_report_is_opened_compared_listed_and_ended(stored: Path, capfdbinary: Capture) -> None:
    made = ask_json(capfdbinary, "report", "--snapshot", "--ends", "30d", "--url", "https://blindspot.example/")
    frozen = made["snapshot"]
    assert frozen["by"] == account()
    assert frozen["link"] == f"https://blindspot.example/postmortem?snapshot={frozen['id']}"
    first = ask(capfdbinary, "report", "--open", frozen["id"], "--format", "json")
    assert ask(capfdbinary, "expire", "--keep", "1d")
    assert ask(capfdbinary, "report", "--open", frozen["id"], "--format", "json") == first
    assert json.loads(first) == {name: value for name, value in made.items() if name != "snapshot"}
    (since, *_) = ask_json(capfdbinary, "report", "--compare", frozen["id"])["since"]
    assert "have expired since" in since
    assert [s["id"] for s in ask_json(capfdbinary, "report", "--list")["snapshots"]] == [frozen["id"]]
    ask(capfdbinary, "report", "--open", frozen["id"], "--ends", "now")
    gone = refuse(capfdbinary, "report", "--open", frozen["id"])
    assert gone == refuse(capfdbinary, "report", "--open", "nonsense")
    assert ask_json(capfdbinary, "report", "--list")["snapshots"] == []


@pytest.mark.parametrize(
    "words",
    [
        ("--ends", "30d"), ("--table", "gaps"), ("--snapshot", "--open", "x"), ("--format", "pdf"),
        ("--snapshot", "--ends", "soon"), ("--snapshot", "--url", "javascript:alert(1)"), ("--snapshot", "--url", ""),
        ("--snapshot", "--ends", "2020-01-01T00:00:00Z"), ("--output", "/nowhere/at/all.md"), ("--open", "x", "--list"),
        ("--from", "yesterday"), ("--open", ""), ("--compare", ""), ("--list", "--output", "list.md"),
        ("--open", "x", "--worklog"), ("--compare", "x", "--from", "-2h"), ("--open", "x", "--service", "y"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_with_a_hint_and_freezes_nothing(
    stored: Path, capfdbinary: Capture, words: tuple[str, ...]
) -> None:
    told = refuse(capfdbinary, "report", *words)
    assert told.startswith("blindspot: ")
    assert len(told.splitlines()) == 2
    assert ask_json(capfdbinary, "report", "--list")["snapshots"] == []


def test_an_empty_home_gives_a_report_that_knows_nothing(home: Path, capfdbinary: Capture) -> None:
    told = ask_json(capfdbinary, "report")
    assert told["summary"] == "Nothing has been imported yet."
    assert told["facts"]["impact"]["failures"] in (None, 0)
    assert told["facts"]["impact"]["requests"] is None


def test_a_note_stands_on_the_timeline_with_who_wrote_it(stored: Path, capfdbinary: Capture) -> None:
    made = ask_json(capfdbinary, "note", "Turned it off and on | @all", "--at", stamp(START), "--by", "Kim")["note"]
    assert (made["who"], made["deleted_at"]) == ("Kim", None)
    assert "noted by Kim" in ask(capfdbinary, "report").decode()
    ask(capfdbinary, "unnote", made["id"], "--by", "Ash")
    assert "noted by Kim" not in ask(capfdbinary, "report").decode()
    (kept,) = ask_json(capfdbinary, "notes")["notes"]
    assert kept["deleted_by"] == "Ash"
    assert "No note has the id" in refuse(capfdbinary, "unnote", made["id"])


def test_a_window_of_which_nothing_was_read_is_not_called_well(stored: Path, capfdbinary: Capture) -> None:
    window = ("--from", "2020-01-01T00:00:00Z", "--to", "2020-01-02T00:00:00Z")
    told = ask(capfdbinary, "report", *window).decode()
    assert "Nothing is known to be missing" not in told
    assert "No failure" not in told
    assert "How much failed is not known." in told
    impact = ask_json(capfdbinary, "report", *window)["facts"]["impact"]
    assert {value for name, value in impact.items() if name != "entries"} == {None}
