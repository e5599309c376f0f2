"""Overview: is anything wrong, and would we know?"""

from lib.ui import bar, cache, charts, parts, tables

with parts.guard():
    link = bar.show("Overview")
    view = cache.overview(link.query)
    parts.answer(view.headline)
    parts.coverage(view.coverage)
    if not view.services:
        parts.empty(link, cache.scope())
    else:
        with parts.guard():
            tables.services(view.services, view.coverage, view.bucket_s, link)
        with parts.guard():
            charts.services(view.services, view.coverage, view.bucket_s, link)
        with parts.guard():
            parts.standing_out(view.services, link)
