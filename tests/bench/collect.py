"""Does the collector keep up? python -m tests.bench.collect [--backfill 200000] [--rate 200] [--minutes 0].

A server on loopback holds a backlog while entries arrive, 1 % of them late by up to a minute, 1 % doubled. `python -m lib collect
--follow` reads it within the quota. Prints what is stored, how soon the newest is visible, the most calls in a minute by the
server's own count, memory and files. --minutes: go on for so long at least (a soak: --backfill 20000 --minutes 20).
"""

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from google.cloud.logging_v2.types import LogEntry
from google.protobuf import json_format

from lib.adapters.delta_store import DeltaEntryStore
from lib.adapters.state import SqlStateStore
from lib.core.questions import entries
from tests.cloudlogging import World, serve_logging
from tests.collecting import PROJECT, entry

ROOT = Path(__file__).parents[2]
QUOTA, POLL_S = 60, 8
LATE, DOUBLED, LATEST_S = 0.01, 0.01, 60.0
HISTORY = timedelta(hours=5)
WORDS = "order payment cart session token shard queue worker ledger invoice refund parcel".split()
RAW = type(LogEntry.pb(LogEntry()))


@dataclass
class Arrivals:
    """Entries of some hundred texts that arrive at a server; sent: what must be stored; probes: when some arrived."""

    world: World
    rng: random.Random = field(default_factory=lambda: random.Random(8))
    sent: set[str] = field(default_factory=set)
    probes: dict[str, float] = field(default_factory=dict)
    late: deque[tuple[float, str, int]] = field(default_factory=deque)
    bodies: list[tuple[bytes, str]] = field(default_factory=list)
    total: int = 0

    def __post_init__(self) -> None:
        for n in range(400):
            text = f"{WORDS[n % 12]} {WORDS[n // 12 % 12]} failed: step {n} of user u{self.rng.randrange(10**6)}"
            made = json_format.ParseDict(entry(0, datetime.now(UTC), textPayload=text), RAW())
            self.bodies.append((made.SerializeToString(), text))

    def add(self, ns: int, received_ns: int, tail: bool = True) -> str:
        """Let an entry arrive, now and then twice."""
        name = f"{self.total:010}"
        self.total += 1
        self.put(name, ns, received_ns)
        if self.rng.random() < DOUBLED:
            self.put(name, ns, received_ns)
        return name

    def put(self, name: str, ns: int, received_ns: int) -> None:
        """Let an entry arrive."""
        body, text = self.bodies[int(name) % len(self.bodies)]
        own = RAW(insert_id=name)
        own.timestamp.FromNanoseconds(ns)
        own.receive_timestamp.FromNanoseconds(received_ns)
        self.sent.add(name)
        self.world.put(ns, 500, "run.googleapis.com/stderr", 0, text, received_ns, body + own.SerializeToString())

    def run(self, rate: int, stop: threading.Event) -> None:
        """Let entries arrive at a rate until stopped, then the late ones that are under way."""
        started, count = time.time(), 0
        while not stop.is_set():
            due = int((time.time() - started) * rate)
            for _ in range(due - count):
                now = time.time_ns()
                if self.rng.random() < LATE:
                    self.late.append((time.time() + self.rng.uniform(1, LATEST_S), f"{self.total:010}", now))
                    self.total += 1
                else:
                    name = self.add(now, now)
                    if self.total % rate == 0:
                        self.probes[name] = time.time()
            count = due
            self.release(time.time())
            stop.wait(0.05)
        while self.late:
            self.release(time.time())
            time.sleep(0.1)

    def release(self, now: float) -> None:
        """Let the late ones arrive whose time has come."""
        for one in [late for late in self.late if late[0] <= now]:
            self.late.remove(one)
            self.put(one[1], one[2], time.time_ns())


@dataclass
class Watch:
    """What is seen from outside: when probes become visible, the collector's memory, the store's files."""

    home: Path
    pid: int
    arrivals: Arrivals
    seen: dict[str, float] = field(default_factory=dict)
    memory: list[tuple[float, float]] = field(default_factory=list)
    files: list[int] = field(default_factory=list)

    def look(self, store: DeltaEntryStore) -> None:
        """Look once."""
        recent = entries()
        since = datetime.now(UTC) - timedelta(seconds=180)
        found = store.answer(recent.filter(recent.ts >= since).select("insert_id"))["insert_id"].to_pylist()
        now = time.time()
        for name in found:
            if name in self.arrivals.probes:
                self.seen.setdefault(name, now - self.arrivals.probes[name])
        status = Path(f"/proc/{self.pid}/status").read_text()
        self.memory.append((now, int(status.partition("VmRSS:")[2].split()[0]) / 1024))
        self.files.append(store.facts().files)


def is_caught_up(home: Path) -> bool:
    """Tell whether nothing older is left to be read."""
    if not (home / "state.sqlite").exists():
        return False
    found = SqlStateStore(home / "state.sqlite").sources()
    return bool(found) and found[0].backlog == timedelta(0) and found[0].watermark is not None


def main(backfill: int, rate: int, minutes: float) -> None:
    """Measure and print."""
    world = World(quota=QUOTA)
    arrivals, stop = Arrivals(world), threading.Event()
    now_ns, span = time.time_ns(), int(HISTORY.total_seconds() * 1e9)
    for n in range(backfill):
        at = now_ns - span + span * n // backfill
        arrivals.add(at, at)
    with tempfile.TemporaryDirectory() as folder, serve_logging(world) as address:
        home, started = Path(folder) / "home", time.time()
        settings = {
            "BLINDSPOT_HOME": str(home), "BLINDSPOT_LOGGING_ENDPOINT": address, "BLINDSPOT_LOGGING_QUOTA_PER_MIN": str(QUOTA),
            "BLINDSPOT_LOGGING_POLL": f"{POLL_S}s", "BLINDSPOT_LOGGING_FILTER": "all", "BLINDSPOT_LOGGING_SINCE": "6h",
            "BLINDSPOT_UPKEEP_INTERVAL": "5m",
        }  # fmt: skip
        coming = threading.Thread(target=arrivals.run, args=(rate, stop))
        coming.start()
        process = subprocess.Popen(
            [sys.executable, "-m", "lib", "collect", "--project", PROJECT, "--follow"], cwd=ROOT, env={**os.environ, **settings},
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        watch = Watch(home, process.pid, arrivals)
        store = DeltaEntryStore(home / "entries")
        while not is_caught_up(home) or time.time() - started < minutes * 60:
            time.sleep(1.0)
            if home.exists():
                watch.look(store)
            if len(watch.memory) % 30 == 1:
                print(
                    f"  {time.time() - started:5.0f} s: {store.facts().entries:,} stored, {watch.memory[-1][1]:.0f} MB",
                    flush=True,
                )
        took = time.time() - started
        stop.set()
        coming.join()
        time.sleep(150)  # the last late ones come of age and are read once more
        process.terminate()
        process.wait()
        tell(world, arrivals, watch, home, took)


def tell(world: World, arrivals: Arrivals, watch: Watch, home: Path, took: float) -> None:
    """Print what was found."""
    stored = Counter(DeltaEntryStore(home / "entries").answer(entries().select("insert_id"))["insert_id"].to_pylist())
    delays = sorted(watch.seen.values())
    third = max(1, len(watch.memory) // 3)
    early, late = (statistics.median(m for _, m in part) for part in (watch.memory[third : 2 * third], watch.memory[-third:]))
    twice = len(world.rows) - len(arrivals.sent)
    print(f"{len(arrivals.sent):,} entries sent, {twice:,} of them twice; caught up after {took:.0f} s")
    print(f"stored once {sum(n == 1 for n in stored.values()):,}, doubled {sum(n > 1 for n in stored.values())}, "
          f"lost {len(arrivals.sent - stored.keys())}")  # fmt: skip
    print(f"newest visible after: median {statistics.median(delays):.1f} s, 95 % {delays[int(len(delays) * 0.95)]:.1f} s, "
          f"longest {delays[-1]:.1f} s, {len(delays)} of {len(arrivals.probes)} probes seen")  # fmt: skip
    print(f"calls: {len(world.calls)}, most in a minute {world.most_in_a_minute()} of {QUOTA}, refused {world.over}")
    print(f"memory: {early:.0f} MB in the second third, {late:.0f} MB in the last ({late / early - 1:+.1%}); files at most "
          f"{max(watch.files)}, at the end {watch.files[-1]}")  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--backfill", type=int, default=200_000)
    parser.add_argument("--rate", type=int, default=200)
    parser.add_argument("--minutes", type=float, default=0)
    given = parser.parse_args()
    main(given.backfill, given.rate, given.minutes)
