"""The sentences of a report: summary, impact, and who could have known when. No number is in them that was not counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from lib.core.blindness.gapwords import STATES
from lib.core.gaps import Gap
from lib.core.report.document import Impact
from lib.core.sentry.trackingstates import GREEN, Verdict
from lib.core.wording import count_of, join_words, say_time, shorten


def say_window(start: datetime | None, end: datetime | None, services: Sequence[str], environments: Sequence[str]) -> str:
    """Return what a report is about: "2026-09-16 06:00:00 UTC to … , checkout only"."""
    if start is None or end is None:
        return "Nothing is stored."
    whom = join_words([*services, *environments])
    return f"{say_time(start)} to {say_time(end)}" + (f", {whom} only" if whom else ", every service")


def say_failures(impact: Impact, services: int) -> str:
    """Return how much failed, as one sentence."""
    if impact.failures is None:
        return "How much failed is not known."
    if not impact.failures:
        return f"No failure was read in {count_of(impact.entries, 'entry', 'entries')}."
    return f"{count_of(impact.failures, 'failure')} in {count_of(services, 'service')}."


def say_requests(impact: Impact) -> str:
    """Return how many requests failed."""
    if impact.requests is None:
        return "No entry of a request was read, so how many requests failed is not known."
    return f"{count_of(impact.requests, 'request').capitalize()} {_was(impact.requests)} answered with a 5xx status."


def say_blind(impact: Impact, unknown: Sequence[str]) -> str:
    """Return how much nobody saw; unknown: services of which it is not known whether their errors can be seen."""
    if impact.blind_failures is None:
        return "How many failures nobody saw is not known."
    doubt = f" Whether errors of {join_words(unknown)} could be seen is not known, so it may be more." if unknown else ""
    if not impact.blind_failures:
        return f"No failure is known to have fallen into a time when nobody could see.{doubt}"
    within = f" in {count_of(impact.blind_bursts, 'burst')}" if impact.blind_bursts else ""
    among = f", {count_of(impact.blind_requests, 'failed request')} among them," if impact.blind_requests else ""
    failures = count_of(impact.blind_failures, "failure").capitalize()
    return f"{failures}{within}{among} fell into times when nobody could see.{doubt}"


SEEN = "could see it"


@dataclass(frozen=True)
class Sighting:
    """What is known of who could see a problem when it began.

    gap: in which its first entry fell, None where it fell into none. verdict: of its service; None where nobody judged it.
    alone: whether it is of one service in one environment, so that its last entry is that service's own.
    later: the first gap that began while it went on, None without one.
    """

    first: datetime
    last: datetime
    gap: Gap | None
    verdict: Verdict | None
    alone: bool
    later: Gap | None = None

    @property
    def tracking(self) -> str:
        """What error tracking could see then, in a word."""
        if self.gap:
            return f"{'blind in part' if self.gap.partial else 'blind'}: {self.gap.cause.value}"
        if self.verdict in GREEN:
            return SEEN
        return "could see it in part" if self.verdict is Verdict.DEGRADED else "not known"

    @property
    def by(self) -> datetime | None:
        """By when, at the latest, error tracking could have shown it; None where that is not known, or it could not."""
        if self.gap is None:
            return self.first if self.verdict in GREEN else None
        over = self.gap.end
        return self.last if self.alone and over and not self.gap.partial and self.last >= over else None


def say_sighting(name: str, seen: Sighting) -> str:
    """Return who could have known of a problem when, as sentences."""
    told = f"“{shorten(name, 90)}” stood in the logs from {say_time(seen.first)}."
    gap = seen.gap
    if gap is None:
        if seen.verdict in GREEN:
            until = f"; from {say_time(seen.later.start)} {STATES[seen.later.cause][0]}" if seen.later else ""
            return f"{told} Error tracking could have shown it from then on{until}."
        if seen.verdict is Verdict.DEGRADED:
            return f"{told} Error tracking could have shown a part of it."
        return f"{told} Whether error tracking could have shown it is not known."
    part = ", on some revisions" if gap.partial else ""
    told = f"{told} Nobody was told: {STATES[gap.cause][0]} then{part}."
    if gap.open:
        return f"{told} That was still so at the end of the window."
    if seen.by:
        return f"{told} It went on after that was over ({say_time(gap.until)}), and could have been seen by {say_time(seen.by)}."
    if seen.alone and seen.last < gap.until:
        return f"{told} It was over before that was: nobody could have been told of it."
    return f"{told} That was over at {say_time(gap.until)}."


def say_rules(rules: Sequence[tuple[str, str]]) -> str:
    """Return which versions of the rules a report was made with."""
    return f"Made with {join_words([f'the rules of {name}, version {version}' for name, version in rules])}." if rules else ""


def _was(number: int) -> str:
    return "was" if number == 1 else "were"
