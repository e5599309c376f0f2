"""Filters by pattern and mutes, laid over the texts of a window: what is left out, and what a mute hides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl
import pyarrow as pa

from lib.core import clustering, patterns
from lib.core.curation import Mute
from lib.core.model import Query
from lib.core.rollup import add_up
from lib.core.wording import count_of, say_time
from lib.views.window import Labels, Window


@dataclass(frozen=True)
class MutedRow:
    """What one mute hides in the window: entries, in so many clusters, since the first of them; 0 entries: nothing here.

    what: the muted cluster's template, or the pattern.
    """

    mute: Mute
    entries: int
    clusters: int
    first: datetime | None
    what: str

    @property
    def hides(self) -> str:
        """What it hides, in words: "hides 3 entries in 1 cluster since …"."""
        since = f" since {say_time(self.first)}" if self.first else ""
        return f"hides {count_of(self.entries, 'entry', 'entries')} in {count_of(self.clusters, 'cluster')}{since}"


def narrow(labels: Labels, query: Query) -> Labels:
    """Return the labels of the texts that pass the query's patterns. Errors: BadQuery."""
    kept = pl.repeat(True, labels.table.num_rows, eager=True)
    if query.like:
        kept &= match(labels, query.like)
    if query.unlike:
        kept &= ~match(labels, query.unlike)
    return labels.only(kept)


def match(labels: Labels, pattern: str) -> pl.Series:
    """Return for each labelled text whether a pattern is found in it."""
    return patterns.match_texts(pl.Series("collapsed", labels.table["collapsed"], pl.String), pattern)


def part_muted(
    labels: Labels, mutes: Sequence[Mute], aliases: Mapping[str, str]
) -> tuple[Labels, tuple[tuple[Mute, Labels], ...]]:
    """Return the labels that no mute hides, and for each mute those that it hides; what two mutes hide is the first one's.

    A cluster that has since been joined under a name takes its mute along, and no text of the others.
    """
    texts, clusters, owns = (pl.Series(name, labels.table[name], pl.String) for name in ("collapsed", "cluster", "own"))
    texts, free, hidden = patterns.readable(texts), pl.repeat(True, len(texts), eager=True), []
    for mute in mutes:
        if mute.pattern:
            taken = patterns.match_readable(texts, mute.pattern)
        else:
            today = aliases.get(mute.cluster, mute.cluster)
            taken = (clusters == today) | (owns == today)
        hidden.append((mute, labels.only(free & taken)))
        free &= ~taken
    return labels.only(free), tuple(hidden)


def count_muted(window: Window, hidden: Sequence[tuple[Mute, Labels]], aliases: Mapping[str, str]) -> tuple[MutedRow, ...]:
    """Return what each mute hides in the window: always told, so that nobody takes silence for health."""
    counted: dict[str, list[tuple[int, datetime]]] = {}
    if any(labels.table.num_rows for _, labels in hidden):
        tagged = pa.concat_tables(_tag(labels.table, str(place)) for place, (_, labels) in enumerate(hidden))
        series = window.rollup.totals.join(pl.DataFrame(tagged), on="collapsed")
        for cluster, count, first, _ in add_up(series, "cluster").iter_rows():
            counted.setdefault(cluster.partition(":")[0], []).append((count, first))
    rows = []
    for place, (mute, labels) in enumerate(hidden):
        found = counted.get(str(place), [])
        what = mute.pattern or _say_cluster(labels, aliases.get(mute.cluster, mute.cluster))
        rows.append(MutedRow(mute, sum(n for n, _ in found), len(found), min((ts for _, ts in found), default=None), what))
    return tuple(rows)


def _tag(table: pa.Table, tag: str) -> pa.Table:
    """Return labels with a tag before each cluster, so that one question counts for every mute."""
    clusters = pl.Series("cluster", table["cluster"], pl.String)
    tagged = pl.select((pl.lit(f"{tag}:") + clusters).alias("cluster")).to_series()
    return pa.table({"collapsed": table["collapsed"], "cluster": tagged.to_arrow().cast(pa.string())})


def _say_cluster(labels: Labels, cluster: str) -> str:
    return clustering.render_template(labels.templates.get(cluster, cluster))


def wholly_muted(shown: Labels, hidden: Sequence[tuple[Mute, Labels]]) -> dict[str, str]:
    """Return {cluster: reason} of the clusters of which nothing is shown."""
    left = set(shown.table["cluster"].to_pylist())
    return {c: mute.reason for mute, labels in hidden for c in labels.table["cluster"].to_pylist() if c not in left}
