"""The Postmortem page: a report drawn as a document, with notes between its lines; and one that was frozen."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import streamlit as st

from lib.core.model import Query
from lib.core.report import webpage
from lib.core.report.document import Document
from lib.core.report.exporting import FORMS, Format, file_name
from lib.core.report.notes import Note, list_standing
from lib.core.report.snapshots import Frozen
from lib.core.wording import say_time, shorten
from lib.errors import BlindspotError
from lib.ui import address, cache, door, parts, reportlook, safe, theme
from lib.ui.link import Link, parse_time
from lib.ui.link import address as address_of
from lib.views import notes as notes_view
from lib.views import report as report_view
from lib.views import snapshots

FROZEN, COMPARED, NAME = "postmortem_frozen", "postmortem_compared", "postmortem_name"
SOURCES = {False: "this store", True: "the recorded incident, not from your own logs"}


@dataclass(frozen=True)
class View:
    """A report on the page; frozen: what was kept of it, None when it is as known now."""

    document: Document
    frozen: Frozen | None = None

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing was read and nothing is known."""
        return not self.document.coverage.get("entries") and not self.document.facts.gaps


def load(link: Link) -> View:
    """Return the report of a link's window, services and environments."""
    asked = link.query
    query = Query(asked.start, asked.end, asked.services, asked.environments)
    return View(_document(query, cache.versions(), cache.mutes_in_force()))


@st.cache_data(show_spinner="Writing the postmortem …", max_entries=20)
def _document(query: Query, at: cache.Versions, mutes: tuple[object, ...]) -> Document:
    return report_view.load(cache.ports(), query, cache.now(), source=SOURCES[at.recorded], asked=cache.report_parts(query))


def open_frozen(link: Link) -> View:
    """Return a frozen report. Errors: BadQuery, the same for every id that leads nowhere."""
    frozen = snapshots.open_frozen(cache.own_ports(), link.snapshot, cache.now())
    return View(snapshots.read_document(frozen), frozen)


def head(view: View) -> None:
    """Draw the summary, and what makes its counts too low."""
    reportlook.apply()
    parts.answer(view.document.summary)
    parts.tell("Counts on this page may be too low", list(view.document.coverage.get("suspect") or ()))


def frozen_head(view: View) -> None:
    """Say on top that this is frozen, since when, from what and until when; then the summary."""
    if view.frozen is None:
        return
    st.html(f'<h1 class="bs-title bs-title-long">{safe.html(view.document.title)}</h1>')
    told = snapshots.say_frozen(view.frozen, view.document)
    st.html(f'<div class="bs-told" role="status"><strong>❄ {safe.html(told)}</strong></div>')
    head(view)


# ---- tools


def tools(view: View) -> None:
    """Draw what can be done with a report: freeze it, and save it in a form."""
    with st.container(horizontal=True, gap="small", key="report_tools"):
        if door.may_change():
            with st.popover("Freeze", key="report_freeze", help="Keep this report as it is, behind a link that can be sent"):
                parts.note("All of it is kept: figures, sentences, evidence, samples. It opens when the entries have expired.")
                ends = st.selectbox("The link ends after", list(snapshots.SPANS), key="report_ends")
                st.button(
                    "Freeze this report", type="primary", key="report_freezes", on_click=_freeze, args=(view.document, ends)
                )
                _tell_frozen(view.document)
        _downloads(view)


def _freeze(document: Document, ends: str) -> None:
    now, span = cache.now(), snapshots.SPANS[ends]
    try:
        by = _writer()
        frozen = snapshots.freeze(cache.own_ports(), document, now, now + span if span else None, by)
    except BlindspotError as e:
        st.session_state[FROZEN] = document.title, e
        return
    st.session_state[FROZEN] = document.title, frozen.id


def _tell_frozen(document: Document) -> None:
    """Say where the report of this window is that was frozen last."""
    title, done = st.session_state.get(FROZEN, ("", None))
    if title != document.title:
        return
    if isinstance(done, BlindspotError):
        parts.card(done.message, done.hint)
    else:
        st.html('<p class="bs-rests" role="status">Frozen. Whoever may open this dashboard can open it with this link:</p>')
        st.code(safe.plain(address_of(Link(snapshot=done), st.context.url)), language=None, wrap_lines=True)
        st.page_link("pages/postmortem.py", label="Open it", query_params={"snapshot": done})


def _downloads(view: View) -> None:
    with st.popover("Save as", key="report_save", help="Markdown, one HTML file that prints well, JSON, or the tables as CSV"):
        for form, how in FORMS.items():
            st.download_button(
                how.title,
                partial(_write, view, form),
                file_name(view.document, form),
                how.media,
                key=f"report_save_{form.value}",
                on_click="ignore",
            )
        parts.note("To print, print this page or the HTML file.")


def _write(view: View, form: Format) -> bytes:
    if form is Format.JSON and view.frozen:
        return view.frozen.text.encode() + b"\n"  # byte for byte what was frozen
    return FORMS[form].write(view.document)


def frozen_tools(view: View) -> None:
    """Draw what can be done with a frozen report: save it, compare it with now, and set when its link ends."""
    frozen, document = view.frozen, view.document
    if frozen is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="report_tools"):
        with st.popover("Copy link", key="bar_copy"):
            st.code(safe.plain(address_of(Link(snapshot=frozen.id), st.context.url)), language=None, wrap_lines=True)
        _downloads(view)
        if st.button("Compare with now", key="report_compare"):
            st.session_state[COMPARED] = frozen.id
        if door.may_change():
            with st.popover("When its link ends", key="report_end"):
                ends = st.selectbox("The link ends, from now on, after", list(snapshots.SPANS), key="report_ends")
                st.button("Set", key="report_sets", on_click=_set_end, args=(frozen.id, ends))
                st.button("End it now", key="report_ends_now", on_click=_set_end, args=(frozen.id, None))
        if document.start and document.end:
            window = Link(Query(document.start, document.end, document.services, document.environments))
            st.page_link("pages/postmortem.py", label="This window as it is known now", query_params=address.scope_params(window))
    if st.session_state.get(COMPARED) == frozen.id:
        with parts.guard():
            _compare(frozen, document)


def _set_end(id: str, ends: str | None) -> None:
    now = cache.now()
    span = snapshots.SPANS[ends] if ends else None
    with parts.guard():
        _writer()
        snapshots.set_end(cache.own_ports(), id, now if ends is None else now + span if span else None, now)


def _compare(frozen: Frozen, document: Document) -> None:
    if document.source != SOURCES[cache.recorded()]:
        parts.tell("It cannot be compared", [f"It was made from {document.source}, which is not what is shown now"])
        return
    query = Query(document.start, document.end, document.services, document.environments)
    today = _document(query, cache.versions(), cache.mutes_in_force())
    parts.tell(f"Since {say_time(frozen.made_at)}", snapshots.compare(cache.ports(), document, today))


# ---- the document


def body(view: View, notes: Callable[[], None] = lambda: None) -> None:
    """Draw the document's parts in order; what people write stands after the timeline."""
    with st.container(key="report"):
        for section in view.document.sections:
            if section.chart:
                st.html(f"<h2>{safe.html(section.title)}</h2>")
                picture = webpage.write_svg(section.chart, reportlook.colours(theme.kind()))
                st.image(picture, width="stretch", alt=section.chart.title)
                parts.note(section.chart.title)
            st.html(webpage.write_section(section))
            if section.name == "timeline":
                notes()
        made = view.document.made_at
        parts.note(f"Made at {say_time(made)} from {view.document.source}.")


def notes(view: View) -> None:
    """Draw the form for a note, and the way to take each away."""
    document = view.document
    if document.start is None or document.end is None or not door.may_change():
        return
    with st.container(horizontal=True, gap="small", key="report_notes"):
        with st.popover("Add a note to the timeline", key="report_note"):
            _note_form(document)
        standing = list_standing(cache.ports().state.notes(), document.start, document.end, document.services)
        if standing:
            with st.popover(f"Take a note away ({len(standing)})", key="report_unnote"):
                for note in standing:
                    _offer_removal(note)


def _note_form(document: Document) -> None:
    with st.form("note", clear_on_submit=True, border=False):
        at = st.text_input("When (UTC)", placeholder=f"{document.start:%Y-%m-%d %H:%M:%S}", key="note_at")
        text = st.text_area("What happened, or what was done", max_chars=notes_view.LONGEST_NOTE, key="note_text")
        who = _writer() or st.text_input("Your name", max_chars=notes_view.LONGEST_NAME, key=NAME)
        kept = st.form_submit_button("Keep this note", type="primary")
    if kept:
        parts.attempt(lambda: _keep(document, at, text, who))


def _keep(document: Document, at: str, text: str, who: str) -> None:
    _writer()
    ts = parse_time(at, utc=True)
    if ts is None:
        raise BlindspotError(f"“{shorten(at, 40)}” is not a time.", hint="Write it as 2026-09-16 06:00, in UTC.")
    if document.start and document.end and not document.start <= ts < document.end:
        raise BlindspotError("The note's time is not in this window.", hint="Give a time in the window, or open another one.")
    notes_view.add_note(cache.ports(), ts, text, who, cache.now())


def _offer_removal(note: Note) -> None:
    parts.note(f"{say_time(note.ts)}: {shorten(note.text, 80)} ({note.who or 'no name'})")
    if st.button("Take it away", key=f"unnote_{note.id}", type="tertiary"):
        parts.attempt(lambda: notes_view.delete_note(cache.ports(), note.id, _writer(), cache.now()))


def _writer() -> str:
    """Return who changes something here, "" where nobody signs in; all that is kept asks this first. Errors: NotAllowed."""
    return door.require_editor()
