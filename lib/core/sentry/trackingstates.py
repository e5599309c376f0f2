"""Error tracking over time: what a service's starts and losses say of it, as spans with their evidence and uncertainty.

Verdicts read where these spans stand at the end of a window; gaps are made of the same spans.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum


class State(StrEnum):
    """What a text says about error tracking."""

    MISSING = "missing"
    MISCONFIGURED = "misconfigured"
    DISABLED = "disabled"
    DROPPING = "dropping"
    DEGRADED = "degraded"
    INITIALISED = "initialised"
    WEAK = "weak"


class Verdict(StrEnum):
    """Does error tracking work? Only `healthy` and `recovered` say that it does."""

    MISSING = "missing"
    DISABLED = "disabled"
    MISCONFIGURED = "misconfigured"
    DROPPING = "dropping"
    DEGRADED = "degraded"
    UNVERIFIED = "unverified"
    RECOVERED = "recovered"
    HEALTHY = "healthy"
    UNKNOWN = "unknown"


class Confidence(StrEnum):
    """How sure a verdict is, most sure first."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


BLIND_STARTS = (State.MISSING, State.MISCONFIGURED, State.DISABLED)  # said at a start, so true of a container's whole life
BLIND = (Verdict.MISSING, Verdict.DISABLED, Verdict.MISCONFIGURED, Verdict.DROPPING)  # nothing gets through
GREEN = (Verdict.RECOVERED, Verdict.HEALTHY)
NOTHING = timedelta(0)


@dataclass(frozen=True)
class Evidence:
    """Lines or answers that say the same. kind: "log", "sentry", "health", "declared"; revision "" when it is not of one."""

    kind: str
    state: str
    text: str
    first: datetime | None
    last: datetime | None
    count: int
    revision: str = ""
    name: str = ""


@dataclass(frozen=True)
class Life:
    """When a revision served. start, end: aware UTC; end None: it serves still. *_unsure: how far before it may lie.

    served: False for a revision that only failed to start. ready: the platform said when it became ready.
    """

    revision: str
    start: datetime
    end: datetime | None
    start_unsure: timedelta = NOTHING
    end_unsure: timedelta = NOTHING
    served: bool = True
    first: datetime | None = None
    last: datetime | None = None


@dataclass(frozen=True)
class StateSpan:
    """A stretch in which a state held. revision "": for all of the service's revisions that are not blind by themselves.

    start:  when the state began as far as evidence carries; it may have begun `start_unsure` before.
    end:    the first sign that it was over, or the end of the revision; None while it goes on. It may have been over
            `end_unsure` before.
    seen:   the first sign of the state itself. cause: what tells why (a text's name, an outcome of Sentry's).
    """

    state: State
    revision: str
    start: datetime
    end: datetime | None
    start_unsure: timedelta = NOTHING
    end_unsure: timedelta = NOTHING
    seen: datetime | None = None
    last_seen: datetime | None = None
    cause: str = ""
    evidence: tuple[Evidence, ...] = ()
    lost: int = 0

    def covers(self, ts: datetime) -> bool:
        """Return whether the state held at a moment."""
        return self.start <= ts and (self.end is None or ts < self.end)


@dataclass(frozen=True)
class Timeline:
    """All that is known of one service in one environment over [start, end): who served, and which states held when."""

    start: datetime
    end: datetime
    lives: tuple[Life, ...] = ()
    starts: tuple[StateSpan, ...] = ()  # what starts say, revision by revision; initialised too
    drops: tuple[StateSpan, ...] = ()  # losses while the SDK works
    other: tuple[Evidence, ...] = field(default=())  # degraded and weak texts: told, never decisive

    def serving(self, ts: datetime) -> tuple[Life, ...]:
        """Return the revisions that served at a moment."""
        return tuple(life for life in self.lives if life.served and life.start <= ts and (life.end is None or ts < life.end))

    def blind_spans(self) -> tuple[StateSpan, ...]:
        """Return the spans in which errors could not be seen, in order."""
        blind = [s for s in self.starts if s.state in BLIND_STARTS] + list(self.drops)
        return tuple(sorted(blind, key=lambda s: (s.start, s.revision)))
