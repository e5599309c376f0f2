"""How likely a silence is by chance, and whether a share of the requests rose: by a series' own noise, not by counting alone."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import log

import numpy as np

from lib.core.compare import History, Lessons, Side, Table, Unit, find_intervals, make_table, read_lessons
from lib.core.rollouts import ratios
from lib.core.rollouts.noise import Point as LawPoint
from lib.core.rollouts.placebos import Piece
from lib.core.success.model import EXCLUDED, UNLIKELY, Needed, Rate

LONGEST_MIN = 7 * 24 * 60.0  # nobody waits longer for a criterion
STEPS = 14  # halvings: to a minute within a week
WORSE = 0.01  # a rise that chance and noise make less often is one
ALLOWED = 0.01  # a share of the requests under which a rise from nothing is excluded
NO_LAW: Mapping[Unit, Sequence[LawPoint]] = dict.fromkeys(Unit, ())


@dataclass(frozen=True)
class Series:
    """Counts of one service by bins, one row for each thing that is counted, and what their placebos tell of noise."""

    names: tuple[str, ...]
    pieces: tuple[Piece, ...]
    lessons: Lessons

    @classmethod
    def of(cls, names: Sequence[str], pieces: Sequence[Piece]) -> "Series":
        """Return a series with its lessons read."""
        history = History(tuple(names), tuple(pieces), ())
        return cls(history.clusters, history.pieces, read_lessons(history))

    def table(self, before: Side, after: Side) -> Table:
        """Return two sides tested."""
        return make_table(History(self.names, self.pieces, ((before, after),)), self.lessons, NO_LAW)


def find_chance(series: Series, before: Side, after: Side) -> float:
    """Return how often the first row would be said no more than it was, at its rate before."""
    return float(ratios.tails(series.table(before, after).counts)[0][0, 0])


def find_needed(series: Series, before: Side, after: Side) -> Needed | None:
    """Return how much more silence would tell, None when a week more would not."""
    rate = _rate(before, after)

    def is_enough(minutes: float) -> bool:
        longer = Side(after.counts, rate * minutes, minutes)
        return find_chance(series, before, longer) < UNLIKELY

    return _search(is_enough, after.minutes, rate)


def compare_share(series: Series, before: Side, after: Side, factor: float, slow_ms: float | None = None) -> Rate:
    """Return one row's share of the requests before and after. slow_ms: what is counted as slow.

    Each share is a series of its own: failures come in bursts, and slow answers do not.
    """
    table = series.table(before, after)
    counts = table.counts
    low, high = find_intervals(counts, np.ones(counts.before.shape, bool))
    excluded = find_excluded(table, after, factor)
    rises = bool(np.log((counts.after[0, 0] + 0.5) / (counts.before[0, 0] + 0.5)) > counts.shift[0, 0])
    b, a = int(counts.before[0, 0]), int(counts.after[0, 0])
    needed = None if excluded < EXCLUDED else find_needed_share(series, before, after, factor)
    ratio = (a / after.requests) / (b / before.requests) if a and b and after.requests and before.requests else None
    bounds = [float(np.exp(x[0, 0])) if ratio is not None else None for x in (low, high)]
    worse = bool(table.p[0, 0] < WORSE and rises)
    return Rate(
        series.names[0],
        b,
        a,
        int(before.requests),
        int(after.requests),
        ratio,
        bounds[0],
        bounds[1],
        worse,
        excluded,
        needed,
        slow_ms,
    )


def find_excluded(table: Table, after: Side, factor: float) -> float:
    """Return how likely so few are had the share risen by the factor, or to what is allowed at all."""
    if not after.requests:
        return 1.0
    from scipy.special import bdtr

    count, requests = float(table.counts.after[0, 0]), int(after.requests)
    seen = count + float(table.counts.before[0, 0]) > 0
    risen = float(ratios.tails(table.counts, log(factor))[0][0, 0]) if seen else 1.0
    return min(risen, float(bdtr(min(count, requests), requests, ALLOWED)))


def find_needed_share(series: Series, before: Side, after: Side, factor: float) -> Needed | None:
    """Return how much more traffic, of which no more fails than before, would exclude a rise; None when a week would not."""
    if not before.requests:
        return None
    if not after.minutes or not after.requests:
        return find_needed_share(series, before, _first_hour(before), factor)
    rate = after.requests / after.minutes

    def is_enough(minutes: float) -> bool:
        more = rate * (minutes - after.minutes)
        grown = Side(np.round(after.counts + before.counts * more / before.requests), after.requests + more, minutes)
        return find_excluded(series.table(before, grown), grown, factor) < EXCLUDED

    return _search(is_enough, after.minutes, rate)


def _first_hour(before: Side) -> Side:
    """Return an hour like those before: what is needed where nothing came yet."""
    part = 60.0 / max(before.minutes, 60.0)
    return replace(before, counts=np.round(before.counts * part), requests=before.requests * part, minutes=60.0, even=None)


def _rate(before: Side, after: Side) -> float:
    """Return the requests a minute to go by: those after, where there are any."""
    side = after if after.requests and after.minutes else before
    return side.requests / side.minutes if side.minutes else 0.0


def _search(is_enough: Callable[[float], bool], minutes: float, rate: float) -> Needed | None:
    low, high = minutes, minutes + LONGEST_MIN
    if not is_enough(high):
        return None
    for _ in range(STEPS):
        middle = 0.5 * (low + high)
        low, high = (low, middle) if is_enough(middle) else (middle, high)
    more = high - minutes
    return Needed(more, rate * more if rate else None)
