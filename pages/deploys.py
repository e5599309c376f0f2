"""Deploys: did it work, what is new, what is gone, is anything louder?"""

from lib.ui import bar, cache, criteria, deploycharts, deploys, parts
from lib.ui.link import Link


def show_all(link: Link) -> None:
    """Every deploy of the window, over warnings and errors by time."""
    view = cache.deploys(link.query, link.by, link.rate)
    parts.answer(view.headline)
    parts.coverage(view.coverage)
    if not view.coverage.entries:
        parts.empty(link, cache.scope())
        return
    with parts.guard():
        deploys.switches(link)
        deploycharts.frequency(view, link)
    with parts.guard():
        deploys.listed(view, link)
    with parts.guard():
        criteria.show(link.query)
    deploys.others(view)


def show_one(link: Link) -> None:
    """The deploy that the link opens."""
    deploys.way_back(link)
    view = cache.deploy(link.query, link.query.services[0] if link.query.services else "", link.revision, link.rate)
    parts.answer(view.headline)
    parts.coverage(view.coverage)
    deploys.facts(view)
    with parts.guard():
        deploycharts.forest(view)
    with parts.guard():
        deploys.comparison(view, link)
    with parts.guard():
        deploycharts.overlay(view)


with parts.guard():
    asked = bar.show("Deploys")
    with parts.guard():
        (show_one if asked.revision else show_all)(asked)
