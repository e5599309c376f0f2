"""What is kept of Sentry's answers."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.core.sentry.sentryfields import (
    FILTER,
    PROJECT,
    RELEASE,
    Series,
    clean_text,
    count_keys,
    cut_hours,
    keep,
    keep_all,
    keep_sessions,
    read_series,
    read_spike_protection,
    write_stats,
)  # fmt: skip

T0 = datetime(2025, 10, 9, 6, tzinfo=UTC)
HOUR = timedelta(hours=1)
MAIL = "jo.doe" + "@example.com"
KEY = "0123456789abcdef" * 2


@pytest.mark.parametrize(
    "name",
    ["frontend@1.0.0", "app@1.0.0-beta.dev", "backend-00734-abc", "a3f5c9d1e2b4a6f8a3f5c9d1e2b4a6f8a3f5c9d1", "v2.1", "@scope/x",
     "2018-11-06T21:19:58.536Z", "com.example.app@5.2+4711"],
)  # fmt: skip
def test_names_and_versions_stay_as_they_are(name: str) -> None:
    assert clean_text(name) == name


@pytest.mark.parametrize("secret", [MAIL, f"https://{KEY}@o1.example.com/1", "sntrys_" + "Ab1" * 20])
def test_secrets_do_not(secret: str) -> None:
    for text in (secret, f"v1 {secret}", f"{secret}@1.0"):
        assert secret not in clean_text(text)
        assert KEY not in clean_text(text)


def test_a_name_is_one_line_of_bounded_length() -> None:
    assert clean_text("a\n b" + "x" * 10_000) == "a b" + "x" * 247


@pytest.mark.parametrize("value", [None, 3, "x", [], [1]])
def test_what_is_no_object_keeps_nothing(value: Any) -> None:
    assert keep(value, PROJECT) == {}
    assert keep_all(value, PROJECT) == []


def test_values_of_another_type_are_dropped_not_kept_as_they_are() -> None:
    kept = keep({"slug": {"secret": KEY}, "name": [KEY, {"a": KEY}], "latestRelease": KEY, "id": None}, PROJECT)
    assert kept == {"slug": None, "name": [KEY], "latestRelease": None, "id": None}


def test_a_filter_may_be_a_list_of_browsers() -> None:
    assert keep({"id": "legacy", "active": ["ie", 3]}, FILTER) == {"id": "legacy", "active": ["ie"]}


def test_a_release_keeps_its_projects() -> None:
    kept = keep({"version": "1", "projects": [{"slug": "a", "secret": KEY}, None]}, RELEASE)
    assert kept == {"version": "1", "projects": [{"slug": "a"}]}


def test_a_key_that_does_not_say_that_it_is_off_counts_as_active() -> None:
    assert count_keys([{"id": KEY}, {"isActive": False}, None]) == {"active": 1, "inactive": 1, "limited": 0}
    assert count_keys(None) == {"active": 0, "inactive": 0, "limited": 0}


@pytest.mark.parametrize(
    ("options", "on"),
    [
        ({"quotas:spike-protection-disabled": False}, True),
        ({"quotas:spike-protection-disabled": True}, False),
        ({}, None),
        (None, None),
    ],
)
def test_spike_protection_is_unknown_where_it_is_not_told(options: Any, on: bool | None) -> None:
    assert read_spike_protection({"options": options}) is on


def test_sessions_of_another_shape_are_none() -> None:
    assert keep_sessions([]) is None
    assert keep_sessions({"groups": [{"by": {"release": "1"}, "totals": {"sum(session)": None}}, 3]}) == {
        "start": None, "end": None, "groups": [],
    }  # fmt: skip


def test_pieces_are_whole_hours_of_bounded_length() -> None:
    since, until = T0 + timedelta(minutes=10), T0 + 4 * HOUR + timedelta(minutes=1)
    assert cut_hours(since, until, 2 * HOUR) == [
        (T0, T0 + 2 * HOUR),
        (T0 + 2 * HOUR, T0 + 4 * HOUR),
        (T0 + 4 * HOUR, T0 + 5 * HOUR),
    ]
    assert cut_hours(T0, T0, HOUR) == []


def test_hours_are_utc_whatever_zone_was_asked_in() -> None:
    zone = timezone(timedelta(hours=5, minutes=30))
    assert cut_hours(T0.astimezone(zone), (T0 + HOUR).astimezone(zone), HOUR) == [(T0, T0 + HOUR)]


def test_an_outcome_that_a_piece_does_not_have_is_zero_in_its_hours() -> None:
    first: Series = {"": {T0: 0}, "accepted": {T0: 3}}
    second: Series = {"": {T0 + HOUR: 0}, "filtered": {T0 + HOUR: 2}}
    groups = {g["by"]["outcome"]: g["series"]["sum(quantity)"] for g in write_stats([first, second])["groups"]}
    assert groups == {"accepted": [3, 0], "filtered": [0, 2]}


def test_an_hour_in_two_pieces_counts_once() -> None:
    piece: Series = {"": {T0: 0}, "accepted": {T0: 3}}
    assert write_stats([piece, piece])["groups"][0]["totals"] == {"sum(quantity)": 3}


counts = st.dictionaries(
    st.sampled_from(["accepted", "filtered", "rate_limited"]), st.lists(st.integers(0, 10**9), min_size=4, max_size=4), min_size=1
)


@given(counts)
def test_writing_and_reading_stats_loses_nothing(found: dict[str, list[int]]) -> None:
    hours = [T0 + HOUR * n for n in range(4)]
    series: Series = {"": dict.fromkeys(hours, 0)} | {name: dict(zip(hours, c, strict=True)) for name, c in found.items()}
    assert read_series(write_stats([series])) == series


SECRETS = (MAIL, f"https://{KEY}@o1.example.com/1", "sntrys_" + "Ab1" * 20)
names = st.sampled_from(sorted(PROJECT.keys() | RELEASE.keys() | FILTER.keys() | {"dsn", "secret", "email", "authors"}))
planted = st.sampled_from(SECRETS).flatmap(
    lambda s: st.sampled_from([s, f"v1 {s}", f"({s})", f"{s}\n{s}", f"a@1.0 {s}", f"x={s}"])
)
answers = st.recursive(
    planted | st.none() | st.booleans() | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=5),
    max_leaves=15,
)


@given(answers, st.sampled_from([PROJECT, RELEASE, FILTER]))
def test_no_answer_brings_a_secret_through(answer: Any, fields: Any) -> None:
    kept = json.dumps([keep(answer, fields), keep_all(answer, fields)])
    assert [secret for secret in (*SECRETS, KEY) if secret in kept] == []


def test_half_a_character_becomes_a_question_mark() -> None:
    assert keep({"slug": "a\ud800b"}, PROJECT) == {"slug": "a?b"}


@pytest.mark.parametrize("odd", [10**30, -1, True, "7", None, 1.5])
def test_a_count_that_is_none_makes_an_answer_one_that_cannot_be_used(odd: object) -> None:
    """It costs the answer that holds it, not the whole reading."""
    group = {"by": {"outcome": "accepted"}, "series": {"sum(quantity)": [odd]}}
    assert read_series({"intervals": ["2025-10-09T06:00:00Z"], "groups": [group]}) is None


@pytest.mark.parametrize("odd", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "soon", 7])
def test_an_hour_that_is_no_time_makes_an_answer_one_that_cannot_be_used(odd: object) -> None:
    assert read_series({"intervals": [odd], "groups": []}) is None


@pytest.mark.parametrize("odd", [float("inf"), float("nan"), 10**30, -1, True, "7", None])
def test_sessions_without_a_count_are_left_out(odd: object) -> None:
    kept = keep_sessions({"groups": [{"by": {"release": "v1"}, "totals": {"sum(session)": odd}}]})
    assert kept is not None
    assert kept["groups"] == []
