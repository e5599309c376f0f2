"""Clusters: what do the logs say, most telling first; and one cluster from inside."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import polars as pl

from lib.core import clustering, headlines, masks, questions, splittraces, stacktraces
from lib.core.links import logs_explorer
from lib.core.model import Cluster, Coverage, Entry, Query
from lib.core.priority import Evidence, judge_priority
from lib.core.signatures import judge_kind
from lib.core.variables import NO_VARIABLES, Variables, find_values
from lib.core.wording import shorten
from lib.errors import BadQuery
from lib.ports import Ports, Readers, pin
from lib.views.window import Labels, Window, as_points, find_labels, open_window

PLACEHOLDER = clustering.render_template(clustering.VARIABLE)
MOST_TEXTS = 50_000  # different texts of a cluster that are taken apart for its values
TRACE_LINES = 500  # newest entries of a cluster in which its newest trace is looked for
LIVES = 200  # revisions or instances listed for one cluster


@dataclass(frozen=True)
class ClustersView:
    """The page: `clusters` after the filters, most telling first; `found` how many there are before the limit."""

    query: Query
    coverage: Coverage
    headline: str
    clusters: tuple[Cluster, ...]
    found: int
    bucket_s: int


@dataclass(frozen=True)
class Part:
    """A piece of a template: constant text, or a variable part."""

    text: str
    variable: bool


@dataclass(frozen=True)
class LifeRow:
    """A revision's (or an instance's) share in a cluster."""

    name: str
    service: str
    environment: str
    count: int
    first: datetime
    last: datetime


@dataclass(frozen=True)
class ClusterView:
    """One cluster over the window; `cluster` is None when the id is known but has no entry in the window.

    moved_from: the id that the link carried when it has become an alias, else "".
    stack:      the newest stack trace, put together, when its lines are entries of their own, else "".
    """

    query: Query
    coverage: Coverage
    headline: str
    cluster: Cluster | None
    moved_from: str
    parts: tuple[Part, ...]
    samples: tuple[Entry, ...]
    revisions: tuple[LifeRow, ...]
    instances: tuple[LifeRow, ...]
    bucket_s: int
    variables: Variables = NO_VARIABLES
    stack: str = ""

    @property
    def has_more(self) -> bool:
        """Tell whether the cluster has more entries than `samples`; its counts are whole all the same."""
        return self.cluster is not None and self.cluster.count > len(self.samples)


@dataclass(frozen=True)
class Match:
    """Which cluster a line belongs to; `cluster` is "" when none does, and `why` says why."""

    cluster: str
    template: str
    why: str


def load(ports: Ports, query: Query, now: datetime, limit: int | None = None) -> ClustersView:
    """Return the clusters of the query's window, most telling first."""
    stored = pin(ports)
    window = open_window(stored, query)
    if window.entries is None:
        return ClustersView(window.query, window.coverage, headlines.of_clusters((), window.coverage, query), (), 0, 0)
    labels = find_labels(stored, window.entries)
    holding = find_holding(stored, window, labels, query.text)
    found = [c for c in list_clusters(stored, window, labels) if is_wanted(c, query, holding)]
    shown = tuple(found[:limit])
    coverage = replace(window.coverage, cut=len(shown) < len(found))
    return ClustersView(
        window.query, coverage, headlines.of_clusters(tuple(found), coverage, query), shown, len(found), window.bucket_s
    )


def list_clusters(stored: Readers, window: Window, labels: Labels) -> list[Cluster]:
    """Return every cluster of the window with its trend, most telling first."""
    assert window.entries is not None
    entries = questions.labelled(window.entries)

    def ask(question: Any) -> pl.DataFrame:
        return pl.DataFrame(stored.entries.answer(question, labels=labels.table))

    profiles = ask(questions.profile_clusters(entries))
    severities = ask(questions.count_by(entries, "cluster", "severity"))
    services = ask(questions.count_by(entries, "cluster", "service"))
    trends = ask(questions.count_by_bucket(entries, window.bucket_s, "cluster")).partition_by("cluster", as_dict=True)
    aliases = _by_target(stored.state.aliases())
    by_severity, by_service = _counts(severities, "severity"), _counts(services, "service")
    clusters = [
        make_cluster(
            row,
            labels.templates[row["cluster"]],
            window.coverage.entries,
            by_severity[row["cluster"]],
            by_service[row["cluster"]],
        )
        for row in profiles.iter_rows(named=True)
    ]
    clusters.sort(key=lambda c: (c.priority, -c.count, c.id))
    return [replace(c, trend=as_points(trends[(c.id,)]), aliases=aliases.get(c.id, ())) for c in clusters]


def make_cluster(
    row: Mapping[str, Any], template: str, entries: int, severities: Mapping[str, int], services: Mapping[str, int]
) -> Cluster:
    """Return a cluster of a row of questions.profile_clusters, judged: its kind and its priority."""
    kind = judge_kind(row["message"], severities)
    return Cluster(
        id=row["cluster"],
        template=clustering.render_template(template),
        kind=kind,
        priority=judge_priority(Evidence(row["message"], kind, severities, row["origin"])).priority,
        count=row["count"],
        share=row["count"] / entries,
        severities=dict(severities),
        services=tuple(sorted(services)),
        revisions=row["revisions"],
        instances=row["instances"],
        first=row["first"],
        last=row["last"],
        sample=row["message"],
        location=row["location"],
        exception=row["exception"],
    )


def find_holding(stored: Readers, window: Window, labels: Labels, text: str) -> frozenset[str]:
    """Return the clusters of which some entry holds a text, ignoring case; none when no text is asked for."""
    if not text or window.entries is None:
        return frozenset()
    asked = questions.find_holding(questions.labelled(window.entries), text)
    return frozenset(stored.entries.answer(asked, labels=labels.table)["cluster"].to_pylist())


def is_wanted(cluster: Cluster, query: Query, holding: frozenset[str]) -> bool:
    """Tell whether a cluster passes the query's filters by kind, severity and text."""
    return (
        (not query.kinds or cluster.kind in query.kinds)
        and (not query.severities or any(s in cluster.severities for s in query.severities))
        and (not query.text or query.text.casefold() in cluster.template.casefold() or cluster.id in holding)
    )


def load_one(ports: Ports, query: Query, now: datetime, cluster: str, samples: int = 20) -> ClusterView:
    """Return one cluster by an id of today or of an older link; BadQuery when no cluster ever had it."""
    stored = pin(ports)
    window = open_window(stored, query)
    today = stored.state.aliases().get(cluster, cluster)
    labels = find_labels(stored, window.entries) if window.entries is not None else None
    if labels is None or today not in labels.templates:
        require_known(stored, cluster, today)
        nothing = headlines.of_cluster(None, window.coverage)
        return ClusterView(window.query, window.coverage, nothing, None, cluster if today != cluster else "", (), (), (), (), 0)
    mine = Labels(labels.table.filter(pl.Series(labels.table["cluster"]).eq(today).to_arrow()), labels.templates)
    found = list_clusters(stored, window, mine)[0]
    return ClusterView(
        query=window.query,
        coverage=window.coverage,
        headline=headlines.of_cluster(found, window.coverage),
        cluster=found,
        moved_from=cluster if today != cluster else "",
        parts=split_template(found.template),
        samples=list_newest(stored, window, mine, samples),
        revisions=list_lives(stored, window, mine, "revision"),
        instances=list_lives(stored, window, mine, "instance"),
        bucket_s=window.bucket_s,
        variables=read_variables(stored, window, mine, today),
        stack=read_stack(stored, window, mine) if found.exception else "",
    )


def read_stack(stored: Readers, window: Window, labels: Labels) -> str:
    """Return the newest trace of a cluster whose traces' lines are entries of their own, else ""."""
    assert window.entries is not None
    asked = questions.newest(questions.labelled(window.entries), TRACE_LINES)
    return splittraces.join_newest(stored.entries.answer(asked, labels=labels.table))


def read_variables(stored: Readers, window: Window, labels: Labels, cluster: str) -> Variables:
    """Return what stands in the variable parts of the cluster's template, over its MOST_TEXTS most frequent texts."""
    assert window.entries is not None
    asked = questions.count_texts(questions.labelled(window.entries), MOST_TEXTS)
    return find_values(labels.templates[cluster], pl.DataFrame(stored.entries.answer(asked, labels=labels.table)))


def require_known(stored: Readers, cluster: str, today: str) -> None:
    """Raise BadQuery when no cluster ever had an id."""
    if today not in {clustering.cluster_id(t) for t in set(stored.state.shapes().values())}:
        hint = "The link may belong to another store; look for the text on the Clusters page."
        raise BadQuery(f"No cluster has the id '{shorten(cluster, 40)}'.", hint=hint)


def list_newest(stored: Readers, window: Window, labels: Labels, limit: int) -> tuple[Entry, ...]:
    """Return the newest entries that carry a label."""
    assert window.entries is not None
    asked = questions.newest(questions.labelled(window.entries), limit)
    return tuple(as_entry(row) for row in stored.entries.answer(asked, labels=labels.table).to_pylist())


def list_lives(stored: Readers, window: Window, labels: Labels, column: str) -> tuple[LifeRow, ...]:
    """Return the revisions or the instances of the entries that carry a label, newest first, LIVES at most."""
    assert window.entries is not None
    asked = questions.count_lives(questions.labelled(window.entries), column, LIVES)
    rows = stored.entries.answer(asked, labels=labels.table).to_pylist()
    return tuple(LifeRow(r[column], r["service"], r["environment"], r["count"], r["first"], r["last"]) for r in rows)


def as_entry(row: Mapping[str, Any]) -> Entry:
    """Return a row of ENTRIES for a reader, with its link into Google's Logs Explorer."""
    names = ("ts", "service", "environment", "revision", "instance", "severity", "trace", "insert_id", "payload")
    entry = Entry(**{n: row[n] for n in names}, message=row["message"] or "", link="")
    return replace(entry, link=logs_explorer(entry, row["project"], row["nanos"]))


def match_line(ports: Ports, text: str) -> Match:
    """Return the cluster that a line belongs to, among all that were ever seen."""
    shape, catalog = find_shape(text), ports.state.shapes()
    why = "Entries of this form were read."
    if shape not in catalog:
        why, known = "A new form of a known statement.", set(catalog.values())
        catalog = clustering.merge_shapes([*catalog, shape])
        if catalog[shape] not in known:
            return Match("", "", "No entry that was read has this form.")
    template = catalog[shape]
    return Match(clustering.cluster_id(template), clustering.render_template(template), why)


def find_shape(text: str) -> str:
    """Return the shape of one line, found as an import finds it."""
    masked = masks.mask_texts(pl.Series("collapsed", [text.strip()], pl.String))[0]
    trace = stacktraces.parse_trace(masked[0])
    collapsed = pl.Series("collapsed", [trace.key]) if trace else clustering.collapse(masked)
    return str(clustering.find_shapes(collapsed)[0])


def split_template(template: str) -> tuple[Part, ...]:
    """Return a rendered template as constant and variable parts, in order."""
    return tuple(Part(piece, piece == PLACEHOLDER) for piece in re.split(f"({re.escape(PLACEHOLDER)})", template) if piece)


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
