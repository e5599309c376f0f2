"""The door: who is here, asked before anything else of a page runs, and again before anything is read or changed."""

import streamlit as st
from streamlit.errors import StreamlitAuthError

from lib import wiring
from lib.adapters.signin import DEFAULT
from lib.core.access import HOST, Bar, Barred, Person, Role, admit, say_barred
from lib.errors import BlindspotError
from lib.ui import safe, theme
from lib.ui.rules import rules


class NotAllowed(BlindspotError):
    """Somebody may not do what they asked for."""


def enter() -> None:
    """Go on for those who may come in; for anybody else draw why not, and nothing else."""
    try:
        found, trouble = visitor(), rules().trouble
    except BlindspotError as e:
        found, trouble = Barred(Bar.UNKNOWN), e
    if isinstance(found, Person):
        return
    _draw(found, trouble)
    st.stop()


def visitor() -> Person | Barred:
    """Return who is here, as their sign-in says it now. Errors: SettingsError when a sign-in is wanted and cannot be had."""
    held = rules()
    if held.sign_in is None:
        return HOST
    if held.trouble is not None:
        return Barred(Bar.NOBODY)
    return admit(st.user.to_dict(), held.access, wiring.utc_now())


def require() -> Person:
    """Return who is here. Errors: NotAllowed when they may not see anything."""
    found = visitor()
    if isinstance(found, Barred):
        raise NotAllowed(f"Nothing is shown: {found.why.value}.", hint="Load the page again.")
    return found


def may_change() -> bool:
    """Tell whether whoever is here may change what others see: buttons that do are drawn for nobody else."""
    found = visitor()
    return isinstance(found, Person) and found.role is Role.EDITOR


def require_editor() -> str:
    """Return the name of whoever is here, "" where nobody is asked. Errors: NotAllowed unless they may change things."""
    found = require()
    if found.role is not Role.EDITOR:
        contact = rules().access.contact or "whoever runs this Blindspot"
        raise NotAllowed("You may look, and not change anything.", hint=f"Ask {contact} to make you an editor.")
    return found.name


def show() -> None:
    """Draw who is signed in and the way out; nothing where nobody signs in."""
    found = visitor()
    if isinstance(found, Person) and found.name:
        with st.popover("Signed in", key="who", type="tertiary"):  # a label is live Markdown: no name stands in it
            can = "may look and change" if found.role is Role.EDITOR else "may look"
            st.html(f'<p class="bs-rests">{safe.html(found.name)}, {can}</p>')
            st.button("Sign out", key="sign_out", on_click=st.logout)


def _draw(barred: Barred, trouble: BlindspotError | None) -> None:
    """Draw the page of those who stay outside: our own HTML, for a name comes from elsewhere."""
    theme.apply()
    title, hint = say_barred(barred, rules().access.contact) if trouble is None else (trouble.message, trouble.hint)
    st.html(f'<h1 class="bs-title">Blindspot</h1><p class="bs-answer">{safe.html(title)}</p>')
    if hint:
        st.html(f'<p class="bs-rests">{safe.html(hint)}</p>')
    if trouble is None:
        _draw_ways(barred)


def _draw_ways(barred: Barred) -> None:
    sign_in = rules().sign_in
    if barred.why in (Bar.UNKNOWN, Bar.OLD) and sign_in is not None:
        for provider in sign_in.providers:
            if provider != DEFAULT:
                st.html(f'<p class="bs-rests">With {safe.html(provider)}:</p>')
            if st.button("Sign in", key=f"sign_in_{provider}", type="primary"):
                _sign_in(provider)
    elif barred.why is not Bar.UNKNOWN:
        st.button("Sign in as somebody else", key="sign_out", on_click=st.logout)


def _sign_in(provider: str) -> None:
    try:
        st.login(None if provider == DEFAULT else provider)
    except StreamlitAuthError:
        st.html('<p class="bs-rests">The sign-in is not set up as Streamlit needs it; docs/sign-in.md shows how.</p>')
