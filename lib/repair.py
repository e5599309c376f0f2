"""`doctor --repair`: what is damaged is set aside, all that can be read is kept, and what is missing is said."""

import shutil
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from lib import wiring
from lib.adapters.delta_store import DeltaEntryStore
from lib.adapters.state import SqlStateStore
from lib.core.frames import ENTRIES
from lib.core.wording import count_of
from lib.errors import BlindspotError, StoreError

SET_ASIDE = "damaged"  # the folder, under home, that nothing reads
STATE_FILES = ("state.sqlite", "state.sqlite-wal", "state.sqlite-shm")
SPARE = 2  # times the size of the entries: they are written anew beside the old ones


@dataclass(frozen=True)
class Repaired:
    """What was done to one part of the store; `missing` is how many entries or rows are gone, None where nobody can tell."""

    name: str
    message: str
    missing: int | None = 0


def repair(home: Path, now: datetime) -> list[Repaired]:
    """Mend the entries and the state where they are damaged; return what was done, nothing where all is well.

    Errors: StoreError when there is no room to write the entries anew, or another process writes; nothing was changed then.
    """
    aside = home / SET_ASIDE / now.astimezone(UTC).strftime("%Y%m%dT%H%M%S%fZ")
    done = [one for one in (_mend_state(home, aside), _mend_entries(home, aside)) if one]
    if any(one.missing != 0 and one.name == "entries" for one in done):
        _take_back(home)
    return done


def _mend_entries(home: Path, aside: Path) -> Repaired | None:
    folder = home / "entries"
    if not folder.exists():
        return None
    expected, changed = _look(folder)
    if expected is not None and not changed:
        return None
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    if shutil.disk_usage(home).free < SPARE * size:
        raise StoreError(
            "There is no room to write the entries anew.", hint=f"Make {SPARE * size / 1024**2:,.0f} MB of room first."
        )
    whole = _find_readable(folder, DeltaEntryStore(folder).sums.find_changed)
    aside.mkdir(parents=True, exist_ok=True)
    with DeltaEntryStore(folder).writing:
        folder.rename(aside / "entries")
    held = 0
    store = DeltaEntryStore(folder, home / "spill")
    for number, file in enumerate(whole):
        held += store.append(_read(aside / "entries" / file, file), ("repair", number))
    missing = None if expected is None else max(0, expected - held)
    kept = f"{count_of(held, 'entry was', 'entries were')} kept"
    lost = "how many are missing cannot be told" if missing is None else f"{missing:,} missing"
    return Repaired("entries", f"{kept[0].upper()}{kept[1:]}, {lost}. What was damaged lies in '{aside}'.", missing)


def _look(folder: Path) -> tuple[int | None, list[str]]:
    """Return how many entries the table's own log names, None when it cannot be read, and what is damaged: files, or "log"."""
    try:
        store = DeltaEntryStore(folder)
        facts, changed = store.facts(), store.find_changed()
    except BlindspotError:
        return None, []
    if not changed and facts.version >= 0:
        try:
            counted = sum(pq.read_metadata(file).num_rows for file in store.pinned().files)
        except (OSError, pa.ArrowException):
            return facts.entries, list(store.pinned().files)
        return facts.entries, [] if counted == facts.entries else ["log"]
    return (None if facts.version < 0 else facts.entries), changed


def _find_readable(folder: Path, find_changed: Callable[[Sequence[str]], list[str]]) -> list[Path]:
    """Return the table's files that are as they were written and can be read, from the folder down; replaced ones too."""
    files = sorted(folder.rglob("*.parquet"))
    bad = set(find_changed([str(file) for file in files]))
    found = []
    for file in files:
        if str(file) in bad or file.parent == folder / "_delta_log":
            continue
        with suppress(OSError, pa.ArrowException, ValueError):
            pq.read_table(file, partitioning=None)
            found.append(file.relative_to(folder))
    return found


def _read(file: Path, below: Path) -> pa.Table:
    """Return a file's rows as ENTRIES; the day stands in the folder's name."""
    rows = pq.read_table(file, partitioning=None)
    day = date.fromisoformat(below.parent.name.partition("=")[2])
    if "day" not in rows.column_names:
        rows = rows.append_column("day", pa.array([day] * rows.num_rows, pa.date32()))
    return rows.select(ENTRIES.names).cast(ENTRIES)


def _mend_state(home: Path, aside: Path) -> Repaired | None:
    file = home / "state.sqlite"
    if not file.exists():
        return None
    try:
        SqlStateStore(file).database.verify()
    except StoreError as e:
        if not e.permanent:
            raise
    else:
        return _accept(SqlStateStore(file))
    aside.mkdir(parents=True, exist_ok=True)
    for name in STATE_FILES:
        with suppress(FileNotFoundError):
            (home / name).rename(aside / name)
    fresh = SqlStateStore(file)
    kept = _copy_rows(aside / "state.sqlite", file, list(fresh.database.metadata.tables))
    fresh.database.accept()
    told = f"{count_of(kept, 'row was', 'rows were')} kept; others may be missing, and clusters are named anew where theirs is."
    return Repaired("state", f"{told} What was damaged lies in '{aside}'.", None)


def _accept(state: SqlStateStore) -> Repaired | None:
    """Take a state as it is that lost its last changes."""
    missing = state.database.missing()
    if not missing:
        return None
    state.database.accept()
    return Repaired("state", f"Its last {count_of(missing, 'change is', 'changes are')} missing and cannot be had back.", missing)


def _copy_rows(old: Path, new: Path, tables: list[str]) -> int:
    """Copy what can be read of each table; return how many rows."""
    copied = 0
    with closing(sqlite3.connect(new)) as target, suppress(sqlite3.Error), closing(sqlite3.connect(old)) as source:
        for table in tables:
            copied += _copy_table(source, target, table)
        target.commit()
    return copied


def _copy_table(source: sqlite3.Connection, target: sqlite3.Connection, table: str) -> int:
    copied = 0
    with suppress(sqlite3.Error, OverflowError, UnicodeError):
        columns = [row[1] for row in target.execute(f'PRAGMA table_info("{table}")')]
        listed, marks = ", ".join(f'"{c}"' for c in columns), ", ".join("?" * len(columns))
        for row in source.execute(f'SELECT {listed} FROM "{table}"'):
            with suppress(sqlite3.Error):
                copied += target.execute(f'INSERT OR REPLACE INTO "{table}" ({listed}) VALUES ({marks})', row).rowcount
    return copied


def _take_back(home: Path) -> None:
    """Entries are missing and nobody knows of which time: what was said to be read completely is read again."""
    state = wiring.open_workspace(home).ports.state
    for source in {stretch.source for stretch in state.stretches()}:
        state.cut_stretches(source, datetime.min.replace(tzinfo=UTC))
