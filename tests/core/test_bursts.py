"""Failure bursts: found where a cluster fails far above its own base rate, and nowhere else."""

from itertools import pairwise

import numpy as np
import pytest

from lib.core.blindness import bursts
from lib.core.blindness.bursts import Burst, Minutes, find_bursts, measure_business, measure_rarity, need

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


def spaced(places: list[int], length: int = DAY) -> np.ndarray:
    """Return counts with one failure in each of the minutes."""
    counts = np.zeros(length, np.int64)
    np.add.at(counts, places, 1)
    return counts


def test_a_long_pause_parts_two_bursts_of_a_cluster_that_is_silent_else() -> None:
    found = find(spaced([*range(300, 330, 3), *range(450, 480, 3)]))
    assert [b.count for b in found] == [10, 10]


def test_a_failure_now_and_then_is_no_burst() -> None:
    assert find(spaced([*range(300, 400, 16)])) != []
    assert find(spaced([*range(300, 600, 30)])) == []


def test_a_short_pause_parts_no_burst() -> None:
    (burst,) = find(spaced([*range(300, 330, 3), *range(336, 366, 3)]))
    assert burst.count == 20


def test_a_burst_reaches_beyond_its_entries_by_their_usual_time_and_no_more_than_the_bound() -> None:
    (few,) = find(spaced([600, 604, 608, 612, 616]))
    assert few.start == 600 * 60 + 5 - 90
    assert few.end == 616 * 60 + 55 + 90
    (many,) = find(with_burst(np.zeros(DAY), 600, 20, 30))
    assert 600 * 60 + 3 < many.start < 600 * 60 + 5


def test_a_burst_reaches_no_further_than_half_way_to_an_entry_outside_of_it() -> None:
    counts = spaced([600, 604, 608, 612, 616])
    burst = find_bursts(Minutes(counts, np.arange(DAY) * 60.0 + 5, np.arange(DAY) * 60.0 + 55), CALM)[0]
    edge = bursts._as_burst(minutes(spaced([599, 600, 604, 608, 612, 616])), CALM, 600, 617)
    assert burst.start < edge.start == 600 * 60 - 0.0
    assert edge.count == 5


def test_a_cluster_of_few_entries_needs_fewer_nats_than_one_of_many() -> None:
    rare, frequent = spaced([100, 600]), np.ones(DAY)
    assert need(rare, 15) < need(frequent, 15) - 5


def test_many_days_of_the_same_need_no_more_than_one() -> None:
    assert need(np.ones(DAY), 15) == need(np.ones(7 * DAY), 15)


def test_the_longer_a_burst_the_rarer_it_must_be() -> None:
    one = np.ones(DAY)
    assert need(one, 60) > need(one, 20) + 2


def test_a_base_rate_that_rests_on_few_entries_is_trusted_less() -> None:
    assert measure_rarity(8, 1, 6) > measure_rarity(8, 1, 1) > 0


def test_the_rarity_is_the_exact_tail() -> None:
    rng = np.random.default_rng(5)
    drawn = rng.poisson(2 * rng.gamma(3, 1 / 3, 400_000))
    assert measure_rarity(6, 2, 3) == pytest.approx(-np.log((drawn >= 6).mean()), abs=0.05)


@pytest.mark.parametrize("seed", range(6))
def test_few_failures_at_random_make_no_burst(seed: int) -> None:
    assert find(steady(1.5, seed)) == []


EVERY_HALF_HOUR = [*range(7, DAY, 30)]


def test_a_small_burst_is_left_out_of_the_base_rate_that_it_is_judged_by() -> None:
    (burst,) = find(spaced([*EVERY_HALF_HOUR, *range(600, 610, 2)]))
    assert burst.count == 6
    assert burst.ratio > 18  # nor does it lower how many times its base rate it was


def test_a_large_burst_is_left_out_of_the_base_rate_of_a_small_one_near_it() -> None:
    large, small = find(spaced([*list(range(420, 425)) * 4, *range(558, 578, 4)]))
    assert (large.count, small.count) == (20, 5)


@pytest.mark.parametrize(("apart", "found"), [(15, 1), (22, 0)])
def test_in_two_calm_weeks_failures_far_apart_are_no_burst(apart: int, found: int) -> None:
    """Chance hardly makes four within an hour there, but a burst that nobody would call one helps nobody."""
    assert len(find(spaced([5000 + n * apart for n in range(4)], 14 * DAY), np.ones(14 * DAY))) == found


@pytest.mark.parametrize("seed", range(4))
def test_an_hour_of_twice_the_usual_failures_is_a_busy_hour_and_no_burst(seed: int) -> None:
    rush = np.ones(DAY)
    rush[600:660] = 2.2
    assert find(steady(600, seed, rush)) == []


def test_a_window_shorter_than_any_burst_is_judged_all_the_same() -> None:
    assert find(np.array([0, 1]), np.ones(2)) == []
    assert find(np.array([3, 3]), np.ones(2)) == []


def test_fewer_than_usual_or_than_four_gain_nothing() -> None:
    gains = bursts.score(np.array([3.0, 4.0, 4.0]), np.array([0.01, 8.0, 0.01]), 6.0)
    assert gains[:2].tolist() == [-1, -1]
    assert gains[2] > 5


def test_an_edge_goes_through_no_pause_that_costs_too_much_not_even_at_once() -> None:
    assert bursts._reach(np.array([-8.0, 100.0])) == 0
    assert bursts._reach(np.array([-6.0, 100.0])) == 2
