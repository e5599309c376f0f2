"""What was told of gaps, as a row of the state and back."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from lib.adapters.rowtimes import as_time
from lib.core.blindness.corrections import Telling, ToldGap


def make_table(metadata: sa.MetaData) -> sa.Table:
    """Return the table of tellings: a row a service, and one more for each answer that contradicts the one before."""
    keys = [sa.Column(name, sa.String, primary_key=True) for name in ("service", "environment", "since")]
    return sa.Table("tellings", metadata, *keys, sa.Column("told", sa.JSON, nullable=False))


def save(connection: sa.Connection, table: sa.Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows, or replace them by their keys."""
    statement = sqlite.insert(table)
    renewed = {"told": statement.excluded.told}
    connection.execute(statement.on_conflict_do_update(["service", "environment", "since"], set_=renewed), rows)


def read(connection: sa.Connection, table: sa.Table) -> Sequence[Telling]:
    """Return every telling, oldest first."""
    rows = connection.execute(sa.select(table).order_by(table.c.since)).all()
    return [as_telling(row.service, row.environment, row.since, row.told) for row in rows]


def as_row(telling: Telling) -> dict[str, Any]:
    """Return a telling as plain values."""
    return {
        "service": telling.service,
        "environment": telling.environment,
        "since": telling.since.isoformat(),
        "told": {
            "told_at": telling.told_at.isoformat(),
            "start": telling.start.isoformat(),
            "reached": telling.reached.isoformat(),
            "gaps": [[g.cause, g.start.isoformat(), g.end.isoformat() if g.end else None] for g in telling.gaps],
        },
    }


def as_telling(service: str, environment: str, since: str, told: dict[str, Any]) -> Telling:
    """Return a row as a telling."""
    gaps = tuple(ToldGap(cause, as_time(start), as_time(end) if end else None) for cause, start, end in told["gaps"])
    times = (as_time(since), as_time(told["told_at"]), as_time(told["start"]), as_time(told["reached"]))
    return Telling(service, environment, *times, gaps)
