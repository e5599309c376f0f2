"""The command `report`: a postmortem or a worklog, written, frozen, opened again, and compared with now."""

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from lib import wiring
from lib.adapters.documents import check_place, write_file
from lib.cli.answers import Answer, of_coverage
from lib.cli.options import account, parse_until
from lib.cli.text import Shown, say
from lib.core.model import Query
from lib.core.report.document import Document, ReportKind, write_text
from lib.core.report.exporting import Format, export
from lib.core.report.snapshots import Frozen
from lib.core.wording import rfc3339, say_time
from lib.errors import BadQuery
from lib.views import report, snapshots
from lib.views.window import open_window

ADDRESS = "http://localhost:8501"  # where `make run` serves the dashboard


def add_commands(commands: Any, parents: Sequence[argparse.ArgumentParser]) -> None:
    """Add the word of this command to the parser."""
    add = commands.add_parser(
        "report", parents=parents, help="write a postmortem or the hour's worklog; freeze it, open it again"
    )
    add.add_argument("--format", choices=[f.value for f in Format], default=Format.MD.value, help="the form (default: md)")
    add.add_argument("--table", default="", metavar="NAME", help="with --format csv: this table alone, not all in a zip")
    add.add_argument("--output", metavar="FILE", help="write to this file, whole or not at all")
    add.add_argument("--worklog", action="store_true", help="cluster by cluster, for those who handle them")
    add.add_argument("--snapshot", action="store_true", help="freeze it, and say its link")
    add.add_argument("--ends", metavar="TIME", help="with --snapshot, or with --open: when the link ends: RFC 3339, or 30d")
    add.add_argument("--url", default=ADDRESS, metavar="URL", help=f"the dashboard's address, for links (default: {ADDRESS})")
    opened = add.add_mutually_exclusive_group()
    opened.add_argument("--open", metavar="ID", help="a frozen report, as it was")
    opened.add_argument("--compare", metavar="ID", help="what is different now from a frozen report")
    opened.add_argument("--list", action="store_true", help="the frozen reports")


def run_report(asked: argparse.Namespace, space: wiring.Workspace, query: Query, now: datetime) -> tuple[Answer, Shown]:
    """Write a report, freeze it, open a frozen one, compare one with now, or list them."""
    require_sense(asked)
    if asked.output:
        check_place(Path(asked.output))
    if asked.list:
        return run_list(asked, space, now)
    if asked.compare is not None:
        return run_compare(asked, space, now)
    if asked.open is not None:
        return run_open(asked, space, now)
    kind = ReportKind.WORKLOG if asked.worklog else ReportKind.POSTMORTEM
    document = report.load(space.ports, query, now, kind)
    if not asked.snapshot:
        return as_answer(document), write_out(asked, document)
    content = export(document, Format(asked.format), asked.table) if asked.output else b""
    ends = parse_until(asked.ends, now) if asked.ends else None
    frozen = snapshots.freeze(space.ports, document, now, ends, account())
    if asked.output:
        write_file(Path(asked.output), content)
    told = [link_of(frozen, asked.url), snapshots.say_frozen(frozen, document)]
    return as_answer(document) | {"snapshot": of_frozen(frozen, asked.url)}, lambda c: say(c, *told)


def require_sense(asked: argparse.Namespace) -> None:
    """Raise BadQuery for options that say nothing together, and for an address that no link begins with."""
    if not asked.url.startswith(("http://", "https://")):
        raise BadQuery(f"'{asked.url[:80]}' is no address of a dashboard.", hint=f"Give it like {ADDRESS}.")
    frozen = asked.open is not None or asked.compare is not None or asked.list
    if asked.ends and not (asked.snapshot or asked.open is not None):
        raise BadQuery("--ends says when a link ends, and there is none.", hint="Give --snapshot, or --open ID, with it.")
    if asked.table and asked.format != Format.CSV.value:
        raise BadQuery("--table names one table of CSV.", hint="Give --format csv with it.")
    if asked.output and (asked.compare is not None or asked.list):
        raise BadQuery("--output writes a report, and none is asked for.", hint="Leave --output out; --json suits a script.")
    if frozen and (asked.worklog or asked.start or asked.end or asked.service or asked.environment):
        raise BadQuery(
            "A frozen report has its own kind, window and services.", hint="Leave --worklog, --from, --to and the like out."
        )
    if asked.snapshot and frozen:
        raise BadQuery("A report that is frozen already cannot be frozen again.", hint="Leave --snapshot out.")


def run_open(asked: argparse.Namespace, space: wiring.Workspace, now: datetime) -> tuple[Answer, Shown]:
    """Open a frozen report as it was; with --ends, set when its link ends."""
    frozen = snapshots.open_frozen(space.ports, asked.open, now)
    document = snapshots.read_document(frozen)
    if asked.ends:
        ends = now if asked.ends == "now" else parse_until(asked.ends, now)
        frozen = snapshots.set_end(space.ports, asked.open, ends, now)
        told = snapshots.say_frozen(frozen, document)
        return as_answer(document) | {"snapshot": of_frozen(frozen, asked.url)}, lambda c: say(c, told)
    return as_answer(document) | {"snapshot": of_frozen(frozen, asked.url)}, write_out(asked, document, frozen.text)


def run_compare(asked: argparse.Namespace, space: wiring.Workspace, now: datetime) -> tuple[Answer, Shown]:
    """Say what is different now from a frozen report, over its own window and services."""
    frozen = snapshots.open_frozen(space.ports, asked.compare, now)
    before = snapshots.read_document(frozen)
    query = Query(before.start, before.end, before.services, before.environments)
    after = report.load(space.ports, query, now, before.kind)
    told = snapshots.compare(space.ports, before, after)
    answer = {"snapshot": of_frozen(frozen, asked.url), "since": list(told), "coverage": dict(after.coverage)}
    return answer, lambda c: say(c, f"Since {say_time(frozen.made_at)}:", *(f"- {sentence}" for sentence in told))


def run_list(asked: argparse.Namespace, space: wiring.Workspace, now: datetime) -> tuple[Answer, Shown]:
    """List the frozen reports whose links lead somewhere, newest first."""
    found = [f for f in space.ports.state.all_frozen() if not f.ended(now)]

    def show(console: Console) -> None:
        if not found:
            say(console, "No report is frozen.")
        for one in found:
            ends = f"ends {say_time(one.ends_at)}" if one.ends_at else "does not end"
            say(console, f"{link_of(one, asked.url)}  {ends}", f"  frozen {say_time(one.made_at)}: {one.title}")

    rests_on = of_coverage(open_window(space.ports, Query()).coverage)
    return {"snapshots": [of_frozen(f, asked.url) for f in found], "coverage": rests_on}, show


def as_answer(document: Document) -> Answer:
    """Return a document as plain values."""
    answer: Answer = json.loads(write_text(document))
    return answer


def of_frozen(frozen: Frozen, address: str) -> Answer:
    """Return where a frozen report is, and until when."""
    times = {"made_at": rfc3339(frozen.made_at), "ends_at": rfc3339(frozen.ends_at)}
    told = {"kind": frozen.kind, "title": frozen.title, "by": frozen.by or None}
    return {"id": frozen.id, "link": link_of(frozen, address), **told, **times}


def link_of(frozen: Frozen, address: str) -> str:
    """Return the link of a frozen report on a dashboard at an address."""
    return f"{address.rstrip('/')}/postmortem?snapshot={frozen.id}"


def write_out(asked: argparse.Namespace, document: Document, text: str = "") -> Shown:
    """Return what writes the document in its form, to a file or to standard output; text: of a frozen one, byte for byte."""
    form = Format(asked.format)
    zipped = form is Format.CSV and not asked.table
    if zipped and not asked.output and not asked.json and sys.stdout.isatty():
        names = ", ".join(document.tables())
        raise BadQuery("Several tables come as a zip, which a terminal cannot show.", hint=f"Give --output, or --table: {names}.")
    content = b"" if asked.json and not asked.output else export(document, form, asked.table)
    if form is Format.JSON and text:
        content = text.encode() + b"\n"
    if asked.output:
        write_file(Path(asked.output), content)
        return lambda c: say(c, f"Written to {asked.output}.")

    def show(console: Console) -> None:
        sys.stdout.flush()
        sys.stdout.buffer.write(content)

    return show


COMMANDS = {"report": run_report}
