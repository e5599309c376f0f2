"""The commands `note`, `unnote` and `notes`: what people write on the timeline of a postmortem."""

import argparse
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from lib import wiring
from lib.cli.answers import Answer, known, of_coverage
from lib.cli.options import parse_time
from lib.cli.text import Shown, say
from lib.core.model import Query
from lib.core.report.notes import Note
from lib.core.wording import rfc3339, say_time
from lib.views import notes
from lib.views.window import open_window


def add_commands(commands: Any, parents: Sequence[argparse.ArgumentParser]) -> None:
    """Add the words of these commands to the parser."""
    add = commands.add_parser("note", parents=parents, help="write a note on the timeline of postmortems")
    add.add_argument("text", metavar="TEXT")
    add.add_argument("--at", required=True, metavar="TIME", help="the moment it is about: RFC 3339, or relative to now: -2h")
    add.add_argument("--by", default="", metavar="NAME", help="who writes it")
    add = commands.add_parser("unnote", parents=parents, help="take a note away; that it was is kept")
    add.add_argument("id", metavar="ID")
    add.add_argument("--by", default="", metavar="NAME", help="who takes it away")
    commands.add_parser("notes", parents=parents, help="every note that was ever written, and by whom")


def run_note(asked: argparse.Namespace, space: wiring.Workspace, query: Query, now: datetime) -> tuple[Answer, Shown]:
    """Write a note."""
    service = asked.service[0] if asked.service else ""
    note = notes.add_note(space.ports, parse_time(asked.at, now), asked.text, asked.by, now, service)
    return {"note": of_note(note)} | _rests_on(space, query), lambda c: say(c, f"Noted: {say_note(note)}")


def run_unnote(asked: argparse.Namespace, space: wiring.Workspace, query: Query, now: datetime) -> tuple[Answer, Shown]:
    """Take a note away."""
    notes.delete_note(space.ports, asked.id, asked.by, now)
    return {"deleted": asked.id} | _rests_on(space, query), lambda c: say(c, "Taken away; `notes` still shows it.")


def run_notes(asked: argparse.Namespace, space: wiring.Workspace, query: Query, now: datetime) -> tuple[Answer, Shown]:
    """List the notes."""
    found = space.ports.state.notes()
    told = [say_note(n) for n in found] or ["Nothing was noted yet."]
    return {"notes": [of_note(n) for n in found]} | _rests_on(space, query), lambda c: say(c, *told)


COMMANDS = {"note": run_note, "unnote": run_unnote, "notes": run_notes}


def of_note(note: Note) -> Answer:
    """Return one note."""
    return {
        "id": note.id,
        "ts": rfc3339(note.ts),
        "text": note.text,
        "who": known(note.who),
        "written_at": rfc3339(note.written_at),
        "service": known(note.service),
        "deleted_at": rfc3339(note.deleted_at),
        "deleted_by": known(note.deleted_by),
    }


def say_note(note: Note) -> str:
    """Return a note on one line."""
    gone = f", taken away {say_time(note.deleted_at)} by {note.deleted_by or 'somebody'}" if note.deleted_at else ""
    who = note.who or "somebody"
    return f"{note.id}  {say_time(note.ts)}  {' '.join(note.text.split())} ({who}, {say_time(note.written_at)}{gone})"


def _rests_on(space: wiring.Workspace, query: Query) -> Answer:
    return {"coverage": of_coverage(open_window(space.ports, query).coverage)}
