"""The commands by which people decide about clusters, as processes and in this one."""

import json
from pathlib import Path
from typing import Any

import pytest

from lib.cli.run import main
from tests.entries import entry, lines, texts

ENTRIES = [
    *(entry(n, f"order {n} failed: pool is empty", severity="ERROR") for n in range(5)),
    *(entry(n, f"order {n} stored") for n in range(10, 30)),
]


@pytest.fixture
def home(tmp_path: Path) -> str:
    (tmp_path / "one.json").write_bytes(lines(texts(*ENTRIES)))
    assert main(["import", str(tmp_path / "one.json"), "--home", str(tmp_path / "home"), "--json"]) == 0
    return str(tmp_path / "home")


@pytest.fixture
def ask(home: str, capsys: pytest.CaptureFixture[str]) -> Any:
    def run(*words: str) -> Any:
        capsys.readouterr()
        status = main([*words, "--home", home, "--json"])
        told = capsys.readouterr()
        return json.loads(told.out) if status == 0 else (status, told.err)

    return run


def test_a_mute_is_told_by_every_list_until_it_ends(ask: Any) -> None:
    muted = ask("mute", "--like", "pool is empty", "--reason", "known", "--until", "8h")["muted"]
    assert (muted["entries"], muted["clusters"], muted["pattern"], muted["cluster"]) == (5, 1, "pool is empty", None)
    found = ask("clusters")
    assert [c["muted"] for c in found["clusters"]] == [None, "known"]
    assert sum(c["count"] for c in found["clusters"]) == found["coverage"]["entries"] == 25
    assert [m["entries"] for m in ask("decisions")["mutes"]] == [5]
    ask("unmute", "pool is empty", "--reason", "mended")
    assert [c["action"] for c in ask("decisions")["history"]] == ["unmute", "mute"]


def test_the_text_hides_what_a_mute_hides_of_a_cluster(home: str, ask: Any, capsys: pytest.CaptureFixture[str]) -> None:
    ask("mute", "--like", "/(order) [0-9]+ stored|pool/", "--reason", "known", "--until", "8h")
    capsys.readouterr()
    assert main(["clusters", "--home", home]) == 0
    told = capsys.readouterr().out
    assert "hides 25 entries in 2 clusters" in told
    assert "is not muted" in told


def test_a_check_of_a_name_keeps_nothing(ask: Any) -> None:
    checked = ask("name", "no pool", "pool is empty", "--check")
    assert (checked["kept"], checked["entries"], checked["clusters"][0]["of"]) == (False, 5, 5)
    assert ask("decisions")["names"] == []


def test_a_name_is_found_by_its_line_and_taken_away_again(ask: Any) -> None:
    ask("name", "no pool", "pool is empty")
    named = ask("decisions")["names"][0]
    assert ask("which", "order 9 failed: pool is empty")["cluster"] == named["cluster"]
    assert len(ask("entries", "--cluster", named["cluster"])["entries"]) == 5
    ask("unname", "no pool")
    assert ask("decisions")["names"] == []
    assert ask("entries", "--cluster", named["cluster"])["entries"] == []


def test_filters_by_pattern_and_text_narrow_the_list(ask: Any) -> None:
    assert [c["count"] for c in ask("clusters", "--like", "failed")["clusters"]] == [5]
    assert [c["count"] for c in ask("clusters", "--unlike", "failed")["clusters"]] == [20]
    assert [c["count"] for c in ask("clusters", "--text", "STORED")["clusters"]] == [20]
    assert [c["new_in"] for c in ask("clusters")["clusters"]] == [None, None]
    assert ask("clusters", "--new")["clusters"] == []


@pytest.mark.parametrize(
    "words",
    [
        ("mute", "--like", "pool", "--reason", "known", "--until", "soon"),
        ("mute", "--like", "pool", "--reason", "known", "--until", "-2h"),
        ("mute", "--reason", "known", "--until", "2h"),
        ("mute", "--like", "a", "--cluster", "b", "--reason", "known", "--until", "2h"),
        ("unmute", "pool"),
        ("name", "x", "/(/"),
        ("unname", "x"),
        ("clusters", "--like", "/(/"),
        ("clusters", "--unlike", "<*>"),
    ],
)
def test_what_makes_no_sense_is_one_error_with_a_hint(ask: Any, words: tuple[str, ...]) -> None:
    status, told = ask(*words)
    assert status == 2
    assert told.startswith("blindspot: ")
    assert "Traceback" not in told
    assert len(told.strip().splitlines()) == 2


def test_people_read_what_a_mute_hides(ask: Any, home: str, capsys: pytest.CaptureFixture[str]) -> None:
    ask("mute", "--like", "pool is empty", "--reason", "known", "--until", "8h")
    for command in ("clusters", "decisions"):
        assert main([command, "--home", home]) == 0
        told = " ".join(capsys.readouterr().out.split())
        assert "hides 5 entries in 1 cluster since 2026-09-16 06:00:00 UTC" in told
    assert "pool is empty" in told


@pytest.mark.parametrize("words", [
    ("which", "caf\udce9"), ("name", "pool", "caf\udce9"), ("clusters", "--text", "\udcff"), ("clusters", "--like=\udcff"),
    ("clusters", "--service", "\udcff"), ("mute", "--cluster", "\udcff", "--reason", "known", "--until", "8h"),
])  # fmt: skip
def test_a_word_that_is_no_utf_8_is_told_as_such(ask: Any, words: tuple[str, ...]) -> None:
    status, told = ask(*words)
    assert (status, "is no UTF-8 text" in told) == (2, True)


@pytest.mark.parametrize("time", ["9999-12-31T23:59:59-05:00", "0001-01-01T00:00:00+14:00", "-999999w"])
def test_a_time_outside_of_the_calendar_is_told_as_such(ask: Any, time: str) -> None:
    for words in (["clusters", f"--from={time}"], ["mute", "--like", "pool", "--reason", "known", f"--until={time}"]):
        status, told = ask(*words)
        assert (status, "outside of every calendar" in told) == (2, True)
