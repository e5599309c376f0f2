"""An example of what each rule hides, put together when it is asked for: no text here looks like a secret."""

from typing import Final

_LONG: Final = "aB3dE6gH9" * 8
_DASHES: Final = "-" * 5

_PARTS: Final[dict[str, tuple[str, ...]]] = {
    "private_key": (
        "key: ",
        _DASHES,
        "BEGIN PRIVATE",
        " KEY",
        _DASHES,
        "\n",
        _LONG[:64],
        "\n",
        _DASHES,
        "END PRIVATE",
        " KEY",
        _DASHES,
    ),
    "jwt": ("got ", "ey", "J", _LONG[:30], ".", "ey", "J", _LONG[:30], ".", _LONG[:43]),
    "token": ("push with ", "gh", "p_", _LONG[:36]),
    "authorization": ("Authorization: ", "Bearer ", _LONG[:40]),
    "cookie": ("Cookie: ", "sessionid=", _LONG[:32]),
    "password": ("pass", "word=", _LONG[:12]),
    "secret": ("client_", "secret: ", _LONG[:32]),
    "url_password": ("postgres://app:", _LONG[:12], "@db.internal/x"),
    "pin": ("your one-time code is ", "4711", "42"),
    "email": ("mail anna", "@", "example.com now"),
    "ip_address": ("client 93.184", ".216.34 blocked"),
    "card": ("card 4111 1111", " 1111 1111 declined"),
    "iban": ("to DE89 3704 0044", " 0532 0130 00"),
    "ssn": ("applicant 219-09", "-9999"),
    "phone": ("call +49 170", " 1234567"),
    "personal": ("date_of_birth=", "1984-05-06"),
}


def example_of(rule: str) -> str:
    """Return a text that the rule of that name hides something of. Errors: KeyError for a rule that does not exist."""
    return "".join(_PARTS[rule])
