"""How two clusters meet on their containers: how often, how far apart, on whose lives, and how likely that is by chance."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lib.core.causes.occurrences import LOOP_S, SECOND, Floats, Ints, Scene

WINDOW_S = 60.0  # what comes further apart is told by lives, not by lags
WIDTHS_S = (0.02, 0.2, 2.0, 10.0)  # how exactly one follows the other: the same handler, a retry, a shutdown, a timeout
RATE_S = 300.0  # how busy a cluster is, is judged this far to either side
FEWEST = 3  # fewer meetings prove nothing
CROWD = 3.0  # so many within the window come by themselves
MOST_CHANCE = 0.5  # beside the other half of the time anyway: many occurrences would make a small error of the rate "sure"
SAME_BREATH_S = 1.0  # close enough for a quote in a crowd, and for a lag that is one and the same
FEWEST_STEPS = 6  # lives, to compare a lag with made-up ones
STEP_ALPHA, STRETCH_ALPHA = 1e-4, 0.05


@dataclass(frozen=True)
class Meeting:
    """How a rarer cluster meets a host. share: of the rarer's occurrences; back: of the host's; lag_s: host minus rarer,
    the median; spread_s: how far the lags of these meetings lie apart; near: meetings at any lag."""

    rare: int
    host: int
    share: float
    back: float
    lag_s: float
    met: int
    of: int
    p: float
    near: int
    spread_s: float


def count_close(scene: Scene, clusters: Sequence[int]) -> Floats:
    """Return in how many stretches of 2 · WINDOW_S two clusters both occur: what shares none cannot be within WINDOW_S."""
    width = int(2 * WINDOW_S * SECOND)
    counts = []
    for shift in (0, width // 2):
        bins = [np.unique((scene.keys[c] + shift) // width) for c in clusters]
        known = np.unique(np.concatenate(bins)) if bins else np.zeros(0, np.int64)
        total = np.zeros((len(clusters), len(clusters)))
        for begin in range(0, len(known), 8192):  # in blocks, so that memory stays small
            block = known[begin : begin + 8192]
            marks = np.zeros((len(block), len(clusters)), np.float32)
            for n, b in enumerate(bins):
                part = b[b.searchsorted(block[0]) : b.searchsorted(block[-1], side="right")]
                marks[block.searchsorted(part), n] = 1
            total += marks.T @ marks
        counts.append(total)
    return np.maximum(*counts)


def measure(scene: Scene, rare: int, host: int) -> Meeting:
    """Return how often the rarer of two clusters has the other beside it, how far off, and how likely that is by chance."""
    kr, kh = scene.keys[rare], scene.keys[host]
    lags = nearest(kr, kh) / SECOND
    lags = np.sort(lags[np.abs(lags) <= WINDOW_S])
    if not len(lags):
        return Meeting(rare, host, 0, 0, 0, 0, len(kr), 1, 0, 0)
    rate = local_rate(scene, rare, kh)
    looks = [(*densest(lags, w), w) for w in WIDTHS_S]
    p, _, met, k = min((tail(len(kr), m, 1 - math.exp(-rate * w)) * len(lags) * len(WIDTHS_S), -m, m, k) for m, k, w in looks)
    crowded = rate * 2 * WINDOW_S > CROWD  # then a minute's distance says nothing, even of a quote
    near = int((np.abs(lags) <= SAME_BREATH_S).sum()) if crowded else len(lags)
    low, high = (int(x * SECOND) for x in (lags[k], lags[k + met - 1]))
    back = kr.searchsorted(kh - low + 1, side="right") > kr.searchsorted(kh - high - 1)
    return Meeting(
        rare,
        host,
        met / len(kr),
        float(back.mean()),
        float(np.median(lags[k : k + met])),
        met,
        len(kr),
        p,
        near,
        (high - low) / SECOND,
    )


def nearest(at: Ints, others: Ints) -> Ints:
    """Return for each of the sorted places how far the nearest of the others is, signed."""
    j = others.searchsorted(at)
    before, after = others[np.maximum(j - 1, 0)] - at, others[np.minimum(j, len(others) - 1)] - at
    return np.where(np.abs(before) < np.abs(after), before, after)


def densest(lags: Floats, width: float) -> tuple[int, int]:
    """Return how many of the sorted lags lie in the fullest window of a width, and the index where it begins."""
    inside = lags.searchsorted(lags + width, side="right") - np.arange(len(lags))
    return int(inside.max()), int(inside.argmax())


def local_rate(scene: Scene, cluster: int, others: Ints) -> float:
    """Return how often the others come a second, around a cluster's occurrences."""
    half = np.minimum(RATE_S, scene.lengths[scene.units[cluster]] / 2)
    reach = (half * SECOND).astype(np.int64)
    at = scene.keys[cluster]
    inside = others.searchsorted(at + reach, side="right") - others.searchsorted(at - reach)
    return float(np.mean(inside / (2 * half)))


def tail(n: int, k: int, chance: float) -> float:
    """Return a bound on P(X >= k) for n tries (Chernoff), never too small; 1 where chance alone does too much."""
    share, chance = k / n, max(chance, 1e-9)
    if share <= chance or chance > MOST_CHANCE:
        return 1.0
    rest = (1 - share) * math.log((1 - share) / (1 - chance)) if share < 1 else 0.0
    return math.exp(-n * (share * math.log(share / chance) + rest))


def is_bound_to_start(scene: Scene, cluster: int) -> bool:
    """Return whether a cluster comes soon, or ever at the same time, after its container starts: lags prove nothing then."""
    age = (scene.keys[cluster] - scene.starts[scene.units[cluster]]) / SECOND
    age = age[~np.isnan(age)]
    if len(age) < max(FEWEST, len(scene.keys[cluster]) / 2):
        return False
    middle = float(np.median(age))
    young = float(np.percentile(age, 75)) <= LOOP_S
    return young or float(np.percentile(np.abs(age - middle), 75)) <= 0.3 * abs(middle)


def fisher(n: int, a: int, b: int, both: int) -> float:
    """Return how likely two kinds of lives, a and b of n, share as many as `both` by chance."""

    def log_choose(m: int, k: int) -> float:
        return math.lgamma(m + 1) - math.lgamma(k + 1) - math.lgamma(m - k + 1)

    terms = range(max(both, a + b - n), min(a, b) + 1)
    return min(1.0, sum(math.exp(log_choose(a, i) + log_choose(n - a, b - i) - log_choose(n, b)) for i in terms))


def keeps_step(scene: Scene, rare: int, host: int) -> bool:
    """Return whether two clusters of the start keep a steady lag, however late after the start the earlier one comes.

    The lags of real lives are set beside those of made-up ones: the earlier of one life, the later of another. Two failures
    that share only the start do no better on the real ones. Nor do they when a slow container delays all in proportion: so the
    made-up lags are also stretched by how slow the earlier one was.
    """
    ages = [_first_ages(scene, c) for c in (rare, host)]
    both = sorted(ages[0].keys() & ages[1].keys())
    if len(both) < FEWEST_STEPS:
        return False
    x, y = (np.array([a[u] for u in both]) for a in ages)
    early, late = (x, y) if np.median(x) <= np.median(y) else (y, x)
    lags = np.sort(late - early)
    met = math.ceil(0.8 * len(lags))
    spans = lags[met - 1 :] - lags[: len(lags) - met + 1]
    low = lags[int(spans.argmin())]
    high = low + float(spans.min())
    others = ~np.eye(len(both), dtype=bool)
    mixed = (late[None, :] - early[:, None])[others]
    stretched = (early[:, None] * (late / np.maximum(early, 1e-3))[None, :] - early[:, None])[others]

    def likely(made_up: Floats) -> float:
        return tail(len(lags), met, float(np.mean((made_up >= low) & (made_up <= high)))) * len(spans)

    return likely(mixed) <= STEP_ALPHA and likely(stretched) <= STRETCH_ALPHA


def _first_ages(scene: Scene, cluster: int) -> dict[int, float]:
    """Return how many seconds after its start each container wrote the cluster first, where the start is known."""
    units, keys = scene.units[cluster][::-1], scene.keys[cluster][::-1]  # the first one is written last, and stays
    ages = dict(zip(units.tolist(), ((keys - scene.starts[units]) / SECOND).tolist(), strict=True))
    return {u: age for u, age in ages.items() if not math.isnan(age)}
