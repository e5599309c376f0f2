"""Upkeep of the store: what was done last, what it left behind, and what is due again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from lib.core.model import SourceState
from lib.core.wording import count_of

COMPACT_EVERY = timedelta(minutes=10)  # at a commit each few seconds some 100 files: questions do not feel them yet
EVERY = timedelta(hours=1)  # when the settings say nothing else; as long as replaced files are kept
LOOSE_FILES = 16  # fewer small files in one day are not worth a rewrite
LARGE_FILE = 100 * 1024 * 1024  # bytes that joined files grow to
QUICK_FILE = 16 * 1024 * 1024  # the same while entries come in: some 400,000, rewritten within a second, for which they wait


class Duty(StrEnum):
    """What is done beside reading."""

    COMPACT = "compact"
    EXPIRE = "expire"
    COLLECTOR = "collector"


@dataclass(frozen=True)
class Upkept:
    """What upkeep left: the table's files and their bytes before and after, entries removed, replaced files deleted.

    first: the oldest entry that is kept, None when none is.
    """

    files_before: int
    files_after: int
    bytes_before: int
    bytes_after: int
    entries: int
    removed: int = 0
    swept: int = 0
    first: datetime | None = None


@dataclass(frozen=True)
class Chore:
    """A duty as it was last done.

    at:      when it began.
    before:  entries older than this have expired (EXPIRE alone).
    count:   entries removed by it so far (EXPIRE), files that were joined (COMPACT), starts again in a row (COLLECTOR).
    """

    duty: Duty
    at: datetime
    state: SourceState = SourceState.OK
    message: str = ""
    hint: str = ""
    before: datetime | None = None
    count: int = 0


@dataclass(frozen=True)
class Expiry:
    """What is gone: entries older than `before`, as of `at`. What was read later may reach further back."""

    before: datetime
    at: datetime

    def clip(self, first: datetime, started: datetime) -> datetime:
        """Return from when on entries are kept that were read from `first` on, beginning at `started`."""
        return max(first, self.before) if started <= self.at else first


def find_expiry(chores: Mapping[Duty, Chore]) -> Expiry | None:
    """Return what has expired, None when nothing ever did."""
    done = chores.get(Duty.EXPIRE)
    return Expiry(done.before, done.at) if done and done.before else None


def renew_expiry(chores: Mapping[Duty, Chore], before: datetime, now: datetime) -> Chore:
    """Return the expiry to be noted before anything is removed: what went earlier does not come back by keeping more now."""
    old = chores.get(Duty.EXPIRE)
    if old is None or old.before is None:
        return Chore(Duty.EXPIRE, now, before=before)
    return Chore(Duty.EXPIRE, now, before=max(before, old.before), count=old.count)


def find_due(chores: Mapping[Duty, Chore], keep: timedelta | None, now: datetime, every: timedelta = EVERY) -> tuple[Duty, ...]:
    """Return the duties that are due; a clock that was set back makes everything due rather than nothing for years."""
    pauses = {Duty.COMPACT: min(every, COMPACT_EVERY), Duty.EXPIRE: every if keep else None}
    done = {duty: now - chore.at for duty, chore in chores.items()}
    return tuple(d for d, pause in pauses.items() if pause and not (d in done and timedelta(0) <= done[d] < pause))


def whole_days(now: datetime, keep: timedelta) -> datetime:
    """Return the midnight (UTC) up to which entries may go so that none younger than `keep` does: a day is a folder."""
    return (now - keep).astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def say_upkept(done: Upkept) -> str:
    """Return what upkeep left, as a sentence."""
    if not done.files_before:
        return "Nothing was stored yet."
    removed = f" {count_of(done.removed, 'entry', 'entries')} removed." if done.removed else ""
    swept = f" {count_of(done.swept, 'replaced file')} deleted." if done.swept else ""
    return f"{count_of(done.files_before, 'file')} before, {count_of(done.files_after, 'file')} after.{removed}{swept}"
