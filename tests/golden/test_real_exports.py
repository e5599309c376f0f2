"""The true counts of the shared real exports, read off the clusters.

real-exports.txt holds them for people: one line a cluster that was counted by hand, for each file and for both. The exports'
own texts are not ours to keep, so only the clusters named here are written down, by a few words each.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lib import wiring
from lib.core.model import Cluster, Query
from lib.views import clusters
from tests.entries import START

GOLDEN = Path(__file__).with_name("real-exports.txt")
NAMED = (
    "HTTP response was malformed",
    "Container called exit(3)",
    "Sentry SDK not available",
    "No module named 'netra_backend.app.services.monitoring' at middleware",
    "RuntimeError: Failed to setup enhanced middleware",
    "CRITICAL: Enhanced middleware setup failed",
    "Middleware setup failure details",
    "Exception in worker process",
    "exited with code 3",
    "Shutting down: Master",
    "Worker failed to boot",
    "could not start successfully",
    "SERVICE_ID contained whitespace",
    "Failed to run migrations",
    "TimeoutError: Database initialization timeout",
    "Database initialization timeout after",
    "PHASE FAILED: DATABASE",
    "session middleware error",
    "Application startup failed",
    "OAuth",
    "Services.ReplaceService",
    "Ready condition status changed to True",
)
AT_THE_START = "Database initialization timeout after"  # others quote it
FILES = ("staging-0041-0043Z.json", "staging-1924-2249Z.json")


def describe(title: str, found: tuple[Cluster, ...]) -> Iterator[str]:
    """Yield a line a named cluster: priority, kind, count, severities, and the words it is known by."""
    yield f"{title}: {sum(c.count for c in found)} entries with a message"
    named = [(c.priority, -c.count, find_name(c), c) for c in found if find_name(c) and c.priority < "P5"]
    for *_, name, c in sorted(named, key=lambda n: n[:3]):
        severities = " ".join(f"{s} {n}" for s, n in sorted(c.severities.items()))
        yield f"  {c.priority} {c.kind:<13} {c.count:>3}  {name}  ({severities})"
    yield ""


def find_name(cluster: Cluster) -> str:
    """Return the words that a cluster is known by, "" for one that was not counted by hand."""
    return next((n for n in NAMED if n in cluster.template and (n != AT_THE_START or cluster.template.startswith(n))), "")


def count(files: list[Path], home: Path) -> tuple[Cluster, ...]:
    space = wiring.open_workspace(home)
    wiring.import_paths([str(f) for f in files], space)
    return clusters.load(space.ports, Query(), START).clusters


def test_the_counts_made_by_hand_can_be_read_off_the_clusters(netra: Path, tmp_path: Path, rewrite_golden: bool) -> None:
    both = [netra / name for name in FILES]
    parts = {file.name: [file] for file in both} | {"both": both}
    told = [line for n, (title, files) in enumerate(parts.items()) for line in describe(title, count(files, tmp_path / str(n)))]
    text = "\n".join(told)
    if rewrite_golden:
        GOLDEN.write_text(text)
    assert text == GOLDEN.read_text()


@pytest.mark.parametrize(
    "words", ["malformed 67", "exit(3) 27", "Sentry SDK not available 50", "at middleware 44", "RuntimeError 22"]
)
def test_what_was_counted_by_hand_is_written_down(words: str) -> None:
    """So that nobody rewrites the file without seeing what it then says."""
    name, _, wanted = words.rpartition(" ")
    both = GOLDEN.read_text().partition("both:")[2]
    assert [line.split()[2] for line in both.splitlines() if name in line] == [wanted]
