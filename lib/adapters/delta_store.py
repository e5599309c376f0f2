"""ENTRIES as a Delta table in a folder: appended once only, asked through DuckDB over the table's own files."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING
from urllib.parse import unquote

import polars as pl
import pyarrow as pa
from deltalake import ColumnProperties, CommitProperties, DeltaTable, Transaction, WriterProperties, write_deltalake
from deltalake.exceptions import TableNotFoundError
from filelock import FileLock

from lib.adapters import duck, upkeep
from lib.adapters.duck import Span
from lib.adapters.rollups import Rollups
from lib.adapters.storefaults import READING, TIDYING, WRITING, told
from lib.adapters.sums import Sums
from lib.core.frames import ENTRY_KEY
from lib.core.questions import NAME
from lib.core.rollup import Rollup
from lib.core.upkeep import LARGE_FILE, Upkept
from lib.ports import StoreFacts

if TYPE_CHECKING:
    import ibis.expr.types as ir

# A dictionary of texts that are nearly all different costs more than it saves.
PLAIN = ColumnProperties(dictionary_enabled=False, statistics_enabled="NONE")
WRITER = WriterProperties(compression="ZSTD", compression_level=1, column_properties={"payload": PLAIN})
STORED_KEYS = f"SELECT {', '.join(ENTRY_KEY)} FROM read_parquet(?) WHERE ts BETWEEN ? AND ?"
Mark = tuple[int, int] | None


class DeltaEntryStore:
    """The table under `folder`. One writer at a time, by a lock that dies with its process; any number of readers."""

    def __init__(self, folder: Path, spill: Path | None = None) -> None:
        self.folder = folder
        self.writing = FileLock(folder.parent / (folder.name + ".lock"))
        self.connection = duck.connect(spill)
        self.rollups = Rollups(folder.parent / "rollups", self._ask)
        self.sums = Sums(folder.parent / "sums")
        self.guard = Lock()
        self.seen: tuple[Mark, DeltaTable] | None = None

    def append(self, batch: pa.Table, cursor: tuple[str, int]) -> int:
        """Add the rows of ENTRIES that are not stored yet and the source's cursor in one commit; return how many were added.

        Errors: StoreError when the folder cannot be read or written.
        """
        with told(*WRITING), self.writing:
            table = self._open()
            new = self._without_stored(batch, table)
            self._write(new, table, cursor)
            self.sums.prepare(self.pinned().files)
        self.rollups.prepare(self.pinned().files)
        return int(new.num_rows)

    def version(self) -> int:
        """Return the table's version, -1 while there is none."""
        with told(*READING):
            table = self._open()
            return -1 if table is None else int(table.version() or 0)

    def pinned(self) -> "PinnedEntries":
        """Return the table as it stands now, for questions that must agree with each other."""
        with told(*READING):
            table = self._open()
            with self.guard:
                files = () if table is None else tuple(find_files(table))
                return PinnedEntries(self, files, -1 if table is None else int(table.version() or 0))

    def span(self) -> tuple[datetime | None, datetime | None]:
        """Return the times of the oldest and newest entry, None without any."""
        return self.pinned().span()

    def rollup(self, start: datetime, end: datetime) -> Rollup:
        """Return the cells of the entries in [start, end)."""
        return self.pinned().rollup(start, end)

    def near(self, spans: Sequence[Span]) -> "PinnedEntries":
        """Return the entries of the files that can hold some of the spans."""
        return self.pinned().near(spans)

    def marked(self, start: datetime, end: datetime) -> "MarkedEntries":
        """Return the entries in [start, end) that tell of deploys or error tracking; only audit entries keep their payload."""
        return self.pinned().marked(start, end)

    def answer(self, expression: "ir.Expr", **tables: pa.Table) -> pa.Table:
        """Return the rows of an Ibis expression over questions.entries() and the given tables."""
        return self.pinned().answer(expression, **tables)

    def answer_over(
        self, files: Sequence[str], expression: "ir.Expr", tables: Mapping[str, pa.Table], span: Span | None = None
    ) -> pa.Table:
        """Return the rows of an Ibis expression over some of the table's files, of the entries within a span."""
        sql = duck.compile_question(expression)
        with told(*READING), self.connection.cursor() as cursor:
            duck.bind(cursor, files, tables, span)
            return cursor.sql(sql).to_arrow_table()

    def _ask(self, files: Sequence[str], expression: "ir.Expr", span: Span | None) -> pa.Table:
        return self.answer_over(files, expression, {}, span)

    def answer_of(self, rows: pa.Table, expression: "ir.Expr", tables: Mapping[str, pa.Table]) -> pa.Table:
        """Return the rows of an Ibis expression over some entries at hand."""
        sql = duck.compile_question(expression)
        with told(*READING), self.connection.cursor() as cursor:
            for name, table in {NAME: rows, **tables}.items():
                cursor.register(name, table)
            return cursor.sql(sql).to_arrow_table()

    def facts(self) -> StoreFacts:
        """Return how much is stored."""
        with told(*READING):
            table = self._open()
            return StoreFacts(0, 0, 0, -1, None, None) if table is None else describe(table)

    def compact(self, least: int = 2, most_bytes: int = LARGE_FILE) -> Upkept:
        """Join the small files of days that have at least so many, and delete replaced files once no reader can need them.

        Errors: StoreError; what was joined until then stays joined, and no entry is lost or doubled.
        """

        def join(table: DeltaTable) -> int:
            upkeep.compact(table, least, most_bytes, WRITER, self._count)
            return 0

        return self._keep(join)

    def expire(self, before: datetime) -> Upkept:
        """Remove the entries older than `before`. Errors: StoreError; doing it again removes the rest."""
        return self._keep(lambda table: upkeep.expire(table, before, WRITER))

    def _keep(self, step: Callable[[DeltaTable], int]) -> Upkept:
        with told(*TIDYING), self.writing:
            if self._open() is None:
                return Upkept(0, 0, 0, 0, 0)
            table = DeltaTable(self.folder)  # not the one that readers share
            before, removed = upkeep.measure(table), step(table)
            swept = upkeep.sweep(table)
            upkeep.shorten_log(table)
            self.sums.prepare(find_files(table))
            self.sums.sweep(map(str, self.folder.rglob("*.parquet")))
            self.rollups.prepare(find_files(table))
            self.rollups.sweep(self.folder)
            after = describe(table)
            sizes = before.files, after.files, before.size_bytes, after.size_bytes
            return Upkept(*sizes, after.entries, removed, swept, after.first)

    def find_changed(self) -> list[str]:
        """Return the table's files that are not what was written to them, or are gone. Errors: StoreError."""
        with told(*READING):
            return self.sums.find_changed(self.pinned().files)

    def _count(self, table: DeltaTable) -> int:
        """Return how many entries the table's files hold by their own footers."""
        with self.connection.cursor() as cursor:
            counted = cursor.sql("SELECT count(*) FROM read_parquet(?)", params=[find_files(table)]).to_arrow_table()
            return int(counted.column(0)[0].as_py())

    def _open(self) -> DeltaTable | None:
        """Return the newest state of the table; the log's new files alone are read."""
        with self.guard:
            if self.seen is not None and self._mark(self.seen[1]) == self.seen[0]:
                table = self.seen[1]
                table.update_incremental()
            else:
                try:
                    table = DeltaTable(self.folder)
                except TableNotFoundError:
                    self.seen = None
                    return None
            self.seen = (self._mark(table), table)
            return table

    def _mark(self, table: DeltaTable) -> Mark:
        """Return what tells a table's newest commit from that of another: the folder may be moved away and a new one begun."""
        try:
            found = (self.folder / "_delta_log" / f"{table.version():020}.json").stat()
        except FileNotFoundError:
            return None
        return found.st_ino, found.st_mtime_ns

    def _without_stored(self, batch: pa.Table, table: DeltaTable | None) -> pa.Table:
        """Return the rows once each, and none that is stored. Rows of other days cannot be equal, so `day` bounds the look."""
        keys = pl.DataFrame(batch.select([*ENTRY_KEY, "day"])).with_row_index("row")
        kept = keys.unique(ENTRY_KEY, keep="first", maintain_order=True)
        days = kept["day"].unique().sort().to_list()
        files = [] if table is None else find_files(table, days)
        if files:
            with self.connection.cursor() as cursor:
                stored = cursor.sql(STORED_KEYS, params=[files, kept["ts"].min(), kept["ts"].max()])
                kept = kept.join(pl.DataFrame(stored.to_arrow_table()), on=ENTRY_KEY, how="anti", maintain_order="left")
        return batch if len(kept) == len(batch) else batch.take(kept["row"].to_arrow())

    def _write(self, new: pa.Table, table: DeltaTable | None, cursor: tuple[str, int]) -> None:
        mark = CommitProperties(app_transactions=[Transaction(*cursor)])
        if new.num_rows or table is None:
            write_deltalake(
                table or self.folder, new, mode="append", partition_by=["day"], commit_properties=mark, writer_properties=WRITER
            )


@dataclass(frozen=True)
class PinnedEntries:
    """The table as it stood at one version: every question is asked of the same files."""

    store: DeltaEntryStore
    files: tuple[str, ...]
    at: int

    def version(self) -> int:
        """Return the version that this is."""
        return self.at

    def answer(self, expression: "ir.Expr", **tables: pa.Table) -> pa.Table:
        """Return the rows of an Ibis expression over questions.entries() and the given tables."""
        return self.store.answer_over(self.files, expression, tables)

    def facts(self) -> StoreFacts:
        """Return how much is stored now."""
        return self.store.facts()

    def span(self) -> tuple[datetime | None, datetime | None]:
        """Return the times of the oldest and newest entry, None without any."""
        with told(*READING):
            return self.store.rollups.span(self.files)

    def rollup(self, start: datetime, end: datetime) -> Rollup:
        """Return the cells of the entries in [start, end)."""
        with told(*READING):
            return self.store.rollups.between(self.files, start, end)

    def near(self, spans: Sequence[Span]) -> "PinnedEntries":
        """Return the entries of the files that can hold some of the spans."""
        with told(*READING):
            return replace(self, files=tuple(self.store.rollups.near(self.files, spans)))

    def marked(self, start: datetime, end: datetime) -> "MarkedEntries":
        """Return the entries in [start, end) that tell of deploys or error tracking."""
        with told(*READING):
            return MarkedEntries(self, self.store.rollups.marks(self.files, start, end))

    def pinned(self) -> "PinnedEntries":
        """Return itself."""
        return self


@dataclass(frozen=True)
class MarkedEntries:
    """The marked entries at one version, in memory."""

    pinned: PinnedEntries
    rows: pa.Table

    def answer(self, expression: "ir.Expr", **tables: pa.Table) -> pa.Table:
        """Return the rows of an Ibis expression over them."""
        return self.pinned.store.answer_of(self.rows, expression, tables)


def describe(table: DeltaTable) -> StoreFacts:
    """Return what a table is made of, from its log alone."""
    actions = pa.table(table.get_add_actions(flatten=True))
    count = sum(int(n or 0) for n in actions["num_records"].to_pylist())
    size = sum(int(n) for n in actions["size_bytes"].to_pylist())
    first = min(filter(None, actions["min.ts"].to_pylist()), default=None)
    last = max(filter(None, actions["max.ts"].to_pylist()), default=None)
    return StoreFacts(count, actions.num_rows, size, int(table.version() or 0), _utc(first), _utc(last))


def find_files(table: DeltaTable, days: Sequence[date] | None = None) -> list[str]:
    """Return the paths of the table's files, of some days or of all; deltalake gives them as URLs, with blanks as %20."""
    filters = None if days is None else [("day", "in", [d.isoformat() for d in days])]
    return [unquote(uri) for uri in table.file_uris(file_pruning_predicate=filters)]


def _utc(ts: datetime | None) -> datetime | None:
    return None if ts is None else ts.replace(tzinfo=UTC) if ts.tzinfo is None else ts.astimezone(UTC)
