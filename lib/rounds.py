"""Sentry's facts and health documents, each read on its own clock: whoever keeps up calls `run_due` every few seconds."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import random
from threading import Thread

from lib import wiring
from lib.core.collecting import SourceKind, SourceRecord
from lib.core.masks.text import mask_text
from lib.core.model import SourceState
from lib.core.schedule import Turn, fail, is_due, resume, succeed
from lib.core.wording import count_of
from lib.errors import BlindspotError
from lib.wiring import Workspace

SENTRY = "Sentry"
HEALTH = "health document of "
OVERLAP = timedelta(hours=3)  # Sentry still counts events into hours that were read
FIRST_WINDOW = timedelta(days=7)  # while nothing is stored that could say more
Jitter = Callable[[], float]


@dataclass(frozen=True)
class Outcome:
    """What became of one reading: how it is doing now, in a sentence, and what to do."""

    name: str
    state: SourceState
    message: str
    hint: str = ""


@dataclass
class Clocks:
    """When each reading comes next; kept by whoever calls `run_due`, in the memory of its process."""

    turns: dict[str, Turn] = field(default_factory=dict)


def run_due(space: Workspace, now: datetime, clocks: Clocks, jitter: Jitter = random) -> list[Outcome]:
    """Read what is due, keep what it says and how it went, and return that; [] when nothing was due.

    A reading that fails costs itself alone, is told as its outcome and in the state's record, and comes again.
    Errors: StoreError when the state cannot be written.
    """
    outcomes = []
    for name, interval in find_readings(space).items():
        turn = clocks.turns.get(name) or _resume(space, name, interval)
        if is_due(turn, now):
            outcome, clocks.turns[name] = _read(space, name, now, turn, jitter)
            outcomes.append(outcome)
        else:
            clocks.turns[name] = turn
    return outcomes


class Beside:
    """Runs what is due in a thread of its own, one round at a time: asking Sentry can take minutes, new entries cannot wait.

    The thread ends with its process; what it had not read by then is read after the next start.
    """

    def __init__(self, space: Workspace, clocks: Clocks | None = None, jitter: Jitter = random) -> None:
        self.space, self.clocks, self.jitter = space, clocks or Clocks(), jitter
        self.thread: Thread | None = None
        self.done: list[Outcome] = []
        self.trouble: BlindspotError | None = None

    def tend(self, now: datetime) -> list[Outcome]:
        """Begin a round unless one is under way; return what became of the last one, once. Errors: its StoreError."""
        if self.thread is not None and self.thread.is_alive():
            return []
        done, trouble = self.done, self.trouble
        self.done, self.trouble = [], None
        if trouble:
            self.thread = None
            raise trouble
        self.thread = Thread(target=self._run, args=(now,), name="rounds", daemon=True)
        self.thread.start()
        return done

    def wait(self, at_most_s: float) -> list[Outcome]:
        """Wait for the round that is under way; return what became of it."""
        if self.thread is not None:
            self.thread.join(at_most_s)
        done, self.done = self.done, []
        return done

    def _run(self, now: datetime) -> None:
        try:
            self.done = run_due(self.space, now, self.clocks, self.jitter)
        except BlindspotError as e:
            self.trouble = e


def find_readings(space: Workspace) -> dict[str, timedelta]:
    """Return what is set to be read, and how often; a section that cannot be used is read too, so that its error is told."""
    settings = space.ports.settings
    readings = {}
    if settings.sentry.organization or settings.trouble_of("sentry"):
        readings[SENTRY] = settings.sentry.interval
    return readings | {f"{HEALTH}{service}": settings.health.interval for service in sorted(settings.health.urls)}


def _resume(space: Workspace, name: str, interval: timedelta) -> Turn:
    record = _record_of(space, name)
    return resume(interval, record.asked, record.failures)


def _read(space: Workspace, name: str, now: datetime, turn: Turn, jitter: Jitter) -> tuple[Outcome, Turn]:
    record = replace(_record_of(space, name), asked=now, heartbeat=now)
    try:
        told = _read_sentry(space, now) if name == SENTRY else _read_health(space, name.removeprefix(HEALTH), now)
    except BlindspotError as e:
        outcome = Outcome(name, SourceState.FAILING, mask_text(e.message), mask_text(e.hint))
        turn, record = fail(turn, now, jitter(), e.permanent), replace(record, failures=record.failures + 1)
    else:
        outcome, turn = replace(told, name=name), succeed(turn, now, jitter())
        record = replace(record, failures=0, succeeded=now, newest=now)
    record = replace(record, state=outcome.state, message=outcome.message, hint=outcome.hint, rounds=record.rounds + 1)
    space.ports.state.save_source(record)
    return outcome, turn


def _record_of(space: Workspace, name: str) -> SourceRecord:
    kind = SourceKind.SENTRY if name == SENTRY else SourceKind.HEALTH
    return next((r for r in space.ports.state.sources() if r.name == name), SourceRecord(name, kind))


def _read_sentry(space: Workspace, now: datetime) -> Outcome:
    """Read from a little before the last reading on, else from the oldest entry on."""
    facts = space.ports.state.sentry()
    since = facts.read_at - OVERLAP if facts and facts.read_at else space.ports.entries.facts().first or now - FIRST_WINDOW
    document = wiring.read_sentry(space, min(since, now - OVERLAP), now, now, lambda done, total, what: None)
    kept = wiring.keep_sentry(document, space, now)
    told = f"Read {count_of(len(kept.projects), 'project')} and {count_of(len(kept.releases), 'release')}."
    if not kept.failures:
        return Outcome("", SourceState.OK, told)
    first = kept.failures[0]
    lost = f"{count_of(len(kept.failures), 'look-up')} failed, so that its part is unknown: {first.reason}"
    return Outcome("", SourceState.STALE, f"{told} {lost}", first.hint)


def _read_health(space: Workspace, service: str, now: datetime) -> Outcome:
    (probed,) = wiring.probe_health(space, now, [service])
    if probed.trouble:
        raise probed.trouble
    return Outcome("", SourceState.OK, f"It says of Sentry: {probed.answer.says}.")
