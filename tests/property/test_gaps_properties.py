"""What holds of gaps for any states, lives and silences."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from lib.core.gaps import Cause, Gap, Stretch, find_gaps, narrow
from lib.core.sentry.trackingstates import Life, State, StateSpan, Timeline

START = datetime(2026, 9, 16, tzinfo=UTC)
SIZE = 240


def at(minute: int) -> datetime:
    """Return a minute of the window."""
    return START + timedelta(minutes=minute)


spans = st.tuples(st.integers(0, SIZE - 1), st.integers(1, SIZE), st.booleans()).map(
    lambda t: (at(t[0]), None if t[2] else at(min(t[0] + t[1], SIZE)))
)
names = st.sampled_from(["r1", "r2", "r3"])
lives = st.lists(st.tuples(names, spans), max_size=3, unique_by=lambda t: t[0]).map(
    lambda ts: tuple(sorted((Life(n, a, b) for n, (a, b) in ts), key=lambda x: x.start))
)
starts = st.lists(st.tuples(names, spans, st.sampled_from([State.MISSING, State.DISABLED, State.INITIALISED])), max_size=4).map(
    lambda ts: tuple(StateSpan(s, n, a, b) for n, (a, b), s in ts)
)
drops = st.lists(spans, max_size=2).map(lambda ts: tuple(StateSpan(State.DROPPING, "", a, b) for a, b in ts))
stretches = st.lists(st.tuples(spans, st.sampled_from([Cause.SILENT, Cause.UNCOLLECTED]), st.booleans()), max_size=3).map(
    lambda ts: [Stretch(c, a, b, part=p) for (a, b), c, p in ts]
)


def timeline(parts: tuple[tuple[Life, ...], tuple[StateSpan, ...], tuple[StateSpan, ...]], end: int = SIZE) -> Timeline:
    """Return a timeline over the window."""
    return Timeline(START, at(end), *parts)


parts = st.tuples(lives, starts, drops)


def covered(gaps: tuple[Gap, ...]) -> set[int]:
    """Return the minutes in gaps."""
    return {m for m in range(SIZE) if any(g.start <= at(m) < g.until for g in gaps)}


@given(parts, stretches)
def test_gaps_are_disjoint_in_order_and_inside(told: tuple[tuple[Life, ...], ...], more: list[Stretch]) -> None:
    gaps = find_gaps("s", "e", timeline(told), more)
    assert all(a.until <= b.start for a, b in pairwise(gaps))
    assert all(START <= g.start < g.until <= at(SIZE) for g in gaps)
    assert all(g.start - g.start_unsure >= START for g in gaps)
    assert all(g.open == (g.until == at(SIZE)) for g in gaps)


@given(parts, stretches, st.integers(1, SIZE - 1))
def test_two_halves_agree_with_the_whole(told: tuple[tuple[Life, ...], ...], more: list[Stretch], middle: int) -> None:
    gaps = find_gaps("s", "e", timeline(told), more)
    halves = narrow(gaps, START, at(middle)), narrow(gaps, at(middle), at(SIZE))
    assert covered(halves[0]) | covered(halves[1]) == covered(gaps)
    assert sum((g.length for half in halves for g in half), timedelta(0)) == sum((g.length for g in gaps), timedelta(0))


@given(parts, stretches, st.integers(1, 10**6))
def test_shifting_all_times_shifts_the_answer(told: tuple[tuple[Life, ...], ...], more: list[Stretch], minutes: int) -> None:
    by = timedelta(minutes=minutes)

    def moved(one):  # type: ignore[no-untyped-def]
        return replace(one, start=one.start + by, end=None if one.end is None else one.end + by)

    here = find_gaps("s", "e", timeline(told), more)
    line = Timeline(START + by, at(SIZE) + by, *(tuple(moved(x) for x in group) for group in told))
    there = find_gaps("s", "e", line, [moved(s) for s in more])
    edges = [(g.start + by, g.until + by, g.cause, g.partial) for g in here]
    assert edges == [(g.start, g.until, g.cause, g.partial) for g in there]


@given(parts, stretches, spans)
def test_a_healthy_revision_more_never_lengthens_the_time_in_whole_gaps(
    told: tuple[tuple[Life, ...], ...], more: list[Stretch], span: tuple[datetime, datetime | None]
) -> None:
    """It may only make a whole gap of tracking a partial one."""
    tracking = tuple(c for c in Cause if c not in (Cause.SILENT, Cause.UNCOLLECTED))

    def whole(gaps: tuple[Gap, ...]) -> set[int]:
        return covered(tuple(g for g in gaps if not g.partial and g.cause in tracking))

    before = find_gaps("s", "e", timeline(told), more)
    after = find_gaps("s", "e", timeline(((*told[0], Life("healthy", *span)), told[1], told[2])), more)
    assert whole(after) <= whole(before)
