"""Groups that never share a container and yet fail in the same stretches of one service: a start that fails, a request that fails."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import polars as pl

from lib.core.linking import SHARE, cause_of
from lib.core.occurrences import SECOND, Floats, Scene

QUIET_S = 1200.0  # failures further apart than this are two stretches
FEWEST_OF_ONE = 3  # entries that make a stretch
MOST_OF_TIME = 0.5  # what fails most of the time coincides with everything
WORD = re.compile(r"[A-Za-z]{5,}")
TELLING_WORDS = 2  # two groups alone share them: one stretch is then enough, otherwise it takes two


@dataclass(frozen=True)
class Twin:
    """Two groups that fail in the same stretches; how many of them, and the words that only the two share."""

    a: tuple[int, ...]
    b: tuple[int, ...]
    stretches: int
    words: tuple[str, ...]

    @property
    def clusters(self) -> frozenset[int]:
        """The clusters of both."""
        return frozenset(self.a + self.b)


def join_twins(groups: Sequence[Sequence[int]], twins: Sequence[Twin]) -> list[list[int]]:
    """Return the groups, twins made one."""
    joined = [set(g) for g in groups]
    for twin in twins:
        touched = [g for g in joined if g & twin.clusters]
        joined = [*(g for g in joined if not g & twin.clusters), set().union(*touched)]
    return sorted(sorted(g) for g in joined)


def find_twins(scene: Scene, groups: Sequence[Sequence[int]], texts: Sequence[str]) -> list[Twin]:
    """Return the pairs of groups whose stretches coincide although their containers differ."""
    home = {c: n for n, g in enumerate(groups) for c in g}
    if not home or scene.rows.is_empty():
        return []
    owner = pl.col("cluster").replace_strict(home, default=-1, return_dtype=pl.Int64).alias("owner")
    rows = scene.rows.with_columns(owner).filter(pl.col("owner") >= 0)
    span = float((scene.rows["ts_us"].max() or 0) - (scene.rows["ts_us"].min() or 0)) / SECOND  # type: ignore[operator, arg-type]
    found = {n: _stretches(part["ts_us"].to_numpy()) for (n,), part in rows.group_by(["owner"])}
    places = {n: _places(part) for (n,), part in rows.group_by(["owner"])}
    words = {n: {w.lower() for c in g for w in WORD.findall(cause_of(texts[c])[:300])} for n, g in enumerate(groups)}
    twins = []
    for a, b in combinations(sorted(n for n, s in found.items() if len(s) and _busy(s) <= MOST_OF_TIME * span), 2):
        (homes_a, units_a), (homes_b, units_b) = places[a], places[b]
        if homes_a != homes_b or len(units_a & units_b) > 0.1 * min(len(units_a), len(units_b)):
            continue  # on shared containers lags have already decided
        stretches = _coincide(found[a], found[b])
        common = {w for w in words[a] & words[b] if sum(w in other for other in words.values()) == 2}
        if stretches >= 2 or (stretches == 1 and len(common) >= TELLING_WORDS):
            twins.append(Twin(tuple(groups[a]), tuple(groups[b]), stretches, tuple(sorted(common))))
    return twins


def _places(part: pl.DataFrame) -> tuple[frozenset[str], frozenset[int]]:
    return frozenset(part["home"].to_list()), frozenset(part["unit"].to_list()) - {-1}


def _stretches(times: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Floats:
    """Return begin and end, in seconds, of the stretches that hold nearly all of the times; none when too many lie alone."""
    at = np.sort(times) / SECOND
    cuts = np.flatnonzero(np.diff(at) > QUIET_S) + 1
    parts = [p for p in np.split(at, cuts) if len(p) >= FEWEST_OF_ONE]
    if sum(map(len, parts)) < 0.9 * len(at):
        return np.zeros((0, 2))
    return np.array([[p[0], p[-1]] for p in parts])


def _busy(stretches: Floats) -> float:
    return float((stretches[:, 1] - stretches[:, 0]).sum())


def _coincide(a: Floats, b: Floats) -> int:
    """Return how many stretches the two share, 0 unless each of them has its counterpart and they cover each other nearly."""
    if len(a) != len(b):
        return 0
    both = np.minimum(a[:, 1], b[:, 1]) - np.maximum(a[:, 0], b[:, 0])
    either = np.maximum(a[:, 1], b[:, 1]) - np.minimum(a[:, 0], b[:, 0])
    return len(a) if bool((both > 0).all()) and both.sum() >= SHARE * either.sum() else 0
