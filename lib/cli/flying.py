"""`canary`: does an error of this service really arrive?"""

import argparse
import sys
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from rich.console import Console

from lib import wiring
from lib.cli import text
from lib.cli.answers import Answer, of_coverage
from lib.core.model import Query
from lib.errors import BadQuery
from lib.views.window import open_window

WAIT_S, LONGEST_S = 60, 3600


def add_commands(commands: Any, parents: Sequence[argparse.ArgumentParser]) -> None:
    """Add the words of this command to the parser."""
    add = commands.add_parser("canary", parents=parents, help="send one marked event to Sentry and wait until it shows it")
    add.add_argument("--wait", type=_seconds, default=WAIT_S, metavar="SECONDS", help=f"at most so long (default: {WAIT_S})")


def run(asked: argparse.Namespace, space: wiring.Workspace, query: Query, now: datetime) -> tuple[Answer, text.Shown]:
    """Send a canary for one service, and keep what became of it. Errors: BadQuery unless one is named; SettingsError."""
    if len(query.services) != 1:
        raise BadQuery("A canary is sent for one service.", hint="Name it: --service NAME.")
    if len(query.environments) > 1:
        raise BadQuery("A canary is sent for one environment.", hint="Name one, or none: --environment NAME.")
    environment = next(iter(query.environments), "")
    console = Console(stderr=True)
    with console.status(f"Waiting at most {asked.wait} s for Sentry") if sys.stderr.isatty() else console:
        flown = wiring.send_canary(space, query.services[0], environment, asked.wait, now)
    coverage = of_coverage(open_window(space.ports, query).coverage)
    answer = {
        "service": query.services[0], "sent": flown.sent, "accepted": flown.accepted, "after_s": flown.after_s,
        "event_id": flown.event_id, "why": flown.why, "coverage": coverage,
    }  # fmt: skip
    return answer, lambda c: text.say(c, f"{query.services[0]}: {flown.why}", f"Event {flown.event_id}.")


def judge(answer: Answer) -> int:
    """Return the exit status: 0 only when Sentry showed the event; not having seen it is no success."""
    return 0 if answer["accepted"] else 1


def _seconds(word: str) -> int:
    if not word.isdigit() or not 0 < int(word) <= LONGEST_S:
        raise argparse.ArgumentTypeError(f"'{word}' is no number of seconds from 1 to {LONGEST_S}")
    return int(word)


COMMANDS = {"canary": run}
