"""Lags: which comes first, more often than chance makes it."""

import random

from lib.core.blindness.association import associate
from lib.core.blindness.gapwords import say_lag
from lib.core.lags import Lag, find_lag

HOUR = 3600.0
LENGTH = 96 * HOUR
GAPS = [h * HOUR for h in (5.2, 17.9, 26.3, 41.7, 55.1, 70.4, 83.8)]


def test_bursts_that_follow_gaps_have_a_lag() -> None:
    lag = find_lag(GAPS, [g + 1800 + 40 * i for i, g in enumerate(GAPS)], LENGTH)
    assert lag is not None
    assert abs(lag.seconds - 1800) <= 300
    assert lag.pairs == 7


def test_bursts_that_precede_gaps_have_a_negative_one() -> None:
    lag = find_lag(GAPS, [g - 1800 for g in GAPS], LENGTH)
    assert lag is not None
    assert lag.seconds < 0


def test_bursts_at_random_seldom_have_a_lag() -> None:
    rng = random.Random(3)
    found = [find_lag(GAPS, [rng.uniform(0, LENGTH) for _ in range(12)], LENGTH) for _ in range(60)]
    assert sum(lag is not None for lag in found) <= 6


def test_two_gaps_are_too_few_for_a_lag() -> None:
    assert find_lag(GAPS[:2], [g + 1800 for g in GAPS], LENGTH) is None


def test_what_began_before_the_window_has_no_onset() -> None:
    assert find_lag([0.0, *GAPS[:2]], [g + 1800 for g in GAPS], LENGTH) is None


def test_a_window_of_hours_is_too_short_to_shift_in() -> None:
    assert find_lag([600.0, 3000.0, 6000.0], [900.0, 3300.0, 6300.0], 2 * HOUR) is None


def test_an_association_carries_its_lag_and_says_precedes() -> None:
    gaps = [(g, g + 4 * HOUR) for g in GAPS]
    found = associate(gaps, [(g + 2400, g + 3600) for g in GAPS], (0.0, LENGTH))
    assert found.lag is not None
    assert "A gap precedes a burst by about 40 min" in say_lag(found.lag)
    assert "A burst precedes a gap" in say_lag(Lag(-1200, 4, 0.01))
    assert say_lag(Lag(0, 4, 0.0001)) == "Bursts begin together with gaps (4 times, p < 0.001)."
