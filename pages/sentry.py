"""Sentry: is anyone watching? For every service whether error tracking works, since when not, why, and what to do."""

from lib.ui import bar, cache, criteria, parts, sentry

with parts.guard():
    link = bar.show("Sentry")
    view = cache.sentry(link.query)
    parts.answer(view.headline)
    parts.coverage(view.coverage)
    sentry.tell_unanswered(view)
    if not view.services:
        parts.empty(link, cache.scope())
    else:
        with parts.guard():
            sentry.matrix(view, link)
        with parts.guard():
            sentry.services(view, link)
        with parts.guard():
            criteria.show(link.query)
        sentry.unmatched(view)
