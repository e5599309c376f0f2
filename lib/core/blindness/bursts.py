"""Failure bursts: stretches in which a cluster fails far above its own base rate, however busy the service is at that hour.

A scan over many lengths finds candidates: the likelihood of the counts with a rate of their own against that of the base rate,
for counts that vary more than chance makes them (negative binomial). Each is then judged by its exact tail against a base rate
without itself: it is local, leaves out what is a burst already, and is the less trusted the fewer entries it rests on. How rare a
burst must be follows from how many places chance has to make one, so a rare cluster is judged as surely as a frequent one.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

LENGTHS = (3, 5, 8, 12, 18, 25, 35, 50, 70, 100)  # minutes; what lies between is found by moving the edges
LEAST = 4  # entries; three cannot be told from chance at the rates that logs have
LOOK = 5.0  # nats of likelihood from which a window is a candidate
NEED = 6.3  # nats more than a day has places for a burst, the cluster's entries: chance makes one in some 500 days
DRIFT = 0.1  # nats more for each minute that a burst lasts: over an hour or more rates drift by themselves
SURE = 9.0  # nats from which a burst no longer belongs to the base rate of the others
LOCAL = 180  # minutes on either side that make the base rate: it follows the day
PRIOR = 3.0  # entries' worth of the whole window's rate in each local one
ROUNDS = 3  # bursts hide each other in the first base rate; it settles by the third
SMOOTH = 7  # minutes on either side over which business is taken
LEAST_BUSY = 0.05  # of the usual: an idle service can still fail
RATIO = (3.0, 1e4)  # how much faster than its base a burst is taken to be when its edges are sought
FEWER = 2.0  # entries less when that is taken: the densest stretch of a few entries looks faster than it was
PAUSE = 7.0  # nats that a pause inside a burst may cost at the burst's rate; a longer one parts two bursts
REACH = 240  # minutes that an edge may move
SLOW_MIN = 20.0  # minutes between entries, on average: a loop that starts again every quarter of an hour is a burst
EDGE_S = 90.0  # a burst began up to so much before its first entry, by the usual spacing of its entries
UNSURE = 1.0  # entries' worth of trust in a base rate of which nothing was seen
DAY_MIN = 1440
SHORTEST_S = 120  # a salvo of seconds (a container that does not boot) is one event
# Shape of the variation between hours: 1 / (variance of the rate); measured on the cluster itself. At 6 twice the base rate is
# never rarer than 4 nats, however many entries it has, so a busy hour is no burst.
SPREAD = (3.0, 6.0)
TELLING_HOURS = 6
TRIM = 0.06  # of the hours, the busiest: what may be a burst that was not found yet must not pass for variation


@dataclass(frozen=True)
class Minutes:
    """One cluster of one service, by minute: how often it failed, its first and last entry in seconds since the start."""

    counts: Ints
    first: Floats
    last: Floats


@dataclass(frozen=True)
class Burst:
    """A burst in seconds since the window's start: [start, end), its entries, and how many times its base rate it was.

    It reaches beyond its first and last entry by the usual time between its entries, EDGE_S at most, and to no other entry.
    """

    start: float
    end: float
    count: int
    ratio: float


def measure_business(events: Ints) -> Floats:
    """Return how busy a service was in each minute, 1 on average; events: its requests and own entries that are no failures."""
    smooth = _around(events.astype(np.float64), SMOOTH) / _around(np.ones(len(events)), SMOOTH)
    mean = smooth.mean() if len(smooth) else 0.0
    return np.maximum(smooth / mean, LEAST_BUSY) if mean > 0 else np.ones(len(events))


def find_bursts(minutes: Minutes, busy: Floats) -> list[Burst]:
    """Return the bursts of a cluster, disjoint and in order."""
    x = minutes.counts.astype(np.float64)
    if x.sum() < LEAST:
        return []
    hot: Mask = np.zeros(len(x), bool)
    spans: list[tuple[float, int, int]] = []
    for turn in range(ROUNDS):
        base = find_base(x, busy, ~hot, local=turn > 0)
        spans = scan(x, base, find_spread(x, base, ~hot) if turn else SPREAD[1])
        hot = np.zeros(len(x), bool)
        for score, a, b in spans:
            hot[a:b] |= score >= SURE
    kept: Mask = np.zeros(len(x), bool)
    for _, a, b in spans:
        if (edges := judge(x, busy, hot, a, b)) is not None:
            kept[slice(*edges)] = True
    base = find_base(x, busy, ~(hot | kept), local=True)
    return [_as_burst(minutes, base, a, b) for a, b in find_runs(kept) if lasts(minutes, a, b)]


def lasts(minutes: Minutes, a: int, b: int) -> bool:
    """Return whether a run of minutes has the length of a burst, first entry to last."""
    places = a + np.flatnonzero(minutes.counts[a:b])
    return bool(minutes.last[places[-1]] - minutes.first[places[0]] >= SHORTEST_S)


def find_base(x: Floats, busy: Floats, calm: Mask, *, local: bool) -> Floats:
    """Return the entries a minute that are usual around each minute, from the calm minutes."""
    counted, exposed = x * calm, busy * calm
    rate = max(float(counted.sum()), 0.5) / max(float(exposed.sum()), 1e-9)
    if not local:
        return busy * rate
    return busy * (_around(counted, LOCAL) + PRIOR) / (_around(exposed, LOCAL) + PRIOR / rate)


def find_spread(x: Floats, base: Floats, calm: Mask) -> float:
    """Return the shape of the hours' variation around the base rate: small when they vary much."""
    hours = np.arange(len(x)) // 60
    seen, expected = np.bincount(hours, x * calm), np.bincount(hours, base * calm)
    telling = expected > 1
    if telling.sum() < TELLING_HOURS:
        return SPREAD[1]
    seen, expected = seen[telling], expected[telling]
    usual = np.argsort((seen - expected) / np.sqrt(expected))[: int(np.ceil(len(seen) * (1 - TRIM)))]
    seen, expected = seen[usual], expected[usual]
    excess = float(((seen - expected) ** 2 - seen).sum() / (expected**2).sum())
    return float(np.clip(1 / max(excess, 1e-9), *SPREAD))


def score(k: Floats, m: Floats, spread: float) -> Floats:
    """Return the nats by which a rate of its own explains k entries better than m expected ones do; -1 where k is not more."""
    gains, more = np.full(len(k), -1.0), np.flatnonzero((k > m) & (k >= LEAST))  # most windows hold next to nothing
    k, m = k[more], m[more]
    gains[more] = k * np.log(k / m) - (k + spread) * np.log((k + spread) / (m + spread))
    return gains


def scan(x: Floats, base: Floats, spread: float) -> list[tuple[float, int, int]]:
    """Return (score, first minute, minute after the last) of the best windows, disjoint, best first, edges where they fit."""
    counted, expected = _sums(x), _sums(base)
    found: list[tuple[float, int, int]] = []
    windows = []
    for length in LENGTHS:
        k, m = counted[length:] - counted[:-length], expected[length:] - expected[:-length]
        gains = score(k, m, spread)
        windows += [(float(gains[a]), a, a + length) for a in np.flatnonzero(gains >= LOOK).tolist()]
    taken = bytearray(len(x))  # looked through many times over: faster than an array
    for gain, first, after in sorted(windows, key=lambda w: (-w[0], w[1], w[2])):
        if taken.find(1, first, after) < 0:
            a, b = move_edges(x, base, first, after)
            taken[a:b] = b"\x01" * (b - a)
            found.append((gain, a, b))
    return found


def move_edges(x: Floats, base: Floats, a: int, b: int) -> tuple[int, int]:
    """Return the edges that fit a burst best: the likeliest stretch around its densest part at its own rate, found twice over."""
    for _ in range(2):
        ratio = float(np.clip(max(x[a:b].sum() - FEWER, 1.0) / max(base[a:b].sum(), 1e-9), *RATIO))
        worth = x * np.log(ratio) - (ratio - 1) * base
        peak = a + _densest(x[a:b])
        a, b = peak - _reach(worth[max(0, peak - REACH) : peak][::-1]), peak + max(_reach(worth[peak : peak + REACH]), 1)
    return a, b


def _reach(worth: Floats) -> int:
    """Return how many places to go on to gain most, never through a pause that costs more than PAUSE."""
    total = np.cumsum(worth)
    best = np.maximum(np.maximum.accumulate(total), 0.0) if len(total) else total
    stop = np.flatnonzero(total < best - PAUSE)
    total = total[: stop[0]] if len(stop) else total
    return int(total.argmax()) + 1 if len(total) and total.max() > 0 else 0


def judge(x: Floats, busy: Floats, hot: Mask, a: int, b: int) -> tuple[int, int] | None:
    """Return a burst's edges against a base rate without itself and without the sure ones, None when that explains it."""
    calm = ~hot
    calm[a:b] = False
    base = find_base(x, busy, calm, local=True)
    a, b = move_edges(x, base, a, b)
    k, m = float(x[a:b].sum()), float(base[a:b].sum())
    if b - a > SLOW_MIN * (k - 1):
        return None
    near = float((x * calm)[max(a - LOCAL, 0) : b + LOCAL].sum())
    spread = 1 / (1 / find_spread(x, base, calm) + 1 / (near + UNSURE))
    return (a, b) if measure_rarity(k, m, spread) >= need(x, b - a) else None


def measure_rarity(k: float, m: float, spread: float) -> float:
    """Return the nats of the chance that k entries or more come where m are expected, at a spread of the rate."""
    from scipy.special import betainc

    return -float(np.log(max(float(betainc(k, spread, m / (m + spread))), 1e-300)))


def need(x: Floats, length: int) -> float:
    """Return the nats by which a burst of a cluster must be rarer than chance, by the places that chance has in a day."""
    places = np.log(max(x.sum() / max(len(x) / DAY_MIN, 1.0), 1.0))
    return float(NEED + places + DRIFT * length)


def find_runs(marked: Mask) -> list[tuple[int, int]]:
    """Return [a, b) of each run of marked places."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], marked.astype(np.int8), [0]])))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _as_burst(minutes: Minutes, base: Floats, a: int, b: int) -> Burst:
    """Return a run of minutes as a burst: from its first entry to its last and a little beyond, half way to any other entry."""
    places = a + np.flatnonzero(minutes.counts[a:b])
    earlier, later = np.flatnonzero(minutes.counts[:a]), b + np.flatnonzero(minutes.counts[b:])
    first, last = float(minutes.first[places[0]]), float(minutes.last[places[-1]])
    count = int(minutes.counts[a:b].sum())
    room = min((last - first) / max(count - 1, 1), EDGE_S)
    start = max(first - room, (float(minutes.last[earlier[-1]]) + first) / 2 if len(earlier) else 0.0)
    end = min(last + room, (last + float(minutes.first[later[0]])) / 2 if len(later) else 60.0 * len(minutes.counts))
    return Burst(start, end, count, count / max(float(base[a:b].sum()), 1e-9))


def _densest(x: Floats) -> int:
    """Return the minute in the middle of the densest three."""
    return int(_around(x, 1).argmax())


def _around(x: Floats, half: int) -> Floats:
    """Return the sum of each place and `half` places on either side."""
    sums = _sums(x)
    places = np.arange(len(x))
    return np.asarray(sums[np.minimum(places + half + 1, len(x))] - sums[np.maximum(places - half, 0)], np.float64)


def _sums(x: Floats) -> Floats:
    return np.concatenate([[0.0], np.cumsum(x)])
