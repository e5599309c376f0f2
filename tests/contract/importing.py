"""Programs that tests run as processes of their own: python -m tests.contract.importing WORD HOME …"""

import pickle
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from lib import ingest, upkeep, wiring
from lib.adapters.delta_store import DeltaEntryStore
from lib.adapters.state import SqlStateStore
from lib.core import clustering, framing


def import_in_small_steps(home: str, *paths: str) -> None:
    """Import with many commits, so that there are many points to be killed at; say when it begins."""
    framing.CHUNK_BYTES = 20_000
    ingest.COMMIT_ROWS = 40
    space = wiring.open_workspace(Path(home))
    sys.stdout.write("begins\n")
    sys.stdout.flush()
    wiring.import_paths(paths, space)


def append_batches(home: str, batches: str) -> None:
    """Append pickled batches, once another process may do so too."""
    rows = pickle.loads(Path(batches).read_bytes())  # noqa: S301  (our own, written a moment ago)
    store = DeltaEntryStore(Path(home) / "entries")
    sys.stdin.readline()
    sys.stdout.write(str(sum(store.append(batch, ("export", n)) for n, batch in enumerate(rows))))


def add_shapes(home: str, *shapes: str) -> None:
    """Add shapes one by one, once another process may do so too."""
    store = SqlStateStore(Path(home) / "state.sqlite")
    sys.stdin.readline()
    for shape in shapes:
        store.add_shapes([shape], clustering.merge_shapes, clustering.cluster_id)


def keep_house(home: str, before: str) -> None:
    """Join files and remove old entries, over and over, until somebody kills it."""
    space = wiring.open_workspace(Path(home))
    sys.stdout.write("begins\n")
    sys.stdout.flush()
    for step in range(1000):
        upkeep.expire(space.ports, datetime.fromisoformat(before) + timedelta(seconds=step), datetime.now(UTC))
        space.ports.entries.compact(2)


if __name__ == "__main__":
    programs = {"import": import_in_small_steps, "append": append_batches, "shapes": add_shapes, "house": keep_house}
    programs[sys.argv[1]](*sys.argv[2:])
