"""Who served when, from what revisions did and what the platform said."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import polars as pl

from lib.core.sentry.revisionlives import Activity, find_lives
from lib.core.sentry.trackingstates import Life
from tests.entries import START

HOUR = timedelta(hours=1)


def at(hours: float) -> datetime:
    return START + hours * HOUR


def serve(name: str, start: float, end: float, ready: float | None = None, failed: float | None = None) -> Activity:
    when = at(ready) if ready is not None else None
    return Activity(name, 10, 100, at(start), at(end), when, at(failed) if failed is not None else None)


def pulse(*seen: Activity) -> pl.DataFrame:
    rows = [
        {"revision": a.revision, "bucket": second, "count": 5}
        for a in seen
        for second in range(int(a.first.timestamp()) // 300 * 300, int(a.last.timestamp()), 300)
    ]
    return pl.DataFrame(rows, schema={"revision": pl.String, "bucket": pl.Int64, "count": pl.Int64})


def live(*seen: Activity, traffic: Sequence[float] = ()) -> dict[str, Life]:
    return {life.revision: life for life in find_lives(seen, pulse(*seen), [at(t) for t in traffic], START)}


def test_the_first_revision_served_since_the_window_began() -> None:
    assert live(serve("a", 0.4, 5))["a"].start == START


def test_the_newest_revision_serves_still() -> None:
    assert live(serve("a", 0, 5))["a"].end is None


def test_a_deploy_ends_the_revision_before_it_at_the_platforms_time() -> None:
    lives = live(serve("a", 0, 4.005), serve("b", 4.1, 8, ready=4))
    assert (lives["a"].end, lives["b"].start, lives["a"].end_unsure) == (at(4), at(4), timedelta(0))


def test_without_the_platforms_word_the_first_entry_is_the_sign_and_the_stretch_before_is_unsure() -> None:
    lives = live(serve("a", 0, 4), serve("b", 4.2, 8))
    assert lives["a"].end == lives["b"].start == at(4.2)
    assert lives["b"].start_unsure == lives["a"].end_unsure == at(4.2) - at(4)


def test_two_revisions_that_are_heard_until_the_end_both_serve() -> None:
    lives = live(serve("a", 0, 7.9), serve("b", 4, 8, ready=4))
    assert lives["a"].end is lives["b"].end is None


def test_a_change_of_traffic_ends_a_revision_that_falls_silent() -> None:
    assert live(serve("a", 0, 6), serve("b", 4, 8, ready=4), traffic=[6])["a"].end == at(6)


def test_a_change_of_traffic_ends_no_revision_that_goes_on() -> None:
    assert live(serve("a", 0, 8), serve("b", 4, 8, ready=4), traffic=[6])["a"].end is None


def test_a_long_silence_beside_others_is_an_end_without_any_mark() -> None:
    assert live(serve("a", 0, 6), serve("b", 4, 9, ready=4))["a"].end == at(6)


def test_a_revision_that_traffic_came_back_to_outlives_the_newer_one() -> None:
    lives = live(serve("a", 0, 9), serve("b", 4, 5, ready=4), traffic=[5])
    assert (lives["a"].end, lives["b"].end) == (None, at(5))


def test_a_revision_that_only_failed_to_start_never_served() -> None:
    crashed = Activity("b", 0, 6, at(4), at(4.01), None, at(4.02))
    lives = live(serve("a", 0, 8), crashed)
    assert (lives["b"].served, lives["a"].end) == (False, None)


def test_a_worker_without_requests_serves_by_its_own_entries() -> None:
    assert live(Activity("a", 0, 40, at(0), at(8)))["a"].served


def test_the_stretch_before_what_was_read_is_unsure_and_no_part_of_a_life() -> None:
    a = serve("a", 3.5, 8)
    (life,) = find_lives([a], pulse(a), [], START, at(3))
    assert (life.start, life.start_unsure) == (at(3), 3 * HOUR)
