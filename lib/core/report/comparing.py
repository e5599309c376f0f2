"""A frozen report beside the same question asked now: what is different since, in sentences."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from lib.core.blindness.gapwords import STATES
from lib.core.gaps import Cause
from lib.core.report.document import ClusterFact, Document, GapFact, VerdictFact
from lib.core.wording import count_of, join_words, name_of, say_time, shorten

NAMED = 3  # clusters that a sentence names
TEMPLATE = 80
SAME = "Nothing is different: the same entries, clusters, gaps and verdicts."
COUNTED = {
    "failures": "failure",
    "requests": "failed request (5xx)",
    "blind_failures": "failure that nobody saw",
}
MANY = {"failures": "failures", "requests": "failed requests (5xx)", "blind_failures": "failures that nobody saw"}


def compare_with_now(frozen: Document, now: Document, aliases: Mapping[str, str]) -> tuple[str, ...]:
    """Return what is different, most telling first; SAME alone when nothing is.

    aliases: {id that a cluster had: its id of today}. Where entries have expired since, what is gone is not called gone.
    """
    gone = say_expired(frozen, now)
    told = [*gone, *compare_rules(frozen, now), *compare_gaps(frozen, now), *compare_verdicts(frozen, now)]
    if not gone:
        told += [*compare_counts(frozen, now), *compare_clusters(frozen, now, aliases)]
    else:
        told.append("Counts and clusters are not compared: what they rested on is no longer whole.")
    return tuple(told) or (SAME,)


def say_expired(frozen: Document, now: Document) -> list[str]:
    """Return that entries have expired since, where they have."""
    expired = now.coverage.get("expired")
    if not expired or expired == frozen.coverage.get("expired"):
        return []
    at = datetime.fromisoformat(expired).astimezone(UTC)
    left = count_of(int(now.coverage.get("entries") or 0), "entry is", "entries are")
    return [f"Entries older than {say_time(at)} have expired since: {left} left of {frozen.coverage.get('entries', 0):,}."]


def compare_rules(frozen: Document, now: Document) -> list[str]:
    """Return which rules have another version by now."""
    both = sorted(frozen.rules.keys() & now.rules.keys())
    return [
        f"The rules of {name} are of version {now.rules[name]} now; it was made with version {frozen.rules[name]}."
        for name in both
        if frozen.rules[name] != now.rules[name]
    ]


def compare_counts(frozen: Document, now: Document) -> Iterator[str]:
    """Yield the counts that are others now."""
    entries = [int(d.coverage.get("entries") or 0) for d in (frozen, now)]
    if entries[0] != entries[1]:
        more = entries[1] - entries[0]
        word = "more" if more > 0 else "fewer"
        verb = "is" if abs(more) == 1 else "are"
        yield f"{count_of(abs(more), f'{word} entry', f'{word} entries').capitalize()} {verb} known of this window."
    for name, one in COUNTED.items():
        was, is_now = (getattr(d.facts.impact, name) for d in (frozen, now))
        if was != is_now:
            known = "it was not known how many" if was is None else f"it was {was:,}"
            today = "How many are not known now" if is_now is None else count_of(is_now, one, MANY[name]).capitalize()
            yield f"{today} ({MANY[name]}; {known})." if is_now is None else f"{today} now; {known}."


def compare_clusters(frozen: Document, now: Document, aliases: Mapping[str, str]) -> Iterator[str]:
    """Yield the clusters that came and went; one that has another id by now, or was joined with others, did neither."""
    before, after = frozen.facts.clusters, now.facts.clusters
    if before is None or after is None:
        return
    was, today = {aliases.get(c.id, c.id) for c in before}, {c.id for c in after}
    came = [c for c in after if c.id not in was]
    went = [c for c in before if aliases.get(c.id, c.id) not in today]
    if came:
        yield f"{count_of(len(came), 'cluster').capitalize()} more: {_name(came)}."
    if went:
        yield f"{count_of(len(went), 'cluster').capitalize()} fewer: {_name(went)}."


def compare_gaps(frozen: Document, now: Document) -> Iterator[str]:
    """Yield the gaps that are told otherwise now: corrected, over, new, or no gap after all."""
    before, after = frozen.facts.gaps, now.facts.gaps
    if before is None or after is None:
        return
    left = list(after)
    for gap in before:
        match = next((g for g in left if _overlap(gap, g)), None)
        if match is None:
            yield f"The gap of {_whose(gap)} from {say_time(gap.start)} was corrected: it is no gap any more."
            continue
        left.remove(match)
        if told := _differ(gap, match):
            yield told
    for gap in left:
        yield f"1 gap more: {gap.sentence}"


def compare_verdicts(frozen: Document, now: Document) -> Iterator[str]:
    """Yield the verdicts on error tracking that are others now."""
    before, after = frozen.facts.verdicts, now.facts.verdicts
    if before is None or after is None:
        return
    was = {(v.service, v.environment): v for v in before}
    for verdict in after:
        old: VerdictFact | None = was.get((verdict.service, verdict.environment))
        if old and old.verdict != verdict.verdict:
            named = name_of(verdict.service, verdict.environment)
            yield f"Error tracking of {named} is judged {verdict.verdict} now; it was judged {old.verdict}."


def _overlap(one: GapFact, other: GapFact) -> bool:
    same = (one.service, one.environment) == (other.service, other.environment)
    return same and (other.end is None or one.start < other.end) and (one.end is None or other.start < one.end)


def _differ(was: GapFact, is_now: GapFact) -> str:
    changes = []
    if was.cause != is_now.cause:
        changes.append(f"its cause is that {STATES[Cause(is_now.cause)][0]}, not that {STATES[Cause(was.cause)][0]}")
    if was.start != is_now.start:
        changes.append(f"it began at {say_time(is_now.start)}, not at {say_time(was.start)}")
    if was.end != is_now.end:
        changes.append(_say_end(was.end, is_now.end))
    if was.failures != is_now.failures:
        changes.append(f"{count_of(is_now.failures, 'failure')} fell into it, not {was.failures:,}")
    return f"The gap of {_whose(was)} was corrected: {join_words(changes)}." if changes else ""


def _say_end(was: datetime | None, is_now: datetime | None) -> str:
    if is_now is None:
        return f"it is open, and did not end at {say_time(was)}" if was else "it is open"
    return f"it ended at {say_time(is_now)}" + (f", not at {say_time(was)}" if was else ", and was open then")


def _whose(gap: GapFact) -> str:
    return name_of(gap.service, gap.environment)


def _name(clusters: Sequence[ClusterFact]) -> str:
    named = [
        f"“{shorten(c.template, TEMPLATE)}” ({c.priority}, {count_of(c.count, 'entry', 'entries')})" for c in clusters[:NAMED]
    ]
    return join_words([*named, *([f"{len(clusters) - NAMED:,} others"] if len(clusters) > NAMED else [])])
