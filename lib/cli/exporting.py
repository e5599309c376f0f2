"""`export-sentry-facts`: what Sentry says of itself, as a file that can be imported elsewhere."""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress

from lib import wiring
from lib.adapters.documents import check_place, write_document
from lib.cli import text
from lib.cli.answers import Answer, of_coverage
from lib.core.model import Coverage, Query
from lib.core.wording import count_of
from lib.views.window import open_window

DEFAULT_WINDOW = timedelta(days=7)  # while nothing is stored that could say more


def add_commands(commands: Any, parents: Sequence[argparse.ArgumentParser]) -> None:
    """Add the words of this command to the parser."""
    add = commands.add_parser(
        "export-sentry-facts", parents=parents, help="write what Sentry's API says, without secrets, to a file"
    )
    add.add_argument("path", metavar="PATH", help="a file, or - for standard output")


def run(asked: argparse.Namespace, space: wiring.Workspace, query: Query, now: datetime) -> tuple[Answer, text.Shown]:
    """Read the facts and write them. Errors: SettingsError; SourceUnavailable when nothing at all could be read."""
    coverage = open_window(space.ports, query).coverage
    if asked.path != "-":
        check_place(Path(asked.path))
    document = ask_sentry(space, query, coverage, now)
    if asked.path == "-":
        return dict(document), lambda c: pour(c, document)
    write_document(Path(asked.path), document)
    answer = summarize(document) | {"path": asked.path, "coverage": of_coverage(coverage)}
    return answer, lambda c: show(c, answer)


def ask_sentry(space: wiring.Workspace, query: Query, coverage: Coverage, now: datetime) -> Mapping[str, Any]:
    """Return what Sentry's API says, with a bar on a terminal. Errors: SettingsError; SourceUnavailable."""
    since = query.start or coverage.start or now - DEFAULT_WINDOW
    with Progress(console=Console(stderr=True), disable=not sys.stderr.isatty(), transient=True) as progress:
        task = progress.add_task("Sentry", total=None)

        def tell(done: int, total: int, what: str) -> None:
            progress.update(task, completed=done, total=total, description=f"Sentry {what}")

        return wiring.read_sentry(space, since, query.end or now, now, tell)


def pour(console: Console, document: Mapping[str, Any]) -> None:
    """Print the document itself."""
    console.file.write(json.dumps(document, ensure_ascii=False, indent=1) + "\n")


def summarize(document: Mapping[str, Any]) -> Answer:
    """Return how much a document holds; points: counts of one project, outcome and hour."""
    stats = document.get("stats", {}).values()
    return {
        "projects": len(document.get("projects", [])),
        "points": sum(len(group["series"]["sum(quantity)"]) for answer in stats for group in answer["groups"]),
        "releases": len(document.get("releases", [])),
        "failures": list(document.get("failures", [])),
        "notes": list(document.get("notes", [])),
    }


def show(console: Console, answer: Answer) -> None:
    """Print what was written, and what is missing."""
    found = f"{count_of(answer['projects'], 'project')}, {count_of(answer['releases'], 'release')}"
    text.say(console, f"Wrote {found} and {count_of(answer['points'], 'hourly count')} to {answer['path']}.")
    show_missing(console, answer)


def show_missing(console: Console, answer: Mapping[str, Any]) -> None:
    """Print what could not be read, and which bounds were met."""
    if answer["failures"]:
        text.say(console, "What could not be read is unknown, not good:")
    text.say(console, *(f"! {f['what']}: {f['reason']} {f['hint']}".rstrip() for f in answer["failures"]))
    text.say(console, *(f"{note['reason']} {note['hint']}".rstrip() for note in answer["notes"]))


COMMANDS = {"export-sentry-facts": run}
