"""What the live sources of entries add to an answer: until when they were asked, what they read, what they leave out."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from lib.core.collecting import SourceKind, SourceRecord, Stretch, find_missing
from lib.core.model import SourceState
from lib.ports import Ports, Readers


@dataclass(frozen=True)
class Live:
    """The sources that are read live and are not off, and the stretches that were read completely."""

    sources: tuple[SourceRecord, ...]
    stretches: tuple[Stretch, ...]

    @classmethod
    def of(cls, stored: Ports | Readers) -> "Live":
        """Return what is stored of them."""
        found = [s for s in stored.state.sources() if s.kind is SourceKind.LOGGING]
        names = {s.name for s in found}
        stretches = tuple(s for s in stored.state.stretches() if s.source in names) if found else ()
        return cls(tuple(s for s in found if s.state is not SourceState.OFF), stretches)

    @property
    def newest(self) -> list[datetime]:
        """The newest entry of each."""
        return [s.newest for s in self.sources if s.newest]

    @property
    def heard(self) -> list[datetime]:
        """When each was last known to be read, or known to refuse: that far a window reaches, entries or none."""
        return [s.heartbeat for s in self.sources if s.heartbeat]

    @property
    def left_out(self) -> tuple[str, ...]:
        """What their filters leave out, a sentence each."""
        return tuple(dict.fromkeys(s.left_out for s in self.sources if s.left_out))

    def add_skipped(self, skipped: Mapping[str, int]) -> dict[str, int]:
        """Return skipped entries by reason with those of the live sources."""
        return dict(sum((Counter(s.skipped) for s in self.sources), Counter(skipped)))

    def say_failing(self, end: datetime | None) -> tuple[str, ...]:
        """Return a sentence for each source that fails and was not read up to the end of a window (None: any)."""
        failing = [s for s in self.sources if s.state is SourceState.FAILING]
        late = [s for s in failing if end is None or s.watermark is None or s.watermark < end]
        return tuple(f"{s.name} is not being read: {s.message}" for s in late)

    def find_holes(self, start: datetime, end: datetime) -> list[tuple[datetime, datetime, str]]:
        """Return what of [start, end) was not read of a source, since it is read at all: (from, to, why)."""
        holes = []
        for source in self.sources:
            mine = [s for s in self.stretches if s.source == source.name]
            begun = min([*(s.start for s in mine), *((source.since,) if source.since else ())], default=source.started)
            if begun is None or max(begun, start) >= end:
                continue
            for a, b in find_missing(mine, max(begun, start), end):
                open_end = b >= end and source.state is SourceState.FAILING
                why = source.message if open_end else "it was not read, or not yet."
                holes.append((a, b, f"{source.name}: {why}"))
        return holes
