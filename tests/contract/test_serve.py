"""`serve` as it is: the real dashboard and the real collector over a Cloud Logging on loopback, and one of them killed."""

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from lib import wiring
from lib.core import questions
from lib.core.model import SourceState
from lib.core.upkeep import Duty
from tests.browser import driver
from tests.cloudlogging import World, serve_logging
from tests.collecting import PROJECT, entries_between
from tests.conftest import ROOT
from tests.contract.test_supervise import wait_for

MINUTE = timedelta(minutes=1)
EVERYWHERE = "0.0.0.0"  # noqa: S104 - to see it refused


def find_collector(keeper: int) -> int:
    """Return the process id of a supervisor's collector, 0 while there is none."""
    told = subprocess.run(["ps", "-o", "pid=,args=", "--ppid", str(keeper)], capture_output=True, text=True, check=False).stdout
    return next((int(line.split()[0]) for line in told.splitlines() if " collect " in line), 0)


def stored(home: Path) -> list[str]:
    answer = wiring.open_workspace(home).ports.entries.answer(questions.newest(questions.entries(), 100_000))
    return sorted(answer["insert_id"].to_pylist())


def test_a_collector_killed_under_serve_goes_on_without_losing_or_doubling_an_entry(tmp_path: Path) -> None:
    world, now, home = World(), datetime.now(UTC), tmp_path / "home"
    world.add(entries_between(now - 30 * MINUTE, now - 10 * MINUTE, 2500))
    with serve_logging(world) as address:
        settings = {
            "BLINDSPOT_LOGGING_ENDPOINT": address, "BLINDSPOT_LOGGING_PROJECTS": PROJECT, "BLINDSPOT_LOGGING_POLL": "1s",
            "BLINDSPOT_LOGGING_SINCE": "1h", "BLINDSPOT_LOGGING_QUOTA_PER_MIN": "60",
        }  # fmt: skip
        server = driver.start_serving(home, tmp_path / "output.txt", settings)
        keeper = server.process.pid
        try:
            wait_for(lambda: len(stored(home)) > 0)
            first = find_collector(keeper)
            os.kill(first, signal.SIGKILL)
            world.add(entries_between(now - 9 * MINUTE, now - 8 * MINUTE, 500, first=5000))
            wait_for(lambda: find_collector(keeper) not in (0, first))
            wait_for(lambda: len(stored(home)) >= 3000)
            chore = wiring.open_workspace(home).ports.state.chores()[Duty.COLLECTOR]
            assert chore.state is SourceState.FAILING
            assert "was killed (signal 9)" in chore.message
            last = find_collector(keeper)
        finally:
            server.process.send_signal(signal.SIGINT)
            assert server.process.wait(driver.STOP_S) == 0
        assert stored(home) == sorted({*(f"{n:08}" for n in range(2500)), *(f"{n:08}" for n in range(5000, 5500))})
        assert wiring.open_workspace(home).ports.state.chores()[Duty.COLLECTOR].state is SourceState.OFF
        assert not Path(f"/proc/{last}").exists()


def test_without_a_sign_in_no_other_address_is_listened_on_unless_it_is_said_twice(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "lib", "serve", "--address", EVERYWHERE, "--open", "--port", str(driver.free_port())]
    around = {**os.environ, "BLINDSPOT_HOME": str(tmp_path)}
    done = subprocess.run(command, cwd=ROOT, env=around, capture_output=True, text=True, timeout=driver.START_S * 2, check=False)
    assert done.returncode == 2
    assert "blindspot: Whoever reaches 0.0.0.0 could read the logs" in done.stderr
    assert "BLINDSPOT_OPEN=yes" in done.stderr
    assert "Traceback" not in done.stderr
