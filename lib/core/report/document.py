"""A report, decided: sentences, tables, samples, a chart, and the same as facts. Every form of it is written from this alone.

Text in it may come from logs; whoever writes it out makes it inert. Times in tables are RFC 3339 in UTC; None is not known.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any

from lib.errors import StoreError

if TYPE_CHECKING:
    from pydantic import TypeAdapter

FORMAT = 1  # of the document as text: one more when an older reader could no longer read it
Cell = str | int | float | None


class ReportKind(StrEnum):
    """What is written: for those who were not there, or for those who go on working."""

    POSTMORTEM = "postmortem"
    WORKLOG = "worklog"


class ColumnKind(StrEnum):
    """What a column holds. CODE: ids and templates, word for word. TIME: RFC 3339."""

    TEXT = "text"
    CODE = "code"
    NUMBER = "number"
    TIME = "time"


@dataclass(frozen=True)
class Column:
    """A column's name and what it holds."""

    name: str
    kind: ColumnKind = ColumnKind.TEXT


@dataclass(frozen=True)
class Table:
    """Rows of as many cells as there are columns. note: what was left out of it, "" for nothing. name: for files."""

    name: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""


@dataclass(frozen=True)
class Sample:
    """One entry, or another text to be read as it stands: what it is, its text, and its cluster, "" without one."""

    title: str
    text: str
    cluster: str = ""


class BarKind(StrEnum):
    """What a stretch on the chart is."""

    GAP = "gap"
    UNSURE = "unsure"
    SEEN = "seen"
    UNSEEN = "unseen"


@dataclass(frozen=True)
class Bar:
    """A stretch of a lane, with what it is in words."""

    kind: BarKind
    start: datetime
    end: datetime
    text: str


@dataclass(frozen=True)
class Mark:
    """A deploy on a lane."""

    ts: datetime
    failed: bool
    text: str


@dataclass(frozen=True)
class ChartLane:
    """One service on the time axis."""

    name: str
    bars: tuple[Bar, ...] = ()
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True)
class Chart:
    """Gaps over bursts, a lane a service, over [start, end). unread: stretches that no source covers. more: lanes left out."""

    title: str
    start: datetime
    end: datetime
    lanes: tuple[ChartLane, ...]
    unread: tuple[tuple[datetime, datetime], ...] = ()
    more: int = 0


@dataclass(frozen=True)
class Section:
    """A part of the document. level: 2 for a part, 3 for a part of one; sentences come first, then the chart, tables, samples."""

    name: str
    title: str
    sentences: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    samples: tuple[Sample, ...] = ()
    chart: Chart | None = None
    level: int = 2


@dataclass(frozen=True)
class Impact:
    """What was counted; None is what nobody could count.

    failures: entries of failure clusters. requests: those answered with 5xx. Blind ones fell into gaps of their service.
    """

    entries: int = 0
    failures: int | None = None
    requests: int | None = None
    blind_failures: int | None = None
    blind_bursts: int | None = None
    blind_requests: int | None = None


@dataclass(frozen=True)
class ClusterFact:
    """A cluster as it was counted."""

    id: str
    template: str
    kind: str
    priority: str
    count: int
    services: tuple[str, ...]
    first: datetime
    last: datetime
    location: str | None = None
    reason: str = ""


@dataclass(frozen=True)
class ProblemFact:
    """A problem as it was found; count: its entries."""

    id: str
    root: str
    clusters: tuple[str, ...]
    priority: str
    count: int
    services: tuple[str, ...]
    first: datetime
    last: datetime
    sentence: str


@dataclass(frozen=True)
class GapFact:
    """A gap as it was known; end None: it was open."""

    service: str
    environment: str
    cause: str
    start: datetime
    end: datetime | None
    partial: bool
    failures: int
    sentence: str


@dataclass(frozen=True)
class VerdictFact:
    """What was known of a service's error tracking."""

    service: str
    environment: str
    verdict: str
    since: datetime | None
    sentence: str


@dataclass(frozen=True)
class DeployFact:
    """A deploy, with its verdict."""

    service: str
    environment: str
    revision: str | None
    ts: datetime
    outcome: str
    sentence: str


@dataclass(frozen=True)
class Facts:
    """The document's figures, for scripts and for comparing. None: that part could not be answered, and is not known."""

    impact: Impact = Impact()
    clusters: tuple[ClusterFact, ...] | None = None
    problems: tuple[ProblemFact, ...] | None = None
    gaps: tuple[GapFact, ...] | None = None
    verdicts: tuple[VerdictFact, ...] | None = None
    deploys: tuple[DeployFact, ...] | None = None


@dataclass(frozen=True)
class Document:
    """A whole report.

    start, end:  the window, half open; None while nothing is stored.
    source:      what it was made from, in words. rules: name of a set of rules: its version.
    coverage:    what it rests on, as every answer of the command line says it.
    """

    kind: ReportKind
    title: str
    summary: str
    made_at: datetime
    source: str
    start: datetime | None
    end: datetime | None
    services: tuple[str, ...]
    environments: tuple[str, ...]
    sections: tuple[Section, ...]
    facts: Facts = Facts()
    coverage: Mapping[str, Any] = field(default_factory=dict)
    rules: Mapping[str, str] = field(default_factory=dict)
    format: int = FORMAT

    def tables(self) -> dict[str, Table]:
        """Return its tables by name, in order."""
        return {table.name: table for section in self.sections for table in section.tables}


@cache
def _adapter() -> "TypeAdapter[Document]":
    from pydantic import TypeAdapter  # which no other command should wait for

    return TypeAdapter(Document)


def write_text(document: Document) -> str:
    """Return a document as one line of JSON: times in RFC 3339, the same text for the same document."""
    return _adapter().dump_json(document).decode()


def read_text(text: str) -> Document:
    """Return the document of a text. Errors: StoreError for a text that is none, or of a later Blindspot."""
    from pydantic import ValidationError

    try:
        document = _adapter().validate_json(text)
    except ValidationError as e:
        hint = "It may have been made by a later version of Blindspot."
        raise StoreError("What was kept of this report cannot be read.", hint=hint) from e
    if document.format > FORMAT:
        raise StoreError("This report was made by a later version of Blindspot.", hint="Open it with that version.")
    return document
