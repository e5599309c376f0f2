"""Kills a collector at random points, and looks whether it ever claimed more than it had stored."""

import random
import subprocess
import sys
import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from lib.adapters.delta_store import DeltaEntryStore
from lib.adapters.state import SqlStateStore
from lib.core.questions import entries
from tests.cloudlogging import Call, World, serve_logging
from tests.collecting import entries_between

ROOT = Path(__file__).resolve().parents[2]
COUNT, PAGE = 1_500, 40
LONGEST_S = 0.4  # from a call until the kill: long enough to fall into decoding, a commit, or the state's save


@dataclass
class Result:
    """What was found: kills that hit, entries there at the end, those lost or doubled, and claims that were untrue."""

    kills: int = 0
    stored: int = 0
    lost: int = 0
    doubled: int = 0
    untrue: int = 0
    at_kill: list[int] = field(default_factory=list)  # entries stored when it was killed


def kill_often(home: Path, kills: int, seed: int) -> Result:
    """Start a collector again and again, kill it so often, then let it finish."""
    rng, result = random.Random(seed), Result()
    world = World(page_size=PAGE)
    now = datetime.now(UTC)
    made = entries_between(now - timedelta(minutes=50), now - timedelta(minutes=3), COUNT)
    world.add(made)
    times = {e["insertId"]: datetime.fromisoformat(e["timestamp"]) for e in made}
    with serve_logging(world) as address:
        while result.kills < kills:
            result.kills += _kill_once(home, address, world, rng)
            result.untrue += _count_untrue(home, times)
            result.at_kill.append(sum(_stored(home).values()))
            if result.at_kill[-1] == COUNT:  # it was through: begin anew, beside it
                home = home.with_name(home.name + "x")
        subprocess.run(_command(home, address), cwd=ROOT, check=True)
    found = _stored(home)
    result.stored, result.lost = sum(found.values()), len(times.keys() - found.keys())
    result.doubled = sum(n - 1 for n in found.values())
    return result


def _command(home: Path, address: str) -> list[str]:
    return [sys.executable, "-m", "tests.collect.killable", str(home), address]


def _kill_once(home: Path, address: str, world: World, rng: random.Random) -> bool:
    """Run a collector, kill it a moment after one of its calls; return whether it was still running then."""
    process = subprocess.Popen(_command(home, address), cwd=ROOT)
    fatal = len(world.calls) + rng.randint(1, 14)

    def script(call: Call) -> None:
        if call.number == fatal:
            threading.Timer(rng.uniform(0, LONGEST_S), process.kill).start()

    world.script = script
    process.wait()
    world.script = lambda call: None
    return process.returncode < 0


def _stored(home: Path) -> Counter[str]:
    if not (home / "entries").exists():
        return Counter()
    return Counter(DeltaEntryStore(home / "entries").answer(entries().select("insert_id"))["insert_id"].to_pylist())


def _count_untrue(home: Path, times: dict[str, datetime]) -> int:
    """Return how many entries lie in a stretch that is said to be read, and are not stored."""
    if not (home / "state.sqlite").exists():
        return 0
    found, said = _stored(home), SqlStateStore(home / "state.sqlite").stretches()
    return sum(any(s.start <= ts < s.end for s in said) and not found[name] for name, ts in times.items())
