"""Two counts with their exposures: how likely by chance and noise alone, and which ratios of rates fit.

Of n = before + after entries the part after is binomial; its log odds are the log ratio of the exposures, plus the log ratio of
the rates, plus noise ~ Normal(0, variance). Without noise this is the exact conditional test of two Poisson rates.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

REACH, STEPS = 5.0, 41  # the noise is summed over so many points, up to so many of its standard deviations
POINTS = np.linspace(-REACH, REACH, STEPS)
WEIGHTS = np.exp(-0.5 * POINTS**2) / np.exp(-0.5 * POINTS**2).sum()
STEP = POINTS[1] - POINTS[0]
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
    from scipy.special import bdtr, bdtrc, expit, ndtr

    shift = c.shift + log_ratio
    total = c.before + c.after
    low, high, at = np.ones(total.shape), np.ones(total.shape), np.ones(total.shape)
    some = total > 0
    # Where noise drowns counting, the sum would step over the edge: there both are normal in the log odds.
    rough = some & (c.chance < (0.6 * STEP) ** 2 * c.variance)
    fine = some & ~rough
    if fine.any():
        odds = shift[fine][:, None] + np.sqrt(c.variance[fine])[:, None] * POINTS
        n, k, p = total[fine][:, None], c.after[fine][:, None], expit(odds)
        below = np.where(k > 0, bdtr(np.maximum(k - 1, 0), n, p), 0.0) @ WEIGHTS
        upto = bdtr(k, n, p) @ WEIGHTS
        above = np.where(k > 0, bdtrc(np.maximum(k - 1, 0), n, p), 1.0) @ WEIGHTS
        low[fine], high[fine], at[fine] = upto, above, np.maximum(upto - below, 0.0)
    if rough.any():
        seen = np.log((c.after[rough] + 0.5) / (c.before[rough] + 0.5)) - shift[rough]
        z = seen / np.sqrt(c.variance[rough] + c.chance[rough])
        low[rough], high[rough], at[rough] = ndtr(z), ndtr(-z), 0.0
    return low, high, at


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


def control_false(p: Floats, able: NDArray[np.bool_]) -> Floats:
    """Return q by Benjamini and Hochberg over those that are able to be found at all; the others keep 1."""
    q = np.ones(p.shape)
    places = np.flatnonzero(able)
    if places.size:
        order = places[np.argsort(p[places], kind="stable")]
        raised = p[order] * places.size / np.arange(1, places.size + 1)
        q[order] = np.minimum(1.0, np.minimum.accumulate(raised[::-1])[::-1])
    return q
