"""Two counts with their exposures: how likely by chance and noise alone, and which ratios of rates fit.

Of n = before + after entries the part after is binomial; its log odds are the log ratio of the exposures, plus the log ratio of
the rates, plus noise ~ Normal(0, variance). Without noise this is the exact conditional test of two Poisson rates.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

REACH, STEPS = 4.8, 25  # the noise is summed over so many points, up to so many of its standard deviations
POINTS = np.linspace(-REACH, REACH, STEPS)
WEIGHTS = np.exp(-0.5 * POINTS**2) / np.exp(-0.5 * POINTS**2).sum()
# Where noise drowns counting, the sum would step over the edge, and both are normal in the log odds: below FAINT (counting's
# variance / noise's) always, below WEAK with MANY entries on both sides. There p is at most a seventh off, mostly too large.
FAINT, WEAK, MANY = 0.06, 0.3, 20
Z95 = 1.959963984540054
WIDEST = 12.0  # of a log ratio: beyond 1 to 160,000 nobody asks


@dataclass(frozen=True)
class Counts:
    """Arrays of one shape: counts before and after, the log of exposure after / before, and the noise's variance."""

    before: Floats
    after: Floats
    shift: Floats
    variance: Floats

    @property
    def chance(self) -> Floats:
        """Return the variance of the log ratio that counting adds, as for the shares seen."""
        return 1.0 / (self.before + 0.5) + 1.0 / (self.after + 0.5)


def tails(c: Counts, log_ratio: Floats | float = 0.0) -> tuple[Floats, Floats, Floats]:
    """Return P(X <= after), P(X >= after) and P(X = after) if the rates had this log ratio."""
    shift = c.shift + log_ratio
    many = (np.minimum(c.before, c.after) >= MANY) & (c.chance < WEAK * c.variance)
    some = c.before + c.after > 0
    rough = some & (many | (c.chance < FAINT * c.variance))
    low, high, at = np.ones(shift.shape), np.ones(shift.shape), np.ones(shift.shape)
    for mine, count in ((some & ~rough, _sum_tails), (rough, _normal_tails)):
        if mine.any():
            low[mine], high[mine], at[mine] = count(c.before[mine], c.after[mine], shift[mine], c.variance[mine])
    return low, high, at


Tails = tuple[Floats, Floats, Floats]


def _sum_tails(before: Floats, after: Floats, shift: Floats, variance: Floats) -> Tails:
    """Return the tails of the binomial, summed over the noise."""
    from scipy.special import bdtr, gammaln, log_expit

    odds = shift[:, None] + np.sqrt(variance)[:, None] * POINTS
    share, rest = log_expit(odds), log_expit(-odds)
    ways = gammaln(before + after + 1.0) - gammaln(before + 1.0) - gammaln(after + 1.0)
    at = np.exp(ways[:, None] + after[:, None] * share + before[:, None] * rest) @ WEIGHTS
    low = bdtr(after[:, None], (before + after).astype(np.int64)[:, None], np.exp(share)) @ WEIGHTS
    return np.minimum(low, 1.0), np.clip(1.0 - low + at, at, 1.0), at


def _normal_tails(before: Floats, after: Floats, shift: Floats, variance: Floats) -> Tails:
    """Return the tails of the log odds seen, normal by noise and counting."""
    from scipy.special import ndtr

    seen = np.log((after + 0.5) / (before + 0.5)) - shift
    z = seen / np.sqrt(variance + 1.0 / (before + 0.5) + 1.0 / (after + 0.5))
    return ndtr(z), ndtr(-z), np.zeros(z.shape)


def p_values(c: Counts) -> Floats:
    """Return two-sided mid p: how likely counts at least as uneven are if only chance and noise were at work."""
    low, high, at = tails(c)
    p = np.minimum(1.0, 2.0 * (np.minimum(low, high) - 0.5 * at))
    return np.where(c.before + c.after == 0, 1.0, np.maximum(p, 0.0))


def least_p(c: Counts) -> Floats:
    """Return the smallest p that so many entries could give, were they all on one side."""
    from scipy.special import expit

    odds = c.shift[..., None] + np.sqrt(c.variance)[..., None] * POINTS
    total = (c.before + c.after)[..., None]
    after, before = expit(odds), expit(-odds)
    return np.asarray(np.minimum(1.0, np.minimum((after**total) @ WEIGHTS, (before**total) @ WEIGHTS)))


def intervals(c: Counts) -> tuple[Floats, Floats]:
    """Return the 95 % bounds of the log ratio: at each the counts lie in a tail of 2.5 %; -inf and inf where a side is empty."""
    low = np.where(c.after > 0, _solve(c, upper=False), -np.inf)
    high = np.where(c.before > 0, _solve(c, upper=True), np.inf)
    return low, high


def _solve(c: Counts, *, upper: bool) -> Floats:
    """Return the log ratio at which one tail is 2.5 %: false position on the normal scale, where a tail is nearly a line."""
    from scipy.special import ndtri

    def height(x: Floats) -> Floats:
        low, high, _ = tails(c, x)
        tail = np.clip(low if upper else high, 1e-300, 1.0 - 1e-16)
        return np.asarray((ndtri(tail) + Z95) * (-1.0 if upper else 1.0))  # rises with x, 0 where the tail is 2.5 %

    seen = np.log((c.after + 0.5) / (c.before + 0.5)) - c.shift
    spread = np.sqrt(c.variance + c.chance)
    x = np.clip(seen + (Z95 if upper else -Z95) * spread, -WIDEST, WIDEST)
    below, above = np.full(x.shape, -WIDEST - 8.0), np.full(x.shape, WIDEST + 8.0)
    slope = 1.0 / spread
    y = height(x)
    for _ in range(9):
        below, above = np.where(y < 0, x, below), np.where(y >= 0, x, above)
        moved = x - y / slope
        moved = np.where((moved <= below) | (moved >= above), 0.5 * (below + above), moved)
        risen = height(moved)
        steep = (risen - y) / np.where(moved == x, 1.0, moved - x)
        slope = np.where((moved != x) & (steep > 1e-6), steep, slope)
        x, y = moved, risen
        if np.all(np.abs(y) < 1e-6):
            break
    return np.clip(x, -WIDEST, WIDEST)


def control_false(p: Floats, able: NDArray[np.bool_], share: float) -> Floats:
    """Return q for a share of false finds, by Benjamini, Krieger and Yekutieli's two stages; those not able to be found keep 1.

    The first stage is Benjamini and Hochberg's; what it finds is no longer counted among what may be found by chance.
    """
    q = np.ones(p.shape)
    places = np.flatnonzero(able)
    if places.size:
        order = places[np.argsort(p[places], kind="stable")]
        raised = (1.0 + share) * p[order] * places.size / np.arange(1, places.size + 1)
        first = np.minimum.accumulate(raised[::-1])[::-1]
        left = places.size - np.count_nonzero(first < share)
        q[order] = np.minimum(1.0, first * max(left, 1) / places.size)
    return q
