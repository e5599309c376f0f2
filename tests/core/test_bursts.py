"""Failure bursts: found where a cluster fails far above its own base rate, and nowhere else."""

from itertools import pairwise

import numpy as np
import pytest

from lib.core.blindness.bursts import Burst, Minutes, find_bursts, measure_business

DAY = 1440
CALM = np.ones(DAY)


def minutes(counts: np.ndarray) -> Minutes:
    """Return counts with their first and last entry five seconds inside the minute."""
    starts = np.arange(len(counts)) * 60.0
    return Minutes(counts.astype(np.int64), starts + 5, starts + 55)


def steady(per_hour: float, seed: int = 1, busy: np.ndarray = CALM) -> np.ndarray:
    """Return failures at a rate, minute by minute."""
    return np.random.default_rng(seed).poisson(per_hour / 60 * busy)


def with_burst(counts: np.ndarray, start: int, length: int, per_minute: int) -> np.ndarray:
    """Return counts with a burst added."""
    more = counts.copy()
    more[start : start + length] += per_minute
    return more


def find(counts: np.ndarray, busy: np.ndarray = CALM) -> list[Burst]:
    """Return the bursts of counts."""
    return find_bursts(minutes(counts), busy)


def test_a_burst_is_found_to_the_minute() -> None:
    (burst,) = find(with_burst(steady(6), 600, 20, 3))
    assert abs(burst.start / 60 - 600) < 2
    assert abs(burst.end / 60 - 620) < 2
    assert burst.count >= 60
    assert burst.ratio > 10


@pytest.mark.parametrize("seed", range(8))
def test_a_steady_rate_holds_no_burst(seed: int) -> None:
    assert find(steady(12, seed)) == []


def test_nothing_failed_no_burst() -> None:
    assert find(np.zeros(DAY)) == []
    assert find(np.zeros(0)) == []


def test_four_failures_in_a_quiet_day_are_a_burst_and_three_are_not() -> None:
    assert len(find(with_burst(np.zeros(DAY), 600, 4, 1))) == 1
    assert find(with_burst(np.zeros(DAY), 600, 3, 1)) == []


def test_a_salvo_of_seconds_is_one_event_and_no_burst() -> None:
    assert find(with_burst(steady(2), 600, 1, 30)) == []


def test_the_daily_rhythm_is_no_burst() -> None:
    busy = measure_business(np.round(30 * (1.2 - np.cos(np.arange(DAY) / DAY * 2 * np.pi))).astype(np.int64))
    assert find(steady(30, 3, busy), busy) == []


def test_a_rush_of_requests_explains_failures_that_come_with_it() -> None:
    requests = np.full(DAY, 20)
    requests[600:660] = 240
    busy = measure_business(requests)
    failures = steady(12, 2, busy * 1.0)
    assert find(failures, busy) == []
    assert len(find(failures, CALM)) == 1  # the same failures without the rush


def test_a_burst_in_a_busy_hour_is_still_found() -> None:
    busy = measure_business(np.round(30 * (1.2 - np.cos(np.arange(DAY) / DAY * 2 * np.pi))).astype(np.int64))
    (burst,) = find(with_burst(steady(30, 3, busy), 700, 15, 8), busy)
    assert abs(burst.start / 60 - 700) < 3


def test_two_bursts_half_an_hour_apart_are_two() -> None:
    counts = with_burst(with_burst(steady(1), 600, 15, 3), 650, 15, 3)
    assert len(find(counts)) == 2


def test_a_burst_that_runs_at_an_edge_of_the_window_is_found() -> None:
    first, last = find(with_burst(with_burst(steady(2), 0, 10, 4), DAY - 10, 10, 4))
    assert first.start < 60
    assert last.end > (DAY - 2) * 60


def test_bursts_are_disjoint_and_in_order() -> None:
    counts = steady(4)
    for start in (100, 300, 500, 560, 900, 1300):
        counts = with_burst(counts, start, 12, 4)
    found = find(counts)
    assert len(found) == 6
    assert all(a.end <= b.start for a, b in pairwise(found))


def test_an_unbusy_service_is_as_busy_as_usual() -> None:
    assert measure_business(np.zeros(10, np.int64)).tolist() == [1.0] * 10
    assert abs(float(measure_business(np.full(100, 7)).mean()) - 1) < 1e-9
