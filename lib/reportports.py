"""What reports need of the small state: notes, and frozen reports. The state store keeps both."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from lib.core.report.notes import Note
from lib.core.report.snapshots import Frozen


class ReportStore(Protocol):
    """Notes and frozen reports."""

    def add_note(self, note: Note) -> None:
        """Keep a note. The version counts up."""
        ...

    def delete_note(self, id: str, who: str, at: datetime) -> bool:
        """Note that a note was taken away, by whom and when; False when none of that id stands. The version counts up."""
        ...

    def notes(self) -> Sequence[Note]:
        """Return every note that was ever written, in order of writing, those that were taken away too."""
        ...

    def freeze(self, frozen: Frozen) -> None:
        """Keep a frozen report, once and for ever the same; those that ended before it was made are forgotten."""
        ...

    def frozen(self, id: str) -> Frozen | None:
        """Return the frozen report of an id, None without one; one that has ended may still be there."""
        ...

    def all_frozen(self) -> Sequence[Frozen]:
        """Return every frozen report that is still there, newest first."""
        ...

    def end_frozen(self, id: str, ends_at: datetime | None) -> bool:
        """Set when a frozen report's link ends, None: never; False when there is none of that id."""
        ...
