"""What a live source's state is: how far it is read, how it is doing, and which stretches were read completely."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from lib.core.model import SourceState
from lib.core.wording import say_duration, say_time

LATENESS = timedelta(seconds=90)
"""An entry can come so late; what is younger than this is read again before it counts as read completely."""


class SourceKind(StrEnum):
    """What a live source is."""

    LOGGING = "cloud_logging"
    SENTRY = "sentry"
    HEALTH = "health"


@dataclass(frozen=True)
class SourceRecord:
    """What is known of a live source; whoever reads the source keeps it up to date. `name` is its identity.

    watermark:  up to here everything that the filter takes is stored, but for the backlog; the stretches say exactly.
    newest:     time of the newest entry (or fact) read; it can be younger than the watermark.
    asked:      when it was last asked; succeeded: when it last answered; heartbeat: when its reader was last alive.
    behind:     by how much the watermark lies behind where it could be; None when not known.
    backlog:    how much time before the watermark is still to be read, newest first; None when not known.
    following:  its reader keeps up; False: it read once, so that a heartbeat that is old means nothing bad.
    since:      how far back it shall be read; None: from the first start on.
    message:    how it is doing, in a sentence; hint: what to do, "" when nothing can be done.
    calls:      calls in the last minute, of `quota` allowed (0: no quota).
    read, added, duplicates, no_message, skipped, masked: as in ImportRecord, over all rounds.
    left_out:   what the filter leaves out, in a sentence; "" when nothing is. `filter`: its text as it was sent.
    rounds:     how often it was asked; failures: how often in a row it failed.
    started:    when its reader was started.
    """

    name: str
    kind: SourceKind
    state: SourceState = SourceState.STALE
    message: str = ""
    hint: str = ""
    started: datetime | None = None
    heartbeat: datetime | None = None
    asked: datetime | None = None
    succeeded: datetime | None = None
    since: datetime | None = None
    watermark: datetime | None = None
    newest: datetime | None = None
    behind: timedelta | None = None
    backlog: timedelta | None = None
    following: bool = False
    calls: int = 0
    quota: int = 0
    rounds: int = 0
    failures: int = 0
    read: int = 0
    added: int = 0
    duplicates: int = 0
    no_message: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)
    masked: Mapping[str, int] = field(default_factory=dict)
    filter: str = ""
    left_out: str = ""


@dataclass(frozen=True)
class Stretch:
    """A half-open stretch [start, end) of a source that was read completely, through a filter ("" takes all)."""

    source: str
    start: datetime
    end: datetime
    filter: str = ""


def join_stretches(stretches: Iterable[Stretch]) -> tuple[Stretch, ...]:
    """Return the stretches with those joined that touch or overlap and have the same source and filter, in order."""
    joined: list[Stretch] = []
    for one in sorted(stretches, key=lambda s: (s.source, s.filter, s.start, s.end)):
        last = joined[-1] if joined else None
        if last and (last.source, last.filter) == (one.source, one.filter) and one.start <= last.end:
            joined[-1] = replace(last, end=max(last.end, one.end))
        elif one.start < one.end:
            joined.append(one)
    return tuple(joined)


Span = tuple[datetime, datetime]


def find_missing(stretches: Sequence[Stretch], start: datetime, end: datetime) -> tuple[Span, ...]:
    """Return the half-open parts of [start, end) that no stretch covers, in order."""
    missing, reached = [], start
    for one in sorted(stretches, key=lambda s: s.start):
        if one.end <= max(reached, one.start) or one.start >= end:
            continue
        if one.start > reached:
            missing.append((reached, one.start))
        reached = one.end
    return tuple([*missing, (reached, end)] if reached < end else missing)


@dataclass(frozen=True)
class Reached:
    """How far a source is read completely, by how much that lies behind where it could be, and how much older time is missing."""

    watermark: datetime | None
    behind: timedelta | None
    backlog: timedelta


def find_reach(stretches: Sequence[Stretch], since: datetime, end: datetime) -> Reached:
    """Return how far [since, end) is covered; watermark and behind are None while nothing is."""
    missing = find_missing(stretches, since, end)
    watermark = max((min(s.end, end) for s in stretches if s.start < end), default=None)
    if watermark is None:
        return Reached(None, None, max(end - since, timedelta(0)))
    older = sum((b - a for a, b in missing if b <= watermark), timedelta(0))
    return Reached(watermark, end - watermark, older)


SLOW = timedelta(minutes=3)  # behind by more, and it does not keep up


def say_progress(record: SourceRecord, skew: timedelta, trusted: timedelta) -> tuple[SourceState, str]:
    """Return how a source that answers is doing; skew: by how much its clock is ahead of this machine's."""
    clock = ""
    if abs(skew) > trusted:
        way = "behind" if skew > timedelta(0) else "ahead of"
        clock = f" This machine's clock is {say_duration(abs(skew))} {way} Google's, whose time is used."
    if record.watermark is None:
        return SourceState.STALE, f"The newest entries are shown; the first stretch is being read.{clock}"
    if record.behind is not None and record.behind > SLOW:
        why = f"more arrives than {record.quota} calls a minute can read, or it was away" if record.quota else "it was away"
        return SourceState.STALE, f"Behind by {say_duration(record.behind)}: {why}.{clock}"
    if record.backlog:
        return SourceState.OK, f"The newest is read; {say_duration(record.backlog)} of older time is still to be read.{clock}"
    return SourceState.OK, f"Read completely up to {say_time(record.watermark)}.{clock}"
