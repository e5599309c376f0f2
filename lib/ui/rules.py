"""The rules of the house, read once when the process starts: whether people sign in, who may, and where we may listen."""

import os
import sys
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from streamlit import config

from lib import wiring
from lib.adapters.loopback import is_loopback
from lib.adapters.signin import SignIn, read_sign_in
from lib.core.settings import AccessSettings
from lib.errors import BlindspotError, SettingsError

TWICE = "BLINDSPOT_OPEN"  # the second word: a setting alone may have been copied from somewhere


@dataclass(frozen=True)
class Rules:
    """What holds until the process ends. trouble: why nobody can come in, where people sign in and the settings are broken."""

    sign_in: SignIn | None = None
    access: AccessSettings = field(default_factory=AccessSettings)
    trouble: BlindspotError | None = None
    open: bool = False

    @property
    def only_here(self) -> bool:
        """Tell whether nobody but this machine may be answered."""
        return self.sign_in is None and not self.open


@cache
def rules() -> Rules:
    """Return the rules. Errors: SettingsError when a sign-in is wanted and cannot be had."""
    sign_in = read_sign_in([Path(file) for file in config.get_option("secrets.files")])
    try:
        settings = wiring.settings_of(wiring.home_folder())
        settings.require("access")
    except SettingsError as e:
        return Rules(sign_in, trouble=e)
    access = settings.access
    if sign_in is None and access.names_somebody:
        hint = "docs/sign-in.md says how to set it up; without it take domains, addresses and editors out of [access]."
        raise SettingsError("[access] names who may come in, but no sign-in is set up that could ask.", hint=hint)
    return Rules(sign_in, access, open=access.open and os.environ.get(TWICE, "").strip().lower() == "yes")


def check_address() -> None:
    """Raise SettingsError when the dashboard would listen where it must not."""
    address = str(config.get_option("server.address") or "0.0.0.0")  # noqa: S104 - Streamlit's own default, refused here
    if rules().only_here and not is_loopback(f"{address}:1"):
        told = f"Whoever reaches {address} could read the logs: no sign-in is set up, so only 127.0.0.1 is listened on."
        hint = (
            "Set a sign-in up (docs/sign-in.md). If something else signs people in before they get here, say it twice: "
            f"open = true under [access] (or --open), and {TWICE}=yes."
        )
        raise SettingsError(told, hint=hint)


def require() -> None:
    """End the process with one sentence when it must not run as it is asked to: before it answers anybody."""
    try:
        check_address()
    except BlindspotError as e:
        sys.stderr.write(f"blindspot: {e.message}\n" + (f"  {e.hint}\n" if e.hint else ""))
        sys.stderr.flush()
        raise SystemExit(2) from e
