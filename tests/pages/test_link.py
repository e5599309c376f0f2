"""A link and its question are one thing, and text from logs can do nothing in a label."""

import string
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.core.frequency import By, Rate
from lib.core.model import Kind, Query, Severity
from lib.ui import safe
from lib.ui.link import Link, address, after, counted_back, parse_link, parse_time, resolve, write_link
from lib.views.scope import Scope

NEWEST = datetime(2026, 9, 17, 11, 59, 30, 5, tzinfo=UTC)
SCOPE = Scope(("a",), ("staging",), NEWEST - timedelta(days=9), NEWEST)
NAMES = st.lists(st.text(max_size=20), unique=True, max_size=3).map(tuple)
PARAMS = ("from", "to", "service", "kind", "severity", "revision", "by", "rate", "x")
TIMES = st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))


@st.composite
def links(draw: st.DrawFn) -> Link:
    """Any link that a page can write."""
    first, second = sorted((draw(TIMES), draw(TIMES)))
    start, end = draw(st.sampled_from([(first, second + timedelta(seconds=1)), (first, None), (None, second), (None, None)]))
    kinds, severities = (tuple(draw(st.lists(st.sampled_from(list(words)), unique=True))) for words in (Kind, Severity))
    text, cluster = draw(st.text(max_size=40)).strip(), draw(st.text(string.hexdigits, max_size=16))
    patterns = [draw(st.sampled_from(["", "pool <*>", "/a|b/", "exit(3)"])) for _ in range(2)]
    switches = draw(st.booleans()), draw(st.booleans())
    query = Query(start, end, draw(NAMES), draw(NAMES), kinds, severities, text, *patterns, *switches)
    revision, by, rate = draw(st.text(max_size=40)).strip(), draw(st.sampled_from(By)), draw(st.sampled_from(Rate))
    return Link(query, cluster, (), revision, by, rate)


@given(links())
def test_a_link_reopens_its_question(link: Link) -> None:
    assert parse_link(write_link(link)) == link


@given(links())
def test_an_address_reopens_its_question(link: Link) -> None:
    params = parse_qs(urlsplit(address(link, "http://localhost:8501/clusters")).query, keep_blank_values=True)
    assert parse_link(params) == link


@given(st.dictionaries(st.sampled_from(PARAMS), st.lists(st.text(), max_size=3)))
def test_no_link_breaks_the_page(params: dict[str, list[str]]) -> None:
    link = parse_link(params)
    assert link.query.start is None or link.query.end is None or link.query.start < link.query.end
    assert parse_link(write_link(link)) == replace(link, told=())


@pytest.mark.parametrize(
    "text", ["2026-09-16T06:00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "-2h", "now", "1758002400"]
)
def test_a_time_that_could_mean_two_things_is_refused(text: str) -> None:
    assert parse_time(text) is None


def test_a_time_of_another_zone_is_the_same_instant() -> None:
    assert parse_time("2026-09-16T06:00:00+02:00") == datetime(2026, 9, 16, 4, tzinfo=UTC)


def test_the_newest_entry_lies_inside_every_window_that_is_counted_back() -> None:
    for length in (timedelta(minutes=15), None):
        window = counted_back(SCOPE, length)
        assert window
        assert window[0] <= NEWEST < window[1]
    assert after(NEWEST.replace(second=0, microsecond=0)) > NEWEST.replace(second=0, microsecond=0)


def test_without_anything_stored_a_question_stays_open() -> None:
    assert resolve(Query(), Scope((), (), None, None)) == Query()


def test_a_link_with_one_time_keeps_it() -> None:
    start = NEWEST - timedelta(days=3)
    assert resolve(Query(start=start), SCOPE) == Query(start=start, end=after(NEWEST))
    assert resolve(Query(end=start), SCOPE) == Query(start=start - timedelta(hours=24), end=start)


@given(st.text(max_size=60))
def test_neither_our_html_nor_a_chart_gets_a_tag(text: str) -> None:
    assert "<" not in safe.html(text)
    assert '"' not in safe.html(text)
    assert "<" not in safe.plotly(text)


def test_marks_that_turn_the_writing_are_taken_out() -> None:
    assert "\u202e" not in safe.html("user\u202egnp.exe")


@pytest.mark.parametrize(
    ("name", "value"),
    [("like", "/(/"), ("unlike", "<*>"), ("new", "yes"), ("muted", "2"), ("by", "x"), ("rate", "y")],
)
def test_what_cannot_be_read_is_left_out_and_told(name: str, value: str) -> None:
    link = parse_link({name: [value], "text": ["kept"]})
    assert replace(link, told=()) == Link(Query(text="kept"))
    assert value in link.told[0]
