"""`doctor`: what of that which is set works, what does not, and what mends it."""

import argparse
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from lib import doctor, repair, wiring
from lib.cli import answers, text
from lib.core.checkup import Check, is_well, say_outcome
from lib.core.model import Coverage, Query, SourceState
from lib.errors import BlindspotError
from lib.views.window import open_window

if TYPE_CHECKING:
    from argparse import _SubParsersAction

SIGNS = {SourceState.OK: "✓", SourceState.FAILING: "✖", SourceState.STALE: "▲", SourceState.OFF: "○"}


def add_command(commands: "_SubParsersAction[Any]", common: argparse.ArgumentParser) -> None:
    """Add the command's words."""
    add = commands.add_parser("doctor", parents=[common], help="try every source and the store, and say what is missing")
    add.add_argument(
        "--repair", action="store_true", help="first set aside what is damaged of the store, and keep all that can be read"
    )


def run_doctor(asked: argparse.Namespace, now: datetime) -> tuple[answers.Answer, text.Shown]:
    """Try everything. Errors: SettingsError when nobody can tell which home folder is meant."""
    home = wiring.home_folder(asked.home)
    done = repair.repair(home, now) if asked.repair else []
    checks = doctor.examine(home, now)
    answer = of_checks(checks, _cover(home))
    if asked.repair:
        answer["repaired"] = [{"name": one.name, "message": one.message, "missing": one.missing} for one in done]
    return answer, lambda c: show_all(
        c, checks, [f"Repaired {one.name}: {one.message}" for one in done] if asked.repair else None
    )


def _cover(home: Path) -> Coverage:
    """Return what is stored, all of it; nothing where nothing is or where it cannot be read, which a check tells."""
    if not (home / "entries").exists():
        return Coverage()
    try:
        return open_window(wiring.open_workspace(home).ports, Query()).coverage
    except BlindspotError:
        return Coverage()


def of_checks(checks: Sequence[Check], coverage: Coverage) -> answers.Answer:
    """Return every check as JSON."""
    return {
        "ok": is_well(checks),
        "sentence": say_outcome(checks),
        "checks": [
            {
                "name": check.name,
                "state": check.state.value,
                "message": check.message,
                "hint": answers.known(check.hint),
                "command": answers.known(check.command),
            }
            for check in checks
        ],
        "coverage": answers.of_coverage(coverage),
    }


def judge(answer: answers.Answer) -> int:
    """Return the exit status: 1 when something that is set does not work."""
    return 0 if answer["ok"] else 1


def show_all(console: Console, checks: Sequence[Check], repaired: Sequence[str] | None) -> None:
    """Print what was repaired, then the checks."""
    if repaired is not None:
        text.say(console, *(repaired or ("Nothing of the store needed a repair.",)), "")
    show_checks(console, checks)


def show_checks(console: Console, checks: Sequence[Check]) -> None:
    """Print the first line, then each check with what to do."""
    text.say(console, say_outcome(checks), "")
    for check in checks:
        text.say(console, f"{SIGNS[check.state]} {check.name}: {check.message}")
        text.say(console, *(f"  {line}" for line in (check.hint, check.command) if line))
