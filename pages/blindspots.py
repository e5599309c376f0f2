"""Blind spots: when nobody could see, beside when services failed."""

from lib.ui import bar, blindspots, cache, details, gapchart, parts

with parts.guard():
    link = bar.show("Blind spots")
    view = cache.gaps(link.query)
    parts.answer(view.headline)
    parts.coverage(view.coverage)
    if not view.coverage.entries:
        parts.empty(link, cache.scope())
    else:
        with parts.guard():
            gapchart.lanes(view, link)
        blindspots.associations(view)
        with parts.guard():
            blindspots.gaps(view, link)
        with parts.guard():
            blindspots.missed(view, link)
        with parts.guard():
            blindspots.clusters(view, link)
            details.samples(view.entries, "Failures that nobody saw, the newest", view.more_entries)
        blindspots.method(view)
