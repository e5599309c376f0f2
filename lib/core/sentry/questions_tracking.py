"""The questions that verdicts on error tracking ask of ENTRIES, as Ibis expressions."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from lib.core.model import FAILURES
from lib.core.questions import bucket_of
from lib.core.sentry.sentrysigns import HINT

if TYPE_CHECKING:
    import ibis.expr.types as ir

MINUTE_S = 60
HEAD = 80  # characters before a stack trace that tell one such text from another
OWN = ("stdout", "stderr", "other")  # what a service's own code writes
FAILED = [s.value for s in FAILURES]
# What the runtime prints of an exception that nobody logged: it goes past `logging`, so no SDK sends it for a log line.
RAW = (
    r"^(?:Traceback \(most recent call last\)|panic: |fatal error: |goroutine \d+ \[|Exception in thread |Unhandled exception"
    r"|Uncaught |\(node:\d+\) |[\w.$]*(?:Error|Exception)(?:: [^\n]*)?\n\s+at )"
)
ABOUT = r"(?i)^[^\n]{0,80}\bsentry\b|no module named '?sentry_sdk"
SERVICE = ("service", "environment")


def own(t: ir.Table) -> ir.Table:
    """Return what services wrote themselves."""
    return t.filter(t.service != "", t.origin.isin(OWN))


@lru_cache(maxsize=1)
def find_telling(t: ir.Table) -> ir.Table:
    """Return own texts that may tell of Sentry: by service, revision, instance, minute and text, with count, first, last.

    digits: what tells 200 from 429 in texts that collapse to the same; head: what stands before a stack trace, which collapses
    to its exception.
    """
    import ibis

    said = own(t).filter(t.message.notnull())
    texts = said.select("collapsed").distinct()  # few, so the expression runs on hundreds of texts and not on every entry
    hinted = texts.filter(texts.collapsed.re_search(HINT)).collapsed
    is_trace = said.exception != ""
    told = said.filter(said.collapsed.isin(hinted) | (is_trace & said.message.re_search(HINT)))
    head = told.message.substr(0, HEAD).re_replace("[0-9]+", "0")
    keyed = told.mutate(
        bucket=bucket_of(told, MINUTE_S),
        digits=told.message.re_extract(r"(?:code:?|via) ?([0-9]{3})", 1),
        head=ibis.ifelse(told.exception != "", head, ibis.literal("")),
    )
    by = [*SERVICE, "revision", "instance", "bucket", "collapsed", "head", "digits"]
    return keyed.group_by(by).aggregate(
        count=keyed.count(), first=keyed.ts.min(), last=keyed.ts.max(), message=keyed.message.argmin(keyed.ts)
    )


@lru_cache(maxsize=1)
def find_outcomes(t: ir.Table) -> ir.Table:
    """Return when each revision was ready or failed (null without), of audit entries."""
    audit = t.filter(t.service != "", t.origin == "audit")
    return audit.group_by([*SERVICE, "revision"]).aggregate(
        ready=audit.ts.min(where=audit.message.contains("changed to True")),
        failed=audit.ts.min(where=audit.message.contains("changed to False")),
    )


@lru_cache(maxsize=1)
def find_traffic_changes(t: ir.Table) -> ir.Table:
    """Return service, environment and time of each change of traffic: an audited call that says so of itself."""
    changed = t.filter(t.origin == "audit", t.service != "", t.payload.contains("update-traffic"))
    return changed.select(*SERVICE, "ts")
