"""The nouns of Blindspot: frozen values that every layer shares. No colour, SQL or JSON in here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum


class Severity(StrEnum):
    """Cloud Logging's severities, least first."""

    DEFAULT = "DEFAULT"
    DEBUG = "DEBUG"
    INFO = "INFO"
    NOTICE = "NOTICE"
    WARNING = "WARNING"
    ERROR = "ERROR"
    CRITICAL = "CRITICAL"
    ALERT = "ALERT"
    EMERGENCY = "EMERGENCY"


FAILURES = (Severity.ERROR, Severity.CRITICAL, Severity.ALERT, Severity.EMERGENCY)


class Kind(StrEnum):
    """What a cluster tells, most telling first."""

    FAILURE = "failure"
    OBSERVABILITY = "observability"
    WARNING = "warning"
    DEPLOY = "deploy"
    INFO = "info"


class Priority(StrEnum):
    """P0 down, data loss or security; P1 major, 5xx; P2 moderate; P3 cosmetic or configuration; P4 and P5 information."""

    P0 = "P0"
    P1 = "P1"
    P2 = "P2"
    P3 = "P3"
    P4 = "P4"
    P5 = "P5"


class SourceState(StrEnum):
    """How a source of entries is doing."""

    OK = "ok"
    STALE = "stale"
    FAILING = "failing"
    OFF = "off"


@dataclass(frozen=True)
class Query:
    """A question: a half-open window [start, end) in aware UTC (None: as far as the store reaches) and what it is about.

    services, environments: none named means all. The rest are filters of the Clusters page; `text` is plain text looked for in
    template and message, ignoring case; like, unlike: patterns (core.patterns) that an entry's text must hold, or must not;
    new: only what is new since the last deploy; muted: what is muted is shown too.
    """

    start: datetime | None = None
    end: datetime | None = None
    services: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    kinds: tuple[Kind, ...] = ()
    severities: tuple[Severity, ...] = ()
    text: str = ""
    like: str = ""
    unlike: str = ""
    new: bool = False
    muted: bool = False


@dataclass(frozen=True)
class Coverage:
    """What an answer rests on.

    entries:     entries in the window, after the filters by service and environment.
    cut:         True when the answer shows only a part of what was found.
    skipped:     entries that could not be read, by reason, over all imports.
    no_message:  entries in the window that carry no message.
    suspect:     sentences about exports in the window that look cut.
    start, end:  the window that was answered; None when the store is empty.
    unread:      stretches of the window that no source covers: that nothing is counted there means nothing.
    watermark:   newest time up to which the source was read; None when nothing was read.
    left_out:    sentences about what live sources are not asked for, by their filters.
    expired:     entries older than this are no longer kept, and the window asked for reached back to them; None when it did not.
    """

    entries: int = 0
    cut: bool = False
    skipped: Mapping[str, int] = field(default_factory=dict)
    no_message: int = 0
    suspect: tuple[str, ...] = ()
    start: datetime | None = None
    end: datetime | None = None
    watermark: datetime | None = None
    unread: tuple[tuple[datetime, datetime], ...] = ()
    expired: datetime | None = None
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class TrendPoint:
    """Entries in the bucket that starts at `ts`."""

    ts: datetime
    count: int


@dataclass(frozen=True)
class Cluster:
    """Entries that one statement in the code wrote, counted over a window.

    template:    the constant words; a variable part is VARIABLE (core.clustering).
    share:       part of the window's entries, 0..1.
    sample:      the newest member's message, masked.
    location:    module:function:line, "" when the entries do not tell.
    trend:       counts by bucket, empty buckets left out.
    aliases:     ids that older links may carry.
    reason:      why it has its priority, with what that rests on: "P1: requests of users failed, 67 in 3 h, 5 revisions".
    of_service:  its part of each service's entries in the window, 0..1.
    new_in:      services in which it is new since their last deploy; None when no service was seen before its last deploy.
    muted:       the reason of the mute that hides all of it, "" without.
    """

    id: str
    template: str
    kind: Kind
    priority: Priority
    count: int
    share: float
    severities: Mapping[str, int]
    services: tuple[str, ...]
    revisions: int
    instances: int
    first: datetime
    last: datetime
    sample: str
    location: str = ""
    exception: str = ""
    trend: tuple[TrendPoint, ...] = ()
    aliases: tuple[str, ...] = ()
    reason: str = ""
    of_service: Mapping[str, float] = field(default_factory=dict)
    new_in: tuple[str, ...] | None = None
    muted: str = ""


@dataclass(frozen=True)
class Entry:
    """One entry for a reader; `link` opens it in Google's Logs Explorer, `payload` is the masked entry as JSON."""

    ts: datetime
    service: str
    environment: str
    revision: str
    instance: str
    severity: str
    message: str
    trace: str
    insert_id: str
    link: str
    payload: str


@dataclass(frozen=True)
class Skipped:
    """An entry that could not be read: where it stood (counted from 1), why, and its beginning, masked."""

    source: str
    fingerprint: str
    reason: str
    position: int
    text: str


@dataclass(frozen=True)
class ImportRecord:
    """What one import did. read = added + duplicates + sum(skipped); `size` and `done` are bytes.

    suspect, broken, hint: a sentence or "": does the export look cut, where could it not be read on, and what to do.

    fingerprint: the same for two imports of the same export. updated: when it was last heard of.
    first, last: the times of the oldest and newest entry in it.
    """

    id: str
    fingerprint: str
    name: str
    state: str  # "running", "done"
    started: datetime
    updated: datetime
    size: int = 0
    done: int = 0
    read: int = 0
    added: int = 0
    duplicates: int = 0
    no_message: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)
    masked: Mapping[str, int] = field(default_factory=dict)
    severities: Mapping[str, int] = field(default_factory=dict)
    rules: str = ""  # the version of the rules that masked it, "" where it was read before that was kept
    first: datetime | None = None
    last: datetime | None = None
    suspect: str = ""
    broken: str = ""
    hint: str = ""

    @property
    def entries(self) -> int:
        """Entries that could be read."""
        return self.read - sum(self.skipped.values())


@dataclass(frozen=True)
class Source:
    """One place that entries came from, and how it is doing now."""

    name: str
    kind: str
    state: SourceState
    watermark: datetime | None
    age: timedelta | None
    message: str
    hint: str
    entries: int
