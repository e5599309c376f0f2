"""What a draft rests on: where a cluster was said, whether its services are watched, what failed with it, what went unseen."""

from dataclasses import dataclass, replace
from datetime import datetime

import polars as pl

from lib.core.gaps import TRACKING
from lib.core.kept import Audited, HealthAnswer
from lib.core.model import Cluster, Kind, Query
from lib.core.sentry.trackingstates import Verdict
from lib.core.settings import find_named
from lib.core.success.drafting import Subject, is_about_sentry
from lib.core.success.model import Baseline
from lib.core.tickets.body import Facts, Place
from lib.core.wording import count_of, shorten
from lib.ports import Ports, Readers, pin
from lib.views import gaps as gaps_view
from lib.views import sentry as sentry_view
from lib.views.cluster import read_stack
from lib.views.comparing import read_minutes
from lib.views.gaps import GapsView
from lib.views.problems import ProblemRow
from lib.views.profiles import list_newest
from lib.views.sentry import ServiceHealth
from lib.views.window import Labels, Window, find_labels, open_window

SAMPLES = 3  # newest entries that a draft shows
NAMED = 160  # characters of a text in a sentence


@dataclass(frozen=True)
class Setting:
    """A window, and all that drafts of it share."""

    ports: Ports
    stored: Readers
    window: Window
    labels: Labels
    services: tuple[ServiceHealth, ...]
    gaps: GapsView


def read_setting(ports: Ports, query: Query, now: datetime) -> Setting:
    """Return the setting of a window that holds entries."""
    stored, places = pin(ports), Query(query.start, query.end, query.services, query.environments)
    window = open_window(stored, places)
    labels = find_labels(stored, window)
    services = sentry_view.load(ports, places, now).services
    return Setting(ports, stored, window, labels, services, gaps_view.load(ports, places, now))


def gather_facts(setting: Setting, cluster: Cluster, problem: ProblemRow | None) -> Facts:
    """Return what a cluster's draft is written of."""
    mine = setting.labels.only(pl.Series(setting.labels.table["cluster"], dtype=pl.String) == cluster.id)
    places = find_places(setting, cluster)
    health = find_health(setting, places)
    about = cluster.kind is Kind.OBSERVABILITY
    tracking = (health.judgement.sentence,) if health and (about or cluster.kind is Kind.FAILURE) else ()
    step = str(health.judgement.step) if health and about else ""
    return Facts(
        cluster,
        setting.window.coverage,
        places,
        tuple(e.message for e in list_newest(setting.stored, setting.window, mine, SAMPLES) if e.message),
        read_stack(setting.stored, setting.window, mine) if cluster.exception else "",
        tracking,
        list_symptoms(problem, cluster),
        tuple(tell_unseen(setting, places)),
        step,
    )


def find_places(setting: Setting, cluster: Cluster) -> tuple[Place, ...]:
    """Return where a cluster was said, by service, environment and revision, most entries first."""
    named = pl.DataFrame(setting.labels.table).filter(pl.col("cluster") == cluster.id).select("collapsed")
    rows = (
        setting.window.rollup.totals.join(named, on="collapsed", how="semi")
        .group_by("service", "environment", "revision")
        .agg(pl.col("count").sum(), pl.col("first").min(), pl.col("last").max())
        .sort(pl.col("count"), "service", "environment", "revision", descending=[True, False, False, False])
    )
    return tuple(Place(**row) for row in rows.iter_rows(named=True))


def find_health(setting: Setting, places: tuple[Place, ...]) -> ServiceHealth | None:
    """Return what is known of the error tracking of the service that says it most."""
    if not places:
        return None
    named = [s for s in setting.services if s.judgement.service == places[0].service]
    exact = [s for s in named if s.judgement.environment == places[0].environment]
    return next(iter(exact or named), None)


def list_symptoms(problem: ProblemRow | None, cluster: Cluster) -> tuple[str, ...]:
    """Return what fails with a cluster, a line each, and what joins them."""
    if problem is None:
        return ()
    others = [s for s in problem.symptoms if s.cluster.id != cluster.id]
    lines = [f"{count_of(s.count, 'entry', 'entries')}: {shorten(s.cluster.template, NAMED)}" for s in others]
    return (problem.sentence, *lines, *problem.problem.evidence)


def tell_unseen(setting: Setting, places: tuple[Place, ...]) -> list[str]:
    """Return the stretches in which errors of a cluster's services were not tracked, a sentence each."""
    names = {p.service for p in places}
    return [row.sentence for row in setting.gaps.gaps if row.gap.service in names and row.gap.cause in TRACKING]


def make_subject(setting: Setting, facts: Facts, made: datetime) -> Subject:
    """Return what criteria are drafted of."""
    cluster, (service, environment) = facts.cluster, facts.service
    health = find_health(setting, facts.places)
    kept, settings = setting.stored.state.kept(), setting.stored.settings
    mine = [k for k in kept if k.service == service]
    asked = find_named(settings.health.urls, service, environment)
    subject = Subject(
        cluster.id, cluster.template, cluster.sample, cluster.kind, service,
        health.judgement.environment if health else environment, made,
        verdict=health.judgement.verdict if health else None,
        baseline=find_baseline(setting, facts),
        has_health=asked is not None or any(isinstance(k, HealthAnswer) for k in mine),
        has_audit=any(isinstance(k, Audited) for k in mine),
        has_canary=find_named(settings.canary.variables, service, environment) is not None,
        serves=count_requests(setting, service) > 0,
    )  # fmt: skip
    return replace(
        subject, verdict=subject.verdict if subject.verdict is not Verdict.UNKNOWN or is_about_sentry(subject) else None
    )


def find_baseline(setting: Setting, facts: Facts) -> Baseline | None:
    """Return how often the service said it, over what was read and served from its first entry on."""
    service, _ = facts.service
    mine = [p for p in facts.places if p.service == service]
    if not mine:
        return None
    first, end = min(p.first for p in mine), setting.window.bounds[1]
    minutes = read_minutes(first, end, setting.window.coverage)
    requests = count_requests(setting, service, first)
    return Baseline(sum(p.count for p in mine), minutes, requests, max(p.last for p in mine))


def count_requests(setting: Setting, service: str, since: datetime | None = None) -> float:
    """Return how many requests a service answered in the window, from a moment on."""
    rows = setting.window.rollup.activity.filter(pl.col("service") == service)
    rows = rows.filter(pl.col("bucket") >= since.timestamp() // 60 * 60) if since else rows
    return float(rows["requests"].sum())
