"""The table of what is masked before anything is stored; a rule's name in square brackets is what stands for the value."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

RULES_VERSION: Final = "2"
"""Goes up whenever a rule hides more or less than before."""


@dataclass(frozen=True)
class Rule:
    """One kind of value that is hidden: `hides` says which values, `reason` what a reader could do with them."""

    name: str
    hides: str
    reason: str

    @property
    def mark(self) -> str:
        """What is stored instead of the value."""
        return f"[{self.name}]"


RULES: Final[tuple[Rule, ...]] = (
    Rule("private_key", "PEM and PGP private key blocks, also cut ones; age and PuTTY keys", "signs and decrypts as its owner"),
    Rule("jwt", "JSON Web Tokens and other base64 that begins as a JSON object", "is accepted as the user until it expires"),
    Rule(
        "token",
        ("tokens that providers mark by a prefix or a shape: clouds, forges, chat, payment, mail, AI, telemetry"),
        "calls the provider in our name",
    ),
    Rule("authorization", "what follows a scheme in Authorization headers, and Bearer and Basic anywhere", "replays the request"),
    Rule("cookie", "values of Cookie and Set-Cookie headers and of session cookies", "takes over the session"),
    Rule("password", "values named password, passwd, pwd, passphrase … in any notation", "logs in as the user"),
    Rule(
        "secret",
        ("values named secret, token, API key, signing key, credentials … in any notation"),
        "calls a service in our name",
    ),
    Rule("url_password", "user information in URLs and connection strings", "opens the database or repository"),
    Rule("pin", "one-time codes, PINs and card verification numbers behind their name", "passes the second factor"),
    Rule("email", "e-mail addresses of people; those of service accounts stay", "personal data"),
    Rule("ip_address", "public IPv4 and IPv6 addresses; private, loopback and documentation ones stay", "personal data"),
    Rule("card", "payment card numbers with a valid check digit", "pays with another's card"),
    Rule("iban", "bank account numbers with valid check digits", "personal data"),
    Rule("ssn", "US social security numbers", "personal data"),
    Rule("phone", "international phone numbers, and any number named phone", "personal data"),
    Rule("personal", "dates of birth, document and tax numbers, family names behind their name", "personal data"),
)
"""Every rule, the most dangerous first."""

NAMES: Final = tuple(rule.name for rule in RULES)

ALIASES: Final = {"session": "cookie"}
"""Names whose values are looked at more closely, and count as another rule's."""

MARK: Final = {rule.name: rule.mark for rule in RULES}


class Tally:
    """Counts by rule of what was hidden."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def mark(self, name: str) -> str:
        """Count one hidden value and return what is stored for it."""
        name = ALIASES.get(name, name)
        self.counts[name] += 1
        return MARK[name]


def cut(text: str, spans: Iterable[tuple[int, int, str]], tally: Tally) -> str:
    """Return the text with each (start, end, rule) replaced by the rule's mark; spans that overlap become one."""
    parts: list[str] = []
    done = 0
    for start, end, name in sorted(spans):
        if start >= done and end > start:
            parts += (text[done:start], tally.mark(name))
        done = max(done, end)
    return "".join(parts) + text[done:] if parts else text
