"""Sources: can I trust this? What was read, skipped and masked, and what looks cut."""

from lib.ui import bar, cache, parts, sourcing

with parts.guard():
    link = bar.show("Sources")
    view = cache.sources(link.query)
    parts.answer(view.headline)
    parts.coverage(view.coverage)
    if not view.sources:
        parts.empty(link, cache.scope())
    else:
        sourcing.live(view)
        sourcing.exports(view)
    with parts.guard():
        sourcing.upkeep(view)
    with parts.guard():
        sourcing.skipped(view)
    with parts.guard():
        sourcing.masked(view)
    with parts.guard():
        sourcing.store(view)
