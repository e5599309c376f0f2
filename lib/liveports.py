"""What Blindspot needs of a log that is read while it grows. Tests use the real client against a server, so it has no fake."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import pyarrow as pa


@dataclass(frozen=True)
class Ask:
    """A page of entries, newest first: the half-open time [start, end), end None: to the newest; token: of the page before.

    received: only what the log has received since.
    """

    start: datetime
    end: datetime | None = None
    token: str = ""
    received: datetime | None = None


@dataclass(frozen=True)
class Page:
    """Entries as JSON texts, newest first; token "" after the last page. A page without entries can have a token.

    oldest, newest: times of the entries in it, cut to microseconds. server: the source's own time, None when it did not say.
    """

    lines: pa.LargeBinaryArray
    token: str = ""
    oldest: datetime | None = None
    newest: datetime | None = None
    server: datetime | None = None


class LiveLog(Protocol):
    """A log that is asked again and again, through one filter, within a quota of calls that it shares with others."""

    @property
    def name(self) -> str:
        """What people call it."""
        ...

    def page(self, ask: Ask) -> Page:
        """Return a page; what can pass was tried again. Errors: SourceUnavailable; PageExpired for a token that is too old."""
        ...

    def tail(self) -> Iterator[Page]:
        """Yield entries as they arrive, until the source ends it. Errors: SourceUnavailable; NotOffered."""
        ...

    def wait_s(self, spare: int = 0) -> float:
        """Return how long to wait for a call that leaves so many others for the same minute: 0.0 for none."""
        ...

    def calls(self) -> tuple[int, int]:
        """Return the calls of the last minute by everyone who shares the quota, and the quota."""
        ...
