"""Gaps, bursts and what they have to do with each other, in sentences that can be pasted as they stand."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from lib.core.blindness.association import NO_CONTRAST, Answer, Association
from lib.core.gaps import Cause, Gap
from lib.core.lags import Lag
from lib.core.wording import count_of, join_words, name_of, say_duration, say_time

# cause: (what was the matter while it is over, while it goes on); {since} and {until} are filled in
STATES = {
    Cause.MISSING: ("error tracking was missing", "error tracking is missing"),
    Cause.DISABLED: ("error tracking was disabled", "error tracking is disabled"),
    Cause.MISCONFIGURED: ("error tracking was misconfigured", "error tracking is misconfigured"),
    Cause.DROPPING: ("events did not reach error tracking", "events do not reach error tracking"),
    Cause.SILENT: ("requests were served and its own logs had stopped", "requests are served and its own logs have stopped"),
    Cause.UNCOLLECTED: ("its logs were not collected", "its logs are not collected"),
}
ADJECTIVES = (Cause.MISSING, Cause.DISABLED, Cause.MISCONFIGURED)  # what error tracking itself was
LEAST_TOLD = 3  # episodes: below, it is their number that says too little
LEAST_LAG_S = 300  # onsets closer than this are together: edges are not sharper
METHOD = (
    "A gap is a stretch in which a service's errors could not be seen. A revision's starts speak for its whole life; losses come"
    " from Sentry's hours and the SDK's lines; silence from requests served without an own entry.",
    "A burst is a stretch in which a cluster fails far above its own usual rate at that time of the day, four entries or more;"
    " it reaches beyond them by their usual distance, 90 seconds at most. Clusters of one problem that burst together are one.",
    "A failure is blind when it was logged inside a gap of its service, in a partial one only on the revisions that were blind.",
    "Association compares episodes (bursts less than 30 minutes apart are one) with the gaps' share of the time, by a binomial"
    " test and a shift around the clock, corrected over services. It says that failures favour gaps, never why.",
)


def say_gap(gap: Gap, failures: int, requests: int) -> str:
    """Return "checkout (staging): error tracking was missing from …, 3 h; 412 failures were not seen."."""
    was, still = STATES[gap.cause]
    told = f"{name_of(gap.service, gap.environment)}: {still if gap.open else was}"
    told += f" since {say_time(gap.start)}" if gap.open else f" from {say_time(gap.start)} to {say_time(gap.until)}"
    told += f", {say_duration(gap.length)}"
    told += f", as far as was read, to {say_time(gap.until - gap.end_unsure)}" if is_stale(gap) else ""
    if gap.partial and gap.revisions:
        told += f", on {join_words(gap.revisions)} only"
    elif gap.partial:
        told += ", in part"
    unsure = [
        f"{edge} up to {say_duration(span)} earlier"
        for edge, span in (("begun", gap.start_unsure), ("ended", timedelta(0) if gap.open else gap.end_unsure))
        if span.total_seconds() >= 60
    ]
    told += f"; it may have {join_words(unsure)}" if unsure else ""
    return f"{told}. {say_unseen(failures, requests, gap.cause)}"


def is_stale(gap: Gap) -> bool:
    """Return whether an open gap is known only up to what was read."""
    return gap.open and gap.end_unsure.total_seconds() >= 60


def say_unseen(failures: int, requests: int, cause: Cause) -> str:
    """Return what was not seen in a gap."""
    if cause is Cause.UNCOLLECTED:
        return "What failed meanwhile is not known."
    if not failures and cause is not Cause.SILENT:
        return "No failure fell into it."
    more = f", among them {count_of(requests, 'failed request')}" if requests else ""
    if cause is Cause.SILENT:
        return f"{count_of(failures, 'failure').capitalize()} came through other logs{more}; what it would have logged is lost."
    return f"{count_of(failures, 'failure').capitalize()} {'was' if failures == 1 else 'were'} not seen{more}."


def say_headline(gaps: Sequence[Gap], failures: int, bursts: int, unknown: Sequence[str] = ()) -> str:
    """Return the page's first line: what was not seen, and why: open gaps before closed ones, the longest first.

    unknown: the services of which it is not known whether their errors are seen.
    """
    if not gaps and unknown:
        who = unknown[0] if len(unknown) == 1 else count_of(len(unknown), "service")
        return f"No gap was found, but whether errors of {who} could be seen is not known."
    if not gaps:
        return "No gap was found: as far as the evidence reaches, errors could be seen."
    order = sorted(gaps, key=lambda g: (not g.open, g.partial, -g.length))
    why = say_why(order[0])
    others = len({(g.service, g.environment) for g in gaps}) - 1
    in_all = f", {count_of(len(gaps), 'gap')} in all" if len(gaps) > others + 1 else ""
    where = f" {count_of(others, 'more service')} had gaps too{in_all}." if others else ""
    if not failures:
        return f"No failure fell into a gap, but {why}.{where}"
    within = f" in {count_of(bursts, 'burst')}" if bursts else ""
    return f"{count_of(failures, 'failure').capitalize()}{within} {'was' if failures == 1 else 'were'} not seen: {why}.{where}"


def say_why(gap: Gap) -> str:
    """Return "error tracking of checkout (staging) was missing from 18:00, and still is"."""
    named = name_of(gap.service, gap.environment)
    was, still = STATES[gap.cause]
    part = " on a part of its revisions" if gap.partial else ""
    start, until = say_time(gap.start), say_time(gap.until)
    if gap.cause in ADJECTIVES:
        told = was.replace("error tracking", f"error tracking of {named}")
        still_is = f"still was at {say_time(gap.until - gap.end_unsure)}, the last that was read" if is_stale(gap) else "still is"
        return f"{told}{part} from {start}, and {still_is}" if gap.open else f"{told}{part} from {start} to {until}"
    read = f" (read up to {say_time(gap.until - gap.end_unsure)})" if is_stale(gap) else ""
    return f"for {named}, {still}{part} since {start}{read}" if gap.open else f"for {named}, {was}{part} from {start} to {until}"


def say_association(one: Association, named: str, gaps: int, failures: int = 0) -> str:
    """Return the answer about a service (or all of them) with its figures; failures: those in its gaps."""
    counted = f"{one.inside} of {count_of(one.episodes, 'failure episode')}"
    share = f"{one.share:.0%} of the time"
    if not gaps:
        if not one.episodes:
            return f"{named}: no gap and no failure episode, so there is nothing to compare."
        return f"{named}: no gap, so there is nothing to compare {count_of(one.episodes, 'failure episode')} with."
    if one.p is None:
        if one.share > 0.95:
            return (
                f"{named}: the gap covers the whole window, so there is no time to compare it with: whether failures favour gaps"
                f" cannot be told. {count_of(failures, 'failure').capitalize()} fell into it"
                + (f", in {count_of(one.episodes, 'episode')}." if one.episodes else ".")
            )
        if one.episodes < LEAST_TOLD:
            return f"{named}: {count_of(one.episodes, 'failure episode')}, too few to tell whether failures favour gaps."
        if one.share >= NO_CONTRAST[0]:
            return f"{named}: too few failure episodes in each service to tell; {counted} fell into gaps."
        return f"{named}: gaps make up {share}, too little to tell; {counted} fell into them."
    bounds = f"{_ratio(one.low)} to {_ratio(one.high)}" if one.high is not None else f"at least {_ratio(one.low)}"
    figures = f"odds ratio {_ratio(one.odds_ratio)}, 95 % {bounds}; p {_chance(one.p)}, corrected {_chance(one.q)}"
    if one.answer is Answer.ASSOCIATED:
        told = f"failures favour gaps: {counted} fell into gaps that make up {share} ({figures}). This says when, not why."
    else:
        told = f"no association is shown: {counted} fell into gaps that make up {share} ({figures})."
    return f"{named}: {told} {say_lag(one.lag)}" if one.lag else f"{named}: {told}"


def say_not_compared(names: Sequence[str]) -> str:
    """Return that services have too few gaps or failure episodes to compare."""
    return f"{join_words(names)}: no gap, or too few failure episodes to tell."


def say_lag(lag: Lag) -> str:
    """Return which comes first; it never says what causes what."""
    times = f"{count_of(lag.pairs, 'time')}, p {_chance(lag.p)}"
    if abs(lag.seconds) < LEAST_LAG_S:
        return f"Bursts begin together with gaps ({times})."
    span = say_duration(timedelta(seconds=abs(lag.seconds)))
    first, then = ("gap", "burst") if lag.seconds > 0 else ("burst", "gap")
    return f"A {first} precedes a {then} by about {span} ({times})."


def say_missed(exception: str, location: str, events: int, first: datetime) -> str:
    """Return what error tracking would have shown of a burst."""
    what = f"an issue “{exception}”" if exception else "an issue"
    where = f" at {location}" if location else ""
    return f"Error tracking would have shown {what}{where}: {count_of(events, 'event')}, first seen {say_time(first)}."


def say_others(clusters: int, events: int) -> str:
    """Return what else of the same problem error tracking would have shown with it."""
    return f"{count_of(clusters, 'more cluster')} of the same problem came with it, {count_of(events, 'event')}."


def _ratio(value: float | None) -> str:
    return "without bound" if value is None else f"{value:.1f}" if value < 100 else f"{value:,.0f}"


def _chance(value: float | None) -> str:
    return "not known" if value is None else "< 0.001" if value < 0.001 else f"{value:.3f}"
