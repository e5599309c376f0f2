"""Who may come in, and who may change what others see: judged anew each time from what a sign-in said and what the team set."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from lib.core.settings import AccessSettings

ADDRESS = re.compile(r"[a-z0-9._%+'-]{1,64}@([a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+)")
"""An address in lower case, and its domain. ASCII alone, before it is lowered: the Kelvin sign in lower case is a plain k."""
GOOGLE = ("https://accounts.google.com", "accounts.google.com")


class Role(StrEnum):
    """What a person may do: look, or also mute, name, note and freeze."""

    VIEWER = "viewer"
    EDITOR = "editor"


class Bar(StrEnum):
    """Why somebody stays outside."""

    UNKNOWN = "nobody has signed in"
    OLD = "the sign-in is too old"
    NAMELESS = "the sign-in names no plain address"
    UNVERIFIED = "the address was never verified"
    NOBODY = "the settings let nobody in"
    STRANGER = "the address is on no list"


@dataclass(frozen=True)
class Person:
    """Somebody who may come in. name: their address, "" where nobody is asked who they are."""

    name: str
    role: Role


@dataclass(frozen=True)
class Barred:
    """Somebody who may not. name: their address as far as it is known."""

    why: Bar
    name: str = ""


HOST = Person("", Role.EDITOR)
"""Whoever opens a dashboard without sign-in: it answers this machine alone, or those whom something else lets through."""


def admit(claims: Mapping[str, object], access: AccessSettings, now: datetime) -> Person | Barred:
    """Return who a sign-in's claims let in, or why not. claims: an id_token's, with Streamlit's own "is_logged_in"."""
    if claims.get("is_logged_in") is not True:
        return Barred(Bar.UNKNOWN)
    told = str(claims.get("email") or "").strip()
    name = told.lower() if told.isascii() else ""
    found = ADDRESS.fullmatch(name)
    if not found:
        return Barred(Bar.NAMELESS)
    if not is_verified(claims.get("email_verified")):
        return Barred(Bar.UNVERIFIED, name)
    if not is_fresh(claims.get("iat"), access.session, now):
        return Barred(Bar.OLD, name)
    if not access.names_somebody:
        return Barred(Bar.NOBODY, name)
    domain = found[1] if owns_domain(claims, found[1]) else ""
    if name in access.editors or domain in access.editors:
        return Person(name, Role.EDITOR)
    if name in access.addresses or domain in access.domains:
        return Person(name, Role.VIEWER)
    return Barred(Bar.STRANGER, name)


def is_verified(told: object) -> bool:
    """Tell whether a provider vouches for an address: by a truth, or by the word, as some write it."""
    return told is True or told == "true"


def is_fresh(issued: object, session: timedelta, now: datetime) -> bool:
    """Tell whether a token was issued (seconds since 1970) no longer ago than a session may last."""
    if isinstance(issued, bool) or not isinstance(issued, int | float):
        return False
    return now.timestamp() - issued < session.total_seconds()


def owns_domain(claims: Mapping[str, object], domain: str) -> bool:
    """Tell whether the provider speaks for a domain: Google does only where it says so in "hd".

    A private Google account can carry a company's address that was verified once, and outlive the job that it came with.
    """
    return claims.get("iss") not in GOOGLE or str(claims.get("hd") or "").lower() == domain


def say_barred(barred: Barred, contact: str) -> tuple[str, str]:
    """Return what somebody who stays outside is told, and what to do next; contact: whom to ask, "" when nobody is named."""
    who, ask = barred.name or "You", f"Ask {contact or 'whoever runs this Blindspot'}"
    if barred.why is Bar.UNKNOWN:
        return "Sign in to see what your services' logs say.", ""
    if barred.why is Bar.OLD:
        return "It is a while since you signed in.", "Sign in again: you come back to this page."
    if barred.why is Bar.NOBODY:
        return f"{who} may not come in: no settings say who may.", f"{ask} to name domains or addresses under [access]."
    if barred.why is Bar.NAMELESS:
        return "Your sign-in tells no plain email address, so nobody can say who you are.", f"{ask}, or sign in as somebody else."
    if barred.why is Bar.UNVERIFIED:
        return (
            f"{who} was never verified by those who signed you in.",
            f"Verify it there, or sign in as somebody else. {ask} if you cannot.",
        )
    return f"{who} may not come in here.", f"{ask} to let you in, or sign in as somebody else."
