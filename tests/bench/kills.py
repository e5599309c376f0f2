"""SIGKILL of the collector at random points: python -m tests.bench.kills [50]."""

import sys
import tempfile
from pathlib import Path

from tests.collect.killing import COUNT, kill_often


def main(kills: int) -> None:
    """Kill, and print what was found."""
    with tempfile.TemporaryDirectory() as folder:
        result = kill_often(Path(folder) / "home", kills, seed=2026)
    inside = sum(0 < n < COUNT for n in result.at_kill)
    print(f"{result.kills} kills, {inside} of them with a part of the {COUNT:,} entries stored")
    print(
        f"stored {result.stored:,}, lost {result.lost}, doubled {result.doubled}, said to be read but not stored {result.untrue}"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 50)
