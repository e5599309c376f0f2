"""A collector with everything real but time: the client, the server on loopback, the store; the clock is moved by sleeping."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from lib.adapters.cloud_logging import CloudLogging, LogPlace
from lib.adapters.decoder import DuckDecoder
from lib.adapters.delta_store import DeltaEntryStore
from lib.adapters.quota import Quota
from lib.adapters.state import SqlStateStore
from lib.collect.collector import Collector, Plan
from lib.collect.following import collect, follow
from lib.collect.intake import Counts
from lib.collect.timing import Timing
from lib.core.logfilters import LogFilter
from lib.core.questions import entries
from lib.core.wording import rfc3339
from lib.ports import Ports
from tests.cloudlogging import World, serve_logging

NOON = datetime(2026, 9, 16, 12, 0, tzinfo=UTC)
PROJECT = "acme-prod"
ALL = LogFilter("", "")


@dataclass
class Clock:
    """A time that passes only by sleeping, or as a test says."""

    true: datetime = NOON
    wrong: timedelta = timedelta(0)  # by how much the machine's clock is ahead
    slept: list[float] = field(default_factory=list)
    on_sleep: Callable[[], None] = lambda: None

    def now(self) -> datetime:
        return self.true + self.wrong

    def seconds(self) -> float:
        return (self.true - NOON).total_seconds() + 1000

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.true += timedelta(seconds=max(0.0, seconds))
        self.on_sleep()

    def true_now(self) -> datetime:
        return self.true


def entry(number: int, ts: datetime, **more: Any) -> dict[str, Any]:
    """Return an entry as Google's JSON; its number is its insertId."""
    return {
        "insertId": f"{number:08}", "logName": f"projects/{PROJECT}/logs/run.googleapis.com%2Fstderr", "timestamp": rfc3339(ts),
        "receiveTimestamp": rfc3339(ts), "severity": "ERROR", "textPayload": f"request {number} failed",
        "resource": {"type": "cloud_run_revision", "labels": {
            "project_id": PROJECT, "service_name": "orders", "revision_name": "orders-00001-abc", "location": "x",
            "configuration_name": "orders"}}, **more,
    }  # fmt: skip


def entries_between(start: datetime, end: datetime, count: int, first: int = 0) -> list[dict[str, Any]]:
    """Return entries spread evenly over [start, end)."""
    step = (end - start) / max(1, count)
    return [entry(first + n, start + n * step) for n in range(count)]


@dataclass
class Lab:
    """A home folder, a server and a clock."""

    home: Path
    world: World
    clock: Clock
    address: str
    quota: int = 60
    rounds: list[Sequence[Counts]] = field(default_factory=list)

    def ports(self) -> Ports:
        return Ports(DeltaEntryStore(self.home / "entries", self.home / "spill"), SqlStateStore(self.home / "state.sqlite"))

    def log(self, **place: Any) -> CloudLogging:
        where = LogPlace(**{"resource": f"projects/{PROJECT}", "endpoint": self.address, "timeout_s": 5.0, **place})
        quota = Quota(self.home / "calls.json", self.quota, self.clock.seconds, self.clock.sleep)
        return CloudLogging(where, quota, None, self.clock.now, self.clock.sleep)

    def timing(self, stopped: Callable[[], bool] = lambda: False) -> Timing:
        return Timing(self.clock.now, self.clock.seconds, self.clock.sleep, stopped, lambda: 1.0)

    def collector(self, ports: Ports | None = None, timing: Timing | None = None, place: Any = None, **plan: Any) -> Collector:
        chosen = Plan(**{"filter": ALL, "reach": timedelta(hours=1), **plan})
        log = self.log(filter=chosen.filter.text, **(place or {}))
        return Collector(log, DuckDecoder(), ports or self.ports(), chosen, timing or self.timing())

    def collect(self, **how: Any) -> Collector:
        """Collect once."""
        one = self.collector(**how)
        try:
            collect([one], one.timing, self.rounds.append)
        finally:
            one.log.close()  # type: ignore[attr-defined]
        return one

    def follow(self, until: datetime, **how: Any) -> Collector:
        """Follow until a time."""
        one = self.collector(timing=self.timing(lambda: self.clock.true >= until), following=True, **how)
        try:
            follow([one], one.timing, self.rounds.append, one.plan.poll.total_seconds())
        finally:
            one.log.close()  # type: ignore[attr-defined]
        return one

    def stored(self) -> list[str]:
        """Return the insertIds that are stored, in order."""
        return sorted(self.ports().entries.answer(entries().select("insert_id"))["insert_id"].to_pylist())


@contextmanager
def open_lab(home: Path, **world: Any) -> Iterator[Lab]:
    """Run a server with a clock of its own beside a home folder."""
    clock = Clock()
    served = World(**{"clock": clock.seconds, "now": clock.true_now, **world})
    with serve_logging(served) as address:
        yield Lab(home, served, clock, address)
