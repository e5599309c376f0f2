"""What commands found out about one service, drawn: the files that declare the SDK, its health document, its canaries."""

from datetime import datetime

import pandas as pd

from lib.core.kept import Flown
from lib.core.sentry.asked import Declared
from lib.core.wording import say_age, say_time
from lib.ui import cache, parts, safe, tables
from lib.views.sentry import ServiceHealth

FILES_SHOWN = 30  # files listed; the command lists all


def declared(row: ServiceHealth) -> None:
    """Draw the files of the newest audit, with what was read when; without one, the command that would tell."""
    parts.part(f"Declared files ({len(row.declared)})")
    if not row.declared:
        parts.note(f"No audit is kept: python -m lib audit PATH --service {row.judgement.service}")
        return
    files = row.declared[:FILES_SHOWN]
    frame = pd.DataFrame(
        {
            "file": [safe.plain(file.path) for file in files],
            "says": [_says(file) for file in files],
            "what": [safe.plain(file.requirement) for file in files],
            "version": [safe.plain(file.version) for file in files],
            "what could not be read": [safe.plain(file.error) for file in files],
            "read": [file.read_at for file in files],
        }
    )
    tables.draw(frame, "declared", {"read": tables.time("read")}, most=8)
    if read_at := files[0].read_at:
        parts.note(f"Read {say_age(read_at, cache.now())}. Declared is not installed, and installed is not delivering.")
    if len(row.declared) > FILES_SHOWN:
        parts.note(f"The first {FILES_SHOWN} of {len(row.declared):,}: `python -m lib sentry --json` lists all.")


def _says(file: Declared) -> str:
    if file.declares:
        return "✓ installs it" if file.image else "✓ declares"
    return "? not known" if file.error else "✖ installs none" if file.image else "✖ does not"


def health(row: ServiceHealth) -> None:
    """Say what the service's health document said when it was last asked."""
    answer = row.health
    if answer is None:
        return
    parts.part("Its health document")
    at = _when(answer.read_at)
    if answer.says is None:
        parts.say([f"{at}: it could not be read, so it says nothing. {answer.reason} {answer.hint}".rstrip()])
        return
    parts.say([f"{at}: {answer.says}.", *answer.texts[:5]])
    parts.note("A yes means that a variable is set, and no more.")


def canaries(row: ServiceHealth) -> None:
    """List the canary's last answers, newest first."""
    if not row.canaries:
        return
    parts.part("The canary's last answers")
    parts.say([f"{_sign(flown)} {_when(flown.read_at)}: {flown.why}" for flown in row.canaries])
    parts.note("A canary shows that this machine, with this DSN, gets through. It does not show that the service does.")


def _when(ts: datetime) -> str:
    return f"{say_time(ts)} ({say_age(ts, cache.now())})"


def _sign(flown: Flown) -> str:
    return "?" if flown.accepted is None else "✓" if flown.accepted else "✖"
