"""How well and how fast secrets are hidden: python -m tests.bench masks writes docs/masking.md."""

import importlib.util
import json
import os
import platform
import random
import string
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from unittest.mock import patch

import polars as pl

from lib import wiring
from lib.core.masks import RULES, RULES_VERSION, mask_lines, mask_payload, mask_text, mask_texts
from lib.core.masks.examples import example_of
from tests.bench.hostile import hostile_lines
from tests.masking.grading import differing, grade

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("BLINDSPOT_SHARED", ROOT.parent / "shared"))
SEEDS = tuple(range(1, 11))
ROUNDS = 3
OTHER_THAN_ADDRESSES = tuple(rule.mark for rule in RULES if rule.name != "ip_address")


def families(seeds: tuple[int, ...]) -> Iterator[str]:
    """Yield the grades of our own cases."""
    yield "| family | cases | leaked | eaten beside a secret, or a lookalike changed |\n|---|---|---|---|"
    for family, one in grade(seeds).items():
        yield f"| {family} | {one.cases:,} | {len(one.leaked)} | {len(one.eaten)} |"
    yield f"\nCases that the stages over a column mask in another way than one text at a time: {len(differing(seeds[:2]))}."


def shared_cases() -> ModuleType | None:
    """Return the cases that are kept beside the repository, where they are."""
    file = SHARED / "tools" / "secret_cases.py"
    if not file.exists():
        return None
    spec = importlib.util.spec_from_file_location("secret_cases", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def others(seeds: tuple[int, ...]) -> Iterator[str]:
    """Yield the grades of cases that were not made for these rules."""
    cases = shared_cases()
    if cases is None:
        yield "The cases of others are not beside this repository."
        return
    yield "| seed | leaked, must | leaked, should | eaten | over-masked |\n|---|---|---|---|---|"
    for seed in seeds:
        found = cases.grade(mask_text, mask_payload, seed, 20)
        must, should = (sum(bad for bad, _, tier in found["leak"].values() if tier == t) for t in (1, 2))
        rest = (sum(bad for bad, _ in found[name].values()) for name in ("eaten", "overmask"))
        yield f"| {seed} | {must} | {should} | {' | '.join(map(str, rest))} |"


def ordinary_lines() -> list[str]:
    """Return the labelled log lines, or none."""
    files = sorted((SHARED / "data" / "loghub").glob("*.csv"))
    return [line for file in files for line in pl.read_csv(file, infer_schema=False)["Content"].fill_null("").to_list()]


def dense_lines(count: int, every: int) -> list[str]:
    """Return lines that are full of what announces secrets; one of `every` holds one."""
    rng = random.Random(5)

    def key() -> str:
        return "".join(rng.choice(string.ascii_letters + string.digits) for _ in range(32)) + "a1"

    def line(n: int) -> str:
        if n % every == 0:
            return f"password={key()} retries=3" if n % (2 * every) else f"calling with {'gh' + 'p_'}{key()}Zz, token rejected"
        return (
            f"token refresh ok user={n} request_id={n:016x} key=order:{n}:v2",
            f"session started token_count={n} max_tokens=4096 trace={n:032x}",
            f"auth token cache hit for key user:{n}, secret rotation in 3 days",
            f"password check passed for account {n}; api key id {n:08x} still valid",
        )[n % 4]

    return [line(n) for n in range(count)]


def rate(texts: list[str], mask: Callable[[pl.Series], object]) -> float:
    """Return lines a second of one processor's time, the best of some rounds; other processes count for little."""
    column, took = pl.Series(texts, dtype=pl.String), []
    for _ in range(ROUNDS):
        started = time.process_time()
        mask(column)
        took.append(time.process_time() - started)
    return len(texts) / min(took)


def speed(lines: list[str]) -> Iterator[str]:
    """Yield how fast it is."""
    yield "| lines | a second of one processor |\n|---|---|"
    if lines:
        entries = [json.dumps({"insertId": f"{n:024x}", "severity": "INFO", "textPayload": line}) for n, line in enumerate(lines)]
        yield f"| ordinary texts, {len(lines):,} labelled log lines of 16 systems | {rate(lines, mask_texts):,.0f} |"
        yield f"| the same as entries | {rate(entries, mask_lines):,.0f} |"
    for every, named in ((20, "one of 20 holds a secret"), (2, "every second one holds a secret")):
        yield f"| full of tokens and keys, {named} | {rate(dense_lines(20_000, every), mask_texts):,.0f} |"


def import_ratio(lines: list[str]) -> float:
    """Return how often as long an import takes with masking as with masking switched off, which only this benchmark can."""
    took: list[list[float]] = [[], []]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "entries.ndjson"
        with file.open("w") as out:
            for n, line in enumerate(lines):
                ts = f"2026-01-01T{n // 3600 % 24:02d}:{n // 60 % 60:02d}:{n % 60:02d}.{n:06d}Z"
                resource = {
                    "type": "cloud_run_revision",
                    "labels": {"service_name": "checkout", "revision_name": "checkout-00001-abc"},
                }
                made = {"insertId": f"{n:024x}", "timestamp": ts, "logName": "projects/p/logs/stdout", "resource": resource}
                out.write(json.dumps({**made, "textPayload": line}) + "\n")
        for number in range(2 * ROUNDS):
            space = wiring.open_workspace(Path(folder) / f"home{number}")
            started = time.process_time()
            with patch.multiple("lib.core.masks", mask_lines=_leave, mask_texts=_leave) if number % 2 else patch.dict({}):
                wiring.import_paths([str(file)], space)
            took[number % 2].append(time.process_time() - started)
    return min(took[0]) / min(took[1])


def _leave(lines: pl.Series) -> tuple[pl.Series, dict[str, int]]:
    return lines, {}


def hostile() -> Iterator[str]:
    """Yield what each hostile line costs: as a text, as an entry, and how much of that a quarter of it costs."""
    yield "| 100 kB of | text, ms | entry, ms | a quarter of it |\n|---|---|---|---|"
    for name, line in hostile_lines().items():
        whole = cost(mask_text, line)
        entry = cost(lambda text: mask_lines(pl.Series([json.dumps({"textPayload": text})])), line)
        quarter = cost(mask_text, line[: len(line) // 4])
        shown = name.replace("|", "\\|").replace("\n", " ")
        yield f"| `{shown}` | {whole:.0f} | {entry:.0f} | {quarter / whole:.2f} |"


def cost(mask: Callable[[str], object], text: str) -> float:
    """Return the processor's time in ms, the best of some rounds."""
    took = []
    for _ in range(ROUNDS):
        started = time.process_time()
        mask(text)
        took.append(time.process_time() - started)
    return 1000 * min(took)


def false_masks(lines: list[str]) -> str:
    """Return how many ordinary lines changed for another reason than a public address."""
    masked, counts = mask_texts(pl.Series(lines, dtype=pl.String))
    changed = [new for old, new in zip(lines, masked, strict=True) if old != new]
    other = [line for line in changed if any(mark in line for mark in OTHER_THAN_ADDRESSES)]
    told = ", ".join(f"{name} {count:,}" for name, count in sorted(counts.items()))
    share = f"Of {len(lines):,} labelled log lines {len(other)} ({len(other) / len(lines):.3%}) changed"
    return f"{share} for another reason than a public address. By rule: {told}."


def write_report(seeds: tuple[int, ...]) -> str:
    """Return the report."""
    lines = ordinary_lines()
    load = os.getloadavg()[0] / (os.cpu_count() or 1)
    parts = [
        "# Masking: grades",
        "`python -m tests.bench masks` writes this page. Every secret in it is made anew from a seed when it runs.",
        f"Version {RULES_VERSION} of the rules, Python {platform.python_version()}, {os.cpu_count()} cores, {load:.1f} processes"
        " waiting for each when it began: with more than one, times are longer than on a quiet machine.",
        "## Our own cases, by family",
        "\n".join(families(seeds[:3])),
        "## Cases of others",
        "\n".join(others(seeds)),
        "## Ordinary lines",
        false_masks(lines) if lines else "The labelled log lines are not beside this repository.",
        "## Speed",
        "\n".join(speed(lines)),
        f"An import takes the processor {import_ratio(lines or dense_lines(20_000, 20)):.2f} times as long"
        " as one with masking switched off.",
        "## Hostile lines",
        "\n".join(hostile()),
        "## Rules",
        "| rule | hides | an example, as it is stored | reason |\n|---|---|---|---|\n"
        + "\n".join(f"| {r.name} | {r.hides} | `{mask_text(example_of(r.name))}` | {r.reason} |" for r in RULES),
    ]
    return "\n\n".join(parts) + "\n"


def main() -> None:
    """Write the report."""
    (ROOT / "docs" / "masking.md").write_text(write_report(SEEDS))
