"""Sources: can I trust this? What was read, skipped and masked, and what looks cut."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from lib.core import clustering, headlines, masks
from lib.core.model import Coverage, ImportRecord, Query, Skipped, Source, SourceState
from lib.core.settings import Settings
from lib.core.wording import count_of, say_duration, say_reasons
from lib.ports import Ports, StoreFacts, pin
from lib.views.window import count_skipped, newest_of_each, open_window, told_by_each

SHOWN = 100  # skipped entries of one reason: as many as one import keeps
SILENT_IMPORT = timedelta(minutes=5)  # an import says something at least every few seconds


@dataclass(frozen=True)
class SourcesView:
    """The page. skipped: counts by reason over all exports; skipped_rows: those kept, to be opened; masked: counts by rule."""

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


def load(ports: Ports, query: Query, now: datetime) -> SourcesView:
    """Return every source with its state, and what was left out."""
    stored = pin(ports)
    window = open_window(stored, query)
    records = stored.state.imports()
    exports = tuple(judge_source(r, now) for r in newest_of_each(records))
    settings = judge_settings(stored.settings)
    skipped, store = count_skipped(records), stored.entries.facts()
    return SourcesView(
        query=window.query,
        coverage=window.coverage,
        headline=headlines.of_sources(exports, store.entries, window.coverage) + say_settings(settings),
        sources=tuple(sorted((*settings, *exports), key=lambda s: (s.state is SourceState.OK, s.name))),
        imports=tuple(records),
        skipped=skipped,
        skipped_rows=tuple(row for reason in skipped for row in stored.state.skipped(reason, SHOWN)),
        masked=count_masked(records),
        store=store,
        rules={"clustering": str(clustering.RULES_VERSION), "masking": str(masks.RULES_VERSION)},
    )


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
