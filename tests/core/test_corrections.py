"""Corrections: what was told of gaps and is not so."""

from datetime import UTC, datetime, timedelta

from lib.core.blindness.corrections import Telling, ToldGap, find_corrections, keep

START = datetime(2026, 9, 16, tzinfo=UTC)


def at(hours: float) -> datetime:
    """Return a time so many hours after the start."""
    return START + timedelta(hours=hours)


def telling(told: float, reached: float, *gaps: tuple[float, float | None]) -> Telling:
    """Return what was told at an hour, from entries up to another."""
    spans = tuple(ToldGap("dropping", at(a), None if b is None else at(b)) for a, b in gaps)
    return Telling("orders", "staging", at(told), at(told), START, at(reached), spans)


def test_late_entries_that_end_a_gap_earlier_correct_it() -> None:
    (found,) = find_corrections([telling(10, 8, (5, None))], telling(11, 8, (5, 7)))
    assert (found.start, found.end, found.went, found.came) == (at(7), at(8), timedelta(hours=1), timedelta(0))
    assert "corrected by what was read later, 60 min less in gaps" in found.sentence


def test_a_gap_that_turns_up_later_is_a_correction_too() -> None:
    (found,) = find_corrections([telling(10, 8)], telling(11, 8, (2, 3)))
    assert (found.came, found.went) == (timedelta(hours=1), timedelta(0))


def test_a_gap_that_goes_on_is_not_corrected() -> None:
    assert find_corrections([telling(10, 8, (5, None))], telling(12, 11, (5, None))) == ()


def test_a_gap_that_ends_after_what_was_read_is_not_corrected() -> None:
    assert find_corrections([telling(10, 8, (5, None))], telling(12, 11, (5, 9))) == ()


def test_an_edge_that_moves_by_seconds_is_not_corrected() -> None:
    assert find_corrections([telling(10, 8, (5, 6))], telling(12, 11, (5, 6.01))) == ()


def test_earlier_corrections_stay_told() -> None:
    before = [telling(10, 8, (5, None)), telling(11, 8, (5, 7))]
    assert len(find_corrections(before, telling(12, 9, (5, 7)))) == 1


def test_one_row_is_kept_while_nothing_is_contradicted() -> None:
    first, later, other = telling(10, 8, (5, None)), telling(12, 11, (5, None)), telling(13, 11, (5, 6))
    assert keep([], first) == first
    renewed = keep([first], later)
    assert renewed is not None
    assert (renewed.since, renewed.reached) == (first.since, later.reached)
    assert keep([later], other) == other
    assert keep([later], later) is None
