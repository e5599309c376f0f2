"""In-memory ports, for views and imports without a disk. They pass the same contract tests as the real ones."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from lib.adapters.duck import compile_question
from lib.adapters.liverows import TELLING, by_minute
from lib.core.blindness.corrections import Telling
from lib.core.clustering import cluster_id, merge_shapes
from lib.core.collecting import SourceRecord, Stretch, join_stretches
from lib.core.curation import Change
from lib.core.frames import ENTRIES, ENTRY_KEY
from lib.core.issues import KeptDraft, Sent
from lib.core.kept import Kept
from lib.core.model import ImportRecord, Skipped
from lib.core.questions import NAME, entries
from lib.core.report.notes import Note
from lib.core.report.snapshots import Frozen
from lib.core.rollup import Piece, Rollup, is_marked, no_series, number, roll_up
from lib.core.sentry.healthdocs import HealthSaid, parse_health
from lib.core.sentry.sentryfacts import SentryFacts, merge_facts
from lib.core.upkeep import LARGE_FILE, Chore, Duty, Upkept
from lib.core.wording import rfc3339
from lib.errors import SourceUnavailable
from lib.ingest import find_shapes
from lib.ports import Chunk, Ports, StoreFacts

ENGINE = duckdb.connect(":memory:")
ENGINE.execute("SET GLOBAL TimeZone = 'UTC'")


@dataclass
class MemoryEntryStore:
    """ENTRIES as one Arrow table; DuckDB answers."""

    rows: pa.Table = field(default_factory=ENTRIES.empty_table)
    commits: int = -1
    cursors: dict[str, int] = field(default_factory=dict)
    asked: int = 0

    def append(self, batch: pa.Table, cursor: tuple[str, int]) -> int:
        key = list(ENTRY_KEY)
        both = pl.DataFrame(pa.concat_tables([self.rows, batch]).select(key)).with_row_index("row")
        kept = both.unique(key, keep="first", maintain_order=True)["row"]
        added = len(kept) - self.rows.num_rows
        if added or self.commits < 0:
            self.rows = pa.concat_tables([self.rows, batch]).take(kept.to_arrow())
            self.commits += 1
            self.cursors[cursor[0]] = cursor[1]
        return added

    def compact(self, least: int = 2, most_bytes: int = LARGE_FILE) -> Upkept:
        facts = self.facts()
        return Upkept(facts.files, facts.files, facts.size_bytes, facts.size_bytes, facts.entries, first=facts.first)

    def expire(self, before: datetime) -> Upkept:
        old = self.facts()
        self.rows = self.rows.filter(pc.greater_equal(self.rows["ts"], pa.scalar(before, self.rows.schema.field("ts").type)))
        new = self.facts()
        self.commits += new.entries < old.entries
        sizes = old.files, new.files, old.size_bytes, new.size_bytes
        return Upkept(*sizes, new.entries, old.entries - new.entries, first=new.first)

    def version(self) -> int:
        return self.commits

    def answer(self, expression: Any, **tables: pa.Table) -> pa.Table:
        self.asked += 1
        with ENGINE.cursor() as cursor:
            for name, rows in {NAME: self.rows, **tables}.items():
                cursor.register(name, rows)
            return cursor.sql(compile_question(expression)).to_arrow_table()

    def span(self) -> tuple[datetime | None, datetime | None]:
        facts = self.facts()
        return facts.first, facts.last

    def rollup(self, start: datetime, end: datetime) -> Rollup:
        cells, series = number(pl.DataFrame(self.between(start, end).answer(roll_up(entries()))), no_series())
        return Rollup(series, (Piece(cells),), series)

    def near(self, spans: Sequence[tuple[datetime, datetime]]) -> "MemoryEntryStore":
        return self

    def marked(self, start: datetime, end: datetime) -> "MemoryEntryStore":
        t = entries()
        return MemoryEntryStore(self.between(start, end).answer(t.filter(is_marked(t))).cast(ENTRIES))

    def between(self, start: datetime, end: datetime) -> "MemoryEntryStore":
        edges = [pa.scalar(t, self.rows["ts"].type) for t in (start, end)]
        return MemoryEntryStore(self.rows.filter((pc.field("ts") >= edges[0]) & (pc.field("ts") < edges[1])))

    def pinned(self) -> "MemoryEntryStore":
        return replace(self)

    def facts(self) -> StoreFacts:
        times = sorted(self.rows["ts"].to_pylist())
        first, last = (times[0], times[-1]) if times else (None, None)
        return StoreFacts(len(times), self.commits + 1, self.rows.nbytes, self.commits, first, last)


@dataclass
class MemoryStateStore:
    """State in dictionaries."""

    records: dict[str, ImportRecord] = field(default_factory=dict)
    passed: dict[tuple[str, int], Skipped] = field(default_factory=dict)
    templates: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    issued: dict[str, str] = field(default_factory=dict)
    decided: list[Change] = field(default_factory=list)
    facts: SentryFacts | None = None
    answers: list[Kept] = field(default_factory=list)
    told: dict[tuple[str, str, datetime], Telling] = field(default_factory=dict)
    done: dict[Duty, Chore] = field(default_factory=dict)
    live: dict[str, SourceRecord] = field(default_factory=dict)
    complete: tuple[Stretch, ...] = ()
    written: list[Note] = field(default_factory=list)
    behind: dict[str, Frozen] = field(default_factory=dict)
    drafted: dict[str, KeptDraft] = field(default_factory=dict)
    ledger: dict[tuple[str, str, str], Sent] = field(default_factory=dict)
    saves: int = 0

    def save_import(self, record: ImportRecord) -> None:
        self.records[record.id] = record
        self.saves += 1

    def imports(self) -> Sequence[ImportRecord]:
        return sorted(sorted(self.records.values(), key=lambda r: r.id), key=lambda r: r.started, reverse=True)

    def save_skipped(self, rows: Iterable[Skipped]) -> None:
        for one in rows:
            self.passed.setdefault((one.fingerprint, one.position), one)

    def skipped(self, reason: str | None = None, limit: int = 200) -> Sequence[Skipped]:
        rows = sorted(self.passed.values(), key=lambda s: (s.source, s.position))
        return [s for s in rows if reason in (None, s.reason)][:limit]

    def shapes(self) -> Mapping[str, str]:
        return dict(self.templates)

    def add_shapes(
        self, found: Iterable[str], merge: Callable[[Iterable[str]], Mapping[str, str]], name: Callable[[str], str]
    ) -> None:
        new = set(found) - self.templates.keys()
        if new:
            self.templates = dict(merge(self.templates.keys() | new))
            self.names = {shape: name(template) for shape, template in sorted(self.templates.items())}
            for shape, cluster in self.names.items():
                self.issued.setdefault(cluster, shape)
            self.saves += 1

    def aliases(self) -> Mapping[str, str]:
        standing = set(self.names.values())
        return {old: self.names[shape] for old, shape in self.issued.items() if old not in standing}

    def add_change(self, change: Change) -> None:
        self.decided.append(change)
        self.saves += 1

    def changes(self) -> Sequence[Change]:
        return list(self.decided)

    def save_sentry(self, facts: SentryFacts) -> None:
        self.facts = merge_facts(self.facts, facts)
        self.saves += 1

    def sentry(self) -> SentryFacts | None:
        return self.facts

    def keep(self, answer: Kept) -> None:
        self.answers.append(answer)
        self.saves += 1

    def kept(self) -> Sequence[Kept]:
        return sorted(self.answers, key=lambda a: a.read_at)

    def save_tellings(self, told: Iterable[Telling]) -> None:
        self.told |= {(t.service, t.environment, t.since): t for t in told}

    def tellings(self) -> Sequence[Telling]:
        return sorted(self.told.values(), key=lambda t: t.since)

    def save_chore(self, chore: Chore) -> None:
        self.done[chore.duty] = chore
        self.saves += 1

    def chores(self) -> Mapping[Duty, Chore]:
        return dict(self.done)

    def save_source(self, record: SourceRecord, read: Iterable[Stretch] = ()) -> None:
        before, added = self.live.get(record.name), list(read)
        told = [[getattr(r, name, None) for name in TELLING] for r in (before, record)]
        self.live[record.name] = record
        known, self.complete = self.complete, join_stretches([*self.complete, *added])
        self.saves += by_minute(known) != by_minute(self.complete) or told[0] != told[1]

    def sources(self) -> Sequence[SourceRecord]:
        return sorted(self.live.values(), key=lambda r: r.name)

    def stretches(self) -> Sequence[Stretch]:
        return self.complete

    def cut_stretches(self, source: str, end: datetime) -> None:
        cut = [replace(s, end=min(s.end, end)) if s.source == source else s for s in self.complete]
        self.complete = join_stretches(cut)
        self.saves += 1

    def keep_draft(self, draft: KeptDraft) -> None:
        before = self.drafted.get(draft.cluster)
        self.drafted[draft.cluster] = (
            replace(draft, criteria=before.criteria, made=before.made) if before and before.criteria else draft
        )
        self.saves += 1

    def drafts(self) -> Sequence[KeptDraft]:
        return sorted(self.drafted.values(), key=lambda d: (d.made, d.cluster))

    def drop_draft(self, cluster: str) -> bool:
        self.saves += cluster in self.drafted
        return self.drafted.pop(cluster, None) is not None

    def note_sent(self, row: Sent) -> None:
        self.ledger[row.fingerprint, row.repo, row.kind] = row
        self.saves += 1

    def forget_sent(self, row: Sent) -> None:
        self.ledger.pop((row.fingerprint, row.repo, row.kind), None)
        self.saves += 1

    def sent(self) -> Sequence[Sent]:
        return sorted(self.ledger.values(), key=lambda r: (r.at, r.fingerprint, r.repo, r.kind))

    def add_note(self, note: Note) -> None:
        self.written.append(note)
        self.saves += 1

    def delete_note(self, id: str, who: str, at: datetime) -> bool:
        standing = [n.id == id and n.deleted_at is None for n in self.written]
        gone = [replace(n, deleted_at=at, deleted_by=who) for n in self.written]
        self.written = [g if hit else n for n, g, hit in zip(self.written, gone, standing, strict=True)]
        self.saves += any(standing)
        return any(standing)

    def notes(self) -> Sequence[Note]:
        return list(self.written)

    def freeze(self, frozen: Frozen) -> None:
        self.behind = {i: f for i, f in self.behind.items() if not f.ended(frozen.made_at)} | {frozen.id: frozen}

    def frozen(self, id: str) -> Frozen | None:
        return self.behind.get(id)

    def all_frozen(self) -> Sequence[Frozen]:
        return sorted(self.behind.values(), key=lambda f: f.made_at, reverse=True)

    def end_frozen(self, id: str, ends_at: datetime | None) -> bool:
        if id in self.behind:
            self.behind[id] = replace(self.behind[id], ends_at=ends_at)
        return id in self.behind

    def version(self) -> int:
        return self.saves


@dataclass
class ListSource:
    """Texts as a LogSource, `step` to a chunk."""

    texts: Sequence[bytes]
    name: str = "list"
    step: int = 1000
    oversized: tuple[bytes, ...] = ()

    @property
    def fingerprint(self) -> str:
        return f"fingerprint of {self.name}"

    @property
    def size(self) -> int:
        return sum(map(len, self.texts))

    def chunks(self) -> Iterator[Chunk]:
        done = 0
        for at in range(0, len(self.texts), self.step):
            part = self.texts[at : at + self.step]
            done += sum(map(len, part))
            yield Chunk(pa.array(part, pa.large_binary()), done)
        if self.oversized or not self.texts:
            yield Chunk(pa.array([], pa.large_binary()), done, self.oversized)


def memory_ports() -> Ports:
    """Return empty ports in memory."""
    return Ports(MemoryEntryStore(), MemoryStateStore())


def ports_with(rows: pa.Table, *records: ImportRecord) -> Ports:
    """Return ports that hold rows of ENTRIES as an import leaves them: stored, their shapes in the catalog."""
    ports = memory_ports()
    ports.entries.append(rows, ("fake", 1))
    ports.state.add_shapes(find_shapes(rows["collapsed"].drop_null().to_pylist()), merge_shapes, cluster_id)
    for record in records:
        ports.state.save_import(record)
    return ports


@dataclass
class MemoryTrackingFacts:
    """A facts document that is always the same."""

    document: Mapping[str, Any] = field(default_factory=dict)
    failures: Sequence[Mapping[str, Any]] = ()

    def read(self, since: datetime, until: datetime, now: datetime) -> Mapping[str, Any]:
        return {"read_at": rfc3339(now), **self.document, "failures": list(self.failures)}


@dataclass
class MemoryHealthProbe:
    """What services say; one that says None does not answer."""

    says: Mapping[str, Any] = field(default_factory=dict)

    def services(self) -> Sequence[str]:
        return sorted(self.says)

    def probe(self, service: str) -> HealthSaid:
        if self.says.get(service) is None:
            raise SourceUnavailable(f"The service '{service}' did not answer.", hint="See whether it runs.", permanent=False)
        return parse_health(self.says[service])
