"""What holds for any text: order changes nothing, nothing raises, both engines agree."""

import random

import duckdb
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.core.clustering import VARIABLE, cluster_ids, collapse, collapse_sql, find_shapes, merge_shapes, render_template
from lib.core.traces.stacktraces import parse_trace

# No NUL and no lone surrogates: decoding refuses both before a message exists.
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60)
WORDS = "open close read write user order cart ann bob = , ; ( ) [ ] : / . ...".split()
WORDS += "0 7 12.5 0xff eth0 a.b.C /var/log x=1 exit(3) status 503".split()
LINE = st.lists(st.sampled_from(WORDS), max_size=10).map(" ".join) | TEXT
LINES = st.lists(LINE, min_size=1, max_size=40)
FRAMES = ["Traceback (most recent call last):", '  File "/app/a.py", line 1, in f', "ValueError: x"]
FRAMES += ["\tat com.a.B.c(B.java:3)", "Caused by: a.b.CError: y", "Suppressed: q", "    at f (/app/a.js:1:2)"]
FRAMES += ["goroutine 1 [running]:", "main.f()", "\t/srv/a.go:3 +0x1", "panic: z", "/srv/a.rb:1:in `f': w (E)"]
TRACES = st.lists(st.sampled_from(FRAMES) | TEXT, max_size=25).map("\n".join)


@given(LINES, st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_order_changes_no_id(lines: list[str], order: random.Random) -> None:
    before = dict(zip(lines, cluster_ids(lines), strict=True))
    order.shuffle(lines)
    assert dict(zip(lines, cluster_ids(lines), strict=True)) == before


@given(LINES)
@settings(max_examples=100, deadline=None)
def test_repeating_entries_changes_no_id(lines: list[str]) -> None:
    assert cluster_ids(lines * 3) == cluster_ids(lines) * 3


@given(LINES)
@settings(max_examples=150, deadline=None)
def test_sql_and_polars_collapse_alike(lines: list[str]) -> None:
    rows = duckdb.execute(f"SELECT {collapse_sql('m')} FROM (SELECT unnest($1::VARCHAR[]) AS m)", [lines]).fetchall()
    assert [row[0] for row in rows] == collapse(pl.Series("m", lines)).to_list()


@given(LINES)
@settings(max_examples=100, deadline=None)
def test_a_shape_does_not_depend_on_its_company(lines: list[str]) -> None:
    collapsed = collapse(pl.Series("m", lines))
    alone = [find_shapes(collapsed.slice(at, 1))[0] for at in range(len(collapsed))]
    assert find_shapes(collapsed).to_list() == alone


@given(LINES)
@settings(max_examples=100, deadline=None)
def test_every_shape_has_a_template_that_people_can_read(lines: list[str]) -> None:
    shapes = find_shapes(collapse(pl.Series("m", lines)))
    templates = merge_shapes(shapes)
    assert set(templates) == set(shapes)
    assert not any(VARIABLE in render_template(template) for template in templates.values())


@given(TRACES)
@settings(max_examples=300, deadline=None)
def test_no_text_makes_the_trace_reader_fail(text: str) -> None:
    trace = parse_trace(text)
    assert trace is None or (trace.exception and trace.key)


@given(TRACES, st.integers(1, 9))
@settings(max_examples=100, deadline=None)
def test_a_shifted_line_number_keeps_the_key(text: str, shift: int) -> None:
    moved = text.replace("line 1,", f"line {shift},").replace("B.java:3", f"B.java:{shift}").replace("a.go:3", f"a.go:{shift}")
    before, after = parse_trace(text), parse_trace(moved)
    assert (before and before.key) == (after and after.key)
