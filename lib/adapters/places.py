"""Addresses and tokens of what is reached over the network: whether they can be used, told without what they hold."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from lib.errors import SettingsError

TOKEN = "SENTRY_TOKEN"


def read_token(environment: Mapping[str, str], name: str) -> str:
    """Return Sentry's token, "" for none: SENTRY_TOKEN, else the variable of that name. Errors: SettingsError, without it."""
    return read_word(environment, TOKEN if environment.get(TOKEN) else name)


def read_word(environment: Mapping[str, str], name: str) -> str:
    """Return the token that a variable holds, "" for none. Errors: SettingsError, without it."""
    token = environment.get(name, "").strip()
    if not (token.isascii() and token.isprintable() and " " not in token):
        hint = "Copy it again, without what stands around it."
        raise SettingsError(f"The token in {name} is not one word of plain letters.", hint=hint)
    return token


def is_usable(url: str) -> str:
    """Return why an address cannot be used, "" when it can."""
    try:
        parts = urlsplit(url.strip())
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:  # as for http://[
        usable = False
    if not usable:
        return "is no http address"
    return "holds a name or a password, which do not belong there" if "@" in parts.netloc else ""
