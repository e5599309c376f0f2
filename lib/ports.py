"""What Blindspot needs of the world. Each protocol is as narrow as its readers; adapters keep them, tests/fakes.py too."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

import pyarrow as pa

from lib.core.blindness.corrections import Telling
from lib.core.collecting import SourceRecord, Stretch
from lib.core.curation import Change
from lib.core.kept import Kept
from lib.core.model import ImportRecord, Skipped
from lib.core.rollup import Rollup
from lib.core.sentry.healthdocs import HealthSaid
from lib.core.sentry.sentryfacts import SentryFacts
from lib.core.settings import Settings
from lib.core.upkeep import LARGE_FILE, Chore, Duty, Upkept
from lib.issueports import IssueStore
from lib.reportports import ReportStore

if TYPE_CHECKING:
    import ibis.expr.types as ir


@dataclass(frozen=True)
class Chunk:
    """A bounded piece of an export.

    lines:     one JSON text an entry, in the order of the file; bytes, not yet checked for anything.
    position:  bytes of the source consumed up to and with this piece (compressed bytes for gzip).
    oversized: beginnings of entries too large to be read, already taken out of `lines`.
    """

    lines: pa.LargeBinaryArray
    position: int
    oversized: tuple[bytes, ...] = ()


class LogSource(Protocol):
    """A place that entries come from, read once from its start."""

    @property
    def name(self) -> str:
        """What people call it."""
        ...

    @property
    def fingerprint(self) -> str:
        """The same whenever the same content is read under the same name."""
        ...

    @property
    def size(self) -> int:
        """Bytes; 0 when unknown."""
        ...

    def chunks(self) -> Iterator[Chunk]:
        """Yield the whole source in bounded pieces."""
        ...


@dataclass(frozen=True)
class Fault:
    """A line that could not become an entry: its number within the chunk, why, and its beginning, masked."""

    number: int
    reason: str
    text: str


@dataclass(frozen=True)
class Decoded:
    """A chunk made into entries. read = len(entries) + len(faults); masked counts what was hidden, by rule."""

    read: int
    entries: pa.Table
    faults: tuple[Fault, ...]
    masked: Mapping[str, int]


class Decoder(Protocol):
    """Makes chunks of JSON texts into masked ENTRIES; may be called by several threads at once."""

    def decode(self, chunk: Chunk) -> Decoded:
        """Return the chunk's entries, and what could not become one."""
        ...


@dataclass(frozen=True)
class StoreFacts:
    """What the table of entries is made of now."""

    entries: int
    files: int
    size_bytes: int
    version: int
    first: datetime | None
    last: datetime | None


class Answers(Protocol):
    """Entries, asked by Ibis expressions."""

    def answer(self, expression: "ir.Expr", **tables: pa.Table) -> pa.Table:
        """Return the rows of an expression over questions.entries() and the given tables."""
        ...


class EntryReader(Answers, Protocol):
    """ENTRIES, all of them."""

    def version(self) -> int:
        """Return a number that changes when an answer could: -1 while there is no table."""
        ...

    def span(self) -> tuple[datetime | None, datetime | None]:
        """Return the times of the oldest and newest entry, None without any."""
        ...

    def rollup(self, start: datetime, end: datetime) -> Rollup:
        """Return the cells of the entries in [start, end): the answer to core.rollup.roll_up, mostly made before."""
        ...

    def near(self, spans: Sequence[tuple[datetime, datetime]]) -> "Answers":
        """Return at least the entries of some spans, both ends within: what cannot hold them is not read."""
        ...

    def marked(self, start: datetime, end: datetime) -> "Answers":
        """Return the entries of core.rollup.is_marked in [start, end); only audit entries keep their payload."""
        ...

    def facts(self) -> StoreFacts:
        """Return how much is stored."""
        ...

    def pinned(self) -> "EntryReader":
        """Return what is stored now, and stays so: questions that must agree are asked of one of these."""
        ...


class EntryStore(EntryReader, Protocol):
    """ENTRIES, appended once per (project, log, ts, nanos, insert_id)."""

    def append(self, batch: pa.Table, cursor: tuple[str, int]) -> int:
        """Add the rows that are not stored yet, with the source's cursor in the same commit; return how many were added."""
        ...

    def compact(self, least: int = 2, most_bytes: int = LARGE_FILE) -> Upkept:
        """Join the small files of days that have at least so many, up to a size; no answer changes, no reader loses a file."""
        ...

    def expire(self, before: datetime) -> Upkept:
        """Remove the entries older than `before`."""
        ...


class StateStore(IssueStore, ReportStore, Protocol):
    """The small state: imports, what was skipped, shapes, what people decided, what Sentry said, and answers to commands."""

    def save_import(self, record: ImportRecord) -> None:
        """Insert or replace the record of an import by its id."""
        ...

    def imports(self) -> Sequence[ImportRecord]:
        """Return every import, newest first."""
        ...

    def save_skipped(self, rows: Iterable[Skipped]) -> None:
        """Keep skipped entries once per (fingerprint, position)."""
        ...

    def skipped(self, reason: str | None = None, limit: int = 200) -> Sequence[Skipped]:
        """Return kept skipped entries, by source and position."""
        ...

    def shapes(self) -> Mapping[str, str]:
        """Return the catalog: every shape seen, and the template that it belongs to now."""
        ...

    def add_shapes(
        self, found: Iterable[str], merge: Callable[[Iterable[str]], Mapping[str, str]], name: Callable[[str], str]
    ) -> None:
        """Add shapes and set what each belongs to now, in one step; merge: all shapes -> templates, name: a template's id."""

    def aliases(self) -> Mapping[str, str]:
        """Return {id that a link may carry: id of today}, without the ids that still stand."""
        ...

    def add_change(self, change: Change) -> None:
        """Keep a decision, after those that are kept already."""
        ...

    def changes(self) -> Sequence[Change]:
        """Return every decision that was ever made, in order."""
        ...

    def save_sentry(self, facts: SentryFacts) -> None:
        """Keep what Sentry said, beside what it said before (core.sentry.sentryfacts.merge_facts)."""
        ...

    def sentry(self) -> SentryFacts | None:
        """Return all that Sentry ever said, None when it was never asked."""
        ...

    def keep(self, answer: Kept) -> None:
        """Keep what an audit, a health document or a canary answered; the oldest of a kind and service may go for it."""
        ...

    def kept(self) -> Sequence[Kept]:
        """Return the answers that are kept, oldest first."""
        ...

    def save_tellings(self, told: Iterable[Telling]) -> None:
        """Keep what was told of gaps, once per (service, environment, since); the version stays."""
        ...

    def tellings(self) -> Sequence[Telling]:
        """Return what was told of gaps, oldest first."""
        ...

    def save_chore(self, chore: Chore) -> None:
        """Keep how a duty was last done."""
        ...

    def chores(self) -> Mapping[Duty, Chore]:
        """Return every duty that was ever done, as it was last done."""
        ...

    def save_source(self, record: SourceRecord, read: Iterable[Stretch] = ()) -> None:
        """Insert or replace a live source's record by its name, and add what was read completely, in one step.
        Stretches of the same source and filter that touch become one. Say nothing of entries that are not stored yet.
        """
        ...

    def sources(self) -> Sequence[SourceRecord]:
        """Return every live source, by name."""
        ...

    def stretches(self) -> Sequence[Stretch]:
        """Return every stretch that was read completely, by source, filter and start."""
        ...

    def cut_stretches(self, source: str, end: datetime) -> None:
        """Take back what was said of a source from `end` on."""
        ...

    def version(self) -> int:
        """Return a number that changes with every save of what can change an answer."""
        ...


@dataclass(frozen=True)
class Ports:
    """What a view is given, and an import, which writes too."""

    entries: EntryStore
    state: StateStore
    settings: Settings = field(default_factory=Settings)


@dataclass(frozen=True)
class Readers:
    """What is stored at one moment, for one view."""

    entries: EntryReader
    state: StateStore
    settings: Settings = field(default_factory=Settings)


def pin(ports: "Ports | Readers") -> Readers:
    """Return what is stored now, and stays so while a view asks one question after the other."""
    return Readers(ports.entries.pinned(), ports.state, ports.settings)


class TrackingFacts(Protocol):
    """What an error tracker says of itself: Sentry's API, or a file that was written from it."""

    def read(self, since: datetime, until: datetime, now: datetime) -> Mapping[str, Any]:
        """Return the facts document for [since, until).

        Shape:   organization, read_at, projects, stats, releases, deploys, keys, filters, quota, sessions, failures, notes;
                 every one optional but failures. Nothing secret is in it.
        Errors:  none for what could not be read: it stands in `failures`, as {what, reason, hint}, and is unknown.
        """
        ...


class HealthProbe(Protocol):
    """Services that can be asked how they are."""

    def services(self) -> Sequence[str]:
        """Return the services that have a health document, in order."""
        ...

    def probe(self, service: str) -> HealthSaid:
        """Return what a service's health document says about Sentry. Errors: SourceUnavailable; then it is unknown."""
        ...
