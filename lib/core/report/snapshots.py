"""Frozen reports: a text behind an id that cannot be guessed, until it ends."""

import re
from dataclasses import dataclass
from datetime import datetime

ID = re.compile(r"[A-Za-z0-9_-]{32}")  # 24 random bytes, 192 bits, as URLs write them


@dataclass(frozen=True)
class Frozen:
    """What is kept of a report: its text, byte for byte, when it was made, and when its link ends (None: never).

    by: who froze it, "" where nobody signs in.
    """

    id: str
    made_at: datetime
    ends_at: datetime | None
    kind: str
    title: str
    text: str
    by: str = ""

    def ended(self, now: datetime) -> bool:
        """Tell whether its link leads nowhere any more."""
        return self.ends_at is not None and self.ends_at <= now


def is_id(text: str) -> bool:
    """Tell whether a text can be the id of a frozen report."""
    return ID.fullmatch(text) is not None
