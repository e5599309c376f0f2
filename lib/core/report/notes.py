"""Notes that people write on the timeline of a postmortem. What was written is kept, and so is who took it away."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Note:
    """One note.

    ts:       the moment that it is about. written_at, who: when and by whom it was written; who "" when that was not said.
    service:  what it is about, "" for everything.
    deleted_at, deleted_by: when and by whom it was taken away; None while it stands.
    """

    id: str
    ts: datetime
    text: str
    who: str
    written_at: datetime
    service: str = ""
    deleted_at: datetime | None = None
    deleted_by: str = ""


def list_standing(notes: Iterable[Note], start: datetime, end: datetime, services: Sequence[str]) -> tuple[Note, ...]:
    """Return the notes about [start, end) and some services (none named: all) that were not taken away, in order of time."""
    found = [n for n in notes if n.deleted_at is None and start <= n.ts < end]
    about = [n for n in found if not services or not n.service or n.service in services]
    return tuple(sorted(about, key=lambda n: (n.ts, n.written_at, n.id)))
