"""How fast it is on this machine: python -m tests.bench [entries]. Prints a Markdown table; ratios count, absolute times do not.

`python -m tests.bench clusters` writes the report about clustering instead; `masks` that about masking, `damage` about faults.

The import (decoding, masking, storing, clustering) stands beside DuckDB's own read_json of the same file into Parquet, in turns.
"""

import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from lib.demo.load import recorded_lines
from tests.bench import clusters, damage, masks

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("BLINDSPOT_SHARED", ROOT.parent / "shared")) / "data" / "netra"
ROUNDS = 3
COLUMNS = {
    **dict.fromkeys(("logName", "timestamp", "insertId", "severity", "textPayload", "trace", "receiveTimestamp"), "VARCHAR"),
    **dict.fromkeys(("jsonPayload", "protoPayload", "resource", "labels", "httpRequest"), "JSON"),
}
BARE = "COPY (SELECT * FROM read_json(?, format='newline_delimited', columns={})) TO '{}' (FORMAT parquet)"


def real_entries() -> list[dict[str, object]]:
    """Return the entries to repeat: the shared exports where they are, else the recorded incident."""
    files = sorted(SHARED.glob("*.json"))
    if files:
        return [entry for file in files for entry in json.loads(file.read_text())]
    return [json.loads(line) for line in recorded_lines(datetime.now(UTC))]


def repeat(entries: list[dict[str, object]], count: int) -> Iterator[str]:
    """Yield `count` entries as lines, each with an insertId of its own."""
    for number in range(count):
        yield json.dumps({**entries[number % len(entries)], "insertId": f"{number:024x}"}, separators=(",", ":")) + "\n"


def measure_bare(file: Path, target: Path) -> float:
    """Return the seconds that DuckDB takes to read the file into Parquet."""
    connection = duckdb.connect(config={"memory_limit": "1GB"})
    started = time.perf_counter()
    connection.execute(BARE.format(json.dumps(COLUMNS).replace('"', "'"), target), [str(file)])
    return time.perf_counter() - started


def measure_import(file: Path, home: Path, count: int) -> float:
    """Return the seconds that `python -m lib import` takes, the start of Python included."""
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "lib", "import", str(file), "--home", str(home), "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    took = time.perf_counter() - started
    assert json.loads(done.stdout)["added"] == count, done.stdout
    return took


def main(count: int) -> None:
    """Measure and print the table."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "entries.ndjson"
        with file.open("w") as out:
            out.writelines(repeat(real_entries(), count))
        bare, ours = [], []
        for number in range(ROUNDS):
            bare.append(measure_bare(file, Path(folder) / f"{number}.parquet"))
            ours.append(measure_import(file, Path(folder) / f"home{number}", count))
        ratios = [b / o for b, o in zip(bare, ours, strict=True)]
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        print(
            f"{count:,} entries, {file.stat().st_size / 1e6:,.0f} MB, {os.cpu_count()} cores; "
            f"Python {platform.python_version()}, DuckDB {duckdb.__version__}"
        )
        print("\n| | entries/s | of the bare read |\n|---|---|---|")
        print(f"| DuckDB's bare read_json into Parquet | {count / statistics.median(bare):,.0f} | 1 |")
        print(
            f"| import: decode, mask, store, cluster | {count / statistics.median(ours):,.0f} "
            f"| {statistics.median(ratios):.2f} ({min(ratios):.2f}–{max(ratios):.2f}) |"
        )
        print(f"\nPeak memory of the import: {peak:,.0f} MB.")


if __name__ == "__main__":
    if sys.argv[1:2] == ["clusters"]:
        clusters.main(sys.argv[2:])
    elif sys.argv[1:2] == ["masks"]:
        masks.main()
    elif sys.argv[1:2] == ["damage"]:
        damage.main(sys.argv[2:])
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 500_000)
