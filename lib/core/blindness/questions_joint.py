"""The question that tells which bursts are of one problem, as an Ibis expression."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ibis.expr.types as ir


def newest_of_each(t: ir.Table, limit: int) -> ir.Table:
    """Return the newest failures of each number of questions_gaps.inside, as core.problems wants them, with the number."""
    import ibis

    ordered = t.mutate(place=ibis.row_number().over(group_by=t.number, order_by=[t.ts.desc(), t.insert_id]))
    where = ["service", "environment", "revision", "instance", "trace", "origin"]
    kept = ordered.filter(ordered.place < limit)
    return kept.select("number", "ts", "cluster", *where, "latency_ms", "message", "exception").order_by(["ts", "number"])
