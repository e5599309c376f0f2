"""Live sources and the stretches of them that were read completely (core.collecting), as rows of the state and back."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from lib.adapters.rowtimes import as_time, maybe_time, sortable
from lib.core.collecting import SourceKind, SourceRecord, Stretch, join_stretches
from lib.core.model import SourceState

TIMES = ("started", "heartbeat", "asked", "succeeded", "since", "watermark", "newest")
SPANS = ("behind", "backlog")
TELLING = (
    "state",
    "message",
    "hint",
    "left_out",
    "skipped",
    "masked",
)  # a change of these changes an answer; a heartbeat does not


class Tables(NamedTuple):
    """A live source is a row, and so is a stretch; stretches that touch are one row, so that there are few."""

    sources: sa.Table
    stretches: sa.Table


def make_tables(metadata: sa.MetaData) -> Tables:
    """Return the tables of live sources and of stretches."""
    name, document = sa.Column("name", sa.String, primary_key=True), sa.Column("record", sa.JSON, nullable=False)
    keys = [sa.Column(key, sa.String, primary_key=True) for key in ("source", "filter", "start")]
    return Tables(
        sa.Table("live_sources", metadata, name, document),
        sa.Table("stretches", metadata, *keys, sa.Column("end", sa.String, nullable=False)),
    )


def save(connection: sa.Connection, tables: Tables, record: SourceRecord, read: Sequence[Stretch]) -> bool:
    """Insert or replace a record by its name and add stretches; return whether an answer could change by it."""
    table, document = tables.sources, _as_document(record)
    before = connection.execute(sa.select(table.c.record).where(table.c.name == record.name)).scalar() or {}
    connection.execute(
        sqlite.insert(table).values(name=record.name, record=document).on_conflict_do_update(["name"], set_={"record": document})
    )
    grown = add_stretches(connection, tables.stretches, read)
    return grown or any(before.get(name) != document[name] for name in TELLING)


def read_sources(connection: sa.Connection, tables: Tables) -> Sequence[SourceRecord]:
    """Return every live source, by name."""
    return [
        _as_record(row)
        for row in connection.execute(sa.select(tables.sources.c.record).order_by(tables.sources.c.name)).scalars()
    ]


def add_stretches(connection: sa.Connection, table: sa.Table, added: Sequence[Stretch]) -> bool:
    """Add stretches to those of the same sources and filters; what touches becomes one row. Return whether minutes were added.

    A watermark that moves by seconds is no news: every page would ask everything again for it.
    """
    grown = False
    for source, through in {(s.source, s.filter) for s in added}:
        mine = (table.c.source == source) & (table.c.filter == through)
        known = [_as_stretch(row) for row in connection.execute(sa.select(table).where(mine)).mappings()]
        joined = join_stretches([*known, *(s for s in added if (s.source, s.filter) == (source, through))])
        grown = grown or by_minute(known) != by_minute(joined)
        _replace(connection, table, mine, joined)
    return grown


def by_minute(stretches: Iterable[Stretch]) -> list[tuple[int, int]]:
    """Return the bounds of stretches in whole minutes."""
    return [(int(s.start.timestamp() // 60), int(s.end.timestamp() // 60)) for s in stretches]


def cut_stretches(connection: sa.Connection, tables: Tables, source: str, end: datetime) -> None:
    """Take back what was said of a source from `end` on."""
    table = tables.stretches
    known = [_as_stretch(row) for row in connection.execute(sa.select(table).where(table.c.source == source)).mappings()]
    kept = [Stretch(s.source, s.start, min(s.end, end), s.filter) for s in known if s.start < end]
    _replace(connection, table, table.c.source == source, kept)


def read_stretches(connection: sa.Connection, tables: Tables) -> Sequence[Stretch]:
    """Return every stretch, by source, filter and start."""
    table = tables.stretches
    asked = sa.select(table).order_by(table.c.source, table.c.filter, table.c.start)
    return [_as_stretch(row) for row in connection.execute(asked).mappings()]


def _replace(connection: sa.Connection, table: sa.Table, mine: sa.ColumnElement[bool], rows: Sequence[Stretch]) -> None:
    connection.execute(table.delete().where(mine))
    if rows:
        values = [{"source": s.source, "filter": s.filter, "start": sortable(s.start), "end": sortable(s.end)} for s in rows]
        connection.execute(table.insert(), values)


def _as_document(record: SourceRecord) -> dict[str, Any]:
    times = {name: sortable(ts) if (ts := getattr(record, name)) else None for name in TIMES}
    spans = {name: span.total_seconds() if (span := getattr(record, name)) is not None else None for name in SPANS}
    return {**asdict(record), **times, **spans}


def _as_record(row: Mapping[str, Any]) -> SourceRecord:
    known = {name: value for name, value in row.items() if name in SourceRecord.__dataclass_fields__}
    spans = {name: timedelta(seconds=row[name]) if row.get(name) is not None else None for name in SPANS}
    times = {name: maybe_time(row.get(name)) for name in TIMES}
    words = {"kind": SourceKind(row["kind"]), "state": SourceState(row["state"])}
    return SourceRecord(**{**known, **times, **words, **spans})


def _as_stretch(row: Mapping[Any, Any]) -> Stretch:
    start, end = (as_time(row[name]) for name in ("start", "end"))
    return Stretch(row["source"], start, end, row["filter"])
