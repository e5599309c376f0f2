"""What services' own health documents say of Sentry, for `sentry --probe`."""

from collections.abc import Sequence

from rich.console import Console

from lib.cli.answers import Answer, known
from lib.cli.text import say
from lib.wiring import Probed


def of_probes(probed: Sequence[Probed]) -> list[Answer]:
    """Return each service that was asked; `says` is null when it did not answer."""
    return [
        {
            "service": one.service,
            "says": one.said.says.value if one.said else None,
            "evidence": [f.text for f in one.said.findings] if one.said else [],
            "reason": one.trouble.message if one.trouble else None,
            "hint": known(one.trouble.hint) if one.trouble else None,
        }
        for one in probed
    ]


def show_probes(console: Console, probed: Sequence[Probed]) -> None:
    """Print what each service said of itself."""
    for one in probed:
        if one.trouble:
            say(console, f"! {one.trouble.message} {one.trouble.hint}".rstrip())
        elif one.said:
            told = f" ({one.said.findings[0].text})" if one.said.findings else ""
            say(console, f"The health document of {one.service}: {one.said.says}{told}.")
