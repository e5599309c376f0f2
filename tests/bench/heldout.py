"""Data that the rules were not looked at with: samples, other orders, mixtures, simulated services; and how ids stay."""

import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import mean

import polars as pl

from lib.core.clustering import cluster_id, cluster_ids, collapse, find_shapes, merge_shapes
from tests.bench.labelled import ABSENT, ROOT, Logs, in_short, load_tool, score, score_all, table

SEEDS = tuple(range(101, 111))  # no rule or number was chosen by these draws; whoever chooses by them takes new ones
SHARES = (0.5, 0.3, 0.1)
SCENARIOS = {"seed": 90_211, "regression": 90_212, "recovered": 90_213, "associated": 90_214, "mixed_revisions": 90_216}


def samples(logs: Logs, share: float, seed: int) -> Logs:
    """Return a part of each system's lines, drawn at random, in their order."""
    found = {}
    for name, (lines, truth) in logs.items():
        chosen = sorted(random.Random(f"{seed} {name}").sample(range(len(lines)), int(share * len(lines))))
        found[name] = [lines[at] for at in chosen], [truth[at] for at in chosen]
    return found


def mixtures(logs: Logs, steps: int = 3) -> Iterator[tuple[str, list[str], list[str]]]:
    """Yield each system's lines shuffled among those of some others: (name, lines, truth)."""
    names = sorted(logs)
    for step in range(1, steps + 1):
        for at, name in enumerate(names):
            other = names[(at + step * 5) % len(names)]
            rows = [(line, f"{which} {true}") for which in (name, other) for line, true in zip(*logs[which], strict=True)]
            random.Random(step).shuffle(rows)
            yield f"{name} + {other}", [line for line, _ in rows], [true for _, true in rows]


def report_samples(logs: Logs) -> str:
    """Return the section about parts, orders and mixtures."""
    if not logs:
        return ABSENT
    rows = []
    for share in SHARES:
        found = [in_short(score_all(samples(logs, share, seed), cluster_ids)) for seed in SEEDS]
        worst, name = min((one[2], one[3]) for one in found)
        means = [f"{mean(one[at] for one in found):.4f}" for at in (0, 1)]
        rows.append([f"{share:.0%} of each, {len(SEEDS)} draws", *means, f"{worst:.3f} ({name})"])
    pairs = {name: score(truth, cluster_ids(lines)) for name, lines, truth in mixtures(logs)}
    ga, fga, worst, name = in_short(pairs)
    rows.append([f"two systems in one log, {len(pairs)} pairs", f"{ga:.4f}", f"{fga:.4f}", f"{worst:.3f} ({name})"])
    lines = [line for said, _ in logs.values() for line in said]
    truth = [f"{name} {true}" for name, (_, groups) in logs.items() for true in groups]
    ga, fga = score(truth, cluster_ids(lines))
    rows.append([f"all {len(logs)} systems in one log", f"{ga:.4f}", f"{fga:.4f}", ""])
    same = f"In another order {_same_in_other_order(logs):.2%} of the lines keep their id (three orders)."
    return table("lines|mean GA|mean FGA|worst GA", rows) + "\n\n" + same


def _same_in_other_order(logs: Logs) -> float:
    same = total = 0
    for lines, _ in logs.values():
        known = dict(zip(lines, cluster_ids(lines), strict=True))
        for seed in SEEDS[:3]:
            moved = random.Random(seed).sample(lines, len(lines))
            same += sum(known[line] == one for line, one in zip(moved, cluster_ids(moved), strict=True))
            total += len(lines)
    return same / total


def keep_ids(lines: list[str], first: int) -> tuple[int, int]:
    """Return how many of the first lines keep their id when the rest arrives, and how many when aliases are followed.

    An alias leads from an id that no longer stands to the cluster of the shape it was given for, as in the product's catalog.
    """
    shapes = find_shapes(collapse(pl.Series("message", lines))).to_list()
    before, after = merge_shapes(set(shapes[:first])), merge_shapes(set(shapes))
    old, new = ({shape: cluster_id(template) for shape, template in merged.items()} for merged in (before, after))
    standing = set(new.values())
    alias = {old[shape]: new[shape] for shape in sorted(before)}
    follow = {one: one if one in standing else alias[one] for one in alias}
    kept = sum(old[shape] == new[shape] for shape in shapes[:first])
    return kept, sum(follow[old[shape]] == new[shape] for shape in shapes[:first])


def report_ids(logs: Logs) -> str:
    """Return the section about ids: half of the lines, then all of them."""
    if not logs:
        return ABSENT
    rows = []
    for title, shuffled in (("second half of the time", False), ("a half drawn at random", True)):
        kept = followed = total = 0
        worst = []
        for name, (lines, _) in logs.items():
            order = random.Random(5).sample(lines, len(lines)) if shuffled else lines
            one = keep_ids(order, len(lines) // 2)
            kept, followed, total = kept + one[0], followed + one[1], total + len(lines) // 2
            worst.append((one[0] / (len(lines) // 2), name))
        low, name = min(worst)
        rows.append([title, f"{kept / total:.2%}", f"{followed / total:.2%}", f"{low:.1%} ({name})"])
    return table("what arrives|old lines with the same id|with aliases|fewest without", rows)


def report_incidents() -> str:
    """Return the section about simulated Cloud Run services: through the whole product, import and answer."""
    tool = load_tool("incident_sim") and load_tool("incident_eval")
    if not tool:
        return ABSENT
    rows = []
    for scenario, seed in SCENARIOS.items():
        with tempfile.TemporaryDirectory() as folder:
            case = tool.Case(scenario, seed, Path(folder) / "case", None, None)
            _ask("import", str(case.folder / "entries.json"), "--home", f"{folder}/home")
            answer = _ask("clusters", "--limit", "100000", "--home", f"{folder}/home")
            found = tool.score_clusters(case, {"clusters": answer})
        entries = sum(count for count, *_ in case.templates.values())
        rows.append(
            [scenario, seed, f"{entries:,}", len(case.templates), f"{found['clusters_ga']:.4f}", f"{found['clusters_found']:.3f}"]
        )
    return table("scenario|seed|entries|templates|GA|templates found", rows)


def _ask(*words: str) -> dict[str, object]:
    done = subprocess.run([sys.executable, "-m", "lib", *words, "--json"], cwd=ROOT, capture_output=True, text=True, check=True)
    answer: dict[str, object] = json.loads(done.stdout)
    return answer
