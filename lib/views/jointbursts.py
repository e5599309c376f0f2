"""Bursts of one cause: what bursts together for one reason is one burst to a reader, not as many as its clusters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl
import pyarrow as pa

from lib.core import questions
from lib.core.blindness import questions_gaps
from lib.core.blindness.questions_joint import newest_of_each
from lib.core.problems import Problem, find_problems
from lib.ports import Readers
from lib.views.gapevidence import Found, GapEvidence
from lib.views.window import Window

MOST_EVENTS = 1000  # failures of bursts at one time that are looked at, the newest: problems show in a few dozen
MOST_ALL = 20_000  # of all times; a second's work


@dataclass(frozen=True)
class Joint:
    """Bursts, by number, of one problem at one time. problem, root: its id and root cluster; "" for a burst that stands alone."""

    numbers: tuple[int, ...]
    problem: str = ""
    root: str = ""


def join_bursts(stored: Readers, asked: Window, evidence: GapEvidence, bursts: Sequence[Found]) -> tuple[Joint, ...]:
    """Return every burst in one Joint, in the order of their first bursts; only bursts that overlap can belong together."""
    times = [numbers for numbers in find_times(bursts) if len(numbers) > 1]
    if not times:
        return tuple(Joint((n,)) for n in range(len(bursts)))
    events = read_events(stored, asked, evidence, bursts, times)
    problems = find_problems(events.drop("number"))
    owners = name_owners(events, problems)
    joint: dict[tuple[int, str], list[int]] = {}
    alone: list[int] = sorted(set(range(len(bursts))) - {n for numbers in times for n in numbers})
    for time, numbers in enumerate(times):
        for n in numbers:
            if (time, bursts[n].cluster) in owners:
                joint.setdefault((time, owners[time, bursts[n].cluster]), []).append(n)
            else:
                alone.append(n)
    roots = {p.id: p.root for p in problems}
    found = [Joint((n,)) for n in alone]
    for (_, problem), members in joint.items():
        found.append(Joint(tuple(members), problem, roots[problem]) if len(members) > 1 else Joint(tuple(members)))
    return tuple(sorted(found, key=lambda j: j.numbers))


def find_times(bursts: Sequence[Found]) -> list[list[int]]:
    """Return the numbers of bursts that overlap, chain by chain, of whatever service."""
    times: list[list[int]] = []
    reached = None
    for n in sorted(range(len(bursts)), key=lambda n: bursts[n].start):
        if reached is not None and bursts[n].start < reached:
            times[-1].append(n)
            reached = max(reached, bursts[n].end)
        else:
            times.append([n])
            reached = bursts[n].end
    return times


def read_events(
    stored: Readers, asked: Window, evidence: GapEvidence, bursts: Sequence[Found], times: Sequence[Sequence[int]]
) -> pl.DataFrame:
    """Return the newest failures of the bursts of each time, as core.problems wants them, with the number of the time."""
    assert asked.entries is not None
    rows = [
        {
            "number": time, "span_service": b.service, "span_environment": raw, "span_revision": "", "span_cluster": b.cluster,
            "span_start": b.start, "span_end": b.end,
        }
        for time, numbers in enumerate(times)
        for b in (bursts[n] for n in numbers)
        for raw in evidence.environments.get((b.service, b.environment), (b.environment,))
    ]  # fmt: skip
    wanted = sorted({bursts[n].cluster for numbers in times for n in numbers})
    table = evidence.labels.table
    chosen = table.filter(pl.Series(table["cluster"]).is_in(wanted).to_arrow())
    inside = questions_gaps.inside(questions.labelled(asked.entries))
    question = newest_of_each(inside, min(MOST_EVENTS, max(MOST_ALL // len(times), 1)))
    spans = pa.Table.from_pylist(rows, schema=questions_gaps.SPAN_COLUMNS)
    near = stored.entries.near([(bursts[n].start, bursts[n].end) for numbers in times for n in numbers])
    return pl.DataFrame(near.answer(question, labels=chosen, spans=spans))


def name_owners(events: pl.DataFrame, problems: Sequence[Problem]) -> Mapping[tuple[int, str], str]:
    """Return the problem that most failures of a time and cluster belong to."""
    if not problems:
        return {}
    members = pl.DataFrame({"row": [list(p.members) for p in problems], "problem": [p.id for p in problems]}).explode("row")
    owned = (
        events.with_row_index("row")
        .join(members.cast({"row": pl.UInt32}), on="row")
        .group_by("number", "cluster", "problem")
        .len()
    )
    most = owned.sort(["len", "problem"], descending=[True, False]).unique(
        ["number", "cluster"], keep="first", maintain_order=True
    )
    return {(time, cluster): problem for time, cluster, problem in most.select("number", "cluster", "problem").iter_rows()}
