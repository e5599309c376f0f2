"""Dashboard and collector together, as real processes: one that dies starts again, and both end with their keeper."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lib import supervise
from lib.adapters.state import SqlStateStore
from lib.core.model import SourceState
from lib.core.upkeep import Chore, Duty

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 60
Start = Callable[[str, str], subprocess.Popen[str]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Give `start(dashboard, collector)`: a supervisor over made-up children of these kinds."""
    running: list[subprocess.Popen[str]] = []

    def begin(dashboard: str, collector: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "tests.contract.supervising", str(tmp_path), dashboard, collector]
        running.append(subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True))
        return running[-1]

    yield begin
    for process in running:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=PATIENCE_S)


def wait_for(holds: Callable[[], bool]) -> None:
    """Return once something holds."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, "it never came to hold"
        os.sched_yield()


def noted(home: Path) -> Chore | None:
    return SqlStateStore(home / "state.sqlite").chores().get(Duty.COLLECTOR)


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_both_end_in_peace_when_their_keeper_is_asked_to(sign: signal.Signals, start: Start, tmp_path: Path) -> None:
    process = start("waits", "waits")
    wait_for(lambda: (tmp_path / "dashboard.runs").exists() and (tmp_path / "collector.runs").exists())
    process.send_signal(sign)
    assert process.wait(PATIENCE_S) == 0
    assert [(tmp_path / f"{name}.ended").read_text() for name in ("dashboard", "collector")] == ["in peace"] * 2
    chore = noted(tmp_path)
    assert chore is not None
    assert chore.state is SourceState.OFF


def test_a_collector_that_died_is_told_and_runs_again(start: Start, tmp_path: Path) -> None:
    start("waits", "once")
    wait_for((tmp_path / "collector.runs").exists)
    chore = noted(tmp_path)
    assert chore is not None
    assert (chore.state, chore.count) == (SourceState.FAILING, 1)
    assert chore.message == (
        "The collector ended by itself (status 2). No project is named to collect from. It starts again in 0 s."
    )
    assert not (tmp_path / "dashboard.ended").exists()


def test_a_collector_that_is_killed_is_told_by_its_signal(start: Start, tmp_path: Path) -> None:
    start("waits", "waits")
    wait_for((tmp_path / "collector.runs").exists)
    pid = int((tmp_path / "collector.runs").read_text())
    (tmp_path / "collector.runs").unlink()
    os.kill(pid, signal.SIGKILL)
    wait_for((tmp_path / "collector.runs").exists)
    chore = noted(tmp_path)
    assert chore is not None
    assert "was killed (signal 9)" in chore.message


def test_a_collector_that_keeps_dying_leaves_the_dashboard_alone(start: Start, tmp_path: Path) -> None:
    start("waits", "dies")
    wait_for(lambda: (tmp_path / "deaths").exists() and len((tmp_path / "deaths").read_text()) >= 4)
    assert not (tmp_path / "dashboard.ended").exists()


def test_the_pause_doubles_up_to_a_minute() -> None:
    assert [supervise.pause_s(n) for n in (1, 2, 3, 7, 500)] == [1.0, 2.0, 4.0, 60.0, 60.0]


def test_a_dashboard_that_ends_takes_the_collector_along(start: Start, tmp_path: Path) -> None:
    process = start("ends", "waits")
    assert process.wait(PATIENCE_S) == 3
    chore = noted(tmp_path)
    assert chore is not None
    assert chore.state is SourceState.OFF


def test_a_child_that_hears_nothing_is_killed(start: Start, tmp_path: Path) -> None:
    process = start("deaf", "waits")
    wait_for(lambda: (tmp_path / "dashboard.runs").exists() and (tmp_path / "collector.runs").exists())
    process.terminate()
    assert process.wait(PATIENCE_S) == 0
    assert not (tmp_path / "dashboard.ended").exists()


def test_without_a_collector_the_dashboard_runs_alone(start: Start, tmp_path: Path) -> None:
    process = start("waits", "none")
    wait_for((tmp_path / "dashboard.runs").exists)
    process.terminate()
    assert process.wait(PATIENCE_S) == 0
    assert noted(tmp_path) is None
