"""Which failure clusters hang together: what one quotes of another, how far apart they come, on whose lives, in which traces."""

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt
import polars as pl

from lib.core.occurrences import SECOND, Floats, Ints, Scene, presence

WINDOW_S = 60.0  # what comes further apart is told by lives, not by lags
WIDTHS_S = (0.02, 0.2, 2.0, 10.0)  # how exactly one follows the other: the same handler, a retry, a shutdown, a timeout
RATE_S = 300.0  # how busy a cluster is, is judged this far to either side
SHARE = 0.7  # "nearly every time", with room for entries that a cut export lacks
FEWEST = 3  # fewer meetings prove nothing
ALPHA = 1e-4  # for a pair, by chance; fewer for many pairs
LIFE_ALPHA = 1e-3  # for lives, of which there are few
UNORDERED_S = 0.1  # below it the order of two entries says nothing about cause
SAME_STEP_S = 0.02  # closer than two failures that merely share a start
AVERAGE = 0.3  # mean weight between two groups that may merge: no chain of weak links
COMPARED = 250  # clusters whose times are compared, the most frequent: n² pairs of them take about a second
WORDS = re.compile(r"[A-Za-z]{2,}")
RAISED = re.compile(r"(?m)^(?:[A-Za-z_][\w.$]*\.)?([A-Z]\w*(?:Error|Exception|Failure|Timeout|Interrupt)\w*: .+)$")


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
    how: str  # "quote", "trace", "time", "lives", "moves"


@dataclass(frozen=True)
class Meeting:
    """How a rarer cluster meets a host. share: of the rarer's occurrences; back: of the host's; lag_s: host minus rarer."""

    rare: int
    host: int
    share: float
    back: float
    lag_s: float
    met: int
    of: int
    p: float
    near: int


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
    causes = [c for c in causes if len(scene.keys[c])]
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
    shared = frozenset(h for h in hosts if _is_shared(h, [m for m in led if m.host == h], causes, firm))
    links = [x for x in [*firm, *(link for _, link in loose)] if not shared & {x.a, x.b}]
    groups, used = group([c for c in causes if c not in shared], links)
    lags = {(m.rare, m.host): m.lag_s for m in meetings if m.met} | {(m.host, m.rare): -m.lag_s for m in meetings if m.met}
    return Found(groups, used, shared, judge.unsure, lags)


def _is_loose(m: Meeting, link: Link) -> bool:
    """A line written beside several different failures joins none of them: such hosts are looked at before they join."""
    return link.strength < 3 and m.back < SHARE and abs(m.lag_s) <= UNORDERED_S


# ---- what they say


def cause_of(text: str) -> str:
    """Return what a message says happened, on one line: of a trace its first exception with its type, else the first line."""
    text = text.replace("\\n", "\n")
    said = RAISED.search(text)
    return said[1] if said and "\n" in text else text.split("\n")[0]


def core_of(text: str) -> str:
    """Return the part of that after the last wrapper, its numbers as 0; "" when it is too little to tell."""
    parts = re.split(r"(?<=[\w)\]]): +", cause_of(text)[:500])
    out = parts.pop()
    while parts and len(WORDS.findall(out)) < 3:
        out = f"{parts.pop()}: {out}"
    out = re.sub(r"\d+", "0", out).strip().rstrip(".")
    return out if len(WORDS.findall(out)) >= 3 and len(out) >= 15 and "://" not in out else ""


def quoted_by(texts: Sequence[str]) -> Callable[[int, int], bool]:
    """Return a function that tells whether b's message holds what a's message says happened; numbers do not matter."""
    cores = [core_of(t) for t in texts]
    plain = [re.sub(r"\d+", "0", t) for t in texts]
    return lambda a, b: bool(cores[a]) and cores[a] in plain[b]


def _traced(scene: Scene, causes: Sequence[int]) -> list[Link]:
    """Link what fails in the same traces: as many as the rarer of the two allows."""
    rows = scene.rows.filter((pl.col("trace") >= 0) & pl.col("cluster").is_in(causes)).select("trace", "cluster").unique()
    count = dict(rows.group_by("cluster").len().iter_rows())
    pairs = rows.join(rows, on="trace").filter(pl.col("cluster") < pl.col("cluster_right"))
    met = pairs.group_by("cluster", "cluster_right").len().sort("cluster", "cluster_right").iter_rows()
    sized = ((a, b, n, min(count[a], count[b])) for a, b, n in met)
    return [Link(a, b, 3, n / of, 0.0, n, of, "trace") for a, b, n, of in sized if n >= FEWEST and n >= SHARE * of]


# ---- when they come


def _meet(scene: Scene, causes: Sequence[int], says: Callable[[int, int], bool]) -> Iterator[Meeting]:
    """Measure every pair that came close often enough, and every pair of which one quotes the other."""
    often = sorted(causes, key=lambda c: (-len(scene.keys[c]), c))[:COMPARED]
    close = _count_close(scene, often)
    for i, j in combinations(range(len(often)), 2):
        a, b = often[j], often[i]  # b is the more frequent one
        if close[i, j] >= max(FEWEST, SHARE * len(scene.keys[a]) / 2) or (close[i, j] and (says(a, b) or says(b, a))):
            yield measure(scene, a, b)


def _count_close(scene: Scene, clusters: Sequence[int]) -> Floats:
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
                part = b[np.searchsorted(b, block[0]) : np.searchsorted(b, block[-1], side="right")]
                marks[np.searchsorted(block, part), n] = 1
            total += marks.T @ marks
        counts.append(total)
    return np.maximum(*counts)


def measure(scene: Scene, rare: int, host: int) -> Meeting:
    """Return how often the rarer of two clusters has the other beside it, how far off, and how likely that is by chance."""
    kr, kh = scene.keys[rare], scene.keys[host]
    lags = nearest(kr, kh) / SECOND
    lags = np.sort(lags[np.abs(lags) <= WINDOW_S])
    if not len(lags):
        return Meeting(rare, host, 0, 0, 0, 0, len(kr), 1, 0)
    rate = local_rate(scene, rare, kh)
    looks = [(*densest(lags, w), w) for w in WIDTHS_S]
    p, _, met, k = min((tail(len(kr), m, 1 - math.exp(-rate * w)) * len(lags) * len(WIDTHS_S), -m, m, k) for m, k, w in looks)
    low, high = (int(x * SECOND) for x in (lags[k], lags[k + met - 1]))
    back = np.searchsorted(kr, kh - low + 1, side="right") > np.searchsorted(kr, kh - high - 1)
    return Meeting(rare, host, met / len(kr), float(back.mean()), float(np.median(lags[k : k + met])), met, len(kr), p, len(lags))


def nearest(at: Ints, others: Ints) -> Ints:
    """Return for each of the sorted places how far the nearest of the others is, signed."""
    j = np.searchsorted(others, at)
    before, after = others[np.maximum(j - 1, 0)] - at, others[np.minimum(j, len(others) - 1)] - at
    return np.where(np.abs(before) < np.abs(after), before, after)


def densest(lags: Floats, width: float) -> tuple[int, int]:
    """Return how many of the sorted lags lie in the fullest window of a width, and the index where it begins."""
    inside = np.searchsorted(lags, lags + width, side="right") - np.arange(len(lags))
    return int(inside.max()), int(inside.argmax())


def local_rate(scene: Scene, cluster: int, others: Ints) -> float:
    """Return how often the others come a second, around a cluster's occurrences."""
    half = np.minimum(RATE_S, scene.lengths[scene.units[cluster]] / 2)
    reach = (half * SECOND).astype(np.int64)
    at = scene.keys[cluster]
    inside = np.searchsorted(others, at + reach, side="right") - np.searchsorted(others, at - reach)
    return float(np.mean(inside / (2 * half)))


def tail(n: int, k: int, chance: float) -> float:
    """Return a bound on P(X >= k) for n tries (Chernoff): never too small."""
    share, chance = k / n, min(max(chance, 1e-9), 0.999)
    if share <= chance:
        return 1.0
    rest = (1 - share) * math.log((1 - share) / (1 - chance)) if share < 1 else 0.0
    return math.exp(-n * (share * math.log(share / chance) + rest))


# ---- on whose lives


def is_bound_to_start(scene: Scene, cluster: int) -> bool:
    """Return whether a cluster comes at much the same time after its container started: then lags alone prove nothing."""
    age = (scene.keys[cluster] - scene.starts[scene.units[cluster]]) / SECOND
    age = age[~np.isnan(age)]
    if len(age) < max(FEWEST, len(scene.keys[cluster]) / 2):
        return False
    middle = float(np.median(age))
    return float(np.percentile(np.abs(age - middle), 75)) <= max(3.0, 0.15 * abs(middle))


def fisher(n: int, a: int, b: int, both: int) -> float:
    """Return how likely two kinds of lives, a and b of n, share as many as `both` by chance."""

    def log_choose(m: int, k: int) -> float:
        return math.lgamma(m + 1) - math.lgamma(k + 1) - math.lgamma(m - k + 1)

    terms = range(max(both, a + b - n), min(a, b) + 1)
    return min(1.0, sum(math.exp(log_choose(a, i) + log_choose(n - a, b - i) - log_choose(n, b)) for i in terms))


def moves_along(scene: Scene, rare: int, host: int) -> bool:
    """Return whether the later of two comes a steady time after the earlier, however late that one was after the start.

    Two failures that share only the start vary each for itself; a slow container delays both in proportion. Neither passes.
    """
    firsts = [dict(zip(scene.units[c][::-1].tolist(), scene.keys[c][::-1].tolist(), strict=True)) for c in (rare, host)]
    both = sorted(u for u in firsts[0].keys() & firsts[1].keys() if not math.isnan(scene.starts[u]))
    if len(both) < 6:
        return False
    x, y = (np.array([f[u] - scene.starts[u] for u in both]) / SECOND for f in firsts)
    early, late = (x, y) if np.median(x) <= np.median(y) else (y, x)
    lag = late - early
    if not (early.std() > UNORDERED_S and lag.std() < 0.5 * early.std() and np.mean(lag) > 0):
        return False
    r = float(np.corrcoef(early, late)[0, 1])
    steady = lag.std() / lag.mean() < 0.5 * early.std() / max(early.mean(), 1e-9)
    return bool(steady and math.atanh(min(r, 0.999999)) * math.sqrt(len(both) - 3) >= 3.3)


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

    def _at_start(self, m: Meeting) -> bool:
        return self.bound[m.rare] and self.bound[m.host]

    def _is_cautious(self, m: Meeting) -> bool:
        lag = abs(m.lag_s)
        return self._at_start(m) and not (lag <= SAME_STEP_S or (lag <= 1 and m.share >= 0.9))

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
        if moves_along(self.scene, m.rare, m.host):
            return self._make(m, 1, m.met, "moves")
        self.unsure.append((m.rare, m.host))
        return None

    def _make(self, m: Meeting, strength: int, together: int, how: str) -> Link:
        return Link(m.rare, m.host, strength, together / m.of, m.lag_s, together, m.of, how)


# ---- groups


def _is_shared(host: int, led: Sequence[Meeting], causes: Sequence[int], links: Sequence[Link]) -> bool:
    """Return whether a cluster follows failures that have nothing else in common, so that each entry of it needs its own cause."""
    if len(led) < 2:
        return False
    groups, _ = group([c for c in causes if c != host], [x for x in links if host not in (x.a, x.b)])
    home = {c: n for n, members in enumerate(groups) for c in members}
    part: dict[int, float] = {}
    for m in led:
        part[home[m.rare]] = max(part.get(home[m.rare], 0.0), m.back)
    parts = [p for p in part.values() if 0.1 <= p <= 0.85]
    return len(parts) >= 2 and sum(parts) >= SHARE


def group(clusters: Sequence[int], links: Sequence[Link]) -> tuple[list[list[int]], list[Link]]:
    """Return groups, strongest links first, and the links that made them; two groups merge only if they hang together on average."""
    home = {c: n for n, c in enumerate(clusters)}
    members = {n: [c] for n, c in enumerate(clusters)}
    weight: dict[frozenset[int], float] = {}
    for x in links:
        weight[frozenset((x.a, x.b))] = max(x.weight, weight.get(frozenset((x.a, x.b)), 0.0))
    used = []
    for x in sorted(links, key=lambda x: (-x.strength, -x.weight, x.a, x.b)):
        i, j = sorted((home[x.a], home[x.b]))
        if i == j:
            continue
        mean = sum(weight.get(frozenset((p, q)), 0.0) for p in members[i] for q in members[j]) / (len(members[i]) * len(members[j]))
        if x.strength == 3 or mean >= AVERAGE:
            members[i] += members.pop(j)
            home.update(dict.fromkeys(members[i], i))
            used.append(x)
    return [sorted(m) for m in members.values()], used
