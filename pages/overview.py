"""Overview: is anything wrong, and would we know?"""

from lib.ui import bar, cache, charts, overview, parts

with parts.guard():
    link = bar.show("Overview")
    view = cache.overview(link.query)
    parts.answer(view.headline)
    parts.coverage(view.coverage)
    overview.open_gaps(view)
    if not view.services:
        parts.empty(link, cache.scope())
    else:
        with parts.guard():
            overview.services(view, link)
        overview.changes(view)
        with parts.guard():
            charts.services(view.services, view.coverage, view.bucket_s, link)
        with parts.guard():
            overview.standing_out(view.services, link)
