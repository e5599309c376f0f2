"""Do failures favour the times when nobody could see? Episodes against gaps, with a test that clumped failures cannot fool.

Bursts that follow each other within half an hour are one episode: one cause makes many bursts. It counts once, by its middle. Two
tests are joined: the binomial one of episodes against the gaps' share of the time, and a shift of all bursts around the clock,
which keeps their clumps. Time in which failures could not even be logged is left out. The answer is about time; it never says
"causes".
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from math import comb, inf

import numpy as np
import numpy.typing as npt

from lib.core.lags import Lag, find_lag
from lib.core.sentry.delivery import find_interval

Span = tuple[float, float]
Floats = npt.NDArray[np.float64]

APART_S = 1800.0  # bursts closer than this belong to one episode
ALPHA = 0.05
BOTH = 0.3  # weight of the shift beside the binomial test: with few gaps a shift alone is seldom rare, and the pair is strict
ALONE = 0.8  # level of the shift alone, as a part of ALPHA; pair and shift together hold ALPHA (tests/bench/association.py)
SHIFTS = 2000  # places around the clock; more change nothing
LEAST_EPISODES, LEAST_BURSTS = 2, 3
NO_CONTRAST = (0.05, 0.95)  # gaps' share of the time below or above which nothing can be compared


class Answer(StrEnum):
    """What can be said."""

    ASSOCIATED = "associated"
    NOT_SHOWN = "not shown"
    CANNOT_TELL = "cannot be told"


@dataclass(frozen=True)
class Association:
    """What was compared: `inside` of `episodes` in gaps that make up `share` of the time; the odds ratio with its 95 % interval.

    p: of both tests together; shift_p: of the shift; q: p after Benjamini-Hochberg over services. None where nothing was tested.
    lag: which of both begins first, None where neither does so more than chance makes it.
    """

    answer: Answer
    episodes: int = 0
    inside: int = 0
    share: float = 0.0
    odds_ratio: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    q: float | None = None
    shift_p: float | None = None
    lag: Lag | None = None


def associate(gaps: Sequence[Span], bursts: Sequence[Span], window: Span, unheard: Sequence[Span] = ()) -> Association:
    """Return what one service's bursts have to do with its gaps, before the correction over services.

    Units:  seconds. gaps: when failures were logged and nobody was told; unheard: when they could not be logged or read.
    """
    axis = Axis(window, merge(unheard))
    blind = axis.place(subtract(merge(gaps), axis.holes))
    share = sum(b - a for a, b in blind) / axis.length if axis.length else 0.0
    middles = axis.middles(find_episodes(bursts))
    n, k = len(middles), count_inside(blind, middles)
    single = axis.middles(bursts)
    bare = Association(Answer.CANNOT_TELL, n, k, share)
    if not blind:
        return Association(Answer.NOT_SHOWN, n, k, share)
    if n < LEAST_EPISODES or len(single) < LEAST_BURSTS or not NO_CONTRAST[0] <= share <= NO_CONTRAST[1]:
        return bare
    shift_p = shift_tail(blind, single, axis.length)
    p = combine(binomial_tail(k, n, share), shift_p)
    ratio, low, high = odds_ratio(k, n, share)
    lag = find_lag([a for a, _ in blind], axis.onsets(bursts), axis.length)
    return Association(judge(p), n, k, share, ratio, low, high, p, p, shift_p, lag)


def correct(found: Sequence[Association]) -> list[Association]:
    """Return associations with q (Benjamini-Hochberg over those that were tested) and the answers that stand it."""
    tested = sorted((i for i, one in enumerate(found) if one.p is not None), key=lambda i: found[i].p or 0.0)
    adjusted: dict[int, float] = {}
    least = 1.0
    for rank in range(len(tested), 0, -1):
        i = tested[rank - 1]
        least = min(least, (found[i].p or 0.0) * len(tested) / rank)
        adjusted[i] = least
    return [replace(one, q=adjusted[i], answer=judge(adjusted[i])) if i in adjusted else one for i, one in enumerate(found)]


def judge(q: float) -> Answer:
    """Return the answer at a corrected p."""
    return Answer.ASSOCIATED if q <= ALPHA else Answer.NOT_SHOWN


def combine(binomial: float, shift: float) -> float:
    """Return one p of both tests: they agree, or the shift is rare by itself, as where bursts fill a gap and are few episodes."""
    return min(1.0, max(binomial, BOTH * shift), shift / ALONE)


def pool(found: Sequence[Association]) -> Association:
    """Return the answer over all services that were tested: their episodes together, each against its own service's share."""
    tested = [one for one in found if one.p is not None]
    episodes, k = sum(one.episodes for one in tested), sum(one.inside for one in tested)
    if not tested or not episodes:
        told = Answer.CANNOT_TELL if any(one.answer is Answer.CANNOT_TELL for one in found) else Answer.NOT_SHOWN
        share = max((one.share for one in found), default=0.0)
        return Association(told, sum(one.episodes for one in found), sum(one.inside for one in found), share)
    chances = np.ones(1)
    for one in tested:
        mine = np.array(
            [comb(one.episodes, i) * one.share**i * (1 - one.share) ** (one.episodes - i) for i in range(one.episodes + 1)]
        )
        chances = np.convolve(chances, mine)
    share = sum(one.share * one.episodes for one in tested) / episodes
    shift_p = min(1.0, len(tested) * min(1.0 if one.shift_p is None else one.shift_p for one in tested))
    p = combine(float(chances[k:].sum()), shift_p)
    ratio, low, high = odds_ratio(k, episodes, share)
    return Association(judge(p), episodes, k, share, ratio, low, high, p, p, shift_p)


def find_episodes(bursts: Sequence[Span]) -> list[Span]:
    """Return bursts with those less than APART_S apart joined, in order."""
    episodes: list[Span] = []
    for a, b in sorted(bursts):
        if episodes and a - episodes[-1][1] < APART_S:
            episodes[-1] = (episodes[-1][0], max(episodes[-1][1], b))
        else:
            episodes.append((a, b))
    return episodes


def binomial_tail(k: int, n: int, share: float) -> float:
    """Return how often at least k of n episodes fall into gaps by chance."""
    return min(1.0, float(sum(comb(n, i) * share**i * (1 - share) ** (n - i) for i in range(k, n + 1))))


def shift_tail(blind: Sequence[Span], middles: Floats, length: float) -> float:
    """Return the part of all shifts around the clock that put at least as many episodes into gaps, the real one too."""
    observed = count_inside(blind, middles)
    moves = np.arange(SHIFTS) * (length / SHIFTS)
    moved = (middles[None, :] + moves[:, None]) % length
    counts = np.zeros(SHIFTS, np.int64)
    for a, b in blind:
        counts += ((moved >= a) & (moved < b)).sum(axis=1)
    return float(np.mean(counts >= observed))


def odds_ratio(k: int, n: int, share: float) -> tuple[float | None, float | None, float | None]:
    """Return by what factor the odds of an episode are raised inside gaps, with its interval; None for what has no bound."""
    odds = share / (1 - share)
    low, high = find_interval(k, n)
    return _odds((k + 0.5) / (n + 1), odds), _odds(low, odds), _odds(high, odds)


def _odds(part: float, odds: float) -> float | None:
    ratio = part / (1 - part) / odds if part < 1 - 1e-9 else inf
    return None if ratio == inf else ratio


def count_inside(blind: Sequence[Span], middles: Floats) -> int:
    """Return how many middles lie in blind spans."""
    return int(sum(((middles >= a) & (middles < b)).sum() for a, b in blind))


@dataclass(frozen=True)
class Axis:
    """The time in which failures could be logged, without its holes, from 0 to length."""

    window: Span
    holes: tuple[Span, ...]

    @property
    def length(self) -> float:
        """Seconds that count."""
        return self._at(self.window[1])

    def _at(self, moment: float) -> float:
        """Return where a moment lies; all of a hole lies at one place."""
        start, end = self.window
        moment = min(max(moment, start), end)
        lost = sum(max(0.0, min(b, moment) - max(a, start)) for a, b in self.holes)
        return moment - start - lost

    def place(self, spans: Sequence[Span]) -> list[Span]:
        """Return spans on the axis, without those of no length."""
        placed = [(self._at(a), self._at(b)) for a, b in spans]
        return [(a, b) for a, b in placed if b > a]

    def onsets(self, bursts: Sequence[Span]) -> list[float]:
        """Return where bursts begin on the axis."""
        return [self._at(a) for a, _ in bursts if self.window[0] < a < self.window[1]]

    def middles(self, episodes: Sequence[Span]) -> Floats:
        """Return the middle of each episode on the axis."""
        start, end = self.window
        inside = [(a, b) for a, b in episodes if b > start and a < end]
        return np.array([self._at((max(a, start) + min(b, end)) / 2) for a, b in inside], np.float64)


def merge(spans: Sequence[Span]) -> tuple[Span, ...]:
    """Return spans disjoint and in order."""
    merged: list[Span] = []
    for a, b in sorted(spans):
        if merged and a <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], b))
        elif b > a:
            merged.append((a, b))
    return tuple(merged)


def subtract(spans: Sequence[Span], holes: Sequence[Span]) -> list[Span]:
    """Return spans without the holes; both disjoint and in order."""
    left = []
    for a, b in spans:
        at = a
        for p, q in holes:
            if q > at and p < b:
                left.append((at, p))
                at = q
        left.append((at, b))
    return [(a, b) for a, b in left if b > a]
