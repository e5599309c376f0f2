"""What was told of gaps before, and what later evidence corrected: late entries, a second export, a later answer of Sentry's.

Entries do not carry the import that brought them, so an earlier answer cannot be made again: what was told is kept, a row for
each service, and a new row only where a later answer contradicts it. A gap that goes on, or ends after what was read then, is no
correction.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from lib.core.gaps import Gap
from lib.core.wording import count_of, name_of, say_duration, say_time

LEAST = timedelta(minutes=1)  # of gap time that came or went; less is the unsharpness of an edge


@dataclass(frozen=True)
class ToldGap:
    """A gap as it was told; end None: it went on."""

    cause: str
    start: datetime
    end: datetime | None


@dataclass(frozen=True)
class Telling:
    """What was told of one service's gaps from `since` to `told_at`, from entries within [start, reached)."""

    service: str
    environment: str
    since: datetime
    told_at: datetime
    start: datetime
    reached: datetime
    gaps: tuple[ToldGap, ...] = ()


@dataclass(frozen=True)
class Correction:
    """What an earlier answer said otherwise: [start, end) of it, told up to `told_at`; came, went: gap time more or less."""

    service: str
    environment: str
    told_at: datetime
    start: datetime
    end: datetime
    came: timedelta
    went: timedelta
    sentence: str


def tell(service: str, environment: str, gaps: Iterable[Gap], start: datetime, reached: datetime, now: datetime) -> Telling:
    """Return what is told of a service's gaps now."""
    mine = [g for g in gaps if (g.service, g.environment) == (service, environment)]
    told = tuple(ToldGap(g.cause.value, g.start, g.end) for g in mine)
    return Telling(service, environment, now, now, start, reached, told)


def find_corrections(before: Sequence[Telling], now: Telling) -> tuple[Correction, ...]:
    """Return what later answers corrected, step by step up to now; before: earlier tellings of the same service, oldest first."""
    found = (compare(old, new) for old, new in pairwise([*before, now]))
    return tuple(c for c in found if c is not None)


def keep(before: Sequence[Telling], now: Telling) -> Telling | None:
    """Return the row to be kept: now, in place of the last one where it contradicts nothing; None where nothing changed."""
    if not before:
        return now
    last = before[-1]
    if compare(last, now) is not None:
        return now
    if (last.gaps, last.start, last.reached) == (now.gaps, now.start, now.reached):
        return None
    return replace(now, since=last.since)


def compare(old: Telling, new: Telling) -> Correction | None:
    """Return what a new answer says otherwise about the time that the old one knew, None when nothing."""
    start, end = max(old.start, new.start), min(old.reached, new.reached)
    cuts = {start, end}
    for gap in (*old.gaps, *new.gaps):
        cuts |= {t for t in (gap.start, gap.end) if t is not None and start < t < end}
    came = went = timedelta(0)
    changed: list[datetime] = []
    for a, b in pairwise(sorted(cuts)):
        was, is_now = _covers(old, a), _covers(new, a)
        if was != is_now:
            came, went = (came + (b - a), went) if is_now else (came, went + (b - a))
            changed += [a, b]
    if came + went < LEAST:
        return None
    return Correction(
        new.service,
        new.environment,
        old.told_at,
        changed[0],
        changed[-1],
        came,
        went,
        _say(old, new, changed[0], changed[-1], came, went),
    )


def _covers(telling: Telling, moment: datetime) -> bool:
    return any(g.start <= moment and (g.end is None or moment < g.end) for g in telling.gaps)


def _say(old: Telling, new: Telling, start: datetime, end: datetime, came: timedelta, went: timedelta) -> str:
    parts = [f"{say_duration(span)} {what}" for span, what in ((came, "more in gaps"), (went, "less in gaps")) if span]
    told = f"{count_of(len(old.gaps), 'gap')} told until {say_time(old.told_at)}, {count_of(len(new.gaps), 'gap')} afterwards"
    where = f"between {say_time(start)} and {say_time(end)}"
    return f"{name_of(new.service, new.environment)}: corrected by what was read later, {' and '.join(parts)} {where} ({told})."
