"""Pages of a live log on their way into the store: decoded, masked, stitched, counted."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from lib import ingest
from lib.core.model import ImportRecord
from lib.ports import Chunk, Decoder, Ports


@dataclass(frozen=True)
class Counts:
    """What came of some reading, as in ImportRecord: read = added + duplicates + sum(skipped)."""

    added: int = 0
    duplicates: int = 0
    no_message: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)
    masked: Mapping[str, int] = field(default_factory=dict)

    @property
    def read(self) -> int:
        """Return the entries that came, each time that they came."""
        return self.added + self.duplicates + sum(self.skipped.values())

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.added + other.added,
            self.duplicates + other.duplicates,
            self.no_message + other.no_message,
            dict(Counter(self.skipped) + Counter(other.skipped)),
            dict(Counter(self.masked) + Counter(other.masked)),
        )


class Intake:
    """Takes pages and stores them. read: entries of the source that were counted before, so that places of skipped ones differ.

    twice: what comes here comes again later, so what cannot be read is left to be counted then.
    """

    def __init__(self, name: str, decoder: Decoder, ports: Ports, now: datetime, read: int = 0, *, twice: bool = False) -> None:
        self.decoder, self.ports, self.twice = decoder, ports, twice
        self.tally = ingest.Tally(ImportRecord("", f"live:{name}", name, "running", now, now, read=read))

    def take(self, lines: pa.LargeBinaryArray) -> None:
        """Decode a page; its entries wait for the next store."""
        if not len(lines):
            return
        chunk = Chunk(lines, self.tally.record.done + len(lines))
        decoded = self.decoder.decode(chunk)
        if self.twice:
            decoded = replace(decoded, read=decoded.entries.num_rows, faults=(), masked={})
        ingest.take(self.tally, decoded, chunk, self.ports)

    def waiting(self) -> int:
        """Return how many decoded rows are not stored yet."""
        return self.tally.waiting_rows()

    def store(self, more: bool, *, all_may_wait: bool = False) -> datetime | None:
        """Store what waits; return the newest time among the rows that are held back, None when none is.

        more: the rest of a stack trace may come, next to the row that came last; all_may_wait: as in core.traces.
        """
        ingest.store_waiting(self.tally, self.ports, more, all_may_wait=all_may_wait)
        held = self.tally.waiting
        return pc.max(held[0]["ts"]).as_py() if held else None

    def turn(self, floor: datetime | None) -> None:
        """Put the rows that wait in the order of time, so that what is held back is the newest; drop those before `floor`."""
        if self.tally.waiting:
            rows = pa.concat_tables(self.tally.waiting)
            kept = rows if floor is None else rows.filter(pc.greater_equal(rows["ts"], pa.scalar(floor, rows["ts"].type)))
            self.tally.waiting = [kept.sort_by("ts")] if kept.num_rows else []

    def take_counts(self) -> Counts:
        """Return what was counted since the last time."""
        record, skipped = self.tally.record, self.tally.record.skipped
        counts = Counts(record.added, record.duplicates, 0 if self.twice else record.no_message, skipped, record.masked)
        self.tally.record = replace(record, added=0, duplicates=0, no_message=0, skipped={}, masked={}, severities={})
        self.tally.wordless = self.tally.wordless.clear()
        return counts
