"""What was not seen: the failures that lie in gaps, counted exactly and listed, the newest first."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from lib.core import questions
from lib.core.activity import PLACE
from lib.core.blindness import questions_gaps
from lib.core.gaps import Cause, Gap
from lib.core.model import Entry
from lib.core.rollup import MINUTE_S, cut_minute
from lib.ports import Readers
from lib.views.gapevidence import Found, GapEvidence
from lib.views.profiles import as_entry
from lib.views.window import Window

SPANS = dict(pl.DataFrame(questions_gaps.SPAN_COLUMNS.empty_table()).schema) | {"span": pl.Int64}
MOST_LISTED = 200  # blind failures that are listed, the newest; all are counted


def hiding(gaps: Sequence[Gap]) -> list[tuple[int, Gap]]:
    """Return the gaps that hide failures, with their numbers: where nothing was collected, what there is was seen."""
    return [(n, g) for n, g in enumerate(gaps) if g.cause is not Cause.UNCOLLECTED]


@dataclass(frozen=True)
class Span:
    """A part of a gap, [start, end) in aware UTC, for one cluster or, with "", for all; number: of the gap or burst."""

    number: int
    gap: Gap
    start: datetime
    end: datetime
    cluster: str = ""

    def as_rows(self, evidence: GapEvidence) -> list[dict[str, object]]:
        """Return the rows of questions_gaps.SPANS: one for each revision that was blind, or one for all."""
        place = (self.gap.service, self.gap.environment)
        return [
            {
                "number": self.number, "span_service": self.gap.service, "span_environment": raw, "span_revision": revision,
                "span_cluster": self.cluster, "span_start": self.start, "span_end": self.end,
            }
            for raw in evidence.environments.get(place, (self.gap.environment,))
            for revision in (self.revisions or ("",))
        ]  # fmt: skip

    @property
    def revisions(self) -> tuple[str, ...]:
        """Return the revisions that were blind, none for all of them."""
        return self.gap.revisions if self.gap.partial else ()


def span_gaps(gaps: Sequence[Gap], start: datetime, end: datetime) -> list[Span]:
    """Return the parts of gaps within [start, end)."""
    found = [Span(n, g, max(g.start, start), min(g.until, end)) for n, g in hiding(gaps)]
    return [s for s in found if s.start < s.end]


def span_bursts(gaps: Sequence[Gap], bursts: Sequence[Found]) -> list[Span]:
    """Return the parts of bursts that fell into gaps, with the numbers of the bursts."""
    return [
        Span(n, g, max(g.start, b.start), min(g.until, b.end), b.cluster)
        for n, b in enumerate(bursts)
        for _, g in hiding(gaps)
        if touches(g, b)
    ]


@dataclass(frozen=True)
class Failures:
    """The failures of a window by minute.

    rows: service, environment, revision, bucket, cluster, failed (whether they are failed requests), count, first, last.
    """

    rows: pl.DataFrame

    def reaching(self, spans: Sequence[Span], evidence: GapEvidence) -> pl.DataFrame:
        """Return the rows that reach into spans, once for each, with SPAN_COLUMNS and `span`, its place among the spans."""
        asked = [row | {"span": n} for n, span in enumerate(spans) for row in span.as_rows(evidence)]
        places = pl.DataFrame(asked, SPANS).partition_by("span_service", "span_environment", as_dict=True)
        parts = self.rows.partition_by("service", "environment", as_dict=True)
        none = pl.concat([self.rows.clear(), pl.DataFrame(schema=SPANS)], how="horizontal")
        found = [pair_up(parts[place], mine) for place, mine in places.items() if place in parts]
        return pl.concat([none, *found])


def pair_up(rows: pl.DataFrame, spans: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of one place that reach into its spans, beside them: the minutes of a span stand together."""
    rows = rows.sort("bucket")
    minutes: NDArray[np.int64] = rows["bucket"].to_numpy()
    first = np.searchsorted(minutes, spans["span_start"].dt.epoch("s").to_numpy() // MINUTE_S * MINUTE_S)
    size = np.searchsorted(minutes, spans["span_end"].dt.epoch("s").to_numpy(), side="right") - first
    which = np.repeat(np.arange(len(spans)), size)
    at = np.arange(len(which)) - np.repeat(np.cumsum(size) - size - first, size)
    both: pl.DataFrame = pl.concat([rows[at], spans[which]], how="horizontal")
    return both.filter(
        pl.col("first") < pl.col("span_end"),
        pl.col("last") >= pl.col("span_start"),
        (pl.col("span_revision") == "") | (pl.col("span_revision") == pl.col("revision")),
        (pl.col("span_cluster") == "") | (pl.col("span_cluster") == pl.col("cluster")),
    )


def read_failures(asked: Window, evidence: GapEvidence) -> Failures:
    """Return the failures of the asked window."""
    texts = pl.DataFrame(evidence.labels.table).filter(pl.col("cluster").is_in(evidence.failing))
    failed = (pl.col("origin") == "request") & (pl.col("status") == "failed")
    series = asked.rollup.totals.join(texts.select("collapsed", "cluster"), on="collapsed")
    return Failures(asked.rollup.sum_by(MINUTE_S, series.select("series", *PLACE, "cluster", failed=failed)))


@dataclass(frozen=True)
class Fell:
    """What fell into a gap, or of a burst into gaps: failures, the failed requests among them, first and last."""

    count: int = 0
    requests: int = 0
    first: datetime | None = None
    last: datetime | None = None


def sum_spans(counts: pl.DataFrame) -> dict[int, Fell]:
    """Return what fell into each span, by number; none for those into which nothing did. counts: of count_spans."""
    sums = counts.group_by("number").agg(pl.col("count", "requests").sum(), pl.col("first").min(), pl.col("last").max())
    return {number: Fell(*told) for number, *told in sums.select("number", "count", "requests", "first", "last").iter_rows()}


def count_spans(
    stored: Readers, asked: Window, evidence: GapEvidence, spans: Sequence[Span], reached: pl.DataFrame
) -> pl.DataFrame:
    """Return the failures in spans by number and cluster: count, requests (the failed ones among them), first, last.

    reached: Failures.reaching of the spans. Whole minutes are added up; of one that a span's edge cuts, the entries are asked.
    """
    torn = (pl.col("first") < pl.col("span_start")) | (pl.col("last") >= pl.col("span_end"))
    told = reached.with_columns(torn=torn.any().over("span", "bucket"))
    edges = told.filter("torn").select("span", "bucket").unique(maintain_order=True)
    cut = [(spans[n], *cut_minute(minute, spans[n].start, spans[n].end)) for n, minute in edges.iter_rows()]
    counts = pl.DataFrame(ask_spans(stored, asked, evidence, [replace(s, start=a, end=b) for s, a, b in cut]))
    failed = pl.when("failed").then("count").otherwise(0)
    whole = told.filter(~pl.col("torn")).select("number", "cluster", "count", requests=failed, first="first", last="last")
    both = pl.concat([counts, whole.select(counts.columns).cast(counts.schema)])
    return both.group_by("number", "cluster").agg(pl.col("count", "requests").sum(), pl.col("first").min(), pl.col("last").max())


def list_blind(
    stored: Readers, asked: Window, evidence: GapEvidence, spans: Sequence[Span], reached: pl.DataFrame
) -> tuple[Entry, ...]:  # fmt: skip
    """Return the newest failures in spans, one more than is listed. The roll-up tells how far back so many of them reach.

    reached: Failures.reaching of the spans.
    """
    whole = reached.filter(pl.col("first") >= pl.col("span_start"), pl.col("last") < pl.col("span_end"))
    rows = whole.sort("last", descending=True)
    enough = rows.filter(pl.col("count").cum_sum() - pl.col("count") <= MOST_LISTED)
    reach = enough["first"].min() if enough["count"].sum() > MOST_LISTED else None
    if isinstance(reach, datetime):
        spans = [replace(s, start=max(s.start, reach)) for s in spans if s.end > reach]
    found = ask_spans(stored, asked, evidence, spans, MOST_LISTED + 1)
    return tuple(as_entry(row) for row in found.to_pylist())


def ask_spans(stored: Readers, asked: Window, evidence: GapEvidence, spans: Sequence[Span], limit: int | None = None) -> pa.Table:
    """Return counts of the failures in spans, or the newest of them when a limit is given, of the entries themselves."""
    assert asked.entries is not None
    table = evidence.labels.table
    chosen = table.filter(pl.Series(table["cluster"]).is_in(evidence.failing).to_arrow())
    inside = questions_gaps.inside(questions.labelled(asked.entries))
    question = questions_gaps.count_inside(inside) if limit is None else questions.newest(inside, limit)
    rows = pa.Table.from_pylist([row for s in spans for row in s.as_rows(evidence)], schema=questions_gaps.SPAN_COLUMNS)
    return stored.entries.near([(s.start, s.end) for s in spans]).answer(question, labels=chosen, spans=rows)


def touches(gap: Gap, burst: Found) -> bool:
    """Return whether a burst reaches into a gap of its service."""
    same = (gap.service, gap.environment) == (burst.service, burst.environment)
    return same and gap.start < burst.end and burst.start < gap.until
