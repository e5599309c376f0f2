"""What happened in a window, in order of time, as rows; and the same as a chart of gaps over bursts."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from lib.core.blindness.gapwords import STATES
from lib.core.deploys import DeployOutcome
from lib.core.report.document import Bar, BarKind, Chart, ChartLane, Column, ColumnKind, Mark, Table
from lib.core.report.notes import Note
from lib.core.wording import count_of, join_words, name_of, rfc3339, say_duration, shorten, times
from lib.views.deploys import DeploysView
from lib.views.gaprows import GapRow, JointBurst
from lib.views.gaps import GapsView, Lane
from lib.views.problems import ProblemRow
from lib.views.reportparts import Parts

MOST_EVENTS = 150  # rows of a timeline that is still read; the least telling kinds go first
MOST_LANES = 12
NAME = 90  # characters of a template in a row


@dataclass(frozen=True)
class Event:
    """One row: when, until when where it lasts (None: not over), what kind of thing, of whom, and what."""

    ts: datetime
    kind: str
    service: str
    text: str
    end: datetime | None = None
    lasts: bool = False


KEPT = ("note", "gap begins", "gap ends", "deploy", "first of a problem", "last of a problem", "burst", "first seen", "traffic")
"""Kinds of events, those that a document must not lose first."""


def list_events(parts: Parts) -> tuple[list[Event], str]:
    """Return what happened, in order of time, and a sentence about what was left out, "" for nothing."""
    found = [*note_events(parts.notes)]
    if parts.gaps:
        begun = {(r.gap.service, r.gap.environment, r.gap.start) for r in parts.gaps.gaps}
        found += [e for row in parts.gaps.gaps for e in gap_events(row, begun, parts.gaps.coverage.start)]
        found += [e for joint in parts.gaps.joint for e in burst_events(joint)]
    if parts.deploys:
        found += deploy_events(parts.deploys)
    if parts.problems:
        found += [e for row in parts.problems.problems for e in problem_events(row)]
    ranked = sorted(found, key=lambda e: KEPT.index(e.kind))
    order = sorted(ranked[:MOST_EVENTS], key=lambda e: (e.ts, KEPT.index(e.kind), e.service, e.text))
    more = len(found) - MOST_EVENTS
    return order, f"{count_of(more, 'event')} of the least telling kinds left out." if more > 0 else ""


def note_events(notes: Iterable[Note]) -> Iterator[Event]:
    """Yield what people noted."""
    for n in notes:
        yield Event(n.ts, "note", n.service, f"{n.text} (noted by {n.who or 'somebody who gave no name'})")


def gap_events(row: GapRow, begun: Collection[tuple[str, str, datetime]], edge: datetime | None) -> Iterator[Event]:
    """Yield a gap's beginning and, where it is over, its end, with how sure both are.

    begun: when gaps begin, and where; edge: the window's start, at which a gap is cut, so that it does not begin there.
    """
    gap = row.gap
    named = name_of(gap.service, gap.environment)
    unsure = (
        f"; it may have begun up to {say_duration(gap.start_unsure)} earlier" if gap.start_unsure.total_seconds() >= 60 else ""
    )
    some = f" on {join_words(gap.revisions)}" if gap.partial and gap.revisions else ""
    was = STATES[gap.cause][0]
    told = f"When the window begins, {was} already" if edge and gap.start <= edge else f"From here on {was}"
    yield Event(gap.start, "gap begins", named, f"{told}{some}{unsure}.", gap.end, lasts=True)
    if gap.end:
        unsure = (
            f"; it may have ended up to {say_duration(gap.end_unsure)} earlier" if gap.end_unsure.total_seconds() >= 60 else ""
        )
        goes_on = (gap.service, gap.environment, gap.end) in begun
        seen = "Another cause took its place" if goes_on else "It could be seen again"
        told = f"{seen} after {say_duration(gap.length)}{unsure}; {count_of(row.failures, 'failure')} in it."
        yield Event(gap.end, "gap ends", named, told)


def burst_events(joint: JointBurst) -> Iterator[Event]:
    """Yield a burst, one for all clusters of one problem."""
    root, start = joint.rows[0], min(r.found.start for r in joint.rows)
    entries, blind = sum(r.found.count for r in joint.rows), sum(r.blind for r in joint.rows)
    others = f" and {count_of(len(joint.rows) - 1, 'more cluster')} with it" if len(joint.rows) > 1 else ""
    seen = f"{blind:,} of them not seen" if blind else "all of them in times when they could be seen"
    told = f"“{shorten(root.cluster.template, NAME)}”{others}: {count_of(entries, 'entry', 'entries')}, {seen}."
    named = name_of(root.found.service, root.found.environment)
    yield Event(start, "burst", named, told, max(r.found.end for r in joint.rows), lasts=True)


def deploy_events(view: DeploysView) -> Iterator[Event]:
    """Yield deploys, revisions whose deploy was not seen, and changes of who serves."""
    for row in view.deploys:
        yield Event(row.deploy.ts, "deploy", name_of(row.deploy.service, row.deploy.environment), row.deploy.sentence)
    for f in view.first_seen:
        yield Event(f.ts, "first seen", name_of(f.service, f.environment), f"{f.revision} is first seen. {f.why}")
    for t in view.traffic:
        to = f" to {join_words(t.targets)}" if t.targets else ""
        yield Event(t.ts, "traffic", name_of(t.service, t.environment), f"Traffic was moved{to}.")


def problem_events(row: ProblemRow) -> Iterator[Event]:
    """Yield a problem's first and last entry."""
    problem, name = row.problem, shorten(row.symptoms[0].cluster.template, NAME)
    services = join_words([s or "no service" for s in problem.services])
    entries = count_of(problem.count, "entry", "entries")
    yield Event(problem.first, "first of a problem", services, f"{row.priority}: “{name}”, {entries} from here on.")
    if problem.last > problem.first:
        yield Event(problem.last, "last of a problem", services, f"{row.priority}: “{name}” is last seen.")


def list_timeline(parts: Parts) -> Table:
    """Return the timeline as a table."""
    events, note = list_events(parts)
    kinds = [Column("time", ColumnKind.TIME), Column("until", ColumnKind.TIME), Column("what"), Column("service"), Column("told")]
    rows = [(rfc3339(e.ts), rfc3339(e.end) if e.lasts else "", e.kind, e.service, e.text) for e in events]
    return Table("timeline", tuple(kinds), tuple(rows), note)


# ---- chart


def draw_chart(view: GapsView) -> Chart | None:
    """Return gaps over bursts, a lane a service, None where there is no window or nothing to draw."""
    start, end = view.coverage.start, view.coverage.end
    if start is None or end is None or not view.lanes:
        return None
    lanes = tuple(draw_lane(lane) for lane in view.lanes[:MOST_LANES])
    title = "When nobody could see (hatched), over when services failed; red: not seen. Thin lines are deploys. UTC"
    return Chart(title, start, end, lanes, view.coverage.unread, len(view.lanes) - len(lanes))


def draw_lane(lane: Lane) -> ChartLane:
    """Return one service's lane."""
    bars: list[Bar] = []
    for row in lane.gaps:
        gap = row.gap
        bars.append(Bar(BarKind.GAP, gap.start, gap.until, f"{gap.cause.value}, {say_duration(gap.length)}"))
        if gap.start_unsure:
            bars.append(Bar(BarKind.UNSURE, gap.start - gap.start_unsure, gap.start, "it may have begun here"))
        if gap.end_unsure:
            bars.append(Bar(BarKind.UNSURE, gap.until - gap.end_unsure, gap.until, "it may have been over here"))
    for burst in lane.bursts:
        told = f"{times(burst.found.count)}: {shorten(burst.cluster.template, NAME)}"
        kinds = {True: BarKind.UNSEEN, False: BarKind.SEEN}
        bars += [Bar(kinds[p.blind], p.start, p.end, told) for p in burst.parts]
    marks = tuple(Mark(d.ts, d.outcome is DeployOutcome.FAILED, d.revision or "a deploy") for d in lane.deploys)
    return ChartLane(name_of(lane.service, lane.environment), tuple(bars), marks)


def problem_name(row: ProblemRow) -> str:
    """Return what a problem is called in a sentence."""
    return shorten(row.symptoms[0].cluster.template, NAME)
