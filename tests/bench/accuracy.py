"""How right the clusters are, and how fast beside drain3: on the labelled logs."""

import importlib.util
import statistics
import time

from lib.core.clustering import cluster_ids
from tests.bench.labelled import ABSENT, Logs, in_short, load_tool, score, score_all, table

LINES = 1_000_000
DRAIN_LINES = 100_000
ROUNDS = 5
NO_RIVAL = "Not measured: drain3 is not installed. It is no dependency: `.venv/bin/python -m pip install drain3`."
FASTER = 25  # goals
ACCURATE = 0.970


def report_accuracy(logs: Logs) -> str:
    """Return the section about each system."""
    if not logs:
        return ABSENT
    scores = score_all(logs, cluster_ids)
    ga, fga, worst, name = in_short(scores)
    rows: list[list[str]] = [[system, f"{g:.3f}", f"{f:.3f}"] for system, (g, f) in scores.items()]
    rows.append(["**mean**", f"**{ga:.4f}**", f"**{fga:.4f}**"])
    lines = sum(len(messages) for messages, _ in logs.values())
    return f"{len(logs)} systems, {lines:,} lines; worst GA {worst:.3f} ({name}).\n\n" + table("system|GA|FGA", rows)


def report_speed(logs: Logs, rounds: int = ROUNDS, count: int = LINES) -> str:
    """Return the section about speed: both read the same lines in the same process, in turns."""
    tool = load_tool("clusters_eval")
    if not logs or not tool:
        return ABSENT
    if not importlib.util.find_spec("drain3"):
        return NO_RIVAL
    lines, truth = tool.corpus(logs, count)
    some = lines[:DRAIN_LINES]
    cluster_ids(lines[:2000])
    ours, theirs, worked = [], [], []
    for _ in range(rounds):
        started, busy = time.perf_counter(), time.process_time()
        ids = cluster_ids(lines)
        middle, busy_middle = time.perf_counter(), time.process_time()
        drained = tool.drain(some)
        ours.append(len(lines) / (middle - started))
        theirs.append(len(some) / (time.perf_counter() - middle))
        worked.append(len(lines) / (busy_middle - busy) / (len(some) / (time.process_time() - busy_middle)))
    ratios = [our / their for our, their in zip(ours, theirs, strict=True)]
    ga, drain_ga = score(truth, ids)[0], score(truth[: len(some)], drained)[0]
    rows = [
        ["Blindspot", f"{len(lines):,}", f"{statistics.median(ours):,.0f}", f"{min(ours):,.0f}–{max(ours):,.0f}", f"{ga:.3f}"],
        [
            "drain3",
            f"{len(some):,}",
            f"{statistics.median(theirs):,.0f}",
            f"{min(theirs):,.0f}–{max(theirs):,.0f}",
            f"{drain_ga:.3f}",
        ],
    ]
    median = statistics.median(ratios)
    said = [
        f"Median of {rounds} rounds in turns: {median:.1f} times drain3 ({min(ratios):.1f}–{max(ratios):.1f}).",
        f"By processor time alone, which other work hardly changes: {statistics.median(worked):.1f} times.",
        f"Goal of {FASTER} times: {_judge(median, FASTER, '.1f')}. Goal of GA {ACCURATE:.3f}: {_judge(ga, ACCURATE, '.3f')}.",
    ]
    return table("|lines|lines/s, median|all rounds|GA", rows) + "\n\n" + " ".join(said)


def _judge(found: float, goal: float, form: str) -> str:
    return "holds" if found >= goal else f"falls short by {goal - found:{form}}"
