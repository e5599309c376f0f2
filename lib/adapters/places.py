"""The settings of what is reached over the network: the token for Sentry, health URLs, and where a canary's DSN is found."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from lib.adapters.settings import NAME, read_tables
from lib.errors import SettingsError

HOW = "docs/sentry.md shows a whole file."
TOKEN = "SENTRY_TOKEN"


@dataclass(frozen=True)
class Places:
    """By service: the URL of its health document, and the name of the variable that holds the DSN of its project."""

    health: Mapping[str, str] = field(default_factory=dict, repr=False)  # a URL can hold a key
    canary: Mapping[str, str] = field(default_factory=dict)


def read_places(home: Path) -> Places:
    """Return the tables [health] and [canary]. Errors: SettingsError, naming the key, never its value."""
    tables = read_tables(home / NAME)
    health = _read(tables, "health")
    for service, url in health.items():
        check_address(url, f"'{service}' under [health]")
    return Places(health, _read(tables, "canary"))


def read_token(environment: Mapping[str, str], name: str) -> str:
    """Return Sentry's token, "" for none: SENTRY_TOKEN, else the variable of that name. Errors: SettingsError, without it."""
    token = (environment.get(TOKEN) or environment.get(name) or "").strip()
    if not (token.isascii() and token.isprintable() and " " not in token):
        hint = "Copy it again, without what stands around it."
        raise SettingsError(
            f"The token in {TOKEN if environment.get(TOKEN) else name} is not one word of plain letters.", hint=hint
        )
    return token


def check_address(url: str, what: str) -> str:
    """Return an address without its last slash. Errors: SettingsError when it is none, or holds a name or a password."""
    try:
        parts = urlsplit(url.strip())
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        usable = False
    if not usable:
        raise SettingsError(f"The address of {what} cannot be used.", hint="Write it as https://sentry.example.com.")
    if "@" in parts.netloc:
        raise SettingsError(
            f"The address of {what} holds a name or a password.", hint="Leave them out; a token belongs in a variable."
        )
    return url.strip().rstrip("/")


def _read(tables: Mapping[str, Any], name: str) -> dict[str, str]:
    table = tables.get(name, {})
    if not isinstance(table, dict):
        raise SettingsError(f"`{name}` in {NAME} is no table.", hint=f"Begin it with a line [{name}]. {HOW}")
    for service, value in table.items():
        if not isinstance(value, str) or not value:
            raise SettingsError(f"'{service}' under [{name}] in {NAME} is no text.", hint=f"Put it in quotes. {HOW}")
    return table
