"""Who may come in, claim by claim; and who may change things."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from lib.core.access import Bar, Barred, Person, Role, admit, say_barred
from lib.core.settings import AccessSettings

NOW = datetime(2026, 1, 7, 3, 0, tzinfo=UTC)
ACCESS = AccessSettings(
    ("example.com", "desk.example"), ("guest@partner.example",), ("ada@example.com", "sre.example.com"), "the platform team"
)
ADA = {
    "is_logged_in": True,
    "email": "ada@example.com",
    "email_verified": True,
    "iat": NOW.timestamp() - 60,
    "iss": "https://id.example",
}


def ask(access: AccessSettings = ACCESS, **claims: object) -> Person | Barred:
    return admit({**ADA, **claims}, access, NOW)


@pytest.mark.parametrize(
    ("claims", "role"),
    [
        ({}, Role.EDITOR),
        ({"email": " ADA@Example.COM "}, Role.EDITOR),
        ({"email": "bob@example.com"}, Role.VIEWER),
        ({"email": "guest@partner.example"}, Role.VIEWER),
        ({"email": "anybody@sre.example.com"}, Role.EDITOR),
        ({"email_verified": "true"}, Role.EDITOR),
    ],
    ids=str,
)
def test_who_is_listed_and_verified_comes_in(claims: dict[str, object], role: Role) -> None:
    found = ask(**claims)
    assert isinstance(found, Person)
    assert found.role is role
    assert found.name == found.name.strip().lower()


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"is_logged_in": False}, Bar.UNKNOWN),
        ({"is_logged_in": "true"}, Bar.UNKNOWN),
        ({"email": None}, Bar.NAMELESS),
        ({"email": ""}, Bar.NAMELESS),
        ({"email": ["ada@example.com"]}, Bar.NAMELESS),
        ({"email": "ada@example.com,eve@evil.example"}, Bar.NAMELESS),
        ({"email": "eve@evil.example@example.com"}, Bar.NAMELESS),
        ({"email": "ada@example.com\n"}, Role.EDITOR),
        ({"email": "ada@example.com\x00"}, Bar.NAMELESS),
        ({"email": "bob@des\u212a.example"}, Bar.NAMELESS),
        ({"email": "bob@\u0435xample.com"}, Bar.NAMELESS),
        ({"email_verified": False}, Bar.UNVERIFIED),
        ({"email_verified": None}, Bar.UNVERIFIED),
        ({"email_verified": "false"}, Bar.UNVERIFIED),
        ({"email_verified": 1}, Bar.UNVERIFIED),
        ({"email": "bob@sub.example.com"}, Bar.STRANGER),
        ({"email": "bob@notexample.com"}, Bar.STRANGER),
        ({"email": "bob@example.com.evil.example"}, Bar.STRANGER),
        ({"email": "other@partner.example"}, Bar.STRANGER),
        ({"iat": NOW.timestamp() - 86_400}, Bar.OLD),
        ({"iat": None}, Bar.OLD),
        ({"iat": "now"}, Bar.OLD),
        ({"iat": float("nan")}, Bar.OLD),
    ],
    ids=str,
)
def test_everybody_else_stays_outside(claims: dict[str, object], why: Bar | Role) -> None:
    found = ask(**claims)
    assert (found.why if isinstance(found, Barred) else found.role) is why


@pytest.mark.parametrize("missing", ["is_logged_in", "email", "email_verified", "iat"])
def test_a_claim_that_is_not_there_lets_nobody_in(missing: str) -> None:
    assert isinstance(admit({k: v for k, v in ADA.items() if k != missing}, ACCESS, NOW), Barred)


def test_without_any_list_nobody_comes_in() -> None:
    found = ask(AccessSettings())
    assert found == Barred(Bar.NOBODY, "ada@example.com")


@pytest.mark.parametrize(
    ("more", "comes"), [({}, False), ({"hd": "evil.example"}, False), ({"hd": "Example.com"}, True)], ids=str
)
def test_a_private_google_account_with_a_companys_address_is_not_the_companys(more: Mapping[str, object], comes: bool) -> None:
    google = {"iss": "https://accounts.google.com", "email": "bob@example.com", **more}
    assert isinstance(ask(**google), Person) is comes
    assert isinstance(ask(AccessSettings(addresses=("bob@example.com",)), **google), Person)


def test_a_session_lasts_as_long_as_the_settings_say() -> None:
    for minutes, comes in ((4, True), (5, False)):
        access = AccessSettings(editors=("ada@example.com",), session=timedelta(minutes=5))
        assert isinstance(admit({**ADA, "iat": NOW.timestamp() - 60 * minutes}, access, NOW), Person) is comes


@pytest.mark.parametrize("why", Bar)
def test_what_is_told_names_whom_to_ask_and_nothing_of_the_logs(why: Bar) -> None:
    told = " ".join(say_barred(Barred(why, "eve@evil.example"), "the platform team"))
    assert "the platform team" in told or why in (Bar.UNKNOWN, Bar.OLD)
    assert "whoever runs this" in " ".join(say_barred(Barred(why), "")) or why in (Bar.UNKNOWN, Bar.OLD)
