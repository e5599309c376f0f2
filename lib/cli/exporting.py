"""`export-sentry-facts`: what Sentry says of itself, as a file that can be imported elsewhere."""

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress

from lib import wiring
from lib.adapters.documents import check_place, write_document
from lib.cli import text
from lib.cli.answers import Answer, of_coverage
from lib.core.model import Query
from lib.core.wording import count_of
from lib.errors import SourceUnavailable
from lib.views.window import open_window

DEFAULT_WINDOW = timedelta(days=7)  # while nothing is stored that could say more


def add_commands(commands: Any, parents: Sequence[argparse.ArgumentParser]) -> None:
    """Add the words of this command to the parser."""
    add = commands.add_parser(
        "export-sentry-facts", parents=parents, help="write what Sentry's API says, without secrets, to a file"
    )
    add.add_argument("path", metavar="PATH", help="a file, or - for standard output")


def run(
    asked: argparse.Namespace, space: wiring.Workspace, query: Query, now: datetime
) -> tuple[Answer, Callable[[Console], None]]:
    """Read the facts and write them. Errors: SettingsError; SourceUnavailable when nothing at all could be read."""
    coverage = open_window(space.ports, query).coverage
    since = query.start or coverage.start or now - DEFAULT_WINDOW
    if asked.path != "-":
        check_place(Path(asked.path))
    with Progress(console=Console(stderr=True), disable=not sys.stderr.isatty(), transient=True) as progress:
        task = progress.add_task("Sentry", total=None)
        reader = wiring.open_tracking(
            space.home, lambda done, total, what: progress.update(task, completed=done, total=total, description=f"Sentry {what}")
        )
        document = reader.read(since, query.end or now, now)
    _refuse_nothing(document)
    if asked.path == "-":
        return dict(document), lambda c: pour(c, document)
    write_document(Path(asked.path), document)
    answer = summarize(document) | {"path": asked.path, "coverage": of_coverage(coverage)}
    return answer, lambda c: show(c, answer)


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
    if answer["failures"]:
        text.say(console, "What could not be read is unknown, not good:")
    text.say(console, *(f"! {f['what']}: {f['reason']} {f['hint']}".rstrip() for f in answer["failures"]))
    text.say(console, *(f"{note['reason']} {note['hint']}".rstrip() for note in answer["notes"]))


def _refuse_nothing(document: Mapping[str, Any]) -> None:
    failures = document.get("failures", [])
    if failures and not document.get("projects") and not document.get("releases"):
        raise SourceUnavailable(failures[0]["reason"], hint=failures[0]["hint"])


COMMANDS = {"export-sentry-facts": run}
