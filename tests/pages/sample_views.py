"""Made-up views over a made-up day: what the pages are drawn from when nothing is read, with text as hostile as logs can be."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from lib.core.collecting import SourceRecord
from lib.core.curation import Change, settle
from lib.core.deploys import Deploy, DeployOutcome, Evidence
from lib.core.frequency import By, Rate
from lib.core.issues import KeptDraft, Sent
from lib.core.model import (
    Cluster,
    Coverage,
    Entry,
    ImportRecord,
    Query,
    Skipped,
    Source,
    SourceState,
)
from lib.core.problems import Problem
from lib.core.sentry.sentryfacts import Failure
from lib.core.sentry.trackingstates import Verdict
from lib.core.sight import Sight
from lib.errors import BadQuery
from lib.ports import Ports, StoreFacts
from lib.ui import cache
from lib.views.cluster import ClusterView, LifeRow, Part
from lib.views.clusters import ClustersView
from lib.views.curated import MutedRow
from lib.views.decisions import DecisionsView
from lib.views.deploys import DeployRow, DeploysView, DeployView
from lib.views.freshness import FreshnessView
from lib.views.gaps import GapsView
from lib.views.overview import Asked, OverviewView, ServiceRow
from lib.views.problems import ProblemRow, ProblemsView, Symptom
from lib.views.scope import Scope
from lib.views.sentry import SentryView
from lib.views.servicecounts import Counted
from lib.views.sources import SourcesView
from lib.wiring import Workspace
from tests.fakes import MemoryStateStore
from tests.pages import sample_live
from tests.pages.sample_clusters import BUCKET_S, CLUSTERS, points
from tests.pages.sample_day import END, HOSTILE, NOW, START
from tests.pages.sample_deploys import deploy_view, deploys_view
from tests.pages.sample_gaps import gaps_view
from tests.pages.sample_sentry import sentry_view

SUSPECT = "The export ‘noon.json’ holds exactly 1,000 entries over 106 s: it looks cut, and its counts are too low."


def problem(number: int, *inside: Cluster, evidence: tuple[str, ...] = ()) -> ProblemRow:
    """Return a problem whose root is the first of the clusters."""
    counts = tuple(cluster.count for cluster in inside)
    found = Problem(
        f"p-{number}",
        inside[0].id,
        tuple(cluster.id for cluster in inside),
        counts,
        (),
        sum(counts),
        9,
        inside[0].services,
        START,
        END,
        evidence,
    )
    parts = tuple(Symptom(cluster, cluster.count) for cluster in inside)
    return ProblemRow(found, inside[0].priority, f"{inside[0].template}: {sum(counts)} entries.", parts)


PROBLEMS = (problem(1, CLUSTERS[0], CLUSTERS[2], evidence=("“a” comes 3 ms after “b”: together 12 of 12 times.", HOSTILE)),)
FULL = Coverage(74078, False, {"no timestamp": 9, "damaged JSON": 3}, 3, (), START, END, END)


@dataclass
class Stage:
    """What the pages are told; a test changes a field before it opens a page."""

    coverage: Coverage = FULL
    services: tuple[str, ...] = ("parcels-backend", "lockers-api", HOSTILE)
    rows: bool = True
    recorded: bool = False
    fails: Exception | None = None
    problems: tuple[ProblemRow, ...] = PROBLEMS
    problems_cut: bool = False
    problems_fail: Exception | None = None
    version: int = 1
    changes: tuple[Change, ...] = ()
    muted: tuple[MutedRow, ...] = ()
    no_newness: bool = False
    unanswered: tuple[Failure, ...] = ()
    drawn: list[tuple[By, Rate]] = field(default_factory=list)
    open_gaps: tuple[str, ...] = (f"parcels-backend: error tracking is missing, {HOSTILE}",)
    changed: tuple[str, ...] = (f"11:40: new since the last deploy: “{HOSTILE}”, 4 times.",)
    untold: tuple[str, ...] = ()
    asked: list[Query] = field(default_factory=list)
    live: bool = False
    memory: MemoryStateStore = field(default_factory=MemoryStateStore)
    drafted: tuple[KeptDraft, ...] = ()
    sent: tuple[Sent, ...] = ()
    fresh: FreshnessView = field(default_factory=lambda: FreshnessView((), (), 0, "", False))

    def load_fresh(self, ports: Ports, now: datetime) -> FreshnessView:
        """Return what the stage says."""
        return self.fresh

    def load_overview(self, ports: Ports, query: Query, now: datetime, asked: Asked | None = None) -> OverviewView:
        """Return three services, or what the stage says instead."""
        assert asked
        asked.counts()
        deploy = Deploy(
            "parcels-backend",
            "staging",
            "parcels-backend-00046-bxc",
            END - timedelta(hours=3),
            DeployOutcome.READY,
            Evidence.AUDIT,
            "deployer@example.com",
            (),
        )
        first = ServiceRow(
            "parcels-backend",
            "staging",
            52_000,
            623,
            1_204,
            points(*[0] * 12, 40, 120, 180, 60, 12),
            points(*[4, 9, 2] * 16),
            (
                "Fails badly (P1): “Parcel <*> could not be read”, 412 times.",
                "Cannot be fully seen (P2): “Sentry SDK not available”, 35 times.",
            ),
            CLUSTERS[0],
            Verdict.MISSING,
            Sight.BLIND,
            "missing",
            412,
            "parcels-backend-00046-bxc",
            DeployRow(deploy, "It changed nothing.", (), (), rolled_back=False),
        )
        quiet = ServiceRow(
            "lockers-api",
            "production",
            900,
            0,
            31,
            warning_trend=points(1, 2, 0, 3),
            verdict=Verdict.HEALTHY,
            sight=Sight.SEEN,
            reason="healthy",
            unseen=0,
            revision="lockers-api-00119-jnf",
        )
        evil = replace(
            first,
            service=HOSTILE,
            environment="",
            stands_out=(HOSTILE,),
            worst=CLUSTERS[2],
            verdict=Verdict.UNKNOWN,
            sight=Sight.UNKNOWN,
            reason="unknown",
            unseen=None,
            revision=HOSTILE,
            deploy=None,
        )
        rows = (first, quiet, evil) if self.rows else ()
        rows = tuple(row for row in rows if not query.services or row.service in query.services)
        if not rows:
            return OverviewView(query, self.coverage, "Nothing was read.", (), BUCKET_S)
        headline = "1 of 3 services is blind: parcels-backend. 623 failures in 2 of 3 services, most in parcels-backend (623)."
        return OverviewView(
            query,
            self.coverage,
            headline,
            rows,
            BUCKET_S,
            "Nobody can see now",
            self.open_gaps,
            self.changed,
            self.untold,
        )

    def count_services(self, ports: Ports, query: Query) -> Counted:
        """Return no counts: the stage has rows of its own."""
        self.note(query)
        return Counted(query, self.coverage)

    def load_clusters(self, ports: Ports, query: Query, now: datetime) -> ClustersView:
        """Return the clusters that the question's kinds leave."""
        self.note(query)
        found = tuple(c for c in CLUSTERS if self.rows and (not query.kinds or c.kind in query.kinds))
        told = f"{sum(c.count for c in found)} entries in {len(found)} clusters."
        return ClustersView(query, self.coverage, told, found, len(found), BUCKET_S, self.muted, self.no_newness)

    def load_problems(self, ports: Ports, query: Query, now: datetime) -> ProblemsView:
        """Return the problems that the stage says."""
        self.note(query)
        if self.problems_fail is not None:
            raise self.problems_fail
        return ProblemsView(query, replace(self.coverage, cut=self.problems_cut), "", self.problems)

    def load_cluster(self, ports: Ports, query: Query, now: datetime, cluster: str) -> ClusterView:
        """Return one cluster by its id or its alias."""
        self.note(query)
        found = next((c for c in CLUSTERS if cluster in (c.id, *c.aliases)), None)
        if found is None:
            raise BadQuery(f"No cluster has the id '{cluster}'.", hint="The link may belong to another store.")
        life = LifeRow("parcels-backend-00046-bxc", "parcels-backend", "staging", 300, START, END)
        entry = Entry(
            END, found.services[0], "staging", "r1", "i1", "ERROR", found.sample, "t", "id1", LOGS, '{"textPayload": "<b>x</b>"}'
        )
        return ClusterView(
            query,
            self.coverage,
            "412 times in parcels-backend.",
            found,
            "" if found.id == cluster else cluster,
            (Part("Parcel ", False), Part("", True), Part(f" {found.template}", False)),
            (entry,) * 7,
            (life,) * 3,
            (life,) * 2,
            BUCKET_S,
            muted=self.muted[0] if self.muted else None,
            stack=f"Traceback (most recent call last):\nValueError: {HOSTILE}",
        )

    def load_sources(self, ports: Ports, query: Query, now: datetime) -> SourcesView:
        """Return one source that is fine and one that is not."""
        self.note(query)
        good = Source("noon.json", "export", SourceState.OK, END, NOW - END, "read whole: 74,090 entries", "", 74078)
        bad = replace(
            good, name="<b>night</b>.json", state=SourceState.FAILING, message="stopped after 40 %", hint="Import it again."
        )
        record = ImportRecord(
            "i1", "f1", "noon.json", "done", NOW, NOW, 9_000_000, 9_000_000, 74090, 74078, 0, 3, dict(self.coverage.skipped)
        )
        kept = tuple(Skipped("noon.json", "f1", reason, 7, HOSTILE) for reason in self.coverage.skipped)
        shown = (good, bad) if self.rows else ()
        return SourcesView(
            query,
            self.coverage,
            "74,078 entries read from 2 exports.",
            shown,
            (record,) if shown else (),
            self.coverage.skipped,
            kept,
            {"email": 12, "bearer token": 1} if shown else {},
            StoreFacts(74078, 3, 2_800_000, 5, START, END),
            {"clustering": "1", "masking": "1"},
            *((sample_live.LIVE, sample_live.UPKEEP) if shown and self.live else ()),
        )

    def load_decisions(self, ports: Ports, query: Query, now: datetime) -> DecisionsView:
        """Return what was decided on the stage."""
        return DecisionsView(settle(self.changes, now).named, self.muted, tuple(reversed(self.changes)))

    def load_sentry(self, ports: Ports, query: Query, now: datetime) -> SentryView:
        """Return the services' health."""
        self.note(query)
        return sentry_view(query, self.coverage, self.rows, self.unanswered)

    def load_deploys(self, ports: Ports, query: Query, now: datetime, by: By, rate: Rate) -> DeploysView:
        """Return the deploys."""
        self.note(query)
        self.drawn.append((by, rate))
        return deploys_view(query, self.coverage, by, rate, self.rows)

    def load_deploy(self, ports: Ports, query: Query, now: datetime, service: str, revision: str, rate: Rate) -> DeployView:
        """Return one deploy."""
        self.note(query)
        return deploy_view(query, self.coverage, service, revision)

    def load_gaps(self, ports: Ports, query: Query, now: datetime) -> GapsView:
        """Return the blind spots."""
        self.note(query)
        return gaps_view(query, self.coverage, CLUSTERS, self.rows)

    def load_scope(self, ports: Ports) -> Scope:
        """Return what is stored."""
        if not self.rows and self.coverage.start is None:
            return Scope((), (), None, None)
        return Scope(
            tuple(sorted(self.services)), ("production", "staging"), START - timedelta(hours=6), END - timedelta(seconds=1)
        )

    def note(self, query: Query) -> None:
        """Remember what was asked, and fail when the stage says so."""
        self.asked.append(query)
        if self.fails is not None:
            raise self.fails


LOGS = "https://console.cloud.google.com/logs/query;query=x?project=p"


class Versioned:
    """A store that has nothing but a version."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage

    def version(self) -> int:
        """Return the stage's."""
        return self.stage.version

    def sources(self) -> Sequence[SourceRecord]:
        """Return none."""
        return ()

    def changes(self) -> Sequence[Change]:
        """Return the stage's."""
        return self.stage.changes

    def drafts(self) -> Sequence[KeptDraft]:
        """Return the stage's."""
        return self.stage.drafted

    def sent(self) -> Sequence[Sent]:
        """Return the stage's."""
        return self.stage.sent

    def add_change(self, change: Change) -> None:
        """Keep a decision on the stage."""
        self.stage.changes = (*self.stage.changes, change)
        self.stage.version += 1

    def __getattr__(self, name: str) -> Any:
        """Leave notes and frozen reports to a store in memory; a note is news."""
        if name not in REPORTS:
            raise AttributeError(name)
        self.stage.version += name in ("add_note", "delete_note")
        return getattr(self.stage.memory, name)


REPORTS = ("add_note", "delete_note", "notes", "freeze", "frozen", "all_frozen", "end_frozen", "aliases")


def install(stage: Stage, put: Any) -> None:
    """Put a stage in the place of wiring and views; `put` sets an attribute, as monkeypatch.setattr does."""
    ports = Ports(Versioned(stage), Versioned(stage))  # type: ignore[arg-type]
    put(cache.wiring, "utc_now", lambda: NOW)
    put(cache.wiring, "home_folder", lambda given=None: Path("home"))
    empty = Ports(Versioned(Stage(version=-1)), Versioned(stage))  # type: ignore[arg-type]
    put(cache.wiring, "open_workspace", lambda home: Workspace(home, empty if stage.recorded else ports))
    put(cache.wiring, "open_recorded", lambda home, now: Workspace(home, ports, recorded=True))
    put(cache.overview_view, "load", stage.load_overview)
    put(cache.counts_view, "count_services", stage.count_services)
    put(cache.clusters_view, "load", stage.load_clusters)
    put(cache.cluster_view, "load_one", stage.load_cluster)
    put(cache.decisions_view, "load", stage.load_decisions)
    put(cache.problems_view, "load", stage.load_problems)
    put(cache.sources_view, "load", stage.load_sources)
    put(cache.sentry_view, "load", stage.load_sentry)
    put(cache.deploys_view, "load", stage.load_deploys)
    put(cache.deploys_view, "load_one", stage.load_deploy)
    put(cache.gaps_view, "load", stage.load_gaps)
    put(cache.scope_view, "load", stage.load_scope)
    put(cache.freshness_view, "load", stage.load_fresh)
