"""Notes on a postmortem's timeline: written and taken away by people, who are named."""

import secrets
from datetime import datetime

from lib.core.masks.text import mask_text
from lib.core.report.notes import Note
from lib.core.wording import count_of
from lib.errors import BadQuery
from lib.ports import Ports

LONGEST_NOTE, LONGEST_NAME = 2_000, 120  # characters


def add_note(ports: Ports, ts: datetime, text: str, who: str, now: datetime, service: str = "") -> Note:
    """Keep a note about a moment, without the secrets that a pasted line may carry. Errors: BadQuery."""
    if ts.tzinfo is None:
        raise BadQuery("The note's time does not say in which time zone it is.", hint="Write it as 2026-09-16T06:00:00Z.")
    words, named, about = clean(text, "note", LONGEST_NOTE), clean_name(who), clean_name(service, "service's name")
    if not words:
        raise BadQuery("The note is empty.", hint="Write what happened, or what was done.")
    note = Note(secrets.token_hex(6), ts, mask_text(words), named, now, about)
    ports.state.add_note(note)
    return note


def delete_note(ports: Ports, id: str, who: str, now: datetime) -> None:
    """Take a note away; that it was, and who did it, is kept. Errors: BadQuery when none of that id stands."""
    if not ports.state.delete_note(id, clean_name(who), now):
        standing = sum(n.deleted_at is None for n in ports.state.notes())
        raise BadQuery(f"No note has the id '{id[:40]}'.", hint=f"`python -m lib notes` lists {count_of(standing, 'note')}.")


def clean(text: str, what: str, longest: int) -> str:
    """Return a text of a person, lines kept. Errors: BadQuery when it is too long or holds what cannot be read."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if len(plain) > longest:
        raise BadQuery(f"The {what} has {len(plain):,} characters.", hint=f"At most {longest:,} are kept: link to the rest.")
    if not plain.replace("\n", "").replace("\t", "").isprintable():
        raise BadQuery(f"The {what} holds signs that cannot be read.", hint="Use plain text.")
    return plain


def clean_name(text: str, what: str = "name") -> str:
    """Return a name on one line, "" for none. Errors: BadQuery."""
    plain = clean(text, what, LONGEST_NAME)
    if "\n" in plain:
        raise BadQuery(f"The {what} has more than one line.", hint="Use plain text on one line.")
    return plain
