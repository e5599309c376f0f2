"""Questions of the Deploys page, as Ibis expressions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lib.core import questions
from lib.core.model import FAILURES, Severity

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


def find_audit(t: ir.Table) -> ir.Table:
    """Return the audit entries that can tell of a deploy: ts, service, environment, revision, payload."""
    audit = t.filter(t.origin == "audit")
    telling = audit.payload.contains(TELLING[0])
    for words in TELLING[1:]:
        telling = telling | audit.payload.contains(words)
    return audit.filter(telling).select("ts", *WHERE, "payload")


def count_activity(t: ir.Table) -> ir.Table:
    """Return counts by service, environment, revision and bin, without audit entries.

    entries; warnings, errors (by severity); requests, answered (with a status under 500); first and last time.
    """
    own = t.filter(t.origin != "audit")
    return (
        own.mutate(bin=questions.bucket_of(own, BIN_S))
        .group_by([*WHERE, "bin"])
        .aggregate(
            entries=lambda b: b.count(),
            warnings=lambda b: b.count(where=b.severity == Severity.WARNING.value),
            errors=lambda b: b.count(where=b.severity.isin([s.value for s in FAILURES])),
            requests=lambda b: b.count(where=b.origin == "request"),
            answered=lambda b: b.count(where=(b.origin == "request") & (b.http_status < 500)),
            first=lambda b: b.ts.min(),
            last=lambda b: b.ts.max(),
        )
    )


def find_rollouts(t: ir.Table) -> ir.Table:
    """Return when a revision's first container was started for a deploy: service, environment, revision, rollout."""
    system = t.filter(t.origin == "system")
    started = system.filter(system.message.startswith(ROLLOUT))
    return started.group_by(list(WHERE)).aggregate(rollout=started.ts.min())


def count_clusters(t: ir.Table) -> ir.Table:
    """Return counts of a labelled table by service, environment, revision, bin and cluster, without audit entries.

    count; requests (entries of the request log); warnings and errors by severity.
    """
    own = questions.labelled(t.filter(t.origin != "audit"))
    return (
        own.mutate(bin=questions.bucket_of(own, BIN_S))
        .group_by([*WHERE, "bin", "cluster"])
        .aggregate(
            count=lambda b: b.count(),
            requests=lambda b: b.count(where=b.origin == "request"),
            warnings=lambda b: b.count(where=b.severity == Severity.WARNING.value),
            errors=lambda b: b.count(where=b.severity.isin([s.value for s in FAILURES])),
        )
    )


def count_series(t: ir.Table, seconds: int, by: Sequence[str]) -> ir.Table:
    """Return counts by bucket, severity and the columns named, without audit entries; `requests` beside `count`."""
    own = t.filter(t.origin != "audit")
    keys = list(dict.fromkeys(["bucket", "severity", *by]))
    return (
        own.mutate(bucket=questions.bucket_of(own, seconds))
        .group_by(keys)
        .aggregate(count=lambda b: b.count(), requests=lambda b: b.count(where=b.origin == "request"))
    )
