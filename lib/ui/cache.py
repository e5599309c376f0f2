"""The one way from a page to its view: opened once, asked once per question and version of what is stored, never stale."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

import streamlit as st

from lib import wiring
from lib.core.curation import Mute, settle
from lib.core.frequency import By, Rate
from lib.core.model import Query
from lib.core.settings import Settings
from lib.errors import BlindspotError
from lib.ports import Ports
from lib.ui import door, parts
from lib.views import cluster as cluster_view
from lib.views import clusters as clusters_view
from lib.views import decisions as decisions_view
from lib.views import deploys as deploys_view
from lib.views import freshness as freshness_view
from lib.views import gaps as gaps_view
from lib.views import overview as overview_view
from lib.views import problems as problems_view
from lib.views import scope as scope_view
from lib.views import sentry as sentry_view
from lib.views import servicecounts as counts_view
from lib.views import sources as sources_view
from lib.views.reportactions import load_criteria
from lib.views.reportparts import Asked

T = TypeVar("T")
KEPT = 60  # answers of each kind, up to half a MB each: where entries are read live, every few seconds make new ones


@dataclass(frozen=True)
class Versions:
    """What an answer depends on beside its question: a home, and how far its store and state have come."""

    home: str
    entries: int
    state: int
    recorded: bool


def now() -> datetime:
    """Return the time, aware."""
    return wiring.utc_now()


def versions() -> Versions:
    """Return the versions of what is stored now."""
    space = _workspace()
    return Versions(str(space.home), space.ports.entries.version(), space.ports.state.version(), space.recorded)


def recorded() -> bool:
    """Return whether the pages show the recorded incident, for want of the team's own logs."""
    return _workspace().recorded


def scope() -> scope_view.Scope:
    """Return what a question can be about; while entries are read live, windows reach to now."""
    return replace(_scope(versions()), live=now() if freshness().live else None)


def freshness() -> freshness_view.FreshnessView:
    """Return how fresh every live source is, asked anew each time: ages and heartbeats change no version."""
    return freshness_view.load(ports(), now())


def overview(query: Query) -> overview_view.OverviewView:
    """Return the Overview's answer, joined from those that the other pages keep: what was asked once is not asked again."""
    at = versions()
    asked = overview_view.Asked(
        lambda: _counts(query, at),
        _contained("Blind spots", lambda: _gaps(query, at)),
        _contained("Sentry", lambda: _sentry(query, at)),
        _contained("Deploys", lambda: _deploys(query, By.SEVERITY, Rate.COUNT, at)),
    )
    return overview_view.load(ports(), query, now(), asked)


def report_parts(query: Query) -> Asked:
    """Return how the parts of a report are had: from the answers that the pages keep."""
    at, mutes = versions(), mutes_in_force()
    return Asked(
        lambda: _counts(query, at),
        _contained("Clusters", lambda: _clusters(replace(query, muted=True), at, mutes)),
        _contained("Problems", lambda: _problems(query, at)),
        _contained("Blind spots", lambda: _gaps(query, at)),
        _contained("Sentry", lambda: _sentry(query, at)),
        _contained("Deploys", lambda: _deploys(query, By.SEVERITY, Rate.COUNT, at)),
        _contained("Sources", lambda: sources(query)),
        _contained("Criteria", lambda: load_criteria(ports(), query, now())),
    )


def own_ports() -> Ports:
    """Return the team's own store, whatever the pages show: what is frozen outlives the recorded incident."""
    _workspace()  # whoever may not come in is stopped there
    return _own(str(wiring.home_folder())).ports


def _contained(page: str, ask: Callable[[], T]) -> Callable[[], T]:
    """Return a question whose failure, even one that nobody foresaw, costs only its own part of an answer."""

    def asked() -> T:
        try:
            return ask()
        except BlindspotError:
            raise
        except Exception as error:
            raise parts.unforeseen(f"The answer of the page {page}") from error

    return asked


def clusters(query: Query) -> clusters_view.ClustersView:
    """Return the clusters of a question."""
    return _clusters(query, versions(), mutes_in_force())


def cluster(query: Query, id: str) -> cluster_view.ClusterView:
    """Return one cluster. Errors: BadQuery when none ever had this id."""
    return _cluster(query, id, versions(), mutes_in_force())


def decisions(query: Query) -> decisions_view.DecisionsView:
    """Return what people decided, and what it does to a question's window."""
    return _decisions(query, versions(), mutes_in_force())


def which(text: str) -> decisions_view.Match:
    """Return the cluster that a pasted line belongs to."""
    return decisions_view.match_line(ports(), text)


def check_name(name: str, pattern: str) -> decisions_view.NameCheck:
    """Return what a name would join. Errors: BadQuery."""
    return decisions_view.check_name(ports(), name, pattern)


def keep_name(name: str, pattern: str, reason: str) -> decisions_view.NameCheck:
    """Give a name to what holds a pattern. Errors: BadQuery; NotAllowed."""
    return decisions_view.keep_name(ports(), name, pattern, reason, now(), door.require_editor())


def drop_name(name: str) -> None:
    """Take a name away. Errors: BadQuery; NotAllowed."""
    decisions_view.drop_name(ports(), name, "", now(), door.require_editor())


def mute(cluster: str, pattern: str, reason: str, span: timedelta) -> None:
    """Mute a cluster or a pattern for a span of time. Errors: BadQuery; NotAllowed."""
    at = now()
    decisions_view.mute(ports(), cluster, pattern, reason, at + span, at, door.require_editor())


def unmute(subject: str) -> None:
    """End a mute. Errors: BadQuery; NotAllowed."""
    decisions_view.unmute(ports(), subject, "", now(), door.require_editor())


def mutes_in_force() -> tuple[Mute, ...]:
    """Return the mutes that hold now: one that has ended must not stay in a kept answer."""
    return settle(ports().state.changes(), now()).mutes


def problems(query: Query) -> problems_view.ProblemsView:
    """Return the problems of a question's window, services and environments: filters ask for no new search."""
    return _problems(Query(query.start, query.end, query.services, query.environments), versions())


def deploys(query: Query, by: By, rate: Rate) -> deploys_view.DeploysView:
    """Return the deploys of a question's window, and its chart."""
    return _deploys(query, by, rate, versions())


def deploy(query: Query, service: str, revision: str, rate: Rate) -> deploys_view.DeployView:
    """Return one deploy. Errors: BadQuery when the window holds no such deploy."""
    return _deploy(query, service, revision, rate, versions())


def gaps(query: Query) -> gaps_view.GapsView:
    """Return when nobody could see, beside when services failed."""
    return _gaps(query, versions())


def sentry(query: Query) -> sentry_view.SentryView:
    """Return what is known of error tracking."""
    return _sentry(query, versions())


def sources(query: Query) -> sources_view.SourcesView:
    """Return what was read, from where; ages are right to the minute."""
    return _sources(query, versions(), now().replace(second=0, microsecond=0))


def _workspace() -> wiring.Workspace:
    """Return the open workspace: the team's own once it holds anything or is to be read, the recorded incident until then.

    Errors: NotAllowed for somebody who may not come in: whatever way led here, nothing is read for them.
    """
    door.require()
    home = str(wiring.home_folder())
    own = _own(home)
    mine = own.ports.entries.version() >= 0 or own.ports.state.sources()
    return own if mine else _recorded(home, wiring.age_group(now()))


def settings() -> Settings:
    """Return what is set, as the dashboard read it when it started."""
    return ports().settings


def ports() -> Ports:
    """Return the ports of the open workspace."""
    return _workspace().ports


@st.cache_resource(show_spinner=False, max_entries=8)
def _own(home: str) -> wiring.Workspace:
    return wiring.open_workspace(Path(home))


@st.cache_resource(show_spinner="Opening the recorded incident …", max_entries=2)
def _recorded(home: str, age: int) -> wiring.Workspace:
    return wiring.open_recorded(Path(home), now())


@st.cache_data(show_spinner=False, max_entries=KEPT)
def _scope(at: Versions) -> scope_view.Scope:
    return scope_view.load(ports())


@st.cache_data(show_spinner=False, max_entries=KEPT)
def _counts(query: Query, at: Versions) -> counts_view.Counted:
    return counts_view.count_services(ports(), query)


@st.cache_data(show_spinner=False, max_entries=KEPT)
def _clusters(query: Query, at: Versions, mutes: tuple[Mute, ...]) -> clusters_view.ClustersView:
    return clusters_view.load(ports(), query, now())


@st.cache_data(show_spinner=False, max_entries=KEPT)
def _cluster(query: Query, id: str, at: Versions, mutes: tuple[Mute, ...]) -> cluster_view.ClusterView:
    return cluster_view.load_one(ports(), query, now(), id)


@st.cache_data(show_spinner=False, max_entries=KEPT)
def _decisions(query: Query, at: Versions, mutes: tuple[Mute, ...]) -> decisions_view.DecisionsView:
    return decisions_view.load(ports(), query, now())


@st.cache_data(show_spinner="Looking for what failed together …", max_entries=KEPT)
def _problems(query: Query, at: Versions) -> problems_view.ProblemsView:
    return problems_view.load(ports(), query, now())


@st.cache_data(show_spinner="Comparing before and after …", max_entries=KEPT)
def _deploys(query: Query, by: By, rate: Rate, at: Versions) -> deploys_view.DeploysView:
    return deploys_view.load(ports(), query, now(), by, rate)


@st.cache_data(show_spinner="Comparing before and after …", max_entries=KEPT)
def _deploy(query: Query, service: str, revision: str, rate: Rate, at: Versions) -> deploys_view.DeployView:
    return deploys_view.load_one(ports(), query, now(), service, revision, rate)


@st.cache_data(show_spinner="Looking for blind spots …", max_entries=KEPT)
def _gaps(query: Query, at: Versions) -> gaps_view.GapsView:
    return gaps_view.load(ports(), query, now())


@st.cache_data(show_spinner="Asking every service whether it is watched …", max_entries=KEPT)
def _sentry(query: Query, at: Versions) -> sentry_view.SentryView:
    return sentry_view.load(ports(), query, now())


@st.cache_data(show_spinner=False, max_entries=KEPT)
def _sources(query: Query, at: Versions, minute: datetime) -> sources_view.SourcesView:
    return sources_view.load(ports(), query, minute)
