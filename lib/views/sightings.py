"""Who could have known of each problem when: its first entry, beside the gaps and the verdict of its service."""

from collections.abc import Sequence

from lib.core.gaps import Cause
from lib.core.model import Priority
from lib.core.report.document import Column, ColumnKind, Table
from lib.core.report.saying import SEEN, Sighting, say_sighting
from lib.core.wording import count_of, rfc3339, say_time
from lib.views.gaprows import GapRow
from lib.views.gaps import Lane
from lib.views.problems import ProblemRow
from lib.views.reportparts import Parts
from lib.views.reporttables import make_table, say_services
from lib.views.reporttimeline import problem_name

MOST = 12  # problems of which it is written out; the table has more


def find_sighting(row: ProblemRow, parts: Parts) -> Sighting | None:
    """Return who could see a problem when it began; None where blind spots or error tracking could not be answered."""
    if parts.gaps is None or parts.sentry is None:
        return None
    problem = row.problem
    lanes = [lane for lane in parts.gaps.lanes if lane.service in problem.services]
    verdicts = {s.judgement.verdict for s in parts.sentry.services if s.judgement.service in problem.services}
    covering = find_covering(row, lanes)
    alone = len(lanes) == 1 and len(problem.services) == 1
    verdict = next(iter(verdicts)) if len(verdicts) == 1 else None
    begun = [r.gap for lane in lanes for r in lane.gaps if hides(r) and problem.first < r.gap.start <= problem.last]
    later = min(begun, key=lambda g: g.start, default=None)
    return Sighting(problem.first, problem.last, covering.gap if covering else None, verdict, alone, later)


def hides(row: GapRow) -> bool:
    """Tell whether a gap hides failures: where nothing was collected, what there is was seen."""
    return row.gap.cause is not Cause.UNCOLLECTED


def find_covering(row: ProblemRow, lanes: Sequence[Lane]) -> GapRow | None:
    """Return the gap of error tracking into which a problem's first entry fell, a whole one before one in part."""
    first = row.problem.first
    found = [r for lane in lanes for r in lane.gaps if hides(r) and r.gap.start <= first < r.gap.until]
    return min(found, key=lambda r: r.gap.partial, default=None)


def list_sightings(parts: Parts) -> tuple[tuple[str, ...], Table | None]:
    """Return who could have known of each problem when, as sentences and as a table."""
    rows = parts.problems.problems if parts.problems else ()
    found = [(row, seen) for row in rows if (seen := find_sighting(row, parts))]
    if not found:
        return (), None
    columns = [
        Column("problem", ColumnKind.CODE), Column("root"), Column("services"), Column("in the logs from", ColumnKind.TIME),
        Column("error tracking then"), Column("could have shown it by", ColumnKind.TIME),
    ]  # fmt: skip
    cells = [
        (
            row.problem.id, row.symptoms[0].cluster.template, say_services(row.problem.services), rfc3339(seen.first),
            seen.tracking, rfc3339(seen.by),
        )
        for row, seen in found
    ]  # fmt: skip
    telling = [(row, seen) for row, seen in found if row.priority <= Priority.P1 or seen.tracking != SEEN]
    sentences = [say_sighting(problem_name(row), seen) for row, seen in telling[:MOST]]
    if rest := len(found) - len(sentences):
        sentences.append(f"{count_of(rest, 'more problem')} in the table.")
    unheard = [r for r in parts.gaps.gaps if r.gap.cause in (Cause.SILENT, Cause.UNCOLLECTED)] if parts.gaps else []
    sentences += [f"The logs could not tell either: {r.sentence}" for r in unheard]
    return tuple(sentences), make_table("sightings", columns, cells, "problem")


def say_asked(parts: Parts) -> str:
    """Return when Sentry was asked last, as what the sentences rest on."""
    if parts.sentry is None or parts.sentry.read_at is None:
        return "Sentry itself was never asked: what error tracking could show rests on the logs alone."
    return f"Sentry was last asked at {say_time(parts.sentry.read_at)}."
