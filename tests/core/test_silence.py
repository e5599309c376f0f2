"""Silence: judged by what a service normally writes for its requests. Idle is not silent."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from lib.core.blindness.silence import Silence, find_silences

START = datetime(2026, 9, 16, tzinfo=UTC)


def activity(served: list[int], own: list[int], wordless: list[int] | None = None) -> pl.DataFrame:
    """Return minutes of requests and own entries, as rollup.activity tells them."""
    rows = []
    for n, (requests, lines) in enumerate(zip(served, own, strict=True)):
        at = START + timedelta(minutes=n)
        rows.append(
            {
                "bucket": int(at.timestamp()),
                "served": requests,
                "own": lines,
                "wordless": wordless[n] if wordless else 0,
                "first_served": at + timedelta(seconds=2) if requests else None,
                "last_served": at + timedelta(seconds=50) if requests else None,
                "first_own": at + timedelta(seconds=3) if lines else None,
                "last_own": at + timedelta(seconds=55) if lines else None,
            }
        )
    counts = dict.fromkeys(("bucket", "served", "own", "wordless"), pl.Int64)
    times = dict.fromkeys(("first_served", "last_served", "first_own", "last_own"), pl.Datetime("us", "UTC"))
    return pl.DataFrame(rows, schema={**counts, **times})


def minute_of(silence: Silence) -> tuple[float, float | None]:
    """Return start and end in minutes."""
    begin = START.timestamp()
    return (silence.start - begin) // 60, None if silence.end is None else (silence.end - begin) // 60


def test_requests_without_own_entries_are_silence() -> None:
    own = [6] * 200 + [0] * 40 + [6] * 200
    (found,) = find_silences(activity([4] * 440, own))
    assert minute_of(found) == (200, 240)
    assert (found.start_unsure, found.seen) == (7, 160)  # the last own entry came 7 s before the first request without one
    assert found.end_unsure == 13


def test_a_silence_that_goes_on_has_no_end() -> None:
    (found,) = find_silences(activity([4] * 300, [6] * 260 + [0] * 40))
    assert found.end is None


def test_scale_to_zero_is_idle_and_not_silent() -> None:
    assert find_silences(activity([4] * 200 + [0] * 300 + [4] * 200, [6] * 200 + [0] * 300 + [6] * 200)) == ()


def test_own_entries_without_requests_are_no_silence() -> None:
    assert find_silences(activity([0] * 300, [6] * 300)) == ()


def test_a_service_that_never_writes_is_not_silent() -> None:
    assert find_silences(activity([4] * 300, [0] * 300)) == ()


@pytest.mark.parametrize(("pause", "silences"), [(8, 0), (90, 1)])
def test_a_service_that_often_pauses_may_pause(pause: int, silences: int) -> None:
    """One in three minutes has an own entry: eight minutes without one are nothing, ninety are."""
    usual = [1, 0, 0] * 100
    found = find_silences(activity([2] * (600 + pause), usual + [0] * pause + usual))
    assert len(found) == silences


def test_two_long_silences_do_not_excuse_a_short_one() -> None:
    own = [3] * 100 + [0] * 180 + [3] * 200 + [0] * 180 + [3] * 100 + [0] * 20 + [3] * 100
    assert len(find_silences(activity([3] * len(own), own))) == 3


def test_entries_that_lost_their_messages_are_a_silence_of_their_own() -> None:
    wordless = [0] * 200 + [6] * 40 + [0] * 200
    (found,) = find_silences(activity([4] * 440, [6] * 440, wordless))
    assert found.wordless
    assert (minute_of(found), found.missed, found.seen) == ((200, 240), 240, 240)


def test_a_few_entries_without_message_are_usual() -> None:
    assert find_silences(activity([4] * 400, [6] * 400, [1 if n % 9 == 0 else 0 for n in range(400)])) == ()


@pytest.mark.parametrize(("pause", "silences"), [(11, 0), (12, 1)])
def test_a_service_that_writes_for_every_request_may_pause_for_a_few(pause: int, silences: int) -> None:
    """Eleven requests without an own entry are nothing, twelve are."""
    own = [2] * 600 + [0] * pause + [2] * 600
    assert len(find_silences(activity([1] * len(own), own))) == silences


@pytest.mark.parametrize("seed", range(5))
def test_own_entries_at_random_make_no_silence(seed: int) -> None:
    own = np.random.default_rng(seed).poisson(0.3, 1440).tolist()
    assert find_silences(activity([3] * 1440, own)) == ()


@pytest.mark.parametrize(("usual", "found"), [(2, 1), (4, 0)])
def test_a_service_most_of_whose_entries_never_carry_a_message_is_not_judged(usual: int, found: int) -> None:
    wordless = [usual] * 300 + [6] * 60 + [usual] * 300
    assert len(find_silences(activity([4] * 660, [6] * 660, wordless))) == found


@pytest.mark.parametrize(("lost", "found"), [(10, 0), (14, 1)])
def test_a_dozen_lost_messages_are_a_silence_and_ten_are_not(lost: int, found: int) -> None:
    wordless = [0] * 300 + [1] * lost + [0] * 300
    assert len(find_silences(activity([4] * len(wordless), [1] * len(wordless), wordless))) == found


def test_entries_that_never_carry_a_message_are_no_stretch() -> None:
    assert find_silences(activity([4] * 200, [6] * 200, [6] * 200)) == ()


def test_nothing_is_silent_where_nothing_was_seen() -> None:
    assert find_silences(activity([], [])) == ()
