"""The failure matrix as a table: python -m tests.bench.faults."""

import tempfile
from pathlib import Path

from lib.core.wording import shorten
from tests.collect.faults import COUNT, find_cases, play

WHOLE = tuple(f"{n:08}" for n in range(COUNT))


def main() -> None:
    """Play every row and print it."""
    print("| fault | position | further calls | longest wait | told | result |\n|---|---|---|---|---|---|")
    for case in find_cases():
        with tempfile.TemporaryDirectory() as folder:
            outcome = play(case, Path(folder))
        told = shorten(f"{outcome.message} {outcome.hint}" if outcome.errors else outcome.said, 170)
        same = "as without it" if outcome.stored == WHOLE else f"{len(outcome.stored)} of {COUNT}"
        result = f"{same}{', by a second collection' if outcome.errors else ''}"
        print(
            f"| {case.fault} | {case.position} | {outcome.retries} | {max(outcome.slept, default=0):.0f} s | {told} | {result} |"
        )


if __name__ == "__main__":
    main()
