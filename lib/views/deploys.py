"""Deploys: did it work, what is new, what is gone, is anything louder?"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from lib.core import headlines
from lib.core.deploys import Deploy, DeployOutcome, FirstSeen, Traffic
from lib.core.frequency import By, Overlay, Rate
from lib.core.model import Coverage, Query
from lib.core.rollouts import deployheadlines
from lib.core.rollouts.lanes import DRAIN, Lane, LaneStart
from lib.core.rollouts.verdicts import ClusterChange
from lib.core.wording import join_words
from lib.errors import BadQuery
from lib.ports import Ports, Readers, pin
from lib.views.cells import Cells, name_cells
from lib.views.comparing import (
    Comparison,
    Span,
    WindowComparison,
    compare_lanes,
    compare_windows,
    find_before,
    read_minutes,
)
from lib.views.deploychart import Chart, load_chart, mark, overlay_lanes
from lib.views.deployfacts import SILENT, DeployFacts, read_facts
from lib.views.window import Labels, Window, label_texts, open_window


@dataclass(frozen=True)
class DeployRow:
    """One deploy in the list: its verdict in a sentence, what else may have been the cause, and its clusters that changed."""

    deploy: Deploy
    verdict: str
    confounders: tuple[str, ...]
    changes: tuple[ClusterChange, ...]
    rolled_back: bool


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
    """The page's list: deploys newest first, traffic changes, revisions first seen, windows in order of time, and the chart."""

    query: Query
    coverage: Coverage
    headline: str
    deploys: tuple[DeployRow, ...] = ()
    traffic: tuple[Traffic, ...] = ()
    unclear: tuple[Traffic, ...] = ()
    first_seen: tuple[FirstSeen, ...] = ()
    windows: tuple[WindowRow, ...] = ()
    chart: Chart | None = None


@dataclass(frozen=True)
class DeployView:
    """One deploy from inside.

    rows:    the comparison, by what matters, for the table and the forest plot: ratio with its interval.
    overlay: warnings and errors of the window before it and of its own, by the time since each began.
    """

    query: Query
    coverage: Coverage
    headline: str
    deploy: Deploy
    rows: tuple[ClusterChange, ...]
    confounders: tuple[str, ...]
    overlay: tuple[Overlay, ...]
    before: Lane | None
    lane: Lane | None


@dataclass(frozen=True)
class ComparisonsView:
    """Every deploy of the window compared, oldest first, with every interval."""

    query: Query
    coverage: Coverage
    headline: str
    comparisons: tuple[Comparison, ...] = ()


@dataclass(frozen=True)
class WindowsView:
    """Two windows of time compared, service by service."""

    query: Query
    coverage: Coverage
    headline: str
    before: Span
    after: Span
    comparisons: tuple[WindowComparison, ...] = ()


@dataclass(frozen=True)
class Read:
    """What every answer starts from."""

    window: Window
    facts: DeployFacts
    labels: Labels
    cells: Cells


def read(stored: Readers, window: Window) -> Read:
    """Return what a window that holds entries tells of deploys."""
    facts = read_facts(stored, window)
    labels = label_texts(stored, facts.series["collapsed"].drop_nulls().unique())
    return Read(window, facts, labels, name_cells(facts, labels))


def load(ports: Ports, query: Query, now: datetime, by: By = By.SEVERITY, rate: Rate = Rate.COUNT) -> DeploysView:
    """Return the deploys of the query's window."""
    stored = pin(ports)
    window = open_window(stored, query)
    if window.entries is None:
        return DeploysView(window.query, window.coverage, headlines.nothing_found(window.coverage, query))
    known = read(stored, window)
    compared = {c.lane.deploy: c for c in compare_lanes(known.facts, known.cells, window.coverage, every_interval=False)}
    rows = tuple(
        describe_row(d, compared.get(d), known.facts) for d in reversed(known.facts.found.deploys) if asked_about(d, window)
    )
    told = [(r.deploy, r.verdict, bool(r.changes)) for r in rows]
    both = sum(r.deploy in compared and compared[r.deploy].both_read for r in rows)
    chart = load_chart(stored, window, known.labels, known.cells.words, by, rate)
    found, lanes = (
        known.facts.found,
        tuple(lane for lane in known.facts.lanes if lane.end > starts(window) and in_place(lane, window)),
    )
    return DeploysView(
        query=window.query,
        coverage=window.coverage,
        headline=deployheadlines.of_deploys(told, both, window.coverage, query),
        deploys=rows,
        traffic=tuple(t for t in found.traffic if asked_about(t, window)),
        unclear=tuple(t for t in found.unclear if asked_about(t, window)),
        first_seen=tuple(f for f in found.first_seen if asked_about(f, window)),
        windows=tuple(describe_window(known.facts, lane, window.coverage) for lane in lanes),
        chart=replace(chart, markers=tuple(mark(r.deploy) for r in reversed(rows)), lanes=lanes),
    )


def load_one(ports: Ports, query: Query, now: datetime, service: str, revision: str, rate: Rate = Rate.COUNT) -> DeployView:
    """Return one deploy by its revision and service, "" for any. Errors: BadQuery when the window holds none, or several."""
    stored = pin(ports)
    window = open_window(stored, query)
    known = read(stored, window) if window.entries is not None else None
    deploys = known.facts.found.deploys if known else ()
    deploy = choose(deploys, window, service, revision)
    if known is None or deploy is None:
        of = f" of {service}" if service else ""
        raise BadQuery(f"No deploy of {revision}{of} is known in this window.", hint="Open the list of deploys.")
    compared = compare_lanes(known.facts, known.cells, window.coverage, every_interval=True)
    mine = next((c for c in compared if c.lane.deploy == deploy), None)
    before = find_before(mine.lane, known.facts.lanes_at[deploy.service, deploy.environment]) if mine else None
    row = describe_row(deploy, mine, known.facts)
    both = [lane for lane in (before, mine.lane if mine else None) if lane]
    overlay = overlay_lanes(known.facts.activity, both, window.coverage, rate)
    rows = mine.rows if mine else ()
    return DeployView(
        window.query, window.coverage, row.verdict, deploy, rows, row.confounders, overlay, before, mine.lane if mine else None
    )


def choose(deploys: Sequence[Deploy], window: Window, service: str, revision: str) -> Deploy | None:
    """Return the deploy that is meant, of those asked about where there is one. Errors: BadQuery when services share it."""
    found = [d for d in deploys if d.revision == revision and service in ("", d.service)]
    found = [d for d in found if in_place(d, window)] or found
    if len(services := sorted({d.service for d in found})) > 1:
        several = join_words([f"'{s}'" for s in services])
        raise BadQuery(f"Not only one service has a deploy of {revision}: {several}.", hint="Open it from the list of deploys.")
    return found[0] if found else None


def load_comparisons(ports: Ports, query: Query, now: datetime, revision: str = "") -> ComparisonsView:
    """Return the comparison of every deploy in the window, or of one revision's. Errors: BadQuery when it is not there."""
    stored = pin(ports)
    window = open_window(stored, query)
    if window.entries is None:
        return ComparisonsView(window.query, window.coverage, headlines.nothing_found(window.coverage, query))
    known = read(stored, window)
    compared = compare_lanes(known.facts, known.cells, window.coverage, every_interval=True)
    deploys = [c for c in compared if c.lane.deploy and asked_about(c.lane.deploy, window)]
    chosen = tuple(c for c in deploys if revision in ("", c.lane.revision))
    if revision and not chosen:
        raise BadQuery(f"No deploy of {revision} is known in this window.", hint="`python -m lib deploys` lists them.")
    told = deployheadlines.of_comparisons([bool([r for r in c.rows if r.changed]) for c in chosen])
    return ComparisonsView(window.query, window.coverage, told, chosen)


def load_windows(ports: Ports, query: Query, now: datetime, before: Span, after: Span) -> WindowsView:
    """Return every service's clusters in two windows of time. Errors: BadQuery when they overlap or end before they begin."""
    if before[0] >= before[1] or after[0] >= after[1] or before[1] > after[0]:
        raise BadQuery(
            "The two windows must not overlap.", hint="Give the earlier one first, each with its start before its end."
        )
    stored = pin(ports)
    window = open_window(stored, replace(query, start=before[0], end=after[1]))
    if window.entries is None:
        return WindowsView(window.query, window.coverage, headlines.nothing_found(window.coverage, query), before, after)
    known = read(stored, window)
    every = compare_windows(known.facts, known.cells, window.coverage, before, after)
    compared = tuple(c for c in every if in_place(c, window))
    told = deployheadlines.of_windows(sum(r.changed for c in compared for r in c.rows), sum(len(c.rows) for c in compared))
    return WindowsView(window.query, window.coverage, told, before, after, compared)


def starts(window: Window) -> datetime:
    """Return when a settled window starts."""
    assert window.query.start
    return window.query.start


class Placed(Protocol):
    """What happens in a service and environment."""

    @property
    def service(self) -> str:
        """Its name."""
        ...

    @property
    def environment(self) -> str:
        """Its name, "" when it is not known."""
        ...


class Happened(Placed, Protocol):
    """What happened at a moment."""

    @property
    def ts(self) -> datetime:
        """When."""
        ...


def in_place(it: Placed, window: Window) -> bool:
    """Tell whether a query is about the service and environment of something."""
    asked = window.query
    return (not asked.services or it.service in asked.services) and (
        not asked.environments or it.environment in asked.environments
    )


def asked_about(it: Happened, window: Window) -> bool:
    """Tell whether a query is about something that happened."""
    assert window.query.end
    return starts(window) <= it.ts < window.query.end and in_place(it, window)


def describe_row(deploy: Deploy, compared: Comparison | None, facts: DeployFacts) -> DeployRow:
    """Return a deploy with its verdict; one that began no lane is told by its outcome alone."""
    verdict = compared.verdict if compared else deployheadlines.of_no_lane(deploy)
    back = was_rolled_back(deploy, facts)
    if back:
        verdict = f"{verdict} It was rolled back: {back} serves again."
    changes = tuple(r for r in compared.rows if r.changed) if compared else ()
    return DeployRow(deploy, verdict, compared.confounders if compared else (), changes, bool(back))


def was_rolled_back(deploy: Deploy, facts: DeployFacts) -> str:
    """Return the older revision that took over when the deploy's lane ended, "" when none did."""
    lanes = facts.lanes_at.get((deploy.service, deploy.environment), ())
    mine = next((lane for lane in lanes if lane.deploy == deploy), None)
    if mine is None or deploy.outcome is DeployOutcome.FAILED:
        return ""
    older = {x.revision for x in lanes if x.start < mine.start}
    again = [x for x in lanes if x.begins is LaneStart.AGAIN and x.start >= mine.start and abs(x.start - mine.end) <= DRAIN]
    return next((x.revision for x in again if x.revision in older), "")


def describe_window(facts: DeployFacts, lane: Lane, coverage: Coverage) -> WindowRow:
    """Return a lane with its counts."""
    written = facts.written.get((lane.service, lane.environment), {})
    counts = (written.get(lane.revision, SILENT) if lane.revision else SILENT).sum_lane(lane)
    minutes = read_minutes(lane.start, lane.end, coverage)
    if not counts["entries"]:
        return WindowRow(lane, None, None, None, minutes)
    return WindowRow(lane, counts["warnings"], counts["errors"], counts["requests"], minutes)
