"""Calls a minute, shared by all who name the same file."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.adapters.quota import Quota
from lib.errors import StoreError


class Time:
    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.at += seconds


@pytest.fixture
def time() -> Time:
    return Time()


def test_calls_within_the_quota_do_not_wait(tmp_path: Path, time: Time) -> None:
    quota = Quota(tmp_path / "calls.json", 3, time, time.sleep)
    for _ in range(3):
        with quota.call():
            pass
    assert (time.at, quota.used()) == (1000, 3)
    assert quota.wait_s() == 60


def test_a_call_beyond_it_waits_until_the_first_is_a_minute_old(tmp_path: Path, time: Time) -> None:
    quota = Quota(tmp_path / "calls.json", 2, time, time.sleep)
    for _ in range(3):
        with quota.call():
            time.at += 10  # a call counts from its start until a minute after its end
    assert time.at == 1080


def test_two_processes_share_it(tmp_path: Path, time: Time) -> None:
    one, other = (Quota(tmp_path / "calls.json", 2, time, time.sleep) for _ in range(2))
    for quota in (one, other):
        with quota.call():
            pass
    assert one.wait_s() == other.wait_s() == 60


def test_what_is_spared_for_others_is_left(tmp_path: Path, time: Time) -> None:
    quota = Quota(tmp_path / "calls.json", 5, time, time.sleep)
    for _ in range(3):
        with quota.call():
            pass
    assert quota.wait_s(spare=2) == 60
    assert quota.wait_s(spare=1) == 0


def test_a_call_that_fails_counts(tmp_path: Path, time: Time) -> None:
    quota = Quota(tmp_path / "calls.json", 2, time, time.sleep)
    with pytest.raises(ZeroDivisionError), quota.call():
        raise ZeroDivisionError
    assert quota.used() == 1


@pytest.mark.parametrize("text", ["", "[1000.0, ", '{"a": 1}', "[5e9]"])
def test_a_file_that_tells_nothing_forgets_calls(tmp_path: Path, time: Time, text: str) -> None:
    (tmp_path / "calls.json").write_text(text)
    assert Quota(tmp_path / "calls.json", 2, time, time.sleep).used() == 0


def test_a_call_that_nobody_can_count_is_not_made(tmp_path: Path, time: Time) -> None:
    quota = Quota(tmp_path / "calls.json", 2, time, time.sleep)
    (tmp_path / "calls.json.new").mkdir()
    with pytest.raises(StoreError) as told, quota.call():
        pytest.fail("it was made")
    assert "free space" in told.value.hint
    assert not told.value.permanent


@given(st.lists(st.tuples(st.floats(0, 40), st.floats(0, 5), st.floats(0, 1)), min_size=5, max_size=60))
def test_no_minute_by_the_servers_count_holds_more(
    tmp_path_factory: pytest.TempPathFactory, calls: list[tuple[float, float, float]]
) -> None:
    time, arrivals = Time(), []
    quota = Quota(tmp_path_factory.mktemp("quota") / "calls.json", 4, time, time.sleep)
    for pause, took, when in calls:
        time.at += pause
        with quota.call():
            arrivals.append(time.at + took * when)
            time.at += took
    assert all(sum(start <= a < start + 60 for a in arrivals) <= 4 for start in arrivals)
