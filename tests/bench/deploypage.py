"""How long the Deploys page takes: `python -m tests.bench.deploypage [entries] [deploys]` (default 10,000,000 and 200).

Entries of ten services over a week are made by columns and stored as an import stores them; then the page is asked five times.
"""

import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa

from lib import wiring
from lib.core.clustering import cluster_id, collapse, merge_shapes
from lib.core.frames import ENTRIES
from lib.core.model import Query
from lib.ingest import find_shapes
from lib.views import deploys
from tests.audit import call, revision

START, SPAN = datetime(2026, 9, 14, tzinfo=UTC), timedelta(days=7)
SERVICES, TEXTS, PART = 10, 120, 1_000_000
WORDS = "order basket invoice refund token shard image route quota plan".split()


def make_texts() -> list[str]:
    """Return messages of statements, a few of each with other numbers."""
    verbs = "stored read sent lost priced merged dropped queued timed checked".split()
    return [f"{WORDS[i % 10]} {verbs[i // 10 % 10]} by worker, step {'abcdefghij'[i // 100]}: {{}} ms" for i in range(TEXTS)]


def make_part(chance: np.random.Generator, count: int, per_service: int, offset: int, total: int) -> pa.Table:
    """Return `count` of `total` entries as ENTRIES, in order of time as a source gives them."""
    seconds = np.sort(chance.uniform(offset, offset + count, count)) / total * SPAN.total_seconds()
    service = chance.integers(0, SERVICES, count)
    number = (seconds / SPAN.total_seconds() * (per_service + 1)).astype(int)
    request = chance.random(count) < 0.36
    text = chance.zipf(1.3, count) % TEXTS
    texts = make_texts()
    frame = pl.DataFrame({"s": service, "n": number, "t": text, "request": request, "us": (seconds * 1e6).astype(np.int64)})
    names = pl.Series("name", [f"{w}-api-staging" for w in WORDS])
    told = pl.Series("told", [t.format(7) for t in texts])
    severities = pl.Series("severity", ["ERROR" if i % 9 == 1 else "WARNING" if i % 9 == 2 else "INFO" for i in range(TEXTS)])
    message = pl.when("request").then(pl.lit("GET /v1/orders HTTP 200")).otherwise(told.gather(frame["t"]))
    made = frame.select(
        ts=pl.lit(START).dt.cast_time_unit("us").dt.replace_time_zone("UTC") + pl.duration(microseconds="us"),
        service=names.gather(frame["s"]), message=message, number="n",
        severity=pl.when("request").then(pl.lit("INFO")).otherwise(severities.gather(frame["t"])),
        origin=pl.when("request").then(pl.lit("request")).otherwise(pl.lit("stdout")),
        http_status=pl.when("request").then(200).cast(pl.Int32),
    )  # fmt: skip
    number_text = (pl.col("number") + 1).cast(pl.String).str.zfill(5)
    made = made.with_columns(
        revision=pl.concat_str("service", pl.lit("-"), number_text, pl.lit("-abc")),
        insert_id=pl.int_range(offset, offset + count).cast(pl.String), instance=pl.lit("00a1"), day=pl.col("ts").dt.date(),
        collapsed=collapse(made["message"]), environment=pl.lit("staging"), project=pl.lit("shop"), log=pl.lit("run"),
        nanos=pl.lit(0).cast(pl.Int16), severity_inferred=pl.lit(False),
        latency_ms=pl.lit(None, pl.Float64), payload=pl.lit("{}"),
        **{c: pl.lit("") for c in ("location", "exception", "trace", "http_method", "http_path")},
    )  # fmt: skip
    return made.select(ENTRIES.names).to_arrow().cast(ENTRIES)


def make_calls(per_service: int) -> pa.Table:
    """Return the audit entries of every deploy."""
    step = SPAN / (per_service + 1)
    services = [f"{w}-api-staging" for w in WORDS]
    rows = [
        call(START + step * k, service=s, previous=revision(k, s), number=k) | {"collapsed": "call"}
        for s in services
        for k in range(1, per_service + 1)
    ]
    return pa.Table.from_pylist(rows, ENTRIES)


def measure(entries: int, count: int) -> None:
    """Print the times of the page over a fresh store."""
    chance = np.random.default_rng(1)
    per_service = count // SERVICES
    with tempfile.TemporaryDirectory() as folder:
        ports = wiring.open_workspace(Path(folder)).ports
        for offset in range(0, entries, PART):
            part = make_part(chance, min(PART, entries - offset), per_service, offset, entries)
            ports.entries.append(part, ("bench", offset))
            texts = part["collapsed"].unique().to_pylist()
            ports.state.add_shapes(find_shapes(texts), merge_shapes, cluster_id)
        ports.entries.append(make_calls(per_service), ("bench", entries))
        ports.state.add_shapes(find_shapes(["call"]), merge_shapes, cluster_id)
        for title, query in (("whole week", Query()), ("last hour", Query(start=START + SPAN - timedelta(hours=1)))):
            times = []
            for _ in range(5):
                started, used = time.perf_counter(), time.process_time()
                view = deploys.load(ports, query, START + SPAN)
                times.append((time.perf_counter() - started, time.process_time() - used))
            told = " ".join(f"{1000 * wall:.0f} ({1000 * cpu:.0f})" for wall, cpu in times)
            print(f"{title}: {view.coverage.entries:,} entries, {len(view.deploys)} deploys: {told} ms (of processors)")


if __name__ == "__main__":
    given = [int(x.replace(",", "")) for x in sys.argv[1:]]
    measure(given[0] if given else 10_000_000, given[1] if len(given) > 1 else 200)
