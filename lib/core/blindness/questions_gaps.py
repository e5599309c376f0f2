"""The questions that gaps ask of ENTRIES, as Ibis expressions."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pyarrow as pa

from lib.core.frames import UTC_MICROSECONDS

if TYPE_CHECKING:
    import ibis.expr.types as ir

MINUTE_S = 60
FAILED_STATUS = 500
SPANS = "spans"  # gaps and bursts, given to the engine beside the entries
# number: of the span; revision, cluster "": any; the environment is the one that entries carry
SPAN_COLUMNS = pa.schema(
    [
        pa.field("number", pa.int64()),
        pa.field("span_service", pa.string()),
        pa.field("span_environment", pa.string()),
        pa.field("span_revision", pa.string()),
        pa.field("span_cluster", pa.string()),
        pa.field("span_start", UTC_MICROSECONDS),
        pa.field("span_end", UTC_MICROSECONDS),
    ]
)


@cache
def spans() -> ir.Table:
    """Return SPANS as an unbound table."""
    import ibis

    types = {pa.int64(): "int64", pa.string(): "string", UTC_MICROSECONDS: "timestamp('UTC', 6)"}
    return ibis.table({f.name: types[f.type] for f in SPAN_COLUMNS}, name=SPANS)


def inside(t: ir.Table) -> ir.Table:
    """Return the entries of a labelled table that lie in one of SPANS, with its number: place, cluster and time fit."""
    s = spans()
    return t.inner_join(
        s,
        [
            t.service == s.span_service,
            t.environment == s.span_environment,
            (s.span_revision == "") | (t.revision == s.span_revision),
            (s.span_cluster == "") | (t.cluster == s.span_cluster),
            t.ts >= s.span_start,
            t.ts < s.span_end,
        ],
    )


def count_inside(t: ir.Table) -> ir.Table:
    """Return by number and cluster of `inside`: its entries, the failed requests among them, first and last."""
    failed = (t.origin == "request") & (t.http_status >= FAILED_STATUS)
    counted = t.group_by(["number", "cluster"])
    return counted.aggregate(count=t.count(), requests=t.count(where=failed), first=t.ts.min(), last=t.ts.max())
