"""The only place that names concrete classes: a home folder becomes the ports that views and imports are given."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import rmtree

from filelock import FileLock

from lib import ingest
from lib.adapters.decoder import DuckDecoder
from lib.adapters.delta_store import DeltaEntryStore
from lib.adapters.exports import open_exports
from lib.adapters.state import SqlStateStore
from lib.core.declared.model import Audit
from lib.core.model import ImportRecord
from lib.demo.load import write_recording
from lib.errors import SettingsError
from lib.ports import Ports

RECORDED = "recorded"  # the folder, under home, of the incident that a first run opens
UNFIT = frozenset("[]*?%")  # Delta and DuckDB read these in a path as something else
RECORDED_STALE = timedelta(hours=12)  # then it is loaded again, so that it still ends about now
RECORDED_KEPT = timedelta(days=2)  # a dashboard that was opened before may still read an older one
STAMP, LOADING = "%Y%m%dT%H%M%SZ", ".loading"


@dataclass(frozen=True)
class Workspace:
    """Ports over a home folder; `recorded` is True when they hold the recorded incident, not the team's own logs."""

    home: Path
    ports: Ports
    recorded: bool = False


def utc_now() -> datetime:
    """Return the time; the one place that reads the clock."""
    return datetime.now(UTC)


def home_folder(given: str | None = None) -> Path:
    """Return the home folder: as given, else BLINDSPOT_HOME, else ~/.blindspot. Errors: SettingsError when it is a file."""
    home = Path(given or os.environ.get("BLINDSPOT_HOME") or "~/.blindspot").expanduser()
    if home.exists() and not home.is_dir():
        raise SettingsError(f"The home folder '{home}' is a file.", hint="Give a folder with --home or BLINDSPOT_HOME.")
    return home


def open_workspace(home: Path) -> Workspace:
    """Return the team's own store. Errors: SettingsError when the folder cannot be made."""
    if signs := sorted(UNFIT & set(str(home.absolute()))):
        told = " ".join(signs)
        raise SettingsError(
            f"The store cannot be kept under '{home}': its path holds {told}", hint="Choose a folder without []*?% in its path."
        )
    make_folder(home / "spill")
    return Workspace(home, Ports(DeltaEntryStore(home / "entries", home / "spill"), SqlStateStore(home / "state.sqlite")))


def make_folder(folder: Path) -> None:
    """Make a folder and those above it. Errors: SettingsError when that cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as e:
        hint = "Give another home folder with --home or BLINDSPOT_HOME."
        raise SettingsError(f"The folder '{folder}' cannot be made: {e.strerror}.", hint=hint) from e


def age_group(now: datetime) -> int:
    """Return a number that changes when a recorded incident that was loaded before has grown old."""
    return int(now.timestamp() // RECORDED_STALE.total_seconds())


def open_recorded(home: Path, now: datetime) -> Workspace:
    """Return the recorded incident, loaded anew when it has grown old; it lies beside the team's own store, never in it."""
    folder = home / RECORDED
    make_folder(folder)
    with FileLock(folder / "lock"):
        loaded = sorted(p for p in folder.iterdir() if p.is_dir() and p.suffix != LOADING)
        newest = loaded[-1] if loaded else None
        if newest is None or not timedelta(0) <= now - _stamp(newest.name) < RECORDED_STALE:
            newest = _load_recorded(folder, now)
        for old in folder.iterdir():
            if old.suffix == LOADING or (old.is_dir() and now - _stamp(old.name) > RECORDED_KEPT):
                rmtree(old, ignore_errors=True)
    return Workspace(newest, open_workspace(newest).ports, recorded=True)


def _load_recorded(folder: Path, now: datetime) -> Path:
    """Import the recording into a folder of its own, which gets its name only when it is whole."""
    whole = folder / now.strftime(STAMP)
    partial = whole.with_suffix(LOADING)
    rmtree(partial, ignore_errors=True)
    space = open_workspace(partial)
    file = partial / "recorded incident"
    write_recording(file, now)
    import_paths([str(file)], space)
    file.unlink()
    return partial.rename(whole)


def _stamp(name: str) -> datetime:
    """Return when a recording was loaded, long ago for a folder that is none of ours."""
    try:
        return datetime.strptime(name, STAMP).replace(tzinfo=UTC)
    except ValueError:
        return datetime.fromtimestamp(0, UTC)


def import_paths(
    paths: Sequence[str], space: Workspace, on_progress: Callable[[ImportRecord], None] = lambda _: None
) -> tuple[list[ImportRecord], list[str]]:
    """Import every export under the paths; return their records, and the files in folders that are no export."""
    exports, passed = open_exports(paths)
    decoder = DuckDecoder(space.home / "spill")
    records = [ingest.import_source(export, decoder, space.ports, utc_now, on_progress) for export in exports]
    return records, passed


def audit(paths: Sequence[str]) -> Audit:
    """Return what checkouts declare. Errors: BadQuery for a path that cannot be looked into."""
    from lib.adapters import requirements  # 0.2 s that no other command should wait for

    return requirements.audit(paths)
