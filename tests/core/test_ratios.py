"""Counts and their ratios, against SciPy's exact tests and sums made another way."""

from math import comb

import numpy as np
import pytest
from scipy import stats

from lib.core.rollouts.ratios import Counts, Floats, control_false, intervals, least_p, p_values, tails

QUIET = 1e-12


def counts(before: float, after: float, exposure: float = 1.0, variance: float = QUIET) -> Counts:
    return Counts(*(np.array([x], np.float64) for x in (before, after, np.log(exposure), variance)))


@pytest.mark.parametrize(("before", "after", "exposure"), [(3, 11, 1.0), (40, 21, 0.7), (0, 9, 2.0), (17, 0, 1.0), (5, 5, 3.0)])
def test_without_noise_the_tails_are_the_exact_binomial_test(before: int, after: int, exposure: float) -> None:
    low, high, _ = tails(counts(before, after, exposure))
    share = exposure / (1 + exposure)
    for tail, side in ((low, "less"), (high, "greater")):
        exact = stats.binomtest(after, before + after, share, alternative=side).pvalue
        assert tail[0] == pytest.approx(exact, rel=1e-6)


@pytest.mark.parametrize(("before", "after", "exposure"), [(3, 11, 1.0), (40, 21, 0.7), (200, 260, 1.1)])
def test_without_noise_the_bounds_are_clopper_and_pearsons(before: int, after: int, exposure: float) -> None:
    low, high = intervals(counts(before, after, exposure))
    exact = stats.binomtest(after, before + after).proportion_ci(0.95, method="exact")
    for bound, share in ((low, exact.low), (high, exact.high)):
        assert np.exp(bound[0]) == pytest.approx(share / (1 - share) / exposure, rel=1e-4)


def simulated_tail(before: int, after: int, exposure: float, variance: float) -> float:
    odds = stats.norm.ppf((np.arange(200_000) + 0.5) / 200_000) * np.sqrt(variance) + np.log(exposure)
    return float(np.mean(stats.binom.sf(after - 1, before + after, 1 / (1 + np.exp(-odds)))))


@pytest.mark.parametrize(("before", "after", "variance"), [(3, 14, 0.05), (20, 55, 0.2), (8, 30, 1.0), (100, 190, 0.02)])
def test_with_noise_the_tail_is_the_mean_over_the_noise(before: int, after: int, variance: float) -> None:
    _, high, _ = tails(counts(before, after, 1.3, variance))
    assert high[0] == pytest.approx(simulated_tail(before, after, 1.3, variance), rel=0.02)


@pytest.mark.parametrize(("before", "after", "variance"), [(300, 600, 0.1), (2000, 5000, 0.15), (30, 2000, 0.9)])
def test_where_noise_drowns_counting_the_normal_tail_is_near_enough(before: int, after: int, variance: float) -> None:
    _, high, _ = tails(counts(before, after, 1.0, variance))
    assert high[0] == pytest.approx(simulated_tail(before, after, 1.0, variance), rel=0.15)


def test_noise_widens_the_interval() -> None:
    quiet, noisy = (intervals(counts(30, 60, 1.0, v)) for v in (QUIET, 0.3))
    assert noisy[0][0] < quiet[0][0] < quiet[1][0] < noisy[1][0]


def test_an_empty_side_leaves_the_interval_open() -> None:
    assert intervals(counts(0, 12))[1][0] == np.inf
    assert intervals(counts(12, 0))[0][0] == -np.inf


def test_p_counts_half_of_what_was_seen() -> None:
    assert p_values(counts(2, 9))[0] == pytest.approx(2 * (stats.binom.sf(9, 11, 0.5) + 0.5 * stats.binom.pmf(9, 11, 0.5)))


def test_nothing_on_both_sides_tells_nothing() -> None:
    assert p_values(counts(0, 0))[0] == 1.0


def test_the_least_p_is_that_of_all_on_one_side() -> None:
    assert least_p(counts(2, 3))[0] == pytest.approx(0.5**5 * comb(5, 5), rel=1e-6)


def test_where_nothing_is_found_the_false_share_is_controlled_as_scipy_does_it() -> None:
    p = np.random.default_rng(1).uniform(size=40)
    assert control_false(p, np.ones(40, bool), 0.01) == pytest.approx(np.minimum(1.01 * stats.false_discovery_control(p), 1.0))


def test_what_is_found_is_no_longer_counted_among_what_chance_may_find() -> None:
    chance, few = np.full(30, 0.5), np.array([0.004])
    found = np.full(30, 1e-9)
    alone = control_false(np.concatenate([few, chance, chance]), np.ones(61, bool), 0.01)[0]
    beside = control_false(np.concatenate([few, chance, found]), np.ones(61, bool), 0.01)[0]
    assert alone > 0.2
    assert beside == pytest.approx(1.01 * 0.004 * 61 / 31 * 30 / 61)


def test_what_could_never_be_found_costs_the_others_nothing() -> None:
    p: Floats = np.array([0.004, 0.9, 0.9, 0.9])
    able = np.array([True, False, False, False])
    assert control_false(p, able, 0.01)[0] == pytest.approx(0.00404)
    assert control_false(p, able, 0.01)[1] == 1.0
