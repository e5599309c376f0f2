"""Questions of the Deploys page, as Ibis expressions."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from lib.core import questions

if TYPE_CHECKING:
    import ibis.expr.types as ir

BIN_S = 300  # entries are counted by five minutes: fine enough for windows, coarse enough to be few rows
WHERE = ("service", "environment", "revision")
TELLING = (
    "Services.CreateService",
    "Services.ReplaceService",
    "Services.UpdateService",
    ".deployments.",
    "Ready condition status",
)
ROLLOUT = "Starting new instance. Reason: DEPLOYMENT_ROLLOUT"


def bin_of(ts: datetime) -> int:
    """Return the start of the bin that holds a moment, in seconds since the epoch."""
    return int(ts.timestamp()) // BIN_S * BIN_S


def next_bin(ts: datetime) -> int:
    """Return the start of the first bin that begins at a moment or after it, to the second."""
    return -(-int(ts.timestamp()) // BIN_S) * BIN_S


def find_audit(t: ir.Table) -> ir.Table:
    """Return the audit entries that can tell of a deploy: ts, service, environment, revision, payload."""
    audit = t.filter(t.origin == "audit")
    telling = audit.payload.contains(TELLING[0])
    for words in TELLING[1:]:
        telling = telling | audit.payload.contains(words)
    return audit.filter(telling).select("ts", *WHERE, "payload")


def count_cells(t: ir.Table) -> ir.Table:
    """Return counts by service, environment, revision, bin, severity and collapsed text (null without a message), without audit.

    count; requests, answered (of the request log, and those with a status under 500); first and last time. All that the page
    shows is added up from these few rows, so that the entries are read once.
    """
    own = t.filter(t.origin != "audit")
    return (
        own.mutate(bin=questions.bucket_of(own, BIN_S))
        .group_by([*WHERE, "bin", "severity", "collapsed"])
        .aggregate(
            count=lambda b: b.count(),
            requests=lambda b: b.count(where=b.origin == "request"),
            answered=lambda b: b.count(where=(b.origin == "request") & (b.http_status < 500)),
            first=lambda b: b.ts.min(),
            last=lambda b: b.ts.max(),
        )
    )


def count_activity(t: ir.Table) -> ir.Table:
    """Return what count_cells tells of who served when, without severities and texts: service, environment, revision, bin."""
    own = t.filter(t.origin != "audit")
    return (
        own.mutate(bin=questions.bucket_of(own, BIN_S))
        .group_by([*WHERE, "bin"])
        .aggregate(
            requests=lambda b: b.count(where=b.origin == "request"),
            answered=lambda b: b.count(where=(b.origin == "request") & (b.http_status < 500)),
            first=lambda b: b.ts.min(),
            last=lambda b: b.ts.max(),
        )
        .order_by([*WHERE, "bin"])
    )


def find_rollouts(t: ir.Table) -> ir.Table:
    """Return when a revision's first container was started for a deploy: service, environment, revision, rollout."""
    system = t.filter(t.origin == "system")
    started = system.filter(system.message.startswith(ROLLOUT))
    return started.group_by(list(WHERE)).aggregate(rollout=started.ts.min())


def count_minutes(t: ir.Table, seconds: int) -> ir.Table:
    """Return counts by bucket, service, severity and collapsed text, without audit entries: for buckets shorter than a bin."""
    own = t.filter(t.origin != "audit")
    return (
        own.mutate(bucket=questions.bucket_of(own, seconds))
        .group_by(["bucket", "service", "severity", "collapsed"])
        .aggregate(count=lambda b: b.count(), requests=lambda b: b.count(where=b.origin == "request"))
    )
