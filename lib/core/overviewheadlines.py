"""The Overview in sentences: is anything wrong, and would we know? Good news rests on something, or is not told."""

from collections.abc import Sequence
from datetime import datetime

from lib.core.blindness.gapwords import STATES
from lib.core.gaps import Gap
from lib.core.model import Cluster
from lib.core.sight import Needy, Sight
from lib.core.wording import count_of, list_some, name_of, say_duration, say_minute, shorten, times

NAMED = 3  # services that a sentence names


def name_row(row: Needy | Gap) -> str:
    """Return the name of a row's service."""
    return name_of(row.service, row.environment)


def of_overview(rows: Sequence[Needy], hidden: Sequence[Gap] = ()) -> str:
    """Return the Overview's answer, both halves of it; hidden: the gaps into which failures fell."""
    wrong, unseen, blind = say_wrong(rows), say_unseen(rows, hidden), say_blind(rows)
    if len(rows) == 1 and unseen and (rows[0].unseen or 0) >= rows[0].failures:
        wrong = ""  # the same figure of the same service, said already
    told = [blind, unseen, wrong] if blind else [wrong, unseen]
    return " ".join(sentence for sentence in (*told, say_doubt(rows)) if sentence)


def say_wrong(rows: Sequence[Needy]) -> str:
    """Return which services fail, and how often."""
    failing = sorted((r for r in rows if r.failures), key=lambda r: -r.failures)
    services = name_row(rows[0]) if len(rows) == 1 else count_of(len(rows), "service")
    if not failing:
        return f"No failure was read in {services}; {count_of(sum(r.warnings for r in rows), 'warning')}."
    total = count_of(sum(r.failures for r in failing), "failure")
    if len(rows) == 1:
        return f"{total} in {services}."
    where = services if len(failing) == len(rows) else f"{len(failing)} of {services}"
    return f"{total} in {where}, most in {name_row(failing[0])} ({failing[0].failures:,})."


def say_unseen(rows: Sequence[Needy], hidden: Sequence[Gap]) -> str:
    """Return how many failures went unseen, and when; "" when there was none to see, or nobody can tell."""
    if unseen := sum(r.unseen or 0 for r in rows):
        return f"{count_of(unseen, 'failure')}{say_span(hidden)} went unseen."
    told = any(r.failures for r in rows) and all(r.unseen == 0 for r in rows)
    return "None of them fell into a gap." if told else ""


def say_span(gaps: Sequence[Gap]) -> str:
    """Return " since 18:00", or " between 18:00 and 19:00" when all the gaps are over; "" without any."""
    if not gaps:
        return ""
    start = say_minute(min(g.start for g in gaps))
    over = not any(g.open for g in gaps)
    return f" between {start} and {say_minute(max(g.until for g in gaps))}" if over else f" since {start}"


def say_blind(rows: Sequence[Needy]) -> str:
    """Return which services are blind, "" when none is known to be."""
    blind = [name_row(r) for r in rows if r.sight is Sight.BLIND]
    if not blind or len(rows) == 1:
        return f"{blind[0]} is blind." if blind else ""
    are = "is" if len(blind) == 1 else "are"
    return f"{len(blind)} of {count_of(len(rows), 'service')} {are} blind: {list_some(blind, NAMED)}."


def say_doubt(rows: Sequence[Needy]) -> str:
    """Return who can be seen in part, and of whom it is not known; where all are seen, what the good news rests on."""
    part, unknown = ([name_row(r) for r in rows if r.sight is sight] for sight in (Sight.PART, Sight.UNKNOWN))
    told = [f"{list_some(part, NAMED)} can be seen only in part."] if part else []
    if unknown:
        everyone = f"any of {count_of(len(rows), 'service')}" if len(unknown) == len(rows) > 1 else list_some(unknown, NAMED)
        told.append(f"Whether failures of {everyone} would be seen is not known.")
    if all(row.sight is Sight.SEEN for row in rows):
        told.append(f"Error tracking works for {name_row(rows[0]) if len(rows) == 1 else f'each of {len(rows)} services'}.")
    return " ".join(told)


# ---- what changed


def say_begun(gap: Gap) -> str:
    """Return that a gap began."""
    part = "a part of " if gap.partial else ""
    return f"{say_minute(gap.start)}: {part}{name_row(gap)} could no longer be seen: {STATES[gap.cause][0]}."


def say_over(gap: Gap) -> str:
    """Return that a gap ended."""
    part = "all of " if gap.partial else ""
    return f"{say_minute(gap.until)}: {part}{name_row(gap)} could be seen again, after {say_duration(gap.length)}."


def say_deployed(ts: datetime, verdict: str) -> str:
    """Return what a deploy did."""
    return f"{say_minute(ts)}: {verdict}"


def say_new(clusters: Sequence[Cluster]) -> str:
    """Return that failures are new since a deploy: the gravest by its words, the others by their number."""
    worst = min(clusters, key=lambda c: (c.priority, -c.count, c.id))
    since = f"new since the last deploy of {list_some(worst.new_in or worst.services, NAMED)}"
    more = f", and {count_of(len(clusters) - 1, 'more cluster')}" if len(clusters) > 1 else ""
    return f"{say_minute(worst.first)}: {since}: “{shorten(worst.template, 90)}”, {times(worst.count)}{more}."
