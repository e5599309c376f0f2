"""How long the pages' answers take: `python -m tests.bench.pages [entries] [deploys]` (default 10,000,000 and 200).

Entries of ten services over a week are made by columns and stored as an import stores them. Every service fails now and then, and
three miss their SDK on four revisions of eight. Each view is then counted anew again and again in one process, as after new
entries came, and asked again as an open page does while nothing new is stored.
"""

import itertools
import os
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa

from lib import wiring
from lib.core.clustering import cluster_id, collapse, merge_shapes
from lib.core.frames import ENTRIES
from lib.core.model import Query
from lib.ingest import find_shapes
from lib.ports import Ports
from lib.ui import cache
from lib.views import deploys, gaps, overview, sentry
from lib.views.deploychart import By, Rate
from tests.audit import call, revision
from tests.entries import row

START, SPAN = datetime(2026, 9, 14, tzinfo=UTC), timedelta(days=7)
SERVICES, TEXTS, PART = 10, 120, 1_000_000
BLIND, EVERY = 3, 4  # services that miss their SDK, on so many revisions of twice as many
FAILING = 0.002  # of the entries
VIEWS = {
    "Overview": (overview, cache.overview),
    "Blind spots": (gaps, cache.gaps),
    "Deploys": (deploys, lambda query: cache.deploys(query, By.SEVERITY, Rate.COUNT)),
    "Sentry": (sentry, cache.sentry),
}
SIGNS = ("Sentry SDK not available - error tracking is disabled", "Sentry initialized")
WORDS = "order basket invoice refund token shard image route quota plan".split()


def make_texts() -> list[str]:
    """Return messages of statements, a few of each with other numbers."""
    verbs = "stored read sent lost priced merged dropped queued timed checked".split()
    plain = [f"{WORDS[i % 10]} {verbs[i // 10 % 10]} by worker, step {'abcdefghij'[i // 100]}: {{}} ms" for i in range(TEXTS)]
    return [*plain, "Payment was not taken: the gateway timed out after {} ms"]


def make_part(chance: np.random.Generator, count: int, per_service: int, offset: int, total: int) -> pa.Table:
    """Return `count` of `total` entries as ENTRIES, in order of time as a source gives them."""
    seconds = np.sort(chance.uniform(offset, offset + count, count)) / total * SPAN.total_seconds()
    service = chance.integers(0, SERVICES, count)
    number = (seconds / SPAN.total_seconds() * (per_service + 1)).astype(int)
    request = chance.random(count) < 0.36
    text = np.where(chance.random(count) < FAILING, TEXTS, chance.zipf(1.3, count) % TEXTS)
    request &= text < TEXTS
    texts = make_texts()
    frame = pl.DataFrame({"s": service, "n": number, "t": text, "request": request, "us": (seconds * 1e6).astype(np.int64)})
    names = pl.Series("name", [f"{w}-api-staging" for w in WORDS])
    told = pl.Series("told", [t.format(7) for t in texts])
    usual = ["ERROR" if i % 9 == 1 else "WARNING" if i % 9 == 2 else "INFO" for i in range(TEXTS)]
    severities = pl.Series("severity", [*usual, "ERROR"])
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


def make_signs(per_service: int) -> pa.Table:
    """Return what the first services say of Sentry at every start."""
    step = SPAN / (per_service + 1)
    told = [(f"{w}-api-staging", k, SIGNS[k // EVERY % 2]) for w in WORDS[:BLIND] for k in range(1, per_service + 1)]
    same = {"environment": "staging", "origin": "stderr", "log": "run", "severity": "WARNING"}
    rows = [
        row(k, sign, ts=START + step * k + timedelta(seconds=5), service=s, revision=revision(k + 1, s), insert_id=s, **same)
        for s, k, sign in told
    ]
    made = pl.DataFrame(pa.Table.from_pylist(rows, ENTRIES))
    return made.with_columns(collapsed=collapse(made["message"])).select(ENTRIES.names).to_arrow().cast(ENTRIES)


def store(folder: Path, entries: int, per_service: int) -> Ports:
    """Return ports over a fresh store of so many entries."""
    chance, ports = np.random.default_rng(1), wiring.open_workspace(folder).ports
    parts = (make_part(chance, min(PART, entries - offset), per_service, offset, entries) for offset in range(0, entries, PART))
    for number, part in enumerate(itertools.chain(parts, (make_calls(per_service), make_signs(per_service)))):
        ports.entries.append(part, ("bench", number))
        ports.state.add_shapes(find_shapes(part["collapsed"].unique().to_pylist()), merge_shapes, cluster_id)
    return ports


def measure(entries: int, count: int) -> None:
    """Print the times of every view over a fresh store: counted anew in one process, and as the open dashboard keeps it."""
    with tempfile.TemporaryDirectory() as folder:
        ports = store(Path(folder), entries, count // SERVICES)
        os.environ["BLINDSPOT_HOME"] = folder
        for title, query in (("whole week", Query()), ("last hour", Query(start=START + SPAN - timedelta(hours=1)))):
            for name, (view, kept) in VIEWS.items():
                anew = time_each(6, partial(view.load, ports, query, START + SPAN))
                told = time_each(4, partial(kept, query))[1:]
                print(f"{title}, {name}: counted anew {anew}, asked again {told} ms", flush=True)


def time_each(rounds: int, ask: Callable[[], object]) -> list[int]:
    """Return the milliseconds that a question takes, again and again."""
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        ask()
        times.append(round(1000 * (time.perf_counter() - started)))
    return times


if __name__ == "__main__":
    given = [int(x.replace(",", "")) for x in sys.argv[1:]]
    measure(given[0] if given else 10_000_000, given[1] if len(given) > 1 else 200)
