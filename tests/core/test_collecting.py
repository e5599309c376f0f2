"""Stretches that were read, and what they leave."""

from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from lib.core.collecting import Stretch, find_missing, join_stretches
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
