"""Deploys: did it work, what is new, what is gone, is anything louder?"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from lib.core.deploys import Deploy, FirstSeen, Traffic
from lib.core.lanes import Lane
from lib.core.model import Coverage, Query
from lib.core.wording import count_of
from lib.ports import Ports, pin
from lib.views.deployfacts import DeployFacts, read_facts, sum_lane
from lib.views.window import open_window


@dataclass(frozen=True)
class DeployRow:
    """One deploy in the list."""

    deploy: Deploy
    verdict: str


@dataclass(frozen=True)
class WindowRow:
    """One lane with what was written in it; the counts are None when nothing of it was read. minutes: the part that was read."""

    lane: Lane
    warnings: int | None
    errors: int | None
    requests: int | None
    minutes: float


@dataclass(frozen=True)
class DeploysView:
    """The page's list: deploys newest first, traffic changes, revisions first seen, and windows in order of time."""

    query: Query
    coverage: Coverage
    headline: str
    deploys: tuple[DeployRow, ...] = ()
    traffic: tuple[Traffic, ...] = ()
    unclear: tuple[Traffic, ...] = ()
    first_seen: tuple[FirstSeen, ...] = ()
    windows: tuple[WindowRow, ...] = ()


def load(ports: Ports, query: Query, now: datetime) -> DeploysView:
    """Return the deploys of the query's window."""
    stored = pin(ports)
    window = open_window(stored, query)
    if window.entries is None:
        return DeploysView(window.query, window.coverage, "Nothing was read: there may be deploys all the same.")
    facts = read_facts(stored, window)
    asked = window.query
    assert asked.start
    assert asked.end
    inside = [d for d in facts.found.deploys if asked.start <= d.ts < asked.end]
    return DeploysView(
        query=asked,
        coverage=window.coverage,
        headline=f"{count_of(len(inside), 'deploy')} in the window.",
        deploys=tuple(DeployRow(d, d.sentence) for d in reversed(inside)),
        traffic=tuple(t for t in facts.found.traffic if asked.start <= t.ts < asked.end),
        unclear=tuple(t for t in facts.found.unclear if asked.start <= t.ts < asked.end),
        first_seen=tuple(f for f in facts.found.first_seen if asked.start <= f.ts < asked.end),
        windows=tuple(describe_window(facts, lane, window.coverage) for lane in facts.lanes if lane.end > asked.start),
    )


def describe_window(facts: DeployFacts, lane: Lane, coverage: Coverage) -> WindowRow:
    """Return a lane with its counts."""
    counts = sum_lane(facts.activity, lane)
    minutes = read_minutes(lane.start, lane.end, coverage)
    if not counts["entries"]:
        return WindowRow(lane, None, None, None, minutes)
    return WindowRow(lane, counts["warnings"], counts["errors"], counts["requests"], minutes)


def read_minutes(start: datetime, end: datetime, coverage: Coverage) -> float:
    """Return the minutes of [start, end) that some source covers."""
    unread = sum((max(min(b, end) - max(a, start), timedelta(0)) for a, b in coverage.unread), timedelta(0))
    return (end - start - unread) / timedelta(minutes=1)
