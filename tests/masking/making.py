"""Turns a template into a case: signs such as §S and <A20> become random values, made anew for every seed."""

import json
import random
import re
import string
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

LOWER, UPPER, DIGITS = string.ascii_lowercase, string.ascii_uppercase, string.digits
ALPHABETS: Final = {
    "A": LOWER + UPPER + DIGITS, "H": DIGITS + "abcdef", "X": UPPER + DIGITS, "U": LOWER + UPPER + DIGITS + "-_",
    "B": LOWER + UPPER + DIGITS + "+/", "L": LOWER + DIGITS, "N": DIGITS, "a": LOWER, "Z": UPPER, "T": UPPER + "234567",
}  # fmt: skip
WORDS: Final = "order cart invoice payment session worker queue shard tenant report billing search ledger export".split()
PEOPLE: Final = "anna bruno chidi dora emil fatima goran hana ivo jana kofi lena".split()
_CLASS: Final = re.compile(r"<([AHXUBLNaZT])(\d+)>")
_SIGN: Final = re.compile(r"§([a-zK])")
_KEPT: Final = re.compile(r"«(.*?)»", re.DOTALL)


@dataclass(frozen=True)
class Case:
    """A text or a payload, what of it must be gone, and what must stay."""

    family: str
    kind: str
    body: object
    secrets: tuple[str, ...]
    kept: tuple[str, ...]


class Maker:
    """One source of random values."""

    def __init__(self, seed: str) -> None:
        self.random = random.Random(seed)

    def value(self, alphabet: str, length: int) -> str:
        """A value that holds a letter and a digit where the alphabet has both."""
        signs = [self.random.choice(ALPHABETS[alphabet]) for _ in range(length)]
        spots = self.random.sample(range(length), min(3, length))
        for spot, pool in zip(spots, (LOWER, UPPER, DIGITS), strict=False):
            if fitting := [sign for sign in pool if sign in ALPHABETS[alphabet]]:
                signs[spot] = self.random.choice(fitting)
        return "".join(signs)

    def fill(self, template: str) -> str:
        """The template with every sign replaced."""
        filled = _CLASS.sub(lambda match: self.value(match[1], int(match[2])), template)
        return _SIGN.sub(lambda match: self._sign(match[1]), filled)

    def _sign(self, sign: str) -> str:
        makers: dict[str, Callable[[], str]] = {
            "w": lambda: self.random.choice(WORDS),
            "h": lambda: f"{self.random.choice(WORDS)}-{self.value('a', 3)}.{self.random.choice(('internal', 'example.com'))}",
            "n": lambda: str(self.random.randint(2, 9999)),
            "g": lambda: str(uuid.UUID(int=self.random.getrandbits(128), version=4)),
            "p": self.password,
            "u": lambda: self.random.choice(PEOPLE),
        }
        return makers[sign]()

    def password(self) -> str:
        """What a person would think of."""
        return (
            self.random.choice(PEOPLE).title()
            + self.random.choice(["!", "#", "_", "-", "", "$"])
            + str(self.random.randint(100, 99_999))
            + self.value("a", 3)
        )


def make(family: str, kind: str, template: str, secret: str, seed: int, key: str = "") -> Case:
    """Return a case: §S is the secret, §K the key, and what stands in «» must stay. A template that is JSON is a payload."""
    maker = Maker(f"{seed}/{family}/{kind}/{template}/{key}")
    hidden = maker.fill(secret) if secret else ""
    text = maker.fill(template.replace("§K", key).replace("§S", "\0"))
    kept = tuple(part.replace("\0", hidden) for part in _KEPT.findall(text))
    text = text.replace("«", "").replace("»", "")
    if template.startswith("JSON "):
        quoted = json.dumps(hidden)[1:-1]
        return Case(family, kind, json.loads(text[5:].replace("\0", quoted)), (hidden,) if hidden else (), kept)
    return Case(family, kind, text.replace("\0", hidden), (hidden,) if hidden else (), kept)


def rows(table: str) -> Iterator[tuple[str, str]]:
    """Yield (kind, template) of a table's lines."""
    for line in table.strip("\n").splitlines():
        kind, _, template = line.partition(" | ")
        yield kind.strip(), template.replace("⏎", "\n")
