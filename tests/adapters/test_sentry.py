"""Sentry's facts from a real server that speaks its API, or a part of it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from lib.adapters.http import Clock, Http, Limits
from lib.adapters.sentry import SentryAddress, SentryApi
from tests.openapi import Contract, contract
from tests.servers import ORGANIZATION, Reply, Seen, SentryWorld, Served, serve

__all__ = ["contract"]

NOW = datetime(2025, 10, 9, 12, 30, tzinfo=UTC)
SINCE = NOW - timedelta(hours=6)
TOKEN = "plan" + "ted-token"
DSN = "https://" + "0123456789abcdef" * 2 + "@o1.ingest.example.com/4510"
SECRETS = [DSN, "jo.doe" + "@example.com", "sntrys_" + "Ab1" * 20, "hunter2" + "Hunter2x"]


def make_world(**fields: Any) -> SentryWorld:
    accepted = {"backend": [NOW - timedelta(hours=h, minutes=5) for h in (1, 1, 3)], "web": []}
    return SentryWorld(accepted, ["backend-00001-abc", "web@1.2.3", "a/b c"], token=TOKEN, **fields)


@contextmanager
def reading(
    world: SentryWorld, wanted: tuple[str, ...] = (), since: datetime = SINCE, **limits: Any
) -> Iterator[tuple[Any, Served]]:
    """Yield the document that a world comes to, and its server."""
    with serve(world.answer) as served:
        http = Http("Sentry", Limits(**{"tries": 1, **limits}), Clock(sleep=lambda _: None))
        api = SentryApi(SentryAddress(served.url + world.prefix, ORGANIZATION, TOKEN), http, wanted)
        yield api.read(since, NOW, NOW), served


def read(world: SentryWorld, **asked: Any) -> Any:
    with reading(world, **asked) as (document, _):
        return document


def told(document: Any) -> list[str]:
    return [failure["what"] for failure in document["failures"]]


def test_a_whole_organization_is_read() -> None:
    document = read(make_world())
    assert document["failures"] == []
    assert (document["organization"], document["read_at"]) == (ORGANIZATION, "2025-10-09T12:30:00Z")
    assert [p["slug"] for p in document["projects"]] == ["backend", "web"]
    assert [r["version"] for r in document["releases"]] == ["backend-00001-abc", "web@1.2.3", "a/b c"]
    assert document["keys"] == {slug: {"active": 2, "inactive": 1, "limited": 1} for slug in ("backend", "web")}
    assert document["filters"]["web"] == [{"id": "localhost", "active": False}, {"id": "legacy-browsers", "active": ["ie"]}]
    assert document["quota"]["web"] == {"spike_protection": False}
    assert [d["release"] for d in document["deploys"]] == ["backend-00001-abc", "web@1.2.3", "a/b c"]


def test_outcomes_come_by_the_hour() -> None:
    stats = read(make_world())["stats"]["backend"]
    assert (stats["start"], stats["end"]) == ("2025-10-09T06:00:00Z", "2025-10-09T13:00:00Z")
    assert stats["groups"] == [
        {"by": {"outcome": "accepted"}, "totals": {"sum(quantity)": 3}, "series": {"sum(quantity)": [0, 0, 0, 1, 0, 2, 0]}}
    ]


def test_a_project_that_got_nothing_has_hours_and_no_outcome() -> None:
    stats = read(make_world())["stats"]["web"]
    assert (len(stats["intervals"]), stats["groups"]) == (7, [])


def test_sessions_are_asked_for_where_there_are_any() -> None:
    document = read(make_world())
    assert list(document["sessions"]) == ["web"]
    assert document["sessions"]["web"]["groups"][0] == {"by": {"release": "backend-00001-abc"}, "totals": {"sum(session)": 7}}


def test_every_request_is_one_that_sentry_describes(contract: Contract) -> None:
    with reading(make_world(per_page=1)) as (document, served):
        called = {contract.hold(seen) for seen in served.seen}
    assert document["failures"] == []
    assert called == {
        "listOrganizationProjects", "listOrganizationStatsV2", "listOrganizationReleases", "listOrganizationReleaseDeploys",
        "getOrganizationSessions", "listProjectKeys", "listProjectFilters", "getProject",
    }  # fmt: skip


def test_the_contract_notices_what_sentry_does_not_describe(contract: Contract) -> None:
    path = f"/api/0/organizations/{ORGANIZATION}/stats_v2/?groupBy=outcome&field="
    for query in ("sum(everything)", "sum(quantity)&unknown=1"):
        with pytest.raises(AssertionError):
            contract.hold(Seen("GET", path + query, {"Authorization": "Bearer x"}))


def test_only_questions_are_asked() -> None:
    with reading(make_world()) as (_, served):
        assert {seen.method for seen in served.seen} == {"GET"}
        assert all(seen.path.endswith("/") for seen in served.seen)


def test_pages_are_followed() -> None:
    whole, paged = read(make_world()), read(make_world(per_page=1))
    assert paged == whole


def test_a_path_before_the_api_is_kept() -> None:
    assert read(make_world(prefix="/tools/sentry"))["failures"] == []


@pytest.mark.parametrize(
    "base", ["https://sentry.io", "https://sentry.io/", "https://sentry.io/api/0", "https://sentry.io/api/0/"]
)
def test_a_base_url_may_hold_the_api_already(base: str) -> None:
    asked = SentryAddress(base, "acme", TOKEN).ask("organizations/acme/projects/", "projects", "x")
    assert asked.url == "https://sentry.io/api/0/organizations/acme/projects/"


def test_nothing_secret_is_kept() -> None:
    world = make_world(secrets=SECRETS)
    world.releases += [f"v1 {SECRETS[0]}", f"from {SECRETS[1]}"]
    document = read(world)
    kept = json.dumps(document)
    assert document["failures"] == []
    assert [secret for secret in (*SECRETS, TOKEN, "0123456789abcdef" * 2) if secret in kept] == []


def test_only_allowed_fields_are_kept() -> None:
    document = read(make_world(secrets=SECRETS))
    assert not {"team", "access", "features"} & document["projects"][0].keys()
    assert document["projects"][0]["latestRelease"] == {"version": "1.0"}
    assert not {"authors", "owner", "lastCommit", "url", "data"} & document["releases"][0].keys()


@pytest.mark.parametrize(
    ("part", "field"),
    [("stats_v2", "stats"), ("keys/", "keys"), ("filters/", "filters"), ("sessions/", "sessions"), ("deploys/", "deploys")],
)
@pytest.mark.parametrize(
    "trouble",
    [
        Reply(status=403),
        Reply(status=404),
        Reply(status=405),
        Reply(status=500),
        Reply(raw=b"<html>"),
        Reply({"a": 1}, misdeed="cut"),
    ],
    ids=["403", "404", "405", "500", "web page", "cut"],
)
def test_one_trouble_costs_itself_alone(part: str, field: str, trouble: Reply) -> None:
    document, whole = read(make_world(troubles={part: trouble})), read(make_world())
    assert not document[field]
    assert document["failures"]
    assert all(f["kind"] == field and f["reason"].startswith(("Sentry", "Not asked")) and f["hint"] for f in document["failures"])
    others = whole.keys() - {field, "failures"}
    assert {name: document[name] for name in others} == {name: whole[name] for name in others}


def test_a_failure_names_its_project() -> None:
    document = read(make_world(troubles={"project=4511": Reply(status=403)}))
    failure = next(f for f in document["failures"] if f["kind"] == "stats")
    assert (failure["what"], failure["project"]) == ("stats of web", "web")
    assert "org:read" in failure["hint"]
    assert list(document["stats"]) == ["backend"]


def test_a_refused_token_is_told_and_does_not_stand_in_the_document() -> None:
    world = make_world()
    world.token = "another"
    document = read(world)
    assert document["projects"] == document["releases"] == []
    assert told(document) == ["projects", "releases"]
    assert "401" in document["failures"][0]["reason"]
    assert TOKEN not in json.dumps(document)


def test_a_server_that_is_down_is_given_up_soon() -> None:
    world = make_world(troubles={"stats_v2": Reply(status=503), "keys": Reply(status=503), "filters": Reply(status=503)})
    with reading(world) as (document, served):
        assert len(served.seen) == 2 + 3
    assert {"stats of backend", "stats of web"} <= set(told(document))


def test_what_is_refused_three_times_is_not_asked_for_again_and_still_told() -> None:
    world = make_world(troubles={"filters": Reply(status=403)})
    world.accepted |= {f"p{n}": [] for n in range(8)}
    with reading(world) as (document, served):
        assert sum("filters" in path for path in served.paths()) == 3
    assert told(document).count("filters of p7") == 1
    assert len(document["stats"]) == 10


def test_a_server_that_leaves_fields_out_is_read() -> None:
    world = make_world(left_out=frozenset({"hasSessions", "firstEvent", "environments", "isMember", "latestRelease", "features"}))
    world.troubles = {"sessions": Reply(status=404), "deploys": Reply(status=404)}
    document = read(world)
    assert document["stats"]["backend"]["groups"]
    assert {f["kind"] for f in document["failures"]} == {"deploys"}


@pytest.mark.parametrize(
    "answer",
    [
        {}, [], None, {"intervals": [], "groups": 3}, {"intervals": ["x"], "groups": []},
        {"intervals": ["2025-10-09T06:00:00Z"], "groups": [{"series": {"sum(quantity)": [1]}}]},
        {"intervals": ["2025-10-09T06:00:00Z"], "groups": [{"by": {"outcome": "accepted"}, "series": {"sum(quantity)": [1, 2]}}]},
        {"intervals": ["2025-10-09T06:00:00Z"], "groups": [{"by": {"outcome": "accepted"}, "series": {"sum(quantity)": ["1"]}}]},
        {"intervals": ["2025-10-09T06:00:00Z"], "groups": [{"by": {"outcome": "accepted"}, "series": {"sum(quantity)": [-1]}}]},
    ],
)  # fmt: skip
def test_counts_of_another_shape_are_unknown_never_zero(answer: Any) -> None:
    document = read(make_world(troubles={"stats_v2": Reply(answer)}))
    assert document["stats"] == {}
    assert told(document) == ["stats of backend", "stats of web"]


@pytest.mark.parametrize("rows", [[None], [3], ["x"], [{"slug": None}], [{"slug": 3}], [{"id": "1"}]])
def test_a_project_without_a_slug_is_left_out(rows: list[Any]) -> None:
    assert read(make_world(troubles={"/projects/?": Reply(rows)}))["projects"] == []


def test_a_project_that_the_settings_name_and_sentry_does_not_have_is_told() -> None:
    document = read(make_world(), wanted=("backend", "lost"))
    assert told(document) == ["project of lost"]


def test_projects_that_the_settings_name_are_read_first() -> None:
    world = make_world()
    world.accepted |= {f"p{n}": [] for n in range(400)}
    document = read(world, wanted=("p399",))
    assert "p399" in document["stats"]
    assert len(document["stats"]) == 300
    assert len(document["failures"]) == 102


def test_a_long_window_is_asked_in_pieces_that_fit_together() -> None:
    world = make_world()
    with reading(world, since=NOW - timedelta(days=80)) as (document, served):
        assert sum("stats_v2" in path for path in served.paths()) == 2 * 3
    hours = [datetime.fromisoformat(t) for t in document["stats"]["backend"]["intervals"]]
    assert {b - a for a, b in pairwise(hours)} == {timedelta(hours=1)}
    assert document["stats"]["backend"]["groups"][0]["totals"] == {"sum(quantity)": 3}


def test_a_piece_that_fails_leaves_its_hours_out() -> None:
    first = (NOW - timedelta(days=80)).strftime("start=%Y-%m-%d")
    document = read(make_world(troubles={first: Reply(status=400)}), since=NOW - timedelta(days=80))
    assert "stats of backend" in told(document)
    assert document["stats"]["backend"]["start"] > "2025-08"


def test_what_sentry_no_longer_keeps_is_not_asked_for_and_told() -> None:
    document = read(make_world(), since=NOW - timedelta(days=400))
    assert [(n["what"], "90 days" in n["reason"]) for n in document["notes"]] == [("stats", True)]
    assert document["failures"] == []
    assert document["stats"]["backend"]["start"] >= "2025-07-11"


def test_too_many_releases_are_told_as_cut() -> None:
    world = make_world(per_page=100)
    world.releases = [f"r{n}" for n in range(1500)]
    world.troubles = {"deploys": Reply([])}
    document = read(world)
    assert len(document["releases"]) == 1000
    assert told(document) == ["releases"]
    assert [n["what"] for n in document["notes"]] == ["deploys"]


def test_deploys_that_are_refused_are_told_four_times_not_fifty() -> None:
    world = make_world(troubles={"deploys": Reply(status=403)})
    world.releases = [f"r{n}" for n in range(40)]
    assert told(read(world)) == ["deploys"] * 4


def test_progress_is_told_for_each_project() -> None:
    heard: list[tuple[int, int, str]] = []
    world = make_world()
    with serve(world.answer) as served:
        api = SentryApi(SentryAddress(served.url, ORGANIZATION, TOKEN), Http("Sentry"), (), lambda *told: heard.append(told))
        api.read(SINCE, NOW, NOW)
    assert heard == [(0, 2, "backend"), (1, 2, "web"), (2, 2, "")]
