"""Questions about requests that a criterion asks of ENTRIES, as Ibis expressions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lib.core.questions import bucket_of
from lib.core.rollouts.deployquestions import BIN_S, WHERE

if TYPE_CHECKING:
    import ibis.expr.types as ir

STEP = 20.0  # latencies are told apart by a twentieth of a natural logarithm: 5 %
FAILED = 500


def choose_requests(t: ir.Table) -> ir.Table:
    """Return the entries that are requests."""
    return t.filter(t.origin == "request")


def count_latencies(t: ir.Table) -> ir.Table:
    """Return answered requests by service, environment, revision, bin and step of their latency: bin, step, count.

    Failed ones are counted by themselves: a timeout of 30 s says nothing of how fast answers are.
    """
    timed = t.filter(t.latency_ms > 0, t.http_status.fill_null(0) < FAILED)
    keyed = timed.mutate(bin=bucket_of(timed, BIN_S), step=(timed.latency_ms.ln() * STEP).floor().cast("int64"))
    return keyed.group_by([*WHERE, "bin", "step"]).aggregate(count=keyed.count())


def count_failed(t: ir.Table) -> ir.Table:
    """Return failed requests (5xx) by service, environment, revision and bin: bin, count."""
    failed = t.filter(t.http_status >= FAILED)
    keyed = failed.mutate(bin=bucket_of(failed, BIN_S))
    return keyed.group_by([*WHERE, "bin"]).aggregate(count=keyed.count())
