"""What Sentry says of a project explains its counts, and says nothing where there is nothing to explain."""

from typing import Any

import pytest

from lib.core.sentry.explaining import explain
from lib.core.sentry.sentryfacts import SentryFacts

SLUG, RELEASE = "shop", "shop-00001-abc"


def told(outcomes: dict[str, int], **extras: Any) -> tuple[str, ...]:
    facts = SentryFacts("acme", extras={name: {SLUG: value} for name, value in extras.items()})
    return explain(facts, SLUG, [RELEASE], outcomes)


def sessions(count: int, release: str = RELEASE) -> dict[str, Any]:
    return {"groups": [{"by": {"release": release}, "totals": {"sum(session)": count}}]}


FILTERS = [{"id": "localhost", "active": True}, {"id": "web-crawlers", "active": False}]


@pytest.mark.parametrize(("outcomes", "extras", "says"), [
    ({"filtered": 3}, {"filters": FILTERS}, "Sentry filtered 3 events; inbound filters that are on: localhost."),
    ({"filtered": 1}, {"filters": FILTERS[1:]}, "by a rule of the project: none of its standard filters is on"),
    ({"rate_limited": 4}, {"keys": {"active": 1, "limited": 1}}, "Sentry refused 4 events by a limit: 1 key with a rate limit."),
    ({"rate_limited": 4}, {"quota": {"spike_protection": True}}, "spike protection is on"),
    ({"rate_limited": 4}, {"keys": {"active": 1, "limited": 0}}, "no key of the project has one of its own"),
    ({"rate_limited": 4}, {"quota": {"spike_protection": None}}, "Sentry refused 4 events by a limit."),
    ({}, {"keys": {"active": 0, "inactive": 2, "limited": 0}}, "No client key of the project is active"),
    ({}, {"sessions": sessions(7)}, "Sentry counted 7 sessions of its releases: the SDK reaches Sentry."),
])  # fmt: skip
def test_a_count_is_explained(outcomes: dict[str, int], extras: dict[str, Any], says: str) -> None:
    (sentence,) = told(outcomes, **extras)
    assert says in sentence


@pytest.mark.parametrize(("outcomes", "extras"), [
    ({"accepted": 3}, {"filters": FILTERS}),
    ({"accepted": 3}, {"keys": {"active": 1, "limited": 1}, "quota": {"spike_protection": True}}),
    ({"filtered": 3}, {}),
    ({"rate_limited": 3}, {}),
    ({"accepted": 1}, {"sessions": sessions(7)}),
    ({}, {"sessions": sessions(7, "another")}),
    ({}, {"sessions": sessions(0)}),
    ({"filtered": 1}, {"filters": "odd", "keys": [], "sessions": 3, "quota": None}),
])  # fmt: skip
def test_what_is_not_counted_or_not_known_is_not_explained(outcomes: dict[str, int], extras: dict[str, Any]) -> None:
    assert told(outcomes, **extras) == ()


@pytest.mark.parametrize("odd", ["many", float("inf"), float("nan"), [1], True, -3, 10**30, None])
def test_a_number_of_sessions_that_is_none_is_left_out(odd: object) -> None:
    """A facts file is kept as it was; what it holds must not stop every later answer."""
    answer = sessions(7)
    answer["groups"] = [{**answer["groups"][0], "totals": {"sum(session)": odd}}, *answer["groups"]]
    (sentence,) = told({}, sessions=answer)
    assert "Sentry counted 7 sessions" in sentence


def test_a_service_without_a_project_is_not_explained() -> None:
    assert explain(SentryFacts("acme", extras={"keys": {"": {"active": 0}}}), "", [], {}) == ()
    assert explain(None, SLUG, [], {}) == ()
