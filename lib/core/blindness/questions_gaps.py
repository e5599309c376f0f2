"""The questions that gaps ask of ENTRIES, as Ibis expressions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from lib.core.frames import UTC_MICROSECONDS
from lib.core.questions import bucket_of
from lib.core.sentry.questions_tracking import FAILED, OWN, SERVICE

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


def spans() -> ir.Table:
    """Return SPANS as an unbound table."""
    import ibis

    types = {pa.int64(): "int64", pa.string(): "string", UTC_MICROSECONDS: "timestamp('UTC', 6)"}
    return ibis.table({f.name: types[f.type] for f in SPAN_COLUMNS}, name=SPANS)


def count_activity(t: ir.Table) -> ir.Table:
    """Return by service, environment and minute: requests served, own entries, those that failed, those without text."""
    kept = t.filter(t.service != "", t.origin.isin((*OWN, "request")))
    kept = kept.mutate(bucket=bucket_of(kept, MINUTE_S))
    own = kept.origin != "request"
    failed = own & kept.severity.isin(FAILED)
    served = (kept.origin == "request") & (kept.http_status.isnull() | (kept.http_status < FAILED_STATUS))
    return kept.group_by([*SERVICE, "bucket"]).aggregate(
        served=kept.count(where=served),
        own=kept.count(where=own),
        failed=kept.count(where=failed),
        wordless=kept.count(where=own & kept.message.isnull()),
        first_served=kept.ts.min(where=served),
        last_served=kept.ts.max(where=served),
        first_own=kept.ts.min(where=own),
        last_own=kept.ts.max(where=own),
    )


def count_failures(t: ir.Table) -> ir.Table:
    """Return the entries of a labelled table by service, environment, cluster and minute, with first and last."""
    kept = t.filter(t.service != "")
    kept = kept.mutate(bucket=bucket_of(kept, MINUTE_S))
    return kept.group_by([*SERVICE, "cluster", "bucket"]).aggregate(count=kept.count(), first=kept.ts.min(), last=kept.ts.max())


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
