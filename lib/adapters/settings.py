"""A team's settings: variables first, then the files of the working folder, then those of the home folder."""

from collections.abc import Mapping
from pathlib import Path

from lib.adapters.settingfiles import ELSEWHERE, read_layers
from lib.core.settings import Settings

OURS = ("BLINDSPOT_", "SENTRY_URL", "SENTRY_ORG")


def read_settings(home: Path, environment: Mapping[str, str], folder: Path | None = None) -> Settings:
    """Return what is set, and what of it cannot be used; a wrong section costs itself alone.

    folder: the working folder, whose files count too; None for the home folder's alone.
    """
    layers, unreadable = read_layers(home, folder or home, environment)
    if len(layers) == 1 and not any(name.startswith(OURS) and name not in ELSEWHERE for name in environment):
        return Settings(troubles=tuple(unreadable))  # nothing is set: pydantic takes longer to load than a question to answer
    from lib.adapters.settingreading import read_sections

    return read_sections(layers, unreadable)
