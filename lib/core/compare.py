"""Before and after: for every cluster of a deploy, or of any two windows, whether it is new, gone, more, fewer or the same."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from lib.core.rollouts import ratios
from lib.core.rollouts.noise import Lesson, Noise, Point, follows_clock, learn_noise, pool, read_placebos
from lib.core.rollouts.placebos import Floats, Pairs, Piece, make_pairs
from lib.core.rollouts.ratios import Counts

SAFETY = 1.4  # on the noise's variance: what is learned from few windows is too little more often than too much
FALSE_SHARE = 0.01  # of what is called a change may be none, for each deploy
SAME = np.log(3.0)  # "same" excludes a change by this much
DETECT_Z = 3.9  # p of 0.002 (3.1) with 8 chances in 10 (0.8)
MOST_FACTOR = 1000.0  # a smallest change beyond this is "none"


class Change(StrEnum):
    """What became of a cluster."""

    NEW = "new"
    GONE = "gone"
    MORE = "more"
    FEWER = "fewer"
    SAME = "same"
    NOT_ENOUGH = "not enough data"


FOUND = (Change.NEW, Change.GONE, Change.MORE, Change.FEWER)


class Unit(StrEnum):
    """What a cluster's count is measured against."""

    REQUESTS = "requests"
    MINUTES = "minutes"


class Missing(StrEnum):
    """What would be needed to tell."""

    NOTHING = ""
    ENTRIES = "entries"
    TIME = "time"
    COLLECTION = "collection"


@dataclass(frozen=True)
class Side:
    """What was counted in one window: counts by cluster, requests, and the minutes that were read.

    even: how many minutes would tell as much, were the requests even; None when it is not known. See noise.find_even_minutes.
    """

    counts: Floats
    requests: float
    minutes: float
    even: float | None = None

    @property
    def lasts(self) -> float:
        """Return the minutes over which its requests average the noise."""
        return self.minutes if self.even is None else min(self.minutes, self.even)


@dataclass(frozen=True)
class History:
    """One service in one environment: its clusters, its windows by bins, and the pairs of sides to compare.

    apart: minutes between the two windows of each pair; the longer, the less they have in common.
    """

    clusters: tuple[str, ...]
    pieces: tuple[Piece, ...]
    pairs: tuple[tuple[Side, Side], ...]
    apart: float = 0.0


@dataclass(frozen=True)
class Compared:
    """One cluster before and after.

    ratio, low, high: of the rates, with its 95 % interval; None where a side is empty or nothing was asked for.
    visible: the smallest factor that could be seen with so much, None when none could.
    missing: what would be needed where the answer is "not enough data".
    """

    cluster: str
    before: int
    after: int
    exposure_before: float
    exposure_after: float
    unit: Unit
    ratio: float | None
    low: float | None
    high: float | None
    p: float | None
    q: float | None
    change: Change
    visible: float | None
    missing: Missing


@dataclass(frozen=True)
class Table:
    """All pairs of a service as arrays [cluster, pair]."""

    counts: Counts
    by_clock: Floats
    exposure_before: Floats
    exposure_after: Floats
    p: Floats
    q: Floats
    heard: Floats  # [pair]: 1 where both sides were heard at all


def compare_services(histories: Sequence[History], *, every_interval: bool = True) -> list[list[tuple[Compared, ...]]]:
    """Return what compare_service does for each service; where its own noise is little known, the others' counts a little."""
    lessons = [read_lessons(h) for h in histories]
    usual = [{unit: pool([x[unit] for j, x in enumerate(lessons) if j != i]) for unit in Unit} for i in range(len(lessons))]
    return [
        compare_service(h, lesson, fleet, every_interval=every_interval)
        for h, lesson, fleet in zip(histories, lessons, usual, strict=True)
    ]


Lessons = Mapping[Unit, Lesson]


def read_lessons(history: History) -> Lessons:
    """Return what a service's placebos tell, by requests and by minutes."""
    return dict(zip(Unit, read_placebos(history.pieces, len(history.clusters), tuple(Unit)), strict=True))


def compare_service(
    history: History, lessons: Lessons, usual: Mapping[Unit, Sequence[Point]], *, every_interval: bool = True
) -> list[tuple[Compared, ...]]:
    """Return the clusters of each pair, in the order of history.clusters; those that neither side holds are left out.

    every_interval: False computes intervals only for what changed; the answers are the same.
    """
    if not history.pairs or not history.clusters:
        return [() for _ in history.pairs]
    table = make_table(history, lessons, usual)
    words = judge(table)
    asked = (table.counts.before + table.counts.after > 0) & (every_interval | np.isin(words, FOUND))
    low, high = find_intervals(table.counts, asked)
    seen = table.counts.before + table.counts.after > 0
    return [
        tuple(describe(table, words, low, high, history.clusters, int(c), pair) for c in np.flatnonzero(seen[:, pair]))
        for pair in range(len(history.pairs))
    ]


def make_table(history: History, lessons: Lessons, usual: Mapping[Unit, Sequence[Point]]) -> Table:
    """Return every pair tested: exposures by what drives each cluster, noise learned from the service's own windows."""
    sides = [np.array([s.counts for s in side], np.float64).T for side in zip(*history.pairs, strict=True)]
    requests, minutes, lasting = (_exposures(history.pairs, name) for name in ("requests", "minutes", "lasts"))
    lasted = {Unit.REQUESTS: lasting, Unit.MINUTES: minutes}
    clock = follows_clock(lessons[Unit.MINUTES], lessons[Unit.REQUESTS]) | bool(requests[0].sum() + requests[1].sum() == 0)
    chosen = np.broadcast_to(clock[:, None], sides[0].shape)
    shift, variance = np.zeros(sides[0].shape), np.zeros(sides[0].shape)
    before, after = np.zeros(sides[0].shape), np.zeros(sides[0].shape)
    for unit, mine in ((Unit.REQUESTS, ~chosen), (Unit.MINUTES, chosen)):
        if mine.any():
            pairs = make_pairs(sides[0], sides[1], requests, minutes, unit)
            noise = learn_noise(lessons[unit], usual[unit], pairs, lasted[unit])
            first, second = np.maximum(pairs.exposure_before, 0.5), np.maximum(pairs.exposure_after, 0.5)
            wide = spread(noise, pairs, (first, second), lasted[unit], history.apart)
            shift, variance = np.where(mine, np.log(second / first), shift), np.where(mine, wide, variance)
            before, after = np.where(mine, pairs.exposure_before, before), np.where(mine, pairs.exposure_after, after)
    counts = Counts(sides[0], sides[1], shift, variance)
    p = ratios.p_values(counts)
    heard = np.array([_heard(a) and _heard(b) for a, b in history.pairs], np.float64)
    able = (ratios.least_p(counts) <= FALSE_SHARE) & (heard > 0)
    q = np.stack([ratios.control_false(p[:, i], able[:, i], FALSE_SHARE) for i in range(p.shape[1])], axis=1)
    return Table(counts, chosen.astype(np.float64), before, after, p, q, heard)


def spread(noise: Noise, pairs: Pairs, exposures: tuple[Floats, Floats], minutes: tuple[Floats, Floats], apart: float) -> Floats:
    """Return the variance of each log ratio beyond what single entries explain: noise, the exposures' own, and clumps."""
    first, second = exposures
    even = pairs.total * (first * second / (first + second) ** 2)
    clumps = (noise.clump[:, None] - 1.0) / np.maximum(even, 0.25)
    return np.asarray(SAFETY * noise.of_ratio(*minutes, apart) + pairs.extra + clumps)


def _exposures(pairs: Sequence[tuple[Side, Side]], name: str) -> tuple[Floats, Floats]:
    first, second = (np.array([getattr(s, name) for s in side], np.float64) for side in zip(*pairs, strict=True))
    return first, second


def _heard(side: Side) -> bool:
    """Tell whether a side was collected and alive: a window without any entry of its revision shows nothing."""
    return side.minutes > 0 and side.counts.sum() + side.requests > 0


def judge(table: Table) -> np.ndarray:
    """Return what became of each cluster, [cluster, pair]."""
    c = table.counts
    rises = np.log((c.after + 0.5) / (c.before + 0.5)) > c.shift
    found = np.where(
        rises, np.where(c.before == 0, Change.NEW, Change.MORE), np.where(c.after == 0, Change.GONE, Change.FEWER)
    )  # fmt: skip
    above_third = ratios.tails(c, -SAME)[1] < 0.025
    below_triple = ratios.tails(c, SAME)[0] < 0.025
    words = np.where(table.q < FALSE_SHARE, found, np.where(above_third & below_triple, Change.SAME, Change.NOT_ENOUGH))
    return np.where(table.heard[None, :] > 0, words, Change.NOT_ENOUGH)


def find_intervals(c: Counts, asked: np.ndarray) -> tuple[Floats, Floats]:
    """Return the bounds of the log ratios asked for, NaN elsewhere."""
    low, high = np.full(c.before.shape, np.nan), np.full(c.before.shape, np.nan)
    if asked.any():
        mine = Counts(c.before[asked], c.after[asked], c.shift[asked], c.variance[asked])
        low[asked], high[asked] = ratios.intervals(mine)
    return low, high


def describe(table: Table, words: np.ndarray, low: Floats, high: Floats, clusters: Sequence[str], c: int, pair: int) -> Compared:
    """Return one cell of the table as a value."""
    counts, heard = table.counts, bool(table.heard[pair])
    before, after = int(counts.before[c, pair]), int(counts.after[c, pair])
    first, second = float(table.exposure_before[c, pair]), float(table.exposure_after[c, pair])
    change = Change(words[c, pair])
    visible = find_visible(before + after, float(counts.shift[c, pair]), float(counts.variance[c, pair])) if heard else None
    missing = Missing.NOTHING
    if change is Change.NOT_ENOUGH:
        missing = find_missing(counts, c, pair) if heard else Missing.COLLECTION
    return Compared(
        cluster=clusters[c],
        before=before,
        after=after,
        exposure_before=first,
        exposure_after=second,
        unit=Unit.MINUTES if table.by_clock[c, pair] else Unit.REQUESTS,
        ratio=(after / second) / (before / first) if before and first and second else None,
        low=_bound(low[c, pair]) if heard else None,
        high=_bound(high[c, pair]) if heard else None,
        p=float(table.p[c, pair]) if heard else None,
        q=float(table.q[c, pair]) if heard else None,
        change=change,
        visible=visible,
        missing=missing,
    )


def _bound(log_ratio: float) -> float | None:
    return float(np.exp(log_ratio)) if log_ratio < np.inf and not np.isnan(log_ratio) else None


def find_visible(total: int, shift: float, variance: float) -> float | None:
    """Return the smallest factor that would be found 8 times in 10 with so many entries, None when none would."""
    share = 1.0 / (1.0 + np.exp(-shift))
    counting = 1.0 / max(total * share * (1.0 - share), 1e-9)
    factor = float(np.exp(DETECT_Z * np.sqrt(variance + counting))) if variance + counting < 10 else np.inf
    return factor if factor <= MOST_FACTOR else None


def find_missing(counts: Counts, c: int, pair: int) -> Missing:
    """Return what is missing: time, where the rate's own noise over such windows hides more than counting does; else entries."""
    return Missing.TIME if counts.variance[c, pair] > counts.chance[c, pair] else Missing.ENTRIES
