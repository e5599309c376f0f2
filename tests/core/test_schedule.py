"""What is due when."""

from datetime import UTC, datetime, timedelta

import pytest

from lib.core.schedule import LONGEST_WAIT, Turn, fail, is_due, resume, succeed

NOW = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TURN = Turn(10 * MINUTE)


def test_what_was_never_read_is_due_at_once() -> None:
    assert is_due(TURN, NOW)


@pytest.mark.parametrize(("jitter", "minutes"), [(0.0, 9), (0.5, 10), (0.999, 10.998)])
def test_after_a_success_it_waits_its_interval_give_or_take_a_tenth(jitter: float, minutes: float) -> None:
    turn = succeed(TURN, NOW, jitter)
    assert turn.due == NOW + minutes * MINUTE
    assert not is_due(turn, NOW + minutes * MINUTE - timedelta(seconds=1))
    assert is_due(turn, NOW + minutes * MINUTE)


def test_a_failure_that_can_pass_is_tried_again_soon_then_less_and_less_often_up_to_a_cap() -> None:
    turn, waits = TURN, []
    for _ in range(40):
        turn = fail(turn, NOW, 1.0, permanent=False)
        assert turn.due is not None
        waits.append(turn.due - NOW)
    assert waits[:4] == [timedelta(seconds=s) for s in (30, 60, 120, 240)]
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST_WAIT


def test_a_refusal_is_not_tried_more_often_than_a_success() -> None:
    turn = fail(TURN, NOW, 1.0, permanent=True)
    assert turn.due == NOW + TURN.interval


def test_a_long_interval_is_its_own_cap() -> None:
    day = Turn(timedelta(days=1))
    assert fail(fail(day, NOW, 1.0, True), NOW, 1.0, True).due == NOW + day.interval


def test_jitter_shortens_a_pause_by_half_at_most() -> None:
    assert fail(TURN, NOW, 0.0, permanent=False).due == NOW + timedelta(seconds=15)


def test_a_success_forgets_the_failures() -> None:
    assert succeed(fail(TURN, NOW, 0.5, False), NOW, 0.5).failures == 0


def test_a_clock_that_was_set_back_by_a_year_does_not_make_it_wait_a_year() -> None:
    assert is_due(succeed(TURN, NOW, 0.5), NOW - timedelta(days=365))


def test_a_reader_that_was_started_anew_does_not_ask_before_its_time() -> None:
    assert not is_due(resume(TURN.interval, NOW, 0), NOW + 9 * MINUTE)
    assert is_due(resume(TURN.interval, NOW, 0), NOW + 10 * MINUTE)
    assert is_due(resume(TURN.interval, NOW, 1), NOW + timedelta(seconds=30))
    assert is_due(resume(TURN.interval, None, 0), NOW)
