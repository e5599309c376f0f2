"""What every service wrote in a window: failures and warnings over time, and which of its clusters tell most."""

from dataclasses import dataclass, replace

import polars as pl

from lib.core import headlines
from lib.core.model import FAILURES, Cluster, Coverage, Kind, Query, Severity, TrendPoint
from lib.core.signatures import find_signature
from lib.ports import Ports, Readers, pin
from lib.views.environments import fold_environments
from lib.views.profiles import list_clusters
from lib.views.window import Window, as_points, count_buckets, find_labels, open_window

STANDS_OUT = 3  # sentences a service is given
FAILED = [s.value for s in FAILURES]


@dataclass(frozen=True)
class ServiceCounts:
    """One service in one environment over the window.

    stands_out: sentences, most telling first; empty when nothing does. worst: the cluster that the first is about.
    """

    service: str
    environment: str
    entries: int = 0
    failures: int = 0
    warnings: int = 0
    failure_trend: tuple[TrendPoint, ...] = ()
    warning_trend: tuple[TrendPoint, ...] = ()
    stands_out: tuple[str, ...] = ()
    worst: Cluster | None = None


@dataclass(frozen=True)
class Counted:
    """A window counted: its services, the failures that are new since a deploy, and the bucket of the trends.

    failed_requests: requests answered with 5xx, None where no entry of a request was read.
    """

    query: Query
    coverage: Coverage
    services: tuple[ServiceCounts, ...] = ()
    new: tuple[Cluster, ...] = ()
    bucket_s: int = 0
    failed_requests: int | None = None


def count_services(ports: Ports, query: Query) -> Counted:
    """Return what every service wrote in the query's window."""
    stored = pin(ports)
    window = open_window(stored, query)
    if window.entries is None or not window.coverage.entries:
        return Counted(window.query, window.coverage, bucket_s=window.bucket_s)
    clusters, counts = count_facts(stored, window)
    keys = counts.select("service", "environment").unique().sort("service", "environment")
    services = tuple(describe_service(clusters, counts, *key) for key in keys.iter_rows())
    new = tuple(c for c in clusters.values() if c.new_in and c.kind is Kind.FAILURE)
    return Counted(window.query, window.coverage, services, new, window.bucket_s, count_failed(window))


def count_failed(window: Window) -> int | None:
    """Return how many requests were answered with 5xx, None where no entry of a request was read."""
    requests = window.rollup.totals.filter(pl.col("origin") == "request")
    return int(requests.filter(pl.col("status") == "failed")["count"].sum()) if len(requests) else None


def count_facts(stored: Readers, window: Window) -> tuple[dict[str, Cluster], pl.DataFrame]:
    """Return the clusters and the counts of every service: bucket, cluster ("" without a message), severity, service,
    environment, kind, count.

    An entry is a failure or a warning as its text tells, where that is in the table of signatures, else as its severity does.
    """
    assert window.entries is not None
    labels = find_labels(stored, window)
    clusters = {c.id: c for c in list_clusters(stored, window, labels, instances=False)}
    named = count_buckets(stored, window, window.bucket_s).join(pl.DataFrame(labels.table), on="collapsed", how="left")
    by = ("bucket", "cluster", "severity", "service", "environment")
    counts = named.with_columns(pl.col("cluster").fill_null("")).group_by(by).agg(pl.col("count").sum())
    signed = {c.id: found.kind.value for c in clusters.values() if (found := find_signature(c.sample))}
    kind = pl.coalesce(pl.col("cluster").replace_strict(signed, default=None, return_dtype=pl.String), kind_of_severity())
    counts = counts.with_columns(kind=kind)
    return clusters, fold_environments(counts, counts)


def kind_of_severity() -> pl.Expr:
    """Return the kind of an entry of which only the severity tells."""
    severity = pl.col("severity")
    named = pl.when(severity.is_in(FAILED)).then(pl.lit(Kind.FAILURE.value))
    return named.when(severity == Severity.WARNING).then(pl.lit(Kind.WARNING.value)).otherwise(pl.lit(Kind.INFO.value))


def describe_service(clusters: dict[str, Cluster], counts: pl.DataFrame, service: str, environment: str) -> ServiceCounts:
    """Return what one service wrote."""
    mine = counts.filter((pl.col("service") == service) & (pl.col("environment") == environment))
    failures = sum_buckets(mine, Kind.FAILURE)
    warnings = sum_buckets(mine, Kind.WARNING, Kind.OBSERVABILITY)
    members = mine.filter(pl.col("cluster") != "").group_by("cluster").agg(pl.col("count").sum())
    told = [replace(clusters[c], count=n) for c, n in members.iter_rows()]
    told.sort(key=lambda c: (c.priority, -c.count, c.id))
    telling = [c for c in told if c.kind in (Kind.FAILURE, Kind.OBSERVABILITY)]
    return ServiceCounts(
        service=service,
        environment=environment,
        entries=int(mine["count"].sum()),
        failures=int(failures["count"].sum()),
        warnings=int(warnings["count"].sum()),
        failure_trend=as_points(failures),
        warning_trend=as_points(warnings),
        stands_out=tuple(headlines.of_standing_out(c) for c in pick_telling(telling)),
        worst=telling[0] if telling else None,
    )


def sum_buckets(counts: pl.DataFrame, *kinds: Kind) -> pl.DataFrame:
    """Return bucket and count of the entries of some kinds."""
    return counts.filter(pl.col("kind").is_in([k.value for k in kinds])).group_by("bucket").agg(pl.col("count").sum())


def pick_telling(clusters: list[Cluster]) -> list[Cluster]:
    """Return the clusters that a row names: the first ones, and always the first that tells of blindness."""
    blind = next((c for c in clusters if c.kind is Kind.OBSERVABILITY), None)
    picked = clusters[:STANDS_OUT]
    return picked if blind is None or blind in picked else [*picked[:-1], blind]
