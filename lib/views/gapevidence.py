"""What gaps and bursts rest on: tracking states, silences, what was not read, failures by the minute, over a wide window.

A gap that began before the asked window is known by its evidence there, so up to REACH on either side is looked at too.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from lib.core.blindness.bursts import Minutes, find_bursts, measure_business
from lib.core.blindness.silence import Silence, find_silences
from lib.core.blindness.uncollected import find_uncollected
from lib.core.cuts import is_surely_cut
from lib.core.gaps import Cause, Gap, Stretch, find_gaps
from lib.core.model import Cluster, Kind, Query
from lib.core.rollup import MINUTE_S
from lib.core.sentry.trackingcase import Case
from lib.core.sentry.trackingstates import GREEN, Evidence
from lib.core.tracking import judge_service
from lib.core.wording import name_of
from lib.ports import Readers
from lib.views.environments import fold_environments
from lib.views.live import Live
from lib.views.profiles import list_clusters
from lib.views.tracking import gather
from lib.views.trackingrows import of_service
from lib.views.window import TICK, Labels, Window, find_labels, heard_span, open_window, say_unfinished, told_by_each

REACH = timedelta(days=14)  # a revision that serves for longer is restarted in between: its starts speak again
Key = tuple[str, str]
Numbers = TypeVar("Numbers", NDArray[np.int64], NDArray[np.float64])


@dataclass(frozen=True)
class Found:
    """A burst of one cluster of one service, [start, end) in aware UTC; ratio: how many times its base rate it was."""

    service: str
    environment: str
    cluster: str
    start: datetime
    end: datetime
    count: int
    ratio: float


@dataclass(frozen=True)
class GapEvidence:
    """All that was found over the wide window. environments: for each service and environment, those that its entries carry."""

    window: Window
    labels: Labels
    clusters: dict[str, Cluster]
    cases: tuple[Case, ...]
    gaps: tuple[Gap, ...]
    bursts: tuple[Found, ...]
    environments: dict[Key, tuple[str, ...]]
    unread: tuple[Stretch, ...]

    @property
    def failing(self) -> list[str]:
        """Clusters that are failures."""
        return [c.id for c in self.clusters.values() if c.kind is Kind.FAILURE]

    @property
    def unknown(self) -> tuple[str, ...]:
        """Services whose error tracking nobody knows to work: no gap says nothing of them."""
        judged = ((name_of(case.service, case.environment), judge_service(case).verdict) for case in self.cases)
        return tuple(name for name, verdict in judged if verdict not in GREEN) if self.cases else ("any service",)


def gather_gaps(stored: Readers, asked: Window) -> GapEvidence:
    """Return the gaps and bursts of every service that the asked window is about, over the wide window."""
    wide = widen(stored, asked)
    assert wide.entries is not None
    labels = find_labels(stored, wide)
    clusters = {c.id: c for c in list_clusters(stored, wide, labels, instances=False)}
    activity = sum_revisions(wide.rollup.activity)
    failures = count_failures(wide, labels, [c.id for c in clusters.values() if c.kind is Kind.FAILURE])
    environments = name_environments(activity, failures)
    minutes = fold(activity, activity)
    cases = gather(stored, wide).cases
    unread = find_unread_stretches(stored, wide, activity)
    gaps = [g for case in cases for g in find_service_gaps(case, minutes, unread, filtered=bool(wide.coverage.left_out))]
    bursts = find_all_bursts(fold(failures, activity), minutes, span_read(stored, wide))
    return GapEvidence(wide, labels, clusters, cases, tuple(gaps), tuple(bursts), environments, unread)


def sum_revisions(activity: pl.DataFrame) -> pl.DataFrame:
    """Return what services served and wrote themselves, of rollup.activity, by service, environment and minute."""
    heard = activity.filter(pl.col("service") != "", pl.col("requests") + pl.col("own") > 0)
    sums, firsts, lasts = ("served", "own", "failed", "wordless"), ("first_served", "first_own"), ("last_served", "last_own")
    grouped = heard.group_by("service", "environment", "bucket")
    return grouped.agg(pl.col(*sums).sum(), pl.col(*firsts).min(), pl.col(*lasts).max())


def count_failures(wide: Window, labels: Labels, failing: Sequence[str]) -> pl.DataFrame:
    """Return the entries of some clusters by service, environment, cluster and minute, with first and last."""
    texts = pl.DataFrame(labels.table).filter(pl.col("cluster").is_in(failing))
    told = wide.rollup.totals.filter(pl.col("service") != "").join(texts, on="collapsed")
    return wide.rollup.sum_by(MINUTE_S, told.select("series", "service", "environment", "cluster"))


def widen(stored: Readers, asked: Window) -> Window:
    """Return the asked window with what is stored on either side, as far as REACH, and the asked filters by place."""
    (start, end), (first, last) = asked.bounds, heard_span(stored, Live.of(stored))
    assert first is not None  # a window with entries lies over a store with entries
    assert last is not None
    query = Query(services=asked.query.services, environments=asked.query.environments)
    wide = replace(query, start=min(start, max(first, start - REACH)), end=max(end, min(last + TICK, end + REACH)))
    return asked if wide == asked.query else open_window(stored, wide)


def fold(rows: pl.DataFrame, heard: pl.DataFrame) -> pl.DataFrame:
    """Return minute counts with the environments of a service that has only one folded together."""
    folded = fold_environments(rows, heard)
    keys = [c for c in ("service", "environment", "cluster", "bucket") if c in rows.columns]
    sums = [c for c in ("served", "own", "failed", "wordless", "count") if c in rows.columns]
    firsts, lasts = ([c for c in rows.columns if c.startswith(word)] for word in ("first", "last"))
    return folded.group_by(keys).agg(pl.col(*sums).sum(), pl.col(*firsts).min(), pl.col(*lasts).max())


def name_environments(activity: pl.DataFrame, failures: pl.DataFrame) -> dict[Key, tuple[str, ...]]:
    """Return for each service and environment the environments that its entries carry."""
    raw = pl.concat([f.select("service", "environment") for f in (activity, failures)]).unique()
    folded = fold_environments(raw.with_columns(raw=pl.col("environment")), activity)
    grouped = folded.group_by("service", "environment").agg(pl.col("raw").unique().sort())
    return {(s, e): tuple(names) for s, e, names in grouped.rows()}


def find_service_gaps(case: Case, minutes: pl.DataFrame, unread: Sequence[Stretch], filtered: bool) -> tuple[Gap, ...]:
    """Return one service's gaps. filtered: a source leaves a part out, so own entries may have come without being stored."""
    silences = find_silences(of_service(minutes, (case.service, case.environment)))
    stretches = [*(as_stretch(s) for s in silences if s.wordless or not filtered), *unread]
    return find_gaps(case.service, case.environment, case.timeline, stretches)


def as_stretch(silence: Silence) -> Stretch:
    """Return a silence as a stretch with its evidence."""
    start, end = _time(silence.start), None if silence.end is None else _time(silence.end)
    text = (
        f"{silence.missed:,} of {silence.seen:,} own entries carried no message"
        if silence.wordless
        else f"{silence.seen:,} requests were served without one own entry"
    )
    evidence = Evidence("log", Cause.SILENT.value, text, start, end, silence.missed or silence.seen)
    before, after = timedelta(seconds=silence.start_unsure), timedelta(seconds=silence.end_unsure)
    return Stretch(Cause.SILENT, start, end, before, after, (evidence,))


def find_unread_stretches(stored: Readers, wide: Window, activity: pl.DataFrame) -> tuple[Stretch, ...]:
    """Return what was not collected: of no export, of one that broke off or looks cut, or of a source that is read live."""
    failed = [
        (r.first, r.last, why)
        for r in told_by_each(stored.state.imports())
        if r.first
        and r.last
        and (why := say_unfinished(r) or r.broken or (r.suspect if is_surely_cut(r.entries, r.severities) else ""))
    ]
    minutes = activity["bucket"].unique().sort().to_numpy()
    return find_uncollected(wide.coverage.unread, minutes, failed, Live.of(stored).find_holes(*wide.bounds))


def span_read(stored: Readers, wide: Window) -> tuple[datetime, datetime]:
    """Return the part of the window in which anything is stored: a decade without entries is not calm, and has many minutes."""
    (first, last), (start, end) = stored.entries.span(), wide.bounds
    assert first is not None  # a window with entries lies over a store with entries
    assert last is not None
    return max(start, min(first, end)), min(end, max(last, start))


def find_all_bursts(failures: pl.DataFrame, minutes: pl.DataFrame, span: tuple[datetime, datetime]) -> list[Found]:
    """Return the bursts of every failing cluster of every service, by start."""
    found = []
    for start, end in part_span(span, pl.concat([minutes["bucket"], failures["bucket"]])):
        inside = pl.col("bucket").is_between(int(start.timestamp()) // MINUTE_S * MINUTE_S, end.timestamp())
        found += find_bursts_within(failures.filter(inside), minutes.filter(inside), start, end)
    return sorted(found, key=lambda b: (b.start, b.service, b.environment, b.cluster))


def part_span(span: tuple[datetime, datetime], buckets: pl.Series) -> list[tuple[datetime, datetime]]:
    """Return a span without the pauses longer than REACH: a clock that is off by decades would make millions of idle minutes."""
    at = buckets.unique().sort().to_numpy()
    if not len(at):
        return []
    span = max(span[0], _time(int(at[0])) - REACH), min(span[1], _time(int(at[-1]) + MINUTE_S) + REACH)
    ends = np.flatnonzero(np.diff(at) > REACH.total_seconds())
    starts = [span[0], *(_time(int(at[i + 1])) for i in ends)]
    return list(zip(starts, [*(_time(int(at[i]) + MINUTE_S - 1) for i in ends), span[1]], strict=True))


def find_bursts_within(failures: pl.DataFrame, minutes: pl.DataFrame, start: datetime, end: datetime) -> list[Found]:
    """Return the bursts of a stretch, service by service."""
    origin = int(start.timestamp()) // MINUTE_S * MINUTE_S
    size = int((end.timestamp() - origin) // MINUTE_S) + 1
    place = (pl.col("bucket") - origin) // MINUTE_S
    quiet = minutes.select("service", "environment", place=place, events=pl.col("served") + pl.col("own") - pl.col("failed"))
    edges = {name: failures[name].dt.timestamp("us").to_numpy() / 1e6 - origin for name in ("first", "last")}
    told = failures.select("service", "environment", "cluster", "count", place=place).with_columns(
        pl.Series(name, seconds) for name, seconds in edges.items()
    )
    found = []
    for (service, environment), rows in told.group_by(["service", "environment"], maintain_order=True):
        key = (str(service), str(environment))
        busy = measure_business(_spread(of_service(quiet, key), "events", np.zeros(size, np.int64)))
        for (cluster,), one in rows.group_by(["cluster"], maintain_order=True):
            first, last = (_spread(one, name, np.zeros(size)) for name in edges)
            counted = Minutes(_spread(one, "count", np.zeros(size, np.int64)), first, last)
            found += [
                Found(*key, str(cluster), _time(origin + b.start), _time(origin + b.end), b.count, b.ratio)
                for b in find_bursts(counted, busy)
            ]
    return found


def _spread(rows: pl.DataFrame, column: str, values: Numbers) -> Numbers:
    """Return a column by place, a row each, in place of zeros."""
    values[rows["place"].to_numpy()] = rows[column].to_numpy()
    return values


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(round(seconds, 6), UTC)


def narrow_bursts(bursts: Sequence[Found], start: datetime, end: datetime) -> tuple[Found, ...]:
    """Return the parts of bursts within [start, end)."""
    inside = [b for b in bursts if b.end > start and b.start < end]
    return tuple(replace(b, start=max(b.start, start), end=min(b.end, end)) for b in inside)
