"""Opens an SQLite file for many processes: readers wait for no writer, a writer says for whom it waits, errors are ours."""

import logging
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from filelock import FileLock, Timeout

from lib.adapters.lockholder import name_holder
from lib.adapters.seals import read_sealed, write_sealed
from lib.errors import StoreError

SCHEMA = 1  # goes up when a table's columns change; what an older file lacks is added when it is opened
BUSY_S = 60.0  # a writer waits so long for another one: merging a large catalog can take seconds
TELL_S = 3.0  # then whoever waits is told for whom; a reader, who waits for no writer, gives up
SPACE = "Check the home folder's free space and rights."
DAMAGED = (
    "Run `python -m lib doctor --repair`: it sets the file aside and keeps what can be read. Names, mutes, frozen reports and "
    "what Sentry said were in it alone; the entries are kept elsewhere: import again what is missing, nothing is stored twice."
)
LOG = logging.getLogger("blindspot.state")


class Database:
    """An SQLite file in WAL mode that holds the tables of `metadata`."""

    def __init__(self, file: Path, metadata: sa.MetaData) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self.file, self.metadata = file, metadata
        self._counted, self.noted = file.with_name(file.name + ".count"), -1
        self.engine = sa.create_engine(f"sqlite:///{file}", connect_args={"timeout": TELL_S})
        sa.event.listen(self.engine, "connect", _prepare)
        sa.event.listen(self.engine, "begin", self._begin)
        if not self._is_made():
            with self._told(), FileLock(file.with_name(file.name + ".lock"), timeout=BUSY_S):  # turning to WAL waits for nobody
                self._make()

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Yield a transaction that sees one state of the file. Errors: StoreError."""
        with self._told(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """Yield a transaction that takes the write lock at once: one that upgrades later can fail instead of waiting."""
        with self._told(), self.engine.execution_options(writing=True).begin() as connection:
            yield connection
            counted = self._count(connection)
        self._note(counted)

    def _count(self, connection: sa.Connection) -> int:
        """Return how often the file was changed, 0 where nobody counts."""
        counters = self.metadata.tables.get("counters")
        if counters is None:
            return 0
        return connection.execute(sa.select(counters.c.value).where(counters.c.name == "version")).scalar() or 0

    def _note(self, counted: int) -> None:
        """Note the count beside the file: SQLite drops what it cannot read of its log, and says nothing."""
        if counted > max(self.noted, self._read_note()):  # a lower count is a loss, which stays told until it is accepted
            with suppress(OSError):
                write_sealed(self._counted, str(counted).encode())
                self.noted = counted

    def _read_note(self) -> int:
        """Return the count that was noted last, 0 where nothing can be read."""
        try:
            return int(read_sealed(self._counted).read())
        except (OSError, ValueError):
            return 0

    def missing(self) -> int:
        """Return how many of the last changes that were made are not in the file any more. Errors: StoreError."""
        noted = self._read_note()
        with self.reading() as connection:
            return max(0, noted - self._count(connection))

    def accept(self) -> None:
        """Take the file as it is: changes that are missing are not told any more. Errors: StoreError."""
        with self.reading() as connection:
            counted = self._count(connection)
        with suppress(OSError):
            write_sealed(self._counted, str(counted).encode())
        self.noted = counted

    def verify(self) -> None:
        """Read all of the file. Errors: StoreError when a part of it is damaged."""
        with self._told(), closing(self.engine.raw_connection()) as raw:
            if raw.cursor().execute("PRAGMA integrity_check(1)").fetchone()[0] != "ok":
                raise sqlite3.DatabaseError("integrity_check")

    def _refuse_newer(self, version: int) -> None:
        if version > SCHEMA:
            raise StoreError(
                f"The file `state.sqlite` was written by a newer Blindspot (layout {version}; this one knows {SCHEMA}).",
                hint="Run that version, or give another home folder with --home. Nothing was changed.",
            )

    def _is_made(self) -> bool:
        """Tell whether the file has all that it should: then opening it writes nothing, and waits for no writer."""
        if not self.file.exists():
            return False
        try:
            with self._told(), closing(self.engine.raw_connection()) as raw:  # outside of any transaction
                mode = raw.cursor().execute("PRAGMA journal_mode").fetchone()[0]
                version = int(raw.cursor().execute("PRAGMA user_version").fetchone()[0])
                found = {name for (name,) in raw.cursor().execute("SELECT name FROM sqlite_master")}
        except StoreError as e:
            if e.permanent:
                raise
            return False  # another process is just making it
        self._refuse_newer(version)
        indexes = {str(index.name) for table in self.metadata.tables.values() for index in table.indexes}
        return str(mode) == "wal" and version == SCHEMA and found >= self.metadata.tables.keys() | indexes

    def _make(self) -> None:
        with closing(self.engine.raw_connection()) as raw:
            raw.cursor().execute("PRAGMA journal_mode=WAL")
        with self.writing() as connection:
            self.metadata.create_all(connection)  # of a file of an older layout: what is missing
            connection.exec_driver_sql(f"PRAGMA user_version = {SCHEMA}")

    def _begin(self, connection: sa.Connection) -> None:
        """Begin a transaction; a writer waits for another one, and says so."""
        raw: Any = connection.connection.driver_connection
        if not connection.get_execution_options().get("writing"):
            raw.execute("BEGIN")
            return
        until, told = time.monotonic() + BUSY_S, False
        while True:
            try:
                raw.execute("BEGIN IMMEDIATE")  # waits TELL_S; one that fails has begun nothing
                return
            except sqlite3.OperationalError as e:
                if "locked" not in str(e) or time.monotonic() >= until:
                    raise
                if not told:
                    LOG.warning(
                        "blindspot: Waiting for %s, which writes the state; %.0f s at most.", name_holder(self.file), BUSY_S
                    )
                told = True

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn what the database raises into our error."""
        try:
            yield
        except (sa.exc.OperationalError, sqlite3.OperationalError, Timeout) as e:
            locked = "locked" in str(e) or isinstance(e, Timeout)
            hint = f"{name_holder(self.file).capitalize()} holds it: try again when it is done." if locked else SPACE
            raise StoreError("The file `state.sqlite` cannot be used now.", hint=hint, permanent=not locked) from e
        except (sa.exc.DatabaseError, sqlite3.DatabaseError) as e:
            raise StoreError("The file `state.sqlite` is damaged.", hint=DAMAGED) from e


def _prepare(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we begin our transactions ourselves
    connection.execute("PRAGMA synchronous=NORMAL")
