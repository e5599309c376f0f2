"""[access] and [network]: who may come in, and where questions may go, as pydantic-settings checks it."""

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator

from lib.adapters.settingfields import Section, Text, between, setting, words_of, wrong
from lib.core import settings as core
from lib.core.access import ADDRESS

DOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+")
HOST = re.compile(r"(?:\*\.)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|[0-9a-f:.]{2,45}")
NETWORK = core.NetworkSettings()
ACCESS = core.AccessSettings()


def _lower(value: Any) -> tuple[str, ...]:
    return tuple(word.lower().removeprefix("@") if word.startswith("@") else word.lower() for word in words_of(value))


def _domains(value: Any) -> Any:
    found = _lower(value)
    for place, word in enumerate(found, 1):
        if not DOMAIN.fullmatch(word):
            raise wrong(f"holds something, in place {place}, that is no domain such as example.com")
    return found


def _addresses(value: Any) -> Any:
    found = _lower(value)
    for place, word in enumerate(found, 1):
        if not ADDRESS.fullmatch(word):
            raise wrong(f"holds something, in place {place}, that is no address such as ada@example.com")
    return found


def _either(value: Any) -> Any:
    found = _lower(value)
    for place, word in enumerate(found, 1):
        if not (ADDRESS.fullmatch(word) or DOMAIN.fullmatch(word)):
            raise wrong(f"holds something, in place {place}, that is neither an address nor a domain")
    return found


def _hosts(value: Any) -> Any:
    found = tuple(word.lower().rstrip(".").strip("[]") for word in words_of(value))
    for place, word in enumerate(found, 1):
        if not HOST.fullmatch(word):
            raise wrong(f"holds something, in place {place}, that is no host such as orders.internal, 10.2.3.4 or *.corp.example")
    return found


class Access(Section):
    """[access]: who may open the dashboard."""

    domains: Annotated[tuple[str, ...], BeforeValidator(_domains)] = setting(
        ACCESS.domains, "whose addresses may come in, to look", 'domains = ["example.com"]'
    )
    addresses: Annotated[tuple[str, ...], BeforeValidator(_addresses)] = setting(
        ACCESS.addresses, "who else may come in, to look", 'addresses = ["guest@example.org"]'
    )
    editors: Annotated[tuple[str, ...], BeforeValidator(_either)] = setting(
        ACCESS.editors,
        "who may come in and also mute, name, note and freeze: addresses, or whole domains",
        'editors = ["ada@example.com"]',
    )
    contact: Text = setting(ACCESS.contact, "whom somebody is told to ask who may not come in", 'contact = "the platform team"')
    session: Annotated[timedelta, between(timedelta(minutes=5), timedelta(days=30))] = setting(
        ACCESS.session, "after so long people sign in again", 'session = "12h"'
    )
    open: bool = setting(
        ACCESS.open,
        "with `BLINDSPOT_OPEN=yes` beside it, the dashboard listens on other addresses without a sign-in of its own",
        "open = false",
    )


class Network(Section):
    """[network]: where questions may go."""

    private: Annotated[tuple[str, ...], BeforeValidator(_hosts)] = setting(
        NETWORK.private,
        "hosts of Sentry, GitHub and health documents that may lie in a private network, by name; all others are refused there",
        'private = ["orders.internal", "*.corp.example"]',
    )
