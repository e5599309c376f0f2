"""The words of the commands `deploys` and `compare`."""

import argparse
from collections.abc import Sequence
from typing import Any


def add_commands(commands: Any, parents: Sequence[argparse.ArgumentParser]) -> None:
    """Add the parsers of both commands."""
    commands.add_parser("deploys", parents=list(parents), help="deploys from evidence, their windows and what they changed")
    add = commands.add_parser("compare", parents=list(parents), help="every cluster before and after a deploy")
    add.add_argument("--revision", default="", metavar="NAME", help="only this revision's deploy (default: every deploy)")
    for side in ("before", "after"):
        add.add_argument(f"--{side}", metavar="FROM/TO", help="two windows of time instead of deploys, as FROM/TO each")
