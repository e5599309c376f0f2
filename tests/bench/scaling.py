"""Time and memory as lines and shapes grow. Each measurement is a process of its own: python -m tests.bench.scaling KIND SIZE."""

import json
import math
import random
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice, product
from pathlib import Path

from lib.core.clustering import VARIABLE, cluster_ids, merge_shapes
from tests.bench.labelled import ROOT, load_logs, load_tool, table

SEED = 20
TOLERANCE = 0.05  # what repeated runs differ by
LINE_SIZES = (10_000, 100_000, 1_000_000)
SHAPE_SIZES = (100, 1_000, 10_000, 100_000)
HUGE_SIZES = (10, 100, 1_000)
SHORT_S = 2.0  # a run shorter than this is repeated, the best counts


def mixed_lines(count: int) -> list[str]:
    """Lines of the labelled systems with other values; the recorded incident's messages, repeated, where those are absent."""
    logs, tool = load_logs(), load_tool("clusters_eval")
    if logs and tool:
        lines: list[str] = tool.corpus(logs, count)[0]
        return lines
    from datetime import UTC, datetime

    from lib.demo.load import recorded_lines

    entries = [json.loads(line) for line in recorded_lines(datetime(2026, 1, 1, tzinfo=UTC))]
    said = [entry.get("textPayload") or str(entry.get("jsonPayload", {}).get("message", "")) for entry in entries]
    return [f"{said[number % len(said)]} {number}" for number in range(count)]


def _words(rnd: random.Random, count: int) -> list[str]:
    return ["".join(rnd.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(rnd.randint(3, 9))) for _ in range(count)]


def new_shapes(rnd: random.Random, count: int) -> Iterator[str]:
    """Yield lines of words that no other line has."""
    for _ in range(count):
        yield " ".join(_words(rnd, rnd.randint(4, 12)))


def huge_lines(rnd: random.Random, count: int) -> Iterator[str]:
    """Yield lines of 100 kB."""
    words = _words(rnd, 2_000)
    for number in range(count):
        yield f"dump {number}: " + " ".join(rnd.choices(words, k=15_000))[:100_000]


def random_texts(rnd: random.Random, count: int) -> Iterator[str]:
    """Yield texts of 4 to 14 words out of 5,000."""
    words = _words(rnd, 5_000)
    for _ in range(count):
        yield " ".join(rnd.choices(words, k=rnd.randint(4, 14)))


def four_words(rnd: random.Random, count: int) -> Iterator[str]:
    """Yield texts of four words: every word stands beside every other."""
    words = _words(rnd, 18)
    return (" ".join(chosen) for chosen in islice(product(words, repeat=4), count))


def few_words(rnd: random.Random, count: int) -> Iterator[str]:
    """Yield texts of 14 words out of four."""
    for _ in range(count):
        yield " ".join(rnd.choices(("read", "write", "open", "close"), k=14))


def long_lists(rnd: random.Random, count: int) -> Iterator[str]:
    """Yield lists of 20 to 120 items, each a name."""
    words = _words(rnd, 5_000)
    for _ in range(count):
        yield "members: " + ", ".join(rnd.choices(words, k=rnd.randint(20, 120)))


def hollow(rnd: random.Random, count: int) -> Iterator[str]:
    """Yield texts of the same words with variable parts in different places: each may say what another says."""
    words = "task of user was closed by order".split()
    for _ in range(count):
        kept = [word if rnd.random() < 0.8 else f"{word} {VARIABLE}" for word in rnd.choices(words, k=12)]
        yield " ".join(kept)


def records(rnd: random.Random, count: int) -> Iterator[str]:
    """Yield records of ten keys, their values words."""
    keys, words = _words(rnd, 40), _words(rnd, 5_000)
    for _ in range(count):
        yield "event " + " ".join(f"{key}={rnd.choice(words)}" for key in rnd.sample(keys, 10))


def few_letters(rnd: random.Random, count: int) -> Iterator[str]:
    """Yield lines of words and single letters: an enumeration in one or more places."""
    words = _words(rnd, 300)
    for _ in range(count):
        yield " ".join(rnd.choice(words) if rnd.random() < 0.6 else rnd.choice("ABCDEFGH") for _ in range(8))


@dataclass(frozen=True)
class Kind:
    """One row of the report: how the texts are made, which sizes, what is measured, what is asked of its growth."""

    title: str
    make: Callable[[random.Random, int], Iterator[str]] | None
    sizes: tuple[int, ...]
    whole: bool
    linear: bool


KINDS = {
    "mixed": Kind("lines of the labelled systems", None, LINE_SIZES, whole=True, linear=True),
    "new": Kind("every line a new shape of new words", new_shapes, SHAPE_SIZES, whole=True, linear=False),
    "huge": Kind("lines of 100 kB", huge_lines, HUGE_SIZES, whole=True, linear=True),
    "random": Kind("texts of 4 to 14 words out of 5,000", random_texts, SHAPE_SIZES, whole=False, linear=False),
    "four": Kind("texts of four words out of 18", four_words, SHAPE_SIZES, whole=False, linear=False),
    "few": Kind("texts of 14 words out of four", few_words, SHAPE_SIZES, whole=False, linear=False),
    "letters": Kind("texts of eight words and single letters", few_letters, SHAPE_SIZES, whole=False, linear=False),
    "lists": Kind("lists of 20 to 120 names", long_lists, SHAPE_SIZES, whole=False, linear=False),
    "hollow": Kind("the same words, variable parts anywhere", hollow, SHAPE_SIZES, whole=False, linear=False),
    "records": Kind("records of ten keys out of 40", records, SHAPE_SIZES, whole=False, linear=False),
}


def run(kind: Kind, size: int) -> dict[str, float]:
    """Return what one call took: seconds, processor seconds, MB at its start and at most, and how many ids came out."""
    texts = mixed_lines(size) if kind.make is None else list(kind.make(random.Random(SEED), size))
    call: Callable[[list[str]], object] = cluster_ids if kind.whole else merge_shapes
    call(texts[:20])
    before, times = _memory_mb("VmRSS"), []
    for _ in range(3):
        started, busy = time.perf_counter(), time.process_time()
        answer = call(texts)
        times.append((time.process_time() - busy, time.perf_counter() - started))
        if times[0][1] > SHORT_S:
            break
    ids = answer.values() if isinstance(answer, dict) else answer
    assert isinstance(ids, list) or kind.whole is False
    best = min(times)
    return {"s": best[1], "cpu_s": best[0], "before_mb": before, "peak_mb": _memory_mb("VmHWM"), "clusters": len(set(ids))}  # type: ignore[call-overload]


def _memory_mb(name: str) -> float:
    """Return VmRSS (now) or VmHWM (at most) of this process; getrusage would count the parent's memory from before the start."""
    found = re.search(rf"{name}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) / 1024 if found else math.nan


def measure(name: str, size: int) -> dict[str, float]:
    """Return what `run` returns, measured in a new process."""
    command = [sys.executable, "-m", "tests.bench.scaling", name, str(size)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    result: dict[str, float] = json.loads(done.stdout)
    return result


def fit(sizes: tuple[int, ...], seconds: list[float]) -> float:
    """Return the exponent of the time's growth over the last three sizes: least squares on logarithms."""
    xs, ys = [math.log(size) for size in sizes[-3:]], [math.log(max(s, 1e-4)) for s in seconds[-3:]]
    x, y = sum(xs) / len(xs), sum(ys) / len(ys)
    return sum((a - x) * (b - y) for a, b in zip(xs, ys, strict=True)) / sum((a - x) ** 2 for a in xs)


def judge(kind: Kind, seconds: list[float]) -> tuple[float, float, str]:
    """Return the fitted exponent, that of the last step alone, and whether the worse one is what was asked for."""
    fitted, last = fit(kind.sizes, seconds), fit(kind.sizes[-2:], seconds[-2:])
    big, small = kind.sizes[-1], kind.sizes[-2]
    allowed = 1.0 if kind.linear else 1 + math.log(math.log(big) / math.log(small)) / math.log(big / small)
    over = max(fitted, last) - allowed
    return fitted, last, "holds" if over <= TOLERANCE else f"falls short by {over:.2f}"


def report(say: Callable[[str], None]) -> str:
    """Return the section about growth."""
    rows, times = [], []
    for name, kind in KINDS.items():
        found = []
        for size in kind.sizes:
            say(f"scaling: {kind.title}, {size:,}")
            one = measure(name, size)
            found.append(one["cpu_s"])
            memory = f"{one['peak_mb']:,.0f} ({max(0.0, one['peak_mb'] - one['before_mb']):,.0f})"
            rows.append([kind.title, f"{size:,}", f"{one['s']:.2f}", f"{one['cpu_s']:.2f}", memory, f"{one['clusters']:,.0f}"])
        fitted, last, verdict = judge(kind, found)
        part = "all steps" if kind.whole else "comparison"
        asked = "linear" if kind.linear else "n log n"
        times.append([kind.title, part, asked, f"{fitted:.2f}", f"{last:.2f}", verdict])
    judged = table("texts|measured|asked|exponent|last step|verdict", times)
    return judged + "\n\n" + table("texts|how many|seconds|processor seconds|peak MB (of it the call's)|clusters", rows)


if __name__ == "__main__":
    print(json.dumps(run(KINDS[sys.argv[1]], int(sys.argv[2]))))
