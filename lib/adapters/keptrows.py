"""Answers that are kept (core.kept) as rows: who and when in columns, what was said as JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import sqlalchemy as sa

from lib.adapters.rowtimes import as_time, sortable
from lib.core.kept import Audited, Flown, HealthAnswer, Kept
from lib.core.sentry.asked import Declared
from lib.core.sentry.healthdocs import HealthWord

MOST = 100  # answers kept of a kind for a service: a probe each minute must not fill the disk, and a page shows a few
KINDS: Mapping[str, type[Kept]] = {"audit": Audited, "health": HealthAnswer, "canary": Flown}
NAMES = {kind: name for name, kind in KINDS.items()}
COLUMNS = ("service", "environment", "read_at")


def make_table(metadata: sa.MetaData) -> sa.Table:
    """Return the table of answers. Rows are only added; the oldest beyond MOST go."""
    return sa.Table(
        "answers",
        metadata,
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("kind", sa.String, nullable=False),
        *(sa.Column(name, sa.String, nullable=False) for name in COLUMNS),
        sa.Column("document", sa.JSON, nullable=False),
    )


def add(connection: sa.Connection, table: sa.Table, answer: Kept) -> None:
    """Add an answer, and forget the oldest of its kind and service beyond MOST."""
    row = as_row(answer)
    connection.execute(table.insert().values(row))
    same = [table.c[name] == row[name] for name in ("kind", "service", "environment")]
    newest = sa.select(table.c.number).where(*same).order_by(table.c.read_at.desc(), table.c.number.desc()).limit(MOST)
    connection.execute(table.delete().where(*same, table.c.number.not_in(newest)))


def read(connection: sa.Connection, table: sa.Table) -> Sequence[Kept]:
    """Return every answer, oldest first."""
    rows = connection.execute(sa.select(table).order_by(table.c.read_at, table.c.number)).mappings()
    return [as_answer(row) for row in rows]


def as_row(answer: Kept) -> dict[str, Any]:
    """Return an answer as a row; times of day with the same number of digits, so that text sorts as time."""
    document = {name: value for name, value in asdict(answer).items() if name not in COLUMNS}
    if isinstance(answer, Audited):
        kept = [asdict(replace(file, read_at=None)) for file in answer.files]
        document["files"] = [{n: v for n, v in file.items() if n not in COLUMNS} for file in kept]
    where = {"service": answer.service, "environment": answer.environment}
    read_at = sortable(answer.read_at)
    return {"kind": NAMES[type(answer)], **where, "read_at": read_at, "document": document}


def as_answer(row: Mapping[Any, Any]) -> Kept:
    """Return a row as an answer."""
    where = {"service": row["service"], "environment": row["environment"], "read_at": as_time(row["read_at"])}
    document = row["document"]
    if row["kind"] == "audit":
        return Audited(**where, files=tuple(Declared(**file, **where) for file in document["files"]))
    if row["kind"] == "health":
        says = HealthWord(document["says"]) if document["says"] else None
        return HealthAnswer(**where, **{**document, "says": says, "texts": tuple(document["texts"])})
    return Flown(**where, **document)
