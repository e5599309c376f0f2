"""One cluster from inside: its template, its figures, where it ran, and entries to read."""

from collections.abc import Sequence

import streamlit as st

from lib.core.model import Cluster, Entry
from lib.core.variables import Variable, Variables
from lib.core.wording import count_of, say_reasons, say_time
from lib.ui import address, parts, safe, tables, words
from lib.ui.link import Link
from lib.views.cluster import ClusterView

OPEN_SAMPLES = 5  # the rest is folded: a page of stack traces hides what comes after it


def way_back(link: Link) -> None:
    """Draw the way back to the list."""
    st.button("← All clusters", key="back", type="tertiary", on_click=address.change, args=(link,), kwargs={"cluster": ""})


def moved(view: ClusterView) -> None:
    """Tell that an older link's cluster has another id now."""
    if view.moved_from and view.cluster:
        parts.tell(
            "This link is older than the cluster's id", [f"It says {view.moved_from}; the cluster is {view.cluster.id} now."]
        )


def template(view: ClusterView) -> None:
    """Draw the template with its variable parts set off."""
    pieces = "".join(
        f'<span class="bs-var" title="varies">{safe.html(piece.text.strip() or "…")}</span>'
        if piece.variable
        else safe.html(piece.text)
        for piece in view.parts
    )
    st.html(f'<pre class="bs-template" tabindex="0" aria-label="Template; parts in boxes vary">{pieces}</pre>')


def facts(cluster: Cluster) -> None:
    """Draw a cluster's figures."""
    zone = st.context.timezone
    parts.facts(
        {
            "kind": words.KIND_SIGNS[cluster.kind],
            "priority": cluster.reason,
            "count": f"{count_of(cluster.count, 'entry', 'entries')}, {words.share(cluster.share)} of the window",
            "of its services": ", ".join(
                f"{words.share(p)} of {words.named(s)}" for s, p in list(cluster.of_service.items())[:4]
            ),
            "since the last deploy": words.newness(cluster.new_in),
            "first": say_time(cluster.first) + words.here(cluster.first, zone),
            "last": say_time(cluster.last) + words.here(cluster.last, zone),
            "severities": say_reasons(cluster.severities),
            "revisions": f"{cluster.revisions:,}" if cluster.revisions else "not known",
            "instances": f"{cluster.instances:,}" if cluster.instances else "not known",
            **({"written by": cluster.location} if cluster.location else {}),
            **({"exception": cluster.exception} if cluster.exception else {}),
            "cluster": cluster.id,
        }
    )


def variables(found: Variables) -> None:
    """Draw the commonest values of each variable part; they are log text, so our own HTML makes them inert."""
    if not found.parts:
        return
    parts.part("What varies")
    if found.read < found.entries:
        whole = count_of(found.entries, "entry", "entries")
        parts.note(f"Read off {found.read:,} of {whole}; the others do not fit the template word by word.")
    parts.say([_describe(variable) for variable in found.parts])


def _describe(variable: Variable) -> str:
    """Return a variable part as a sentence: "Part 1, 3 different: 503 (40), 502 (7), 500 (1)"."""
    values = ", ".join(f"{safe.plain(value.text) or 'nothing'} ({value.count:,})" for value in variable.values)
    more = ", …" if variable.distinct > len(variable.values) else ""
    return f"Part {variable.position}, {variable.distinct:,} different: {values}{more}"


def lives(view: ClusterView) -> None:
    """Draw the revisions and instances that wrote it."""
    left, right = st.columns(2)
    with left:
        parts.part(f"Revisions ({_of_all(view.revisions, view.cluster.revisions if view.cluster else 0)})")
        tables.lives(view.revisions, "revision")
    with right:
        parts.part(f"Instances ({_of_all(view.instances, view.cluster.instances if view.cluster else 0)})")
        tables.lives(view.instances, "instance")


def _of_all(shown: Sequence[object], found: int) -> str:
    """Return how many are shown, and of how many when there are more."""
    return f"{len(shown):,} of {found:,}" if found > len(shown) else f"{len(shown):,}"


def stack(text: str) -> None:
    """Draw a stack trace whose lines are entries of their own, as it was written."""
    if text:
        parts.part("Newest trace, from its lines")
        st.code(safe.plain(text), language=None, wrap_lines=True)


def samples(entries: Sequence[Entry], title: str = "Newest entries", more: bool = False) -> None:
    """Draw entries, newest first: all of their text is code, which nothing in it can leave. more: there are more than these."""
    if entries:
        parts.part(f"{title} ({len(entries)}{', and more' if more else ''})")
    for place, entry in enumerate(entries[:OPEN_SAMPLES]):
        _sample(entry, place)
    if rest := entries[OPEN_SAMPLES:]:
        with st.expander(f"{len(rest)} more"):
            for place, entry in enumerate(rest, start=OPEN_SAMPLES):
                _sample(entry, place)


def _sample(entry: Entry, place: int) -> None:
    when = say_time(entry.ts) + words.here(entry.ts, st.context.timezone)
    told = (when, words.named(entry.service), entry.environment, entry.revision, entry.severity)
    st.html(f'<p class="bs-sample">{safe.html(" · ".join(part for part in told if part))}</p>')
    st.code(safe.plain(entry.message) or "(no message)", language=None, wrap_lines=True)
    with st.container(horizontal=True, gap="small"):
        with st.popover("Payload", key=f"payload_{place}"):
            st.code(safe.plain(entry.payload), language="json", wrap_lines=True)
        if entry.link:
            st.link_button("Open in Logs Explorer ↗", entry.link, key=f"explore_{place}", type="tertiary")
