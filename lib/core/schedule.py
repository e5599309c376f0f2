"""What is due when: every reading has an interval of its own, and after failures it is tried again, less and less often."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

FIRST_WAIT = timedelta(seconds=30)  # after a first failure that can pass: a server that starts anew is back by then
LONGEST_WAIT = timedelta(hours=1)  # a source that was mended is seen within an hour
SPREAD = 0.1  # readings that began together drift apart by so much of their interval


@dataclass(frozen=True)
class Turn:
    """One reading's place in time. at: when it was last begun, None for never; due: when it comes next, None for at once.

    failures: how often in a row it failed.
    """

    interval: timedelta
    at: datetime | None = None
    due: datetime | None = None
    failures: int = 0


def resume(interval: timedelta, at: datetime | None, failures: int) -> Turn:
    """Return the turn of a reading that another process last began at `at`: it is not asked again before its time."""
    turn = Turn(interval, at, failures=failures)
    return replace(turn, due=at + _pause(turn, False)) if at else turn


def is_due(turn: Turn, now: datetime) -> bool:
    """Tell whether a reading is due. After a clock was set back it is: nobody waits a year for a time that has been."""
    return turn.due is None or now >= turn.due or (turn.at is not None and now < turn.at)


def succeed(turn: Turn, now: datetime, jitter: float) -> Turn:
    """Return the turn after a reading that went well; jitter in [0, 1)."""
    return replace(turn, at=now, due=now + turn.interval * (1 - SPREAD + 2 * SPREAD * jitter), failures=0)


def fail(turn: Turn, now: datetime, jitter: float, permanent: bool) -> Turn:
    """Return the turn after a reading that failed; permanent: trying again soon cannot help. jitter in [0, 1)."""
    failed = replace(turn, at=now, failures=turn.failures + 1)
    return replace(failed, due=now + _pause(failed, permanent) * (0.5 + 0.5 * jitter))


def _pause(turn: Turn, permanent: bool) -> timedelta:
    """Return the time between two tries: doubled with each failure, at most LONGEST_WAIT or the interval, whichever is longer."""
    if not turn.failures:
        return turn.interval
    first = turn.interval if permanent else min(turn.interval, FIRST_WAIT)
    doubled: timedelta = first * 2 ** min(turn.failures - 1, 20)
    return min(doubled, max(LONGEST_WAIT, turn.interval))
