"""What a collector does beside its logs, each on a clock of its own: Sentry's facts, health documents, upkeep."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from lib.collect.timing import Timing
from lib.errors import BlindspotError

WORKERS = 2  # chores at once: a slow one must not keep the others waiting


@dataclass(frozen=True)
class Chore:
    """Something to do every so often. work keeps its own errors: where it saves what came of it, it saves why nothing did."""

    name: str
    every_s: float
    work: Callable[[], None]


class Chores:
    """Runs chores beside the rounds, none twice at once. troubles: why one failed at its last turn, by its name."""

    def __init__(self, chores: Sequence[Chore], timing: Timing) -> None:
        self.chores, self.timing = chores, timing
        self.pool = ThreadPoolExecutor(WORKERS, "chore")
        self.due = {chore.name: 0.0 for chore in chores}
        self.running: dict[str, Future[None]] = {}
        self.troubles: dict[str, BlindspotError] = {}

    def run_due(self) -> None:
        """Start every chore that is due. One that fails costs itself alone; a fault of ours comes out at its next turn."""
        for chore in self.chores:
            running = self.running.get(chore.name)
            if self.timing.seconds() >= self.due[chore.name] and (running is None or running.done()):
                if running is not None:
                    self._heed(chore.name, running)
                self.due[chore.name] = self.timing.seconds() + chore.every_s
                self.running[chore.name] = self.pool.submit(chore.work)

    def _heed(self, name: str, done: Future[None]) -> None:
        self.troubles.pop(name, None)
        try:
            done.result()
        except BlindspotError as e:
            self.troubles[name] = e

    def run_all(self) -> None:
        """Do every chore once, here and now; one that fails costs itself alone."""
        for chore in self.chores:
            try:
                chore.work()
            except BlindspotError as e:
                self.troubles[chore.name] = e

    def close(self) -> None:
        """Wait for what is running; start nothing more."""
        self.pool.shutdown(cancel_futures=True)
