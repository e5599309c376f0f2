"""Clusters: what do the logs say, most telling first."""

from dataclasses import dataclass, replace
from datetime import datetime

from lib.core import headlines, questions
from lib.core.curation import settle
from lib.core.model import Cluster, Coverage, Query
from lib.ports import Ports, Readers, pin
from lib.views.curated import MutedRow, count_muted, narrow, part_muted, wholly_muted
from lib.views.profiles import list_clusters
from lib.views.window import Labels, Window, find_labels, open_window


@dataclass(frozen=True)
class ClustersView:
    """The page: `clusters` after the filters, most telling first; `found` how many there are before the limit.

    muted: what each mute in force hides here, whether it is shown or not. no_newness: True when nothing can be called new,
    for want of a service that was seen before its last deploy.
    """

    query: Query
    coverage: Coverage
    headline: str
    clusters: tuple[Cluster, ...]
    found: int
    bucket_s: int
    muted: tuple[MutedRow, ...] = ()
    no_newness: bool = False


def load(ports: Ports, query: Query, now: datetime, limit: int | None = None) -> ClustersView:
    """Return the clusters of the query's window, most telling first. Errors: BadQuery for a pattern that says nothing."""
    stored = pin(ports)
    window = open_window(stored, query)
    if window.entries is None:
        return ClustersView(window.query, window.coverage, headlines.of_clusters((), window.coverage, query), (), 0, 0)
    labels = narrow(find_labels(stored, window), query)
    mutes = settle(stored.state.changes(), now).mutes
    aliases = stored.state.aliases()
    shown, hidden = part_muted(labels, mutes, aliases)
    listed = list_clusters(stored, window, labels if query.muted else shown)
    reasons = wholly_muted(shown, hidden)
    marked = [replace(c, muted=reasons.get(c.id, "")) for c in listed]
    marked.sort(key=lambda c: bool(c.muted))  # they come last: a limit must not be spent on them
    holding = find_holding(stored, window, labels, query.text)
    found = [c for c in marked if is_wanted(c, query, holding)]
    hides = shown.table.num_rows < labels.table.num_rows and not query.muted
    coverage = replace(window.coverage, cut=limit is not None and limit < len(found))
    return ClustersView(
        query=window.query,
        coverage=coverage,
        headline=headlines.of_clusters(tuple(found), coverage, query, muted=hides),
        clusters=tuple(found[:limit]),
        found=len(found),
        bucket_s=window.bucket_s,
        muted=count_muted(window, hidden, aliases),
        no_newness=all(c.new_in is None for c in listed),
    )


def find_holding(stored: Readers, window: Window, labels: Labels, text: str) -> frozenset[str]:
    """Return the clusters of which some entry holds a text, ignoring case; none when no text is asked for."""
    if not text or window.entries is None:
        return frozenset()
    asked = questions.find_holding(questions.labelled(window.entries), text)
    return frozenset(stored.entries.answer(asked, labels=labels.table)["cluster"].to_pylist())


def is_wanted(cluster: Cluster, query: Query, holding: frozenset[str]) -> bool:
    """Tell whether a cluster passes the query's filters by kind, severity, text and newness."""
    return (
        (not query.kinds or cluster.kind in query.kinds)
        and (not query.severities or any(s in cluster.severities for s in query.severities))
        and (not query.text or query.text.casefold() in cluster.template.casefold() or cluster.id in holding)
        and (not query.new or bool(cluster.new_in))
    )
