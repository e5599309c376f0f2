"""The pieces that every page is made of. What may hold log text is written as our own escaped HTML, never as Markdown."""

import logging
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime

import streamlit as st

from lib.core.coveragefacts import say_read
from lib.core.model import Coverage
from lib.core.wording import count_of, say_expired, say_time
from lib.errors import BlindspotError
from lib.ui import address, safe, words
from lib.ui.link import Link, counted_back
from lib.views.scope import Scope

LOG = logging.getLogger("blindspot.ui")


@contextmanager
def guard() -> Iterator[None]:
    """Turn an error inside into a card; the rest of the page lives. What we did not foresee goes to the server's log in full."""
    try:
        yield
    except BlindspotError as error:
        card(error.message, error.hint)
    except Exception:  # noqa: BLE001 - whatever it was, it is logged in full
        told = unforeseen("This part of the page")
        card(told.message, told.hint)


def unforeseen(what: str) -> BlindspotError:
    """Return the error being handled, which nobody foresaw, in words for the reader; the server's log has it in full."""
    sign = secrets.token_hex(3)
    LOG.exception("part of a page failed, shown as %s", sign)
    hint = f"The server's log tells why: look there for {sign}. The other parts are not touched."
    return BlindspotError(f"{what} failed ({sign}).", hint=hint)


def card(message: str, hint: str = "") -> None:
    """Show an error in our words with its hint."""
    more = f"<p>{safe.html(hint)}</p>" if hint else ""
    st.html(f'<div class="bs-card" role="alert"><p><strong>✖ {safe.html(message)}</strong></p>{more}</div>')


def tell(title: str, sentences: Sequence[str]) -> None:
    """Show a warning whose sentences may hold text from logs or links; nothing without sentences."""
    if sentences:
        items = "".join(f"<li>{safe.html(sentence)}</li>" for sentence in sentences)
        st.html(f'<div class="bs-told" role="status"><strong>▲ {safe.html(title)}</strong><ul class="bs-list">{items}</ul></div>')


def answer(headline: str) -> None:
    """Show a page's first line."""
    st.html(f'<p class="bs-answer">{safe.html(headline)}</p>')


def part(title: str) -> None:
    """Show the heading of a part of a page."""
    st.html(f'<h2 class="bs-part">{safe.html(title)}</h2>')


def note(text: str) -> None:
    """Show small print."""
    st.html(f'<p class="bs-rests">{safe.html(text)}</p>')


def say(sentences: Sequence[str]) -> None:
    """Show sentences, one a line."""
    st.html(f'<ul class="bs-list">{"".join(f"<li>{safe.html(sentence)}</li>" for sentence in sentences)}</ul>')


def facts(pairs: Mapping[str, str]) -> None:
    """Show names with values, side by side."""
    cells = "".join(f"<div><dt>{safe.html(name)}</dt><dd>{safe.html(value)}</dd></div>" for name, value in pairs.items())
    st.html(f'<dl class="bs-facts">{cells}</dl>')


def coverage(cover: Coverage) -> None:
    """Say what the answer rests on, and what of it looks cut: those sentences are never folded away."""
    here = words.here(cover.watermark, st.context.timezone) if cover.watermark else ""
    note(" ".join(filter(None, (say_read(cover, here), say_expired(cover.expired), *cover.left_out))))
    cut = ["This answer shows only a part of what was found."] if cover.cut else []
    tell("Counts on this page may be too low", [*cover.suspect, *cut])


def empty(link: Link, scope: Scope, entries: int = 0) -> None:
    """Say which kind of nothing this is, with the way out of it; entries: what was read in the window all the same."""
    query = link.query
    if scope.last is None:
        note("Nothing is stored yet. Bring logs with the two commands under “Bring your own logs”, and they show up here.")
        return
    narrowed = any(getattr(query, name) for name in (*FILTERS, *CLEARED))
    if narrowed:
        note("The filters leave nothing in this window; without them there may be entries.")
        st.button("Clear the filters", on_click=address.change, args=(link,), kwargs=dict.fromkeys(FILTERS, ()) | CLEARED)
    elif entries:
        note(f"{count_of(entries, 'entry', 'entries')} of this window {'is' if entries == 1 else 'are'} not shown here.")
    else:
        note(
            f"Nothing was read in this window. What is stored reaches from {_reach(scope)}: this is not knowing, not being well."
        )
    whole = counted_back(scope, None)
    if whole:
        st.button("Show the whole range", on_click=address.change, args=(link,), kwargs={"start": whole[0], "end": whole[1]})


CLEARED = {"text": "", "like": "", "unlike": "", "new": False}
FILTERS = ("services", "environments", "kinds", "severities")


def _reach(scope: Scope) -> str:
    ends: list[datetime] = [ts for ts in (scope.first, scope.last) if ts]
    return " to ".join(say_time(ts) for ts in ends)


def of_found(shown: int, found: int) -> str:
    """Say how much of what was found is shown."""
    return (
        f"All {count_of(found, 'cluster')} that pass the filters."
        if shown == found
        else f"The first {shown:,} of {found:,} clusters."
    )


def attempt(act: Callable[[], object]) -> None:
    """Do what a form asks, and draw the page again as it is then; an error stays beside the form."""
    try:
        act()
    except BlindspotError as e:
        card(e.message, e.hint)
        return
    st.rerun()
