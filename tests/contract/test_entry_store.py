"""What every EntryStore keeps, the fake one too: each entry once, and answers to every question."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from lib.adapters.delta_store import DeltaEntryStore
from lib.core import questions
from lib.core.frames import ENTRIES
from lib.core.model import Query
from lib.errors import SettingsError
from lib.ports import EntryStore
from lib.wiring import open_workspace
from tests.entries import START, row, table
from tests.fakes import MemoryEntryStore

IMPLEMENTATIONS: dict[str, Callable[[Path], EntryStore]] = {
    "memory": lambda _: MemoryEntryStore(),
    "delta": lambda home: DeltaEntryStore(home / "entries"),
}
CURSOR = ("export", 1)


@pytest.fixture(params=IMPLEMENTATIONS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> EntryStore:
    return IMPLEMENTATIONS[request.param](tmp_path)


def all_rows(store: EntryStore) -> list[dict[str, object]]:
    return store.answer(questions.newest(questions.entries(), 10_000)).select(ENTRIES.names).to_pylist()


def test_what_was_appended_comes_back_whole(store: EntryStore) -> None:
    rows = table(row(0), row(1, None, nanos=7, http_status=503, latency_ms=2600.0), row(2, "größer 😀\nzweite Zeile"))
    assert store.append(rows, CURSOR) == 3
    assert all_rows(store) == rows.to_pylist()[::-1]


def test_an_entry_twice_in_one_batch_is_stored_once(store: EntryStore) -> None:
    assert store.append(table(row(0), row(1), row(0)), CURSOR) == 2
    assert store.facts().entries == 2


def test_an_entry_of_an_earlier_batch_is_not_stored_again(store: EntryStore) -> None:
    store.append(table(row(0), row(1)), CURSOR)
    assert store.append(table(row(1), row(2)), CURSOR) == 1
    assert store.append(table(row(0), row(1), row(2)), CURSOR) == 0
    assert [r["insert_id"] for r in all_rows(store)] == ["id-000002", "id-000001", "id-000000"]


@pytest.mark.parametrize(
    "difference",
    [{"insert_id": "other"}, {"nanos": 1}, {"log": "other"}, {"project": "other"}, {"ts": START + timedelta(microseconds=1)}],
    ids=lambda d: next(iter(d)),
)
def test_entries_that_differ_in_one_part_of_their_key_are_two(store: EntryStore, difference: dict[str, object]) -> None:
    store.append(table(row(0)), CURSOR)
    assert store.append(table(row(0, "order stored", **difference)), CURSOR) == 1


def test_entries_with_one_key_are_one_whatever_else_they_say(store: EntryStore) -> None:
    store.append(table(row(0, "first")), CURSOR)
    assert store.append(table(row(0, "second", severity="ERROR", service="other")), CURSOR) == 0
    assert [r["message"] for r in all_rows(store)] == ["first"]


def test_entries_of_many_days_are_kept_apart_and_once(store: EntryStore) -> None:
    rows = table(*(row(n, "m", ts=START + timedelta(hours=13 * n)) for n in range(9)))
    assert store.append(rows, CURSOR) == 9
    assert store.append(rows, CURSOR) == 0
    assert {r["day"] for r in all_rows(store)} == {date(2026, 9, 16) + timedelta(days=n) for n in range(5)}


def test_a_day_ends_at_midnight_utc(store: EntryStore) -> None:
    midnight = START.replace(hour=0)
    rows = table(row(0, "m", ts=midnight - timedelta(microseconds=1)), row(1, "m", ts=midnight))
    store.append(rows, CURSOR)
    asked = questions.within(Query(), midnight - timedelta(days=1), midnight)
    assert store.answer(questions.count_coverage(asked)).to_pylist() == [{"entries": 1, "no_message": 0}]


def test_the_version_rises_with_what_is_added_and_with_nothing_else(store: EntryStore) -> None:
    assert store.version() == -1
    store.append(table(row(0)), CURSOR)
    first = store.version()
    store.append(table(row(0)), CURSOR)
    assert store.version() == first >= 0
    store.append(table(row(1)), CURSOR)
    assert store.version() > first


def test_an_empty_store_answers(store: EntryStore) -> None:
    facts = store.facts()
    assert (facts.entries, facts.files, facts.version, facts.first, facts.last) == (0, 0, -1, None, None)
    assert store.span() == (None, None)
    assert all_rows(store) == []
    asked = questions.within(Query(), START, START + timedelta(days=1))
    assert store.answer(questions.count_coverage(asked))["entries"].to_pylist() == [0]


def test_facts_count_what_is_stored(store: EntryStore) -> None:
    store.append(table(*(row(n) for n in range(5))), CURSOR)
    facts = store.facts()
    assert (facts.entries, facts.first, facts.last) == (5, START, START + timedelta(seconds=4))
    assert facts.size_bytes > 0


def test_times_come_back_in_utc(store: EntryStore) -> None:
    store.append(table(row(0)), CURSOR)
    found = all_rows(store)[0]["ts"]
    assert isinstance(found, datetime)
    assert found.utcoffset() == timedelta(0)


def test_a_batch_without_rows_adds_nothing(store: EntryStore) -> None:
    assert store.append(table(), CURSOR) == 0
    assert store.facts().entries == 0


def test_an_answer_joins_the_tables_given_beside_it(store: EntryStore) -> None:
    store.append(table(row(0, "a"), row(1, "b"), row(2, "a")), CURSOR)
    labels = pa.table({"collapsed": ["a"], "cluster": ["c1"]})
    counted = store.answer(questions.count_by(questions.labelled(questions.entries()), "cluster"), labels=labels)
    assert counted.to_pylist() == [{"cluster": "c1", "count": 2}]


def test_texts_that_look_like_sql_stay_texts(store: EntryStore) -> None:
    evil = "x'); DROP TABLE entries; --"
    store.append(table(row(0, evil, service=evil)), CURSOR)
    asked = questions.within(Query(services=(evil,)), START, START + timedelta(days=1))
    assert store.answer(questions.count_coverage(asked)).to_pylist() == [{"entries": 1, "no_message": 0}]


def test_a_folder_moved_away_and_begun_anew_is_noticed(tmp_path: Path) -> None:
    """A dashboard that is open stays right when somebody starts over."""
    open_one = DeltaEntryStore(tmp_path / "entries")
    for n in range(3):
        open_one.append(table(row(n)), CURSOR)
    (tmp_path / "entries").rename(tmp_path / "old")
    assert (open_one.version(), open_one.facts().entries, all_rows(open_one)) == (-1, 0, [])
    DeltaEntryStore(tmp_path / "entries").append(table(row(9)), CURSOR)
    assert [r["insert_id"] for r in all_rows(open_one)] == ["id-000009"]
    assert open_one.append(table(row(0)), CURSOR) == 1


@pytest.mark.parametrize("name", ["a b", "größer", "it's", 'say "so"', "#1", "a;b&c"])
def test_a_folder_with_any_usual_name_keeps_a_store(name: str, tmp_path: Path) -> None:
    store = DeltaEntryStore(tmp_path / name / "entries")
    (tmp_path / name).mkdir()
    assert store.append(table(row(0)), CURSOR) == 1
    assert store.append(table(row(0)), CURSOR) == 0
    assert [r["insert_id"] for r in all_rows(store)] == ["id-000000"]
    assert store.facts().entries == 1


@pytest.mark.parametrize("name", ["a[1]", "a*b", "a?b", "a%20b"])
def test_a_folder_whose_name_the_engines_misread_is_refused_with_a_hint(name: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        open_workspace(tmp_path / name)
    assert caught.value.hint
    assert not (tmp_path / name).exists()
