"""What every view does first: settle the window, count what it rests on, and find the cluster of every text in it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import polars as pl
import pyarrow as pa

from lib.core import clustering, questions
from lib.core.collecting import Stretch
from lib.core.curation import Named, give_names, settle
from lib.core.model import Coverage, ImportRecord, Query, TrendPoint
from lib.core.rollup import MINUTE_S, Rollup, roll_up
from lib.core.upkeep import Expiry, find_expiry
from lib.errors import BadQuery
from lib.ports import Ports, Readers
from lib.views.live import Live

if TYPE_CHECKING:
    import ibis.expr.types as ir

BUCKETS_S = (1, 5, 10, 30, 60, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 604800)
MOST_BUCKETS = 60  # more bars than this do not read at a glance
TICK = timedelta(microseconds=1)  # what ENTRIES can tell apart
CALENDAR = (
    datetime(1970, 1, 1, tzinfo=UTC),
    datetime(2200, 1, 1, tzinfo=UTC),
)  # no entry lies outside; there is room to look back


@dataclass(frozen=True)
class Window:
    """A settled question: `query` with both times set, its entries, and what the answer rests on.

    bucket_s is 0 and entries None when nothing is stored.
    """

    query: Query
    coverage: Coverage
    entries: "ir.Table | None"
    bucket_s: int
    rollup: Rollup = field(repr=False)

    @property
    def bounds(self) -> tuple[datetime, datetime]:
        """Both ends of the time of a window that holds entries."""
        assert self.query.start is not None
        assert self.query.end is not None
        return self.query.start, self.query.end


@dataclass(frozen=True)
class Labels:
    """The cluster of each collapsed text: `table` (collapsed, cluster) for the engine, `templates` by cluster.

    The table's column `own` is the cluster that the text would be in without names.
    named: the clusters that have a name of the team's own; moved: {id: the named cluster that took all of its texts}.
    """

    table: pa.Table
    templates: Mapping[str, str]
    named: Mapping[str, Named] = field(default_factory=dict)
    moved: Mapping[str, str] = field(default_factory=dict)

    def only(self, kept: pl.Series) -> "Labels":
        """Return the labels of some of the texts; kept holds a boolean for each."""
        return replace(self, table=self.table.filter(kept.to_arrow()))


def open_window(stored: Ports | Readers, query: Query) -> Window:
    """Return the query's window, as far as the store reaches where the query leaves it open. Errors: BadQuery."""
    if query.start and query.end and query.start >= query.end:
        raise BadQuery("The window ends before it begins.", hint="Give a from that lies before the to.")
    query = replace(query, start=bound(query.start), end=bound(query.end, TICK))
    records, expiry = stored.state.imports(), find_expiry(stored.state.chores())
    live = Live.of(stored)
    first, last = heard_span(stored, live)
    sources = Coverage(
        skipped=live.add_skipped(count_skipped(records)),
        watermark=max([*(r.last for r in records if r.last), *live.newest], default=None),
        left_out=live.left_out,
    )
    if first is None or last is None:
        suspect = (*find_suspects(records, None, None), *live.say_failing(None))
        before = expiry.before if expiry else None
        nothing = replace(sources, suspect=suspect, start=query.start, end=query.end, expired=before)
        return Window(query, nothing, None, 0, stored.entries.rollup(*CALENDAR))
    asked = query.start or min(first, query.end - TICK if query.end else first)
    end = query.end or max(last, asked) + TICK
    start, expired = keep_within(expiry, first, asked, end) if query.start else (asked, None)
    settled = replace(query, start=start, end=end)
    rollup = stored.entries.rollup(start, end).about(settled)
    counted = rollup.totals.select("count", wordless=pl.col("collapsed").is_null())
    coverage = replace(
        sources,
        entries=int(counted["count"].sum()),
        no_message=int(counted.filter("wordless")["count"].sum()),
        suspect=(*find_suspects(records, start, end), *live.say_failing(end)),
        start=start,
        end=end,
        unread=find_unread(records, start, end, expiry, live.stretches),
        expired=expired,
    )
    return Window(settled, coverage, questions.within(settled, start, end), choose_bucket(end - start), rollup)


def bound(ts: datetime | None, least: timedelta = timedelta(0)) -> datetime | None:
    """Return a time within CALENDAR, so much after its start at least; None for none."""
    return None if ts is None else max(CALENDAR[0] + least, min(ts, CALENDAR[1] - TICK + least))


def keep_within(expiry: Expiry | None, first: datetime, start: datetime, end: datetime) -> tuple[datetime, datetime | None]:
    """Return where a window begins of which older entries may have expired, and up to when they have; None when none has.

    first: the oldest entry stored: what was read again after it had expired is there again. A window that ends before anything is
    kept stays as it was asked.
    """
    kept = min(expiry.before, first) if expiry else start
    return (start if kept >= end else max(start, kept)), (kept if kept > start else None)


def heard_span(stored: Ports | Readers, live: Live) -> tuple[datetime | None, datetime | None]:
    """Return the times of the oldest and newest entry, the later one no earlier than when a live source was last heard."""
    first, last = stored.entries.span()
    return first, last and max([last, *live.heard])


def choose_bucket(span: timedelta) -> int:
    """Return the smallest handy bucket, in seconds, that cuts a span into no more than MOST_BUCKETS."""
    return next((b for b in BUCKETS_S if span.total_seconds() <= b * MOST_BUCKETS), BUCKETS_S[-1])


def newest_of_each(records: Iterable[ImportRecord]) -> list[ImportRecord]:
    """Return the newest import of each export: importing again reads the same lines, it does not lose them twice."""
    return list({r.fingerprint: r for r in sorted(records, key=lambda r: r.started)}.values())


def told_by_each(records: Iterable[ImportRecord]) -> list[ImportRecord]:
    """Return the import of each export that tells most of it: the newest that came to its end, else the newest."""
    known = list(records)
    return list(
        {r.fingerprint: r for r in [*newest_of_each(known), *newest_of_each(r for r in known if r.state == "done")]}.values()
    )


def find_unread(
    records: Iterable[ImportRecord],
    start: datetime,
    end: datetime,
    expiry: Expiry | None = None,
    live: Iterable[Stretch] = (),
) -> tuple[tuple[datetime, datetime], ...]:
    """Return the stretches of [start, end) of which no source is kept, in order.

    What is kept: of an export from its own first to its last entry, of live sources the given stretches; neither what expired.
    """
    kept = [(expiry.clip(r.first, r.started) if expiry else r.first, r.last + TICK) for r in records if r.first and r.last]
    kept += [(max(s.start, expiry.before) if expiry else s.start, s.end) for s in live]
    spans = sorted((first, last) for first, last in kept if first < last > start and first < end)
    if not spans and expiry and end <= expiry.before:
        return ((start, end),)
    unread, reached = [], start
    for first, last in spans:
        if first > reached:
            unread.append((reached, first))
        reached = max(reached, last)
    return tuple([*unread, (reached, end)] if spans and reached < end else unread)


def count_skipped(records: Iterable[ImportRecord]) -> dict[str, int]:
    """Return skipped entries by reason over all exports, each counted once."""
    return dict(sum((Counter(r.skipped) for r in told_by_each(records)), Counter[str]()))


def find_suspects(records: Iterable[ImportRecord], start: datetime | None, end: datetime | None) -> tuple[str, ...]:
    """Return what makes the counts in [start, end) too low, a sentence each: exports that look cut or were not read to their end.

    Without a window: of all exports.
    """
    told: list[str] = []
    for record in told_by_each(records):
        outside = start and end and record.first and record.last and not (record.first < end and record.last >= start)
        if not outside:
            told += [s for s in (say_unfinished(record), record.broken, record.suspect) if s]
    return tuple(told)


def say_unfinished(record: ImportRecord) -> str:
    """Return a sentence when an import has not come to its end, else ""."""
    if record.state == "done":
        return ""
    part = f"{record.done / record.size:.0%} of" if record.size else f"{record.read:,} entries of"
    return f"Only {part} '{record.name}' is read so far: there are more entries than these."


def find_labels(stored: Readers, window: Window, *, heed_names: bool = True) -> Labels:
    """Return the cluster of every text of a window; names of the team's own go before what was found.

    Source: the catalog; a shape that it does not hold yet (its import is still running) is merged here and now.
    """
    return label_texts(stored, window.rollup.totals["collapsed"].drop_nulls().unique(), heed_names=heed_names)


def label_texts(stored: Readers, texts: pl.Series, *, heed_names: bool = True) -> Labels:
    """Return the cluster of each of some distinct collapsed texts."""
    shapes = clustering.find_shapes(texts)
    catalog = dict(stored.state.shapes())
    if unknown := set(shapes.unique().to_list()) - catalog.keys():
        catalog = dict(clustering.merge_shapes([*catalog, *unknown]))
    templates = {t: clustering.cluster_id(t) for t in {catalog[s] for s in shapes.unique().to_list()}}
    found = pl.Series("cluster", [templates[catalog[s]] for s in shapes.to_list()], pl.String)
    named = standing_names(stored) if heed_names else ()
    given = give_names(texts, found, named)
    columns = {"collapsed": texts, "cluster": given, "own": found}
    table = pa.table({name: column.to_arrow().cast(pa.string()) for name, column in columns.items()})
    left = set(given.to_list())
    used = {one.cluster: one for one in named if one.cluster in left}
    moved = {old: new for old, new in zip(found.to_list(), given.to_list(), strict=True) if old != new and old not in left}
    names = {cluster: one.name for cluster, one in used.items()}
    return Labels(table, {cluster: template for template, cluster in templates.items()} | names, used, moved)


def standing_names(stored: Ports | Readers) -> tuple[Named, ...]:
    """Return the names of the team's own, the oldest first."""
    return settle(stored.state.changes(), datetime.max.replace(tzinfo=UTC)).named


def count_buckets(stored: Readers, window: Window, bucket_s: int) -> pl.DataFrame:
    """Return the entries of a window by `bucket` and rollup.SERIES: count, first, last; buckets under a minute are asked anew."""
    if bucket_s % MINUTE_S == 0:
        return window.rollup.by_bucket(bucket_s)
    assert window.entries is not None
    return pl.DataFrame(stored.entries.answer(roll_up(window.entries, bucket_s))).rename({"minute": "bucket"})


def as_points(rows: pl.DataFrame) -> tuple[TrendPoint, ...]:
    """Return rows of bucket (seconds since the epoch) and count as a trend, oldest first."""
    return as_trends(rows.select(pl.lit("").alias("of"), "bucket", "count"), "of").get("", ())


def as_trends(rows: pl.DataFrame, key: str) -> dict[str, tuple[TrendPoint, ...]]:
    """Return the trend of each value of a column of texts; a row is one bucket of one of them, with its count."""
    times = {b: datetime.fromtimestamp(b, UTC) for b in rows["bucket"].unique().to_list()}
    trends: dict[str, list[TrendPoint]] = {}
    for of, bucket, count in rows.sort("bucket").select(key, "bucket", "count").iter_rows():
        trends.setdefault(of, []).append(TrendPoint(times[bucket], count))
    return {of: tuple(points) for of, points in trends.items()}
