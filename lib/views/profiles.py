"""The clusters of a window, each judged: what every page that names clusters starts from."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import polars as pl

from lib.core import clustering, questions
from lib.core.links import logs_explorer
from lib.core.model import FAILURES, Cluster, Entry, Kind
from lib.core.newness import find_new
from lib.core.priority import Evidence, describe_priority, judge_priority
from lib.core.signatures import judge_kind
from lib.ports import Readers
from lib.views.window import Labels, Window, as_points


def list_clusters(stored: Readers, window: Window, labels: Labels) -> list[Cluster]:
    """Return every cluster of the window with its trend, most telling first."""
    assert window.entries is not None
    entries = questions.labelled(window.entries)

    def ask(question: Any) -> pl.DataFrame:
        return pl.DataFrame(stored.entries.answer(question, labels=labels.table))

    severities = _counts(ask(questions.count_by(entries, "cluster", "severity")), "severity")
    found = [
        make_cluster(row, labels, window.coverage.entries, severities[row["cluster"]])
        for row in ask(questions.profile_clusters(entries)).iter_rows(named=True)
    ]
    trends = ask(questions.count_by_bucket(entries, window.bucket_s, "cluster")).partition_by("cluster", as_dict=True)
    aliases = _by_target(stored.state.aliases())
    told = [replace(c, trend=as_points(trends[(c.id,)]), aliases=aliases.get(c.id, ())) for c in found]
    inside, whole = questions.count_revisions(entries, "cluster"), questions.count_revisions(window.entries)
    return sorted(place_clusters(told, ask(inside), ask(whole)), key=lambda c: (c.priority, -c.count, c.id))


def make_cluster(row: Mapping[str, Any], labels: Labels, entries: int, severities: Mapping[str, int]) -> Cluster:
    """Return a cluster of a row of questions.profile_clusters, judged: its kind, and its priority with the reason."""
    id = row["cluster"]
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
        instances=row["instances"],
        first=row["first"],
        last=row["last"],
        sample=row["message"],
        location=row["location"],
        exception=row["exception"],
        reason=describe_priority(rule, row["count"], row["last"] - row["first"], row["revisions"]),
    )


def place_clusters(clusters: list[Cluster], inside: pl.DataFrame, window: pl.DataFrame) -> list[Cluster]:
    """Return clusters with their services, their part of each, and where they are new.

    Shape: both frames are questions.count_revisions, `inside` by cluster too, `window` of all entries.
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
