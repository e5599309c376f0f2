"""The clusters of a window, each judged: what every page that names clusters starts from."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import polars as pl

from lib.core import clustering, questions
from lib.core.activity import PLACE
from lib.core.links import logs_explorer
from lib.core.model import FAILURES, Cluster, Entry, Kind
from lib.core.newness import find_new
from lib.core.priority import Evidence, describe_priority, judge_priority
from lib.core.signatures import judge_kind
from lib.ports import Readers
from lib.views.window import Labels, Window, as_trends, count_buckets


def list_clusters(stored: Readers, window: Window, labels: Labels, *, instances: bool = True) -> list[Cluster]:
    """Return every cluster of the window with its trend, most telling first; instances: count them too, else there are 0."""
    named = pl.DataFrame(labels.table).select("collapsed", "cluster")
    series = window.rollup.totals.join(named, on="collapsed")
    severities = _counts(series.group_by("cluster", "severity").agg(pl.col("count").sum()), "severity")
    samples = find_samples(stored, window, labels, series)
    lives = count_instances(stored, window, labels) if instances else {}
    found = [
        make_cluster(row | samples[row["cluster"]], lives.get(row["cluster"], 0), labels, window.coverage.entries, severities)
        for row in profile(series).iter_rows(named=True)
    ]
    buckets = count_buckets(stored, window, window.bucket_s).join(named, on="collapsed")
    trends = as_trends(buckets.group_by("cluster", "bucket").agg(pl.col("count").sum()), "cluster")
    aliases = _by_target(stored.state.aliases())
    told = [replace(c, trend=trends[c.id], aliases=aliases.get(c.id, ())) for c in found]
    placed = place_clusters(told, count_revisions(series, "cluster"), count_revisions(window.rollup.totals))
    return sorted(placed, key=lambda c: (c.priority, -c.count, c.id))


def profile(series: pl.DataFrame) -> pl.DataFrame:
    """Return a row a cluster of its series: cluster, count, first, last, revisions."""
    revisions = pl.col("revision").filter(pl.col("revision") != "").n_unique()
    return series.group_by("cluster").agg(
        pl.col("count").sum(), pl.col("first").min(), pl.col("last").max(), revisions=revisions
    )  # fmt: skip


def count_revisions(series: pl.DataFrame, *columns: str) -> pl.DataFrame:
    """Return count and first by service, environment, revision ("" without one) and columns."""
    return series.group_by(*columns, *PLACE).agg(pl.col("count").sum(), pl.col("first").min())


def find_samples(stored: Readers, window: Window, labels: Labels, series: pl.DataFrame) -> dict[str, dict[str, Any]]:
    """Return {cluster: texts of its newest entry}: message (of the newest that says what happened), location, exception, origin.

    The roll-up knows when that was, so no more than those moments are read.
    """
    assert window.entries is not None
    said = series.group_by("cluster").agg(any=pl.col("last").max(), told=pl.col("last").filter("telling").max())
    moments = pl.concat([said["any"], said["told"].drop_nulls()]).unique().sort().to_list()
    asked = questions.find_samples(questions.labelled(questions.at(window.entries, moments)))
    answered = stored.entries.near([(m, m) for m in moments]).answer(asked, labels=labels.table)
    return {row.pop("cluster"): row for row in answered.to_pylist()}


def count_instances(stored: Readers, window: Window, labels: Labels) -> dict[str, int]:
    """Return {cluster: instances that wrote it}."""
    assert window.entries is not None
    asked = questions.count_instances(questions.labelled(window.entries))
    return dict(pl.DataFrame(stored.entries.answer(asked, labels=labels.table)).select("cluster", "instances").iter_rows())


def make_cluster(
    row: Mapping[str, Any], instances: int, labels: Labels, entries: int, counted: Mapping[str, Mapping[str, int]]
) -> Cluster:  # fmt: skip
    """Return a cluster of a row of profile with its sample, judged: its kind, and its priority with the reason."""
    id = row["cluster"]
    severities = counted[id]
    kind = judge_kind(row["message"], severities)
    if id in labels.named and any(severities.get(s) for s in FAILURES):
        kind = Kind.FAILURE  # what a name joins may be mostly of another kind: its failures must not drown
    rule = judge_priority(Evidence(row["message"], kind, severities, row["origin"]))
    return Cluster(
        id=id,
        template=clustering.render_template(labels.templates[id]),
        kind=kind,
        priority=rule.priority,
        count=row["count"],
        share=row["count"] / entries,
        severities=dict(severities),
        services=(),
        revisions=row["revisions"],
        instances=instances,
        first=row["first"],
        last=row["last"],
        sample=row["message"],
        location=row["location"],
        exception=row["exception"],
        reason=describe_priority(rule, row["count"], row["last"] - row["first"], row["revisions"]),
    )


def place_clusters(clusters: list[Cluster], inside: pl.DataFrame, window: pl.DataFrame) -> list[Cluster]:
    """Return clusters with their services, their part of each, and where they are new.

    Shape: both frames are of count_revisions, `inside` by cluster too, `window` of all entries.
    """
    totals = dict(window.group_by("service").agg(pl.col("count").sum()).iter_rows())
    by_service = _counts(inside.group_by("cluster", "service").agg(pl.col("count").sum()), "service")
    new = find_new(inside, window)
    return [
        replace(
            c,
            services=tuple(sorted(by_service[c.id])),
            of_service={s: n / totals[s] for s, n in sorted(by_service[c.id].items())},
            new_in=new.get(c.id),
        )
        for c in clusters
    ]


def list_newest(stored: Readers, window: Window, labels: Labels, limit: int) -> tuple[Entry, ...]:
    """Return the newest entries that carry a label."""
    assert window.entries is not None
    asked = questions.newest(questions.labelled(window.entries), limit)
    return tuple(as_entry(row) for row in stored.entries.answer(asked, labels=labels.table).to_pylist())


def as_entry(row: Mapping[str, Any]) -> Entry:
    """Return a row of ENTRIES for a reader, with its link into Google's Logs Explorer."""
    names = ("ts", "service", "environment", "revision", "instance", "severity", "trace", "insert_id", "payload")
    entry = Entry(**{n: row[n] for n in names}, message=row["message"] or "", link="")
    return replace(entry, link=logs_explorer(entry, row["project"], row["nanos"]))


def _counts(rows: pl.DataFrame, column: str) -> dict[str, dict[str, int]]:
    """Return {cluster: {value: count}}."""
    found: dict[str, dict[str, int]] = {}
    for cluster, value, count in rows.select("cluster", column, "count").iter_rows():
        found.setdefault(cluster, {})[value] = count
    return found


def _by_target(aliases: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for old, today in sorted(aliases.items()):
        found.setdefault(today, []).append(old)
    return {today: tuple(olds) for today, olds in found.items()}
