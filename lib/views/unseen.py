"""What was not seen: the failures that lie in gaps, counted exactly and listed, the newest first."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import polars as pl
import pyarrow as pa

from lib.core import questions
from lib.core.blindness import questions_gaps
from lib.core.gaps import Cause, Gap
from lib.core.model import Entry
from lib.ports import Readers
from lib.views.gapevidence import Found, GapEvidence
from lib.views.profiles import as_entry
from lib.views.window import Window

MOST_LISTED = 200  # blind failures that are listed, the newest; all are counted


def hiding(gaps: Sequence[Gap]) -> list[tuple[int, Gap]]:
    """Return the gaps that hide failures, with their numbers: where nothing was collected, what there is was seen."""
    return [(n, g) for n, g in enumerate(gaps) if g.cause is not Cause.UNCOLLECTED]


def as_spans(
    evidence: GapEvidence, gap: Gap, number: int, start: datetime, end: datetime, cluster: str = ""
) -> list[dict[str, object]]:
    """Return the rows of questions_gaps.SPANS for a part of a gap: one for each revision that was blind, or one for all."""
    place = (gap.service, gap.environment)
    revisions = gap.revisions if gap.partial and gap.revisions else ("",)
    return [
        {
            "number": number, "span_service": gap.service, "span_environment": raw, "span_revision": revision,
            "span_cluster": cluster, "span_start": start, "span_end": end,
        }
        for raw in evidence.environments.get(place, (gap.environment,))
        for revision in revisions
    ]  # fmt: skip


def ask_spans(
    stored: Readers, asked: Window, evidence: GapEvidence, rows: Sequence[Mapping[str, object]], limit: int | None = None
) -> pa.Table:
    """Return counts of the failures in spans, or the newest of them when a limit is given."""
    assert asked.entries is not None
    table = evidence.labels.table
    chosen = table.filter(pl.Series(table["cluster"]).is_in(evidence.failing).to_arrow())
    inside = questions_gaps.inside(questions.labelled(asked.entries))
    question = questions_gaps.count_inside(inside) if limit is None else questions.newest(inside, limit)
    spans = pa.Table.from_pylist([dict(r) for r in rows], schema=questions_gaps.SPAN_COLUMNS)
    return stored.entries.answer(question, labels=chosen, spans=spans)


def count_blind(stored: Readers, asked: Window, evidence: GapEvidence, gaps: Sequence[Gap]) -> pl.DataFrame:
    """Return the failures in each gap by cluster: number, cluster, count, requests, first, last."""
    rows = [row for n, g in hiding(gaps) for row in as_spans(evidence, g, n, g.start, g.until)]
    return pl.DataFrame(ask_spans(stored, asked, evidence, rows))


def count_hidden(
    stored: Readers, asked: Window, evidence: GapEvidence, gaps: Sequence[Gap], bursts: Sequence[Found]
) -> pl.DataFrame:
    """Return the entries of each burst that fell into gaps, in the same columns."""
    rows = [
        row
        for n, b in enumerate(bursts)
        for _, g in hiding(gaps)
        if touches(g, b)
        for row in as_spans(evidence, g, n, max(g.start, b.start), min(g.until, b.end), b.cluster)
    ]
    return pl.DataFrame(ask_spans(stored, asked, evidence, rows))


def list_blind(stored: Readers, asked: Window, evidence: GapEvidence, gaps: Sequence[Gap]) -> tuple[Entry, ...]:
    """Return the newest failures in gaps, one more than is listed."""
    rows = [row for n, g in hiding(gaps) for row in as_spans(evidence, g, n, g.start, g.until)]
    found = ask_spans(stored, asked, evidence, rows, MOST_LISTED + 1)
    return tuple(as_entry(row) for row in found.to_pylist())


def touches(gap: Gap, burst: Found) -> bool:
    """Return whether a burst reaches into a gap of its service."""
    same = (gap.service, gap.environment) == (burst.service, burst.environment)
    return same and gap.start < burst.end and burst.start < gap.until
