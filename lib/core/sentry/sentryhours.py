"""Sentry's hours against what was logged in them: where fewer events were accepted than a working SDK would have sent."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lib.core.sentry.sentryfacts import LOST, Point

Ints = npt.NDArray[np.int64]

USUAL = 0.9  # accepted of what is logged where all works, until the hours themselves tell: repetitions and filters take the rest
MOST_USUAL = 0.98  # one lost event among many is no outage
CHANCE = 1e-6  # thousands of hours are judged: 0.001 finds outages in healthy services
ENOUGH, CALM = 5, 6  # an hour tells a share from 5 errors on; a service tells its usual share from 6 hours on
HOUR_S = 3600


@dataclass(frozen=True)
class Hours:
    """Sentry's hours, oldest first. start: epoch seconds; logged: errors it should have got; missed: those it did not get."""

    start: Ints
    length: int
    accepted: Ints
    lost: Ints
    filtered: Ints
    logged: Ints
    missed: Ints
    usual: float

    def find(self, seconds: Ints) -> Ints:
        """Return the place of each time's hour, -1 where no hour covers it."""
        place = np.searchsorted(self.start, seconds, side="right") - 1
        inside = (place >= 0) & (seconds < self.start[place] + self.length) if len(self.start) else np.zeros(len(seconds), bool)
        return np.where(inside, place, -1)


def judge_hours(points: Sequence[Point], seconds: Ints, errors: Ints, stretches: bool = False) -> Hours:
    """Return the hours with what they missed; seconds, errors: when errors were logged, and how many.

    stretches: whether something else says that losses come in stretches; then they are not the ordinary, in however many hours.
    """
    points = sorted(points, key=lambda p: p.start)
    start = np.array([int(p.start.timestamp()) for p in points], np.int64)
    length = int(min(np.diff(start), default=HOUR_S)) or HOUR_S
    accepted, lost, filtered = (count_outcomes(points, names) for names in (("accepted",), LOST, ("filtered",)))
    bare = Hours(start, length, accepted, lost, filtered, np.zeros_like(start), np.zeros_like(start), USUAL)
    place = bare.find(seconds)
    logged = np.bincount(place[place >= 0], errors[place >= 0], minlength=len(start)).astype(np.int64)
    usual, ordinary = find_usual(accepted, lost, logged - filtered, stretches)
    missed = count_missed(accepted, lost, np.maximum(logged - filtered, 0), usual, ordinary)
    return Hours(start, length, accepted, lost, filtered, logged, missed, usual)


def count_outcomes(points: Sequence[Point], names: Sequence[str]) -> Ints:
    """Return each hour's events with one of some outcomes."""
    return np.array([sum(p.outcomes.get(n, 0) for n in names) for p in points], np.int64)


def find_usual(accepted: Ints, lost: Ints, expected: Ints, stretches: bool = False) -> tuple[float, bool]:
    """Return the share of logged errors that is usually accepted, and whether lost events belong to the ordinary (sampling)."""
    telling = (expected >= ENOUGH) & (accepted > 0)
    calm = telling & (lost == 0)
    ordinary = bool(not stretches and calm.sum() < CALM and telling.sum() >= 4 * max(calm.sum(), CALM))
    used = telling if ordinary else calm
    if used.sum() < CALM:
        return USUAL, False
    return float(min(np.median(accepted[used] / expected[used]), MOST_USUAL)), ordinary


def count_missed(accepted: Ints, lost: Ints, expected: Ints, usual: float, ordinary: bool) -> Ints:
    """Return how many events each hour missed: none where what was accepted fits, and nothing was counted as lost."""
    dark = find_dark(accepted, expected, lost, usual)
    missed = np.zeros(len(accepted), np.int64)
    for i in np.flatnonzero((expected > 0) | (lost > 0)):
        fits = chance_of(int(accepted[i]), int(expected[i]), usual) > CHANCE
        counted = 0 if ordinary else int(lost[i])
        if dark[i] or not fits or counted:
            gap = int(expected[i]) - round(int(accepted[i]) / usual)
            missed[i] = max(counted, min(gap, int(expected[i])), 1) if dark[i] or not fits else max(counted, 0)
    return missed


def find_dark(accepted: Ints, expected: Ints, lost: Ints, usual: float) -> npt.NDArray[np.bool_]:
    """Return the hours that belong to a run without anything accepted which chance would not make."""
    dark = np.zeros(len(accepted), bool)
    none = np.flatnonzero(accepted == 0)
    for run in np.split(none, np.flatnonzero(np.diff(none) > 1) + 1):
        if len(run) and (1 - usual) ** int(expected[run].sum()) < CHANCE:
            dark[run] = (expected[run] > 0) | (lost[run] > 0)
    return dark


def chance_of(accepted: int, expected: int, usual: float) -> float:
    """Return how often so few of the expected events, or fewer, are accepted where all works."""
    if accepted >= expected:
        return 1.0
    log_factorial = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, expected + 1)))])
    k = np.arange(accepted + 1)
    logs = log_factorial[expected] - log_factorial[k] - log_factorial[expected - k]
    return float(np.exp(logs + k * np.log(usual) + (expected - k) * np.log1p(-usual)).sum())
