"""Overview: is anything wrong, and would we know?"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import polars as pl

from lib.core import headlines, questions
from lib.core.model import FAILURES, Cluster, Coverage, Kind, Query, Severity, TrendPoint
from lib.ports import Ports
from lib.views.clusters import list_clusters
from lib.views.window import Window, as_points, find_labels, open_window

STANDS_OUT = 3  # sentences a service is given
FAILED = [s.value for s in FAILURES]


@dataclass(frozen=True)
class ServiceRow:
    """One service in one environment over the window.

    revision: the newest one. deploy_ts, deploy_evidence: when it came and what that rests on: "system" (the platform's audit
    entry) or "first_entry"; a revision that wrote the service's first entries in the window was there before: "serving", and
    no time is made up for it. stands_out: sentences, most telling first; empty when nothing does.
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
    members: pl.DataFrame  # cluster, service, environment, count
    trend: pl.DataFrame  # bucket, service, environment, kind (failure, warning, other), count
    revisions: pl.DataFrame  # service, environment, revision, first, audited


def load(ports: Ports, query: Query, now: datetime) -> OverviewView:
    """Return the overview of the query's window."""
    window = open_window(ports, query)
    if window.entries is None or not window.coverage.entries:
        return OverviewView(window.query, window.coverage, headlines.nothing_found(window.coverage), (), window.bucket_s)
    facts = count_facts(ports, window)
    keys = facts.trend.select("service", "environment").unique().sort("service", "environment")
    rows = [describe_service(facts, service, environment) for service, environment in keys.iter_rows()]
    rows.sort(key=lambda r: (-r.failures, -r.warnings, r.service, r.environment))
    return OverviewView(window.query, window.coverage, headlines.of_overview(rows), tuple(rows), window.bucket_s)


def count_facts(ports: Ports, window: Window) -> Facts:
    """Count the window once, for every service."""
    assert window.entries is not None
    labels = find_labels(ports, window.entries)
    members = questions.count_by(questions.labelled(window.entries), "cluster", "service", "environment")
    severity = pl.col("severity")
    kind = (
        pl.when(severity.is_in(FAILED))
        .then(pl.lit("failure"))
        .when(severity == Severity.WARNING)
        .then(pl.lit("warning"))
        .otherwise(pl.lit("other"))
    )
    counted = pl.DataFrame(
        ports.entries.answer(questions.count_by_bucket(window.entries, window.bucket_s, "service", "environment", "severity"))
    )
    trend = counted.with_columns(kind=kind).group_by("bucket", "service", "environment", "kind").agg(pl.col("count").sum())
    return Facts(
        clusters={c.id: c for c in list_clusters(ports, window, labels)},
        members=pl.DataFrame(ports.entries.answer(members, labels=labels.table)),
        trend=trend,
        revisions=pl.DataFrame(ports.entries.answer(questions.find_revisions(window.entries))),
    )


def describe_service(facts: Facts, service: str, environment: str) -> ServiceRow:
    """Return a service's row."""
    here = (pl.col("service") == service) & (pl.col("environment") == environment)
    trend = facts.trend.filter(here)
    failures, warnings = trend.filter(pl.col("kind") == "failure"), trend.filter(pl.col("kind") == "warning")
    members = dict(facts.members.filter(here).select("cluster", "count").iter_rows())
    mine = sorted((replace(facts.clusters[c], count=n) for c, n in members.items()), key=lambda c: (c.priority, -c.count, c.id))
    telling = [c for c in mine if c.kind in (Kind.FAILURE, Kind.OBSERVABILITY)]
    newest = next(facts.revisions.filter(here).sort("first", "revision", descending=True).iter_rows(named=True), None)
    deployed, evidence = date_deploy(newest, facts.revisions.filter(here)["first"].min())
    return ServiceRow(
        service=service,
        environment=environment,
        entries=int(trend["count"].sum()),
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


def date_deploy(newest: dict[str, Any] | None, oldest: Any) -> tuple[datetime | None, str]:
    """Return when the newest revision came, None when it was there before the window, and the evidence for it."""
    if newest is None:
        return None, ""
    if newest["audited"]:
        return newest["audited"], "system"
    return (None, "serving") if newest["first"] == oldest else (newest["first"], "first_entry")


def pick_telling(clusters: list[Cluster]) -> list[Cluster]:
    """Return the clusters that a row names: the first ones, and always the first that tells of blindness."""
    blind = next((c for c in clusters if c.kind is Kind.OBSERVABILITY), None)
    picked = clusters[:STANDS_OUT]
    return picked if blind is None or blind in picked else [*picked[:-1], blind]
