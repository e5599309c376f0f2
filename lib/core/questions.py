"""Every question about ENTRIES, as an Ibis expression over an unbound table; the engine at hand compiles and answers it.

Ibis is imported on first use: it takes half a second that `import` and `--help` need not pay.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

import pyarrow as pa

from lib.core.frames import ENTRIES, UTC_MICROSECONDS
from lib.core.model import Query

if TYPE_CHECKING:
    import ibis.expr.types as ir

NAME = "entries"
TYPES = {
    UTC_MICROSECONDS: "timestamp('UTC', 6)",
    pa.string(): "string",
    pa.bool_(): "boolean",
    pa.int16(): "int16",
    pa.int32(): "int32",
    pa.float64(): "float64",
    pa.date32(): "date",
}
LABELS = "labels"  # collapsed -> cluster, given to the engine beside the entries


@cache
def entries() -> ir.Table:
    """Return ENTRIES as an unbound table: one for all, so that a question of it can be made once too."""
    import ibis

    return ibis.table({f.name: TYPES[f.type] for f in ENTRIES}, name=NAME)


@cache
def labels() -> ir.Table:
    """Return LABELS as an unbound table: collapsed, cluster."""
    import ibis

    return ibis.table({"collapsed": "string", "cluster": "string"}, name=LABELS)


def within(query: Query, start: datetime, end: datetime) -> ir.Table:
    """Return the entries in [start, end) of the query's services and environments. Both times are aware UTC."""
    import ibis

    t = entries()
    kept = t.filter(
        t.day >= ibis.literal(start.date()),
        t.day <= ibis.literal(end.date()),
        t.ts >= ibis.literal(start),
        t.ts < ibis.literal(end),
    )
    if query.services:
        kept = kept.filter(kept.service.isin(query.services))
    if query.environments:
        kept = kept.filter(kept.environment.isin(query.environments))
    return kept


def count_coverage(t: ir.Table) -> ir.Table:
    """Return one row: entries, no_message."""
    return t.aggregate(entries=t.count(), no_message=t.count(where=t.message.isnull()))


def labelled(t: ir.Table) -> ir.Table:
    """Return the entries that carry a message, with their cluster."""
    return t.inner_join(labels(), "collapsed")


def bucket_of(t: ir.Table, seconds: int) -> ir.IntegerValue:
    """Return the start of each entry's bucket, in seconds since the epoch."""
    import ibis

    return (t.ts.epoch_seconds() / ibis.literal(seconds)).floor().cast("int64") * seconds


def at(t: ir.Table, moments: Sequence[datetime]) -> ir.Table:
    """Return the entries of some moments."""
    days = sorted({m.date() for m in moments})
    return t.filter(t.day.isin(days), t.ts.isin(list(moments))) if days else t.filter(False)


def find_samples(t: ir.Table) -> ir.Table:
    """Return a row a cluster of a labelled table: message, location, exception and origin of its newest entry.

    The message is that of the newest entry that says what happened, where there is one.
    """
    newest = {name: t[name].argmax(t.ts) for name in ("location", "exception", "origin")}
    message = t.message.argmax(t.ts, where=tells_all(t)).fill_null(t.message.argmax(t.ts))
    return t.group_by("cluster").aggregate(message=message, **newest)


def count_instances(t: ir.Table) -> ir.Table:
    """Return how many instances wrote each cluster of a labelled table."""
    return t.group_by("cluster").aggregate(instances=t.instance.nullif("").nunique())


def tells_all(t: ir.Table) -> ir.BooleanValue:
    """Return what core.traces.splittraces.tells_all does: a split trace is shown by the line that names its exception."""
    import ibis

    said = t.message
    named = (said.contains(t.exception.concat(": ")) | said.endswith(t.exception)) & ~said.startswith("raise ")
    return ibis.cases((t.exception == "", True), else_=said.contains("\n") | named)


def count_by(t: ir.Table, *columns: str) -> ir.Table:
    """Return how often each combination of columns occurs, in `count`."""
    return t.group_by(list(columns)).aggregate(count=t.count())


def count_by_bucket(t: ir.Table, seconds: int, *columns: str) -> ir.Table:
    """Return counts by bucket (seconds since the epoch) and columns."""
    return t.mutate(bucket=bucket_of(t, seconds)).group_by(["bucket", *columns]).aggregate(count=lambda b: b.count())


def find_holding(t: ir.Table, text: str) -> ir.Table:
    """Return the clusters of a labelled table of which some message holds a text, ignoring case."""
    return t.filter(t.message.lower().contains(text.lower())).select("cluster").distinct()


def count_lives(t: ir.Table, column: str, limit: int) -> ir.Table:
    """Return count, first and last by service, environment and a column (revision or instance), newest first."""
    named = t.filter(t[column] != "")
    counted = named.group_by(["service", "environment", column]).aggregate(
        count=named.count(), first=named.ts.min(), last=named.ts.max()
    )
    return counted.order_by([counted["last"].desc(), counted[column]]).limit(limit)


def newest(t: ir.Table, limit: int) -> ir.Table:
    """Return whole entries, newest first."""
    return t.order_by([t.ts.desc(), t.nanos.desc(), t.insert_id.desc()]).limit(limit)


def find_events(t: ir.Table, limit: int) -> ir.Table:
    """Return the entries of a labelled table as core.problems wants them, newest first."""
    where = ["service", "environment", "revision", "instance", "trace", "origin"]
    return (
        t.order_by([t.ts.desc(), t.insert_id]).limit(limit).select("ts", "cluster", *where, "latency_ms", "message", "exception")
    )


def find_lives(t: ir.Table) -> ir.Table:
    """Return every container's life: service, environment, instance, first, last."""
    named = t.filter(t.instance != "")
    return named.group_by(["service", "environment", "instance"]).aggregate(first=named.ts.min(), last=named.ts.max())


def count_texts(t: ir.Table, limit: int) -> ir.Table:
    """Return message and count of the most frequent messages."""
    counted = t.group_by("message").aggregate(count=t.count())
    return counted.order_by([counted["count"].desc(), counted.message]).limit(limit)
