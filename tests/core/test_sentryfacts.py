"""Sentry's facts out of a document: what is taken over, what is refused, what never gets through."""

import json
from datetime import timedelta
from typing import Any

import pytest

from lib.core.sentry.sentryfacts import NotSentryFacts, parse_facts
from lib.demo.load import recorded_sentry
from tests.entries import START, stamp

STATS = {
    "intervals": [stamp(START), stamp(START + timedelta(hours=1))],
    "groups": [{"by": {"outcome": "accepted"}, "series": {"sum(quantity)": [3, None]}}],
}


def facts(**fields: Any) -> dict[str, Any]:
    return {"organization": "acme", "projects": [{"slug": "orders"}], "stats": {"orders": STATS}, **fields}


def test_the_recorded_incident_has_its_sentry_side() -> None:
    read = parse_facts(recorded_sentry(START), START)
    assert (len(read.projects), len(read.releases), read.organization) == (3, 4, "tidewell")
    assert sum(p.outcomes.get("rate_limited", 0) for p in read.points) == 232
    assert read.read_at == START


def test_an_hour_without_a_number_counts_nothing() -> None:
    assert [dict(p.outcomes) for p in parse_facts(facts(), START).points] == [{"accepted": 3}, {"accepted": 0}]


def test_a_server_may_leave_every_field_out() -> None:
    read = parse_facts({"projects": [{"slug": "x"}], "releases": [{"version": "1"}], "stats": {"x": {}}}, START)
    assert (read.projects[0].slug, read.releases, read.points) == ("x", (), ())


@pytest.mark.parametrize(("document", "words"), [
    ([], "no JSON object"),
    ("x", "no JSON object"),
    ({}, "nothing that Sentry's API answers"),
    ({"projects": {}}, "`projects` is no JSON array"),
    ({"projects": [{"name": "x"}]}, "no slug"),
    ({"projects": [3]}, "A project is no JSON object"),
    ({"stats": []}, None),
    ({"stats": {"x": 3}}, "`stats` of 'x' is no JSON object"),
    ({"stats": {"x": {"intervals": ["yesterday"]}}}, "no time"),
    ({"stats": {"x": {"intervals": [], "groups": [{"by": {}, "series": {"sum(quantity)": [1]}}]}}}, "1 values"),
    ({"stats": {"x": {**STATS, "groups": [{"by": {}, "series": {"sum(quantity)": [1, "two"]}}]}}}, "no count"),
    ({"stats": {"x": {**STATS, "groups": [{"by": {}, "series": {"sum(quantity)": [1, -2]}}]}}}, "no count"),
    ({"projects": [], "read_at": "soon"}, "`read_at` is no time"),
])  # fmt: skip
def test_nonsense_is_told_by_its_part(document: object, words: str | None) -> None:
    if words is None:
        assert parse_facts(document, START).points == ()
        return
    with pytest.raises(NotSentryFacts, match=words) as told:
        parse_facts(document, START)
    assert told.value.hint


def test_no_secret_gets_through() -> None:
    key = "0123456789abcdef" * 2
    dsn = f"https://{key}@o1.ingest.sentry.io/42"
    token = "sntr" + "ys_" + "a1B2" * 12
    document = facts(
        projects=[{"slug": "orders", "dsn": dsn, "options": {"sentry:token": token}}],
        keys={"orders": {"active": 1, "dsn": {"public": dsn}, "secret": key}},
        failures=[{"what": "keys", "reason": f"Authorization: Bearer {token} refused at {dsn}", "hint": f"SENTRY_TOKEN={token}"}],
        quota={"note": f"see {dsn}"},
    )
    read = repr(parse_facts(document, START))
    assert key not in read
    assert token not in read
    assert json.dumps(document).count(key) > 0


def test_a_refused_time_does_not_repeat_what_it_holds() -> None:
    with pytest.raises(NotSentryFacts) as told:
        parse_facts({"projects": [], "read_at": "secret-looking"}, START)
    assert "secret-looking" not in told.value.message


TOKEN = "sntr" + "ys_" + "a1B2c3D4" * 8
NAMED = [
    {"organization": TOKEN},
    {"projects": [{"slug": TOKEN}]},
    {"projects": [{"slug": "x", "id": TOKEN, "name": TOKEN, "platform": TOKEN, "environments": [TOKEN]}]},
    {"stats": {TOKEN: STATS}},
    {"stats": {"x": {**STATS, "groups": [{"by": {"outcome": TOKEN}, "series": {"sum(quantity)": [1, 2]}}]}}},
    {"releases": [{"version": TOKEN, "projects": [{"slug": TOKEN}]}]},
    {"quota": {TOKEN: 1}},
]


@pytest.mark.parametrize("planted", NAMED)
def test_no_name_carries_a_secret(planted: dict[str, Any]) -> None:
    read = repr(parse_facts(facts(**planted), START))
    assert TOKEN not in read
    assert "[" in read


@pytest.mark.parametrize("name", ["orders@1.4.2", "backend@2026.11.0+7", "orders-backend-00042-abc"])
def test_a_release_keeps_its_name(name: str) -> None:
    (release,) = parse_facts(facts(releases=[{"version": name, "projects": [{"slug": "orders"}]}]), START).releases
    assert release.version == name


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59-05:00", 1e308, float("nan")])
def test_a_time_beyond_the_calendar_is_told(time: object) -> None:
    with pytest.raises(NotSentryFacts, match="no time"):
        parse_facts(facts(read_at=time), START)


def test_a_reading_of_tomorrow_was_read_now() -> None:
    assert parse_facts(facts(read_at="9999-01-01T00:00:00Z"), START).read_at == START


def test_a_release_of_a_later_year_proves_nothing() -> None:
    late = {"version": "1", "projects": [{"slug": "orders"}], "lastEvent": "2099-01-01T00:00:00Z"}
    assert parse_facts(facts(releases=[late]), START).releases == ()


def test_half_a_sign_becomes_a_question_mark() -> None:
    read = parse_facts(facts(projects=[{"slug": "a\ud800"}], quota={"note\ud800": "x\udfff"}), START)
    assert repr(read).encode()
    assert read.projects[0].slug == "a?"
    json.dumps(dict(read.extras), ensure_ascii=False).encode()
