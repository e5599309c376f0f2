"""The recorded incident, walked through: what could be known of its error tracking at each hour of docs/recorded-incident.md."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from lib import wiring
from lib.core.model import Query
from lib.core.tracking import Judgement
from lib.demo.story import BACKEND, LOCKERS, PLANNER, RECORDED_END, START
from lib.views import sentry


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> wiring.Workspace:
    return wiring.open_recorded(tmp_path_factory.mktemp("recorded"), RECORDED_END)


def at(text: str) -> datetime:
    hours, minutes = map(int, text.split(":"))
    return START + timedelta(hours=hours, minutes=minutes)


def judge(space: wiring.Workspace, end: str | None, service: str = BACKEND) -> Judgement:
    view = sentry.load(space.ports, Query(end=at(end) if end else None), RECORDED_END)
    return next(s.judgement for s in view.services if s.judgement.service == service)


@pytest.mark.parametrize(("end", "verdict"), [
    ("1:30", "missing"), ("6:00", "missing"), ("9:20", "missing"),
    ("9:45", "misconfigured"), ("12:00", "misconfigured"), ("14:10", "misconfigured"),
    ("14:25", "unverified"), ("15:00", "unverified"),
    ("16:30", "dropping"), ("17:05", "dropping"),
    ("20:00", "recovered"), (None, "recovered"),
])  # fmt: skip
def test_it_walks_through_its_states_at_the_right_times(space: wiring.Workspace, end: str | None, verdict: str) -> None:
    assert judge(space, end).verdict == verdict


def test_since_when_is_told(space: wiring.Workspace) -> None:
    first = judge(space, "9:20").since
    assert first is not None
    assert first < at("1:00")  # the first start that was seen; the revision served before
    assert abs(judge(space, "14:10").since - at("9:30")) < timedelta(minutes=2)  # type: ignore[operator]
    assert at("16:00") <= judge(space, "17:05").since <= at("16:15")  # type: ignore[operator]


def test_the_counts_of_the_story_are_the_evidence(space: wiring.Workspace) -> None:
    counts = {(e.state, e.revision[-9:]): e.count for e in judge(space, None).evidence if e.kind == "log"}
    assert (counts["missing", "00041-kqz"], counts["missing", "00042-vtd"]) == (34, 6)
    assert counts["misconfigured", "00043-hzw"] == 8


def test_each_revision_has_its_verdict(space: wiring.Workspace) -> None:
    told = {r.revision[-9:-4]: r.verdict.value for r in judge(space, None).revisions}
    assert told == {"00041": "missing", "00042": "missing", "00043": "misconfigured", "00045": "recovered", "00046": "healthy"}


def test_the_other_services_are_told_apart(space: wiring.Workspace) -> None:
    assert judge(space, None, LOCKERS).verdict == "healthy"
    assert judge(space, None, PLANNER).verdict == "unverified"


def test_accepted_stands_beside_eligible(space: wiring.Workspace) -> None:
    view = sentry.load(space.ports, Query(), RECORDED_END)
    backend, lockers = (next(s for s in view.services if s.judgement.service == name) for name in (BACKEND, LOCKERS))
    assert lockers.coverage is not None
    assert (lockers.coverage.accepted, lockers.coverage.eligible) == (53, 53)
    assert [(h.eligible, h.accepted) for h in backend.hours if h.ts == at("28:00")] == [(30, 30)]
    assert backend.coverage is not None
    assert (backend.coverage.outcomes["rate_limited"], backend.coverage.outcomes["client_discard"]) == (232, 45)


def test_no_service_of_it_is_blind_at_its_end(space: wiring.Workspace) -> None:
    told = sentry.load(space.ports, Query(), RECORDED_END).headline
    assert told == "None of 3 services is known to be blind now. Of 1 service nobody knows."


def test_a_recording_loaded_at_an_odd_minute_tells_the_same(tmp_path: Path) -> None:
    now = RECORDED_END + timedelta(days=40, minutes=23, seconds=7)
    space = wiring.open_recorded(tmp_path, now)
    told = {s.judgement.service: s.judgement.verdict.value for s in sentry.load(space.ports, Query(), now).services}
    assert told == {BACKEND: "recovered", LOCKERS: "healthy", PLANNER: "unverified"}
