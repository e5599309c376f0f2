"""Stretches that were read, and what they leave."""

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.core.collecting import (
    SourceKind,
    SourceRecord,
    Stretch,
    find_missing,
    find_reach,
    join_stretches,
    say_progress,
)
from lib.core.model import SourceState
from tests.entries import START

MINUTE = timedelta(minutes=1)


def stretch(start: int, end: int, source: str = "a", through: str = "") -> Stretch:
    return Stretch(source, START + start * MINUTE, START + end * MINUTE, through)


def missing(*stretches: Stretch, start: int = 0, end: int = 10) -> list[tuple[int, int]]:
    found = find_missing(stretches, START + start * MINUTE, START + end * MINUTE)
    return [(int((a - START) / MINUTE), int((b - START) / MINUTE)) for a, b in found]


def test_without_a_stretch_all_is_missing() -> None:
    assert missing() == [(0, 10)]


def test_what_lies_between_stretches_is_missing_in_order() -> None:
    assert missing(stretch(6, 8), stretch(2, 4)) == [(0, 2), (4, 6), (8, 10)]


def test_stretches_that_reach_over_the_ends_leave_nothing() -> None:
    assert missing(stretch(-5, 5), stretch(5, 50)) == []


def test_other_filters_and_sources_do_not_join() -> None:
    apart = [stretch(0, 1), stretch(1, 2, "b"), stretch(1, 2, through="x")]
    assert set(join_stretches(apart)) == set(apart)


SPANS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 10)).map(lambda t: stretch(t[0], t[0] + t[1])), max_size=12)


@given(SPANS)
def test_joined_stretches_cover_the_same_minutes_and_stand_apart(spans: list[Stretch]) -> None:
    joined = join_stretches(spans)
    assert missing(*joined, end=60) == missing(*spans, end=60)
    assert all(a.end < b.start for a, b in pairwise(joined))
    assert join_stretches(joined) == joined


def test_a_source_reaches_to_the_end_of_its_newest_stretch_and_the_rest_before_it_is_backlog() -> None:
    reached = find_reach([stretch(2, 4), stretch(6, 9)], START, START + 10 * MINUTE)
    assert (reached.watermark, reached.behind, reached.backlog) == (START + 9 * MINUTE, MINUTE, 4 * MINUTE)


def test_while_no_stretch_is_read_all_is_backlog_and_nothing_is_known() -> None:
    reached = find_reach([], START, START + 10 * MINUTE)
    assert (reached.watermark, reached.behind, reached.backlog) == (None, None, 10 * MINUTE)


def test_a_stretch_that_reaches_over_the_end_counts_to_the_end() -> None:
    assert find_reach([stretch(0, 90)], START, START + 10 * MINUTE).watermark == START + 10 * MINUTE


NO_TIME = timedelta(0)


@pytest.mark.parametrize(
    ("behind", "backlog", "skew", "state", "told"),
    [
        (None, NO_TIME, NO_TIME, SourceState.STALE, "the first stretch is being read"),
        (timedelta(seconds=30), NO_TIME, NO_TIME, SourceState.OK, "Read completely up to 2026-09-16 06:00:00 UTC."),
        (timedelta(seconds=30), 3 * MINUTE, NO_TIME, SourceState.OK, "3 min of older time is still to be read"),
        (3 * MINUTE, NO_TIME, NO_TIME, SourceState.OK, "Read completely"),
        (4 * MINUTE, NO_TIME, NO_TIME, SourceState.STALE, "Behind by 4 min: more arrives than 60 calls a minute can read"),
        (MINUTE, NO_TIME, 60 * MINUTE, SourceState.OK, "This machine's clock is 60 min behind Google's"),
        (MINUTE, NO_TIME, -60 * MINUTE, SourceState.OK, "This machine's clock is 60 min ahead of Google's"),
    ],
)
def test_how_a_source_does_is_told(
    behind: timedelta | None, backlog: timedelta, skew: timedelta, state: SourceState, told: str
) -> None:
    watermark = None if behind is None else START
    record = SourceRecord("a", SourceKind.LOGGING, watermark=watermark, behind=behind, backlog=backlog, quota=60)
    found, sentence = say_progress(record, skew, timedelta(seconds=5))
    assert found is state
    assert told in sentence
