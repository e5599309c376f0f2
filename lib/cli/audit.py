"""`audit PATH…`: what a checkout declares. It needs no network, and a store only when the answer is kept for a service."""

import argparse
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from rich.console import Console

from lib import wiring
from lib.cli import answers, text
from lib.core.declared.model import CONSTRAINT, LOCK, MAIN, Audit, Declared, Image
from lib.core.kept import Audited
from lib.core.model import Coverage
from lib.core.wording import join_words, name_of, rfc3339, say_reasons
from lib.errors import BadQuery
from lib.views import scope

if TYPE_CHECKING:
    from argparse import _SubParsersAction


def add_command(commands: "_SubParsersAction[Any]", common: argparse.ArgumentParser) -> None:
    """Add the command's words."""
    add = commands.add_parser("audit", parents=[common], help="which dependency files of a checkout declare a Sentry SDK")
    add.add_argument("paths", nargs="+", metavar="PATH", help="a folder, or a dependency file")
    add.add_argument(
        "--service", action="append", default=[], metavar="NAME", help="keep the answer for this service; may be repeated"
    )
    add.add_argument(
        "--environment", action="append", default=[], metavar="NAME", help="only for this environment of it; may be repeated"
    )


def run_audit(asked: argparse.Namespace, now: datetime) -> tuple[answers.Answer, text.Shown]:
    """Return what is declared, as JSON and for a person. Errors: BadQuery; StoreError when it cannot be kept."""
    if asked.environment and not asked.service:
        raise BadQuery("An environment without a service says nothing.", hint="Name the service too: --service NAME.")
    found = wiring.audit(asked.paths)
    audits: list[Audited] = []
    stored: tuple[str, ...] = ()
    if asked.service:
        space = wiring.open_workspace(wiring.home_folder(asked.home))
        audits = wiring.keep_audits(found, asked.service, asked.environment, space, now)
        stored = scope.load(space.ports).services

    def show(console: Console) -> None:
        show_audit(console, found)
        show_kept(console, audits, stored)

    return of_audit(found) | {"kept": [of_kept(a, stored) for a in audits]}, show


def of_kept(audited: Audited, stored: Sequence[str]) -> answers.Answer:
    """Return for whom the answer is kept; the environment is null when it is for all of theirs."""
    return {
        "service": audited.service,
        "environment": answers.known(audited.environment),
        "read_at": rfc3339(audited.read_at),
        "files": len(audited.files),
        "known": audited.service in stored,
    }


def show_kept(console: Console, audits: Sequence[Audited], stored: Sequence[str]) -> None:
    """Print for whom the answer is kept, and which of them nobody has heard of."""
    if audits:
        names = join_words([name_of(a.service, a.environment) for a in audits])
        text.say(console, f"Kept for {names}: `sentry` and the Sentry page show it.")
    for name in sorted({a.service for a in audits} - set(stored)):
        text.say(console, f"! No entry of a service '{name}' is stored: check its name, or import its logs.")


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
