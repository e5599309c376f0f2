"""Losses from Sentry's hours and the SDK's lines: where they begin and end, and what is none."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest

from lib.core.sentry.delivery import find_interval, measure_coverage
from lib.core.sentry.dropping import find_drops
from lib.core.sentry.sentryfacts import Point
from lib.core.sentry.sentryhours import CHANCE, chance_of, find_usual
from tests.entries import START

MINUTE = timedelta(minutes=1)
SCHEMA = {"bucket": pl.Int64, "first": pl.Datetime("us", "UTC"), "last": pl.Datetime("us", "UTC")}


def minutes(column: str, *at: int) -> pl.DataFrame:
    times = [START + m * MINUTE for m in at]
    rows = [{"bucket": int(t.timestamp()), "first": t, "last": t + timedelta(seconds=9), column: 1} for t in times]
    return pl.DataFrame(rows, schema={**SCHEMA, column: pl.Int64})


def hours(*outcomes: Mapping[str, int]) -> list[Point]:
    return [Point("p", START + n * 60 * MINUTE, o) for n, o in enumerate(outcomes)]


def errors(start: int, end: int, step: int = 5) -> pl.DataFrame:
    return minutes("errors", *range(start, end, step))


NO_LINES = minutes("count")
GOOD, BAD = {"accepted": 11}, {"accepted": 0, "rate_limited": 9}


def bounds(points: list[Point], logged: pl.DataFrame, lines: pl.DataFrame = NO_LINES) -> list[tuple[float, float | None]]:
    def minute(ts: datetime | None) -> float | None:
        return None if ts is None else (ts - START) / MINUTE

    return [(minute(d.start) or 0.0, minute(d.end)) for d in find_drops(logged, lines, points)]


def test_hours_that_lost_all_are_a_loss_from_the_first_lost_error_to_the_first_that_arrived() -> None:
    assert bounds(hours(GOOD, BAD, BAD, GOOD), errors(0, 240)) == [(60, 180)]


def test_a_loss_until_the_end_is_open() -> None:
    assert bounds(hours(GOOD, BAD), errors(0, 120)) == [(60, None)]


def test_the_losses_of_a_mixed_hour_lie_beside_the_darker_hour() -> None:
    mixed = {"accepted": 5, "rate_limited": 6}
    assert bounds(hours(GOOD, mixed, BAD, GOOD), errors(0, 240)) == [(90, 180)]
    assert bounds(hours(GOOD, BAD, mixed, GOOD), errors(0, 240)) == [(60, 150)]


def test_lines_say_when_within_an_hour() -> None:
    mixed = {"accepted": 6, "rate_limited": 6}
    lines = minutes("count", *range(75, 105, 5))
    (found,) = bounds(hours(GOOD, mixed, GOOD), errors(0, 180), lines)
    assert found == (75, 105)


def many_mixed_hours(*lost: int) -> tuple[list[Point], pl.DataFrame, pl.DataFrame]:
    """Return 40 hours of which each lost half of its twelve errors, with a line for each; lost: which of them."""
    told = minutes("count", *(60 * hour + 5 * n for hour in range(40) for n in lost))
    return hours(*[{"accepted": 6, "rate_limited": 6}] * 40), errors(0, 40 * 60), told


def test_losses_in_every_hour_are_outages_when_lines_tell_of_them_in_stretches() -> None:
    found = bounds(*many_mixed_hours(2, 3, 4, 5, 6, 7))
    assert found == [(60 * hour + 10, 60 * hour + 40) for hour in range(40)]


def test_losses_in_every_hour_are_the_ordinary_when_they_are_scattered_or_nothing_tells_of_most_of_them() -> None:
    assert bounds(*many_mixed_hours(0, 2, 4, 6, 8, 10)) == []
    points, logged, told = many_mixed_hours(2, 3, 4, 5, 6, 7)
    assert bounds(points, logged, told.head(60)) == []


def test_hours_of_which_all_arrived_are_no_loss_whatever_lines_say() -> None:
    assert bounds(hours(GOOD, GOOD), errors(0, 120), minutes("count", 30, 31)) == []


def test_a_shortfall_without_a_counted_loss_is_one_when_chance_would_not_make_it() -> None:
    assert bounds(hours(GOOD, {"accepted": 0}, GOOD), errors(0, 180)) == [(60, 120)]
    assert bounds(hours(GOOD, {"accepted": 9}, GOOD), errors(0, 180)) == []


def test_quiet_hours_add_up_to_a_loss() -> None:
    silent = [{"accepted": 0}] * 4
    assert bounds(hours(GOOD, *silent, GOOD), pl.concat([errors(0, 60), errors(60, 300, 30), errors(300, 360)])) == [(60, 300)]


def test_events_filtered_on_purpose_are_not_expected() -> None:
    assert bounds(hours(GOOD, {"accepted": 1, "filtered": 11}, GOOD), errors(0, 180)) == []


def test_a_loss_that_was_never_logged_is_still_one() -> None:
    (found,) = bounds(hours(GOOD, BAD, GOOD), pl.concat([errors(0, 60), errors(120, 180)]))
    assert found[0] == 90


def test_nothing_logged_and_nothing_counted_is_nothing() -> None:
    assert bounds([], NO_LINES.rename({"count": "errors"})) == []
    assert bounds(hours({}, {}), NO_LINES.rename({"count": "errors"})) == []


def test_without_sentrys_hours_the_first_line_opens_a_loss() -> None:
    assert bounds([], errors(0, 60), minutes("count", 30)) == [(30, None)]


def test_the_usual_share_is_the_median_of_the_services_own_hours() -> None:
    accepted, lost = np.array([5] * 9 + [0]), np.zeros(10, np.int64)
    assert find_usual(accepted, lost, np.full(10, 10)) == (0.5, False)


def test_losses_in_most_hours_are_the_ordinary() -> None:
    assert find_usual(np.full(30, 2), np.full(30, 8), np.full(30, 10)) == (0.2, True)


@pytest.mark.parametrize(
    ("accepted", "expected", "fits"), [(9, 10, True), (5, 10, True), (0, 5, True), (0, 7, False), (60, 100, False)]
)
def test_the_chance_of_so_few(accepted: int, expected: int, fits: bool) -> None:
    assert (chance_of(accepted, expected, 0.9) > CHANCE) is fits


def test_wilsons_interval_knows_its_ends() -> None:
    assert find_interval(0, 10)[0] == 0
    assert find_interval(10, 10) == (pytest.approx(0.7225, abs=1e-3), 1.0)
    assert find_interval(50, 100) == (pytest.approx(0.4038, abs=1e-3), pytest.approx(0.5962, abs=1e-3))


def test_more_accepted_than_logged_is_all_of_it() -> None:
    found = measure_coverage(12, 10, {})
    assert found is not None
    assert (found.ratio, found.accepted) == (1.0, 12)
