"""Which failure clusters hang together: by what they say, by when they come, by lives and by traces."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt
import polars as pl

from lib.core.causes.meetings import FEWEST, SAME_BREATH_S, Meeting, count_close, fisher, is_bound_to_start, keeps_step, measure
from lib.core.causes.occurrences import SECOND, Scene, presence
from lib.core.causes.quotes import quoted_by

SHARE = 0.7  # "nearly every time", with room for entries that a cut export lacks
ALPHA = 1e-4  # for a pair, by chance; fewer for many pairs
LIFE_ALPHA = 1e-3  # for lives, of which there are few
UNORDERED_S = 0.1  # below it the order of two entries says nothing about cause
SAME_STEP_S = 0.02  # closer than two failures that merely share a start
EXCLUSIVE = 0.3  # two failures that meet more often than this are not two ways to the same end
AVERAGE = 0.3  # mean weight between two groups that may merge: no chain of weak links
COMPARED = 150  # clusters whose times are compared, the most frequent: n² pairs of them take about a second


@dataclass(frozen=True)
class Link:
    """Two clusters that hang together. strength: 3 quoted or traced, 2 by time, 1 by lives. `lag_s`: how much later `b` comes."""

    a: int
    b: int
    strength: int
    weight: float
    lag_s: float
    together: int
    of: int
    how: str  # "quote", "trace", "time", "lives", "steps"


@dataclass(frozen=True)
class Found:
    """Groups of clusters, the links that made them, clusters that several groups lead to, and pairs that cannot be told apart."""

    groups: Sequence[Sequence[int]]
    links: Sequence[Link]
    shared: frozenset[int]
    unsure: Sequence[tuple[int, int]]
    lags: Mapping[tuple[int, int], float]


def link_clusters(scene: Scene, texts: Sequence[str], causes: Sequence[int]) -> Found:
    """Return which of the causes hang together. texts: one message of each cluster."""
    here = presence(scene)
    says = quoted_by(texts)
    alone = _traced(scene, causes)
    meetings = list(_meet(scene, causes, says))
    alpha = min(ALPHA, 0.01 / max(1, len(meetings)))
    judge = _Judge(scene, here, {c: is_bound_to_start(scene, c) for c in causes}, says, alpha)
    judged = [(m, judge.link(m)) for m in meetings]
    firm = [*alone, *(link for m, link in judged if link and not _is_loose(m, link))]
    loose = [(m, link) for m, link in judged if link and _is_loose(m, link)]
    led = [m for m in meetings if judge.is_led(m)]
    said = {c for x in firm if x.strength == 3 for c in (x.a, x.b)}  # what is quoted is no line written beside anything
    hosts = {m.host for m in led} - said
    met = {frozenset((m.rare, m.host)): m.met / m.of for m in meetings}
    shared = frozenset(h for h in hosts if _is_shared(h, [m for m in led if m.host == h], causes, firm, met))
    links = [x for x in [*firm, *(link for _, link in loose)] if not shared & {x.a, x.b}]
    hints = {frozenset((m.rare, m.host)): judge.hint(m) for m in meetings}
    groups, used = group([c for c in causes if c not in shared], links, hints)
    lags = {(m.rare, m.host): m.lag_s for m in meetings if m.met} | {(m.host, m.rare): -m.lag_s for m in meetings if m.met}
    lags |= {(x.a, x.b): x.lag_s for x in alone} | {(x.b, x.a): -x.lag_s for x in alone}
    return Found(groups, used, shared, judge.unsure, lags)


def _is_loose(m: Meeting, link: Link) -> bool:
    """A line written beside several different failures joins none of them: such hosts are looked at before they join."""
    return link.strength < 3 and m.back < SHARE and abs(m.lag_s) <= UNORDERED_S


def _traced(scene: Scene, causes: Sequence[int]) -> list[Link]:
    """Link what fails in the same traces: as many as the rarer of the two allows."""
    rows = scene.rows.filter((pl.col("trace") >= 0) & pl.col("cluster").is_in(causes))
    rows = rows.group_by("trace", "cluster").agg(pl.col("ts_us").min())
    count = dict(rows.group_by("cluster").len().iter_rows())
    pairs = rows.join(rows, on="trace").filter(pl.col("cluster") < pl.col("cluster_right"))
    lag = ((pl.col("ts_us_right") - pl.col("ts_us")) / SECOND).median()
    met = pairs.group_by("cluster", "cluster_right").agg(pl.len(), lag.alias("lag")).sort("cluster", "cluster_right").iter_rows()
    sized = ((a, b, n, lag_s, min(count[a], count[b])) for a, b, n, lag_s in met)
    return [Link(a, b, 3, n / of, lag_s, n, of, "trace") for a, b, n, lag_s, of in sized if n >= FEWEST and n >= SHARE * of]


def _meet(scene: Scene, causes: Sequence[int], says: Callable[[int, int], bool]) -> Iterator[Meeting]:
    """Measure every pair that came close often enough, and every pair of which one quotes the other."""
    often = sorted(causes, key=lambda c: (-len(scene.keys[c]), c))[:COMPARED]
    close = count_close(scene, often)
    for i, j in combinations(range(len(often)), 2):
        a, b = often[j], often[i]  # b is the more frequent one
        if close[i, j] and (close[i, j] >= SHARE / 2 * close[j, j] or says(a, b) or says(b, a)):
            yield measure(scene, a, b)


@dataclass
class _Judge:
    """Decides about one meeting after the other; `unsure` collects those that only a healthy life could decide."""

    scene: Scene
    here: npt.NDArray[np.bool_]
    bound: Mapping[int, bool]
    says: Callable[[int, int], bool]
    alpha: float

    def __post_init__(self) -> None:
        self.unsure: list[tuple[int, int]] = []

    def link(self, m: Meeting) -> Link | None:
        """Return the link that a meeting makes."""
        if m.near and (self.says(m.rare, m.host) or self.says(m.host, m.rare)) and m.near >= m.of / 2:
            return self._make(m, 3, m.near, "quote")
        if m.met < FEWEST or m.share < SHARE or m.p > self.alpha:
            return self._by_lives(m)
        if m.back < SHARE and m.lag_s > UNORDERED_S:
            return None  # the host comes later and without it as well: no cause of it
        if not self._is_cautious(m):
            return self._make(m, 2, m.met, "time")
        return self._by_lives(m) or self._by_steps(m)

    def is_led(self, m: Meeting) -> bool:
        """Return whether the rarer one is nearly always followed by the host, which others may lead to as well."""
        sure = m.met >= FEWEST and m.share >= 0.6 and m.p <= self.alpha and m.lag_s >= -UNORDERED_S
        return sure and (not self._at_start(m) or m.lag_s <= 1)

    def hint(self, m: Meeting) -> float:
        """Return what a pair without a link weighs when groups merge: the lives that two clusters of the start share, by half."""
        a, b = self.here[:, m.rare], self.here[:, m.host]
        return 0.5 * float((a & b).sum() / (a | b).sum()) if self._at_start(m) else 0.0

    def _at_start(self, m: Meeting) -> bool:
        return self.bound[m.rare] or self.bound[m.host]  # what keeps near the bound one is bound too

    def _is_cautious(self, m: Meeting) -> bool:
        near = abs(m.lag_s) <= (SAME_STEP_S if self.scene.told else SAME_BREATH_S)  # without starts, steps cannot be compared
        return self._at_start(m) and not (near and m.spread_s <= SAME_BREATH_S)

    def _by_lives(self, m: Meeting) -> Link | None:
        """Both happen at the start: do they happen on the same lives, and are there others?"""
        if not self._at_start(m):
            return None
        a, b = self.here[:, m.rare], self.here[:, m.host]
        both, either = int((a & b).sum()), int((a | b).sum())
        if both < FEWEST or both < 0.6 * either:
            return None
        homes = np.unique(self.scene.services[a | b])
        seen = self.scene.lives & np.isin(self.scene.services, homes)
        lives = int((seen | a | b).sum()) + int(np.isin(self.scene.quiet, homes).sum())
        if fisher(lives, int(a.sum()), int(b.sum()), both) > LIFE_ALPHA:
            return None
        return Link(m.rare, m.host, 1, both / either, m.lag_s, both, lives, "lives")

    def _by_steps(self, m: Meeting) -> Link | None:
        if keeps_step(self.scene, m.rare, m.host):
            return self._make(m, 1, m.met, "steps")
        self.unsure.append((m.rare, m.host))
        return None

    def _make(self, m: Meeting, strength: int, together: int, how: str) -> Link:
        return Link(m.rare, m.host, strength, together / m.of, m.lag_s, together, m.of, how)


# ---- groups


def _is_shared(
    host: int, led: Sequence[Meeting], causes: Sequence[int], links: Sequence[Link], met: Mapping[frozenset[int], float]
) -> bool:
    """Return whether a cluster follows failures that have nothing else in common: each entry of it needs its own cause."""
    ways = [m for m in led if 0.1 <= m.back <= 0.85]
    if len(ways) < 2:
        return False
    groups, _ = group([c for c in causes if c != host], [x for x in links if host not in (x.a, x.b)])
    home = {c: n for n, members in enumerate(groups) for c in members}
    best: dict[int, Meeting] = {}
    for m in sorted(ways, key=lambda m: (-m.back, m.rare)):
        if all(met.get(frozenset((m.rare, o.rare)), 0.0) <= EXCLUSIVE for o in best.values()):
            best.setdefault(home[m.rare], m)
    return len(best) >= 2 and sum(m.back for m in best.values()) >= SHARE


def group(
    clusters: Sequence[int], links: Sequence[Link], hints: Mapping[frozenset[int], float] | None = None
) -> tuple[list[list[int]], list[Link]]:
    """Return groups, and the links that made them, strongest first; two merge only if they hang together on average."""
    home = {c: n for n, c in enumerate(clusters)}
    members = {n: [c] for n, c in enumerate(clusters)}
    weight = dict(hints or {})
    for x in links:
        weight[frozenset((x.a, x.b))] = max(x.weight, weight.get(frozenset((x.a, x.b)), 0.0))
    used = []
    for x in sorted(links, key=lambda x: (-x.strength, -x.weight, x.a, x.b)):
        i, j = sorted((home[x.a], home[x.b]))
        if i == j:
            continue
        total = sum(weight.get(frozenset((p, q)), 0.0) for p in members[i] for q in members[j])
        if x.strength == 3 or total >= AVERAGE * len(members[i]) * len(members[j]):
            members[i] += members.pop(j)
            home.update(dict.fromkeys(members[i], i))
            used.append(x)
    return [sorted(m) for m in members.values()], used
