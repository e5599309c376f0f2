"""`python -m lib` as a stranger uses it: a process, a home folder, words; JSON by contract or text for a person."""

import gzip
import json
import re
import subprocess
import sys
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from lib.cli.run import main
from lib.core import faults, normalize
from tests.bad_entries import BAD
from tests.entries import LAYOUTS, SERVICE, START, entry, lines, stamp, texts

ROOT = Path(__file__).resolve().parents[2]
Z_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
SECRET = "hunter2" + "Hunter2x"
STORY = [
    *(entry(n, f"order {n} stored") for n in range(20)),
    *(entry(30 + n, f"order {n} failed: no connection", severity="ERROR") for n in range(5)),
    entry(
        40, "Sentry SDK not available - install sentry-sdk", severity="WARNING", resource={"type": "x", "labels": {}}, labels={}
    ),
    entry(50, None),
    entry(51, f"login with password={SECRET}"),
]
NEEDED_BAD = {name: BAD[name] for name in ("cut in a string", "no timestamp", "an escaped NUL", "an array", "year 9999")}


@dataclass(frozen=True)
class Answer:
    """What a process came to."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        assert self.status == 0, self.err
        assert len(self.out.splitlines()) == 1
        return json.loads(self.out)


def run(*words: str, stdin: bytes = b"") -> Answer:
    """Run `python -m lib` as a process."""
    done = subprocess.run(
        [sys.executable, "-m", "lib", *words], cwd=ROOT, input=stdin, capture_output=True, check=False, timeout=120
    )
    return Answer(done.returncode, done.stdout.decode(), done.stderr.decode())


def assert_error(answer: Answer) -> None:
    """One error in our words, with a hint, on standard error alone."""
    assert answer.status == 2
    assert answer.out == ""
    first, hint = answer.err.splitlines()
    assert first.startswith("blindspot: ")
    assert hint.startswith("  ")
    assert "Traceback" not in answer.err


def assert_shape(value: Any, shape: Any, path: str = "$") -> None:
    """Hold a JSON value against a shape: a type, a tuple of types, a list with one shape, or a dictionary of shapes."""
    if isinstance(shape, dict):
        assert isinstance(value, dict), path
        assert set(shape) <= set(value), path
        for name, inner in shape.items():
            assert_shape(value[name], inner, f"{path}.{name}")
    elif isinstance(shape, list):
        assert isinstance(value, list), path
        for n, one in enumerate(value):
            assert_shape(one, shape[0], f"{path}[{n}]")
    elif isinstance(shape, re.Pattern):
        assert isinstance(value, str), path
        assert shape.fullmatch(value), path
    else:
        assert type(value) in (shape if isinstance(shape, tuple) else (shape,)), f"{path}: {value!r}"
        assert value != "" or path.endswith((".text", ".sample", ".hint")), path


def test_a_reader_that_has_seen_enough_is_no_failure(home: str) -> None:
    for words in (["clusters"], ["clusters", "--json"]):
        process = subprocess.Popen(
            [sys.executable, "-m", "lib", *words, "--home", home], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.wait(timeout=60) == 0
        assert process.stderr.read() == b""
        process.stderr.close()


def test_a_fault_of_ours_is_one_error_without_log_text(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Any) -> None:
    def fail(*_: object) -> None:
        raise KeyError("text of a log line")

    monkeypatch.setattr("lib.cli.run.run", fail)
    answer = call(capsys, "clusters", "--home", str(tmp_path))
    assert_error(answer)
    assert "log line" not in answer.err


TEXT_OR_NULL = (str, type(None))
COUNT_OR_NULL = (int, type(None))
COVERAGE = {
    "entries": int, "cut": bool, "skipped": dict, "no_message": int, "suspect": [str],
    "from": Z_TIME, "to": Z_TIME, "watermark": Z_TIME,
}  # fmt: skip


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("exports") / "story.json"
    file.write_bytes(LAYOUTS["pretty, 1 blank"]([*texts(*STORY), *(text for text, _ in NEEDED_BAD.values())]))
    return file


@pytest.fixture(scope="module")
def imported(export: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Answer]:
    home = str(tmp_path_factory.mktemp("home"))
    return home, run("import", str(export), "--home", home, "--json")


@pytest.fixture
def home(imported: tuple[str, Answer]) -> str:
    return imported[0]


def test_import_answers_by_its_contract(imported: tuple[str, Answer]) -> None:
    answer = imported[1].json
    assert_shape(answer, {
        "read": int, "added": int, "duplicates": int, "skipped": dict, "no_message": int, "masked": dict,
        "watermark": Z_TIME, "coverage": COVERAGE,
    })  # fmt: skip
    assert (answer["read"], answer["added"], answer["duplicates"], answer["no_message"]) == (33, 28, 0, 1)
    assert answer["skipped"] == {reason: 1 for _, reason in NEEDED_BAD.values()}
    assert answer["masked"] == {"password": 1}
    assert answer["watermark"] == stamp(START + timedelta(seconds=51)).replace(".000000", "")
    assert imported[1].err == ""


def test_import_of_the_same_file_adds_nothing(export: Path, imported: tuple[str, Answer]) -> None:
    answer = run("import", str(export), "--home", imported[0], "--json").json
    assert (answer["read"], answer["added"], answer["duplicates"], sum(answer["skipped"].values())) == (33, 0, 28, 5)
    assert answer["coverage"]["entries"] == 28


def test_problems_answers_by_its_contract(home: str) -> None:
    answer = run("problems", "--home", home, "--json").json
    assert_shape(answer, {"coverage": COVERAGE, "problems": [{
        "id": re.compile("[0-9a-f]{12}"), "root": re.compile("[0-9a-f]{12}"), "clusters": [str], "counts": [int], "count": int,
        "instances": COUNT_OR_NULL, "services": [str], "first": Z_TIME, "last": Z_TIME, "priority": re.compile("P[0-5]"),
        "sentence": str, "evidence": [str],
    }]})  # fmt: skip
    assert sum(p["count"] for p in answer["problems"]) > 0


def test_clusters_answers_by_its_contract(home: str) -> None:
    answer = run("clusters", "--home", home, "--json").json
    assert_shape(answer, {"coverage": COVERAGE, "clusters": [{
        "id": re.compile("[0-9a-f]{12}"), "template": str, "kind": re.compile("failure|warning|observability|deploy|info"),
        "priority": re.compile("P[0-5]"), "count": int, "share": float, "severities": dict, "services": list,
        "revisions": COUNT_OR_NULL,
        "instances": COUNT_OR_NULL, "first": Z_TIME, "last": Z_TIME, "sample": str, "location": TEXT_OR_NULL,
        "trend": [{"ts": Z_TIME, "count": int}], "aliases": [str],
    }]})  # fmt: skip
    assert [c["count"] for c in answer["clusters"]] == [5, 1, 20, 1]
    assert sum(c["count"] for c in answer["clusters"]) + answer["coverage"]["no_message"] == answer["coverage"]["entries"] == 28
    assert answer["coverage"]["cut"] is False
    assert answer["clusters"][0]["location"] is None


def test_a_limit_cuts_and_coverage_says_so(home: str) -> None:
    answer = run("clusters", "--limit", "2", "--kind", "failure", "--kind", "info", "--home", home, "--json").json
    assert [c["kind"] for c in answer["clusters"]] == ["failure", "info"]
    assert answer["coverage"]["cut"] is True


def test_entries_answers_by_its_contract(home: str) -> None:
    listed = run("clusters", "--home", home, "--json").json["clusters"][0]["id"]
    answer = run("entries", "--cluster", listed, "--limit", "3", "--home", home, "--json").json
    assert_shape(answer, {"coverage": COVERAGE, "entries": [{
        "ts": Z_TIME, "service": str, "revision": str, "severity": str, "message": str, "trace": TEXT_OR_NULL,
        "link": re.compile("https://console.cloud.google.com/.*"),
    }]})  # fmt: skip
    assert [e["message"] for e in answer["entries"]] == [f"order {n} failed: no connection" for n in (4, 3, 2)]
    assert answer["entries"][0]["trace"] is None
    assert answer["coverage"]["cut"] is True


def test_which_finds_the_cluster_of_a_line(home: str) -> None:
    answer = run("which", "order 77 stored", "--home", home, "--json").json
    assert_shape(answer, {"cluster": re.compile("[0-9a-f]{12}"), "template": str, "why": str, "coverage": COVERAGE})


def test_which_says_why_there_is_none(home: str) -> None:
    answer = run("which", "never written by anybody", "--home", home, "--json").json
    assert_shape(answer, {"cluster": type(None), "template": type(None), "why": str, "coverage": COVERAGE})


def test_sources_answers_by_its_contract_and_shows_what_was_skipped_masked(home: str) -> None:
    answer = run("sources", "--home", home, "--json").json
    assert_shape(answer, {"coverage": COVERAGE, "sources": [{
        "name": str, "kind": str, "state": re.compile("ok|stale|failing|off"), "watermark": Z_TIME, "age_s": float,
        "message": str, "hint": TEXT_OR_NULL, "entries": int,
    }], "skipped": [{"source": str, "reason": str, "position": int, "text": str}]})  # fmt: skip
    assert [s["reason"] for s in answer["skipped"]] == [reason for _, reason in NEEDED_BAD.values()]
    assert [s["position"] for s in answer["skipped"]] == [29, 30, 31, 32, 33]
    assert answer["sources"][0]["entries"] == 28


@pytest.mark.parametrize("command", [["clusters"], ["sources"], ["which", "x"]])
def test_an_empty_home_answers_with_nothing_known(command: list[str], tmp_path: Path) -> None:
    answer = run(*command, "--home", str(tmp_path), "--json").json
    coverage = answer["coverage"]
    assert (coverage["entries"], coverage["from"], coverage["to"], coverage["watermark"]) == (0, None, None, None)


@pytest.mark.parametrize("command", [["clusters"], ["sources"], ["which", "order 77 stored"]])
def test_text_for_a_person_has_no_colours_in_a_pipe(command: list[str], home: str) -> None:
    answer = run(*command, "--home", home)
    assert answer.status == 0
    assert "\x1b" not in answer.out
    assert len(answer.out.splitlines()) > 1
    assert answer.err == ""


def test_several_paths_and_standard_input(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(gzip.compress(lines(texts(*STORY[:10]))))
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "b").write_bytes(LAYOUTS["packed"](texts(*STORY[5:15])))
    (tmp_path / "folder" / "notes.txt").write_text("no export")
    paths = [str(tmp_path / "a"), str(tmp_path / "folder"), "-"]
    answer = run("import", *paths, "--home", str(tmp_path / "h"), "--json", stdin=lines(texts(*STORY[12:20]))).json
    assert (answer["read"], answer["added"], answer["duplicates"]) == (28, 20, 8)
    assert answer["no_exports"] == ["notes.txt"]


def test_a_broken_second_path_writes_nothing(export: Path, tmp_path: Path) -> None:
    (tmp_path / "words").write_text("no export at all")
    home = tmp_path / "h"
    assert_error(run("import", str(export), str(tmp_path / "words"), "--home", str(home), "--json"))
    assert run("clusters", "--home", str(home), "--json").json["coverage"]["entries"] == 0
    assert run("sources", "--home", str(home), "--json").json["sources"] == []


@pytest.mark.parametrize(
    "content",
    [b"words", b"---\ninsertId: a\n", b'{"name": 1}', b"", bytes(range(256))],
    ids=["text", "yaml", "json", "empty", "binary"],
)
def test_a_file_that_is_no_export_is_one_error(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "thing").write_bytes(content)
    answer = run("import", str(tmp_path / "thing"), "--home", str(tmp_path / "h"), "--json")
    assert_error(answer)
    assert "thing" in answer.err


def test_a_gzip_file_cut_short_keeps_what_could_be_read_and_says_so(tmp_path: Path) -> None:
    whole = gzip.compress(lines(texts(*(entry(n, f"order {n * 7919} stored") for n in range(2000)))))
    (tmp_path / "cut.gz").write_bytes(whole[: len(whole) // 2])
    answer = run("import", str(tmp_path / "cut.gz"), "--home", str(tmp_path / "h"), "--json").json
    assert 500 < answer["added"] < 1500
    assert answer["read"] == answer["added"] + sum(answer["skipped"].values())
    assert "cut short" in answer["suspect"][0]
    assert answer["coverage"]["suspect"] == answer["suspect"]


# ---- in this process: the finer points of words and times


def call(capsys: pytest.CaptureFixture[str], *words: str) -> Answer:
    status = main(words)
    said = capsys.readouterr()
    return Answer(status, said.out, said.err)


@pytest.mark.parametrize("words", [
    [], ["nonsense"], ["clusters", "--from", "yesterday"], ["clusters", "--from", "2026-09-16T06:00:00"],
    ["clusters", "--from", "-2y"],
    ["clusters", "--from", "2026-09-16T07:00:00Z", "--to", "2026-09-16T06:00:00Z"], ["clusters", "--from", "-1h", "--to", "-2h"],
    ["clusters", "--kind", "loud"], ["clusters", "--limit", "0"], ["clusters", "--limit", "-1"], ["clusters", "--limit", "many"],
    ["entries"], ["entries", "--cluster", "000000000000"], ["import"], ["import", "nowhere.json"], ["clusters", "--unknown"],
    ["which"],
    ["clusters", "--from", "-999999w"],
])  # fmt: skip
def test_wrong_words_are_one_error_with_a_hint(words: list[str], home: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert_error(call(capsys, *words, *(["--home", home] if words else [])))


@pytest.mark.parametrize(("words", "counts"), [
    (["--from", "2026-09-16T06:00:30Z"], [5, 1, 1]),
    (["--to", "2026-09-16T06:00:05Z"], [5]),
    (["--from", "2026-09-16T08:00:30+02:00", "--to", "2026-09-16T06:00:32Z"], [2]),
    (["--from", "-2h"], []),
    (["--from=-2h"], []),
    (["--to", "-0s", "--from", "-5200w"], [5, 1, 20, 1]),
    (["--service", SERVICE], [5, 20, 1]),
    (["--service", "nobody"], []),
    (["--service", SERVICE, "--service", "nobody"], [5, 20, 1]),
    (["--environment", "staging"], [5, 20, 1]),
    (["--environment", "production"], []),
])  # fmt: skip
def test_a_window_and_a_scope_narrow_the_answer(
    words: list[str], counts: list[int], home: str, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = call(capsys, "clusters", *words, "--home", home, "--json").json
    assert [c["count"] for c in answer["clusters"]] == counts
    assert answer["coverage"]["entries"] == sum(counts) + answer["coverage"]["no_message"]


def test_the_home_comes_from_the_environment_too(
    home: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BLINDSPOT_HOME", home)
    assert call(capsys, "clusters", "--json").json["coverage"]["entries"] == 28


def test_a_home_that_is_a_file_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("x")
    assert_error(call(capsys, "clusters", "--home", str(tmp_path / "file")))


def test_the_secret_is_nowhere_in_the_home(home: str, capsys: pytest.CaptureFixture[str]) -> None:
    files = [f for f in Path(home).rglob("*") if f.is_file()]
    assert files
    assert not [f for f in files if SECRET.encode() in f.read_bytes()]
    assert (
        SECRET
        not in call(capsys, "sources", "--home", home, "--json").out + call(capsys, "clusters", "--home", home, "--json").out
    )


def test_log_text_is_no_markup_and_cannot_command_a_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "e").write_bytes(
        lines(texts(entry(0, "[bold]x[/bold] \x1b[31mred\x1b[0m \x07 \u202e\u200b [link=http://evil.example]y[/link]")))
    )
    call(capsys, "import", str(tmp_path / "e"), "--home", str(tmp_path / "h"))
    listed = call(capsys, "clusters", "--home", str(tmp_path / "h"), "--json").json["clusters"][0]["id"]
    for words in (["clusters"], ["entries", "--cluster", listed], ["which", "[bold]x[/bold]"]):
        out = call(capsys, *words, "--home", str(tmp_path / "h")).out
        assert "\x1b" not in out
        assert "\x07" not in out
        assert not {"\u202e", "\u200b"} & set(out)
    assert "[bold]x[/bold]" in call(capsys, "entries", "--cluster", listed, "--home", str(tmp_path / "h")).out


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--help"])
    assert caught.value.code == 0
    out = capsys.readouterr().out
    assert all(command in out for command in ("import", "clusters", "which", "entries", "sources"))


def test_reasons_are_words_that_the_headless_face_keeps() -> None:
    """Scripts count by these names: a change is a line in the change log."""
    assert {faults.DAMAGED, faults.NUL, faults.NO_OBJECT, normalize.NO_TIMESTAMP, normalize.OUT_OF_RANGE} == {
        "damaged JSON", "NUL character", "not a JSON object", "no timestamp", "timestamp out of range",
    }  # fmt: skip
