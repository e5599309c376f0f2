"""Sentry: does error tracking work for every service, since when not, why, and how do we know?"""

from dataclasses import dataclass
from datetime import datetime

from lib.core import headlines
from lib.core.kept import Flown, HealthAnswer, find_last_health, list_canaries
from lib.core.model import Coverage, Query
from lib.core.sentry.asked import Declared
from lib.core.sentry.delivery import HourRow, TrackingCoverage
from lib.core.sentry.explaining import explain
from lib.core.sentry.sentryfacts import Failure
from lib.core.sentry.sentrymatch import Matches, releases_of
from lib.core.sentry.trackingcase import Case
from lib.core.sentry.trackingrungs import Rung, find_rungs
from lib.core.sentry.trackingstates import Evidence, Timeline, Verdict
from lib.core.sentry.trackingwords import of_services
from lib.core.tracking import Judgement, judge_service
from lib.core.wording import count_of, join_words, name_of, say_age
from lib.ports import Ports, pin
from lib.views.tracking import Gathered, gather
from lib.views.trackinghours import count_hours, measure, sum_outcomes
from lib.views.window import open_window


@dataclass(frozen=True)
class ServiceHealth:
    """One service: its judgement, the ladder, what arrived beside what was logged, and the states over time.

    project, why: its project in Sentry and how that is known, "" when it is not.
    explained: what Sentry says of the project that explains its counts. declared: the files of its newest audit; health: its
    document when it was last asked; canaries: the last, newest first.
    """

    judgement: Judgement
    rungs: tuple[Rung, ...]
    timeline: Timeline
    coverage: TrackingCoverage | None
    hours: tuple[HourRow, ...]
    project: str
    why: str
    declared: tuple[Declared, ...] = ()
    health: HealthAnswer | None = None
    canaries: tuple[Flown, ...] = ()
    explained: tuple[str, ...] = ()

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """What the judgement rests on."""
        return self.judgement.evidence


@dataclass(frozen=True)
class SentryView:
    """The page: its first line, every service (the blind ones first), and what belongs to nothing.

    failures: look-ups that Sentry did not answer. read_at: when Sentry was asked last, None when never.
    """

    query: Query
    coverage: Coverage
    headline: str
    services: tuple[ServiceHealth, ...]
    unmatched_projects: tuple[str, ...] = ()
    unmatched_services: tuple[str, ...] = ()
    unknown_settings: tuple[str, ...] = ()
    failures: tuple[Failure, ...] = ()
    read_at: datetime | None = None


def load(ports: Ports, query: Query, now: datetime) -> SentryView:
    """Return what is known of error tracking in the query's window."""
    stored = pin(ports)
    window = open_window(stored, query)
    if window.entries is None or not window.coverage.entries:
        return SentryView(window.query, window.coverage, headlines.nothing_found(window.coverage, query), ())
    gathered = gather(stored, window)
    services = sorted((describe(case, gathered) for case in gathered.cases), key=by_need)
    told = of_services([(name_of(s.judgement.service, s.judgement.environment), s.judgement.verdict) for s in services])
    facts = gathered.facts
    return SentryView(
        window.query,
        window.coverage,
        told,
        tuple(services),
        *list_unmatched(gathered.matches),
        facts.failures if facts else (),
        facts.read_at if facts else None,
    )


def describe(case: Case, gathered: Gathered) -> ServiceHealth:
    """Return one service's health."""
    judgement, hours = judge_service(case), count_hours(case, gathered)
    coverage = measure(hours)
    releases = [r.version for life in case.timeline.lives for r in releases_of(life.revision, case.sentry.releases)]
    return ServiceHealth(
        judgement,
        find_rungs(case),
        case.timeline,
        coverage,
        hours,
        case.sentry.slug,
        case.sentry.why,
        case.declared,
        find_last_health(gathered.kept, case.service, case.environment),
        list_canaries(gathered.kept, case.service, case.environment, CANARIES),
        explain(gathered.facts, case.sentry.slug, releases, sum_outcomes(hours)),
    )


CANARIES = 5  # the last ones tell whether it still works; all of them say no more


def say_kept(service: ServiceHealth, now: datetime) -> list[str]:
    """Return what commands found out about a service, a sentence each, with its age."""
    told = []
    if service.declared and service.declared[0].read_at:
        declaring = [d.path for d in service.declared if d.declares]
        read = count_of(sum(not d.image for d in service.declared), "file")
        says = (
            f"{join_words(declaring[:3])} of {read} {'declares' if len(declaring) == 1 else 'declare'}"
            if declaring
            else f"None of {read} declares"
        )
        bare = any(d.image and not d.declares and not d.error for d in service.declared)
        more = ", and no image installs it" if bare else ""
        told.append(f"{says} the SDK{more} (audit, {say_age(service.declared[0].read_at, now)}).")
    if health := service.health:
        says = f"said “{health.says}”." if health.says else f"could not be read: {health.reason}"
        told.append(f"{say_age(health.read_at, now)} its health document {says}")
    if service.canaries:
        told.append(f"Its last canary, {say_age(service.canaries[0].read_at, now)}: {service.canaries[0].why}")
    return told


ORDER = (
    Verdict.MISSING,
    Verdict.MISCONFIGURED,
    Verdict.DISABLED,
    Verdict.DROPPING,
    Verdict.DEGRADED,
    Verdict.UNKNOWN,
    Verdict.UNVERIFIED,
    Verdict.RECOVERED,
    Verdict.HEALTHY,
)


def by_need(service: ServiceHealth) -> tuple[int, str, str]:
    """Return the place of a service on the page."""
    return ORDER.index(service.judgement.verdict), service.judgement.service, service.judgement.environment


def list_unmatched(matches: Matches) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Return projects without a service, services without a project, and settings that name no project."""
    return (
        matches.unmatched_projects,
        tuple(name_of(*service) for service in matches.unmatched_services),
        matches.unknown_settings,
    )
