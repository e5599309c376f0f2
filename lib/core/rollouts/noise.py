"""How much a cluster's rate moves by itself, learned where nothing was deployed.

Inside every deploy window adjacent blocks of equal length are deploys that never were. What their counts differ by beyond chance
is the series' own noise. Over several lengths it shows how long the noise remembers: its law is that of a log rate which wanders
around its mean (variance, memory in minutes). Counts are numpy arrays: clusters down, bins or pairs across.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lib.core.rollouts.placebos import BIN_MIN, Floats, Pairs, Piece, find_placebos

BLOCKS_MIN = (15, 30, 60, 120, 240, 480, 720)  # lengths of a placebo's side
MEMORIES_MIN = np.array([3, 6, 12, 25, 40, 60, 80, 100, 125, 160, 200, 300, 500, 1000, 3000], np.float64)
# A squared surprise counts up to LIMIT, the 99 % point of chi-square: one burst must not pass for noise. MEAN_CUT is the mean
# of min(z * z, LIMIT) for a standard normal z.
LIMIT = 6.63
MEAN_CUT = 0.9816
EFFECT = 9.0  # a real deploy's squared surprise beyond this is taken for an effect, not for noise
USUAL = ((60.0, 0.1, 100.0, 5.0), (480.0, 0.1, 100.0, 5.0))  # without data: block, variance, memory, worth so many good pairs
FLEET_WORTH = 60.0  # good pairs that what is usual in other services is worth at most
OWN_WEIGHT = 8.0  # good pairs that a cluster's own factor is shrunk by at least
PAIR_SPREAD = 2.0  # variance by chance of a factor that rests on one good pair: that of chi-square
CLUMP_WEIGHT = 10.0
LEAST_SPREAD = 0.005  # clusters are never taken to differ by less: a variance
EVEN_MIN = 120.0  # how uneven requests are is seen over blocks so long: shorter ones are noise that the placebos show
CLOCK_WEIGHT = 20.0
CLOCK_RATIO = 0.8  # by minutes a cluster must be so much calmer than by requests to be called the clock's


@dataclass(frozen=True)
class Noise:
    """The law of a service's log rates; each cluster's own are a factor on the variance, and clumps (variance / mean)."""

    variance: float
    memory: float
    factor: Floats
    clump: Floats

    def of_ratio(self, before_min: Floats, after_min: Floats, apart_min: float = 0.0) -> Floats:
        """Return the variance of the log ratio of two windows, [cluster, pair]."""
        moved: Floats = self.variance * drift(before_min, after_min, self.memory, apart_min)
        return self.factor[:, None] * np.atleast_1d(moved)[None, :]


def drift(before_min: Floats | float, after_min: Floats | float, memory: Floats | float, apart_min: float = 0.0) -> Floats:
    """Return the variance of log(mean after / mean before) of two windows, for unit variance and exponential memory."""
    b, a = np.asarray(before_min, np.float64) / memory, np.asarray(after_min, np.float64) / memory
    b, a = np.maximum(b, 1e-6), np.maximum(a, 1e-6)

    def own(t: Floats) -> Floats:
        return np.asarray(2.0 / t * (1.0 + np.expm1(-t) / t))

    common = 2.0 * np.expm1(-b) * np.expm1(-a) / (a * b) * np.exp(-apart_min / np.asarray(memory, np.float64))
    return np.asarray(np.maximum(own(b) + own(a) - common, 0.0))


def solve_noise(pairs: Pairs, clump: Floats, scale: Floats | float = 1.0) -> tuple[float, float]:
    """Return the variance of the log ratio that explains the surprise of pairs, and how many good pairs it rests on.

    scale [pair]: how much more a pair drifts than the one that is asked about.
    """
    variance, distance = pairs.surprise
    use = pairs.total >= 2
    v, d2 = variance[use], distance[use]
    wide = np.broadcast_to
    chance = v * wide(clump[:, None], use.shape)[use]
    extra, scaled = wide(pairs.extra[None, :], use.shape)[use], wide(np.asarray(scale), use.shape)[use]
    weight = (v / (1.0 + 0.1 * v)) ** 2
    fixed, grows = chance + v * v * extra, v * v * scaled

    def excess(w: float) -> float:
        return float((weight * (np.minimum(d2 / (fixed + grows * w), LIMIT) - MEAN_CUT)).sum())

    worth = 0.01 * float(weight.sum())
    if not v.size or excess(0.0) <= 0:
        return 0.0, worth
    low, high = 0.0, 8.0
    for _ in range(18):
        middle = 0.5 * (low + high) if low > 0 else 0.25 * high
        low, high = (middle, high) if excess(middle) > 0 else (low, middle)
    return low, worth


Point = tuple[float, float, float, float]  # minutes before, minutes after, variance of the log ratio, good pairs


def fit_law(points: Sequence[Point]) -> tuple[float, float]:
    """Return the variance and memory whose drift is nearest to the points, each weighed by how sure it is."""
    before, after, seen, worth = (np.array(x) for x in zip(*points, strict=True))
    shape = drift(before[None, :], after[None, :], MEMORIES_MIN[:, None])
    level = np.full(len(MEMORIES_MIN), 0.1)
    for _ in range(4):
        weight = worth / (0.02 + level[:, None] * shape) ** 2
        level = np.maximum((weight * shape * seen).sum(1) / (weight * shape * shape).sum(1), 1e-4)
    # The weights of a law with much noise are small: judge all laws by the same weights, those of what was seen.
    best = int(np.argmin((worth * (seen - level[:, None] * shape) ** 2).sum(1)))
    return float(level[best]), float(MEMORIES_MIN[best])


@dataclass(frozen=True)
class Lesson:
    """What a service's placebos tell before any law is fitted: its pairs by block length, their clumps, and the points."""

    pairs: Mapping[float, Pairs]
    clump: Floats
    points: tuple[Point, ...]


def read_placebos(pieces: Sequence[Piece], clusters: int, units: Sequence[str]) -> list[Lesson]:
    """Return what the placebos inside a service's windows tell, by each unit."""
    if not pieces:
        return [Lesson({}, np.ones(clusters), ()) for _ in units]
    blocks = {block: find_placebos(pieces, block) for block in (BIN_MIN, *BLOCKS_MIN)}
    return [read_pairs({block: found.pairs(unit) for block, found in blocks.items()}) for unit in units]


def read_pairs(pairs: dict[float, Pairs]) -> Lesson:
    """Return what pairs by the length of their blocks tell: those of a bin of clumps, the longer ones of noise."""
    clump = find_clumps(pairs.pop(BIN_MIN))
    return Lesson(pairs, clump, tuple((float(b), float(b), *solve_noise(p, clump)) for b, p in pairs.items()))


def pool(others: Sequence[Lesson]) -> tuple[Point, ...]:
    """Return what is usual among other services, a point a block length, worth little: where a service's own counts are few."""
    points = []
    for block in BLOCKS_MIN:
        told = [(w, min(worth, FLEET_WORTH)) for o in others for b, _, w, worth in o.points if b == block and worth > 0]
        total = sum(worth for _, worth in told)
        if total > 0:
            points.append((float(block), float(block), sum(w * n for w, n in told) / total, min(total, FLEET_WORTH)))
    return tuple(points)


def learn_noise(lesson: Lesson, usual: Sequence[Point], deploys: Pairs, minutes: tuple[Floats, Floats]) -> Noise:
    """Return the noise of a service's clusters from its placebos, what is usual elsewhere, and three or more real deploys."""
    clump = lesson.clump
    points: list[Point] = [(b, b, level * float(drift(b, b, memory)), worth) for b, level, memory, worth in USUAL]
    points += [*usual, *lesson.points]
    level, memory = fit_law(points)
    length = float(np.mean(np.concatenate(minutes))) if minutes[0].size else 0.0
    for _ in range(2):
        if calm := keep_calm(deploys, minutes, clump, (level, memory), length):
            pairs, scale, kept = calm
            seen, worth = solve_noise(pairs, clump, scale)
            level, memory = fit_law([*points, (length, length, seen, worth * (kept - 2) / kept)])
    return Noise(level, memory, find_factors(lesson.pairs, clump, level, memory, len(clump)), clump)


def keep_calm(
    deploys: Pairs, minutes: tuple[Floats, Floats], clump: Floats, law: tuple[float, float], usual: float
) -> tuple[Pairs, Floats, int] | None:
    """Return the real deploys without what looks like an effect, each one's drift beside the usual, and how many remain."""
    level, memory = law
    if usual <= 0:
        return None
    scale = drift(*minutes, memory) / drift(usual, usual, memory)
    variance, distance = deploys.surprise
    width = variance * clump[:, None] + variance**2 * (1.5 * level * drift(*minutes, memory)[None, :] + deploys.extra[None, :])
    calm = distance <= EFFECT * width
    whole = calm.mean(0) > 0.4 if calm.size else np.zeros(0, bool)
    if whole.sum() < 3:
        return None
    kept = calm & whole[None, :]
    left = Pairs(
        np.where(kept, deploys.before, 0.0), np.where(kept, deploys.after, 0.0),
        deploys.exposure_before, deploys.exposure_after, deploys.extra,
    )  # fmt: skip
    return left, scale[None, :], int(whole.sum())


def find_clumps(pairs: Pairs) -> Floats:
    """Return each cluster's variance over mean in adjacent bins, at least 1: some lines come several at a time."""
    variance, distance = pairs.surprise
    over = distance - variance**2 * (0.01 + pairs.extra[None, :])
    return np.asarray(np.maximum(1.0, (CLUMP_WEIGHT + over.sum(1)) / (CLUMP_WEIGHT + variance.sum(1))))


def find_factors(sets: Mapping[float, Pairs], clump: Floats, level: float, memory: float, clusters: int) -> Floats:
    """Return how much noisier each cluster is than the service's usual one, shrunk to 1 where little tells."""
    up, down = np.zeros(clusters), np.zeros(clusters)
    for block in (60, 120):
        if block not in sets:
            continue
        pairs = sets[block]
        variance, distance = pairs.surprise
        noise = variance**2 * level * drift(block, block, memory)
        other = variance * clump[:, None] + variance**2 * pairs.extra[None, :]
        sure = noise / np.maximum(noise + other, 1e-9)
        seen = np.clip((distance - other) / np.maximum(noise, 1e-9), -20.0, 20.0 / np.maximum(sure, 0.05))
        weight = 0.67 * (pairs.total >= 2) * sure**2  # neighbours share a block: each pair is worth two thirds
        up, down = up + (weight * seen).sum(1), down + weight.sum(1)
    return np.maximum(0.1, shrink(up, down))


def shrink(up: Floats, down: Floats) -> Floats:
    """Return each cluster's own factor, up / down, drawn to 1: the more, the less the clusters differ beyond chance.

    down: the good pairs that a factor rests on. How much clusters differ: DerSimonian and Laird's estimate.
    """
    own, sure = up[down > 1.0] / down[down > 1.0], down[down > 1.0] / PAIR_SPREAD
    worth = OWN_WEIGHT
    if own.size >= 3:
        mean = (sure * own).sum() / sure.sum()
        more = (sure * (own - mean) ** 2).sum() - (own.size - 1)
        differ = float(more / (sure.sum() - (sure**2).sum() / sure.sum()))
        worth = max(OWN_WEIGHT, PAIR_SPREAD / max(differ, LEAST_SPREAD))
    return np.asarray((worth + up) / (worth + down))


def find_even_minutes(bins: NDArray[np.int64] | Floats, requests: Floats) -> float | None:
    """Return how many minutes of even requests tell as much as these, None without any: busy hours weigh more than quiet ones.

    bins: the numbers of the bins that hold them, in order.
    """
    if not requests.any():
        return None
    sums = np.add.reduceat(requests, np.flatnonzero(np.diff(bins // (EVEN_MIN / BIN_MIN), prepend=-1.0)))
    return float(EVEN_MIN * sums.sum() ** 2 / (sums**2).sum())


def follows_clock(minutes: Lesson, requests: Lesson) -> NDArray[np.bool_]:
    """Tell which clusters a clock drives, not the requests (a sweep, a heartbeat): by minutes their placebos are calmer."""
    if not minutes.pairs:
        return np.zeros(len(minutes.clump), bool)
    return calmness(minutes.pairs) < CLOCK_RATIO * calmness(requests.pairs)


def calmness(sets: Mapping[float, Pairs]) -> Floats:
    """Return each cluster's mean surprise over an hour or more, 1 when chance explains it."""

    def parts() -> Iterator[tuple[Floats, Floats]]:
        for block in (60, 120, 240):
            variance, distance = sets[block].surprise
            weight = (sets[block].total > 0) / (1.0 + 0.1 * variance)
            cut = np.minimum(distance / np.maximum(variance, 1e-9), 9.0 * (1.0 + 0.1 * variance))
            yield (weight * cut).sum(1), weight.sum(1)

    up, down = (np.sum(x, axis=0) for x in zip(*parts(), strict=True))
    return np.asarray((CLOCK_WEIGHT + up) / (CLOCK_WEIGHT + down))
