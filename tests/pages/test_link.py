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
from lib.ui.link import Link, address, after, counted_back, format_time, parse_link, parse_time, resolve, write_link
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
    assert resolve(Link(Query()), Scope((), (), None, None)).query == Query()


def test_a_link_with_one_time_keeps_it() -> None:
    start = NEWEST - timedelta(days=3)
    assert resolve(Link(Query(start=start)), SCOPE).query == Query(start=start, end=after(NEWEST))
    assert resolve(Link(Query(end=start)), SCOPE).query == Query(start=start - timedelta(hours=24), end=start)


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


NOW = NEWEST + timedelta(minutes=7)
LIVE = replace(SCOPE, live=NOW)


def test_a_window_without_an_end_reaches_to_now_where_entries_are_read_live() -> None:
    link = resolve(parse_link({}), LIVE)
    assert (link.query.start, link.query.end, link.follows) == (after(NOW) - timedelta(hours=24), after(NOW), True)


def test_a_window_that_moves_on_stays_so_in_the_address_and_stands_still_in_a_copied_link() -> None:
    link = resolve(parse_link({"last": ["6h"], "text": ["kept"]}), LIVE)
    assert write_link(link) == {"last": ["6h"], "text": ["kept"]}
    copied = address(link, "http://localhost/clusters")
    assert "last=" not in copied
    assert "from=" in copied
    assert "to=" in copied


def test_a_start_alone_is_kept_while_the_end_moves_on() -> None:
    start = NEWEST - timedelta(days=3)
    link = resolve(parse_link({"from": [format_time(start)]}), LIVE)
    assert (link.query.start, link.query.end) == (start, after(NOW))
    assert write_link(link) == {"from": [format_time(start)]}


def test_a_window_with_an_end_stands_still() -> None:
    link = resolve(parse_link({"to": [format_time(NEWEST)]}), LIVE)
    assert not link.follows
    assert write_link(link)["to"] == [format_time(NEWEST)]


def test_a_length_without_anything_live_is_counted_back_from_the_newest_entry_and_stands_still() -> None:
    link = resolve(parse_link({"last": ["15m"]}), SCOPE)
    assert (link.query.start, link.follows) == (after(NEWEST) - timedelta(minutes=15), False)
    assert write_link(link).keys() == {"from", "to"}


@pytest.mark.parametrize("text", ["1y", "0m", "h", "-2h", "2 h"])
def test_a_length_that_is_none_is_told(text: str) -> None:
    link = parse_link({"last": [text]})
    assert link.last is None
    assert "“last=" in link.told[0]
