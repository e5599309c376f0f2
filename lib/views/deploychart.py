"""The chart of the Deploys page: warnings and errors by time over the deploy windows, and two windows laid over each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from lib.core.deploys import Deploy, DeployOutcome
from lib.core.frequency import By, Overlay, Rate, Series, choose_bucket, find_missing, lay_over, list_buckets, make_series
from lib.core.model import FAILURES, Coverage, Severity
from lib.core.rollouts import deployquestions
from lib.core.rollouts.lanes import Lane
from lib.ports import Readers
from lib.views.cells import Words
from lib.views.window import Labels, Window, count_buckets

NO_MESSAGE = "no message"
LOUD = [Severity.WARNING.value, *(s.value for s in FAILURES)]


@dataclass(frozen=True)
class Marker:
    """A deploy on the time axis, with the words that stand at it: revision, outcome and time."""

    ts: datetime
    service: str
    outcome: DeployOutcome
    label: str


@dataclass(frozen=True)
class Chart:
    """Lines of equal buckets, oldest first; what was not read or not heard is None in them."""

    by: By
    rate: Rate
    bucket_s: int
    series: tuple[Series, ...]
    markers: tuple[Marker, ...]
    lanes: tuple[Lane, ...]


def load_chart(stored: Readers, window: Window, labels: Labels, words: Mapping[str, Words], by: By, rate: Rate) -> Chart:
    """Return the chart of a settled window, without markers and lanes."""
    start, end = window.bounds
    bucket_s = choose_bucket(end - start)
    buckets = list_buckets(start, end, bucket_s)
    rows = count_buckets(stored, window, bucket_s).filter(pl.col("origin") != "audit")
    heard = rows.group_by("bucket").agg(
        entries=pl.col("count").sum(), requests=pl.col("count").filter(pl.col("origin") == "request").sum()
    )
    loud = name_rows(rows.filter(pl.col("severity").is_in(LOUD)), labels, words, by)
    missing = find_missing(buckets, bucket_s, heard, window.coverage.unread)
    return Chart(by, rate, bucket_s, make_series(loud, heard, buckets, bucket_s, missing, rate), (), ())


def name_rows(loud: pl.DataFrame, labels: Labels, words: Mapping[str, Words], by: By) -> pl.DataFrame:
    """Return bucket, name and count of warnings and errors, named by what the chart has a line for."""
    if by in (By.SERVICE, By.SEVERITY):
        return loud.select("bucket", "count", name=pl.col(by.value))
    named = {c: (w.kind.value if by is By.KIND else w.template) for c, w in words.items()}
    clusters = loud.join(pl.DataFrame(labels.table), on="collapsed", how="left")
    name = pl.col("cluster").replace_strict(named, default=NO_MESSAGE, return_dtype=pl.String)
    return clusters.select("bucket", "count", name=name)


def mark(deploy: Deploy) -> Marker:
    """Return the marker of a deploy."""
    name = deploy.revision.removeprefix(f"{deploy.service}-") or "unknown revision"
    return Marker(deploy.ts, deploy.service, deploy.outcome, f"{name} {deploy.outcome.value} {deploy.ts:%H:%M:%S}")


def overlay_lanes(activity: pl.DataFrame, lanes: Sequence[Lane], coverage: Coverage, rate: Rate) -> tuple[Overlay, ...]:
    """Return warnings and errors of lanes by time since each began; activity is that of views.deployfacts.

    Every lane is cut into buckets of the same length, that of the longest.
    """
    longest = max((lane.end - lane.start for lane in lanes), default=timedelta(0))
    bucket_s = max(choose_bucket(longest), deployquestions.BIN_S)
    return lay_over([(lane.revision, lane.start, shape_lane(activity, lane, bucket_s, coverage, rate)) for lane in lanes])


def shape_lane(activity: pl.DataFrame, lane: Lane, bucket_s: int, coverage: Coverage, rate: Rate) -> Series:
    """Return one lane's warnings and errors in buckets from the bin in which it begins."""
    first = deployquestions.bin_of(lane.start)
    rows = activity.filter(
        pl.col("service") == lane.service, pl.col("environment") == lane.environment, pl.col("revision") == lane.revision
    )  # fmt: skip
    rows = rows.filter(pl.col("bin").is_between(first, lane.end.timestamp())).with_columns(
        bucket=(pl.col("bin") - first) // bucket_s * bucket_s + first, name=pl.lit(lane.revision)
    )
    heard = rows.group_by("bucket").agg(pl.col("entries", "requests").sum())
    loud = rows.group_by("bucket", "name").agg(count=(pl.col("warnings") + pl.col("errors")).sum())
    buckets = list(range(first, int(lane.end.timestamp()) + 1, bucket_s))
    missing = find_missing(buckets, bucket_s, heard, coverage.unread)
    made = make_series(loud, heard, buckets, bucket_s, missing, rate)
    return made[0] if made else Series(lane.revision, (), 0)
