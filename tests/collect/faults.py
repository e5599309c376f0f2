"""The failure matrix: fault x position -> retries, message, result. tests.bench.faults prints it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from grpc import StatusCode

from lib.adapters.logstatus import STATUSES as TOLD
from lib.errors import BlindspotError, StoreError
from lib.ports import Ports
from tests.cloudlogging import STATUSES, Call, Misdeed
from tests.collecting import NOON, Lab, entries_between, open_lab

MINUTE, HOUR, YEAR = timedelta(minutes=1), timedelta(hours=1), timedelta(days=365)
COUNT, PAGE = 35, 10  # four pages
POSITIONS: dict[str, Callable[[Call], bool]] = {
    "first page": lambda call: call.page == 0 and not call.last,
    "middle page": lambda call: call.page in (1, 2) and not call.last,
    "last page": lambda call: call.last,
}


def is_older(call: Call) -> bool:
    """Tell the pages of older entries from a look at the newest, which has no end."""
    return asks_older(call.request)


def asks_older(request: Any) -> bool:
    """Tell a request for older entries from a look at the newest, which has no end, and from one for those that came late."""
    return " AND timestamp<" in request.filter and "receiveTimestamp" not in request.filter


@dataclass
class Script:
    """Does one misdeed so many times at one position."""

    misdeed: Misdeed
    at: Callable[[Call], bool]
    times: int
    done: int = 0

    def __call__(self, call: Call) -> Misdeed | None:
        if self.done < self.times and self.at(call):
            self.done += 1
            return self.misdeed
        return None


@dataclass(frozen=True)
class Case:
    """A row: what goes wrong, where, how often; whether one collection gets over it, and words that it is told with."""

    fault: str
    position: str
    misdeed: Misdeed | None
    times: int
    passes: bool
    told: str = ""
    how: dict[str, Any] = field(default_factory=dict)
    clock: timedelta = timedelta(0)
    full: int = 0  # so often the disk is full
    follows: bool = False

    @property
    def name(self) -> str:
        return f"{self.fault} at {self.position}" if self.position else self.fault


@dataclass(frozen=True)
class Outcome:
    """What came of a row: calls beyond those without a fault, collections that ended with an error, the result."""

    retries: int
    errors: int
    message: str
    hint: str
    stored: tuple[str, ...]
    slept: tuple[float, ...]
    state: str
    said: str


def find_cases() -> Iterator[Case]:
    """Yield every row."""
    for status in STATUSES:
        for position in POSITIONS:
            said = TOLD[status.name]
            token = status is StatusCode.INVALID_ARGUMENT and position != "first page"  # a token that is too old: read by time
            yield Case(status.name, position, Misdeed(status), 2 if said.passes else 1, said.passes or token, said.words)
    for kind in ("hang", "reset"):
        for position in POSITIONS:
            how = {"place": {"timeout_s": 0.5}} if kind == "hang" else {}
            yield Case(kind, position, Misdeed(kind=kind), 2, True, how=how)
    for position in ("middle page", "last page"):
        yield Case("expired page token", position, Misdeed(kind="expired"), 1, True)
    yield Case("empty page with a token", "first page", Misdeed(kind="empty"), 1, True)
    yield Case("429 storm of 100", "middle page", Misdeed(StatusCode.RESOURCE_EXHAUSTED), 100, True, follows=True)
    for name, wrong in (("+1 hour", HOUR), ("-1 hour", -HOUR), ("+1 year", YEAR), ("-1 year", -YEAR)):
        yield Case(f"clock {name}", "", None, 0, True, "clock is", clock=wrong)
    yield Case("disk full", "", None, 0, True, full=3)


class FullStore:
    """A store whose disk is full for the first commits."""

    def __init__(self, store: Any, times: int) -> None:
        self.store, self.left = store, times

    def append(self, *given: Any) -> int:
        if self.left > 0:
            self.left -= 1
            raise StoreError("The entries could not be stored: the disk is full.", hint="Make room.", permanent=False)
        return int(self.store.append(*given))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)


def play(case: Case, home: Path) -> Outcome:
    """Collect with a fault until a collection succeeds, and once more as long as it does not."""
    with open_lab(home, page_size=PAGE) as lab:
        lab.world.add(entries_between(NOON - 50 * MINUTE, NOON - 20 * MINUTE, COUNT))
        if case.misdeed:
            at = POSITIONS[case.position]
            lab.world.script = Script(case.misdeed, lambda call: is_older(call) and at(call), case.times)
        lab.clock.wrong = case.clock
        errors: list[BlindspotError] = []
        for _ in range(3):
            try:
                _collect(case, lab)
                break
            except BlindspotError as e:
                errors.append(e)
        record = lab.ports().state.sources()[0]
        first = errors[0] if errors else None
        return Outcome(
            sum(asks_older(r) for r in lab.world.requests) - 4, len(errors), first.message if first else "",
            first.hint if first else "", tuple(lab.stored()), tuple(lab.clock.slept), record.state.value, record.message,
        )  # fmt: skip


def _collect(case: Case, lab: Lab) -> None:
    ports = lab.ports()
    if case.full:
        ports = Ports(FullStore(ports.entries, case.full), ports.state)
    if case.follows:
        lab.follow(NOON + 3 * HOUR, ports=ports, **case.how)
    else:
        lab.collect(ports=ports, **case.how)
