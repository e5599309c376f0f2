"""Duties as they were last done, as rows of the state and back."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from lib.adapters.rowtimes import as_time, maybe_time, with_texts
from lib.core.model import SourceState
from lib.core.upkeep import Chore, Duty


def make_table(metadata: sa.MetaData) -> sa.Table:
    """Return the table of duties, a row each."""
    return sa.Table(
        "chores",
        metadata,
        sa.Column("duty", sa.String, primary_key=True),
        sa.Column("chore", sa.JSON, nullable=False),
    )


def save(connection: sa.Connection, table: sa.Table, chore: Chore) -> None:
    """Insert a duty, or replace it."""
    row = with_texts({k: v for k, v in asdict(chore).items() if k != "duty"})
    statement = sqlite.insert(table).values(duty=chore.duty.value, chore=row)
    connection.execute(statement.on_conflict_do_update(["duty"], set_={"chore": row}))


def read(connection: sa.Connection, table: sa.Table) -> Mapping[Duty, Chore]:
    """Return every duty that was ever done; one that only a newer Blindspot knows is left out."""
    known = set(Duty)
    rows = connection.execute(sa.select(table.c.duty, table.c.chore)).all()
    return {Duty(row.duty): _as_chore(Duty(row.duty), row.chore) for row in rows if row.duty in known}


def _as_chore(duty: Duty, row: dict[str, Any]) -> Chore:
    times = {"at": as_time(row["at"]), "before": maybe_time(row["before"])}
    return Chore(**{**row, **times, "duty": duty, "state": SourceState(row["state"])})
