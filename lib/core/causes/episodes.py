"""Groups on different containers that fail in the same stretches of one service: starts that fail, requests that fail."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import polars as pl

from lib.core.causes.linking import SHARE
from lib.core.causes.occurrences import SECOND, Floats, Ints, Scene

QUIET_S = 1200.0  # failures further apart than this are two stretches
MINUTES = 5  # with a failure, that make a stretch
FEWEST_STRETCHES = 2  # one stretch in common is chance: a deploy, a busy hour
MOST_OF_TIME = 0.5  # what fails most of the time coincides with everything


@dataclass(frozen=True)
class Twin:
    """Two groups of clusters that fail in the same stretches, and how many those are."""

    a: tuple[int, ...]
    b: tuple[int, ...]
    stretches: int

    @property
    def clusters(self) -> frozenset[int]:
        """The clusters of both."""
        return frozenset(self.a + self.b)


@dataclass(frozen=True)
class _Course:
    """Where and when a group fails."""

    stretches: Floats
    homes: frozenset[str]
    units: frozenset[int]


def find_twins(scene: Scene, groups: Sequence[Sequence[int]]) -> list[Twin]:
    """Return the pairs of groups whose stretches coincide although their containers differ."""
    home = {c: n for n, g in enumerate(groups) for c in g}
    if len(groups) < 2 or scene.rows.is_empty():
        return []
    owner = pl.col("cluster").replace_strict(home, default=-1, return_dtype=pl.Int64).alias("owner")
    parts = scene.rows.with_columns(owner).filter(pl.col("owner") >= 0).partition_by("owner", as_dict=True)
    times = scene.rows["ts_us"].to_numpy()
    most = MOST_OF_TIME * float(times.max() - times.min()) / SECOND
    courses = {n: _follow(part) for (n,), part in sorted(parts.items())}
    able = [n for n, c in courses.items() if len(c.stretches) >= FEWEST_STRETCHES and np.ptp(c.stretches, axis=1).sum() <= most]
    pairs = ((a, b, _count_common(courses[a], courses[b])) for a, b in combinations(able, 2))
    return [Twin(tuple(groups[a]), tuple(groups[b]), n) for a, b, n in pairs if n >= FEWEST_STRETCHES]


def join_twins(groups: Sequence[Sequence[int]], twins: Sequence[Twin]) -> list[list[int]]:
    """Return the groups, twins made one."""
    joined = [set(g) for g in groups]
    for twin in twins:
        touched = [g for g in joined if g & twin.clusters]
        joined = [*(g for g in joined if not g & twin.clusters), set().union(*touched)]
    return sorted(sorted(g) for g in joined)


def _follow(part: pl.DataFrame) -> _Course:
    return _Course(_find_stretches(part["ts_us"].to_numpy()), frozenset(part["home"]), frozenset(part["unit"]) - {-1})


def _find_stretches(times: Ints) -> Floats:
    """Return begin and end, in seconds, of the stretches that hold nearly all of the times; none when too many lie alone."""
    at = (np.sort(times) - times.min()) / SECOND
    parts = np.split(at, np.flatnonzero(np.diff(at) > QUIET_S) + 1)
    dense = [p for p in parts if len(np.unique(p // 60)) >= MINUTES]
    if sum(map(len, dense)) < 0.9 * len(at):
        return np.zeros((0, 2))
    ends: Floats = np.array([[p[0], p[-1]] for p in dense]) + times.min() / SECOND
    return ends


def _count_common(a: _Course, b: _Course) -> int:
    """Return how many stretches two share: 0 unless each has its counterpart, they nearly cover each other, and places differ."""
    if a.homes != b.homes or len(a.stretches) != len(b.stretches):
        return 0
    if len(a.units & b.units) > 0.1 * min(len(a.units), len(b.units)):
        return 0  # on shared containers lags have already decided
    both = np.minimum(a.stretches[:, 1], b.stretches[:, 1]) - np.maximum(a.stretches[:, 0], b.stretches[:, 0])
    either = np.maximum(a.stretches[:, 1], b.stretches[:, 1]) - np.minimum(a.stretches[:, 0], b.stretches[:, 0])
    return len(both) if bool((both > 0).all()) and both.sum() >= SHARE * either.sum() else 0
