"""Entries that came after their stretch had been read: asked for by when Google received them, which costs one call a minute."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from lib.errors import SourceRefused, SourceUnavailable
from lib.liveports import Ask, LiveLog, Page

EVERY_S = 60.0
APART = timedelta(seconds=30)  # received by so much later than written, at least: others would be found here again
LATEST = timedelta(days=1)  # Google takes entries that are older than that, but whoever writes them does not expect to be heard
MOST_PAGES = 5


class Latecomers:
    """Looks for what was received since the look before the last one, and written before it.

    Every entry that comes more than LATENESS after its time falls into one of these looks: those that come sooner are there when
    their stretch is read.
    """

    def __init__(self, log: LiveLog, heard: datetime) -> None:
        self.log, self.before, self.last, self.due = log, heard, heard, 0.0
        self.refused = ""  # why the log cannot be asked like that

    def is_due(self, seconds: float) -> bool:
        """Tell whether it is time for a look."""
        return not self.refused and seconds >= self.due

    def pages(self, now: datetime, seconds: float) -> Iterator[Page]:
        """Yield the pages of a look. Errors: SourceUnavailable; then it is done again.

        A log that does not understand the question is not asked it again: all else goes on without it.
        """
        token = ""
        for _ in range(MOST_PAGES):
            try:
                page = self.log.page(Ask(self.before - LATEST, self.before - APART, token, received=self.before))
            except SourceUnavailable as e:
                if not e.permanent or isinstance(e, SourceRefused):
                    raise
                self.refused = e.message
                return
            yield page
            token = page.token
            if not token:
                break
        self.before, self.last, self.due = self.last, now, seconds + EVERY_S
