"""Calls a minute, counted in a file: several processes that ask the same source share one quota."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock

from lib.errors import StoreError

CALLS = "calls.json"  # in the home folder
MINUTE_S = 60.0
LEAST_WAIT_S = 0.05


@contextmanager
def _told(file: Path) -> Iterator[None]:
    """Turn what the disk says into our error: a call that nobody can count is not made."""
    try:
        yield
    except OSError as e:
        raise StoreError(
            f"Calls cannot be counted in '{file.name}': {(e.strerror or type(e).__name__).lower()}.",
            hint="Check the home folder's free space and rights.",
            permanent=False,
        ) from e


class Quota:
    """At most `per_minute` calls in any minute, whoever makes them; clock: seconds that every process of the machine shares.

    A call counts from its start until a minute after its end, so that the source, which counts arrivals, never counts more.
    Errors: StoreError where the file cannot be read or written.
    """

    def __init__(
        self,
        file: Path,
        per_minute: int,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        with _told(file):
            file.parent.mkdir(parents=True, exist_ok=True)
        self.file, self.lock = file, FileLock(file.with_name(file.name + ".lock"))
        self.per_minute, self.clock, self.sleep = per_minute, clock, sleep

    def wait_s(self, spare: int = 0) -> float:
        """Return how long to wait for a call that leaves `spare` others for the same minute."""
        with _told(self.file), self.lock:
            return self._wait(self._read(), spare)

    def used(self) -> int:
        """Return the calls of the last minute."""
        with _told(self.file), self.lock:
            return len(self._read())

    @contextmanager
    def call(self) -> Iterator[None]:
        """Wait for a place, and hold it for the call inside and the minute after it."""
        started = self._enter()
        try:
            yield
        finally:
            with _told(self.file), self.lock:
                stamps = self._read()
                if started in stamps:
                    stamps.remove(started)
                self._write([*stamps, self.clock()])

    def _enter(self) -> float:
        """Wait until there is a place, and return since when it is taken."""
        while True:
            with _told(self.file), self.lock:
                stamps, now = self._read(), self.clock()
                wait = self._wait(stamps, 0)
                if wait <= 0:
                    self._write([*stamps, now])
                    return now
            self.sleep(wait)

    def _wait(self, stamps: list[float], spare: int) -> float:
        allowed = max(1, self.per_minute - spare)
        if len(stamps) < allowed:
            return 0.0
        return max(LEAST_WAIT_S, sorted(stamps)[len(stamps) - allowed] + MINUTE_S - self.clock())

    def _read(self) -> list[float]:
        """Return the moments that count now; what lies ahead was written before the machine started anew."""
        try:
            stamps = [float(s) for s in json.loads(self.file.read_text())]
        except (FileNotFoundError, ValueError, TypeError):  # not ours: no call is refused for it
            return []
        now = self.clock()
        return [s for s in stamps if now - MINUTE_S < s <= now]

    def _write(self, stamps: list[float]) -> None:
        written = self.file.with_name(self.file.name + ".new")
        written.write_text(json.dumps(stamps))
        written.replace(self.file)  # whole or not at all: a kill must not forget calls
