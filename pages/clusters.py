"""Clusters: what do the logs say, most telling first; and one cluster from inside."""

from lib.ui import bar, cache, charts, decisions, details, issues, parts, tables, troubles
from lib.ui.link import Link


def show_all(link: Link) -> None:
    """Every cluster of the window that passes the filters."""
    view = cache.clusters(link.query)
    parts.answer(view.headline)
    parts.coverage(view.coverage)
    bar.show_filters(link, view.clusters)
    decisions.tell_muted(view, link)
    if not view.clusters:
        parts.empty(link, cache.scope(), view.coverage.entries)
        return
    with parts.guard():
        troubles.show(link)
    tables.clusters(view.clusters, view.coverage, view.bucket_s, link)
    parts.note(parts.of_found(len(view.clusters), view.found))
    decisions.show(link)


def show_one(link: Link) -> None:
    """The cluster that the link opens."""
    details.way_back(link)
    view = cache.cluster(link.query, link.cluster)
    parts.answer(view.headline)
    parts.coverage(view.coverage)
    details.moved(view)
    if view.cluster is None:
        parts.empty(link, cache.scope(), view.coverage.entries)
        decisions.history(view)
        return
    details.template(view)
    details.facts(view.cluster)
    decisions.offer(view)
    charts.trend(view.cluster, view.coverage, view.bucket_s, link)
    details.variables(view.variables)
    details.lives(view)
    details.stack(view.stack)
    details.samples(view.samples)
    with parts.guard():
        issues.show(view, link)
    decisions.history(view)


with parts.guard():
    asked = bar.show("Clusters")
    with parts.guard():
        (show_one if asked.cluster else show_all)(asked)
