"""A state that another process writes: readers do not wait, a writer says for whom it waits, and nothing is lost."""

import logging
import os
import sqlite3
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lib.adapters import sqlopen
from lib.adapters.lockholder import name_holder
from lib.adapters.state import SqlStateStore
from lib.cli.run import main
from lib.core.curation import Action, Change
from lib.errors import StoreError

CHANGE = Change(datetime(2026, 1, 2, tzinfo=UTC), Action.MUTE, "cluster", "", "known", None)


@pytest.fixture
def held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[sqlite3.Connection]:
    """A state file that somebody writes and does not let go of."""
    monkeypatch.setattr(sqlopen, "TELL_S", 0.05)
    monkeypatch.setattr(sqlopen, "BUSY_S", 0.2)
    SqlStateStore(tmp_path / "state.sqlite").add_change(CHANGE)
    connection = sqlite3.connect(tmp_path / "state.sqlite", isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    yield connection
    connection.close()


@pytest.mark.usefixtures("held")
def test_readers_do_not_wait_for_a_writer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert SqlStateStore(tmp_path / "state.sqlite").changes() == [CHANGE]
    assert main(["decisions", "--json", "--home", str(tmp_path)]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.usefixtures("held")
def test_a_writer_that_waited_in_vain_says_who_holds_it(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    store = SqlStateStore(tmp_path / "state.sqlite")
    with pytest.raises(StoreError, match="cannot be used now") as told:
        store.add_change(CHANGE)
    assert "holds it: try again" in told.value.hint
    assert not told.value.permanent
    assert [r.getMessage() for r in caplog.records if "Waiting for" in r.getMessage()] != []
    if sys.platform == "linux":
        assert str(os.getpid()) in told.value.hint
    assert store.changes() == [CHANGE]


def test_a_writer_tells_that_it_waits_and_writes_once_it_may(
    tmp_path: Path, held: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlopen, "BUSY_S", 60.0)
    told: list[str] = []

    class LetGo(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            told.append(record.getMessage())
            held.execute("ROLLBACK")

    handler = LetGo()
    sqlopen.LOG.addHandler(handler)
    try:
        store = SqlStateStore(tmp_path / "state.sqlite")
        store.add_change(CHANGE)
    finally:
        sqlopen.LOG.removeHandler(handler)
    assert len(told) == 1
    assert store.changes() == [CHANGE, CHANGE]


def test_where_nobody_holds_it_nobody_is_named(tmp_path: Path) -> None:
    assert name_holder(tmp_path / "state.sqlite") == "another process"


def test_a_file_of_an_older_version_gets_what_it_lacks(tmp_path: Path) -> None:
    SqlStateStore(tmp_path / "state.sqlite").database.engine.dispose()
    with sqlite3.connect(tmp_path / "state.sqlite") as connection:
        connection.execute("DROP TABLE changes")
    store = SqlStateStore(tmp_path / "state.sqlite")
    store.add_change(CHANGE)
    assert store.changes() == [CHANGE]
