"""Postmortem: what do we tell the others? As it is known now, or as it was frozen."""

from lib.ui import address, bar, cache, frame, parts, postmortem
from lib.ui.link import Link


def show_now(link: Link) -> None:
    """The window as it is known now, with notes; it can be frozen."""
    view = postmortem.load(link)
    postmortem.head(view)
    if view.is_empty:
        parts.empty(link, cache.scope())
        return
    postmortem.tools(view)
    with parts.guard():
        postmortem.body(view, lambda: postmortem.notes(view))


def show_frozen(link: Link) -> None:
    """A report as it was frozen."""
    view = postmortem.open_frozen(link)
    postmortem.frozen_head(view)
    postmortem.frozen_tools(view)
    with parts.guard():
        postmortem.body(view)


with parts.guard():
    frame.require()
    if asked := address.read().snapshot:
        with parts.guard():
            show_frozen(Link(snapshot=asked))
    else:
        link = bar.show("Postmortem")
        with parts.guard():
            show_now(link)
