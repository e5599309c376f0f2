"""Keeping up: tails, clocks that are wrong, stack traces that are cut by a look, several sources, and what runs beside."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from grpc import StatusCode

from lib.collect.chores import Chore, Chores
from lib.collect.collector import Collector
from lib.collect.following import follow
from lib.core.model import SourceState
from lib.core.questions import entries
from lib.errors import StoreError
from tests.cloudlogging import Misdeed
from tests.collecting import NOON, PROJECT, Lab, entries_between, entry, open_lab

SECOND, MINUTE, HOUR, YEAR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=365)
TRACE = [
    "Traceback (most recent call last):", '  File "/app/orders.py", line 12, in store', "    ledger.write(order)",
    '  File "/app/ledger.py", line 40, in write', "    raise LedgerClosed(order)", "ledger.LedgerClosed: the ledger is closed",
]  # fmt: skip


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    with open_lab(tmp_path) as lab:
        yield lab


def wait_for_page(one: Collector) -> None:
    """Wait until the tail has brought something, and leave it there."""
    assert one.tailing is not None
    one.tailing.pages.put(one.tailing.pages.get(timeout=30))


def test_what_google_shows_only_after_a_while_is_seen_by_the_next_look(lab: Lab) -> None:
    lab.world.add(entries_between(NOON - 5 * MINUTE, NOON, 100))
    one = lab.collector(following=True)
    one.read_newest()
    lab.world.add([entry(900, NOON - 20 * SECOND)])
    lab.clock.true += 10 * SECOND
    one.read_newest()
    assert "00000900" in lab.stored()


def test_where_much_arrives_two_looks_overlap_by_a_page_at_most(tmp_path: Path) -> None:
    with open_lab(tmp_path) as lab:
        one = lab.collector(following=True)
        lab.world.add(entries_between(NOON - 5 * SECOND, NOON, 2_500))
        one.read_newest()
        assert one.overlap == 3 * SECOND


def test_a_tail_shows_the_newest_without_a_list_call(lab: Lab) -> None:
    one = lab.collector(tail=True, following=True)
    lab.world.on_tail = lambda: lab.world.add([entry(1, NOON)])
    one.read_newest()
    wait_for_page(one)
    lab.clock.true += MINUTE
    before = len(lab.world.calls)
    one.read_newest()
    assert lab.stored() == ["00000001"]
    assert len(lab.world.calls) == before
    one.log.close()  # type: ignore[attr-defined]


def test_between_a_tail_that_ends_and_the_next_nothing_is_lost_or_doubled(lab: Lab) -> None:
    one = lab.collector(tail=True, following=True)
    lab.world.on_tail = lambda: lab.world.add([entry(1, NOON)])
    one.read_newest()
    wait_for_page(one)
    assert one.tailing is not None
    assert one.tailing.thread is not None
    lab.world.tail_status = StatusCode.UNAVAILABLE
    one.tailing.thread.join(30)
    lab.world.add([entry(2, NOON + SECOND)])
    lab.world.tail_status, lab.world.on_tail = None, lambda: lab.world.add([entry(3, NOON + 2 * SECOND)])
    lab.clock.true += 10 * SECOND
    one.read_newest()
    wait_for_page(one)
    lab.clock.true += 10 * SECOND
    one.read_newest()
    assert lab.stored() == ["00000001", "00000002", "00000003"]
    one.log.close()  # type: ignore[attr-defined]


def test_where_no_tail_is_allowed_lists_go_on(lab: Lab) -> None:
    lab.world.tail_status = StatusCode.PERMISSION_DENIED
    one = lab.collector(tail=True, following=True)
    one.read_newest()
    assert one.tailing is not None
    assert one.tailing.thread is not None
    one.tailing.thread.join(30)
    lab.world.add([entry(1, NOON)])
    lab.clock.true += MINUTE
    one.read_newest()
    assert one.tailing.refused
    assert lab.stored() == ["00000001"]


@pytest.mark.parametrize("cut", range(1, len(TRACE)))
def test_a_stack_trace_that_a_look_cuts_is_one(lab: Lab, cut: int) -> None:
    lines = [entry(n, NOON + n * timedelta(milliseconds=2), textPayload=text) for n, text in enumerate(TRACE)]
    one = lab.collector(following=True)
    lab.world.add(lines[:cut])
    lab.clock.true = NOON + SECOND
    one.read_newest()
    lab.world.add(lines[cut:])
    for _ in range(3):
        lab.clock.true += 10 * SECOND
        one.read_newest()
    rows = lab.ports().entries.answer(entries().select("exception", "insert_id")).to_pylist()
    assert len(rows) == len(TRACE)
    assert {r["exception"] for r in rows} == {"LedgerClosed"}


@pytest.mark.parametrize("wrong", [HOUR, -HOUR, YEAR, -YEAR], ids=["+1h", "-1h", "+1y", "-1y"])
def test_a_clock_that_is_wrong_and_set_right_loses_nothing(lab: Lab, wrong: timedelta) -> None:
    lab.world.add(entries_between(NOON - 30 * MINUTE, NOON, 50))
    lab.clock.wrong = wrong
    numbers = iter(range(50, 5000))

    def arrive() -> None:
        lab.world.add([entry(next(numbers), lab.clock.true)])
        if lab.clock.true > NOON + 4 * MINUTE:
            lab.clock.wrong = timedelta(0)

    lab.clock.on_sleep = arrive
    one = lab.follow(NOON + 8 * MINUTE)
    late = {f"{row.number:08}" for row in lab.world.rows if row.ns < (NOON + 6 * MINUTE).timestamp() * 1e9}
    assert late <= set(lab.stored())
    assert one.record.watermark is not None
    assert one.record.watermark <= lab.clock.true


def test_what_a_clock_ahead_has_claimed_is_taken_back(tmp_path: Path) -> None:
    with open_lab(tmp_path, dated=False) as lab:  # nobody tells the time
        lab.clock.wrong = HOUR
        lab.collect(reach=2 * HOUR)
        assert lab.ports().state.stretches()[-1].end > NOON
        lab.clock.wrong = timedelta(0)
        lab.world.add(entries_between(NOON, NOON + 20 * MINUTE, 20))
        lab.clock.true = NOON + 25 * MINUTE
        lab.collect()
        assert len(lab.stored()) == 20


def test_one_that_is_started_again_goes_on_with_what_is_older(tmp_path: Path) -> None:
    with open_lab(tmp_path, page_size=10) as lab:
        lab.world.add(entries_between(NOON - 50 * MINUTE, NOON, 300))
        first = lab.follow(NOON + 20 * SECOND)
        assert first.record.backlog
        again = lab.follow(NOON + 10 * MINUTE)
        assert len(lab.stored()) == 300
        assert again.record.backlog == timedelta(0)


def test_a_source_that_fails_is_told_within_a_round_and_answers_again(lab: Lab) -> None:
    one = lab.collector(following=True)
    one.attempt(one.read_newest)
    lab.world.script = lambda call: Misdeed(StatusCode.PERMISSION_DENIED)
    lab.clock.true += 10 * SECOND
    one.attempt(one.read_newest)
    one.report()
    failing = lab.ports().state.sources()[0]
    assert failing.state is SourceState.FAILING
    assert failing.hint
    lab.world.script = lambda call: None
    lab.clock.true += 2 * MINUTE
    one.attempt(one.read_newest)
    one.report()
    again = lab.ports().state.sources()[0]
    assert (again.state, again.hint, again.failures) == (SourceState.STALE, "", 0)


def test_a_source_that_fails_costs_no_other(lab: Lab) -> None:
    lab.world.add(entries_between(NOON - 30 * MINUTE, NOON, 30))
    lab.world.refused = frozenset({"projects/closed"})
    ports, timing = lab.ports(), lab.timing(lambda: lab.clock.true >= NOON + 3 * MINUTE)
    both = [lab.collector(ports, timing, {"resource": f"projects/{name}"}, following=True) for name in ("closed", PROJECT)]
    follow(both, timing, lab.rounds.append, 10.0)
    assert len(lab.stored()) == 30
    assert {r.name: r.state for r in ports.state.sources()} == {"closed": SourceState.FAILING, PROJECT: SourceState.OK}


def test_more_than_the_quota_can_read_is_told(tmp_path: Path) -> None:
    with open_lab(tmp_path, quota=6, page_size=10) as lab:
        lab.quota = 6
        lab.world.add(entries_between(NOON - 10 * MINUTE, NOON, 100))
        numbers = iter(range(100, 100_000))

        def arrive() -> None:
            missing = int((lab.clock.true - NOON).total_seconds() * 3) + 100 - len(lab.world.rows)
            lab.world.add(entry(next(numbers), lab.clock.true) for _ in range(missing))

        lab.clock.on_sleep = arrive
        one = lab.follow(NOON + 15 * MINUTE, reach=10 * MINUTE)
        assert one.record.state is SourceState.STALE or one.record.backlog
        assert lab.world.over == 0
        newest = max(row.ns for row in lab.world.rows) / 1e9
        shown = lab.ports().entries.facts().last
        assert shown is not None
        assert newest - shown.timestamp() < 120


def test_chores_run_on_their_own_clocks_and_one_that_breaks_is_told(lab: Lab) -> None:
    done: list[str] = []
    chores = Chores(
        [Chore("often", 10, lambda: done.append("often")), Chore("seldom", 60, lambda: done.append("seldom"))], lab.timing()
    )
    for _ in range(4):
        chores.run_due()
        for running in chores.running.values():
            running.result(30)
        lab.clock.sleep(11)
    chores.close()
    assert (done.count("often"), done.count("seldom")) == (4, 1)


def test_a_chore_that_breaks_is_told_at_its_next_turn(lab: Lab) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    chores = Chores([Chore("broken", 10, fail)], lab.timing())
    chores.run_due()
    chores.running["broken"].exception(30)
    lab.clock.sleep(11)
    with pytest.raises(ZeroDivisionError):
        chores.run_due()


def test_a_chore_that_cannot_be_done_costs_itself_alone(lab: Lab) -> None:
    def fail() -> None:
        raise StoreError("full")

    chores = Chores([Chore("upkeep", 10, fail)], lab.timing())
    for _ in range(2):
        chores.run_due()
        chores.running["upkeep"].exception(30)
        lab.clock.sleep(11)
    assert chores.troubles["upkeep"].message == "full"
