"""The verdict of each revision of a service: its starts, the losses in its life, and what Sentry has of its release."""

from dataclasses import dataclass
from datetime import datetime

from lib.core.sentry.trackingcase import Case
from lib.core.sentry.trackingstates import BLIND_STARTS, Life, StateSpan, Verdict


@dataclass(frozen=True)
class RevisionJudgement:
    """One revision's verdict, and when it was heard."""

    revision: str
    verdict: Verdict
    first: datetime
    last: datetime


def accepts_in_spite(case: Case, span: StateSpan) -> bool:
    """Return whether Sentry has events of a revision from after its starts said that nothing is tracked."""
    return any(r.last and span.seen and r.last > span.seen for r in case.releases_of(span.revision))


def judge_revisions(case: Case) -> tuple[RevisionJudgement, ...]:
    """Return the verdict of each revision that served, or whose starts say something, in order."""
    said = {s.revision for s in case.timeline.starts}
    lives = [life for life in case.timeline.lives if life.served or life.revision in said]
    return tuple(
        RevisionJudgement(life.revision, judge_revision(case, life), life.first or life.start, life.last or case.end)
        for life in lives
    )


def judge_revision(case: Case, life: Life) -> Verdict:
    """Return one revision's verdict at its end, or at the window's."""
    starts = [s for s in case.timeline.starts if s.revision == life.revision]
    end = life.end or case.timeline.end
    if starts and starts[-1].state in BLIND_STARTS:
        return Verdict.DEGRADED if accepts_in_spite(case, starts[-1]) else Verdict(starts[-1].state.value)
    dropped = [d for d in case.timeline.drops if d.start < end and (d.last_seen or d.start) >= life.start and life.served]
    accepted = max((r.last for r in case.releases_of(life.revision) if r.last), default=None)
    if dropped:
        last = dropped[-1]
        if last.end is None or last.end >= end:
            return Verdict.DROPPING
        return Verdict.RECOVERED if accepted is None or accepted >= (last.last_seen or last.start) else Verdict.UNVERIFIED
    if len(starts) > 1:  # it was blind before
        return Verdict.RECOVERED if accepted and accepted >= starts[-1].start else Verdict.UNVERIFIED
    if accepted is not None or (not case.names_releases and delivered_alone(case, life)):
        return Verdict.HEALTHY
    own, wordless = case.logged.by_revision.get(life.revision, (0, 0))
    return Verdict.UNKNOWN if case.is_unanswered or (own and wordless * 2 >= own) else Verdict.UNVERIFIED


def delivered_alone(case: Case, life: Life) -> bool:
    """Return whether Sentry accepted something in an hour in which no other revision served."""
    hours = [first for first, _, version in case.deliveries if not version and first != case.canary]
    return any(life.start <= hour and case.timeline.serving(hour) == (life,) for hour in hours)
