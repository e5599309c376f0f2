"""The questions that verdicts on error tracking ask of ENTRIES, as Ibis expressions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from lib.core.model import FAILURES
from lib.core.questions import bucket_of
from lib.core.sentry.sentrysigns import HINT

if TYPE_CHECKING:
    import ibis.expr.types as ir

MINUTE_S, PULSE_S = 60, 300
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


def count_eligible(t: ir.Table, telling: Sequence[str]) -> ir.Table:
    """Return the error entries that a working SDK would have sent, by service, revision and minute, with first and last.

    telling: collapsed texts that are about Sentry itself; those can reach nobody, nor can what fails in its own start.
    """
    kept = own(t).filter(t.message.notnull(), t.severity.isin(FAILED), ~((t.origin == "stderr") & t.message.re_search(RAW)))
    about = kept.message.re_search(ABOUT)
    kept = kept.filter(~((kept.exception != "") & about))
    if telling:
        kept = kept.filter(~kept.collapsed.isin(list(telling)))
    kept = kept.mutate(bucket=bucket_of(kept, MINUTE_S))
    return kept.group_by([*SERVICE, "revision", "bucket"]).aggregate(errors=kept.count(), first=kept.ts.min(), last=kept.ts.max())


def find_activity(t: ir.Table, since: datetime) -> ir.Table:
    """Return a row a service and revision: its requests and own entries, and when it was ready or failed (null without).

    *_now: counted from `since` on; wordless: own entries without a message.
    """
    import ibis

    named = t.filter(t.service != "")
    mine, request, audit = named.origin.isin(OWN), named.origin == "request", named.origin == "audit"
    active, now = mine | request, named.ts >= ibis.literal(since)
    return named.group_by([*SERVICE, "revision"]).aggregate(
        requests=named.count(where=request),
        own=named.count(where=mine),
        own_now=named.count(where=mine & now),
        active_now=named.count(where=active & now),
        wordless_now=named.count(where=mine & now & named.message.isnull()),
        first=named.ts.min(where=active),
        last=named.ts.max(where=active),
        ready=named.ts.min(where=audit & named.message.contains("changed to True")),
        failed=named.ts.min(where=audit & named.message.contains("changed to False")),
    )


def count_pulse(t: ir.Table) -> ir.Table:
    """Return how many requests and own entries each revision has, by service and PULSE_S."""
    active = t.filter(t.service != "", t.origin.isin([*OWN, "request"]))
    keyed = active.mutate(bucket=bucket_of(active, PULSE_S))
    return keyed.group_by([*SERVICE, "revision", "bucket"]).aggregate(count=keyed.count())


def find_traffic_changes(t: ir.Table) -> ir.Table:
    """Return service, environment and time of each change of traffic: an audited call that says so of itself."""
    changed = t.filter(t.origin == "audit", t.service != "", t.payload.contains("update-traffic"))
    return changed.select(*SERVICE, "ts")
