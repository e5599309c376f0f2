"""The strip on every page: how old the newest entry of each live source is, and whether we are behind."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from lib.core.collecting import SourceKind
from lib.core.freshness import Freshness, judge_freshness, say_trouble, worst_first
from lib.core.model import SourceState
from lib.core.upkeep import Chore, Duty
from lib.ports import Ports, Readers

SHOWN = 2  # sources named in the strip, the worst first; the page Sources has them all
ALIVE = timedelta(hours=24)  # a source that nobody has read for a day is history: windows end with its entries again


@dataclass(frozen=True)
class FreshnessView:
    """sources: every live one, the worst first; more: how many the strip leaves out; trouble: a sentence, "" when all is well.

    live: whether windows reach to now, because something is being read, or should be.
    """

    sources: tuple[Freshness, ...]
    shown: tuple[Freshness, ...]
    more: int
    trouble: str
    live: bool

    @property
    def failing(self) -> bool:
        """Whether a source that is to be read is not."""
        return any(source.state is SourceState.FAILING for source in self.sources)


def load(ports: Ports | Readers, now: datetime) -> FreshnessView:
    """Return how fresh every live source is; nothing is shown where there are imports alone."""
    records, collector = ports.state.sources(), ports.state.chores().get(Duty.COLLECTOR)
    dead = [_as_freshness(collector)] if collector and collector.state is SourceState.FAILING else []
    found = worst_first([*dead, *(judge_freshness(record, now) for record in records)])
    told = tuple(f for f in found if f.kind is SourceKind.LOGGING or f.state is SourceState.FAILING)
    reading = [r for r in records if r.kind is SourceKind.LOGGING and r.following and r.state is not SourceState.OFF]
    live = any(abs(now - r.heartbeat) < ALIVE for r in reading if r.heartbeat)
    return FreshnessView(found, told[:SHOWN], len(told[SHOWN:]), say_trouble(told), live)


def _as_freshness(collector: Chore) -> Freshness:
    """Return a collector that died as what it is for a reader: nothing of any source is read until it runs again."""
    kind = SourceKind.LOGGING
    return Freshness("the collector", kind, SourceState.FAILING, None, None, "ended", collector.message, collector.hint)
