"""A team's settings: `settings.toml` in the home folder, and the environment's variables above it."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from lib.core.settings import SentrySettings, Settings
from lib.errors import SettingsError

NAME = "settings.toml"
SENTRY = {"base_url": "SENTRY_URL", "organization": "SENTRY_ORG", "token_env": ""}  # key: variable that overrides it


def read_settings(home: Path, environment: Mapping[str, str]) -> Settings:
    """Return what is set. Errors: SettingsError, naming the key, never its value."""
    return Settings(read_sentry(read_tables(home / NAME), environment))


def read_tables(file: Path) -> dict[str, Any]:
    """Return the file's tables, {} without a file. Errors: SettingsError."""
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as e:
        raise SettingsError(f"The settings file '{file}' cannot be read.", hint="Check its rights and that it is UTF-8.") from e
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as e:
        where = str(e).rpartition("(at ")[2].rstrip(")") if isinstance(e, ValueError) else "a value within hundreds of others"
        raise SettingsError(
            f"The settings file '{file}' is no TOML (at {where}).", hint='A line looks like: organization = "acme"'
        ) from e


def read_sentry(tables: Mapping[str, Any], environment: Mapping[str, str]) -> SentrySettings:
    """Return the table [sentry]. Errors: SettingsError."""
    table = tables.get("sentry", {})
    if not isinstance(table, dict):
        raise SettingsError("`sentry` in settings.toml is no table.", hint="Begin it with a line [sentry].")
    if unknown := sorted(table.keys() - SENTRY.keys() - {"projects"}):
        known = ", ".join([*SENTRY, "projects"])
        raise SettingsError(f"[sentry] in settings.toml has an unknown key: {unknown[0]}.", hint=f"It may hold {known}.")
    values = {key: _text(table, key) for key in SENTRY}
    values |= {key: environment[name] for key, name in SENTRY.items() if name and environment.get(name)}
    projects = table.get("projects", {})
    if not isinstance(projects, dict) or not all(isinstance(slug, str) and slug for slug in projects.values()):
        hint = 'Write: projects = { "orders-backend" = "orders" }'
        raise SettingsError("`projects` under [sentry] in settings.toml is no table of names.", hint=hint)
    if values["base_url"] and not _is_web(values["base_url"]):
        raise SettingsError("`base_url` of Sentry is no http address.", hint='Write: base_url = "https://sentry.io"')
    given = {key: value.rstrip("/") for key, value in values.items() if value}
    return SentrySettings(projects=projects, **given)


def _is_web(url: str) -> bool:
    try:
        return urlsplit(url).scheme in ("http", "https")
    except ValueError:  # as for http://[
        return False


def _text(table: Mapping[str, Any], key: str) -> str:
    value = table.get(key, "")
    if not isinstance(value, str):
        raise SettingsError(f"`{key}` under [sentry] in settings.toml is no text.", hint=f'Write: {key} = "…"')
    return value
