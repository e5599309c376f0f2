"""The chart of the Deploys page: warnings and errors by time over the deploy windows, and two windows laid over each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import polars as pl

from lib.core import deployquestions, questions
from lib.core.deploys import Deploy, DeployOutcome
from lib.core.frequency import By, Overlay, Rate, Series, choose_bucket, find_missing, lay_over, list_buckets, make_series
from lib.core.lanes import Lane
from lib.core.model import FAILURES, Coverage, Query, Severity
from lib.ports import Readers
from lib.views.comparing import Words
from lib.views.window import Labels

if TYPE_CHECKING:
    import ibis.expr.types as ir

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


def load_chart(
    stored: Readers, query: Query, coverage: Coverage, labels: Labels, words: Mapping[str, Words], by: By, rate: Rate
) -> Chart:  # fmt: skip
    """Return the chart of a settled query, without markers and lanes."""
    assert query.start
    assert query.end
    bucket_s = choose_bucket(query.end - query.start)
    entries = questions.within(query, query.start, query.end)
    counted = count_loud(stored, entries, bucket_s, labels, words, by)
    heard = count_heard(stored, entries, bucket_s)
    buckets = list_buckets(query.start, query.end, bucket_s)
    missing = find_missing(buckets, bucket_s, heard, coverage.unread)
    return Chart(by, rate, bucket_s, make_series(counted, heard, buckets, bucket_s, missing, rate), (), ())


def count_heard(stored: Readers, entries: "ir.Table", bucket_s: int) -> pl.DataFrame:
    """Return bucket, entries and requests."""
    asked = deployquestions.count_series(entries, bucket_s, ["service"])
    rows = pl.DataFrame(stored.entries.answer(asked))
    return rows.group_by("bucket").agg(entries=pl.col("count").sum(), requests=pl.col("requests").sum())


def count_loud(
    stored: Readers, entries: "ir.Table", bucket_s: int, labels: Labels, words: Mapping[str, Words], by: By
) -> pl.DataFrame:  # fmt: skip
    """Return bucket, name and count of the warnings and errors, named by what the chart has a line for."""
    loud = entries.filter(entries.severity.isin(LOUD))
    if by in (By.SERVICE, By.SEVERITY):
        asked = deployquestions.count_series(loud, bucket_s, [by.value])
        return pl.DataFrame(stored.entries.answer(asked)).select("bucket", "count", name=pl.col(by.value))
    asked = deployquestions.count_series(questions.labelled(loud), bucket_s, ["cluster"])
    rows = pl.DataFrame(stored.entries.answer(asked, labels=labels.table))
    named = {c: (w.kind.value if by is By.KIND else w.template) for c, w in words.items()}
    return rows.select("bucket", "count", name=pl.col("cluster").replace_strict(named, default="other", return_dtype=pl.String))


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
    """Return one lane's warnings and errors in buckets that start with its first whole bin."""
    first = int(lane.start.timestamp()) // deployquestions.BIN_S * deployquestions.BIN_S
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
