"""Upkeep of a real store: answers stay, readers keep their files, and a kill at any moment loses nothing."""

import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable
from deltalake.table import TableOptimizer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lib import upkeep
from lib.adapters import upkeep as steps
from lib.adapters.delta_store import DeltaEntryStore, find_files
from lib.core import questions
from lib.core.model import ImportRecord, Query, SourceState
from lib.core.settings import Settings, StoreSettings
from lib.core.upkeep import EVERY, Duty
from lib.errors import StoreError
from lib.ports import EntryStore, Ports
from lib.views import clusters, overview
from lib.views.window import open_window
from tests.entries import START, row, table
from tests.fakes import MemoryStateStore, ports_with

ROOT = Path(__file__).resolve().parents[2]
DAY = timedelta(days=1)
NOW = START + 40 * DAY


def fill(store: EntryStore, days: int = 4, commits: int = 5, rows: int = 12) -> int:
    """Store some entries of several days in many small commits; return how many."""
    for day in range(days):
        for commit in range(commits):
            found = [
                row(
                    n,
                    f"order {n % 3} failed",
                    ts=START + day * DAY + timedelta(minutes=n * commits + commit),
                    insert_id=f"{day}-{commit}-{n}",
                )
                for n in range(rows)
            ]
            store.append(table(*found), ("export", day * commits + commit))
    return days * commits * rows


def all_rows(store: EntryStore) -> list[dict[str, object]]:
    return sorted(
        store.answer(questions.newest(questions.entries(), 100_000)).to_pylist(), key=lambda r: (r["ts"], r["insert_id"])
    )


@pytest.fixture
def store(tmp_path: Path) -> DeltaEntryStore:
    return DeltaEntryStore(tmp_path / "entries")


def test_joining_files_changes_no_entry_and_doing_it_again_changes_nothing(store: DeltaEntryStore) -> None:
    count = fill(store)
    before = all_rows(store)
    done = store.compact()
    assert (done.files_before, done.files_after, done.entries, done.removed) == (20, 4, count, 0)
    assert done.bytes_after < done.bytes_before
    assert all_rows(store) == before
    version = store.version()
    again = store.compact()
    assert (again.files_before, again.files_after, again.entries) == (4, 4, count)
    assert store.version() == version


def test_days_with_few_small_files_are_left_alone(store: DeltaEntryStore) -> None:
    fill(store, days=2, commits=3)
    assert store.compact(least=4).files_after == 6
    assert store.compact(least=3).files_after == 2


def test_files_that_are_large_already_are_not_written_again(store: DeltaEntryStore) -> None:
    many = [row(n, f"order {n * 7919 % 10007} failed", insert_id=f"large-{n * 104729 % 1000003}") for n in range(9000)]
    store.append(table(*many), ("export", 0))
    [large] = find_files(DeltaTable(store.folder))
    fill(store, days=1, commits=3)
    done = store.compact(2, Path(large).stat().st_size)
    assert (done.files_before, done.files_after) == (4, 2)
    assert large in find_files(DeltaTable(store.folder))


def test_an_empty_store_needs_no_upkeep(store: DeltaEntryStore) -> None:
    assert store.compact().entries == store.expire(NOW).entries == 0
    assert store.version() == -1


def test_a_pinned_reader_keeps_its_files_through_upkeep(store: DeltaEntryStore) -> None:
    fill(store)
    pinned = store.pinned()
    before = sorted(pinned.answer(questions.entries()).to_pylist(), key=str)
    store.compact()
    store.expire(START + 3 * DAY)
    store.compact()
    assert sorted(pinned.answer(questions.entries()).to_pylist(), key=str) == before
    assert store.facts().entries < len(before)


def test_replaced_files_go_once_no_reader_can_need_them(store: DeltaEntryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(store)
    store.compact()
    assert len(list(store.folder.glob("day=*/*"))) == 24
    monkeypatch.setattr(steps, "KEPT_HOURS", 0)
    assert store.compact().swept == 20
    assert sorted(map(str, store.folder.glob("day=*/*"))) == sorted(find_files(DeltaTable(store.folder)))


def test_what_a_killed_writer_left_goes_too_but_not_at_once(store: DeltaEntryStore) -> None:
    fill(store)
    left = store.folder / "day=2026-09-16" / "part-00000-left-c000.zstd.parquet"
    left.write_bytes(b"half a file")
    assert store.compact().swept == 0
    old = time.time() - 2 * 3600
    os.utime(left, (old, old))
    assert store.compact().swept == 1
    assert not left.exists()


def test_the_log_stays_short_however_many_commits_there_were(store: DeltaEntryStore) -> None:
    fill(store)
    store.compact()
    old = time.time() - 2 * 3600
    for file in (store.folder / "_delta_log").glob("*.json"):
        os.utime(file, (old, old))
    count = store.compact().entries
    assert len(list((store.folder / "_delta_log").glob("*.json"))) < 5
    assert DeltaEntryStore(store.folder).facts().entries == store.facts().entries == count
    assert DeltaTable(store.folder).transaction_version("export") == 19
    assert store.append(table(row(0, ts=START + 9 * DAY)), ("export", 99)) == 1


def test_a_joining_that_would_lose_entries_is_undone_and_told(store: DeltaEntryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(store)
    before = all_rows(store)

    def lose(self: TableOptimizer, *_: object, **__: object) -> None:
        self.table.delete("day = '2026-09-16'")

    monkeypatch.setattr(TableOptimizer, "compact", lose)
    with pytest.raises(StoreError) as caught:
        store.compact()
    assert "as they were" in caught.value.message
    assert all_rows(store) == before


def test_whole_days_and_the_rest_of_one_expire_to_the_microsecond(store: DeltaEntryStore) -> None:
    fill(store)
    before = all_rows(store)
    cut = START + 2 * DAY + timedelta(minutes=7, microseconds=0)
    kept = [r for r in before if r["ts"] >= cut]  # type: ignore[operator]
    done = store.expire(cut)
    assert all_rows(store) == kept
    assert (done.removed, done.entries, done.first) == (len(before) - len(kept), len(kept), cut)
    assert store.expire(cut).removed == 0


def test_both_stores_expire_alike(tmp_path: Path) -> None:
    left = []
    for ports in (ports_with(table()), Ports(DeltaEntryStore(tmp_path / "entries"), MemoryStateStore())):
        fill(ports.entries)
        done = ports.entries.expire(START + DAY + timedelta(minutes=11))
        left.append((all_rows(ports.entries), done.removed, done.entries, done.first))
    assert left[0] == left[1]


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 3 * 86_400), st.sampled_from("abc")), min_size=1, max_size=6), min_size=1, max_size=6
    ),
    st.integers(0, 3 * 86_400),
    st.booleans(),
)
def test_answers_within_what_is_kept_are_the_same_after_any_upkeep(
    commits: list[list[tuple[int, str]]], cut: int, joined_first: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = DeltaEntryStore(Path(folder) / "entries")
        for number, found in enumerate(commits):
            rows = [
                row(n, text, ts=START + timedelta(seconds=at), insert_id=f"{number}-{n}") for n, (at, text) in enumerate(found)
            ]
            store.append(table(*rows), ("export", number))
        bound = START + timedelta(seconds=cut)
        window = questions.within(Query(), bound, START + 4 * DAY)
        asked = [questions.count_by(window, "message"), questions.count_by_bucket(window, 3600), window.select("insert_id", "ts")]
        before = [canonical(store.answer(q)) for q in asked]
        for step in (store.compact, lambda: store.expire(bound))[:: 1 if joined_first else -1]:
            step()
            assert [canonical(store.answer(q)) for q in asked] == before
        assert all(r["ts"] >= bound for r in all_rows(store))  # type: ignore[operator]


def canonical(answer: pa.Table) -> list[str]:
    return sorted(map(str, answer.to_pylist()))


def test_upkeep_killed_anywhere_leaves_every_entry_that_is_to_be_kept(tmp_path: Path) -> None:
    chance = random.Random(5)
    space = tmp_path / "home"
    store = DeltaEntryStore(space / "entries")
    space.mkdir()
    fill(store)
    bound = START + 2 * DAY
    kept = [r for r in all_rows(store) if r["ts"] >= bound + timedelta(seconds=1000)]  # type: ignore[operator]
    command = [sys.executable, "-m", "tests.contract.importing", "house", str(space), bound.isoformat()]
    for n in range(5):
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        process.stdout.readline()
        try:
            process.wait(0.6 * chance.random())
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
        process.communicate()
        rows = all_rows(DeltaEntryStore(space / "entries"))
        assert [r for r in rows if r["ts"] >= bound + timedelta(seconds=1000)] == kept  # type: ignore[operator]
        assert len({str(r) for r in rows}) == len(rows) == store.facts().entries
        store.append(table(row(n, ts=START + 3 * DAY + timedelta(hours=9, seconds=n), insert_id=f"new-{n}")), ("more", n))
        kept = sorted(
            [*kept, *[r for r in all_rows(store) if r["insert_id"] == f"new-{n}"]], key=lambda r: (r["ts"], r["insert_id"])
        )


def expired_ports(before: datetime) -> Ports:
    ports = ports_with(
        table(), ImportRecord("i", "f", "one.json", "done", START, START, first=START, last=START + 3 * DAY + timedelta(hours=1))
    )
    fill(ports.entries)
    upkeep.expire(ports, before, NOW)
    return ports


def test_what_has_expired_is_told_as_expired_and_the_window_begins_with_what_is_kept() -> None:
    bound = START + 2 * DAY
    window = open_window(expired_ports(bound), Query(start=START - DAY))
    assert (window.coverage.expired, window.coverage.start, window.coverage.entries) == (bound, bound, 120)
    assert window.coverage.unread == ()


def test_a_window_that_begins_within_what_is_kept_says_nothing_of_expiry() -> None:
    bound = START + 2 * DAY
    assert open_window(expired_ports(bound), Query(start=bound)).coverage.expired is None
    assert open_window(expired_ports(bound), Query()).coverage.expired is None


def test_a_window_of_which_everything_expired_does_not_say_that_nothing_happened() -> None:
    ports = expired_ports(START + 2 * DAY)
    asked = Query(start=START, end=START + DAY)
    for told in (clusters.load(ports, asked, NOW).headline, overview.load(ports, asked, NOW).headline):
        assert told.startswith("Entries older than 2026-09-18 06:00:00 UTC have expired")
    assert open_window(ports, asked).coverage.unread == ((START, START + DAY),)


def test_a_store_of_which_everything_expired_says_so() -> None:
    ports = expired_ports(START + 9 * DAY)
    assert clusters.load(ports, Query(), NOW).headline.startswith("Entries older than 2026-09-25")


def test_what_is_read_again_after_it_expired_is_there_again() -> None:
    ports = expired_ports(START + 2 * DAY)
    again = ImportRecord("i2", "f2", "two.json", "done", NOW + DAY, NOW + DAY, first=START, last=START + timedelta(hours=1))
    ports.state.save_import(again)
    fill(ports.entries, days=1)
    cover = open_window(ports, Query(start=START - DAY)).coverage
    assert (cover.start, cover.expired, cover.entries) == (START, START, 180)
    assert cover.unread == ((START + timedelta(hours=1, microseconds=1), START + 2 * DAY),)


def test_keeping_more_later_does_not_bring_back_what_went() -> None:
    ports = expired_ports(START + 2 * DAY)
    upkeep.expire(ports, START, NOW + DAY)
    chore = ports.state.chores()[Duty.EXPIRE]
    assert (chore.before, chore.count) == (START + 2 * DAY, 120)


def test_upkeep_is_done_when_it_is_due_and_keeps_whole_days() -> None:
    ports = ports_with(table())
    fill(ports.entries)
    now, keeping = START + 5 * DAY, replace(ports, settings=Settings(store=StoreSettings(3 * DAY)))
    assert upkeep.keep_house(keeping, now) == (Duty.COMPACT, Duty.EXPIRE)
    assert upkeep.keep_house(keeping, now + timedelta(minutes=5)) == ()
    assert upkeep.keep_house(ports, now + EVERY) == (Duty.COMPACT,)
    assert upkeep.keep_house(keeping, now - DAY) == (Duty.COMPACT, Duty.EXPIRE)
    assert ports.state.chores()[Duty.EXPIRE].before == (START + 2 * DAY).replace(hour=0)


def test_upkeep_that_fails_is_noted_with_its_hint_and_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    ports = ports_with(table())

    def refuse(least: int = 2, most_bytes: int = 0) -> None:
        raise StoreError("The disk is full.", hint="Make room.")

    monkeypatch.setattr(ports.entries, "compact", refuse)
    assert upkeep.keep_house(ports, NOW) == (Duty.COMPACT,)
    chore = ports.state.chores()[Duty.COMPACT]
    assert (chore.state, chore.message, chore.hint) == (SourceState.FAILING, "The disk is full.", "Make room.")


def test_readers_and_a_writer_beside_upkeep_lose_nothing(tmp_path: Path) -> None:
    writer, reader, keeper = (DeltaEntryStore(tmp_path / "entries") for _ in range(3))
    batches = [table(*(row(n, insert_id=f"{k}-{n}", ts=START + (k % 3) * DAY) for n in range(20))) for k in range(45)]
    thread = threading.Thread(target=lambda: [writer.append(b, ("export", n)) for n, b in enumerate(batches)])
    thread.start()
    seen = []
    while thread.is_alive():
        pinned = reader.pinned()
        before = pinned.answer(questions.entries()).num_rows
        keeper.compact()
        assert pinned.answer(questions.entries()).num_rows == before
        seen.append(before)
    thread.join()
    assert seen == sorted(seen)
    assert keeper.compact().entries == len(all_rows(reader)) == 900
