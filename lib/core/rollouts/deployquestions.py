"""Questions of the Deploys page, as Ibis expressions."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

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


@lru_cache(maxsize=1)
def find_audit(t: ir.Table) -> ir.Table:
    """Return the audit entries that can tell of a deploy: ts, service, environment, revision, payload."""
    audit = t.filter(t.origin == "audit")
    telling = audit.payload.contains(TELLING[0])
    for words in TELLING[1:]:
        telling = telling | audit.payload.contains(words)
    return audit.filter(telling).select("ts", *WHERE, "payload")


@lru_cache(maxsize=1)
def find_rollouts(t: ir.Table) -> ir.Table:
    """Return when a revision's first container was started for a deploy: service, environment, revision, rollout."""
    system = t.filter(t.origin == "system")
    started = system.filter(system.message.startswith(ROLLOUT))
    return started.group_by(list(WHERE)).aggregate(rollout=started.ts.min())
