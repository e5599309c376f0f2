"""Sentry's facts and health documents, each read on its own clock: whoever keeps up calls `run_due` every few seconds."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import random

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


def run_due(
    space: Workspace, now: datetime, clocks: Clocks, kind: SourceKind | None = None, jitter: Jitter = random
) -> list[Outcome]:
    """Read what is due, keep what it says and how it went, and return that; [] when nothing was due.

    kind: only Sentry, or only health documents: asking Sentry can take minutes, for which the others need not wait.
    A reading that fails costs itself alone, is told as its outcome and in the state's record, and comes again.
    Errors: StoreError when the state cannot be written.
    """
    due = []
    for name, interval in find_readings(space).items():
        turn = clocks.turns.get(name) or _resume(space, name, interval)
        clocks.turns[name] = turn
        if is_due(turn, now) and kind in (None, kind_of(name)):
            due.append((name, turn))
    with ThreadPoolExecutor(wiring.PROBES) as pool:
        read = list(pool.map(lambda one: _read(space, one[0], now, one[1], jitter), due))
    clocks.turns.update({name: turn for (name, _), (_, turn) in zip(due, read, strict=True)})
    return [outcome for outcome, _ in read]


def kind_of(name: str) -> SourceKind:
    """Return what a reading is, by its name."""
    return SourceKind.SENTRY if name == SENTRY else SourceKind.HEALTH


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
    return next((r for r in space.ports.state.sources() if r.name == name), SourceRecord(name, kind_of(name)))


def _read_sentry(space: Workspace, now: datetime) -> Outcome:
    """Read from a little before the last reading on, else from the oldest entry on."""
    facts = space.ports.state.sentry()
    since = facts.read_at - OVERLAP if facts and facts.read_at else space.ports.entries.facts().first or now - FIRST_WINDOW
    with wiring.keeping_refusals(space):
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
