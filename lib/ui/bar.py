"""The bar on every page: what is asked about. It shows what the address says and writes what a reader chooses back into it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import streamlit as st

from lib.core.model import Cluster, Kind, Severity
from lib.ui import address, cache, frame, parts, safe, words
from lib.ui.link import Link, counted_back, newest, parse_time, resolve
from lib.ui.link import address as address_of
from lib.views.scope import Scope

QUICK: dict[str, timedelta | None] = {
    "15 min": timedelta(minutes=15),
    "1 h": timedelta(hours=1),
    "6 h": timedelta(hours=6),
    "24 h": timedelta(hours=24),
    "7 d": timedelta(days=7),
    "all": None,
}
REPORT = "Postmortem"  # the page that writes it
TYPED = "%Y-%m-%d %H:%M:%S"
FROM, TO, FILLED, SERVICES, ENVIRONMENTS, REFUSED = (
    f"bar_{name}" for name in ("from", "to", "filled", "services", "environments", "refused")
)
KINDS, SEVERITIES, TEXT, FINDER, LIKE, UNLIKE, NEW, MUTED, WHICH = (
    f"filter_{name}" for name in ("kinds", "severities", "text", "finder", "like", "unlike", "new", "muted", "which")
)
PATTERN_HELP = "Plain text, <*> for anything, or /a regular expression/. Numbers are read as 0."


def show(title: str) -> Link:
    """Draw the page's title and the bar; return what is asked, with both times set while anything is stored."""
    frame.require()
    address.follow()
    asked, scope = without_snapshot(address.read()), cache.scope()
    link = resolve(asked, scope)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="bar"):
        st.html(f'<h1 class="bs-title">{safe.html(title)}</h1>', width="content")
        _show_range(link, scope)
        _show_names("Services", SERVICES, "services", link.query.services, scope.services, link)
        _show_names("Environments", ENVIRONMENTS, "environments", link.query.environments, scope.environments, link)
        _show_copy(link)
        _show_report(title, link)
        _show_newer(asked, link, scope)
    parts.tell(
        "Not everything in this link could be understood. The rest of it holds", [*asked.told, *_find_unknown(link, scope)]
    )
    if refused := st.session_state.pop(REFUSED, ""):
        parts.tell("The window was left as it is", [refused])
    return link


def without_snapshot(asked: Link) -> Link:
    """Return a link that opens no frozen report: it would say nothing else, and only the page Postmortem shows one."""
    told = "“snapshot” opens a report on the page Postmortem alone"
    return replace(asked, snapshot="", told=(*asked.told, told)) if asked.snapshot else asked


def _show_range(link: Link, scope: Scope) -> None:
    start, end = link.query.start, link.query.end
    if start is None or end is None:
        return
    with st.popover(words.span(start, end) + (" · live" if link.follows else ""), help="The window, in UTC", key="bar_range"):
        parts.note(_say_counted(link, scope))
        with st.container(horizontal=True, gap="small"):
            for name, length in QUICK.items():
                window = counted_back(scope, length)
                if window and scope.live:
                    begins = None if length else window[0]
                    st.button(name, key=f"quick_{name}", on_click=address.follow_window, args=(link, length, begins))
                elif window:
                    held = dict(zip(("start", "end"), window, strict=True))
                    st.button(name, key=f"quick_{name}", on_click=address.change, args=(link,), kwargs=held)
        _fill_typed(link, start, end)
        with st.form("window", border=False):
            st.text_input("From (UTC)", key=FROM)
            st.text_input("To (UTC)", key=TO, help="The first moment that is no longer part of the window")
            st.form_submit_button("Use this window", on_click=_use_typed, args=(link,))
        if zone := words.here(start, st.context.timezone):
            parts.note(f"The window begins at {start.astimezone(UTC):%H:%M} UTC{zone}")


def _say_counted(link: Link, scope: Scope) -> str:
    if scope.live:
        return "Counted back from now; the page moves on with what is read." if link.follows else "This window stands still."
    return f"Counted back from the newest entry, {scope.last.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if scope.last else ""


def _fill_typed(link: Link, start: datetime, end: datetime) -> None:
    """Write the window into the fields, unless it only moved on by itself: somebody may be typing into them."""
    held = (link.begins, link.last) if link.follows else (start, end)
    if st.session_state.get(FILLED) != held or FROM not in st.session_state:
        st.session_state[FROM], st.session_state[TO] = (ts.astimezone(UTC).strftime(TYPED) for ts in (start, end))
    st.session_state[FILLED] = held


def _hold(values: Mapping[str, Any]) -> None:
    """Let fields show what the address says. One that does already is not touched: somebody may be typing into it."""
    for key, value in values.items():
        if key not in st.session_state or st.session_state[key] != value:
            st.session_state[key] = value


def _use_typed(link: Link) -> None:
    typed = st.session_state[FROM], st.session_state[TO]
    start, end = (parse_time(text, utc=True) for text in typed)
    bad = [text for text, ts in zip(typed, (start, end), strict=True) if ts is None]
    if bad:
        st.session_state[REFUSED] = f"“{bad[0]}” is not a time such as 2026-09-16 06:00"
    elif start and end and end <= start:
        st.session_state[REFUSED] = f"{typed[1]} is not after {typed[0]}"
    else:
        address.change(link, start=start, end=end)


def _show_names(title: str, key: str, field: str, chosen: tuple[str, ...], known: tuple[str, ...], link: Link) -> None:
    _hold({key: list(chosen)})
    options = list(dict.fromkeys([*known, *chosen]))
    what = title.removesuffix("s").lower()
    st.multiselect(
        title,
        options,
        key=key,
        placeholder=f"All {title.lower()}",
        label_visibility="collapsed",
        width=230,
        format_func=lambda name: words.named(safe.plain(name), what),
        on_change=lambda: address.change(link, None, **{field: tuple(st.session_state[key])}),
    )


def _show_copy(link: Link) -> None:
    with st.popover("Copy link", key="bar_copy", help="An address that opens this view again, with absolute times"):
        st.code(address_of(link, st.context.url), language=None, wrap_lines=True)
        parts.note("It opens this page as it is now: window, services and filters. Times in it are absolute.")


def _show_report(title: str, link: Link) -> None:
    """Draw the way to a postmortem of this very window, which can be frozen there."""
    if title != REPORT:
        params = address.scope_params(replace(link, follows=False, last=None))
        told = "A postmortem of this window and these services, which can be frozen and sent"
        st.page_link("pages/postmortem.py", label="Freeze ▸", query_params=params, help=told)


def _show_newer(asked: Link, link: Link, scope: Scope) -> None:
    """Offer the newest entries to a reader whose address holds the window still."""
    last, end = newest(scope), asked.query.end
    if last is None or end is None or last < end:
        return
    if scope.live:
        length = end - link.query.start if link.query.start else None
        told = "Let the window move on with what is read"
        st.button("Follow ▸", on_click=address.follow_window, args=(link, length), type="tertiary", help=told)
        return
    length = end - link.query.start if link.query.start else None
    window = counted_back(scope, length)
    if window:
        st.button(
            "Newer entries ▸",
            on_click=address.change,
            args=(link,),
            kwargs={"start": window[0], "end": window[1]},
            type="tertiary",
            help="There are entries after this window; move it to the newest",
        )


def _find_unknown(link: Link, scope: Scope) -> list[str]:
    pairs = (("service", link.query.services, scope.services), ("environment", link.query.environments, scope.environments))
    return [
        f"Nothing is stored of the {what} “{safe.shorten(name)}”; it stays in the filter: nothing else is shown in its place"
        for what, asked, known in pairs
        for name in asked
        if name and name not in known
    ]


def show_filters(link: Link, found: Sequence[Cluster]) -> None:
    """Draw the filters by kind, severity and text, which live in the address too, and the way to one of the clusters found."""
    asked = link.query
    _hold({KINDS: list(asked.kinds), SEVERITIES: list(asked.severities), TEXT: asked.text})

    def use() -> None:
        kinds, severities = tuple(st.session_state[KINDS]), tuple(st.session_state[SEVERITIES])
        address.change(link, kinds=kinds, severities=severities, text=st.session_state[TEXT].strip())

    hidden: dict[str, Any] = {"label_visibility": "collapsed", "on_change": use}
    sign = words.KIND_SIGNS.__getitem__
    with st.container(horizontal=True, gap="small", key="filters"):
        st.multiselect("Kind", list(Kind), key=KINDS, placeholder="Every kind", format_func=sign, width=165, **hidden)
        st.multiselect(
            "Severity", list(Severity), key=SEVERITIES, placeholder="Every severity", format_func=str, width=170, **hidden
        )
        st.text_input("Text", key=TEXT, placeholder="Text in template or message", width=235, **hidden)
        _show_more(link)
        _show_which(link)
        if found:
            _show_finder(link, found)


def _show_more(link: Link) -> None:
    """Draw the filters that are used less: patterns, what is new, what is muted."""
    asked = link.query
    used = sum(map(bool, (asked.like, asked.unlike, asked.new, asked.muted)))
    _hold({LIKE: asked.like, UNLIKE: asked.unlike, NEW: asked.new, MUTED: asked.muted})

    def use() -> None:
        held = st.session_state
        address.change(link, like=held[LIKE].strip(), unlike=held[UNLIKE].strip(), new=held[NEW], muted=held[MUTED])

    with st.popover(f"More filters ({used})" if used else "More filters", key="filters_more"):
        st.text_input("With this pattern", key=LIKE, placeholder="pool timeout after <*>", on_change=use, help=PATTERN_HELP)
        st.text_input("Without this pattern", key=UNLIKE, placeholder="/health|readiness/", on_change=use, help=PATTERN_HELP)
        st.checkbox("Only what is new since the last deploy", key=NEW, on_change=use)
        st.checkbox("Show what is muted too", key=MUTED, on_change=use)


def _show_which(link: Link) -> None:
    """Draw the field that a line is pasted into, to see which cluster it is in."""
    with st.popover("Which cluster is this?", key="which"):
        line = st.text_area("Paste a line of a log", key=WHICH, height=90)
        if line.strip():
            with parts.guard():
                match = cache.which(line)
                parts.note(match.why)
                if match.cluster:
                    st.code(safe.plain(match.template), language=None, wrap_lines=True)
                    st.button("Open this cluster", on_click=address.change, args=(link,), kwargs={"cluster": match.cluster})


def _show_finder(link: Link, found: Sequence[Cluster]) -> None:
    """Draw the other way to a cluster: by its words, for those who type faster than they point, or cannot see the table."""
    words_of = {
        cluster.id: f"{cluster.priority} {safe.shorten(safe.plain(cluster.template))} · {cluster.id}" for cluster in found
    }
    st.selectbox(
        "Open a cluster",
        list(words_of),
        index=None,
        key=FINDER,
        placeholder="Open a cluster by its words",
        label_visibility="collapsed",
        width=240,
        format_func=words_of.__getitem__,
        on_change=lambda: address.change(link, cluster=st.session_state[FINDER] or ""),
    )
