"""How good clustering is: python -m tests.bench clusters [--out FILE] [--only SECTION,…] writes the report. Ten minutes or so."""

import argparse
import os
import platform
import sys
from collections.abc import Callable
from pathlib import Path

import polars as pl

from lib.core.clustering import RULES_VERSION
from tests.bench import ablation, accuracy, heldout, scaling
from tests.bench.labelled import ROOT, Logs, load_logs

REPORT = ROOT / "docs" / "clustering-benchmark.md"

OPENING = """# Benchmark of clustering

Written by `python -m tests.bench clusters`, not by hand: run it again after a change of the rules. {machine}

GA: share of lines whose cluster holds exactly the lines of their true group. FGA: F1 over the groups. What the rules are is told
in [clustering.md](clustering.md). Absolute times are this machine's, with whatever else ran on it (load when it began: {load});
ratios and exponents count."""

Section = tuple[str, str, str, Callable[[Logs], str]]

SECTIONS: tuple[Section, ...] = (
    (
        "accuracy",
        "Accuracy on the labelled logs",
        """Samples of 2,000 lines a system. All were looked at while the rules were written: "Held out" is the fairer figure.""",
        accuracy.report_accuracy,
    ),
    (
        "speed",
        "Speed beside drain3",
        """The labelled lines with other numbers, hex ids, host and user names. drain3 has one generic mask set and reads the
first lines only. Blindspot uses both cores, drain3 one.""",
        accuracy.report_speed,
    ),
    (
        "scaling",
        "Growth",
        f"""Each measurement is a process of its own. The exponent is fitted by least squares to the processor seconds of the
three largest sizes; the last step is that of the two largest. It holds when the larger one is over the asked growth by
{scaling.TOLERANCE} at most. n log n is an exponent of 1.10 here. "Comparison" leaves out collapse and masks, which are
linear.""",
        lambda _: scaling.report(say),
    ),
    (
        "rules",
        "What each rule does",
        f"""One rule is left out at a time. Named are the systems whose GA or FGA moves by {ablation.FELT} or more, with both
changes. "30 %": mean of {len(ablation.SEEDS)} draws of 30 % of each sample; the 4 values of a record's key were
chosen by these draws (of 2, 3, 4 and 5), so they flatter it.""",
        ablation.report,
    ),
    (
        "samples",
        "Held out: parts, orders, mixtures",
        """The draws are new, the systems are not: the rules were written with them, so this tells of fewer lines, not of other
systems. Pairs: each system's lines shuffled among those of three others, in turn.""",
        heldout.report_samples,
    ),
    (
        "incidents",
        "Held out: simulated Cloud Run services",
        """The whole product (import, then clusters), with seeds that no rule was written with. GA here: share of the entries
whose template is one cluster.""",
        lambda _: heldout.report_incidents(),
    ),
    (
        "ids",
        "Ids when more data arrives",
        "Ids of half of the lines, and of the same lines when all are there. An alias leads from an id to the cluster of today.",
        heldout.report_ids,
    ),
)


def say(text: str) -> None:
    """Tell on stderr how far it is."""
    print(text, file=sys.stderr, flush=True)


def write(only: set[str]) -> str:
    """Return the report, all sections or some."""
    machine = f"{os.cpu_count()} cores, {platform.machine()}; Python {platform.python_version()}, polars {pl.__version__}; "
    machine += f"rules version {RULES_VERSION}."
    parts = [OPENING.format(machine=machine, load=f"{os.getloadavg()[0]:.1f}")]
    logs = load_logs()
    for name, title, text, make in SECTIONS:
        if not only or name in only:
            say(title)
            parts.append(f"## {title}\n\n{text}\n\n{make(logs)}")
    return "\n\n".join(parts) + "\n"


def main(words: list[str]) -> None:
    """Measure; write the report, or print it when only some sections are asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench clusters", description=__doc__)
    parser.add_argument("--out", type=Path, help=f"where to write (default: {REPORT.relative_to(ROOT)})")
    parser.add_argument("--only", default="", help=f"sections, with commas between: {', '.join(name for name, *_ in SECTIONS)}")
    asked = parser.parse_args(words)
    only = set(filter(None, asked.only.split(",")))
    if unknown := only - {name for name, *_ in SECTIONS}:
        parser.error(f"no such section: {', '.join(sorted(unknown))}")
    text = write(only)
    if only and not asked.out:
        print(text)
    else:
        (asked.out or REPORT).write_text(text, encoding="utf-8")
        say(f"Written: {asked.out or REPORT}")
