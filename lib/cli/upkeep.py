"""`compact` and `expire`: upkeep of the store; neither changes what is counted within what is kept."""

import argparse
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from lib import upkeep, wiring
from lib.cli import text
from lib.cli.answers import Answer, of_coverage
from lib.cli.options import UNITS
from lib.core.model import Coverage, Query
from lib.core.upkeep import Upkept
from lib.core.wording import count_of, rfc3339, say_time
from lib.views.window import open_window

KEEP = re.compile(r"([1-9]\d{0,4})([hdw])")


def add_commands(commands: Any, parents: Sequence[argparse.ArgumentParser]) -> None:
    """Add the words of these commands to the parser."""
    commands.add_parser("compact", parents=parents, help="join the store's small files; no answer changes")
    add = commands.add_parser("expire", parents=parents, help="remove entries older than a time; what is kept counts as before")
    add.add_argument("--keep", type=_span, required=True, metavar="TIME", help="how much is kept: 30d, 8w, 72h")


def run_compact(asked: argparse.Namespace, space: wiring.Workspace, query: Query, now: datetime) -> tuple[Answer, text.Shown]:
    """Join the store's small files."""
    done = upkeep.compact(space.ports, now)
    return of_upkept(done, _cover(space, query)), lambda c: text.say(c, say_files(done), say_kept(done))


def run_expire(asked: argparse.Namespace, space: wiring.Workspace, query: Query, now: datetime) -> tuple[Answer, text.Shown]:
    """Remove what is older than is to be kept."""
    done = upkeep.expire(space.ports, now - asked.keep, now)
    removed = count_of(done.removed, "older entry was", "older entries were") + " removed."
    answer = of_upkept(done, _cover(space, query)) | {"before": rfc3339(now - asked.keep)}
    return answer, lambda c: text.say(c, f"{removed[0].upper()}{removed[1:]}", say_kept(done), say_files(done))


def of_upkept(done: Upkept, coverage: Coverage) -> Answer:
    """Return what upkeep left as plain values."""
    return {
        "files_before": done.files_before,
        "files_after": done.files_after,
        "bytes_before": done.bytes_before,
        "bytes_after": done.bytes_after,
        "entries": done.entries,
        "removed": done.removed,
        "swept": done.swept,
        "from": rfc3339(done.first),
        "coverage": of_coverage(coverage),
    }


def say_files(done: Upkept) -> str:
    """Return what became of the files, as a sentence."""
    sizes = f"{done.bytes_before / 1e6:,.1f} MB to {done.bytes_after / 1e6:,.1f} MB"
    swept = f" {count_of(done.swept, 'replaced file')} deleted." if done.swept else ""
    return f"Files: {done.files_before:,} to {done.files_after:,}, {sizes}.{swept}"


def say_kept(done: Upkept) -> str:
    """Return what is kept, as a sentence."""
    kept = count_of(done.entries, "entry is", "entries are")
    return f"{kept[0].upper()}{kept[1:]} kept{f', from {say_time(done.first)} on' if done.first else ''}."


def _cover(space: wiring.Workspace, query: Query) -> Coverage:
    return open_window(space.ports, query).coverage


def _span(word: str) -> timedelta:
    found = KEEP.fullmatch(word)
    if not found:
        raise argparse.ArgumentTypeError(f"'{word}' is no span of time such as 30d, 8w or 72h")
    return timedelta(**{UNITS[found[2]]: int(found[1])})


COMMANDS = {"compact": run_compact, "expire": run_expire}
