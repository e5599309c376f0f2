"""Frozen reports: made once, opened byte for byte the same for as long as their link leads somewhere."""

import secrets
from datetime import datetime, timedelta

from lib.core.report.comparing import compare_with_now
from lib.core.report.document import Document, read_text, write_text
from lib.core.report.snapshots import Frozen, is_id
from lib.core.wording import say_time
from lib.errors import BadQuery, StoreError
from lib.ports import Ports

ID_BYTES = 24  # 192 bits: nobody finds a link by trying
SPANS = {"never": None, "7 days": timedelta(days=7), "30 days": timedelta(days=30), "90 days": timedelta(days=90)}
NOT_THERE = "This link leads to no report: there never was one, or it has ended."
ASK = "Ask whoever gave it to you for a new one, or write the postmortem again from the window that it was about."


def freeze(ports: Ports, document: Document, now: datetime, ends_at: datetime | None = None, by: str = "") -> Frozen:
    """Keep a report as it is, behind an id that cannot be guessed, and return it. Errors: BadQuery for an end that is past."""
    if ends_at is not None and ends_at <= now:
        raise BadQuery(f"The link would end at {say_time(ends_at)}, which is past.", hint="Give an end that is still to come.")
    frozen = Frozen(make_id(), now, ends_at, document.kind.value, document.title, write_text(document), by)
    ports.state.freeze(frozen)
    return frozen


def make_id() -> str:
    """Return an id that nobody can guess, and that a command does not take for an option."""
    return next(id for id in iter(lambda: secrets.token_urlsafe(ID_BYTES), "") if id[0].isalnum())


def open_frozen(ports: Ports, id: str, now: datetime) -> Frozen:
    """Return a frozen report. Errors: BadQuery, the same for an id that is unknown, malformed, or of one that has ended."""
    found = ports.state.frozen(id) if is_id(id) else None
    if found is None or found.ended(now):
        raise BadQuery(NOT_THERE, hint=ASK)
    return found


def set_end(ports: Ports, id: str, ends_at: datetime | None, now: datetime) -> Frozen:
    """Set when a link ends: a time that is now or past ends it at once. Errors: BadQuery as open_frozen."""
    open_frozen(ports, id, now)
    ports.state.end_frozen(id, ends_at)
    found = ports.state.frozen(id)
    if found is None:
        raise StoreError("The report was removed while its end was set.", hint="It is gone; nothing more is to be done.")
    return found


def compare(ports: Ports, frozen: Document, now: Document) -> tuple[str, ...]:
    """Return what is different between a frozen report and the same question asked now, in sentences."""
    return compare_with_now(frozen, now, ports.state.aliases())


def read_document(frozen: Frozen) -> Document:
    """Return the report that was frozen. Errors: StoreError when a later Blindspot made it."""
    return read_text(frozen.text)


def say_frozen(frozen: Frozen, document: Document) -> str:
    """Return when a report was frozen and from what, and when its link ends."""
    ends = f"Its link ends at {say_time(frozen.ends_at)}." if frozen.ends_at else "Its link does not end by itself."
    entries = int(document.coverage.get("entries") or 0)
    by = f" by {frozen.by}" if frozen.by else ""
    return f"Frozen at {say_time(frozen.made_at)}{by} from {document.source}, {entries:,} entries in the window. {ends}"
