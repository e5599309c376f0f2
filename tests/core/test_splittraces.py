"""A stack trace whose lines are entries of their own is what the same trace in one entry is; other lines stay what they are."""

import random

import pytest

from lib import ingest
from lib.core.traces.splittraces import stitch
from tests.core.test_stacktraces import JAVA, PYTHON
from tests.entries import START, as_json, row, table
from tests.fakes import ListSource, memory_ports
from tests.splitting import DECODER, HANDLED, WHOLE, load, split, told, whole


@pytest.mark.parametrize("kind", WHOLE)
def test_every_line_carries_what_the_whole_trace_would(kind: str) -> None:
    lines = split(WHOLE[kind])
    rows = load(lines)
    assert told(rows, lines) == {whole(WHOLE[kind])}
    assert all(rows[e["insertId"]]["severity_inferred"] for e in lines)


@pytest.mark.parametrize("kind", WHOLE)
def test_every_line_stays_its_own_message(kind: str) -> None:
    lines = split(WHOLE[kind])
    rows = load(lines)
    assert [rows[e["insertId"]]["message"] for e in lines] == [e["textPayload"].strip() for e in lines]


@pytest.mark.parametrize("kind", ["python", "handled", "java", "group"])
def test_the_order_of_the_file_changes_nothing(kind: str) -> None:
    lines = [*split("started"), *split(WHOLE[kind], 5), *split("stopped", 900)]
    mixed = lines.copy()
    random.Random(3).shuffle(mixed)
    assert load(lines) == load(lines[::-1]) == load(mixed)


def test_at_the_same_time_the_insert_id_orders() -> None:
    lines = split(PYTHON, step_us=0)
    assert told(load(lines[::-1]), lines) == {whole(PYTHON)}


def test_lines_that_lost_their_indentation_join() -> None:
    lines = split("\n".join(line.strip() for line in HANDLED.split("\n")))
    assert told(load(lines), lines) == {whole(HANDLED)}


def test_blank_lines_that_are_entries_end_nothing() -> None:
    lines = split(HANDLED)
    blank = {**lines[4], "textPayload": "\n", "insertId": "i1-000000.000-0003b"}
    ports = memory_ports()
    ingest.import_source(ListSource([as_json(e) for e in [*lines, blank]]), DECODER, ports, lambda: START)
    rows = {r["insert_id"]: r for r in ports.entries.rows.to_pylist()}  # type: ignore[attr-defined]
    assert told(rows, lines) == {whole(HANDLED)}
    assert rows[blank["insertId"]]["collapsed"] is None


@pytest.mark.parametrize(
    "line", ["ERROR:root:order 5 failed", "[2025-09-16 00:42:53 +0000] [11] [ERROR] Exception in worker process"]
)
def test_the_logged_line_before_a_trace_stays_its_own_entry(line: str) -> None:
    first, lines, after = split(line), split(PYTHON, 1), split("[2025-09-16 00:42:53 +0000] [11] [INFO] Worker exiting", 2)
    rows = load([*first, *lines, *after])
    assert told(rows, lines) == {whole(PYTHON)}
    assert told(rows, first) == told(load(first), first)
    assert told(rows, after) == told(load(after), after)


def test_traces_of_two_instances_that_interleave_stay_apart() -> None:
    one, two = split(PYTHON, instance="i1"), split(HANDLED, 0.01, instance="i2")
    rows = load(sorted([*one, *two], key=lambda e: str(e["timestamp"])))
    assert told(rows, one) == {whole(PYTHON)}
    assert told(rows, two) == {whole(HANDLED)}


def test_ordinary_lines_of_another_thread_stay_out_and_end_nothing() -> None:
    lines, other = split(HANDLED), split('INFO:     10.0.0.1:80 - "GET / HTTP/1.1" 200 OK', 0.05)
    more = split("order stored", 0.13)
    rows = load([*lines, *other, *more])
    assert told(rows, lines) == {whole(HANDLED)}
    assert told(rows, other) == told(load(other), other)
    assert told(rows, more) == told(load(more), more)


@pytest.mark.parametrize("kind", ["python", "java", "group", "node"])
@pytest.mark.parametrize("other", ["python", "java", "syntax", "java, no Error in its name"])
def test_two_traces_back_to_back_are_two(kind: str, other: str) -> None:
    one, two = split(WHOLE[kind]), split(WHOLE[other], 2)
    rows = load([*one, *two])
    assert told(rows, one) == {whole(WHOLE[kind])}
    assert told(rows, two) == {whole(WHOLE[other])}


def test_a_message_of_many_lines_within_a_chain_belongs() -> None:
    text = HANDLED.replace("ValueError: no row 5", "ValueError: no row 5\nasked twice\n\nand a third time")
    lines = split(text)
    assert told(load(lines), lines) == {whole(text)}


@pytest.mark.parametrize("kind", ["java, no Error in its name", "java, thread and suppressed", "pydantic"])
def test_a_line_with_a_severity_of_its_own_is_no_part_of_a_message(kind: str) -> None:
    lines = split(WHOLE[kind], step_us=1000)
    others = [{**split("order stored", n + 0.5)[0], "severity": "INFO"} for n in range(len(lines))]
    rows = load([*lines, *others])
    assert {rows[e["insertId"]]["exception"] for e in others} == {""}


def test_what_is_said_right_after_a_trace_stays_out() -> None:
    lines, after = split(PYTHON), split("shutting down", 0.18)
    rows = load([*lines, *after])
    assert told(rows, lines) == {whole(PYTHON)}
    assert told(rows, after) == told(load(after), after)


@pytest.mark.parametrize(
    "text",
    [
        "Traceback (most recent call last):",
        "Traceback (most recent call last):\norder stored\nKeyError: 'x'",
        "the worker printed: Traceback (most recent call last): and went on\nKeyError: 'x'",
        'see File "/app/a.py", line 3, in f\nKeyError: x',
        "at noon (local time)\nall is well",
        "at com.acme.Web.cart(Web.java:12)\nat com.acme.Web.show(Web.java:1)",
        "java.lang.IllegalStateException: no frame follows",
        'Traceback (most recent call last):\n  File "/app/a.py", line 3, in f\n    cut()',
    ],
)
def test_what_only_looks_like_a_trace_stays_as_it_is(text: str) -> None:
    lines = split(text)
    rows = load(lines)
    assert [told(rows, [e]) for e in lines] == [told(load([e]), [e]) for e in lines]


def test_a_line_that_comes_too_late_does_not_belong() -> None:
    head, tail = split(PYTHON.rpartition("\n")[0]), split("KeyError: 'cart 8812'", 1_200)
    rows = load([*head, *tail])
    assert told(rows, tail) == told(load(tail), tail)
    assert told(load([*head, *split("KeyError: 'cart 8812'", 900)]), head) == {whole(PYTHON)}


def test_a_severity_that_the_log_gave_is_kept() -> None:
    lines = [{**e, "severity": "CRITICAL"} for e in split(PYTHON)]
    rows = load(lines)
    assert {(r["severity"], r["severity_inferred"]) for r in rows.values()} == {("CRITICAL", False)}
    assert {r["exception"] for r in rows.values()} == {"KeyError"}


def test_a_word_between_the_frames_is_not_taken_for_the_exception() -> None:
    lines, word = split(PYTHON), split("started", 0.11)
    rows = load([*lines, *word])
    assert told(rows, lines) == {whole(PYTHON)}
    assert rows[word[0]["insertId"]]["exception"] == ""


def test_a_trace_without_its_beginning_keeps_its_cause() -> None:
    lines = split(PYTHON)[3:]
    assert told(load(lines), lines) == {whole(PYTHON)}


def test_entries_that_are_there_twice_are_told_once() -> None:
    lines = split(PYTHON)
    assert load([e for e in lines for _ in range(2)]) == load(lines)


@pytest.mark.parametrize("size", [10, 13, 16, 23])
@pytest.mark.parametrize("turned", [False, True], ids=["oldest first", "newest first"])
def test_a_trace_cut_by_a_commit_waits_for_its_rest(size: int, turned: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    before = [e for n in range(30) for e in split(f"order {n} stored", n * 100)]
    lines = split(HANDLED, 3_050)
    after = [e for n in range(31, 90) for e in split(f"order {n} stored", n * 100)]
    everything = [*before, *lines, *after]
    wanted = load(everything)
    monkeypatch.setattr(ingest, "COMMIT_ROWS", 2 * size)
    found = load(everything[::-1] if turned else everything, step=size // 2)
    assert found == wanted
    assert told(found, lines) == {whole(HANDLED)}


def test_importing_again_adds_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest, "COMMIT_ROWS", 40)
    ports = memory_ports()
    lines = [*split(PYTHON), *split(JAVA, 50), *split(HANDLED, 90)]
    first = load(lines, ports, step=3)
    assert load(lines[::-1], ports, step=3) == first
    records = ports.state.imports()
    assert sorted((r.added, r.duplicates) for r in records) == [(0, len(lines)), (len(lines), 0)]


def test_a_batch_of_one_row_is_stored_as_it_is() -> None:
    assert stitch(table(row()), more=True).rows.num_rows == 1
