"""Rounds over all sources: the newest of each, then what is older as far as time and quota reach."""

from collections.abc import Callable, Sequence

from lib.collect.chores import Chores
from lib.collect.collector import Collector
from lib.collect.intake import Counts
from lib.collect.timing import Timing

GIVE_UP = 10  # failures in a row after which a single collection ends; the pauses between them grow to a minute
OnRound = Callable[[Sequence[Counts]], None]


def collect(collectors: Sequence[Collector], timing: Timing, on_round: OnRound) -> None:
    """Read every source up to now, once. Errors: the first source's that failed, once the others are read."""
    left = list(collectors)
    while left and not timing.stopped():
        waits = [(one, one.attempt(one.read_older if one.seen else one.read_newest)) for one in left]
        due = [(one, wait) for one, wait in waits if wait is not None and not _gave_up(one)]
        left = [one for one, _ in due]
        if due and (wait := min(wait for _, wait in due)) > 0:
            timing.sleep(wait)
    on_round([one.finish() for one in collectors])
    failed = next((one.trouble for one in collectors if one.trouble is not None), None)
    if failed and not timing.stopped():
        raise failed


def follow(
    collectors: Sequence[Collector], timing: Timing, on_round: OnRound, poll_s: float, chores: Chores | None = None
) -> None:
    """Keep up until stopped; a source that fails is told, and tried again. Chores run beside, each on its own clock."""
    while not timing.stopped():
        started = timing.seconds()
        if chores is not None:
            chores.run_due()
        for one in collectors:
            one.attempt(one.read_newest)
        while not timing.stopped() and (left := poll_s - (timing.seconds() - started)) > 0:
            waits = [wait for one in collectors if (wait := one.attempt(one.read_older)) is not None]
            if not waits or min(waits) >= left:
                break
            if min(waits) > 0:
                timing.sleep(min(waits))
        on_round([one.report() for one in collectors])
        if not timing.stopped() and (left := poll_s - (timing.seconds() - started)) > 0:
            timing.sleep(left)
    on_round([one.finish() for one in collectors])


def _gave_up(one: Collector) -> bool:
    return one.trouble is not None and (one.trouble.permanent or one.record.failures >= GIVE_UP)
