"""Whether people sign in, and through whom: the [auth] that Streamlit's sign-in reads, looked at before anything listens."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from lib.adapters.loopback import is_loopback
from lib.adapters.settingfiles import read_tables
from lib.errors import SettingsError

CALLBACK = "/oauth2callback"
LEAST_SECRET = 32  # characters: whoever guesses it can sign a cookie for anybody
NEEDED = ("client_id", "client_secret", "server_metadata_url")
DOCS = "docs/sign-in.md shows a whole file."
DEFAULT = "default"


@dataclass(frozen=True)
class SignIn:
    """Where people sign in. providers: as Streamlit names them, "default" for the one that [auth] itself describes.

    secure: browsers come by https, so cookies are for https alone.
    """

    providers: tuple[str, ...]
    secure: bool


def read_sign_in(files: Sequence[Path]) -> SignIn | None:
    """Return how people sign in, None where no file has an [auth]: the last file that has one counts, as for Streamlit.

    Errors: SettingsError when a file cannot be read or [auth] is not whole. Streamlit passes over a file that is no TOML: a slip
    of the pen would open the dashboard to everybody.
    """
    tables = [read_tables(file) for file in files]
    found = [table["auth"] for table in tables if "auth" in table]
    return _check(found[-1]) if found else None


def _check(auth: object) -> SignIn:
    if not isinstance(auth, Mapping):
        raise SettingsError("`auth` in secrets.toml is no table.", hint=f"Begin it with a line [auth]; {DOCS}")
    redirect = urlsplit(_text(auth, "redirect_uri", "[auth]"))
    if not redirect.path.endswith(CALLBACK) or redirect.scheme not in ("http", "https") or not redirect.netloc:
        raise SettingsError(
            f"`redirect_uri` under [auth] does not end with {CALLBACK}.",
            hint=f"https://your-host{CALLBACK}, as you registered it.",
        )
    if redirect.scheme == "http" and not is_loopback(f"{redirect.hostname}:1"):
        hint = "Put a proxy with a certificate before the dashboard, and write https://."
        raise SettingsError("`redirect_uri` under [auth] is not https: a sign-in could be read on its way.", hint=hint)
    if len(_text(auth, "cookie_secret", "[auth]")) < LEAST_SECRET:
        hint = 'python -c "import secrets; print(secrets.token_urlsafe(48))" makes one.'
        raise SettingsError(f"`cookie_secret` under [auth] is shorter than {LEAST_SECRET} characters.", hint=hint)
    if find_spec("authlib") is None or find_spec("httpx") is None:
        raise SettingsError("People are to sign in, but the package Authlib is not installed.", hint="Run: make install")
    return SignIn(_providers(auth), redirect.scheme == "https")


def _providers(auth: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the providers. Errors: SettingsError when there is none, or one is not whole."""
    named = {name: table for name, table in auth.items() if isinstance(table, Mapping) and "client_id" in table}
    if "client_id" in auth or not named:
        named = {DEFAULT: auth, **named}
    for name, table in named.items():
        where = "[auth]" if name == DEFAULT else f"[auth.{name}]"
        for key in NEEDED:
            _text(table, key, where)
        address = urlsplit(str(table["server_metadata_url"]))
        if address.scheme != "https" and not (address.scheme == "http" and is_loopback(f"{address.hostname}:1")):
            raise SettingsError(f"`server_metadata_url` under {where} is not https.", hint=DOCS)
    return tuple(named)


def _text(table: Mapping[str, Any], key: str, where: str) -> str:
    value = table.get(key)
    if not isinstance(value, str) or not value.strip():
        raise SettingsError(f"`{key}` under {where} is missing.", hint=DOCS)
    return value
