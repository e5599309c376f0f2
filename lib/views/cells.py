"""What every service wrote, by revision and cluster: the cells that comparisons count, and the clusters' words."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from lib.core import clustering
from lib.core.model import FAILURES, Kind, Priority, Severity
from lib.core.priority import Evidence, judge_priority
from lib.core.signatures import judge_kind
from lib.views.deployfacts import PLACE, WHERE, DeployFacts, Ints
from lib.views.window import Labels


@dataclass(frozen=True)
class Words:
    """What a cluster is called and what it tells."""

    template: str
    kind: Kind
    priority: Priority


@dataclass(frozen=True)
class Written:
    """What one service wrote: its clusters, and by revision the bin, count and place among the clusters of every cell."""

    clusters: tuple[str, ...]
    cells: Mapping[str, tuple[Ints, Ints, Ints]]


NOTHING = Written((), {})


@dataclass(frozen=True)
class Cells:
    """What every service and environment wrote, and the words of the clusters."""

    by_place: Mapping[tuple[str, str], Written]
    words: Mapping[str, Words]


def name_cells(facts: DeployFacts, labels: Labels) -> Cells:
    """Return the counts by cluster. Lines of the request log that tell nothing bad are exposure, not clusters."""
    count, severity = pl.col("count"), pl.col("severity")
    series = facts.series.join(pl.DataFrame(labels.table), on="collapsed")
    totals = series.group_by("cluster").agg(
        count.sum(),
        requests=count.filter(pl.col("origin") == "request").sum(),
        warnings=count.filter(severity == Severity.WARNING.value).sum(),
        errors=count.filter(severity.is_in([s.value for s in FAILURES])).sum(),
    )
    plain = totals.filter(2 * pl.col("requests") > count, 2 * (pl.col("warnings") + pl.col("errors")) < count)
    kept = series.join(plain, on="cluster", how="anti").with_columns(place=pl.col("cluster").rank("dense").over(PLACE) - 1)
    return Cells(place_cells(facts, kept), {row["cluster"]: find_words(row, labels) for row in totals.iter_rows(named=True)})


def place_cells(facts: DeployFacts, series: pl.DataFrame) -> dict[tuple[str, str], Written]:
    """Return the cells of some series by service, environment and revision; place: of a series' cluster, in order of names."""
    revisions = series.select(WHERE).unique().sort(WHERE).with_row_index("group")
    numbered = series.join(revisions, on=WHERE)
    group, place = np.full(len(facts.rollup.series), -1), np.zeros(len(facts.rollup.series), np.int64)
    group[numbered["series"]], place[numbered["series"]] = numbered["group"], numbered["place"]
    cells: dict[tuple[str, str], dict[str, tuple[Ints, Ints, Ints]]] = {}
    split = facts.rollup.split(group)
    for service, environment, revision, number in revisions.select(*WHERE, "group").iter_rows():
        bins, which, count = split[number]
        cells.setdefault((service, environment), {})[revision] = (bins, count, place[which])
    clusters = series.group_by(PLACE).agg(pl.col("cluster").unique().sort())
    return {(s, e): Written(tuple(names), cells[s, e]) for s, e, names in clusters.iter_rows()}


def find_words(row: Mapping[str, int], labels: Labels) -> Words:
    """Return a cluster's words of a row of totals: as its template tells, else as most of its severities do."""
    template = clustering.render_template(labels.templates[str(row["cluster"])])
    other = row["count"] - row["warnings"] - row["errors"]
    counted = ((FAILURES[0].value, row["errors"]), (Severity.WARNING.value, row["warnings"]), (Severity.INFO.value, other))
    severities = {name: n for name, n in counted if n}
    kind = judge_kind(template, severities)
    origin = "request" if 2 * row["requests"] > row["count"] else "stdout"
    return Words(template, kind, judge_priority(Evidence(template, kind, severities, origin)).priority)
