"""Damages one file of a home folder, looks what is told of it, repairs, and imports again: nothing may be lost in silence."""

import random
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

from lib import doctor, repair, wiring
from lib.adapters.delta_store import DeltaEntryStore
from lib.adapters.quota import CALLS, Quota
from lib.adapters.state import SqlStateStore
from lib.core.model import SourceState
from lib.core.questions import entries
from lib.errors import BlindspotError
from tests.entries import START, as_json, entry, stamp

COUNT = 80  # entries of two exports; a third has a quarter more
ALL = (START - timedelta(days=4000), START + timedelta(days=4000))
KINDS = {
    "data": "entries/day=*/*.parquet",
    "commit": "entries/_delta_log/*.json",
    "checkpoint": "entries/_delta_log/*.checkpoint.parquet",
    "last checkpoint": "entries/_delta_log/_last_checkpoint",
    "roll-up, cells": "rollups/*/*.cells.parquet",
    "roll-up, marks": "rollups/*/*.marks.parquet",
    "checksum": "sums/*.sum",
    "state": "state.sqlite",
    "state, log ahead": "state.sqlite-wal",
    "state, its count": "state.sqlite.count",
    "quota": CALLS,
    "settings": "blindspot.toml",
    "lock": "*.lock",
}
Harm = Callable[[Path, random.Random], None]


@dataclass
class Row:
    """What came of one kind of harm to one kind of file."""

    kind: str
    harm: str
    tried: int = 0
    told: int = 0  # by an error of ours, or by doctor
    unharmed: int = 0  # every answer was the same
    missing: int = 0  # entries that a repair said are missing; the next import brought them back
    lost: int = 0
    doubled: int = 0
    tracebacks: list[str] = field(default_factory=list)
    silent: int = 0


def flip(file: Path, rng: random.Random) -> None:
    """Turn one bit over."""
    held = bytearray(file.read_bytes())
    if held:
        held[rng.randrange(len(held))] ^= 1 << rng.randrange(8)
        file.write_bytes(held)


def truncate(file: Path, rng: random.Random) -> None:
    """Cut the file short."""
    held = file.read_bytes()
    file.write_bytes(held[: rng.randrange(len(held))] if held else b"")


HARMS: dict[str, Harm] = {"one bit": flip, "cut short": truncate}


def write_export(file: Path, first: int, count: int) -> None:
    """Write entries of three days, a line each."""
    texts = ("order stored", "pool timed out", "Sentry SDK not available", "ValueError: no such order")
    times = (START + timedelta(hours=(n * 7) % 72, seconds=n) for n in range(first, first + count))
    made = (entry(n, texts[n % 4], timestamp=stamp(ts)) for n, ts in enumerate(times, first))
    file.write_bytes(b"".join(as_json(one) + b"\n" for one in made))


def make_home(folder: Path) -> tuple[Path, list[Path]]:
    """Return a home folder with every kind of file in it, and the exports that it was made of."""
    home, exports = folder / "home", [folder / "first.ndjson", folder / "second.ndjson"]
    home.mkdir(parents=True)
    for export, first in zip(exports, (0, COUNT // 2), strict=True):
        write_export(export, first, COUNT // 2)
        space = wiring.open_workspace(home)
        wiring.import_paths([str(export)], space)
        space.ports.entries.compact(2)
        space = wiring.open_workspace(home)
    write_export(folder / "third.ndjson", COUNT, COUNT // 4)
    wiring.import_paths([str(folder / "third.ndjson")], wiring.open_workspace(home))
    (home / "blindspot.toml").write_text('[store]\nkeep = "90d"\n')
    with Quota(home / CALLS, 60).call():
        pass
    with closing(sqlite3.connect(home / "state.sqlite")) as held:  # while it is open its log is not written back
        held.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        held.execute("PRAGMA wal_autocheckpoint=0")
        held.execute("SELECT count(*) FROM shapes").fetchone()
        late = SqlStateStore(home / "state.sqlite")
        late.add_shapes(["a late shape"], lambda shapes: {shape: shape for shape in shapes}, str)
        shutil.copytree(home, folder / "whole")
    return folder / "whole", [*exports, folder / "third.ndjson"]


def stored(home: Path) -> Counter[tuple[object, ...]]:
    """Return what is stored, entry by entry; two that are equal count as two."""
    rows = wiring.open_workspace(home).ports.entries.answer(entries().select("insert_id", "ts", "severity", "message", "service"))
    return Counter(tuple(row.values()) for row in rows.to_pylist())


def ask(home: Path) -> object:
    """Ask all that a page rests on."""
    ports = wiring.open_workspace(home).ports
    counted = ports.entries.rollup(*ALL).by_bucket(60)
    kept = sorted(ports.state.shapes().items()), [record.added for record in ports.state.imports()]
    with Quota(home / CALLS, 60).call():
        pass
    return sorted(map(str, counted.rows())), kept, ports.settings.store.keep, len(ports.settings.troubles), stored(home)


def try_once(whole: Path, exports: list[Path], place: Path, pattern: str, harm: Harm, rng: random.Random, row: Row) -> None:
    """Damage a copy of a home folder once, and note what came of it."""
    home = place / "home"
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(whole, home)
    before = ask_whole(str(whole), str(place))
    harm(rng.choice(find_files(home, pattern)), rng)
    row.tried += 1
    told = same = False
    try:
        same = ask(home) == before
    except BlindspotError:
        told = True
    except Exception as e:  # noqa: BLE001  (what is counted here)
        row.tracebacks.append(f"ask: {type(e).__name__}: {e}"[:200])
    told |= any(check.state is SourceState.FAILING for check in look(home, row))
    row.told += told
    row.unharmed += same and not told
    row.silent += not same and not told
    if told or not same:
        mend(home, exports, before, row)


def find_files(home: Path, pattern: str) -> list[Path]:
    """Return the files of a kind; of the table's those that it still names."""
    if pattern == KINDS["data"]:
        return sorted(map(Path, DeltaEntryStore(home / "entries").pinned().files))
    return sorted(home.glob(pattern))


@lru_cache(maxsize=1)
def ask_whole(whole: str, place: str) -> object:
    """Return the answers of the home folder that nobody harmed."""
    return ask(whole_copy(Path(whole), Path(place)))


def whole_copy(whole: Path, place: Path) -> Path:
    """Return a copy of the whole home folder to ask, made once."""
    if not (place / "asked").exists():
        shutil.copytree(whole, place / "asked")
    return place / "asked"


def look(home: Path, row: Row) -> list[doctor.Check]:
    """Return what doctor finds of the store and of the settings."""
    checks = []
    for check in (doctor.check_entries, doctor.check_state):
        try:
            checks.append(check(home))
        except BlindspotError as e:
            checks.append(doctor.failed(check.__name__, e))
        except Exception as e:  # noqa: BLE001  (what is counted here)
            row.tracebacks.append(f"doctor: {type(e).__name__}: {e}"[:200])
    troubles = wiring.settings_of(home).troubles
    return [*checks, *(doctor.Check("settings", SourceState.FAILING, t.message, t.hint) for t in troubles)]


def mend(home: Path, exports: list[Path], before: object, row: Row) -> None:
    """Repair, see that what is missing is said, import again, and count."""
    wanted = before[-1]  # type: ignore[index]
    try:
        done = repair.repair(home, datetime.now(UTC))
        left = stored(home)
        short = sum((wanted - left).values())
        said = [one.missing for one in done if one.name == "entries"]
        row.missing += short
        row.silent += short > 0 and said not in ([short], [None])
        wiring.import_paths([str(export) for export in exports], wiring.open_workspace(home))
        after = stored(home)
        row.lost += sum((wanted - after).values())
        row.doubled += sum((after - wanted).values())
    except Exception as e:  # noqa: BLE001  (what is counted here)
        row.tracebacks.append(f"repair: {type(e).__name__}: {e}"[:200])


def play(folder: Path, kind: str, harm: str, times: int, seed: int, home: tuple[Path, list[Path]]) -> Row:
    """Try one kind of harm to one kind of file so often."""
    row, rng = Row(kind, harm), random.Random(f"{seed}/{kind}/{harm}")
    for _ in range(times):
        try_once(*home, folder, KINDS[kind], HARMS[harm], rng, row)
    return row
