"""Dashboard and collector, kept running together: a collector that dies starts again, and both stop when they are asked to."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from lib.core.model import SourceState
from lib.core.upkeep import Chore, Duty
from lib.core.wording import say_duration
from lib.errors import BlindspotError
from lib.ports import StateStore

FIRST_S, MOST_S = 1.0, 60.0  # the pause before a start: doubled each time, never longer than a minute
STEADY_S = 60.0  # a collector that ran so long was well: the next pause is the first again
LOOK_S = 0.1  # between two looks at the processes
STOP_S = 20.0  # a collector ends between two pages and its commit; then it is killed, which loses nothing
SIGNS = (signal.SIGINT, signal.SIGTERM)


@dataclass
class Child:
    """A process of ours, in a session of its own: Ctrl-C reaches us alone, and we ask it once."""

    command: Sequence[str]
    environment: Mapping[str, str]
    process: subprocess.Popen[str] | None = None
    said: deque[str] = field(default_factory=lambda: deque(maxlen=20))
    started: float = 0.0

    def start(self) -> None:
        """Start it; what it writes goes on to our standard error, and its last lines are kept."""
        self.said.clear()
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            self.command, env=dict(self.environment), stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            errors="replace", start_new_session=True,
        )  # fmt: skip
        threading.Thread(target=self._pass_on, args=(self.process,), daemon=True).start()

    def status(self) -> int | None:
        """Return its exit status, None while it runs or before it was started."""
        return None if self.process is None else self.process.poll()

    def stop(self, deadline: float) -> None:
        """Wait until it has ended; kill it when it has not by then."""
        if self.process is None:
            return
        try:
            self.process.wait(max(deadline - time.monotonic(), 0.0))
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def ask(self) -> None:
        """Ask it to end."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)

    def _pass_on(self, process: "subprocess.Popen[str]") -> None:
        assert process.stderr is not None
        for line in process.stderr:
            self.said.append(line.strip())
            sys.stderr.write(line)
            sys.stderr.flush()


@dataclass
class Keeper:
    """Starts a collector again when it died, and notes it where the page Sources reads it."""

    child: Child
    state: StateStore
    clock: Callable[[], datetime]
    deaths: int = 0
    due: float = 0.0
    running: bool = False

    def look(self) -> None:
        """See whether it runs, and start it when it does not and its pause is over."""
        if self.running and (status := self.child.status()) is not None:
            self._bury(status)
        elif not self.running and time.monotonic() >= self.due:
            self.child.start()
            self.running = True
            if not self.deaths:
                self._note(SourceState.OK, "The collector runs.")
        elif self.running and self.deaths and time.monotonic() - self.child.started >= STEADY_S:
            self._note(SourceState.OK, f"The collector runs again, after {self.deaths:,} starts.")
            self.deaths = 0

    def _bury(self, status: int) -> None:
        steady = time.monotonic() - self.child.started >= STEADY_S
        self.deaths = 1 if steady else self.deaths + 1
        self.running, pause = False, pause_s(self.deaths)
        self.due = time.monotonic() + pause
        how = f"was killed (signal {-status})" if status < 0 else f"ended by itself (status {status})"
        told = next((line for line in self.child.said if line.startswith("blindspot: ")), "").removeprefix("blindspot: ")
        again = f"It starts again in {say_duration(timedelta(seconds=pause))}."
        self._note(SourceState.FAILING, " ".join(filter(None, (f"The collector {how}.", told, again))))

    def close(self) -> None:
        """Note that it was stopped on purpose."""
        self._note(SourceState.OFF, "The collector was stopped with the dashboard.")

    def _note(self, state: SourceState, message: str) -> None:
        hint = "The terminal or log that started Blindspot has its last words." if state is SourceState.FAILING else ""
        try:
            self.state.save_chore(Chore(Duty.COLLECTOR, self.clock(), state, message, hint, count=self.deaths))
        except BlindspotError as e:  # a full disk must not end what keeps the collector running
            sys.stderr.write(f"blindspot: {message} {e.message}\n")


def pause_s(deaths: int) -> float:
    """Return how long to wait after so many deaths in a row: 1 s, 2 s, 4 s … a minute at most."""
    return min(FIRST_S * 2.0 ** min(deaths - 1, 30), MOST_S)


def run(dashboard: Child, keeper: Keeper | None) -> int:
    """Run the dashboard, and the collector beside it, until one of SIGNS comes or the dashboard ends; return its exit status."""
    stop = threading.Event()
    with _heeding(stop):
        dashboard.start()
        while not stop.wait(LOOK_S) and dashboard.status() is None:
            if keeper is not None:
                keeper.look()
        status = dashboard.status()
        children = [dashboard, *([keeper.child] if keeper else [])]
        for child in children:
            child.ask()
        deadline = time.monotonic() + STOP_S
        for child in children:
            child.stop(deadline)
        if keeper is not None:
            keeper.close()
    return 0 if status is None else status or 1


@contextmanager
def _heeding(stop: threading.Event) -> Iterator[None]:
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in SIGNS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def surround(home: str) -> dict[str, str]:
    """Return the environment of a child: ours, with the home folder named."""
    return {**os.environ, "BLINDSPOT_HOME": home}
