"""Who served when: a revision's life, from what it did and what the platform said."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from lib.core.sentry.trackingstates import NOTHING, Life

STRAGGLING = timedelta(
    seconds=45
)  # a revision's last entries come up to so long after its replacement was ready (measured: 40 s)
BOOT = timedelta(minutes=2)  # a revision that only failed to start is heard for less
NO_PAUSE = 1e-6  # chance that a revision which still serves is silent for as long as others are heard
NO_PAUSE_AFTER_CHANGE = 0.01  # the same after a change of traffic, which makes an end likely


@dataclass(frozen=True)
class Activity:
    """What is known of one revision: its own entries and requests (first, last, how many), and what the platform said of it."""

    revision: str
    requests: int
    own: int
    first: datetime
    last: datetime
    ready: datetime | None = None
    failed: datetime | None = None


def find_lives(
    seen: Sequence[Activity], pulse: pl.DataFrame, traffic: Sequence[datetime], start: datetime, read: datetime | None = None
) -> tuple[Life, ...]:
    """Return each revision's life, in order.

    The first to be seen served since the window's start, unless the platform says since when; read: when what was read begins,
    where that is later: nothing is known of the stretch before. Where nothing marks an end, a
    revision has ended when it is silent for long while others are not.

    Shape:  pulse holds revision, bucket (start of five minutes in epoch seconds) and count.
    """
    requested = any(a.requests for a in seen)
    serving = sorted((a for a in seen if has_served(a, requested)), key=lambda a: (begin_of(a), a.revision))
    lives = [_live(a, serving, pulse, traffic, (start, max(start, read or start))) for a in serving]
    crashed = [
        Life(a.revision, a.first, a.last, served=False, first=a.first, last=a.last) for a in seen if not has_served(a, requested)
    ]
    return tuple(sorted([*lives, *crashed], key=lambda life: (life.start, life.revision)))


def has_served(a: Activity, requested: bool) -> bool:
    """Return whether a revision got as far as serving."""
    return bool(a.requests or a.ready) or (a.failed is None and (not requested or a.last - a.first > BOOT))


def begin_of(a: Activity) -> datetime:
    """Return when a revision began to serve: when it was ready, else with its first entry."""
    return a.ready if a.ready and (not a.requests or a.ready <= a.first + BOOT) else a.first


def _live(
    a: Activity, serving: Sequence[Activity], pulse: pl.DataFrame, traffic: Sequence[datetime], since: tuple[datetime, datetime]
) -> Life:
    start, read = since
    begin, others = begin_of(a), [o for o in serving if o is not a]
    before = [o.last if o.last <= begin else begin for o in others if o.first <= begin]
    unsure = NOTHING if a.ready else begin - max((t for t in before if t <= begin), default=begin)
    if a is serving[0] and not (a.ready and begin == a.ready):
        begin = min(read, a.first)
        unsure = max(begin - start, NOTHING)
    end, end_unsure = _find_end(a, others, pulse, traffic)
    return Life(a.revision, begin, end, unsure, end_unsure, first=a.first, last=a.last)


def _find_end(
    a: Activity, others: Sequence[Activity], pulse: pl.DataFrame, traffic: Sequence[datetime]
) -> tuple[datetime | None, timedelta]:
    """Return when a revision ended, None when it serves still, and how long before it may have been."""
    begin = begin_of(a)
    replaced = [(begin_of(o), bool(o.ready), False) for o in others if begin_of(o) > begin]
    for mark, sure, changed in sorted([*replaced, *((t, True, True) for t in traffic if t > begin)]):
        silent = not changed or chance_of_pause(a, others, pulse, mark) < NO_PAUSE_AFTER_CHANGE
        if a.last <= mark + STRAGGLING and silent:
            return mark, NOTHING if sure else max(mark - a.last, NOTHING)
    return (a.last, NOTHING) if chance_of_pause(a, others, pulse, a.last) < NO_PAUSE else (None, NOTHING)


def chance_of_pause(a: Activity, others: Sequence[Activity], pulse: pl.DataFrame, since: datetime) -> float:
    """Return how often a revision that still serves has no entry since a moment, given how many the others have and its share."""
    names, at = [o.revision for o in others], since.timestamp()
    theirs = pulse.filter(pl.col("revision").is_in(names))
    after = int(theirs.filter(pl.col("bucket") > at)["count"].sum())
    if not after:
        return 1.0
    began = theirs.filter(pl.col("bucket") <= at)["bucket"].min()
    if began is None:
        return 0.5**after
    both = pulse.filter(pl.col("bucket").is_between(began, at))
    mine = int(both.filter(pl.col("revision") == a.revision)["count"].sum())
    share = mine / max(int(both.filter(pl.col("revision").is_in([*names, a.revision]))["count"].sum()), 1)
    return float((1 - share) ** after) if share < 1 else 0.0
