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
CROWD = 3.0  # so many within the window come by themselves
MOST_CHANCE = 0.5  # where one is beside the other half of the time anyway, many occurrences make any small error of the rate "sure"
ALPHA = 1e-4  # for a pair, by chance; fewer for many pairs
LIFE_ALPHA = 1e-3  # for lives, of which there are few
UNORDERED_S = 0.1  # below it the order of two entries says nothing about cause
SAME_STEP_S = 0.02  # closer than two failures that merely share a start
SAME_BREATH_S = 1.0  # so close, a slow container hardly stretches the lag
FEWEST_STEPS = 6  # lives, to compare a lag with made-up ones
STEP_ALPHA, STRETCH_ALPHA = 1e-4, 0.05
EXCLUSIVE = 0.3  # two failures that meet more often than this are not two ways to the same end
AVERAGE = 0.3  # mean weight between two groups that may merge: no chain of weak links
COMPARED = 150  # clusters whose times are compared, the most frequent: n² pairs of them take about a second
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
    how: str  # "quote", "trace", "time", "lives", "steps"


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
    met = {frozenset((m.rare, m.host)): m.met / m.of for m in meetings}
    shared = frozenset(h for h in hosts if _is_shared(h, [m for m in led if m.host == h], causes, firm, met))
    links = [x for x in [*firm, *(link for _, link in loose)] if not shared & {x.a, x.b}]
    hints = {frozenset((m.rare, m.host)): judge.hint(m) for m in meetings}
    groups, used = group([c for c in causes if c not in shared], links, hints)
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
    """Return the part of that after the last wrapper; "" when it is too little to tell."""
    parts = re.split(r"(?<=[\w)\]]): +", cause_of(text)[:500])
    out = parts.pop()
    while parts and len(WORDS.findall(out)) < 3:
        out = f"{parts.pop()}: {out}"
    out = out.strip().rstrip(".")
    return out if len(WORDS.findall(out)) >= 3 and len(out) >= 15 and "://" not in out else ""


def quoted_by(texts: Sequence[str]) -> Callable[[int, int], bool]:
    """Return a function that tells whether b's message holds what a's message says happened; numbers do not matter."""
    raw = [core_of(t) for t in texts]
    cores, plain = ([re.sub(r"\d+", "0", t) for t in several] for several in (raw, texts))

    def says(a: int, b: int) -> bool:
        only_numbers = cores[a] == cores[b] and raw[a] != raw[b]  # answered 502, answered 503: two things, and no quote
        return bool(cores[a]) and not only_numbers and cores[a] in plain[b]

    return says


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
        return Meeting(rare, host, 0, 0, 0, 0, len(kr), 1, 0)
    rate = local_rate(scene, rare, kh)
    looks = [(*densest(lags, w), w) for w in WIDTHS_S]
    p, _, met, k = min((tail(len(kr), m, 1 - math.exp(-rate * w)) * len(lags) * len(WIDTHS_S), -m, m, k) for m, k, w in looks)
    crowded = rate * 2 * WINDOW_S > CROWD  # then a minute's distance says nothing, even of a quote
    near = int((np.abs(lags) <= SAME_BREATH_S).sum()) if crowded else len(lags)
    low, high = (int(x * SECOND) for x in (lags[k], lags[k + met - 1]))
    back = kr.searchsorted(kh - low + 1, side="right") > kr.searchsorted(kh - high - 1)
    return Meeting(rare, host, met / len(kr), float(back.mean()), float(np.median(lags[k : k + met])), met, len(kr), p, near)


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


# ---- on whose lives


def is_bound_to_start(scene: Scene, cluster: int) -> bool:
    """Return whether a cluster comes at much the same time after its container started: then lags alone prove nothing."""
    age = (scene.keys[cluster] - scene.starts[scene.units[cluster]]) / SECOND
    age = age[~np.isnan(age)]
    if len(age) < max(FEWEST, len(scene.keys[cluster]) / 2):
        return False
    middle = float(np.median(age))
    return float(np.percentile(np.abs(age - middle), 75)) <= max(3.0, 0.3 * abs(middle))


def fisher(n: int, a: int, b: int, both: int) -> float:
    """Return how likely two kinds of lives, a and b of n, share as many as `both` by chance."""

    def log_choose(m: int, k: int) -> float:
        return math.lgamma(m + 1) - math.lgamma(k + 1) - math.lgamma(m - k + 1)

    terms = range(max(both, a + b - n), min(a, b) + 1)
    return min(1.0, sum(math.exp(log_choose(a, i) + log_choose(n - a, b - i) - log_choose(n, b)) for i in terms))


def keeps_step(scene: Scene, rare: int, host: int) -> bool:
    """Return whether two clusters of the start keep a steady lag, however late after the start the earlier one comes.

    The lags of real lives are set beside those of made-up ones: the earlier of one life, the later of another. Two failures
    that share only the start do no better on the real ones. Nor do they when a slow container delays all in proportion:
    beyond SAME_BREATH_S the made-up lags are stretched by how slow the earlier one was.
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

    far = float(np.median(lags)) > SAME_BREATH_S
    return likely(mixed) <= STEP_ALPHA and (not far or likely(stretched) <= STRETCH_ALPHA)


def _first_ages(scene: Scene, cluster: int) -> dict[int, float]:
    """Return how many seconds after its start each container wrote the cluster first, where the start is known."""
    units, keys = scene.units[cluster][::-1], scene.keys[cluster][::-1]  # the first one is written last, and stays
    ages = dict(zip(units.tolist(), ((keys - scene.starts[units]) / SECOND).tolist(), strict=True))
    return {u: age for u, age in ages.items() if not math.isnan(age)}


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
        return self._at_start(m) and not near

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
    """Return whether a cluster follows failures that have nothing else in common, so that each entry of it needs its own cause."""
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
    """Return groups, strongest links first, and the links that made them; two groups merge only if they hang together on average."""
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
        mean = sum(weight.get(frozenset((p, q)), 0.0) for p in members[i] for q in members[j]) / (len(members[i]) * len(members[j]))
        if x.strength == 3 or mean >= AVERAGE:
            members[i] += members.pop(j)
            home.update(dict.fromkeys(members[i], i))
            used.append(x)
    return [sorted(m) for m in members.values()], used
