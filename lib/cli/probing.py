"""What services' own health documents say of Sentry: of `sentry --probe`, and as it was kept."""

from collections.abc import Sequence
from datetime import datetime

from rich.console import Console

from lib.cli.answers import Answer, known
from lib.cli.text import say
from lib.core.kept import HealthAnswer
from lib.core.wording import rfc3339
from lib.wiring import Probed


def of_probes(probed: Sequence[Probed], now: datetime) -> list[Answer]:
    """Return each service that was asked; `says` is null when it did not answer."""
    return [
        {"service": one.answer.service, "environment": known(one.answer.environment)} | of_health(one.answer, now)
        for one in probed
    ]


def of_health(answer: HealthAnswer, now: datetime) -> Answer:
    """Return what a health document said, and how old that is."""
    return {
        "says": answer.says.value if answer.says else None,
        "evidence": list(answer.texts),
        "reason": known(answer.reason),
        "hint": known(answer.hint),
        "read_at": rfc3339(answer.read_at),
        "age_s": (now - answer.read_at).total_seconds(),
    }


def show_probes(console: Console, probed: Sequence[Probed]) -> None:
    """Print what each service said of itself."""
    for one in probed:
        if one.trouble:
            say(console, f"! {one.trouble.message} {one.trouble.hint}".rstrip())
        else:
            told = f" ({one.answer.texts[0]})" if one.answer.texts else ""
            say(console, f"The health document of {one.service}: {one.answer.says}{told}.")
