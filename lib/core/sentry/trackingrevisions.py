"""The verdict of each revision of a service: its starts, the losses in its life, and what Sentry has of its release."""

from dataclasses import dataclass
from datetime import datetime

from lib.core.sentry.sentryfields import HOUR
from lib.core.sentry.sentryhours import CHANCE, USUAL, chance_of
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
    if dropped and fits_alone(case, life):  # what was lost is of a revision beside it, of which Sentry has nothing
        return Verdict.HEALTHY
    last = dropped[-1] if dropped else None
    if last and (last.end is None or last.end >= end):
        return Verdict.DROPPING
    if is_unheard(case, life):
        return Verdict.UNKNOWN if case.unread_releases else Verdict.DROPPING
    if last:
        return Verdict.RECOVERED if accepted is None or accepted >= (last.last_seen or last.start) else Verdict.UNVERIFIED
    if len(starts) > 1:  # it was blind before
        return Verdict.RECOVERED if accepted and accepted >= starts[-1].start else Verdict.UNVERIFIED
    if accepted is not None or (not case.names_releases and delivered_alone(case, life)):
        return Verdict.HEALTHY
    own, wordless = case.logged.by_revision.get(life.revision, (0, 0))
    return Verdict.UNKNOWN if case.is_unanswered or (own and wordless * 2 >= own) else Verdict.UNVERIFIED


def is_unheard(case: Case, life: Life) -> bool:
    """Return whether Sentry, which names releases after revisions, has nothing of one that works and logged errors enough.

    While its releases could not all be read (case.unread_releases), that is not known to be so.
    """
    blind = any(s.revision == life.revision and s.state in BLIND_STARTS for s in case.timeline.starts)
    if blind or not life.served or not case.names_releases or case.releases_of(life.revision):
        return False
    return chance_of(0, case.logged.errors_of.get(life.revision, 0), USUAL) < CHANCE


def fits_alone(case: Case, life: Life) -> bool:
    """Return whether all that Sentry accepted in a revision's life is its own, and is as much as arrives where all works."""
    beside = [o for o in case.timeline.lives if o is not life and o.served and overlap(o, life, case.timeline.end)]
    if case.unread_releases or not case.releases_of(life.revision) or not any(is_unheard(case, o) for o in beside):
        return False
    if any(case.releases_of(o.revision) and not is_over_before(case, o, life) for o in beside):
        return False
    end = life.end or case.timeline.end
    accepted = sum(p.outcomes.get("accepted", 0) for p in case.sentry.points if life.start - HOUR < p.start < end)
    return chance_of(accepted, case.logged.errors_of.get(life.revision, 0), USUAL) > CHANCE


def overlap(a: Life, b: Life, end: datetime) -> bool:
    """Return whether two revisions served at one time."""
    return a.start < (b.end or end) and b.start < (a.end or end)


def is_over_before(case: Case, other: Life, life: Life) -> bool:
    """Return whether Sentry's last event of a revision is older than another revision."""
    return all((r.last or r.first or life.start) < life.start for r in case.releases_of(other.revision))


def delivered_alone(case: Case, life: Life) -> bool:
    """Return whether Sentry accepted something in an hour in which no other revision served."""
    hours = [first for first, _, version in case.deliveries if not version and first != case.canary]
    return any(life.start <= hour and case.timeline.serving(hour) == (life,) for hour in hours)
