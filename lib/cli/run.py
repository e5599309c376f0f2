"""One command, from its words to its answer and its exit status."""

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from lib import wiring
from lib.cli import (
    answers,
    audit,
    checking,
    collecting,
    decisions,
    deploys,
    doctor,
    exporting,
    flying,
    gaps,
    issuing,
    notes,
    options,
    report,
    sentry,
    serving,
    text,
    upkeep,
)  # fmt: skip
from lib.cli.text import Shown
from lib.core.model import ImportRecord, Query
from lib.core.settings import Settings
from lib.errors import BlindspotError
from lib.views import cluster, clusters, problems, sources
from lib.views.decisions import match_line
from lib.views.window import open_window

# each adds its words to the parser, and what runs them
MODULES = (collecting, decisions, gaps, sentry, exporting, flying, deploys, checking, issuing, report, notes, upkeep, serving)


NEEDED = {"collect": "logging", "serve": "logging"}
"""The section without which a command does nothing."""


class Screen(Console):
    """A console that reports a closed pipe like any other file: rich itself would end the program with status 1."""

    def on_broken_pipe(self) -> None:
        """Let `main` decide."""
        raise BrokenPipeError


def main(words: Sequence[str]) -> int:
    """Run a command and return its exit status: 0 done, 1 judged bad, 2 not done (one error on standard error)."""
    try:
        asked = options.parse(words, [module.add_commands for module in MODULES])
        answer, show = run(asked, wiring.utc_now())
        if asked.json:
            sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
        else:
            show(Screen(highlight=False, markup=False))
        sys.stdout.flush()
        return JUDGES[asked.command](answer) if asked.command in JUDGES else 0
    except BlindspotError as e:
        sys.stderr.write(f"blindspot: {e.message}\n" + (f"  {e.hint}\n" if e.hint else ""))
        return 2
    except BrokenPipeError:  # the reader has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except Exception as e:  # the last resort: a fault of ours is told without the log text that it may carry
        if os.environ.get("BLINDSPOT_DEBUG"):
            raise
        sys.stderr.write(f"blindspot: A fault inside Blindspot ({type(e).__name__}). Nothing that was stored is lost.\n")
        sys.stderr.write("  BLINDSPOT_DEBUG=1 shows where; what it prints can hold log text.\n")
        return 2
    except KeyboardInterrupt:
        sys.stderr.write("blindspot: Stopped. What was stored until now stays; the same command goes on from there.\n")
        return 2
    return 0


def run(asked: argparse.Namespace, now: datetime) -> tuple[answers.Answer, Shown]:
    """Return a command's answer as JSON, and how a person is shown it."""
    if asked.command == "audit":
        return audit.run_audit(asked, now)
    if asked.command == "doctor":  # before anything is opened: what cannot be is what it tells
        return doctor.run_doctor(asked, now)
    home = wiring.home_folder(asked.home)
    if asked.command == "demo":
        space = wiring.open_recorded(home, now)
        return {"home": str(space.home)}, lambda c: text.say(
            c, f"The recorded incident is in {space.home}; ask it with --home, or open the dashboard."
        )
    space = wiring.open_workspace(home)
    warn(space.ports.settings, NEEDED.get(asked.command, ""))
    query = options.make_query(asked, now)
    return COMMANDS[asked.command](asked, space, query, now)


def warn(settings: Settings, needed: str = "") -> None:
    """Tell on standard error which settings cannot be used; a command that needs a section says so itself, as an error."""
    own = settings.trouble_of(needed) if needed else None
    for trouble in (t for t in settings.troubles if t is not own):
        sys.stderr.write(f"blindspot: ! {trouble.message}" + (f" {trouble.hint}" if trouble.hint else "") + "\n")


def run_import(asked: argparse.Namespace, space: wiring.Workspace, query: Query, now: datetime) -> tuple[answers.Answer, Shown]:
    """Import exports, with a bar on a terminal."""
    told = [TextColumn("{task.description}", markup=False), BarColumn(), TextColumn("{task.percentage:>3.0f}%")]
    with Progress(
        *told, TimeRemainingColumn(), TextColumn("{task.fields[told]}"),
        console=Console(stderr=True), disable=not sys.stderr.isatty(), transient=True,
    ) as progress:  # fmt: skip
        records, passed = wiring.import_paths(asked.paths, space, _Bars(progress).show)
    coverage = open_window(space.ports, query).coverage
    return answers.of_import(records, passed, coverage), lambda c: text.show_import(c, records, passed)


class _Bars:
    """One bar an export, made when it is first heard of."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.tasks: dict[str, TaskID] = {}

    def show(self, record: ImportRecord) -> None:
        if record.id not in self.tasks:
            self.tasks[record.id] = self.progress.add_task(record.name, total=record.size or None, told="")
        self.progress.update(self.tasks[record.id], completed=record.done, told=f"{record.read:,} entries")


def run_clusters(asked: argparse.Namespace, space: wiring.Workspace, query: Query, now: datetime) -> tuple[answers.Answer, Shown]:
    """List the clusters, muted ones too: they are marked in JSON and left out of the table, which says what they hide."""
    view = clusters.load(space.ports, replace(query, muted=asked.json), now, asked.limit)
    return answers.of_clusters(view), lambda c: text.show_clusters(c, view)


def run_problems(asked: argparse.Namespace, space: wiring.Workspace, query: Query, now: datetime) -> tuple[answers.Answer, Shown]:
    """List the problems."""
    view = problems.load(space.ports, query, now)
    return answers.of_problems(view), lambda c: text.show_problems(c, view)


def run_which(asked: argparse.Namespace, space: wiring.Workspace, query: Query, now: datetime) -> tuple[answers.Answer, Shown]:
    """Find the cluster of a line."""
    match = match_line(space.ports, asked.text)
    return answers.of_match(match, open_window(space.ports, query).coverage), lambda c: text.show_match(c, match)


def run_entries(asked: argparse.Namespace, space: wiring.Workspace, query: Query, now: datetime) -> tuple[answers.Answer, Shown]:
    """List a cluster's entries."""
    view = cluster.load_one(space.ports, query, now, asked.cluster, asked.limit)
    return answers.of_entries(view), lambda c: text.show_entries(c, view)


def run_sources(asked: argparse.Namespace, space: wiring.Workspace, query: Query, now: datetime) -> tuple[answers.Answer, Shown]:
    """List the sources."""
    view = sources.load(space.ports, query, now)
    return answers.of_sources(view), lambda c: text.show_sources(c, view)


COMMANDS: dict[str, Callable[[argparse.Namespace, wiring.Workspace, Query, datetime], tuple[dict[str, Any], Shown]]] = {
    "import": run_import,
    "clusters": run_clusters,
    "problems": run_problems,
    "which": run_which,
    "entries": run_entries,
    "sources": run_sources,
    **{name: run for module in MODULES for name, run in module.COMMANDS.items()},
}
JUDGES: dict[str, Callable[[answers.Answer], int]] = {
    "canary": flying.judge,
    "check": checking.judge,
    "doctor": doctor.judge,
}  # the commands whose status depends on the answer
