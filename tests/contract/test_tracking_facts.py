"""What every TrackingFacts keeps, the fake one too."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from lib.adapters.http import Http, Limits
from lib.adapters.sentry import SentryAddress, SentryApi
from lib.ports import TrackingFacts
from tests.fakes import MemoryTrackingFacts
from tests.servers import ORGANIZATION, Reply, SentryWorld, serve

NOW = datetime(2025, 10, 9, 12, 30, tzinfo=UTC)
SINCE = NOW - timedelta(hours=6)
FIELDS = {
    "organization",
    "read_at",
    "projects",
    "stats",
    "releases",
    "deploys",
    "keys",
    "filters",
    "quota",
    "sessions",
    "failures",
    "notes",
}
DOWN = {"what": "projects", "kind": "projects", "project": None, "reason": "Sentry failed (500).", "hint": "Try again later."}


@contextmanager
def fake(up: bool) -> Iterator[TrackingFacts]:
    yield MemoryTrackingFacts(
        {"organization": ORGANIZATION, "projects": [{"slug": "backend"}]} if up else {}, [] if up else [DOWN]
    )


@contextmanager
def api(up: bool) -> Iterator[TrackingFacts]:
    world = SentryWorld({"backend": [NOW - timedelta(hours=2)]}, ["r1"], troubles={} if up else {"/": Reply(status=500)})
    with serve(world.answer) as served:
        yield SentryApi(SentryAddress(served.url, ORGANIZATION, "x"), Http("Sentry", Limits(tries=1)))


IMPLEMENTATIONS: dict[str, Callable[[bool], AbstractContextManager[TrackingFacts]]] = {"fake": fake, "api": api}


@pytest.fixture(params=IMPLEMENTATIONS)
def make(request: pytest.FixtureRequest) -> Callable[[bool], AbstractContextManager[TrackingFacts]]:
    return IMPLEMENTATIONS[request.param]


Make = Callable[[bool], AbstractContextManager[TrackingFacts]]


def test_the_document_has_known_fields_only_and_says_when_it_was_read(make: Make) -> None:
    with make(True) as facts:
        document = facts.read(SINCE, NOW, NOW)
    assert document.keys() <= FIELDS
    assert document["read_at"] == "2025-10-09T12:30:00Z"
    assert [p["slug"] for p in document["projects"]] == ["backend"]
    assert document["failures"] == []


def test_the_document_is_json(make: Make) -> None:
    with make(True) as facts:
        document = facts.read(SINCE, NOW, NOW)
    assert json.loads(json.dumps(document)) == document


def test_an_outage_is_no_error_and_stands_in_the_document(make: Make) -> None:
    with make(False) as facts:
        document = facts.read(SINCE, NOW, NOW)
    assert document["failures"]
    assert all({"what", "reason", "hint"} <= failure.keys() and failure["reason"] for failure in document["failures"])
    assert not document.get("projects")


def test_reading_twice_brings_the_same(make: Make) -> None:
    with make(True) as facts:
        assert facts.read(SINCE, NOW, NOW) == facts.read(SINCE, NOW, NOW)
