"""Success criteria: is a problem really over? Each answers pass, fail or undecided, and says what is still needed.

Nothing passes while its service is blind, and a text that disappears shows nothing but that: whether errors are tracked is a
criterion of its own, and only accepted events pass it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from lib.core.gaps import Cause
from lib.core.sentry.delivery import find_interval
from lib.core.sentry.trackingstates import BLIND, BLIND_STARTS, State, Verdict
from lib.core.success.model import EXCLUDED, UNLIKELY, Answered, Criterion, CriterionKind, Needed, Outcome, Rate, Seen, worst_of
from lib.core.wording import count_of, join_words, list_some, name_of, say_duration, say_time, shorten, times

MOST_NEEDED = 1000  # accepted events beyond which nobody waits for more
QUOTED = 90  # characters of a text in a sentence
ASK = "python -m lib sentry-facts"


def judge(criterion: Criterion, seen: Sequence[Seen]) -> Answered:
    """Return a criterion's answer over its service's environments: the worst of them.

    seen: one for each environment, none when nothing of the service was read.
    """
    if not seen:
        name = name_of(criterion.service, criterion.environment)
        return Answered(criterion, Outcome.UNDECIDED, f"Nothing of {name} was read in this window.", "its logs")
    answers = [_gate(JUDGES[criterion.kind](criterion, one), one) for one in seen]
    worst = worst_of(a.outcome for a in answers)
    chosen = next(a for a in answers if a.outcome is worst)
    if len(answers) == 1:
        return chosen
    where = seen[answers.index(chosen)].case.environment or "no environment"
    return replace(chosen, why=f"In {where}: {chosen.why}")


def _gate(answer: Answered, seen: Seen) -> Answered:
    """Return an answer, undecided where it passed and the service is blind: what cannot be seen is not over."""
    if answer.outcome is not Outcome.PASS:
        return answer
    if seen.gaps:
        gap = seen.gaps[0]
        told = {
            Cause.SILENT: "its own logs have stopped",
            Cause.UNCOLLECTED: "its logs are not being read",
        }.get(gap.cause, f"its errors are not tracked ({gap.cause.value})")
        needs = "its logs" if gap.cause in (Cause.SILENT, Cause.UNCOLLECTED) else "error tracking that works"
        part = " in a part of its revisions" if gap.partial else ""
    elif seen.judgement.verdict in BLIND:
        told, needs, part = f"its errors are not tracked ({seen.judgement.verdict})", "error tracking that works", ""
    else:
        return answer
    return replace(
        answer, outcome=Outcome.UNDECIDED, why=f"{answer.why} But {told}{part}: nothing passes while it is blind.", needs=needs
    )


def judge_text(criterion: Criterion, seen: Seen) -> Answered:
    """Return whether a text no longer appears."""
    said, title = seen.said, _quote(criterion)
    if said is None or (not said.count and said.chance is None):
        why = f"{title} was not read in this window at all, so that it is not there shows nothing."
        return Answered(criterion, Outcome.UNDECIDED, why, "entries from before it ended")
    last = f", last at {say_time(said.last)}" if said.last else ""
    if said.again:
        since = f" since {say_time(said.since)}" if said.since else ""
        return Answered(criterion, Outcome.FAIL, f"{title} was said {times(said.again)}{since}{last}.")
    quiet = f"{title} was not said since {say_time(said.since)}" if said.since else f"{title} was not said"
    by_chance = f"so long a silence comes by chance in {_say_chance(said.chance)} of cases, going by its earlier rate"
    if said.chance is not None and said.chance < UNLIKELY:
        if said.over:
            return Answered(criterion, Outcome.PASS, f"{quiet}: {by_chance}.")
        why = f"{quiet}, but {said.revision or 'the revision'}, which said it, still serves, and nothing tells what ended it."
        return Answered(criterion, Outcome.UNDECIDED, why, "a deploy, or the moment of the change as `since` in a criteria file")
    if not said.over:
        who = f"{said.revision}, which serves" if said.revision else "what serves now"
        return Answered(criterion, Outcome.FAIL, f"{title} was said {times(said.count)}{last}, by {who}.")
    return Answered(criterion, Outcome.UNDECIDED, f"{quiet}, but {by_chance}.", say_needed(said.needed))


def judge_initialised(criterion: Criterion, seen: Seen) -> Answered:
    """Return whether the revisions that serve say at their starts that the SDK runs."""
    newest = {span.revision: span for span in seen.case.timeline.starts}
    serving = [life.revision for life in seen.case.serving]
    for revision in serving:
        if (span := newest.get(revision)) and span.state in BLIND_STARTS:
            text = next((e.text for e in span.evidence if e.text), span.cause)
            count = sum(e.count for e in span.evidence if e.state == span.state.value)
            why = f"{revision} says {times(count)} at its starts “{shorten(text, QUOTED)}” ({span.state})."
            return Answered(criterion, Outcome.FAIL, why)
    silent = [r for r in serving if r not in newest or newest[r].state is not State.INITIALISED]
    if silent or not serving:
        who = list_some(silent, 3) or "what serves"
        return Answered(
            criterion, Outcome.UNDECIDED, f"No start of {who} says that the SDK runs.", f"a start of {who} that says so"
        )
    texts = [e.text for r in serving for e in newest[r].evidence if e.text]
    quoted = f": “{shorten(texts[0], QUOTED)}”" if texts else ""
    return Answered(criterion, Outcome.PASS, f"{join_words(serving)} says so at its starts{quoted}.")


def judge_accepted(criterion: Criterion, seen: Seen) -> Answered:
    """Return whether Sentry accepts what is logged, in the hours since blindness ended."""
    judged, case = seen.judgement, seen.case
    if judged.verdict in BLIND:
        return Answered(criterion, Outcome.FAIL, judged.sentence)
    if judged.verdict is Verdict.UNKNOWN:
        return Answered(criterion, Outcome.UNDECIDED, judged.sentence, str(judged.step))
    since = max((s.end for s in case.closed if s.end), default=case.timeline.start)
    over = {p.start for p in case.sentry.points if case.is_over(p)}
    hours = [h for h in seen.hours if h.ts >= since and h.ts in over and h.accepted is not None]
    accepted, eligible = sum(h.accepted or 0 for h in hours), sum(h.eligible for h in hours)
    if not eligible:
        why = f"No full hour since {say_time(since)} holds a logged error and Sentry's answer."
        if case.only_canary:
            why += " A marked event arrived, which shows no delivery of the service's own."
        return Answered(criterion, Outcome.UNDECIDED, why, f"a logged error, and Sentry's answer after its hour is over: {ASK}")
    share = min(accepted, eligible) / eligible
    low, high = find_interval(min(accepted, eligible), eligible)
    spread = f"{share:.0%} ({low:.0%} to {high:.0%}); at least {criterion.least:.0%} must be"
    why = f"Since {say_time(since)} Sentry accepted {accepted:,} of {count_of(eligible, 'logged error')}: {spread}."
    if high < criterion.least:
        return Answered(criterion, Outcome.FAIL, why)
    if low < criterion.least:
        return Answered(criterion, Outcome.UNDECIDED, why, _more_events(accepted, eligible, criterion.least))
    if judged.verdict not in (Verdict.HEALTHY, Verdict.RECOVERED):
        return Answered(criterion, Outcome.UNDECIDED, f"{why} But: {judged.sentence}", str(judged.step))
    return Answered(criterion, Outcome.PASS, why)


def _more_events(accepted: int, eligible: int, least: float) -> str:
    kept = min(accepted, eligible)
    more = next((n for n in range(1, MOST_NEEDED) if find_interval(kept + n, eligible + n)[0] >= least), None)
    return f"{count_of(more, 'logged error')} more, all accepted" if more else "many more errors that are accepted"


def judge_health(criterion: Criterion, seen: Seen) -> Answered:
    """Return whether the service's health document says that error tracking is set up."""
    probe = "python -m lib sentry --probe"
    answer = seen.health
    if answer is None:
        return Answered(
            criterion,
            Outcome.UNDECIDED,
            "Its health document was never read.",
            f"its URL under [health] in the settings, then {probe}",
        )
    when = say_time(answer.read_at)
    if answer.says is None:
        return Answered(criterion, Outcome.UNDECIDED, f"At {when} its health document could not be read: {answer.reason}", probe)
    began = max((life.start for life in seen.case.serving), default=None)
    if began and answer.read_at < began:
        return Answered(
            criterion, Outcome.UNDECIDED, f"It was read at {when}, before what serves now began at {say_time(began)}.", probe
        )
    text = f": “{shorten(answer.texts[0], QUOTED)}”" if answer.texts else ""
    told = f"At {when} its health document said {answer.says}{text}."
    report = seen.case.health
    if report is None or report.read_at != answer.read_at:
        return Answered(
            criterion,
            Outcome.UNDECIDED,
            f"{told} That tells nothing about error tracking.",
            "a health document that names Sentry",
        )
    if report.state in BLIND_STARTS:
        return Answered(criterion, Outcome.FAIL, told)
    return Answered(criterion, Outcome.PASS, told)


def judge_declared(criterion: Criterion, seen: Seen) -> Answered:
    """Return whether a file of the newest audit declares the SDK, and an image installs it."""
    files, audit = seen.case.declared, f"python -m lib audit PATH --service {criterion.service}"
    if not files:
        return Answered(criterion, Outcome.UNDECIDED, "No audit of its checkout is kept.", audit)
    declaring, unread = [d for d in files if d.declares], [d.path for d in files if d.error]
    read_at = max((d.read_at for d in files if d.read_at), default=None)
    when = f" (read at {say_time(read_at)})" if read_at else ""
    if seen.case.bare_images:
        return Answered(
            criterion, Outcome.FAIL, f"{declaring[0].path} declares it, and no image installs that file{when}.", audit
        )
    if declaring:
        told = f"{declaring[0].path} declares {declaring[0].requirement or declaring[0].sdk or 'the SDK'}{when}"
        return Answered(criterion, Outcome.PASS, f"{told}. Declared is not installed.")
    if unread:
        return Answered(criterion, Outcome.UNDECIDED, f"{list_some(unread, 3)} could not be read whole{when}.", audit)
    return Answered(criterion, Outcome.FAIL, f"None of {count_of(len(files), 'file')} declares it{when}.", audit)


def judge_canary(criterion: Criterion, seen: Seen) -> Answered:
    """Return whether the newest canary since the service's newest revision arrived."""
    send = f"python -m lib canary --service {criterion.service}"
    began = max((life.start for life in seen.case.serving), default=None)
    since = max((t for t in (criterion.since, began) if t), default=None)
    flown = [f for f in seen.canaries if since is None or f.read_at >= since]
    if not flown:
        after = f" since {say_time(since)}" if since else ""
        return Answered(criterion, Outcome.UNDECIDED, f"No canary was sent{after}.", send)
    newest = max(flown, key=lambda f: f.read_at)
    told = f"The canary of {say_time(newest.read_at)}: {newest.why}"
    if newest.accepted is None:
        return Answered(criterion, Outcome.UNDECIDED, told, send)
    return Answered(criterion, Outcome.PASS if newest.accepted else Outcome.FAIL, told)


def judge_no_worse(criterion: Criterion, seen: Seen) -> Answered:
    """Return whether failed and slow requests are no more frequent than before the deploy."""
    rates = seen.rates
    if rates is None or rates.why:
        why, needs = (rates.why, rates.needs) if rates else ("Its requests were not counted.", "its request log")
        return Answered(criterion, Outcome.UNDECIDED, why, needs)
    began = f" at {say_time(rates.since)}" if rates.since else ""
    head = f"Since {rates.revision or 'it'} began{began}, over {count_of(rates.after, 'request')}: "
    why = head + "; ".join(map(_say_rate, rates.rows)) + "."
    if any(r.is_worse for r in rates.rows):
        return Answered(criterion, Outcome.FAIL, why)
    unsure = [r for r in rates.rows if r.excluded >= EXCLUDED]
    if not unsure:
        return Answered(criterion, Outcome.PASS, f"{why} A rise by a factor of {criterion.factor:g} is excluded.")
    needed = [r.needed for r in unsure]
    most = max((n for n in needed if n), key=lambda n: n.minutes, default=None) if all(needed) else None
    names = join_words([r.name for r in unsure])
    told = f"{why} A rise of {names} by a factor of {criterion.factor:g} cannot be excluded."
    return Answered(criterion, Outcome.UNDECIDED, told, say_needed(most))


def _say_rate(rate: Rate) -> str:
    than = f" (over {rate.slow_ms:,.0f} ms)" if rate.slow_ms is not None else ""
    share = rate.after / rate.of_after if rate.of_after else 0.0
    was = rate.before / rate.of_before if rate.of_before else 0.0
    return f"{rate.name}{than} {share:.2%}, before {was:.2%}"


JUDGES: Mapping[CriterionKind, Callable[[Criterion, Seen], Answered]] = {
    CriterionKind.TEXT_GONE: judge_text,
    CriterionKind.INITIALISED: judge_initialised,
    CriterionKind.ACCEPTED: judge_accepted,
    CriterionKind.HEALTH: judge_health,
    CriterionKind.DECLARED: judge_declared,
    CriterionKind.CANARY: judge_canary,
    CriterionKind.NO_WORSE: judge_no_worse,
}
"""How each kind is judged."""


def say_needed(needed: Needed | None) -> str:
    """Return "38 minutes of traffic more, or 210 requests"."""
    if needed is None:
        return "more traffic than a week of the present one brings"
    minutes = max(1, -(-needed.minutes // 1))
    span = f"{minutes:.0f} minutes" if minutes < 180 else say_duration(timedelta(minutes=minutes))
    more = f", or {count_of(max(1, int(-(-needed.requests // 1))), 'request')}" if needed.requests else ""
    return f"{'1 minute' if minutes == 1 else span} of traffic more{more}"


def _say_chance(chance: float | None) -> str:
    if chance is None:
        return "an unknown share"
    return "under 0.01 %" if chance < 1e-4 else f"{100 * chance:.2g} %"


def _quote(criterion: Criterion) -> str:
    return f"“{shorten(criterion.text or criterion.cluster, QUOTED)}”"
