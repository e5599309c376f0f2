"""`audit PATH…`: what a checkout declares. It needs no store and no network."""

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from rich.console import Console

from lib import wiring
from lib.cli import answers, text
from lib.core.declared.model import CONSTRAINT, LOCK, MAIN, Audit, Declared, Image
from lib.core.model import Coverage
from lib.core.wording import say_reasons

if TYPE_CHECKING:
    from argparse import _SubParsersAction


def add_command(commands: "_SubParsersAction[Any]", common: argparse.ArgumentParser) -> None:
    """Add the command's words."""
    add = commands.add_parser("audit", parents=[common], help="which dependency files of a checkout declare a Sentry SDK")
    add.add_argument("paths", nargs="+", metavar="PATH", help="a folder, or a dependency file")


def run_audit(asked: argparse.Namespace) -> tuple[answers.Answer, Callable[[Console], None]]:
    """Return what is declared, as JSON and for a person."""
    found = wiring.audit(asked.paths)
    return of_audit(found), lambda console: show_audit(console, found)


def of_audit(found: Audit) -> answers.Answer:
    """Return the answer as JSON. Nothing of the store is in it, so its coverage tells only whether the walk was cut."""
    return {
        "verdict": found.verdict,
        "sentence": found.sentence,
        "confidence": "low",  # files alone cannot tell what runs
        "hint": found.hint,
        "command": answers.known(found.command),
        "files": [_of_file(row) for row in found.files],
        "images": [_of_image(image) for image in found.images],
        "left_out": dict(found.left_out),
        "notes": list(found.notes),
        "coverage": answers.of_coverage(Coverage(cut=found.cut, suspect=found.notes)),
    }


def _of_file(row: Declared) -> answers.Answer:
    return {
        "path": row.path,
        "format": row.format,
        "ecosystem": row.ecosystem,
        "declares": row.declares,
        "requirement": answers.known(row.requirement),
        "error": answers.known(row.error),
        "sdk": answers.known(row.sdk),
        "extras": list(row.extras),
        "version": answers.known(row.version),
        "marker": answers.known(row.marker),
        "scope": answers.known(row.scope),
        "via": list(row.via),
        "installed_by": list(row.installed_by),
        "frameworks": list(row.frameworks),
        "dependencies": row.dependencies,
    }


def _of_image(image: Image) -> answers.Answer:
    return {
        "dockerfile": image.dockerfile,
        "declares": image.declares,
        "installs": list(image.installs),
        "direct": list(image.direct),
        "unknown": list(image.unknown),
    }


def show_audit(console: Console, found: Audit) -> None:
    """Print the answer: the sentence, what to do, then every file."""
    text.say(console, found.sentence, found.hint)
    if found.command:
        text.say(console, f"  {found.command}")
    if found.files:
        console.print()
        rows = text.table("says", "file", "requirement", "what")
        for column in rows.columns[1:]:
            column.no_wrap, column.overflow = False, "fold"  # a path that is cut cannot be copied
        for row in found.files:
            rows.add_row(*map(text.plain, (_say_state(row), row.path, row.requirement, _tell(row))))
        console.print(rows)
    for image in found.images:
        if image.unknown:
            text.say(console, f"! {image.dockerfile}: {'; '.join(image.unknown)}.")
    if found.left_out:
        text.say(console, f"Left out: {say_reasons(found.left_out)}.")
    text.say(console, *(f"! {note}" for note in found.notes))


def _tell(row: Declared) -> str:
    parts = (
        f"installed by {', '.join(row.installed_by)}" if row.installed_by else "",
        f"through {' and '.join(row.via)}" if row.via else "",
        f"beside {', '.join(row.frameworks)}" if row.frameworks else "",
        row.error,
    )
    return "; ".join(filter(None, parts))


def _say_state(row: Declared) -> str:
    """Return what a file says in a word or two, for a table."""
    if row.declares:
        return "declares" if row.scope in (MAIN, LOCK) else f"declares ({row.scope})"
    if row.error:
        return "not known"
    return "constraint only" if row.scope == CONSTRAINT else "does not"
