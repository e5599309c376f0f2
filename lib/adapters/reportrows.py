"""Notes and frozen reports as rows of the state, and the part of the state store that keeps them."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from lib.adapters.rowtimes import maybe_time, sortable
from lib.adapters.sqlopen import Database
from lib.core.report.notes import Note
from lib.core.report.snapshots import Frozen

TIMES = ("ts", "written_at", "deleted_at", "made_at", "ends_at")


def make_notes(metadata: sa.MetaData) -> sa.Table:
    """Return the table of notes. Rows are added; of one that was taken away, who did it and when is filled in."""
    return sa.Table(
        "notes",
        metadata,
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("id", sa.String, nullable=False, unique=True),
        sa.Column("ts", sa.String, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("written_at", sa.String, nullable=False),
        sa.Column("service", sa.Text, nullable=False),
        sa.Column("deleted_at", sa.String),
        sa.Column("deleted_by", sa.Text, nullable=False),
    )


def make_frozen(metadata: sa.MetaData) -> sa.Table:
    """Return the table of frozen reports. Nothing of a row ever changes but when it ends."""
    return sa.Table(
        "frozen",
        metadata,
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("made_at", sa.String, nullable=False),
        sa.Column("ends_at", sa.String),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
    )


class ReportState(ABC):
    """The part of a state store that keeps notes and frozen reports; `count_up` is the store's own."""

    database: Database
    notes_table: sa.Table
    frozen_table: sa.Table

    @abstractmethod
    def count_up(self, connection: sa.Connection) -> None:
        """Let the store's version grow."""

    def add_note(self, note: Note) -> None:
        """Keep a note."""
        with self.database.writing() as connection:
            connection.execute(self.notes_table.insert().values(_as_row(note)))
            self.count_up(connection)

    def delete_note(self, id: str, who: str, at: datetime) -> bool:
        """Note that a note was taken away, by whom and when; False when none of that id stands."""
        table = self.notes_table
        gone = {"deleted_at": sortable(at), "deleted_by": who}
        with self.database.writing() as connection:
            done = connection.execute(table.update().where(table.c.id == id, table.c.deleted_at.is_(None)).values(gone))
            if done.rowcount:
                self.count_up(connection)
        return bool(done.rowcount)

    def notes(self) -> Sequence[Note]:
        """Return every note that was ever written, in order of writing."""
        table = self.notes_table
        columns = [column for column in table.c if column is not table.c.number]
        with self.database.reading() as connection:
            rows = connection.execute(sa.select(*columns).order_by(table.c.number)).mappings().all()
        return [Note(**_with_times(row)) for row in rows]

    def freeze(self, frozen: Frozen) -> None:
        """Keep a frozen report; those that ended before it was made are forgotten."""
        table = self.frozen_table
        with self.database.writing() as connection:
            connection.execute(table.delete().where(table.c.ends_at <= sortable(frozen.made_at)))
            connection.execute(table.insert().values(_as_row(frozen)))

    def frozen(self, id: str) -> Frozen | None:
        """Return the frozen report of an id, None without one."""
        table = self.frozen_table
        with self.database.reading() as connection:
            row = connection.execute(sa.select(table).where(table.c.id == id)).mappings().one_or_none()
        return Frozen(**_with_times(row)) if row else None

    def all_frozen(self) -> Sequence[Frozen]:
        """Return every frozen report that is still there, newest first."""
        table = self.frozen_table
        with self.database.reading() as connection:
            rows = connection.execute(sa.select(table).order_by(table.c.made_at.desc(), table.c.id)).mappings().all()
        return [Frozen(**_with_times(row)) for row in rows]

    def end_frozen(self, id: str, ends_at: datetime | None) -> bool:
        """Set when a frozen report's link ends; False when there is none of that id."""
        table = self.frozen_table
        ends = sortable(ends_at) if ends_at else None
        with self.database.writing() as connection:
            return bool(connection.execute(table.update().where(table.c.id == id).values(ends_at=ends)).rowcount)


def _as_row(kept: Note | Frozen) -> dict[str, Any]:
    return {k: sortable(v) if isinstance(v, datetime) else v for k, v in asdict(kept).items()}


def _with_times(row: Mapping[Any, Any]) -> dict[str, Any]:
    texts = dict(row)
    return texts | {k: maybe_time(texts[k]) for k in TIMES if k in texts}
