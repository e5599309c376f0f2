"""The labelled logs and the tools that score against them: they lie beside the checkout, in no commit."""

import importlib.util
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import mean
from types import ModuleType

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("BLINDSPOT_SHARED", ROOT.parent / "shared"))
ABSENT = "Not measured: the labelled logs (`../shared`, or where `BLINDSPOT_SHARED` points) are not here."

Lines = Sequence[str]
Logs = Mapping[str, tuple[list[str], list[str]]]
"""{system: (messages, true group of each)}"""

Cluster = Callable[[list[str]], Sequence[str]]
Scores = dict[str, tuple[float, float]]
"""{system: (GA, FGA)}"""


def load_tool(name: str) -> ModuleType | None:
    """Return a tool of the shared folder as a module, None when it is not there."""
    file = SHARED / "tools" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, file)
    if not file.exists() or spec is None or spec.loader is None:
        return None
    writes, sys.dont_write_bytecode = sys.dont_write_bytecode, True  # leave nothing beside the tools
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    sys.dont_write_bytecode = writes
    return module


def load_logs() -> Logs:
    """Return the labelled logs, empty when they are not there."""
    tool, folder = load_tool("clusters_eval"), SHARED / "data" / "loghub"
    return tool.load(folder) if tool and folder.exists() else {}


def score(truth: Sequence[str], ids: Sequence[str]) -> tuple[float, float]:
    """Return (GA, FGA)."""
    tool = load_tool("clusters_eval")
    assert tool, ABSENT
    ga, fga = tool.score(list(truth), list(ids))
    return ga, fga


def score_all(logs: Logs, cluster: Cluster) -> Scores:
    """Return the scores of each system, clustered by itself."""
    return {name: score(truth, cluster(list(lines))) for name, (lines, truth) in logs.items()}


def in_short(scores: Scores) -> tuple[float, float, float, str]:
    """Return mean GA, mean FGA, worst GA and whose it is."""
    worst = min(scores, key=lambda name: scores[name][0])
    return mean(ga for ga, _ in scores.values()), mean(fga for _, fga in scores.values()), scores[worst][0], worst


def table(header: str, rows: Sequence[Sequence[object]]) -> str:
    """Return a Markdown table; header: the columns' names with | between."""
    names = header.split("|")
    lines = [f"| {' | '.join(names)} |", "|" + "---|" * len(names)]
    return "\n".join(lines + [f"| {' | '.join(map(str, row))} |" for row in rows])
