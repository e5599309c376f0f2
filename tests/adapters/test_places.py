"""The settings of what is reached over the network."""

from pathlib import Path

import pytest

from lib.adapters.places import Places, check_address, read_places, read_token
from lib.errors import SettingsError

SECRET = "pla" + "nted"
WHOLE = """
[sentry]
organization = "acme"

[health]
"checkout-api" = "https://checkout.example.com/health"

[canary]
"checkout-api" = "CHECKOUT_DSN"
"""


def read(home: Path, text: str) -> Places:
    (home / "settings.toml").write_text(text)
    return read_places(home)


def test_without_a_file_nothing_is_set(tmp_path: Path) -> None:
    assert read_places(tmp_path) == Places()


def test_a_whole_file_is_read(tmp_path: Path) -> None:
    found = read(tmp_path, WHOLE)
    assert found.health == {"checkout-api": "https://checkout.example.com/health"}
    assert found.canary == {"checkout-api": "CHECKOUT_DSN"}


def test_a_health_url_is_not_shown(tmp_path: Path) -> None:
    assert SECRET not in repr(read(tmp_path, f'[health]\nx = "https://h/?key={SECRET}"'))


BAD = {
    "no TOML": f'[health]\nx = "{SECRET}',
    "no table": f'canary = "{SECRET}"',
    "no text": "[canary]\nx = 3",
    "empty": '[canary]\nx = ""',
    "a health URL that is no text": "[health]\nx = 3",
    "a health URL that is none": f'[health]\nx = "{SECRET}"',
    "a health URL with a password": f'[health]\nx = "https://me:{SECRET}@example.com"',
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_one_error_with_a_hint_and_no_value(tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read(tmp_path, BAD[name])
    assert caught.value.hint
    assert SECRET not in caught.value.message + caught.value.hint + repr(caught.value.__cause__)


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
    with pytest.raises(SettingsError) as caught:
        check_address(url, "Sentry")
    assert SECRET not in caught.value.message + caught.value.hint


def test_an_address_loses_its_last_slash() -> None:
    assert check_address(" https://h:8443/tools/ ", "Sentry") == "https://h:8443/tools"
