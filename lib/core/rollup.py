"""Entries counted by minute and by what tells them apart: what most questions need, in fewer rows the more entries are alike.

A series is all entries alike in SERIES; a cell is one series in one minute. Counts, firsts and lasts add up, so the roll-up of
several files is the sum of theirs, and a file that never changes is rolled up once.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from lib.core.activity import FAILED, PLACE, added, count_activity, rebin
from lib.core.frames import UTC_MICROSECONDS
from lib.core.model import Query
from lib.core.questions import bucket_of, tells_all
from lib.core.rollouts.deployquestions import BIN_S, ROLLOUT
from lib.core.sentry.questions_tracking import ABOUT, OWN, RAW
from lib.core.sentry.sentrysigns import HINT

if TYPE_CHECKING:
    import ibis.expr.types as ir

VERSION = 2  # of what is kept beside the store: one more with every change of SERIES, CELLS, their order or what is marked
MINUTE_S, COARSE_S = 60, 1800
BUCKETS = 1 << 34  # more than the seconds since the epoch of any entry
NUMBER = pl.UInt32
# What tells entries apart. collapsed: null without a message. status: of a request, "ok" under 500, "failed" from there on, ""
# where none is known. sendable: an error that a working SDK would have sent, as far as its own text tells. telling: whether the
# message says what happened (questions.tells_all).
SERIES = ("service", "environment", "revision", "origin", "severity", "collapsed", "status", "sendable", "telling")
FLAGS = ("sendable", "telling")
SERIES_SCHEMA = pa.schema([pa.field(name, pa.bool_() if name in FLAGS else pa.string()) for name in SERIES])
# minute: its start in seconds since the epoch; first, last: times of entries.
CELLS_SCHEMA = pa.schema(
    [
        pa.field("minute", pa.int64()),
        pa.field("count", pa.int64()),
        pa.field("first", UTC_MICROSECONDS),
        pa.field("last", UTC_MICROSECONDS),
    ]
)


class Piece:
    """Cells that stay as they are, for one file say; what is added up of them is added up once.

    cells: series (a number), minute, count, first, last; a series has one row a minute.
    """

    def __init__(self, cells: pl.DataFrame) -> None:
        self.cells = cells
        self.active: pl.DataFrame | None = None

    @cached_property
    def span(self) -> tuple[datetime, datetime] | None:
        """The times of the first and the last entry, None without any."""
        first, last = self.cells["first"].min(), self.cells["last"].max()
        return (first, last) if isinstance(first, datetime) and isinstance(last, datetime) else None

    def overlaps(self, start: datetime, end: datetime) -> bool:
        """Return whether the span reaches into [start, end)."""
        return self.span is not None and self.span[0] < end and self.span[1] >= start

    def lies_in(self, start: datetime, end: datetime) -> bool:
        """Return whether every entry is in [start, end)."""
        return self.span is None or (start <= self.span[0] and self.span[1] < end)

    def clip(self, start: datetime, end: datetime) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Return the cells that lie in [start, end), and those that only a part of may."""
        first, last = pl.col("first"), pl.col("last")
        torn = ((first < start) & (last >= start)) | ((first < end) & (last >= end))
        return self.cells.filter(first >= start, last < end), self.cells.filter(torn)

    @cached_property
    def totals(self) -> pl.DataFrame:
        """A row a series: series, count, first, last."""
        return add_up(self.cells, "series")

    @cached_property
    def coarse(self) -> pl.DataFrame:
        """The same as cells by COARSE_S."""
        return add_up_buckets(in_buckets(self.cells, COARSE_S), "series")

    @cached_property
    def bins(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """The series, bin of BIN_S and count of cells: those of a series that stand together in a bin are one."""
        series, bin = self.cells["series"].to_numpy().astype(np.int64), self.cells["minute"].to_numpy() // BIN_S * BIN_S
        first = np.flatnonzero((np.diff(series, prepend=-1) != 0) | (np.diff(bin, prepend=-1) != 0))
        count = self.cells["count"].to_numpy()
        return series[first], bin[first], np.add.reduceat(count, first) if len(first) else count

    def activity(self, series: pl.DataFrame) -> pl.DataFrame:
        """Return what Rollup.activity does, of this piece; series: a row for each number, as in Rollup."""
        if self.active is None:
            self.active = count_activity(self.cells, series)
        return self.active


@dataclass(frozen=True)
class Rollup:
    """Cells of a stretch of time.

    series: a row a series, in order of its number from 0: `series` and SERIES; some may have no cell here.
    chosen: the rows of it that are asked about.
    told: what by_bucket answered, by seconds.
    """

    series: pl.DataFrame
    pieces: tuple[Piece, ...]
    chosen: pl.DataFrame
    told: dict[int, pl.DataFrame] = field(default_factory=dict, repr=False, compare=False)

    def about(self, query: Query) -> Rollup:
        """Return the cells of the query's services and environments."""
        if not query.services and not query.environments:
            return self
        kept = self.chosen
        if query.services:
            kept = kept.filter(pl.col("service").is_in(query.services))
        if query.environments:
            kept = kept.filter(pl.col("environment").is_in(query.environments))
        return replace(self, chosen=kept, told={})

    @cached_property
    def totals(self) -> pl.DataFrame:
        """A row a series that is asked about and has entries: series, count, first, last and SERIES."""
        return add_up(pl.concat([p.totals for p in self.pieces]), "series").join(self.chosen, on="series", maintain_order="left")

    def by_bucket(self, seconds: int) -> pl.DataFrame:
        """Return the same by `bucket`, in seconds since the epoch; seconds: whole minutes."""
        if seconds not in self.told:
            rows = self.sum_by(seconds, self.chosen.select("series", number="series")).rename({"number": "series"})
            self.told[seconds] = rows.join(self.chosen, on="series", maintain_order="left")
        return self.told[seconds]

    def sum_by(self, seconds: int, groups: pl.DataFrame) -> pl.DataFrame:
        """Return count, first and last by bucket and by what `groups` says of each series: its columns beside `series`.

        Series that are not in `groups` are not counted. Numbers are grouped, and words are joined to the few rows that are left.
        """
        keys = [c for c in groups.columns if c != "series"]
        names = groups.select(keys).unique(maintain_order=True).with_row_index("group")
        numbered, group = groups.join(names, on=keys, nulls_equal=True), np.full(len(self.series), -1)
        group[numbered["series"].to_numpy()] = numbered["group"].to_numpy()
        cells = [p.coarse if seconds % COARSE_S == 0 else p.cells for p in self.pieces]
        parts = [c.with_columns(group=pl.Series(group[c["series"].to_numpy()])).filter(pl.col("group") >= 0) for c in cells]
        kept = [in_buckets(part, seconds, "group") for part in parts]
        return add_up_buckets(pl.concat(kept), "group").join(names, on="group", maintain_order="left").drop("group")

    @cached_property
    def activity(self) -> pl.DataFrame:
        """What was served and written by service, environment, revision and minute (`bucket`), without audit entries.

        entries: all, the warnings and errors among them, and first and last; requests, and those answered under 500; served:
        those not known to have failed; own: entries of the service's own code, and the failed and the wordless among them; first
        and last of the served and of the own ones, null without any.
        """
        joined = pl.concat([p.activity(self.series) for p in self.pieces])
        if len(self.chosen) < len(self.series):
            joined = joined.join(self.chosen.select(*PLACE[:2]).unique(), on=PLACE[:2], how="semi")
        return joined.group_by(*PLACE, "bucket").agg(*added(joined))

    @cached_property
    def activity_by_bin(self) -> pl.DataFrame:
        """The same by BIN_S."""
        return rebin(self.activity, BIN_S)

    def split(self, group: NDArray[np.int64]) -> dict[int, tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]]:
        """Return by group the bin, series and count of cells, not summed; group: of each series, under 0 for none.

        For what is counted on a grid anyhow: that is many times cheaper than grouping.
        """
        series, bins, count = (np.concatenate(columns) for columns in zip(*(p.bins for p in self.pieces), strict=True))
        # Short numbers are sorted by their digits, in a time that grows with their count alone.
        small = np.uint16 if group.max(initial=0) < np.iinfo(np.uint16).max else np.int64
        key = (group + 1).astype(small)[series]
        order = np.argsort(key, kind="stable")
        ordered = [cells[order] for cells in (bins, series, count)]
        sizes = np.bincount(key)
        ends = np.cumsum(sizes)
        spans = {int(n) - 1: slice(ends[n] - sizes[n], ends[n]) for n in np.flatnonzero(sizes) if n}
        return {n: (ordered[0][span], ordered[1][span], ordered[2][span]) for n, span in spans.items()}


def number(cells: pl.DataFrame, series: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return cells with the numbers of their series in place of SERIES, and all series: new ones get the next numbers."""
    new = cells.select(SERIES).unique(maintain_order=True).join(series, on=SERIES, how="anti", nulls_equal=True)
    numbers = pl.int_range(len(series), len(series) + len(new), dtype=NUMBER, eager=True)
    known = pl.concat([series, new.select(numbers.alias("series"), *SERIES)])
    return cells.join(known, on=SERIES, how="left", nulls_equal=True).select("series", *CELLS_SCHEMA.names), known


def no_series() -> pl.DataFrame:
    """Return no series."""
    return pl.DataFrame(SERIES_SCHEMA.empty_table()).select(pl.lit(None, NUMBER).alias("series"), *SERIES)


def no_cells() -> pl.DataFrame:
    """Return no cells."""
    return pl.DataFrame(CELLS_SCHEMA.empty_table()).select(pl.lit(None, NUMBER).alias("series"), *CELLS_SCHEMA.names)


def add_up(rows: pl.DataFrame, *keys: str) -> pl.DataFrame:
    """Return the sum of cells by keys."""
    return rows.group_by(keys).agg(pl.col("count").sum(), pl.col("first").min(), pl.col("last").max())


def add_up_buckets(rows: pl.DataFrame, key: str) -> pl.DataFrame:
    """Return the sum of cells by a number and `bucket`: made one number, they are grouped several times faster than two."""
    both = rows.select("count", "first", "last", both=pl.col(key).cast(pl.Int64) * BUCKETS + pl.col("bucket"))
    number, bucket = (pl.col("both") // BUCKETS).cast(NUMBER).alias(key), (pl.col("both") % BUCKETS).alias("bucket")
    return add_up(both, "both").select(number, bucket, "count", "first", "last")


def in_buckets(cells: pl.DataFrame, seconds: int, key: str = "series") -> pl.DataFrame:
    """Return cells with their `bucket` in place of a finer one."""
    finer = "bucket" if "bucket" in cells.columns else "minute"
    return cells.select(key, bucket=pl.col(finer) // seconds * seconds, count="count", first="first", last="last")


def in_order(cells: pl.DataFrame) -> pl.DataFrame:
    """Return cells with SERIES such that those of a series stand together: they are added up several times faster."""
    return cells.sort(*SERIES, "minute")


def cut_minute(minute: int, start: datetime, end: datetime) -> tuple[datetime, datetime]:
    """Return the part of a minute, given by its start in seconds since the epoch, that lies in [start, end)."""
    at = datetime.fromtimestamp(minute, UTC)
    return max(start, at), min(end, at + timedelta(seconds=MINUTE_S))


def roll_up(t: ir.Table, seconds: int = MINUTE_S) -> ir.Table:
    """Return cells of ENTRIES, with SERIES in every row; seconds: what `minute` then is a multiple of."""
    import ibis

    status = ibis.cases((t.http_status.isnull(), ""), (t.http_status < 500, "ok"), else_="failed")
    keyed = t.mutate(minute=bucket_of(t, seconds), status=status, sendable=is_sendable(t), telling=tells_all(t).fill_null(False))
    return keyed.group_by([*SERIES, "minute"]).aggregate(count=keyed.count(), first=keyed.ts.min(), last=keyed.ts.max())


def is_sendable(t: ir.Table) -> ir.BooleanValue:
    """Return whether a working SDK would have sent an entry: an error of the service's own code.

    Not what a runtime prints of an exception that nobody logged, nor a trace that is about Sentry itself.
    """
    import ibis

    failed = (t.service != "") & t.origin.isin(OWN) & t.severity.isin(FAILED) & t.message.notnull()
    raw = (t.origin == "stderr") & t.message.re_search(RAW)
    about = (t.exception != "") & t.message.re_search(ABOUT)
    return ibis.cases((~failed, False), else_=~raw & ~about)  # so that the expressions run on errors alone


def is_marked(t: ir.Table) -> ir.BooleanValue:
    """Return whether an entry tells of deploys or error tracking, so that it is asked for itself: few are."""
    import ibis

    rollout = (t.origin == "system") & t.message.startswith(ROLLOUT)
    own = t.origin.isin(OWN) & t.message.notnull()
    hinted = t.collapsed.re_search(HINT) | ((t.exception != "") & t.message.re_search(HINT))
    return (t.origin == "audit") | rollout.fill_null(False) | ibis.cases((~own, False), else_=hinted)
