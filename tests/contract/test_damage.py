"""A harmed file of the home folder is told, repaired, and costs nothing in silence; `tests.bench damage` tries it often."""

import random
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lib import doctor, repair, wiring
from lib.adapters.state import SqlStateStore
from lib.errors import StoreError
from tests.damaging import HARMS, make_home, play, stored, truncate

OFTEN = ("data", "checkpoint", "state, log ahead")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Path]]:
    return make_home(tmp_path_factory.mktemp("made"))


@pytest.mark.parametrize("harm", HARMS)
@pytest.mark.parametrize("kind", OFTEN)
def test_a_harmed_file_is_told_repaired_and_loses_nothing(
    home: tuple[Path, list[Path]], tmp_path: Path, kind: str, harm: str
) -> None:
    row = play(tmp_path, kind, harm, 1, 7, home)
    assert (row.tried, row.silent, row.lost, row.doubled, row.tracebacks) == (1, 0, 0, 0, [])


def test_what_a_repair_leaves_out_is_counted_by_the_tables_own_log_and_the_rest_stays(
    home: tuple[Path, list[Path]], tmp_path: Path
) -> None:
    play(tmp_path, "quota", "one bit", 1, 7, home)  # makes the copy
    copy = tmp_path / "home"
    before = stored(copy)
    store = wiring.open_workspace(copy).ports.entries
    truncate(Path(store.pinned().files[0]), random.Random(1))  # type: ignore[attr-defined]
    assert doctor.check_entries(copy).state.value == "failing"
    (done,) = repair.repair(copy, datetime.now(UTC))
    left = stored(copy)
    assert done.missing == sum((before - left).values()) > 0
    assert not left - before
    assert doctor.check_entries(copy).state.value == "ok"
    assert repair.repair(copy, datetime.now(UTC)) == []


def test_a_state_of_a_newer_layout_is_refused_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "state.sqlite"
    SqlStateStore(file)
    with closing(sqlite3.connect(file)) as raw:
        raw.execute("PRAGMA user_version = 99")
    with pytest.raises(StoreError, match="newer Blindspot"):
        SqlStateStore(file)


def test_a_state_of_before_layouts_were_counted_is_taken_over(tmp_path: Path) -> None:
    file = tmp_path / "state.sqlite"
    SqlStateStore(file).add_shapes(["order stored"], lambda shapes: {s: s for s in shapes}, str)
    with closing(sqlite3.connect(file)) as raw:
        raw.execute("PRAGMA user_version = 0")
        raw.execute("DROP TABLE chores")
        raw.commit()
    again = SqlStateStore(file)
    assert set(again.shapes()) == {"order stored"}
    assert again.chores() == {}
