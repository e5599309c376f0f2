"""Collecting from a real server on loopback, by the real client, into a real store."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from grpc import StatusCode

from lib.core.model import SourceState
from lib.core.wording import rfc3339
from tests.cloudlogging import Misdeed
from tests.collecting import NOON, PROJECT, Lab, entries_between, entry, open_lab

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    with open_lab(tmp_path) as lab:
        yield lab


def numbers(count: int, first: int = 0) -> list[str]:
    return [f"{n:08}" for n in range(first, first + count)]


def test_one_collection_stores_everything_once(lab: Lab) -> None:
    lab.world.add(entries_between(NOON - 50 * MINUTE, NOON, 3500))
    one = lab.collect()
    assert lab.stored() == numbers(3500)
    assert (one.record.state, one.record.added) == (SourceState.OK, 3500)
    counts = lab.rounds[-1][0]
    assert counts.read == counts.added + counts.duplicates
    assert counts.added == 3500


def test_a_second_collection_reads_only_what_is_new(lab: Lab) -> None:
    lab.world.add(entries_between(NOON - 50 * MINUTE, NOON, 3500))
    lab.collect()
    before = len(lab.world.calls)
    lab.clock.true += 5 * MINUTE
    lab.world.add(entries_between(NOON, NOON + 5 * MINUTE, 20, 3500))
    lab.collect()
    assert lab.stored() == numbers(3520)
    assert len(lab.world.calls) - before <= 3


def test_the_quota_holds_by_the_servers_own_count(tmp_path: Path) -> None:
    with open_lab(tmp_path, quota=10, page_size=100) as lab:
        lab.quota = 10
        lab.world.add(entries_between(NOON - 50 * MINUTE, NOON, 3000))
        lab.collect()
        assert lab.stored() == numbers(3000)
        assert (lab.world.over, lab.world.most_in_a_minute()) == (0, 10)


def test_the_newest_entries_are_stored_before_the_older_ones(lab: Lab) -> None:
    lab.world.add(entries_between(NOON - 50 * MINUTE, NOON, 3000))
    one = lab.collector()
    one.read_newest()
    assert lab.stored()[-1] == numbers(3000)[-1]
    assert lab.ports().state.stretches() == []


def test_an_entry_that_comes_a_minute_late_is_stored(lab: Lab) -> None:
    lab.world.add(entries_between(NOON - 20 * MINUTE, NOON, 100))
    late = [entry(900, NOON + timedelta(seconds=30)), entry(901, NOON + timedelta(seconds=90))]

    def arrive() -> None:
        while late and lab.clock.true >= NOON + timedelta(seconds=95 + 60 * (2 - len(late))):
            lab.world.add([late.pop(0)])

    lab.clock.on_sleep = arrive
    lab.follow(NOON + 6 * MINUTE)
    assert lab.stored() == [*numbers(100), "00000900", "00000901"]


@pytest.mark.parametrize("minutes", [2, 5, 50])
def test_an_entry_that_comes_minutes_late_is_stored_once_its_stretch_was_read(lab: Lab, minutes: int) -> None:
    late = entry(900, NOON + 3 * MINUTE - minutes * MINUTE, receiveTimestamp=rfc3339(NOON + 3 * MINUTE))
    lab.world.add(entries_between(NOON - 20 * MINUTE, NOON, 100))

    def arrive() -> None:
        if lab.clock.true >= NOON + 3 * MINUTE and len(lab.world.rows) == 100:
            lab.world.add([late])

    lab.clock.on_sleep = arrive
    lab.follow(NOON + 8 * MINUTE)
    assert lab.stored() == [*numbers(100), "00000900"]


def test_an_entry_that_came_late_while_nobody_collected_is_stored(lab: Lab) -> None:
    lab.world.add(entries_between(NOON - 20 * MINUTE, NOON, 100))
    lab.collect()
    lab.clock.true = NOON + 40 * MINUTE
    lab.world.add([entry(900, NOON - 10 * MINUTE, receiveTimestamp=rfc3339(NOON + 20 * MINUTE))])
    lab.collect()
    assert lab.stored() == [*numbers(100), "00000900"]


def test_following_shows_what_arrives_within_two_polls_and_moves_the_watermark(lab: Lab) -> None:
    arrived, seen = iter(range(100, 400)), []

    def arrive() -> None:
        lab.world.add([entry(next(arrived), lab.clock.true)])
        seen.append((len(lab.world.rows), len(lab.stored())))

    lab.clock.on_sleep = arrive
    one = lab.follow(NOON + 4 * MINUTE)
    assert all(there - stored <= 4 for there, stored in seen[3:])
    assert one.record.watermark is not None
    assert timedelta(0) < lab.clock.true - one.record.watermark < 3 * MINUTE
    assert one.record.behind is not None
    assert one.record.behind < MINUTE


def test_a_longer_reach_reads_what_is_older(lab: Lab) -> None:
    lab.world.add(entries_between(NOON - 10 * HOUR, NOON, 1000))
    lab.collect(reach=HOUR)
    assert len(lab.stored()) < 150
    lab.collect(reach=12 * HOUR)
    assert lab.stored() == numbers(1000)
    assert lab.ports().state.stretches()[0].start == NOON - 12 * HOUR


def test_what_was_read_through_a_filter_is_not_said_to_be_all(lab: Lab) -> None:
    from lib.core.logfilters import choose_filter

    low = [entry(n, NOON - n * MINUTE, severity="INFO", textPayload="fine") for n in range(1, 9)]
    lab.world.add([*low, entry(900, NOON - 3 * MINUTE)])
    one = lab.collect(filter=choose_filter("pays"))
    assert lab.stored() == ["00000900"]
    assert "below WARNING" in one.record.left_out
    lab.collect(filter=choose_filter("all"))
    assert lab.stored() == [*numbers(8, 1), "00000900"]


def test_a_project_that_may_not_be_read_is_told_with_the_command_that_grants_it(lab: Lab) -> None:
    from lib.errors import SourceRefused

    lab.world.refused = frozenset({f"projects/{PROJECT}"})
    with pytest.raises(SourceRefused) as told:
        lab.collect()
    assert f"gcloud projects add-iam-policy-binding {PROJECT}" in told.value.hint
    assert len(lab.world.calls) == 1
    assert lab.ports().state.sources()[0].state is SourceState.FAILING


def test_a_log_that_cannot_be_asked_for_latecomers_is_read_without_them(lab: Lab) -> None:
    lab.world.add(entries_between(NOON - 20 * MINUTE, NOON, 100))
    refused = Misdeed(StatusCode.INVALID_ARGUMENT)
    lab.world.script = lambda call: refused if "receiveTimestamp" in call.request.filter else None
    one = lab.collect()
    assert lab.stored() == numbers(100)
    assert (one.record.state, bool(one.late.refused)) == (SourceState.OK, True)
