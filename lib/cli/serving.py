"""`serve`: the dashboard, and the collector beside it where a project is set."""

import argparse
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from lib import supervise, wiring
from lib.cli import text
from lib.cli.answers import Answer
from lib.core.model import Query
from lib.errors import BlindspotError

DASHBOARD = Path(__file__).resolve().parents[2] / "dashboard.py"
PORT = 8501
REFUSED = 2  # how the dashboard ends when it must not run as it is asked to


class Ended(BlindspotError):
    """The dashboard ended by itself."""


def add_commands(commands: Any, parents: Sequence[argparse.ArgumentParser]) -> None:
    """Add the words of this command to the parser."""
    add = commands.add_parser("serve", parents=parents, help="run the dashboard, and the collector where a project is set")
    add.add_argument("--port", type=_port, default=PORT, metavar="N", help=f"the dashboard's port (default: {PORT})")
    add.add_argument("--address", metavar="A", help="where it listens (default: 127.0.0.1, this machine alone)")
    add.add_argument(
        "--open", action="store_true", help="listen elsewhere without a sign-in of its own; needs BLINDSPOT_OPEN=yes as well"
    )


def run(asked: argparse.Namespace, space: wiring.Workspace, query: Query, now: datetime) -> tuple[Answer, text.Shown]:
    """Run until Ctrl-C or SIGTERM. Errors: SettingsError for a setting that cannot be used; Ended."""
    settings = space.ports.settings
    settings.require("logging")
    around = supervise.surround(str(space.home)) | ({"BLINDSPOT_ACCESS_OPEN": "true"} if asked.open else {})
    web = [sys.executable, "-m", "streamlit", "run", str(DASHBOARD), "--server.port", str(asked.port)]
    web += ["--server.address", asked.address] if asked.address else []
    keeper = None
    if settings.logging.projects:
        collect = supervise.Child([sys.executable, "-m", "lib", "collect", "--follow"], around)
        keeper = supervise.Keeper(collect, space.ports.state, wiring.utc_now)
    dashboard = supervise.Child(web, around)
    status = supervise.run(dashboard, keeper)
    if status:
        if status == REFUSED:
            raise Ended("The dashboard may not run like this.", hint="The reason stands above.")
        hint = f"Its last lines stand above; is port {asked.port} taken? Another one: --port, or make run PORT=."
        raise Ended(f"The dashboard ended by itself (status {status}).", hint=hint)
    return {"status": status}, lambda c: text.say(c, "Stopped.")


def _port(word: str) -> int:
    if not word.isdigit() or not 0 < int(word) < 65536:
        raise argparse.ArgumentTypeError(f"'{word}' is no port from 1 to 65535")
    return int(word)


COMMANDS = {"serve": run}
