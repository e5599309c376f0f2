"""How often by time, in which what was not read is missing and never zero."""

from datetime import timedelta

import polars as pl
import pytest

from lib.core.frequency import REST, Rate, Series, choose_bucket, find_missing, lay_over, list_buckets, make_series
from tests.entries import START

MIN = timedelta(minutes=1)
T = int(START.timestamp())


def heard(*entries: int, requests: int = 10) -> pl.DataFrame:
    return pl.DataFrame(
        {"bucket": [T + 60 * i for i in range(len(entries))], "entries": entries, "requests": [requests] * len(entries)}
    )


def rows(*counts: tuple[int, str, int]) -> pl.DataFrame:
    return pl.DataFrame([(T + 60 * b, n, c) for b, n, c in counts], schema=["bucket", "name", "count"], orient="row")


def draw(counted: pl.DataFrame, alive: pl.DataFrame, minutes: int, rate: Rate = Rate.COUNT) -> tuple[Series, ...]:
    buckets = list_buckets(START, START + minutes * MIN, 60)
    return make_series(counted, alive, buckets, 60, find_missing(buckets, 60, alive, ()), rate)


def values(series: Series) -> list[float | None]:
    return [p.value for p in series.points]


@pytest.mark.parametrize(
    ("span", "bucket"), [(MIN, 60), (120 * MIN, 60), (121 * MIN, 300), (timedelta(days=120), 86400), (timedelta(days=900), 86400)]
)
def test_the_bucket_follows_the_range_from_a_minute_to_a_day(span: timedelta, bucket: int) -> None:
    assert choose_bucket(span) == bucket


def test_a_bucket_without_a_warning_in_a_living_service_is_zero() -> None:
    (series,) = draw(rows((0, "WARNING", 2), (2, "WARNING", 1)), heard(9, 9, 9), 3)
    assert values(series) == [2, 0, 1]
    assert series.total == 3


def test_a_bucket_in_which_nothing_was_heard_is_missing() -> None:
    (series,) = draw(rows((0, "WARNING", 2)), heard(9, 0, 9), 3)
    assert values(series) == [2, None, 0]


def test_a_bucket_that_was_not_read_is_missing() -> None:
    buckets = list_buckets(START, START + 3 * MIN, 60)
    assert find_missing(buckets, 60, heard(9, 9, 9), [(START + MIN, START + 2 * MIN)]) == {T + 60}


def test_a_bucket_that_was_read_in_part_is_kept() -> None:
    assert not find_missing([T], 60, heard(9), [(START, START + MIN / 2)])


def test_a_rate_by_request_has_no_value_without_requests() -> None:
    (series,) = draw(rows((0, "ERROR", 5)), heard(9, 9, requests=0), 2, Rate.PER_REQUEST)
    assert values(series) == [None, None]


def test_rates_divide_by_requests_or_minutes() -> None:
    counted, alive = rows((0, "ERROR", 5)), heard(9)
    assert [values(draw(counted, alive, 1, r)[0]) for r in (Rate.PER_REQUEST, Rate.PER_MINUTE)] == [[0.5], [5.0]]


def test_more_lines_than_can_be_told_apart_are_added_up() -> None:
    series = draw(rows(*((0, f"c{i}", 20 - i) for i in range(12))), heard(300), 1)
    assert len(series) == 8
    assert series[-1].name == REST
    assert sum(s.total for s in series) == sum(20 - i for i in range(12))


def test_windows_lie_over_each_other_by_the_time_since_each_began() -> None:
    (series,) = draw(rows((0, "WARNING", 2)), heard(9, 9), 2)
    one, two = lay_over([("a", START, series), ("b", START - MIN, series)])
    assert [p.since for p in one.points] == [0 * MIN, MIN]
    assert [p.since for p in two.points] == [MIN, 2 * MIN]
