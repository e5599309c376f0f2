"""Services whose error tracking is judged: revisions with starts, requests, errors, and Sentry's side of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from lib.core.model import Query
from lib.core.sentry.sentryfacts import Failure, Point, Project, Release, SentryFacts
from lib.core.settings import SentrySettings, Settings
from lib.core.tracking import Judgement
from lib.ports import Ports
from lib.views import sentry
from tests.entries import SERVICE, START, row, table
from tests.fakes import ports_with

HOUR = timedelta(hours=1)
MISSING = "Sentry SDK not available - install sentry-sdk[fastapi] to enable error tracking"
NO_DSN = "Sentry DSN not configured - errors will not be reported"
DISABLED = "Sentry is disabled for this environment"
INITIALISED = "Sentry initialized"
REFUSED = "Unexpected status code: 429 (body: b'no')"
Row = dict[str, Any]


def revision(number: int) -> str:
    """Return a revision's name."""
    return f"{SERVICE}-{number:05d}-abc"


@dataclass
class Story:
    """Rows of ENTRIES and Sentry's facts, put together step by step; hours count from START."""

    rows: list[Row] = field(default_factory=list)
    facts: SentryFacts | None = None
    projects: Mapping[str, str] = field(default_factory=dict)

    def add(self, hours: float, message: str | None, number: int = 1, /, **columns: Any) -> "Story":
        """Add an entry."""
        ts = START + timedelta(hours=hours)
        columns = {"ts": ts, "revision": revision(number), "instance": f"i{number}", **columns}
        self.rows.append(row(len(self.rows), message, **columns))
        return self

    def serve(self, start: float, end: float, number: int = 1, says: str | None = None, every_min: int = 5) -> "Story":
        """Let a revision serve: what its starts say each half hour, and requests."""
        minutes = range(int(start * 60), int(end * 60), every_min)
        for n, minute in enumerate(minutes):
            self.add(minute / 60 + 0.01, "GET / HTTP 200", number, origin="request", log="run.googleapis.com/requests")
            if says and n % 6 == 0:
                self.add(minute / 60, says, number, instance=f"i{number}-{start}-{n}")
        return self

    def fail(self, start: float, end: float, per_hour: int = 12, number: int = 1, line: str | None = None) -> "Story":
        """Log errors, each followed by a line of the SDK where one is given."""
        for n in range(int((end - start) * per_hour)):
            at = start + (n + 0.5) / per_hour
            self.add(at, f"order {n} failed", number, severity="ERROR")
            if line:
                self.add(at + 0.0001, line, number, severity="WARNING")
        return self

    def answer(self, hours: Mapping[int, Mapping[str, int]], **releases: tuple[float, float]) -> "Story":
        """Let Sentry answer: outcomes by hour; releases r1, r2 … with the hours of their first and last event."""
        points = tuple(Point(SERVICE, START + h * HOUR, outcomes) for h, outcomes in sorted(hours.items()))
        known = tuple(
            Release(revision(int(name[1:])), SERVICE, START + first * HOUR, START + last * HOUR)
            for name, (first, last) in releases.items()
        )
        read_at = START + (max(hours, default=0) + 1) * HOUR
        self.facts = SentryFacts("acme", (Project(SERVICE, "45"),), points, known, read_at=read_at)
        return self

    def refuse(self, what: str = "stats", reason: str = "refused (403)") -> "Story":
        """Let a look-up fail."""
        facts = self.facts or SentryFacts("acme", read_at=START)
        self.facts = replace(facts, failures=(*facts.failures, Failure(what, reason, "Give the token org:read.")))
        return self

    def copy(self) -> "Story":
        """Return a story that can go on by itself."""
        return replace(self, rows=list(self.rows))

    def without(self, *texts: str) -> "Story":
        """Return the story without the entries that say some texts."""
        return replace(self, rows=[r for r in self.rows if r["message"] not in texts])

    def ports(self) -> Ports:
        """Return the story as a store holds it."""
        ports = ports_with(table(*self.rows))
        if self.facts:
            ports.state.save_sentry(self.facts)
        return replace(ports, settings=Settings(SentrySettings(projects=self.projects)))

    def view(self, end: datetime | None = None) -> sentry.SentryView:
        """Return the view."""
        return sentry.load(self.ports(), Query(end=end), START)

    def judge(self, end: float | None = None) -> Judgement:
        """Return the one service's judgement, at some hour or at the end."""
        (service,) = self.view(START + end * HOUR if end else None).services
        return service.judgement


def even(start: int, end: int, **outcomes: int) -> dict[int, dict[str, int]]:
    """Return the same outcomes for each hour."""
    return {hour: dict(outcomes) for hour in range(start, end)}


def blind() -> Story:
    """A service that says at every start that the SDK is missing."""
    return Story().serve(0, 4, says=MISSING).fail(0, 4).answer(even(0, 4))


def healthy() -> Story:
    """A service whose errors arrive."""
    return Story().serve(0, 8, says=INITIALISED).fail(0, 8).answer(even(0, 8, accepted=11), r1=(0.1, 7.9))


def dropping(line: str | None = None) -> Story:
    """A service whose errors stop arriving after four hours."""
    story = Story().serve(0, 8, says=INITIALISED).fail(0, 4).fail(4, 8, line=line)
    return story.answer(even(0, 4, accepted=11) | even(4, 8, accepted=0, rate_limited=8), r1=(0.1, 3.9))


def mixed() -> Story:
    """A canary without the SDK beside a revision that delivers."""
    story = Story().serve(0, 8, says=INITIALISED).serve(4, 8, 2, says=MISSING).fail(0, 8).fail(4, 8, 6, 2)
    return story.answer(even(0, 8, accepted=11), r1=(0.1, 7.9))


def recovered() -> Story:
    """A service that was blind for half of the time."""
    story = Story().serve(0, 4, says=MISSING).serve(4, 8, 2, says=INITIALISED).fail(0, 4).fail(4, 8, number=2)
    return story.answer(even(0, 4) | even(4, 8, accepted=11), r2=(4.1, 7.9))


def unproven() -> Story:
    """A service whose text went away, and nothing arrived since."""
    return Story().serve(0, 4, says=NO_DSN).serve(4, 5, 2, says=INITIALISED).fail(0, 4).answer(even(0, 5))


STORIES: Mapping[str, Sequence[Any]] = {
    "missing": (blind, "missing"),
    "healthy": (healthy, "healthy"),
    "dropping, told": (lambda: dropping(REFUSED), "dropping"),
    "dropping, mute": (dropping, "dropping"),
    "degraded": (mixed, "degraded"),
    "recovered": (recovered, "recovered"),
    "unverified": (unproven, "unverified"),
}
