"""The verdict: does error tracking work for this service? Rules are rows, and the first that applies decides.

Not seeing is not being well: what could not be looked up is unknown, what nobody proved is unverified, and only delivery makes
a service healthy. A text that disappears closes nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from lib.core.sentry import trackingsteps as steps
from lib.core.sentry import trackingwords as words
from lib.core.sentry.dropping import NOTHING_ARRIVED
from lib.core.sentry.trackingcase import SILENCE, UNANSWERED, Case
from lib.core.sentry.trackingfinding import Finding, began, how_sure
from lib.core.sentry.trackingrevisions import (
    RevisionJudgement,
    accepts_in_spite,
    is_unheard,
    judge_revision,
    judge_revisions,
)
from lib.core.sentry.trackingstates import BLIND_STARTS, GREEN, Confidence, Evidence, State, StateSpan, Verdict

FEW = 3  # lost events; fewer may be one hiccup that is over


@dataclass(frozen=True)
class Judgement:
    """A service's verdict. sentence: to be pasted as it stands; rule: the row that decided; step: what to do next."""

    service: str
    environment: str
    verdict: Verdict
    cause: str
    since: datetime | None
    confidence: Confidence
    sentence: str
    evidence: tuple[Evidence, ...]
    revisions: tuple[RevisionJudgement, ...]
    step: steps.Step
    rule: str


@dataclass(frozen=True)
class Rule:
    """One row: `finds` returns None where it does not apply."""

    name: str
    finds: Callable[[Case], Finding | None]


def judge_service(case: Case) -> Judgement:
    """Return a service's verdict by the first rule that applies, with its revisions' own."""
    rule, finding = next((rule, found) for rule in RULES if (found := rule.finds(case)) is not None)
    return Judgement(
        case.service,
        case.environment,
        finding.verdict,
        finding.cause,
        finding.since,
        finding.confidence,
        words.say(case, finding.verdict, finding.since, finding.why),
        case.evidence(),
        judge_revisions(case),
        finding.step,
        rule.name,
    )


# ---- rules


def find_blind(case: Case) -> Finding | None:
    """All that serves says at its starts that errors are not tracked."""
    blind = case.blind_starts
    if not blind or (len(blind) < len(case.serving) and not case.open_drop):
        return None
    newest = list(blind.values())[-1]
    if any(accepts_in_spite(case, span) for span in blind.values()):
        return contradicted(case, newest)
    verdict = Verdict(newest.state.value)
    since = min((t for span in blind.values() if (t := began(case, span.state))), default=None)
    sure = Confidence.HIGH if (newest.evidence and newest.evidence[0].count > 1) or case.sentry.points else Confidence.MEDIUM
    return Finding(verdict, newest.cause, since, sure, words.of_blind(case, blind), steps.step_for(verdict, case))


def contradicted(case: Case, span: StateSpan) -> Finding:
    """Return the finding where starts say that nothing is tracked and Sentry has events all the same."""
    why = words.of_starts(case, span.state, accepted=True)
    step = steps.step_for(Verdict.DEGRADED, case)
    return Finding(Verdict.DEGRADED, span.cause, began(case, span.state), Confidence.MEDIUM, why, step)


def find_mixed(case: Case) -> Finding | None:
    """Some of what serves is blind, some is not."""
    blind = case.blind_starts
    if not blind:
        return None
    newest = list(blind.values())[-1]
    since, why = min(s.start for s in blind.values()), words.of_mixture(case, blind)
    return Finding(Verdict.DEGRADED, newest.cause, since, Confidence.HIGH, why, steps.step_for(Verdict(newest.state.value), case))


def find_partial(case: Case) -> Finding | None:
    """For hours a part of what is sent arrives, and the rest does not."""
    part = case.partial
    if part is None:
        return None
    step = steps.step_for(Verdict.DROPPING, case)
    return Finding(Verdict.DEGRADED, part.name or NOTHING_ARRIVED, part.first, Confidence.MEDIUM, words.of_partial(part), step)


def find_open_drop(case: Case) -> Finding | None:
    """What is sent does not arrive."""
    drop = case.open_drop
    if drop is None:
        return None
    many = not case.sentry.points or drop.lost >= FEW
    sure = Confidence.HIGH if case.sentry.points and len(drop.evidence) > 1 else Confidence.MEDIUM
    sure = sure if many else Confidence.LOW
    step = steps.step_for(Verdict.DROPPING, case)
    return Finding(Verdict.DROPPING, drop.cause, drop.start, sure, words.of_drop(case, drop), step)


def find_mute(case: Case) -> Finding | None:
    """Sentry has nothing of a serving revision, and events of another."""
    mute = [life for life in case.serving if is_unheard(case, life)]
    if not mute or case.unread_releases or not any(judge_revision(case, life) in GREEN for life in case.serving):
        return None
    why, step = words.of_mute(case, [life.revision for life in mute]), steps.step_for(Verdict.DEGRADED, case)
    since = min(life.start for life in mute)
    return Finding(Verdict.DEGRADED, NOTHING_ARRIVED, max(since, case.timeline.start), Confidence.MEDIUM, why, step)


def find_carried(case: Case) -> Finding | None:
    """The text is gone, and nothing shows that the state is."""
    span = case.carried
    if span is None:
        return None
    verdict = Verdict(span.state.value)
    return Finding(
        verdict, span.cause, began(case, span.state), Confidence.LOW, words.of_carried(span), steps.step_for(verdict, case)
    )


def find_wordless(case: Case) -> Finding | None:
    """What the service said is lost."""
    if not case.is_wordless:
        return None
    return Finding(Verdict.UNKNOWN, "no messages", None, Confidence.HIGH, words.of_wordless(case), steps.EXPORT_AGAIN)


def find_unanswered(case: Case) -> Finding | None:
    """Sentry was asked and did not answer, or what it did not answer may be all that it has of a serving revision."""
    unread = case.unread_releases if any(is_unheard(case, life) for life in case.serving) else None
    failure = case.sentry.failures[0] if case.is_unanswered else unread
    if failure is None:
        return None
    return Finding(Verdict.UNKNOWN, "look-up failed", None, Confidence.HIGH, words.of_failure(failure), steps.step_after(failure))


def find_bad_health(case: Case) -> Finding | None:
    """The service itself reports that errors are not tracked."""
    health = case.health
    if health is None or health.state not in BLIND_STARTS or (case.last_delivery and case.last_delivery > health.read_at):
        return None
    verdict = Verdict(health.state.value)
    why = words.of_health(health)
    return Finding(verdict, "health document", health.read_at, Confidence.MEDIUM, why, steps.step_for(verdict, case))


def find_late(case: Case) -> Finding | None:
    """Errors were logged after the last hour that Sentry answered for: what became of them is not known."""
    if case.logged.late_errors < UNANSWERED:
        return None
    return Finding(Verdict.UNVERIFIED, "", None, Confidence.MEDIUM, words.of_late(case), steps.ASK_SENTRY)


def find_stalled(case: Case) -> Finding | None:
    """Events arrived, and of the errors since then none did: too few to call it a loss, too many for chance."""
    if not case.deliveries or case.chance_of_silence >= SILENCE:
        return None
    step = steps.LOOK_AT_SDK if case.only_canary else steps.step_for(Verdict.UNVERIFIED, case)
    return Finding(Verdict.UNVERIFIED, "", None, Confidence.MEDIUM, words.of_stalled(case), step)


def find_newcomer(case: Case) -> Finding | None:
    """A revision serves of which nothing is known, beside or after others that deliver."""
    if not case.silent or not case.names_releases or not case.deliveries:
        return None
    step = steps.step_for(Verdict.UNVERIFIED, case)
    return Finding(Verdict.UNVERIFIED, "", None, Confidence.MEDIUM, words.of_newcomer(case.silent), step)


def find_degraded(case: Case) -> Finding | None:
    """Events arrive, and the SDK says that it loses some or sees only a part."""
    serving = {life.revision for life in case.serving}
    told = [e for e in case.timeline.other if e.state == State.DEGRADED and e.revision in serving]
    if not told or not case.deliveries:
        return None
    step = steps.step_for(Verdict.DEGRADED, case)
    return Finding(Verdict.DEGRADED, told[0].name, told[0].first, Confidence.MEDIUM, words.of_degraded(told[0]), step)


def find_recovered(case: Case) -> Finding | None:
    """Blindness ended, and Sentry accepted events since."""
    if not case.closed or not all(case.delivered_after(span) for span in case.closed):
        return None
    last = case.closed[-1]
    since = max(last.end or case.end, min((t for t, until, _ in case.deliveries if until >= (last.end or t)), default=case.end))
    since = min(since, case.end)
    proven = all(case.releases_of(life.revision) for life in case.serving) if case.names_releases else bool(case.sentry.points)
    sure = how_sure(case, proven)
    return Finding(Verdict.RECOVERED, last.cause, since, sure, words.of_recovery(case, last), steps.NO_STEP)


def find_unproven(case: Case) -> Finding | None:
    """Blindness ended as far as the logs say, and nothing has arrived since."""
    if not case.closed:
        return None
    step = steps.step_for(Verdict.UNVERIFIED, case)
    return Finding(Verdict.UNVERIFIED, "", None, Confidence.HIGH, words.of_unproven(case, case.closed[-1]), step)


def find_healthy(case: Case) -> Finding | None:
    """Sentry accepts what the service sends."""
    if not case.deliveries:
        return None
    first = max(case.deliveries[0][0], case.timeline.start)
    proven = all(case.releases_of(life.revision) for life in case.serving)
    return Finding(Verdict.HEALTHY, "", first, how_sure(case, proven), words.of_delivery(case), steps.NO_STEP)


def find_undeclared(case: Case) -> Finding | None:
    """No requirements file declares the SDK; one that could not be read may."""
    if not case.declared or case.says_initialised or any(d.declares or d.error for d in case.declared):
        return None
    step = steps.step_for(Verdict.MISSING, case)
    return Finding(Verdict.MISSING, "not declared", None, Confidence.LOW, words.of_declared(case.declared), step)


def find_not_installed(case: Case) -> Finding | None:
    """A file declares the SDK, and no Dockerfile beside it installs that file."""
    if not case.bare_images or case.says_initialised:
        return None
    step = steps.step_for(Verdict.MISSING, case)
    return Finding(Verdict.MISSING, "not installed", None, Confidence.LOW, words.of_not_installed(case), step)


def find_nothing(case: Case) -> Finding:
    """Nothing is known: which step would tell."""
    why, step = words.of_nothing(case)
    return Finding(Verdict.UNVERIFIED, "", None, Confidence.HIGH, why, step)


RULES: tuple[Rule, ...] = (
    Rule("blind at every start", find_blind),
    Rule("some revisions blind", find_mixed),
    Rule("nothing of a revision arrives", find_mute),
    Rule("a part does not arrive", find_partial),
    Rule("events do not arrive", find_open_drop),
    Rule("text gone, state not", find_carried),
    Rule("messages lost", find_wordless),
    Rule("Sentry did not answer", find_unanswered),
    Rule("health document says no", find_bad_health),
    Rule("errors after Sentry's answer", find_late),
    Rule("nothing accepted since", find_stalled),
    Rule("unknown revision serves", find_newcomer),
    Rule("SDK loses some", find_degraded),
    Rule("delivered after blindness", find_recovered),
    Rule("blindness over, nothing delivered", find_unproven),
    Rule("delivered", find_healthy),
    Rule("SDK not declared", find_undeclared),
    Rule("SDK declared, not installed", find_not_installed),
    Rule("nothing known", find_nothing),
)
