"""Source -> decode and mask -> store, in bounded pieces; every entry is accounted for, and starting again adds nothing twice."""

import hashlib
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from lib.core import clustering
from lib.core.cuts import judge_cut
from lib.core.frames import ENTRY_KEY
from lib.core.masks import RULES_VERSION
from lib.core.model import ImportRecord, Skipped
from lib.core.traces.splittraces import stitch
from lib.errors import BlindspotError
from lib.ports import Chunk, Decoded, Decoder, LogSource, Ports

COMMIT_ROWS = 40_000  # some 55 MB in memory; a commit costs about 50 ms however few rows it holds
DECODERS = 2  # chunks decoded at once, each with the engines' own threads
KNOWN_TEXTS = 100_000  # texts remembered during an import, so that each is shaped once
KEPT_PER_REASON = 100  # skipped entries kept to be opened, for each export and reason; all are counted

Progress = Callable[[ImportRecord], None]
Clock = Callable[[], datetime]


@dataclass
class Tally:
    """What has been counted of one import so far."""

    record: ImportRecord
    waiting: list[pa.Table] = field(default_factory=list)
    texts: set[str] = field(default_factory=set)  # whose shapes the catalog knows
    stored: int = 0  # bytes of the source of which every entry is stored
    kept: Counter[str] = field(default_factory=Counter)
    wordless: pl.Series = field(default_factory=lambda: pl.Series(dtype=pl.UInt64))  # entries without a message: their keys

    def waiting_rows(self) -> int:
        """Return how many decoded rows are not stored yet."""
        return sum(t.num_rows for t in self.waiting)


def import_source(
    source: LogSource, decoder: Decoder, ports: Ports, clock: Clock, on_progress: Progress = lambda _: None
) -> ImportRecord:
    """Read a source from its start into the store and return what came of it; clock returns the time in aware UTC.

    Errors: those of the store. What was stored until then stays, and importing again adds only the rest. A source that cannot be
    read to its end is no error: what could be read is kept, and the record's `broken` says what happened.
    """
    started = clock()
    identity = hashlib.sha256(f"{source.fingerprint}{started.isoformat()}".encode()).hexdigest()[:16]
    tally = Tally(ImportRecord(identity, source.fingerprint, source.name, "running", started, started, source.size))
    ports.state.save_import(tally.record)
    failures: list[BlindspotError] = []
    with ThreadPoolExecutor(DECODERS) as pool:
        for chunk, decoded in decode_ahead(pool, decoder, until_failure(source.chunks(), failures)):
            take(tally, decoded, chunk, ports)
            if tally.waiting_rows() >= COMMIT_ROWS:
                commit(tally, ports, clock, more=True)
            on_progress(tally.record)
    commit(tally, ports, clock)
    tally.record = finish(tally.record, clock, failures)
    ports.state.save_import(tally.record)
    return tally.record


def until_failure(chunks: Iterator[Chunk], failures: list[BlindspotError]) -> Iterator[Chunk]:
    """Yield chunks until the source fails, and note how it did."""
    try:
        yield from chunks
    except BlindspotError as e:
        failures.append(e)


def decode_ahead(pool: ThreadPoolExecutor, decoder: Decoder, chunks: Iterator[Chunk]) -> Iterator[tuple[Chunk, Decoded]]:
    """Yield chunks with what they decode to, in order, while the next ones are decoded."""
    ahead: deque[tuple[Chunk, Future[Decoded]]] = deque()
    for chunk in chunks:
        ahead.append((chunk, pool.submit(decoder.decode, chunk)))
        if len(ahead) > DECODERS:
            first, future = ahead.popleft()
            yield first, future.result()
    for chunk, future in ahead:
        yield chunk, future.result()


def take(tally: Tally, decoded: Decoded, chunk: Chunk, ports: Ports) -> None:
    """Count a decoded chunk; its entries wait for the next commit, its faults are kept at once."""
    record, entries = tally.record, decoded.entries
    faults = Counter(f.reason for f in decoded.faults)
    rows = []
    for fault in decoded.faults:
        tally.kept[fault.reason] += 1
        if tally.kept[fault.reason] <= KEPT_PER_REASON:
            rows.append(Skipped(record.name, record.fingerprint, fault.reason, record.read + fault.number + 1, fault.text))
    ports.state.save_skipped(rows)
    tally.wordless = pl.concat([tally.wordless, find_wordless(entries)]).unique()
    severities = Counter({v["values"]: v["counts"] for v in pc.value_counts(entries["severity"]).to_pylist()})
    times = pc.min_max(entries["ts"]).as_py()
    tally.record = replace(
        record,
        done=chunk.position,
        read=record.read + decoded.read,
        no_message=len(tally.wordless),
        skipped=dict(Counter(record.skipped) + faults),
        masked=dict(Counter(record.masked) + Counter(decoded.masked)),
        rules=RULES_VERSION,
        severities=dict(Counter(record.severities) + severities),
        first=min(filter(None, (record.first, times["min"])), default=None),
        last=max(filter(None, (record.last, times["max"])), default=None),
    )
    if entries.num_rows:
        tally.waiting.append(entries)


def find_wordless(entries: pa.Table) -> pl.Series:
    """Return a number for each entry without a message, the same for the same entry: one that comes twice is counted once."""
    keys = entries.select([*ENTRY_KEY, "message"]).filter(pc.is_null(entries["message"]))
    return pl.DataFrame(keys).select(ENTRY_KEY).hash_rows().rename("")


def find_shapes(texts: Iterable[str]) -> set[str]:
    """Return the shapes of collapsed texts."""
    distinct = pl.Series("collapsed", sorted(texts), pl.String)
    return set(clustering.find_shapes(distinct).to_list()) if len(distinct) else set()


def commit(tally: Tally, ports: Ports, clock: Clock, more: bool = False) -> None:
    """Store what waits, once each, and save the import's record; more: the source goes on."""
    if tally.waiting:
        store_waiting(tally, ports, more)
        tally.record = replace(tally.record, updated=clock())
        ports.state.save_import(tally.record)


def store_waiting(tally: Tally, ports: Ports, more: bool = False, *, all_may_wait: bool = False) -> None:
    """Store what waits, once each; the catalog learns its shapes first, so that no page meets a shape without a template.

    more: the source goes on. Then the last rows go on waiting: the rest of a stack trace may come. all_may_wait: as in `stitch`.
    """
    if not tally.waiting:
        return
    batch, held = stitch(pa.concat_tables(tally.waiting), more, all_may_wait=all_may_wait)
    learn_shapes(tally, batch, ports)
    record = tally.record
    added = ports.entries.append(batch, (record.fingerprint, tally.stored if held.num_rows else record.done))
    tally.waiting = [held] if held.num_rows else []
    tally.stored = record.done
    tally.record = replace(record, added=record.added + added, duplicates=record.duplicates + batch.num_rows - added)


def learn_shapes(tally: Tally, batch: pa.Table, ports: Ports) -> None:
    """Add the shapes of a batch's new texts to the catalog."""
    new = set(pc.unique(batch["collapsed"]).drop_null().to_pylist()) - tally.texts
    ports.state.add_shapes(find_shapes(new), clustering.merge_shapes, clustering.cluster_id)
    tally.texts = (tally.texts if len(tally.texts) < KNOWN_TEXTS else set()) | new


def finish(record: ImportRecord, clock: Clock, failures: list[BlindspotError]) -> ImportRecord:
    """Return the record of a finished import, judged: was it read to its end, does the export look cut?"""
    suspect = judge_cut(record.name, record.entries, record.severities, record.first, record.last)
    broken, hint = (failures[0].message, failures[0].hint) if failures else ("", "")
    return replace(record, state="done", updated=clock(), suspect=suspect, broken=broken, hint=hint)
