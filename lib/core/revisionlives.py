"""Who served when: a revision's life, from what it did and what the platform said."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from lib.core.trackingstates import NOTHING, Life

STRAGGLING = timedelta(
    seconds=45
)  # a revision's last entries come up to so long after its replacement was ready (measured: 40 s)
BOOT = timedelta(minutes=2)  # a revision that only failed to start is heard for less
SILENT_PACES, LEAST_SILENCE = 10, timedelta(seconds=60)  # a silence of ten usual pauses is no pause


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

    @property
    def pace(self) -> timedelta:
        """The usual pause between two entries."""
        return (self.last - self.first) / max(self.requests + self.own - 1, 1)


def find_lives(seen: Sequence[Activity], traffic: Sequence[datetime], start: datetime) -> tuple[Life, ...]:
    """Return each revision's life, in order.

    The first to be seen served since the window's start, unless the platform says since when. Where nothing marks an end, a
    revision has ended when it is silent for long while others are not.
    """
    requested = any(a.requests for a in seen)
    serving = sorted((a for a in seen if has_served(a, requested)), key=lambda a: (begin_of(a), a.revision))
    lives = [_live(a, serving, traffic, start) for a in serving]
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


def _live(a: Activity, serving: Sequence[Activity], traffic: Sequence[datetime], start: datetime) -> Life:
    begin, others = begin_of(a), [o for o in serving if o is not a]
    before = [o.last if o.last <= begin else begin for o in others if o.first <= begin]
    unsure = NOTHING if a.ready else begin - max((t for t in before if t <= begin), default=begin)
    if a is serving[0] and not (a.ready and begin == a.ready):
        begin, unsure = min(start, a.first), NOTHING
    end, end_unsure = _find_end(a, others, traffic)
    return Life(a.revision, begin, end, unsure, end_unsure, first=a.first, last=a.last)


def _find_end(a: Activity, others: Sequence[Activity], traffic: Sequence[datetime]) -> tuple[datetime | None, timedelta]:
    """Return when a revision ended, None when it serves still, and how long before it may have been."""
    begin, newest = begin_of(a), max((o.last for o in others), default=None)
    if newest is None:
        return None, NOTHING
    replaced = sorted((begin_of(o), bool(o.ready)) for o in others if begin_of(o) > begin)
    patience = max(SILENT_PACES * a.pace, LEAST_SILENCE)
    for mark, sure in sorted([*replaced, *((t, True) for t in traffic if t > begin)]):
        by_traffic = (mark, sure) not in replaced
        if a.last <= mark + STRAGGLING and (not by_traffic or newest - mark > patience):
            return mark, NOTHING if sure else max(mark - a.last, NOTHING)
    return (a.last, NOTHING) if newest - a.last > patience else (None, NOTHING)
