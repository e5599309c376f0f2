"""The roll-up of a table's files: each file's is made once and kept beside the table, and all of them are held in memory.

What is kept is a copy of what the files say: when it cannot be read it is made again, and where it cannot be written it is made
each time.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lib.adapters.duck import Span
from lib.adapters.seals import read_sealed, write_sealed
from lib.core import questions, rollup
from lib.core.frames import ENTRIES
from lib.core.rollup import Piece, Rollup

if TYPE_CHECKING:
    import ibis.expr.types as ir

CELLS = [*rollup.SERIES, *rollup.CELLS_SCHEMA.names]
READERS = 4  # files read at once
MOST_MADE = 4  # roll-ups held with what was added up of them: views of one window ask for the same
MOST_GONE = 2  # as many files are held as this times those of the table: older versions may still be asked

Ask = Callable[[Sequence[str], "ir.Table", Span | None], pa.Table]  # the answer to a question over some files, within a span


@dataclass(frozen=True)
class Part:
    """One file's roll-up: its cells, with the numbers that series have in this process, and its marked entries."""

    piece: Piece
    marks: pa.Table


@lru_cache(maxsize=1)
def all_cells() -> "ir.Table":
    """Return the question for every cell of a file."""
    return rollup.roll_up(questions.entries())


@lru_cache(maxsize=1)
def all_marks() -> "ir.Table":
    """Return the question for a file's marked entries; only audit entries are asked for their payload."""
    import ibis

    t = questions.entries()
    marked = t.filter(rollup.is_marked(t))
    return marked.mutate(payload=ibis.ifelse(marked.origin == "audit", marked.payload, "")).select(ENTRIES.names)


class Rollups:
    """The roll-ups of one table, for any number of threads."""

    def __init__(self, folder: Path, ask: Ask) -> None:
        self.folder = folder / f"v{rollup.VERSION}"
        self.ask = ask
        self.guard = RLock()
        self.parts: dict[str, Part] = {}
        self.ready: set[str] = set()  # files whose roll-up is known to be kept
        self.made: dict[tuple[object, ...], Rollup] = {}  # the last ones, by what they are made of
        self.series = rollup.no_series()

    def prepare(self, files: Iterable[str]) -> None:
        """Make and keep what is missing, so that no reader has to."""
        for file in files:
            if file not in self.ready:
                if not self._place(file, "cells").exists():
                    self._make(file)
                self.ready.add(file)

    def sweep(self, table: Path) -> None:
        """Delete what is kept of files that are gone from a table's folder."""
        there = {file.stem for file in table.rglob("*.parquet")}
        for kept in self.folder.parent.glob("*/*"):
            if kept.name.rsplit(".", 2)[0] not in there or kept.parent != self.folder:
                with suppress(OSError):
                    kept.unlink()

    def between(self, files: Sequence[str], start: datetime, end: datetime) -> Rollup:
        """Return the cells of the entries in [start, end) of some files: those on an edge are counted anew."""
        over = {f: p.piece for f, p in self._load(of_days(files, start, end), files).items() if p.piece.overlaps(start, end)}
        edges = {f: piece.clip(start, end) for f, piece in over.items() if not piece.lies_in(start, end)}
        torn = {f: cells for f, (_, cells) in edges.items() if len(cells)}
        known = (tuple(over), tuple(edges), *((start, end) if edges else ()))
        if (held := self.made.get(known)) is not None:
            return held
        counted = self._count(list(torn), pl.concat([rollup.no_cells(), *torn.values()]), start, end)
        edge = Piece(pl.concat([rollup.no_cells(), *(cells for cells, _ in edges.values()), counted]))
        with self.guard:
            made = Rollup(self.series, (*(piece for f, piece in over.items() if f not in edges), edge), self.series)
            self.made = dict([*self.made.items(), (known, made)][-MOST_MADE:])
        return made

    def span(self, files: Sequence[str]) -> tuple[datetime | None, datetime | None]:
        """Return the times of the oldest and newest entry of some files: those of the first and the last day tell."""
        days = sorted({day_of(f) for f in files})
        return self._end(files, days, min), self._end(files, days[::-1], max)

    def _end(
        self, files: Sequence[str], days: Sequence[str], choose: Callable[[Iterable[datetime]], datetime]
    ) -> datetime | None:
        for day in days:
            parts = self._load([f for f in files if day_of(f) == day], files).values()
            if times := [t for p in parts for t in p.piece.span or ()]:
                return choose(times)
        return None

    def near(self, files: Sequence[str], spans: Sequence[Span]) -> list[str]:
        """Return the files that may hold an entry of some of the spans."""
        if not spans:
            return []
        able = of_days(files, min(a for a, _ in spans), max(b for _, b in spans))
        firsts = np.array([np.datetime64(a.replace(tzinfo=None)) for a, _ in spans])
        lasts = np.array([np.datetime64(b.replace(tzinfo=None)) for _, b in spans])
        held = {f: p.piece.span for f, p in self._load(able, files).items() if p.piece.span}
        ends = {f: [np.datetime64(t.replace(tzinfo=None)) for t in span] for f, span in held.items()}
        return [f for f, (first, last) in ends.items() if ((firsts <= last) & (lasts >= first)).any()]

    def marks(self, files: Sequence[str], start: datetime, end: datetime) -> pa.Table:
        """Return the marked entries in [start, end) of some files."""
        parts = [p.marks for p in self._load(of_days(files, start, end), files).values() if p.piece.overlaps(start, end)]
        rows = pa.concat_tables([ENTRIES.empty_table(), *parts])
        first, after = (pa.scalar(t, rows["ts"].type) for t in (start, end))
        return rows.filter((pc.field("ts") >= first) & (pc.field("ts") < after))

    def _count(self, files: Sequence[str], torn: pl.DataFrame, start: datetime, end: datetime) -> pl.DataFrame:
        """Return the cells of which only a part lies in [start, end), counted from the entries."""
        if not files:
            return rollup.no_cells()
        minutes = torn["minute"].unique().sort().to_list()  # a window has two edges, so these are few
        asked = [self.ask(files, all_cells(), rollup.cut_minute(minute, start, end)) for minute in minutes]
        with self.guard:
            cells = self._number(pl.concat([pl.DataFrame(rows) for rows in asked]))
        return cells.join(torn, on=["series", "minute"], how="semi")

    def _load(self, files: Sequence[str], table: Sequence[str]) -> dict[str, Part]:
        """Return the parts of some files of a table; those that are not in memory yet are read, or made."""
        with self.guard:
            missing = [f for f in files if f not in self.parts]
            if missing:
                with ThreadPoolExecutor(READERS) as pool:
                    for file, (cells, marks) in zip(missing, pool.map(self._read, missing), strict=True):
                        self.parts[file] = Part(Piece(self._number(cells)), marks)
                if len(self.parts) > MOST_GONE * len(table):  # compacted and expired files
                    self.parts = {f: self.parts[f] for f in table if f in self.parts}
            return {f: self.parts[f] for f in files}

    def _number(self, cells: pl.DataFrame) -> pl.DataFrame:
        numbered, self.series = rollup.number(cells, self.series)
        return numbered

    def _read(self, file: str) -> tuple[pl.DataFrame, pa.Table]:
        """Return a file's cells, with SERIES, and marks, as kept; made anew where that cannot be had."""
        try:
            cells = pl.read_parquet(read_sealed(self._place(file, "cells")), columns=CELLS)
            return cells, pq.read_table(read_sealed(self._place(file, "marks")), schema=ENTRIES)
        except (OSError, pa.ArrowException, pl.exceptions.PolarsError):
            return self._make(file)

    def _make(self, file: str) -> tuple[pl.DataFrame, pa.Table]:
        """Ask a file, and keep its answers; the cells come last, so that where they are all is."""
        marks = self.ask([file], all_marks(), None).cast(ENTRIES)
        cells = rollup.in_order(pl.DataFrame(self.ask([file], all_cells(), None)))
        with suppress(OSError):  # a full disk or a folder that is only read: then it is made again next time
            self._keep(self._place(file, "marks"), lambda out: pq.write_table(marks, out, compression="zstd"))
            self._keep(self._place(file, "cells"), cells.write_parquet)
        return cells, marks

    def _place(self, file: str, kind: str) -> Path:
        return self.folder / f"{Path(file).stem}.{kind}.parquet"

    def _keep(self, place: Path, write: Callable[[BytesIO], Any]) -> None:
        """Write a file under its name at once or not at all, sealed."""
        out = BytesIO()
        write(out)
        self.folder.mkdir(parents=True, exist_ok=True)
        write_sealed(place, out.getvalue())


def day_of(file: str) -> str:
    """Return the day whose entries a file holds, as 2026-09-14: the table is partitioned by it."""
    return Path(file).parent.name.partition("=")[2]


def of_days(files: Sequence[str], start: datetime, end: datetime) -> list[str]:
    """Return the files of the days that a stretch of time touches."""
    first, last = (t.astimezone(UTC).date().isoformat() for t in (start, end))
    return [f for f in files if first <= day_of(f) <= last]
