"""The words of verdicts: sentences that a person can paste, and the step to take next."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from lib.core.sentry.asked import Declared, HealthReport
from lib.core.sentry.sentryfacts import SETTINGS, Failure
from lib.core.sentry.sentryfields import HOUR
from lib.core.sentry.trackingcase import Case
from lib.core.sentry.trackingstates import BLIND, Evidence, Life, State, StateSpan, Verdict
from lib.core.sentry.trackingsteps import ASK_SENTRY, Step, step_for
from lib.core.wording import count_of, join_words, name_of, say_minute, shorten, times

HEADS = {
    Verdict.MISSING: "errors are not tracked",
    Verdict.DISABLED: "errors are not tracked",
    Verdict.MISCONFIGURED: "errors are not tracked",
    Verdict.DROPPING: "errors do not reach Sentry",
    Verdict.DEGRADED: "errors are tracked only in part",
    Verdict.UNVERIFIED: "nobody has shown that errors are tracked",
    Verdict.RECOVERED: "errors are tracked again",
    Verdict.HEALTHY: "errors are tracked",
    Verdict.UNKNOWN: "whether errors are tracked could not be looked up",
}
SAYS = {
    State.MISSING: "the SDK is missing",
    State.MISCONFIGURED: "Sentry is not set up rightly",
    State.DISABLED: "Sentry is switched off",
}
SAID = {
    State.MISSING: "the SDK was missing",
    State.MISCONFIGURED: "Sentry was not set up rightly",
    State.DISABLED: "Sentry was switched off",
}


def say(case: Case, verdict: Verdict, since: datetime | None, why: str) -> str:
    """Return a verdict as a sentence to be pasted."""
    when = f" since {say_minute(since)}" if since else ""
    return f"{name_of(case.service, case.environment)}: {HEADS[verdict]}{when}. {why}"


def of_accepted(case: Case, since: datetime | None = None) -> str:
    """Return what Sentry says of deliveries, as the end of a sentence."""
    if case.is_unanswered:
        return "what Sentry accepted could not be looked up."
    if case.only_canary and not (since and case.last_delivery and case.last_delivery < since):
        return of_canary(case)
    if not case.sentry.slug:
        return "Sentry was not asked." if not case.sentry.asked else "no project in Sentry is known to be its own."
    if not case.deliveries or (since and case.last_delivery and case.last_delivery < since):
        return "Sentry accepted nothing."
    return f"Sentry accepted events, last at {say_minute(case.last_delivery)}." if case.last_delivery else ""


def of_canary(case: Case) -> str:
    """Say that a marked event arrived, and what that does not show."""
    at = say_minute(case.canary) if case.canary else ""
    return f"Sentry showed a marked event (canary) of {at}; that the service's own arrive is not shown."


def of_starts(case: Case, state: State, accepted: bool = False) -> str:
    """Say what all serving revisions' starts say."""
    spans = [s for s in case.timeline.starts if s.state is state]
    count, revisions = sum(e.count for s in spans for e in s.evidence), {s.revision for s in spans if s.revision}
    on = f" on {count_of(len(revisions), 'revision')}" if revisions else ""
    head = f"Its logs say at every start that {SAYS[state]} ({times(count)}{on})"
    if accepted:
        return f"{head}, yet Sentry has events of the same revision."
    return f"{head}; {of_accepted(case, spans[0].seen if spans else None)}"


def of_blind(case: Case, blind: Mapping[str, StateSpan]) -> str:
    """Say what the starts of all serving revisions say; where they differ, revision by revision."""
    states = {s.state for s in blind.values()}
    if len(states) == 1:
        return of_starts(case, states.pop())
    told = join_words([f"{revision} says that {SAYS[span.state]}" for revision, span in blind.items()])
    first = min(span.seen or span.start for span in blind.values())
    return f"None of its serving revisions tracks errors, each for its own reason: {told}; {of_accepted(case, first)}"


def of_mixture(case: Case, blind: Mapping[str, StateSpan]) -> str:
    """Say which of the serving revisions are blind."""
    seen = [life.revision for life in case.serving if life.revision not in blind]
    told = join_words(sorted({SAYS[s.state] for s in blind.values()}))
    return f"{join_words(sorted(blind))} serves beside {join_words(seen)} and says that {told}; what fails there is not seen."


def of_drop(case: Case, drop: StateSpan) -> str:
    """Say what was lost."""
    lines = sum(e.count for e in drop.evidence if e.kind == "log")
    told = f"The SDK says so {times(lines)}" if lines else "No line says so"
    if not case.sentry.points:
        return f"{told}; Sentry was not asked, so nothing shows that it is over."
    lost = f"{count_of(drop.lost, 'error')} logged since and not accepted" if drop.lost else "nothing accepted since"
    reason = "" if drop.cause in ("", "lost", "nothing arrived") else f", most of them {drop.cause.replace('_', ' ')}"
    head = f"{lost[0].upper()}{lost[1:]}{reason}. {told}."
    if drop.last_seen and drop.last_seen < case.end - HOUR:
        return f"{head} No error was logged since {say_minute(drop.last_seen)}, so nothing shows whether it is over."
    return f"{head} Sentry does not hear of every loss, so there may be more."


def of_partial(part: Evidence) -> str:
    """Say that only a part arrives."""
    reason = (
        f"; Sentry's word for the rest is {part.name.replace('_', ' ')}"
        if part.name
        else "; Sentry counts no reason for the rest"
    )
    return f"A part of them arrives: {part.text}{reason}."


def of_mute(case: Case, mute: Sequence[str]) -> str:
    """Say of which of the serving revisions nothing arrives."""
    seen = [life.revision for life in case.serving if life.revision not in mute]
    return f"{join_words(mute)} serves beside {join_words(seen)}, and Sentry has nothing of it; what fails there is not seen."


def of_carried(span: StateSpan) -> str:
    """Say that a text is gone and that this proves nothing."""
    last = f" since {say_minute(span.last_seen)}" if span.last_seen else ""
    head = f"The line that says that {SAYS[span.state]} was not seen{last}"
    return f"{head}, but what serves now says nothing, and nothing was delivered."


def of_wordless(case: Case) -> str:
    """Say that messages are lost."""
    return (
        f"{case.logged.wordless:,} of its {case.logged.own:,} own entries carry no message: what they said is lost, "
        "which is not the same as nothing said."
    )


def of_failure(failure: Failure) -> str:
    """Say which look-up failed, or that the settings kept us from asking."""
    if failure.what == SETTINGS:
        return f"Sentry is not asked while its settings cannot be used: {failure.reason.rstrip('.')}."
    return f"Sentry was asked and did not answer ({failure.what}: {failure.reason.rstrip('.')})."


def of_health(health: HealthReport) -> str:
    """Say what a health document says."""
    return f"Its own health document said so at {say_minute(health.read_at)} ({health.text or health.state.value})."


def of_late(case: Case) -> str:
    """Say that Sentry's answer ends too early."""
    after = "the last hour that Sentry answered for" if case.sentry.points else "the marked event (canary); Sentry was not asked"
    return f"{count_of(case.logged.late_errors, 'error')} logged after {after}."


def of_stalled(case: Case) -> str:
    """Say since when nothing was accepted any more."""
    errors = f"{count_of(case.logged.unaccepted, 'error')} {'was' if case.logged.unaccepted == 1 else 'were'} logged"
    if case.only_canary:
        since = f" since {say_minute(case.unheard_since)}" if case.unheard_since else ""
        shown = f" {of_canary(case)}" if case.canary else ""
        return f"{errors}{since}, and Sentry accepted none of them.{shown}"
    at = f", at {say_minute(case.last_delivery)}" if case.last_delivery else ""
    return f"{errors} since Sentry last accepted an event{at}, and it accepted none of them."


def of_newcomer(silent: Sequence[Life]) -> str:
    """Say that a revision serves of which nothing is known."""
    names = join_words([life.revision for life in silent])
    return f"{names} serves, its starts say nothing about Sentry, and Sentry has nothing of it."


def of_degraded(told: Evidence) -> str:
    """Say what the SDK says."""
    return f"Events arrive, but the SDK says {times(told.count)}: “{shorten(told.text, 90)}”."


def of_recovery(case: Case, last: StateSpan) -> str:
    """Say what was, and what proves that it is over."""
    state = SAID.get(last.state, "events were lost")
    until = f" until {say_minute(last.end)}" if last.end else ""
    proof = f"Sentry accepted events since, last at {say_minute(case.last_delivery)}." if case.last_delivery else ""
    proof = of_canary(case) if case.only_canary else proof
    return f"Before, {state}{until}. {proof}".strip()


def of_unproven(case: Case, last: StateSpan) -> str:
    """Say that a text is gone and that this proves nothing."""
    state = SAID.get(last.state, "events were lost")
    until = f" until {say_minute(last.end)}" if last.end else ""
    return f"Before, {state}{until}. That this is no longer said proves nothing: {of_accepted(case, last.end)}"


def of_delivery(case: Case) -> str:
    """Say what was accepted."""
    if case.accepted and case.logged.eligible:
        errors = f"{count_of(case.logged.eligible, 'error')} {'was' if case.logged.eligible == 1 else 'were'} logged"
        last = f", the last at about {say_minute(case.last_delivery)}" if case.last_delivery else ""
        return f"Sentry accepted {count_of(case.accepted, 'event')}{last}, while {errors}."
    return of_accepted(case)[0].upper() + of_accepted(case)[1:]


def of_declared(declared: Sequence[Declared]) -> str:
    """Say that no file declares the SDK."""
    files = declared[0].path if len(declared) == 1 else f"none of its {len(declared)} files ({name_files(declared)})"
    return f"Its logs say nothing about Sentry, and {files} {'does not declare' if len(declared) == 1 else 'declares'} the SDK."


def of_not_installed(case: Case) -> str:
    """Say that a file declares the SDK and no image gets it."""
    declaring = name_files([d for d in case.declared if d.declares and not d.image])
    installs = join_words([f"{d.path} installs {d.requirement or 'nothing'}" for d in case.bare_images[:3]])
    return f"Its logs say nothing about Sentry. The SDK is declared in {declaring}, but no image gets it: {installs}."


def name_files(files: Sequence[Declared]) -> str:
    """Return the paths of files, the first three by name."""
    rest = [f"{len(files) - 3} more"] if len(files) > 3 else []
    return join_words([*(d.path for d in files[:3]), *rest])


def of_nothing(case: Case) -> tuple[str, Step]:
    """Say that nothing is known, why, and which step would tell."""
    said = [s for s in case.timeline.starts if s.state is State.INITIALISED]
    head = (
        "Its starts say that Sentry is initialised, which is no proof of delivery"
        if said
        else "Its logs say nothing about Sentry"
    )
    if not case.sentry.asked:
        return f"{head}, and Sentry was not asked.", Step("Name the organization and its token, then ask:", ASK_SENTRY.command)
    if not case.sentry.slug:
        step = Step(f'Name its project in blindspot.toml, under [sentry]: projects = {{ "{case.service}" = "…" }}')
        return f"{head}, and no project in Sentry is known to be its own.", step
    errors = f"{count_of(case.logged.eligible, 'error')} {'was' if case.logged.eligible == 1 else 'were'} logged"
    return f"{head}; {errors} and Sentry accepted nothing.", step_for(Verdict.UNVERIFIED, case)


def of_services(verdicts: Sequence[tuple[str, Verdict]]) -> str:
    """Return the page's first line: how many services are blind now, which, and of how many nobody knows."""
    if not verdicts:
        return "No service was read, so nothing can be said of error tracking."
    blind = [name for name, v in verdicts if v in BLIND]
    partly = [name for name, v in verdicts if v is Verdict.DEGRADED]
    unsure = [name for name, v in verdicts if v in (Verdict.UNVERIFIED, Verdict.UNKNOWN)]
    total = count_of(len(verdicts), "service")
    if len(verdicts) == 1 and not blind:
        return say_one(*verdicts[0])
    are = "is" if len(blind) == 1 else "are"
    head = f"{len(blind)} of {total} {are} blind now" if blind else f"None of {total} is known to be blind now"
    named = f": {join_words(blind[:3])}{f' and {len(blind) - 3} more' if len(blind) > 3 else ''}." if blind else "."
    more = [f"{count_of(len(partly), 'service')} only in part."] if partly else []
    more += [f"Of {count_of(len(unsure), 'service')} nobody knows."] if unsure else []
    return " ".join([head + named, *more])


def say_one(name: str, verdict: Verdict) -> str:
    """Return the first line about the only service, of which it is not known that it is blind."""
    if verdict is Verdict.DEGRADED:
        return f"{name} is not blind now, but error tracking works only in part."
    if verdict in (Verdict.UNVERIFIED, Verdict.UNKNOWN):
        return f"{name} is not known to be blind now, and nobody knows whether its error tracking works."
    return f"{name} is not blind now."
