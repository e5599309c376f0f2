"""settings.toml and the environment."""

from pathlib import Path

import pytest

from lib.adapters.settings import Settings, load_settings
from lib.errors import SettingsError

SECRET = "pla" + "nted"
WHOLE = """
[sentry]
base_url = "https://sentry.example.com/tools/"
organization = "acme"
token_env = "ACME_TOKEN"
projects = {"checkout-api" = "checkout"}

[health]
"checkout-api" = "https://checkout.example.com/health"

[canary]
"checkout-api" = "CHECKOUT_DSN"

[another]
x = 1
"""


def load(home: Path, text: str | None, **environment: str) -> Settings:
    if text is not None:
        (home / "settings.toml").write_text(text)
    return load_settings(home, environment)


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    assert load(tmp_path, None) == Settings()


def test_a_whole_file_is_read(tmp_path: Path) -> None:
    found = load(tmp_path, WHOLE, ACME_TOKEN=SECRET)
    assert (found.base_url, found.organization, found.token) == ("https://sentry.example.com/tools", "acme", SECRET)
    assert found.projects == {"checkout-api": "checkout"}
    assert found.health == {"checkout-api": "https://checkout.example.com/health"}
    assert found.canary == {"checkout-api": "CHECKOUT_DSN"}


def test_the_environment_wins(tmp_path: Path) -> None:
    found = load(tmp_path, WHOLE, ACME_TOKEN="old", SENTRY_TOKEN=SECRET, SENTRY_ORG="other", SENTRY_URL="http://localhost:9000")
    assert (found.base_url, found.organization, found.token) == ("http://localhost:9000", "other", SECRET)


def test_a_token_is_not_shown(tmp_path: Path) -> None:
    assert SECRET not in repr(load(tmp_path, WHOLE, SENTRY_TOKEN=SECRET))


BAD = {
    "no TOML": f'[sentry]\ntoken = "{SECRET}',
    "an unknown name": f'[sentry]\ntoken = "{SECRET}"',
    "no table": f'sentry = "{SECRET}"',
    "no text": "[sentry]\norganization = 3",
    "projects is no table": f'[sentry]\nprojects = "{SECRET}"',
    "a health URL that is no text": "[health]\nx = 3",
    "an address that is none": f'[sentry]\nbase_url = "{SECRET}"',
    "an address with a password": f'[sentry]\nbase_url = "https://me:{SECRET}@example.com"',
    "an address with a bad port": '[sentry]\nbase_url = "https://example.com:x"',
    "bytes": "\x00\x01",
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_one_error_with_a_hint_and_no_value(tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, BAD[name])
    assert caught.value.hint
    assert SECRET not in caught.value.message + caught.value.hint + repr(caught.value.__cause__)


@pytest.mark.parametrize("token", [f"{SECRET} x", f"{SECRET}\nx", f"{SECRET}é"])
def test_a_token_that_cannot_stand_in_a_header_is_told_without_it(tmp_path: Path, token: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, None, SENTRY_TOKEN=token)
    assert SECRET not in caught.value.message + caught.value.hint


def test_a_token_may_end_in_a_line_break(tmp_path: Path) -> None:
    assert load(tmp_path, None, SENTRY_TOKEN=f"{SECRET}\n").token == SECRET


def test_a_folder_in_place_of_the_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").mkdir()
    with pytest.raises(SettingsError, match="cannot be read"):
        load(tmp_path, None)
