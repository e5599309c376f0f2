"""Counts, durations and times as words."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from lib.core import wording


@pytest.mark.parametrize(("number", "words"), [(0, "no entries"), (1, "1 entry"), (2, "2 entries"), (1429, "1,429 entries")])
def test_a_count(number: int, words: str) -> None:
    assert wording.count_of(number, "entry", "entries") == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"), (106, "106 s"), (179, "179 s"), (180, "3 min"), (7199, "120 min"), (7200, "2 h"), (12_240, "3 h 24 min"),
        (172_799, "48 h"), (172_800, "2 d"), (190_800, "2 d 5 h"),
    ],
)  # fmt: skip
def test_a_duration(seconds: int, words: str) -> None:
    assert wording.say_duration(timedelta(seconds=seconds)) == words


@pytest.mark.parametrize(
    ("ts", "text"),
    [
        (datetime(2026, 9, 16, 6, tzinfo=UTC), "2026-09-16T06:00:00Z"),
        (datetime(2026, 9, 16, 6, 0, 0, 120_000, UTC), "2026-09-16T06:00:00.12Z"),
        (datetime(2026, 9, 16, 6, 0, 10, tzinfo=UTC), "2026-09-16T06:00:10Z"),
        (datetime(2026, 9, 16, 8, tzinfo=timezone(timedelta(hours=2))), "2026-09-16T06:00:00Z"),
        (None, None),
    ],
)
def test_a_time_is_rfc_3339_in_utc(ts: datetime | None, text: str | None) -> None:
    assert wording.rfc3339(ts) == text


@pytest.mark.parametrize(("words", "joined"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")])
def test_words_are_joined(words: list[str], joined: str) -> None:
    assert wording.join_words(words) == joined


def test_reasons_come_most_frequent_first() -> None:
    assert wording.say_reasons({"b": 2, "a": 2, "c": 1_000}) == "c 1,000, a 2, b 2"


@pytest.mark.parametrize(
    ("text", "short"), [("abc", "abc"), ("a\n  b", "a b"), ("12345", "12345"), ("123456", "1234…"), ("1234 6", "1234…")]
)
def test_a_long_text_is_cut_on_one_line(text: str, short: str) -> None:
    assert wording.shorten(text, 5) == short


@pytest.mark.parametrize(
    ("service", "environment", "named"),
    [
        ("checkout", "staging", "checkout (staging)"),
        ("checkout-staging", "staging", "checkout-staging"),
        ("products", "prod", "products (prod)"),  # a part of a word says nothing
        ("api-pre-prod", "pre-prod", "api-pre-prod"),
        ("checkout", "", "checkout"),
        ("", "staging", "no service (staging)"),
    ],
)
def test_a_services_name_tells_its_environment_once(service: str, environment: str, named: str) -> None:
    assert wording.name_of(service, environment) == named
