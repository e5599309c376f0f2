"""Overview: is anything wrong, and would we know?"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import polars as pl

from lib.core import headlines, questions
from lib.core.model import FAILURES, Cluster, Coverage, Kind, Query, Severity, TrendPoint
from lib.core.signatures import find_signature
from lib.ports import Ports, Readers, pin
from lib.views.environments import fold_environments
from lib.views.profiles import list_clusters
from lib.views.window import Window, as_points, find_labels, open_window

STANDS_OUT = 3  # sentences a service is given
FAILED = [s.value for s in FAILURES]


@dataclass(frozen=True)
class ServiceRow:
    """One service in one environment over the window.

    revision: the newest one. deploy_ts, deploy_evidence: when it came and what that rests on: "system" (the platform says that
    it became ready), "failed" (or that it never did) or "first_entry"; a revision that wrote the service's first entries in the
    window was there before: "serving", and no time is made up for it.
    stands_out: sentences, most telling first; empty when nothing does.
    """

    service: str
    environment: str
    entries: int
    failures: int
    warnings: int
    failure_trend: tuple[TrendPoint, ...]
    warning_trend: tuple[TrendPoint, ...]
    revision: str
    deploy_ts: datetime | None
    deploy_evidence: str
    stands_out: tuple[str, ...]
    worst: Cluster | None
    kinds: frozenset[Kind]


@dataclass(frozen=True)
class OverviewView:
    """The page: headline (one paragraph of plain sentences), services by need, and the bucket of their trends."""

    query: Query
    coverage: Coverage
    headline: str
    services: tuple[ServiceRow, ...]
    bucket_s: int


@dataclass(frozen=True)
class Facts:
    """What is counted once for all services; the frames carry service and environment."""

    clusters: dict[str, Cluster]
    counts: pl.DataFrame  # bucket, cluster ("" without a message), severity, service, environment, kind, count
    revisions: pl.DataFrame  # service, environment, revision, first, ready, failed


def load(ports: Ports, query: Query, now: datetime) -> OverviewView:
    """Return the overview of the query's window."""
    stored = pin(ports)
    window = open_window(stored, query)
    if window.entries is None or not window.coverage.entries:
        return OverviewView(window.query, window.coverage, headlines.nothing_found(window.coverage, query), (), window.bucket_s)
    facts = count_facts(stored, window)
    keys = facts.counts.select("service", "environment").unique().sort("service", "environment")
    rows = [describe_service(facts, service, environment) for service, environment in keys.iter_rows()]
    rows.sort(key=lambda r: (-r.failures, -r.warnings, r.service, r.environment))
    return OverviewView(window.query, window.coverage, headlines.of_overview(rows), tuple(rows), window.bucket_s)


def count_facts(stored: Readers, window: Window) -> Facts:
    """Count the window once, for every service.

    An entry is a failure or a warning as its text tells, where that is in the table of signatures, else as its severity does.
    """
    assert window.entries is not None
    labels = find_labels(stored, window.entries)
    clusters = {c.id: c for c in list_clusters(stored, window, labels)}
    by = ("severity", "service", "environment")

    def count(entries: Any, *columns: str) -> pl.DataFrame:
        asked = questions.count_by_bucket(entries, window.bucket_s, *columns, *by)
        return pl.DataFrame(stored.entries.answer(asked, labels=labels.table))

    said = count(questions.labelled(window.entries), "cluster")
    silent = count(questions.without_message(window.entries)).with_columns(cluster=pl.lit(""))
    signed = {c.id: found.kind.value for c in clusters.values() if (found := find_signature(c.sample))}
    kind = pl.coalesce(pl.col("cluster").replace_strict(signed, default=None, return_dtype=pl.String), kind_of_severity())
    counts = pl.concat([said, silent.select(said.columns)]).with_columns(kind=kind)
    revisions = pl.DataFrame(stored.entries.answer(questions.find_revisions(window.entries)))
    return Facts(clusters, fold_environments(counts, counts), fold_environments(revisions, counts))


def kind_of_severity() -> pl.Expr:
    """Return the kind of an entry of which only the severity tells."""
    severity = pl.col("severity")
    named = pl.when(severity.is_in(FAILED)).then(pl.lit(Kind.FAILURE.value))
    return named.when(severity == Severity.WARNING).then(pl.lit(Kind.WARNING.value)).otherwise(pl.lit(Kind.INFO.value))


def describe_service(facts: Facts, service: str, environment: str) -> ServiceRow:
    """Return a service's row."""
    here = (pl.col("service") == service) & (pl.col("environment") == environment)
    counts = facts.counts.filter(here)
    failures = sum_buckets(counts, Kind.FAILURE)
    warnings = sum_buckets(counts, Kind.WARNING, Kind.OBSERVABILITY)
    members = counts.filter(pl.col("cluster") != "").group_by("cluster").agg(pl.col("count").sum())
    mine = [replace(facts.clusters[c], count=n) for c, n in members.iter_rows()]
    mine.sort(key=lambda c: (c.priority, -c.count, c.id))
    telling = [c for c in mine if c.kind in (Kind.FAILURE, Kind.OBSERVABILITY)]
    revisions = facts.revisions.filter(here)
    newest = next(revisions.sort("first", "revision", descending=True).iter_rows(named=True), None)
    deployed, evidence = date_deploy(newest, revisions["first"].min())
    return ServiceRow(
        service=service,
        environment=environment,
        entries=int(counts["count"].sum()),
        failures=int(failures["count"].sum()),
        warnings=int(warnings["count"].sum()),
        failure_trend=as_points(failures),
        warning_trend=as_points(warnings),
        revision=newest["revision"] if newest else "",
        deploy_ts=deployed,
        deploy_evidence=evidence,
        stands_out=tuple(headlines.of_standing_out(c) for c in pick_telling(telling)),
        worst=telling[0] if telling else None,
        kinds=frozenset(c.kind for c in mine),
    )


def sum_buckets(counts: pl.DataFrame, *kinds: Kind) -> pl.DataFrame:
    """Return bucket and count of the entries of some kinds."""
    return counts.filter(pl.col("kind").is_in([k.value for k in kinds])).group_by("bucket").agg(pl.col("count").sum())


def date_deploy(newest: dict[str, Any] | None, oldest: Any) -> tuple[datetime | None, str]:
    """Return when the newest revision came, None when it was there before the window, and the evidence for it."""
    if newest is None:
        return None, ""
    if newest["ready"]:
        return newest["ready"], "system"
    if newest["failed"]:
        return newest["failed"], "failed"
    return (None, "serving") if newest["first"] == oldest else (newest["first"], "first_entry")


def pick_telling(clusters: list[Cluster]) -> list[Cluster]:
    """Return the clusters that a row names: the first ones, and always the first that tells of blindness."""
    blind = next((c for c in clusters if c.kind is Kind.OBSERVABILITY), None)
    picked = clusters[:STANDS_OUT]
    return picked if blind is None or blind in picked else [*picked[:-1], blind]
