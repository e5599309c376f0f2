"""How often, by time: counts or rates by bucket, in which what was not read is missing and never zero."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import polars as pl

BUCKETS_S = (60, 300, 900, 1800, 3600, 10800, 21600, 43200, 86400)  # a minute to a day
MOST_BUCKETS = 120  # more points than this do not read at a glance
MOST_SERIES = 8  # more lines than this cannot be told apart
REST = "others"


class By(StrEnum):
    """What a chart has a line for."""

    SERVICE = "service"
    SEVERITY = "severity"
    KIND = "kind"
    CLUSTER = "cluster"


class Rate(StrEnum):
    """What a count is divided by."""

    COUNT = "count"
    PER_REQUEST = "per_request"
    PER_MINUTE = "per_minute"


@dataclass(frozen=True)
class Point:
    """The value of the bucket that starts at `ts`; None when it is missing: not read, or nothing at all was heard."""

    ts: datetime
    value: float | None


@dataclass(frozen=True)
class Series:
    """One line of a chart, oldest point first, without holes in time; total counts its entries."""

    name: str
    points: tuple[Point, ...]
    total: int


@dataclass(frozen=True)
class OverlayPoint:
    """The value of the bucket that starts `since` after the deploy; None when it is missing."""

    since: timedelta
    value: float | None


@dataclass(frozen=True)
class Overlay:
    """A window laid over others: by the time since its deploy."""

    name: str
    start: datetime
    points: tuple[OverlayPoint, ...]


def choose_bucket(span: timedelta) -> int:
    """Return the smallest bucket, in seconds, that cuts a span into no more than MOST_BUCKETS."""
    return next((b for b in BUCKETS_S if span.total_seconds() <= b * MOST_BUCKETS), BUCKETS_S[-1])


def list_buckets(start: datetime, end: datetime, bucket_s: int) -> list[int]:
    """Return the starts of the buckets that touch [start, end), in seconds since the epoch."""
    first = int(start.timestamp() // bucket_s) * bucket_s
    return list(range(first, _ceil(end), bucket_s))


def _ceil(end: datetime) -> int:
    whole = int(end.timestamp())
    return whole + (end.timestamp() > whole)


def find_missing(
    buckets: Sequence[int], bucket_s: int, heard: pl.DataFrame, unread: Sequence[tuple[datetime, datetime]]
) -> set[int]:
    """Return the buckets that tell nothing: wholly unread, or without a single entry of any kind.

    Shape:  heard holds bucket and entries.
    """
    alive = set(heard.filter(pl.col("entries") > 0)["bucket"].to_list())
    dark = {b for b in buckets if any(a.timestamp() <= b and b + bucket_s <= z.timestamp() for a, z in unread)}
    return {b for b in buckets if b not in alive} | dark


def make_series(
    rows: pl.DataFrame, heard: pl.DataFrame, buckets: Sequence[int], bucket_s: int, missing: set[int], rate: Rate
) -> tuple[Series, ...]:
    """Return a line for each name, most entries first; beyond MOST_SERIES they are added up as "others".

    Shape:  rows holds bucket, name, count; heard holds bucket, entries, requests.
    """
    totals = rows.group_by("name").agg(pl.col("count").sum()).sort(["count", "name"], descending=[True, False])
    kept = totals["name"].to_list()[: MOST_SERIES if len(totals) <= MOST_SERIES else MOST_SERIES - 1]
    named = rows.with_columns(name=pl.when(pl.col("name").is_in(kept)).then("name").otherwise(pl.lit(REST)))
    counts = {(n, b): c for n, b, c in named.group_by("name", "bucket").agg(pl.col("count").sum()).iter_rows()}
    per = exposures(heard, buckets, bucket_s, rate)
    made = []
    for name in [*kept, *([REST] if len(kept) < len(totals) else [])]:
        points = tuple(_point(b, None if b in missing else counts.get((name, b), 0), per[b]) for b in buckets)
        made.append(Series(name, points, sum(c for (n, _), c in counts.items() if n == name)))
    return tuple(made)


def exposures(heard: pl.DataFrame, buckets: Sequence[int], bucket_s: int, rate: Rate) -> Mapping[int, float]:
    """Return what a bucket's count is divided by; 0 where a rate by request has no request."""
    if rate is Rate.PER_REQUEST:
        asked = dict(heard.select("bucket", "requests").iter_rows())
        return {b: float(asked.get(b, 0)) for b in buckets}
    return dict.fromkeys(buckets, bucket_s / 60 if rate is Rate.PER_MINUTE else 1.0)


def _point(bucket: int, count: int | None, per: float) -> Point:
    value = None if count is None or per == 0 else count / per
    return Point(datetime.fromtimestamp(bucket, UTC), value)


def lay_over(windows: Sequence[tuple[str, datetime, Series]]) -> tuple[Overlay, ...]:
    """Return windows (name, start, series) by time since their start, as long as the longest: later points are missing."""
    return tuple(
        Overlay(name, start, tuple(OverlayPoint(p.ts - start, p.value) for p in series.points)) for name, start, series in windows
    )
