"""What arrived: events that Sentry accepted beside the errors that were logged, and how sure the share of them is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from math import sqrt

Z = 1.96  # 95 %


@dataclass(frozen=True)
class TrackingCoverage:
    """accepted / eligible with its Wilson interval. A lower bound: Sentry does not hear of every loss, and drops repetitions."""

    accepted: int
    eligible: int
    ratio: float
    low: float
    high: float
    outcomes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class HourRow:
    """One hour: errors logged that Sentry should have got, and what it counted; accepted is None where it was not asked."""

    ts: datetime
    eligible: int
    accepted: int | None
    outcomes: Mapping[str, int] = field(default_factory=dict)


def measure_coverage(accepted: int, eligible: int, outcomes: Mapping[str, int]) -> TrackingCoverage | None:
    """Return the coverage, None without an eligible error: nothing over nothing is not all."""
    if not eligible:
        return None
    kept = min(accepted, eligible)
    low, high = find_interval(kept, eligible)
    return TrackingCoverage(accepted, eligible, kept / eligible, low, high, outcomes)


def find_interval(successes: int, trials: int) -> tuple[float, float]:
    """Return Wilson's interval of a share, 0..1."""
    share, weight = successes / trials, Z * Z / trials
    middle = (share + weight / 2) / (1 + weight)
    half = Z * sqrt(share * (1 - share) / trials + weight / (4 * trials)) / (1 + weight)
    return max(0.0, middle - half), min(1.0, middle + half)
