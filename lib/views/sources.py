"""Sources: can I trust this? What was read, skipped and masked, and what looks cut."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from lib.core import clustering, headlines, masks, questions
from lib.core.collecting import SourceKind, SourceRecord
from lib.core.freshness import Freshness, judge_freshness, say_trouble, worst_first
from lib.core.model import Coverage, ImportRecord, Query, Skipped, Source, SourceState
from lib.core.settings import Settings
from lib.core.upkeep import Chore
from lib.core.wording import count_of, say_duration, say_reasons
from lib.ports import Ports, Readers, StoreFacts, pin
from lib.views.live import Live
from lib.views.window import count_skipped, newest_of_each, open_window, told_by_each

SHOWN = 100  # skipped entries of one reason: as many as one import keeps
RATE = timedelta(minutes=10)  # long enough for a quiet service, short enough to be now
PROJECT = re.compile(r"(?:projects/)?([^/]+)")
SILENT_IMPORT = timedelta(minutes=5)  # an import says something at least every few seconds


@dataclass(frozen=True)
class LiveRow:
    """A source that is read live: as every source, as its reader left it, and judged as it stands now.

    per_min: entries a minute over the last RATE that were read completely; None where that is not known.
    """

    source: Source
    record: SourceRecord
    fresh: Freshness
    per_min: float | None = None


@dataclass(frozen=True)
class SourcesView:
    """The page. skipped: counts by reason over all sources; skipped_rows: those kept, to be opened; masked: counts by rule.

    live: the sources that are read live, the worst first; they stand in `sources` too. upkeep: what is done beside reading.
    """

    query: Query
    coverage: Coverage
    headline: str
    sources: tuple[Source, ...]
    imports: tuple[ImportRecord, ...]
    skipped: Mapping[str, int]
    skipped_rows: tuple[Skipped, ...]
    masked: Mapping[str, int]
    store: StoreFacts
    rules: Mapping[str, str]  # name of a set of rules: its version
    live: tuple[LiveRow, ...] = ()
    upkeep: tuple[Chore, ...] = ()


def load(ports: Ports, query: Query, now: datetime) -> SourcesView:
    """Return every source with its state, and what was left out."""
    stored = pin(ports)
    window = open_window(stored, query)
    records = stored.state.imports()
    live = judge_live(stored, now)
    sources = (*(row.source for row in live), *(judge_source(r, now) for r in newest_of_each(records)))
    settings, trouble = judge_settings(stored.settings), say_trouble([row.fresh for row in live])
    skipped, store = Live.of(stored).add_skipped(count_skipped(records)), stored.entries.facts()
    return SourcesView(
        query=window.query,
        coverage=window.coverage,
        headline=headlines.of_sources(sources, store.entries, window.coverage, len(live), trouble) + say_settings(settings),
        sources=tuple(sorted((*settings, *sources), key=lambda s: (s.state is SourceState.OK, s.name))),
        imports=tuple(records),
        skipped=skipped,
        skipped_rows=tuple(row for reason in skipped for row in stored.state.skipped(reason, SHOWN)),
        masked=add_counts(count_masked(records), *(row.record.masked for row in live)),
        store=store,
        rules={"clustering": str(clustering.RULES_VERSION), "masking": str(masks.RULES_VERSION)},
        live=live,
        upkeep=tuple(sorted(stored.state.chores().values(), key=lambda c: c.duty)),
    )


def judge_live(stored: Readers, now: datetime) -> tuple[LiveRow, ...]:
    """Return the sources that are read live, judged now, the worst first."""
    records = {r.name: r for r in stored.state.sources()}
    rates = count_rates(stored, list(records.values()))
    rows = []
    for fresh in worst_first([judge_freshness(r, now) for r in records.values()]):
        record = records[fresh.name]
        told = (fresh.state, record.watermark, fresh.age, fresh.sentence, fresh.hint)
        rows.append(LiveRow(Source(record.name, record.kind.value, *told, record.added), record, fresh, rates.get(record.name)))
    return tuple(rows)


def count_rates(stored: Readers, records: Sequence[SourceRecord]) -> dict[str, float]:
    """Return entries a minute by the source's name, of projects alone: an entry does not say through which folder it came."""
    ends = {r.name: r.watermark for r in records if r.kind is SourceKind.LOGGING and r.watermark and PROJECT.fullmatch(r.name)}
    if not ends:
        return {}
    asked = questions.within(Query(), min(ends.values()) - RATE, max(ends.values()))
    counted = pl.DataFrame(stored.entries.answer(questions.count_by_bucket(asked, 60, "project")))
    rates = {}
    for name, end in ends.items():
        inside = pl.col("bucket").is_between((end - RATE).timestamp(), end.timestamp(), closed="left")
        mine = counted.filter(inside & (pl.col("project") == name.removeprefix("projects/")))
        rates[name] = int(mine["count"].sum()) / (RATE.total_seconds() / 60)
    return rates


def add_counts(*counts: Mapping[str, int]) -> dict[str, int]:
    """Return counts added up, most frequent first."""
    total = sum((Counter(c) for c in counts), Counter[str]())
    return dict(sorted(total.items(), key=lambda r: (-r[1], r[0])))


def judge_settings(settings: Settings) -> tuple[Source, ...]:
    """Return a failing source for each setting that cannot be used: what it would bring is unknown."""
    return tuple(
        Source(f"settings: {t.section or 'all'}", "settings", SourceState.FAILING, None, None, t.message, t.hint, 0)
        for t in settings.troubles
    )


def say_settings(troubled: Sequence[Source]) -> str:
    """Return how many settings cannot be used, as the end of a headline."""
    return f" {count_of(len(troubled), 'setting')} cannot be used." if troubled else ""


def judge_source(record: ImportRecord, now: datetime) -> Source:
    """Return how an export is doing: read whole, still being read, or given up; whole, but looking cut."""
    state, message, hint = _judge_end(record) if record.state == "done" else _judge_progress(record, now - record.updated)
    age = now - record.last if record.last else None
    return Source(record.name, "export", state, record.last, age, message, hint, record.entries)


def _judge_end(record: ImportRecord) -> tuple[SourceState, str, str]:
    skipped = f" Skipped: {say_reasons(record.skipped)}." if record.skipped else ""
    if record.broken:
        return SourceState.FAILING, record.broken + skipped, record.hint
    if record.suspect:
        return SourceState.STALE, record.suspect + skipped, "Export this window again, in shorter pieces or without a limit."
    return SourceState.OK, f"Read whole: {count_of(record.read, 'entry', 'entries')}.{skipped}", ""


def _judge_progress(record: ImportRecord, silent: timedelta) -> tuple[SourceState, str, str]:
    part = f"{record.done / record.size:.0%} of it" if record.size else count_of(record.read, "entry", "entries")
    if silent < SILENT_IMPORT:
        return SourceState.STALE, f"Being read: {part} so far.", ""
    hint = "Import it again: what is stored already is not stored twice."
    return SourceState.FAILING, f"Stopped after {part}, {say_duration(silent)} ago.", hint


def count_masked(records: Sequence[ImportRecord]) -> dict[str, int]:
    """Return what was masked by rule over all exports, each counted once, most frequent first."""
    total: dict[str, int] = {}
    for record in told_by_each(records):
        for rule, count in record.masked.items():
            total[rule] = total.get(rule, 0) + count
    return dict(sorted(total.items(), key=lambda r: (-r[1], r[0])))
