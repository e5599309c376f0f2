"""Addresses and tokens of what is reached over the network."""

import pytest

from lib.adapters.places import is_usable, read_token
from lib.errors import SettingsError

SECRET = "pla" + "nted"


@pytest.mark.parametrize(
    ("environment", "token"),
    [
        ({}, ""),
        ({"MINE": "a"}, "a"),
        ({"SENTRY_TOKEN": "b"}, "b"),
        ({"MINE": "a", "SENTRY_TOKEN": "b"}, "b"),
        ({"MINE": " a\n"}, "a"),
    ],
)
def test_the_token_is_sentrys_variable_or_the_one_that_is_named(environment: dict[str, str], token: str) -> None:
    assert read_token(environment, "MINE") == token


@pytest.mark.parametrize("token", [f"{SECRET} x", f"{SECRET}\nx", f"{SECRET}é", f"{SECRET}\x01x"])
def test_a_token_that_cannot_stand_in_a_header_is_told_without_it(token: str) -> None:
    with pytest.raises(SettingsError, match="MINE") as caught:
        read_token({"MINE": token}, "MINE")
    assert SECRET not in caught.value.message + caught.value.hint


@pytest.mark.parametrize(
    "url", ["", SECRET, f"ftp://{SECRET}/", "https://", "https://h:x/", f"https://me:{SECRET}@h/", "http://[::1"]
)
def test_an_address_that_cannot_be_used_is_told_without_it(url: str) -> None:
    assert is_usable(url)
    assert SECRET not in is_usable(url)


def test_an_address_may_have_a_port_and_a_path() -> None:
    assert is_usable("https://h:8443/tools/") == ""
