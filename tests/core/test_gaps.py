"""Gaps: what makes one, who is blind in it, and where its edges lie."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from lib.core.blindness.uncollected import find_uncollected
from lib.core.gaps import Cause, Gap, Stretch, find_gaps, narrow
from lib.core.sentry.trackingstates import Life, State, StateSpan, Timeline

START = datetime(2026, 9, 16, tzinfo=UTC)
NONE = timedelta(0)
Stretches = Sequence[Stretch]


def at(hours: float) -> datetime:
    """Return a time so many hours after the window's start."""
    return START + timedelta(hours=hours)


def life(name: str, start: float, end: float | None, unsure_min: float = 0) -> Life:
    """Return a revision that served."""
    return Life(name, at(start), None if end is None else at(end), timedelta(minutes=unsure_min))


def blind(name: str, state: State, start: float, end: float | None) -> StateSpan:
    """Return what a revision's starts say."""
    return StateSpan(state, name, at(start), None if end is None else at(end))


def drop(start: float, end: float | None, before_min: float = 0, after_min: float = 0) -> StateSpan:
    """Return a loss."""
    until = None if end is None else at(end)
    return StateSpan(State.DROPPING, "", at(start), until, timedelta(minutes=before_min), timedelta(minutes=after_min))


def find(lives: list[Life], spans: list[StateSpan], stretches: Stretches = (), hours: float = 24) -> list[tuple[object, ...]]:
    """Return (cause, start, end, partial, revisions) of the gaps, in hours."""
    return [as_hours(g) for g in gaps_of(lives, spans, stretches, hours)]


def gaps_of(lives: list[Life], spans: list[StateSpan], stretches: Stretches = (), hours: float = 24) -> tuple[Gap, ...]:
    """Return the gaps."""
    starts = tuple(s for s in spans if s.state is not State.DROPPING)
    drops = tuple(s for s in spans if s.state is State.DROPPING)
    return find_gaps("orders", "staging", Timeline(START, at(hours), tuple(lives), starts, drops), stretches)


def as_hours(gap: Gap) -> tuple[object, ...]:
    """Return a gap in hours."""
    hour = timedelta(hours=1)
    end = None if gap.end is None else (gap.end - START) / hour
    return gap.cause.value, (gap.start - START) / hour, end, gap.partial, gap.revisions


def test_a_healthy_service_has_no_gap() -> None:
    assert find([life("r1", 0, None)], [blind("r1", State.INITIALISED, 0, None)]) == []


def test_a_blind_revision_is_a_gap_for_its_whole_life() -> None:
    lives = [life("r1", 0, 6), life("r2", 6, None)]
    assert find(lives, [blind("r1", State.MISSING, 0, 6)]) == [("missing", 0, 6, False, ("r1",))]


def test_a_gap_that_goes_on_is_open() -> None:
    assert find([life("r1", 0, 6), life("r2", 6, None)], [blind("r2", State.DISABLED, 6, None)]) == [
        ("disabled", 6, None, False, ("r2",))
    ]


def test_blind_revisions_one_after_the_other_are_one_gap() -> None:
    lives = [life("r1", 0, 6), life("r2", 6, 9), life("r3", 9, None)]
    spans = [blind("r1", State.MISSING, 0, 6), blind("r2", State.MISSING, 6, 9)]
    assert find(lives, spans) == [("missing", 0, 9, False, ("r1", "r2"))]


def test_another_cause_is_another_gap() -> None:
    lives = [life("r1", 0, 6), life("r2", 6, None)]
    spans = [blind("r1", State.MISSING, 0, 6), blind("r2", State.MISCONFIGURED, 6, None)]
    assert [(g[0], g[1]) for g in find(lives, spans)] == [("missing", 0), ("misconfigured", 6)]


def test_a_blind_canary_is_a_partial_gap_on_its_revision_alone() -> None:
    lives = [life("r1", 0, 12), life("r2", 6, None)]
    assert find(lives, [blind("r2", State.MISSING, 6, None)]) == [
        ("missing", 6, 12, True, ("r2",)),
        ("missing", 12, None, False, ("r2",)),
    ]


def test_losses_beside_a_blind_canary_blind_the_whole_service() -> None:
    lives = [life("r1", 0, None), life("r2", 6, None)]
    found = find(lives, [blind("r2", State.MISSING, 6, None), drop(8, 10)])
    assert [(g[1], g[2], g[3]) for g in found] == [(6, 8, True), (8, 10, False), (10, None, True)]


def test_a_revision_that_never_served_makes_no_gap() -> None:
    crashed = Life("r2", at(6), at(6.01), served=False)
    assert find([life("r1", 0, None), crashed], [blind("r2", State.MISSING, 6, 6.01)]) == []


def test_an_idle_service_stays_blind_until_the_next_revision_serves() -> None:
    lives = [life("r1", 0, 4), life("r2", 9, None)]
    assert find(lives, [blind("r1", State.MISSING, 0, 4)]) == [("missing", 0, 9, False, ("r1",))]
    assert find(lives, [blind("r2", State.MISSING, 9, None)]) == [("missing", 9, None, False, ("r2",))]


def test_losses_carry_their_uncertainty_and_never_reach_beyond_the_window() -> None:
    (gap,) = gaps_of([life("r1", 0, None)], [drop(0.1, 3, before_min=30, after_min=9)])
    assert (gap.start_unsure, gap.end_unsure) == (timedelta(minutes=6), timedelta(minutes=9))


def test_an_open_gap_has_no_uncertain_end() -> None:
    (gap,) = gaps_of([life("r1", 0, None)], [drop(3, None, before_min=2, after_min=9)])
    assert (gap.end, gap.end_unsure, gap.start_unsure) == (None, NONE, timedelta(minutes=2))


def test_an_open_gap_may_have_ended_since_the_last_that_was_read() -> None:
    unread = [Stretch(Cause.UNCOLLECTED, at(9), at(12))]
    (gap,) = gaps_of([life("r1", 0, None)], [drop(3, None)], unread, 12)
    assert (gap.cause, gap.end, gap.until, gap.end_unsure) == (Cause.DROPPING, None, at(12), timedelta(hours=3))


def test_what_was_read_in_part_or_earlier_leaves_the_end_of_an_open_gap_sure() -> None:
    stretches = [Stretch(Cause.UNCOLLECTED, at(9), at(12), part=True), Stretch(Cause.UNCOLLECTED, at(5), at(6))]
    (gap,) = gaps_of([life("r1", 0, None)], [drop(3, None)], stretches, 12)
    assert gap.end_unsure == NONE


def test_an_open_gap_that_was_not_collected_is_sure() -> None:
    (gap,) = gaps_of([life("r1", 0, None)], [], [Stretch(Cause.UNCOLLECTED, at(9), at(12))], 12)
    assert (gap.cause, gap.end, gap.end_unsure) == (Cause.UNCOLLECTED, None, NONE)


@pytest.mark.parametrize(("end", "unsure"), [(12, 3), (11, 2), (9, 0), (7, 0)])
def test_a_narrower_window_keeps_of_an_unsure_end_what_lies_in_it(end: float, unsure: float) -> None:
    found = gaps_of([life("r1", 0, None)], [drop(3, None)], [Stretch(Cause.UNCOLLECTED, at(9), at(12))], 12)
    (gap,) = narrow(found, at(4), at(end))
    assert (gap.end, gap.until, gap.end_unsure) == (None, at(end), timedelta(hours=unsure))


def test_a_silent_service_is_a_gap_and_blindness_outranks_it() -> None:
    silent = [Stretch(Cause.SILENT, at(5), at(7))]
    assert find([life("r1", 0, None)], [], silent) == [("silent", 5, 7, False, ("r1",))]
    assert [g[0] for g in find([life("r1", 0, None)], [blind("r1", State.MISSING, 0, None)], silent)] == ["missing"]


def test_what_was_not_collected_outranks_silence() -> None:
    stretches = [Stretch(Cause.SILENT, at(5), at(7)), Stretch(Cause.UNCOLLECTED, at(6), at(9))]
    assert [(g[0], g[1], g[2]) for g in find([life("r1", 0, None)], [], stretches)] == [("silent", 5, 6), ("uncollected", 6, 9)]


def test_a_blind_canary_outranks_an_export_that_was_cut() -> None:
    part = [Stretch(Cause.UNCOLLECTED, at(5), at(7), part=True)]
    assert find([life("r1", 0, None), life("r2", 4, None)], [blind("r2", State.MISSING, 4, None)], part) == [
        ("missing", 4, None, True, ("r2",))
    ]


def test_an_uncertain_end_reaches_back_no_further_than_the_start() -> None:
    (gap,) = gaps_of([life("r1", 0, None)], [drop(3, 5, after_min=600)])
    assert gap.end_unsure == timedelta(hours=2)


def test_the_cause_is_what_most_blind_revisions_have_the_newest_where_they_are_even() -> None:
    lives = [life(f"r{n}", 0, None) for n in range(1, 4)]
    spans = [blind("r1", State.MISSING, 0, None), blind("r2", State.DISABLED, 0, None)]
    assert find(lives[:2], spans)[0][0] == "disabled"
    assert find(lives, [*spans, blind("r3", State.MISSING, 0, None)])[0][0] == "missing"


def test_a_narrower_window_keeps_of_an_unsure_start_what_lies_in_it() -> None:
    found = gaps_of([life("r1", 0, None)], [drop(3, 6, before_min=60)])
    starts = {hour: narrow(found, at(hour), at(9))[0].start_unsure for hour in (1, 2.5, 3, 4)}
    assert starts == {1: timedelta(hours=1), 2.5: timedelta(minutes=30), 3: NONE, 4: NONE}


def test_an_idle_service_is_unsure_to_have_ended_its_gap_before_the_next_revision_was_heard() -> None:
    lives = [life("r1", 0, 4), life("r2", 9, None, unsure_min=50)]
    (gap,) = gaps_of(lives, [blind("r1", State.MISSING, 0, 4)])
    assert (gap.until, gap.end_unsure) == (at(9), timedelta(minutes=50))


def test_a_window_that_only_touches_a_gap_holds_none_of_it() -> None:
    found = gaps_of([life("r1", 0, None)], [drop(3, 6)])
    assert narrow(found, at(6), at(9)) == narrow(found, at(0), at(3)) == ()


def test_a_silent_service_outranks_a_blind_canary() -> None:
    lives = [life("r1", 0, None), life("r2", 4, None)]
    found = find(lives, [blind("r2", State.MISSING, 4, None)], [Stretch(Cause.SILENT, at(5), at(7))])
    assert [(g[0], g[3]) for g in found] == [("missing", True), ("silent", False), ("missing", True)]


def test_what_was_not_collected_is_a_gap_for_what_could_be_seen() -> None:
    hole = [Stretch(Cause.UNCOLLECTED, at(5), at(7))]
    assert find([life("r1", 0, None)], [], hole) == [("uncollected", 5, 7, False, ())]
    assert [g[0] for g in find([life("r1", 0, None)], [blind("r1", State.MISSING, 0, None)], hole)] == ["missing"]


def test_a_cut_export_is_a_gap_in_part_and_a_silence_in_it_a_whole_one() -> None:
    cut = Stretch(Cause.UNCOLLECTED, at(0), at(10), part=True)
    assert find([life("r1", 0, None)], [], [cut]) == [("uncollected", 0, 10, True, ())]
    found = find([life("r1", 0, None)], [], [cut, Stretch(Cause.SILENT, at(2), at(3))])
    assert [(g[0], g[3]) for g in found] == [("uncollected", True), ("silent", False), ("uncollected", True)]


def test_a_loss_without_any_known_revision_is_a_gap() -> None:
    assert find([], [drop(3, 4)]) == [("dropping", 3, 4, False, ())]


def test_narrowing_leaves_what_lies_within_and_opens_what_goes_on() -> None:
    gaps = gaps_of([life("r1", 0, 6), life("r2", 6, None)], [blind("r1", State.MISSING, 0, 6)])
    assert [as_hours(g)[:3] for g in narrow(gaps, at(2), at(4))] == [("missing", 2, None)]
    assert [as_hours(g)[:3] for g in narrow(gaps, at(2), at(8))] == [("missing", 2, 6)]
    assert narrow(gaps, at(7), at(8)) == ()


# ---- what was not collected


def test_a_hole_between_exports_is_not_collected() -> None:
    minutes = np.concatenate([np.arange(0, 3600, 60), np.arange(7200, 9000, 60)]) + int(START.timestamp())
    (found,) = find_uncollected([(at(1), at(2))], minutes)
    assert (found.start, found.end, found.part) == (at(1), at(2), False)


def test_a_pause_that_is_usual_is_no_hole() -> None:
    minutes = np.arange(0, 24 * 3600, 1800) + int(START.timestamp())  # an entry every half hour
    assert find_uncollected([(at(1), at(2))], minutes) == ()


def test_exports_by_the_hour_leave_no_holes() -> None:
    minutes = np.arange(0, 7200, 60) + int(START.timestamp())
    assert find_uncollected([(at(1), at(1.1))], minutes) == ()


def test_an_export_that_broke_off_covers_its_time_in_part() -> None:
    (found,) = find_uncollected([], np.zeros(0, np.int64), [(at(1), at(2), "It looks cut.")])
    assert (found.part, found.evidence[0].text) == (True, "It looks cut.")
