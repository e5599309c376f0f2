"""What a report is made of: the other pages' answers to one question, what people noted, and what could not be answered."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import cast

from lib.core.coveragefacts import say_missing, say_read
from lib.core.deploys import DeployOutcome
from lib.core.headlines import nothing_found
from lib.core.model import Coverage, Query
from lib.core.report.actions import Action, Related
from lib.core.report.document import Impact
from lib.core.report.notes import Note, list_standing
from lib.core.report.saying import say_blind, say_failures, say_requests, say_window
from lib.core.sentry.trackingstates import Verdict
from lib.core.wording import count_of, name_of
from lib.ports import EntryStore, Ports
from lib.views import clusters as clusters_view
from lib.views import deploys as deploys_view
from lib.views import gaps as gaps_view
from lib.views import problems as problems_view
from lib.views import sentry as sentry_view
from lib.views import servicecounts as counts_view
from lib.views import sources as sources_view
from lib.views.clusters import ClustersView
from lib.views.criteria import CriteriaView
from lib.views.deploys import DeploysView
from lib.views.gaps import GapsView
from lib.views.overview import ask
from lib.views.problems import ProblemsView
from lib.views.reportactions import list_actions, list_related, load_criteria
from lib.views.sentry import SentryView
from lib.views.servicecounts import Counted
from lib.views.sources import SourcesView
from lib.views.window import open_window

DOUBT = (Verdict.UNKNOWN, Verdict.UNVERIFIED)


@dataclass(frozen=True)
class Asked:
    """How the parts are had: each is asked once. Errors: BlindspotError, which costs that part alone."""

    counts: Callable[[], Counted]
    clusters: Callable[[], ClustersView]
    problems: Callable[[], ProblemsView]
    gaps: Callable[[], GapsView]
    sentry: Callable[[], SentryView]
    deploys: Callable[[], DeploysView]
    sources: Callable[[], SourcesView]
    criteria: Callable[[], CriteriaView]


@dataclass(frozen=True)
class Parts:
    """The answers; None where one could not be had: what it would have told is not known, and `untold` says why."""

    query: Query
    coverage: Coverage
    counts: Counted | None
    clusters: ClustersView | None
    problems: ProblemsView | None
    gaps: GapsView | None
    sentry: SentryView | None
    deploys: DeploysView | None
    sources: SourcesView | None
    notes: tuple[Note, ...]
    requests: int | None
    actions: tuple[Action, ...] | None
    related: Related | None
    untold: tuple[str, ...]

    @property
    def window(self) -> str:
        """Return what it is about, in words."""
        return say_window(self.coverage.start, self.coverage.end, self.query.services, self.query.environments)

    @property
    def failing(self) -> int:
        """Return in how many services something failed."""
        return sum(s.failures > 0 for s in self.counts.services) if self.counts else 0

    @property
    def impact(self) -> Impact:
        """Return what was counted."""
        read = self.coverage.entries > 0
        blind = self.gaps.blind if self.gaps and (read or self.gaps.gaps) else None
        return Impact(
            self.coverage.entries,
            sum(s.failures for s in self.counts.services) if self.counts and read else None,
            self.requests,
            blind.failures if blind else None,
            blind.joint if blind else None,
            blind.requests if blind else None,
        )

    @property
    def doubtful(self) -> tuple[str, ...]:
        """Return the services of which it is not known whether their errors can be seen."""
        judged = [s.judgement for s in self.sentry.services] if self.sentry else []
        return tuple(name_of(j.service, j.environment) for j in judged if j.verdict in DOUBT)


def ask_all(ports: Ports, query: Query, now: datetime) -> Asked:
    """Return the parts as the store tells them at one moment: what is stored meanwhile is in none of them."""
    held = replace(ports, entries=cast(EntryStore, ports.entries.pinned()))  # a view only reads
    return Asked(
        lambda: counts_view.count_services(held, query),
        lambda: clusters_view.load(held, replace(query, muted=True), now),
        lambda: problems_view.load(held, query, now),
        lambda: gaps_view.load(held, query, now),
        lambda: sentry_view.load(held, query, now),
        lambda: deploys_view.load(held, query, now),
        lambda: sources_view.load(held, query, now),
        lambda: load_criteria(held, query, now),
    )


def gather(ports: Ports, query: Query, asked: Asked) -> Parts:
    """Return the parts of a report about a question's window, services and environments."""
    untold: list[str] = []
    counts = ask(asked.counts, untold)
    settled = counts or open_window(ports, query)
    start, end = settled.coverage.start, settled.coverage.end
    notes = list_standing(ports.state.notes(), start, end, query.services) if start and end else ()
    return Parts(
        settled.query,
        settled.coverage,
        counts,
        ask(asked.clusters, untold),
        ask(asked.problems, untold),
        ask(asked.gaps, untold),
        ask(asked.sentry, untold),
        ask(asked.deploys, untold),
        ask(asked.sources, untold),
        notes,
        counts.failed_requests if counts else None,
        list_actions(ask(asked.criteria, untold)),
        list_related(ports.state.drafts(), ports.state.aliases()),
        tuple(dict.fromkeys(untold)),
    )


def say_summary(parts: Parts) -> str:
    """Return the report in one paragraph."""
    if not parts.coverage.entries and not (parts.gaps and parts.gaps.gaps):
        return nothing_found(parts.coverage, parts.query)
    impact = parts.impact
    told = [
        f"{parts.window}.",
        say_failures(impact, parts.failing),
        say_requests(impact) if impact.requests else "",
        parts.problems.headline if parts.problems and parts.problems.problems else "",
        say_blind(impact, parts.doubtful),
        parts.sentry.headline if parts.sentry else "Whether errors are tracked could not be judged.",
        say_deploys(parts),
        say_read(parts.coverage),
    ]
    missing = say_missing(parts.coverage) or parts.untold
    told.append("Some of it could not be seen; see “What is not known”." if missing else "")
    return " ".join(filter(None, told))


def say_deploys(parts: Parts) -> str:
    """Return how many deploys there were, without their verdicts: these stand in their own part."""
    if parts.deploys is None:
        return "What was deployed could not be told."
    failed = sum(r.deploy.outcome is DeployOutcome.FAILED for r in parts.deploys.deploys)
    head = f"{count_of(len(parts.deploys.deploys), 'deploy').capitalize()} in the window"
    return f"{head}, {failed:,} of them failed." if failed else f"{head}."
