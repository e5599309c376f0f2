"""One stretch of time of a live log, read newest first; resumed by its page's token, or by time when that is too old."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from lib.collect.intake import Intake
from lib.core.collecting import Span
from lib.errors import PageExpired, SourceUnavailable
from lib.liveports import Ask, LiveLog, Page

TICK = timedelta(microseconds=1)
COMMIT_ROWS = 10_000  # some 15 MB in memory
COMMIT_S = 20.0  # a commit costs 45 ms and makes a file: not for every page
MOST_EXPIRED = 3  # tokens in a row that were too old, with nothing read in between


@dataclass
class Reading:
    """Reads [start, end). reached: how far down pages came; told: from where on everything is stored, and was said to be."""

    start: datetime
    end: datetime
    intake: Intake
    opened: float  # seconds of the clock that is given to `is_due`

    def __post_init__(self) -> None:
        self.upto, self.reached, self.told = self.end, self.end, self.end
        self.token, self.done, self.expired = "", False, 0

    @property
    def span(self) -> Span:
        """Return what this reading has not told yet."""
        return self.start, self.told

    def step(self, log: LiveLog, heed: Callable[[Page], None]) -> None:
        """Read one page. Errors: SourceUnavailable; then the same page is asked for again by the next step."""
        try:
            page = log.page(Ask(self.start, self.upto, self.token))
        except PageExpired as e:
            self._resume_by_time(e)
            return
        heed(page)
        self.intake.take(page.lines)
        if page.oldest is not None:
            self.reached, self.expired = max(self.start, min(self.reached, page.oldest)), 0
        self.token, self.done = page.token, not page.token

    def _resume_by_time(self, why: PageExpired) -> None:
        self.expired += 1
        if self.expired > MOST_EXPIRED:
            raise SourceUnavailable(f"A page cannot be had: its token is refused each time. {why.message}", permanent=False)
        self.token, self.upto = "", min(self.upto, self.reached + TICK)  # entries of the same moment may be on both pages

    def is_due(self, seconds: float) -> bool:
        """Tell whether what waits should be stored now."""
        return (
            self.done or self.intake.waiting() >= COMMIT_ROWS or (seconds - self.opened >= COMMIT_S and self.intake.waiting() > 0)
        )

    def store(self, seconds: float) -> Span | None:
        """Store what waits; return the span of which everything is stored by it, None when it holds no whole moment."""
        held = self.intake.store(more=not self.done)
        self.opened = seconds
        low = self.start if self.done else max(held or self.reached, self.reached) + TICK
        span, self.told = (low, self.told), min(low, self.told)
        return span if span[0] < span[1] else None
