"""The commands by which people decide about clusters: name, unname, mute, unmute, and decisions, which lists all of it."""

import argparse
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from rich.console import Console

from lib import wiring
from lib.cli import text
from lib.cli.answers import Answer, of_coverage
from lib.cli.options import account, parse_until
from lib.cli.text import Shown
from lib.core.curation import Change, Mute, Named, describe_change
from lib.core.model import Query
from lib.core.wording import rfc3339, say_time, shorten
from lib.views import decisions
from lib.views.curated import MutedRow
from lib.views.decisions import DecisionsView, NameCheck
from lib.views.window import open_window


def add_commands(commands: Any, parents: Sequence[argparse.ArgumentParser]) -> None:
    """Add the words of these commands to the parser."""
    add = commands.add_parser("name", parents=parents, help="join every text that holds a pattern under a name of your own")
    add.add_argument("name", metavar="NAME")
    add.add_argument("pattern", metavar="PATTERN", help="plain text, <*> for anything, or /a regular expression/")
    add.add_argument("--reason", default="", metavar="TEXT", help="why, for those who come after")
    add.add_argument("--check", action="store_true", help="only say what it would join")
    add = commands.add_parser("unname", parents=parents, help="take a name away")
    add.add_argument("name", metavar="NAME")
    add.add_argument("--reason", default="", metavar="TEXT")
    add = commands.add_parser("mute", parents=parents, help="hide a cluster or a pattern from the list for a time")
    what = add.add_mutually_exclusive_group(required=True)
    what.add_argument("--cluster", default="", metavar="ID")
    what.add_argument("--like", default="", metavar="PATTERN")
    add.add_argument("--reason", required=True, metavar="TEXT")
    add.add_argument("--until", required=True, metavar="TIME", help="RFC 3339, or from now on: 8h, 2d")
    add = commands.add_parser("unmute", parents=parents, help="end a mute")
    add.add_argument("subject", metavar="ID|PATTERN")
    add.add_argument("--reason", default="", metavar="TEXT")
    commands.add_parser("decisions", parents=parents, help="names, mutes and what they hide, and the history of both")


def run_name(asked: argparse.Namespace, space: wiring.Workspace, query: Query, now: datetime) -> tuple[Answer, Shown]:
    """Check a name, and keep it unless only a check is asked for."""
    if asked.check:
        checked = decisions.check_name(space.ports, asked.name, asked.pattern)
    else:
        checked = decisions.keep_name(space.ports, asked.name, asked.pattern, asked.reason, now, account())
    answer = {"name": asked.name, "pattern": asked.pattern, "kept": not asked.check, **of_check(checked)}
    return answer | _rests_on(space, query), lambda c: show_check(c, checked, kept=not asked.check)


def run_unname(asked: argparse.Namespace, space: wiring.Workspace, query: Query, now: datetime) -> tuple[Answer, Shown]:
    """Take a name away."""
    named = decisions.drop_name(space.ports, asked.name, asked.reason, now, account())
    told = f"“{named.name}” is no name any more; its link still opens."
    return {"unnamed": of_named(named)} | _rests_on(space, query), lambda c: text.say(c, told)


def run_mute(asked: argparse.Namespace, space: wiring.Workspace, query: Query, now: datetime) -> tuple[Answer, Shown]:
    """Mute a cluster or a pattern."""
    until = parse_until(asked.until, now)
    row = decisions.mute(space.ports, asked.cluster, asked.like, asked.reason, until, now, account())
    return {"muted": of_muted(row)} | _rests_on(space, query), lambda c: text.say(c, text.say_muted(row))


def run_unmute(asked: argparse.Namespace, space: wiring.Workspace, query: Query, now: datetime) -> tuple[Answer, Shown]:
    """End a mute."""
    mute = decisions.unmute(space.ports, asked.subject, asked.reason, now, account())
    return {"unmuted": of_mute(mute)} | _rests_on(space, query), lambda c: text.say(c, f"No longer muted: {mute.subject}")


def run_decisions(asked: argparse.Namespace, space: wiring.Workspace, query: Query, now: datetime) -> tuple[Answer, Shown]:
    """List names, mutes and their history."""
    view = decisions.load(space.ports, query, now)
    answer = {
        "names": [of_named(n) for n in view.names],
        "mutes": [of_muted(m) for m in view.mutes],
        "history": [of_change(c) for c in view.changes],
    }
    return answer | _rests_on(space, query), lambda c: show_decisions(c, view)


COMMANDS = {"name": run_name, "unname": run_unname, "mute": run_mute, "unmute": run_unmute, "decisions": run_decisions}


def of_check(checked: NameCheck) -> Answer:
    """Return what a name joins: count of a cluster's entries, `of` how many there are."""
    taken = [{"id": t.id, "template": t.template, "kind": t.kind.value, "count": t.count, "of": t.of} for t in checked.clusters]
    return {"entries": checked.entries, "clusters": taken, "sentence": checked.sentence}


def of_named(named: Named) -> Answer:
    """Return a name that holds, with the id of its cluster."""
    return {
        "name": named.name,
        "cluster": named.cluster,
        "pattern": named.pattern,
        "reason": named.reason or None,
        "since": rfc3339(named.since),
    }


def of_mute(mute: Mute) -> Answer:
    """Return a mute."""
    return {
        "cluster": mute.cluster or None,
        "pattern": mute.pattern or None,
        "reason": mute.reason,
        "since": rfc3339(mute.since),
        "until": rfc3339(mute.until),
    }


def of_muted(row: MutedRow) -> Answer:
    """Return a mute with what it hides."""
    return {**of_mute(row.mute), "entries": row.entries, "clusters": row.clusters, "first": rfc3339(row.first)}


def of_change(change: Change) -> Answer:
    """Return a decision."""
    return {
        "ts": rfc3339(change.ts),
        "action": change.action.value,
        "subject": change.subject,
        "pattern": change.pattern or None,
        "reason": change.reason or None,
        "until": rfc3339(change.until),
        "by": change.by or None,
    }


def _rests_on(space: wiring.Workspace, query: Query) -> Answer:
    return {"coverage": of_coverage(open_window(space.ports, query).coverage)}


def show_check(console: Console, checked: NameCheck, *, kept: bool) -> None:
    """Print what a name joins."""
    text.say(console, checked.sentence)
    rows = text.table("kind", "taken", "of", "id", "what", numbers=("taken", "of"))
    for t in checked.clusters:
        rows.add_row(t.kind.value, f"{t.count:,}", f"{t.of:,}", t.id, text.plain(shorten(t.template, text.TEMPLATE)))
    console.print(rows)
    text.say(console, "Kept." if kept else "Only checked: without --check it is kept.")


def show_decisions(console: Console, view: DecisionsView) -> None:
    """Print names, mutes and history."""
    if not view.changes:
        text.say(console, "Nothing was named or muted yet.")
    text.say(console, *(f"{n.cluster}  “{n.name}”: every text with {n.pattern}" for n in view.names))
    text.say(console, *(text.say_muted(row) for row in view.mutes))
    if view.changes:
        text.say(console, "History, newest first:", apart=True)
        text.say(console, *(f"  {say_time(c.ts)}  {describe_change(c)}" for c in view.changes))
