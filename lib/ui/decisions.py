"""What people decide about clusters, drawn: mutes and what they hide, names of their own, and the history of both."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial

import streamlit as st

from lib.core.curation import Change, describe_change
from lib.core.wording import count_of, say_time, shorten
from lib.ui import address, cache, door, parts, safe, words
from lib.ui.link import Link
from lib.views.cluster import ClusterView
from lib.views.clusters import ClustersView
from lib.views.curated import MutedRow

SPANS = {"1 h": timedelta(hours=1), "8 h": timedelta(hours=8), "1 day": timedelta(days=1), "7 days": timedelta(days=7),
         "30 days": timedelta(days=30)}  # fmt: skip
SHOWN = 50  # mutes, names and decisions listed; the command lists all
COMMAND = "python -m lib decisions"


def tell_muted(view: ClustersView, link: Link) -> None:
    """Say what each mute hides here, never folded away, with the way to see it; and why nothing can be called new."""
    hiding = [row for row in view.muted if row.entries]
    if hiding and not view.query.muted:
        entries = sum(row.entries for row in hiding)
        parts.tell(f"Muted, and not in the list: {count_of(entries, 'entry', 'entries')}", [say_muted(row) for row in hiding])
        st.button("Show them", key="show_muted", type="tertiary", on_click=address.change, args=(link,), kwargs={"muted": True})
    if view.query.new and view.no_newness:
        parts.tell("Nothing can be called new here", ["No service was seen before its newest revision in this window"])


def say_muted(row: MutedRow) -> str:
    """Return what a mute hides, as a sentence."""
    return f"“{shorten(row.what, 80)}” {row.hides}; muted until {say_time(row.mute.until)} because: {row.mute.reason}"


def show(link: Link) -> None:
    """Draw what holds, the form for a name, and the history, under the list of clusters."""
    view = cache.decisions(link.query)
    parts.part("Names and mutes")
    if not view.changes:
        parts.note("Nothing was named or muted yet. A mute begins at a cluster; a name joins clusters by a pattern.")
    for row in view.mutes[:SHOWN]:
        _undo(say_muted(row), "End this mute", partial(cache.unmute, row.mute.subject), f"unmute_{row.mute.subject}")
    for one in view.names[:SHOWN]:
        told = f"“{one.name}” is every text with {one.pattern}" + (f", because: {one.reason}" if one.reason else "")
        _undo(told, "Take this name away", partial(cache.drop_name, one.name), f"unname_{one.cluster}")
    if max(len(view.mutes), len(view.names)) > SHOWN:
        parts.note(
            f"The first {SHOWN} of {count_of(len(view.mutes), 'mute')} and of {count_of(len(view.names), 'name')}. All: {COMMAND}"
        )
    if door.may_change():
        with st.popover("Join clusters under a name", key="join"):
            _show_name_form("", "")
    _show_history(view.changes)


def offer(view: ClusterView) -> None:
    """Draw what can be decided about one cluster."""
    cluster = view.cluster
    if cluster is None:
        return
    if view.muted:
        title = "Muted: it is not in the list of clusters" if cluster.muted else "Muted in part: the list counts the rest"
        parts.tell(title, [say_muted(view.muted)])
    if view.named:
        head = f"The team's own name for every text with {view.named.pattern}; it joins {count_of(len(view.joined), 'cluster')}:"
        parts.say([head, *(f"{shorten(j.template, 110)} ({j.count:,})" for j in view.joined)])
    if not door.may_change():
        return
    with st.container(horizontal=True, gap="small"):
        with st.popover("Mute …", key="mute"):
            _show_mute_form(cluster.id)
        with st.popover("Name and join …", key="name"):
            held = view.named
            _show_name_form(held.name if held else "", held.pattern if held else " ".join(cluster.template.split())[:900])


def history(view: ClusterView) -> None:
    """Draw what was decided about one cluster."""
    if view.history:
        parts.part("Decided about it")
        parts.say([_line(change) for change in view.history])


def _show_mute_form(cluster: str) -> None:
    with st.form("mute_form", border=False):
        reason = st.text_input("Why", placeholder="known, mended with the next deploy", max_chars=500)
        span = st.selectbox("For how long", list(SPANS), index=1)
        if st.form_submit_button("Mute this cluster"):
            parts.attempt(lambda: cache.mute(cluster, "", reason, SPANS[span]))
    parts.note("It leaves the list until then, counts stay whole, and the page says what it hides.")


def _show_name_form(name: str, pattern: str) -> None:
    with st.form(f"name_form_{name or pattern}", border=False):
        named = st.text_input("Name", value=name, max_chars=80, placeholder="database cannot be reached")
        written = st.text_area("Pattern", value=pattern, height=90, max_chars=1000, help=PATTERN_HELP)
        reason = st.text_input("Why", max_chars=500, placeholder="two wordings of one failure")
        with st.container(horizontal=True, gap="small"):
            checks, keeps = st.form_submit_button("Check"), st.form_submit_button("Check and keep", type="primary")
    if checks:
        with parts.guard():
            checked = cache.check_name(named, written)
            parts.say([checked.sentence, *(f"{t.count:,} of {t.of:,}: {shorten(t.template, 100)}" for t in checked.clusters)])
    if keeps:
        parts.attempt(lambda: cache.keep_name(named, written, reason))


PATTERN_HELP = "Plain text, <*> for anything, or /a regular expression/. Numbers are read as 0, so a pasted line finds its like."


def _undo(told: str, label: str, undo: Callable[[], object], key: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        parts.note(told)
        if door.may_change() and st.button(label, key=key, type="tertiary"):
            parts.attempt(undo)


def _show_history(changes: Sequence[Change]) -> None:
    """Draw the history, folded by HTML's own means."""
    if not changes:
        return
    lines = [*(_line(c) for c in changes[:SHOWN]), *([f"Older ones: {COMMAND}"] if len(changes) > SHOWN else [])]
    items = "".join(f"<li>{safe.html(line)}</li>" for line in lines)
    st.html(f'<details class="bs-fold"><summary>History ({len(changes):,})</summary><ul class="bs-list">{items}</ul></details>')


def _line(change: Change) -> str:
    return f"{say_time(change.ts)}{words.here(change.ts, st.context.timezone)}: {describe_change(change)}"
