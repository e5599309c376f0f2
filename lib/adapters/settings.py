"""settings.toml in the home folder, and the environment, which wins. No secret stands in the file: it names a variable."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from lib.errors import SettingsError

FILE = "settings.toml"
BASE_URL, TOKEN_ENV = "https://sentry.io", "SENTRY_TOKEN"
SENTRY_KEYS = frozenset({"base_url", "organization", "token_env", "projects"})
HOW = "docs/sentry.md shows a whole file."


@dataclass(frozen=True)
class Settings:
    """What a team has set. projects, health and canary go by service: a project's slug, a URL, a variable's name."""

    base_url: str = BASE_URL
    organization: str = ""
    token: str = field(default="", repr=False)
    token_env: str = TOKEN_ENV
    projects: Mapping[str, str] = field(default_factory=dict)
    health: Mapping[str, str] = field(default_factory=dict, repr=False)  # a URL can hold a key
    canary: Mapping[str, str] = field(default_factory=dict)


def load_settings(home: Path, environment: Mapping[str, str]) -> Settings:
    """Return the settings; without a file, what the environment says. Errors: SettingsError, which never shows a value."""
    tables = _read(home / FILE)
    sentry = _table(tables, "sentry")
    if strange := sorted(sentry.keys() - SENTRY_KEYS):
        raise SettingsError(
            f"[sentry] in {FILE} knows no '{strange[0]}'.", hint=f"It knows {', '.join(sorted(SENTRY_KEYS))}. {HOW}"
        )
    texts = {key: _text(sentry.get(key, ""), f"sentry.{key}") for key in ("base_url", "organization", "token_env")}
    token_env = texts["token_env"] or TOKEN_ENV
    return Settings(
        check_address(environment.get("SENTRY_URL") or texts["base_url"] or BASE_URL),
        (environment.get("SENTRY_ORG") or texts["organization"]).strip(),
        _check_token(environment.get(TOKEN_ENV) or environment.get(token_env) or "", token_env),
        token_env,
        _texts(_table(sentry, "projects"), "sentry.projects"),
        _texts(_table(tables, "health"), "health"),
        _texts(_table(tables, "canary"), "canary"),
    )


def check_address(url: str, what: str = "Sentry") -> str:
    """Return an address without its last slash. Errors: SettingsError when it is none, or holds a name and password."""
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


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as e:
        raise SettingsError(f"{file} cannot be read: {e.strerror}.", hint="Check who may read it.") from e
    except ValueError:  # not "from e": a parser's error shows the line, and a line may hold what does not belong there
        raise SettingsError(f"{file} is no TOML.", hint=f"Names with a dash or a dot stand in quotes. {HOW}") from None


def _table(outer: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    inner = outer.get(name, {})
    if not isinstance(inner, dict):
        raise SettingsError(f"'{name}' in {FILE} is no table.", hint=HOW)
    return inner


def _texts(table: Mapping[str, Any], name: str) -> dict[str, str]:
    return {service: _text(value, f"{name}.{service}") for service, value in table.items()}


def _text(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise SettingsError(f"{name} in {FILE} is no text.", hint=f"Put it in quotes. {HOW}")
    return value


def _check_token(token: str, name: str) -> str:
    token = token.strip()
    if not (token.isascii() and all(sign.isprintable() and sign != " " for sign in token)):
        raise SettingsError(
            f"The token in {name} is not one word of plain letters.", hint="Copy it again, without what stands around it."
        )
    return token
