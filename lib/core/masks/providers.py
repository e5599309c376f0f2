"""Tokens that tell what they are by a prefix or a shape, whatever stands around them."""

import re
from collections.abc import Iterator
from typing import Final

from lib.core.masks.tokentables import BOUND, CLASSES, FASHION, FREE, HASHES, KINDS, MIXED_SHAPES, SHAPES

START: Final = r"(?:^|[^0-9A-Za-z]|\\[bfnrt]|%[0-9A-Fa-f]{2}|u00[0-7][0-9A-Fa-f])"
"""Rust: what stands before a word in raw JSON text and in URLs; an escaped line end's `n` is no letter of the word."""

_PYTHON_START: Final = r"(?:(?<![0-9A-Za-z])|(?<=\\[bfnrt])|(?<=%[0-9A-Fa-f]{2})|(?<=u00[2-7][0-9A-Fa-f]))"


def _expand(pattern: str) -> str:
    return re.sub(r"<([A-Z])>", lambda match: CLASSES[match.group(1)], pattern)


def _read(table: str) -> list[tuple[tuple[str, ...], str]]:
    """Return (literals, pattern) of each row."""
    rows = (row.split("|", 1) for row in table.strip().splitlines())
    return [(tuple(literals.split()), _expand(pattern)) for literals, pattern in rows]


_FREE_ROWS: Final = _read(FREE)
_BOUND_ROWS: Final = _read(BOUND)
_SHAPE_ROWS: Final = _read(SHAPES)
_MIXED_ROWS: Final = _read(MIXED_SHAPES)
_FASHION_WORDS: Final = tuple(
    [f"_{form}_" for word in KINDS for form in (word, word.upper())] + ["-secret-", "-token-", "-apikey-", "-key-"]
)

JWT: Final = r"eyJ[0-9A-Za-z_-]{14,}"

LITERALS: Final = tuple(dict.fromkeys(
    [literal for literals, _ in _FREE_ROWS + _BOUND_ROWS for literal in literals] + [*_FASHION_WORDS, "eyJ"]
))  # fmt: skip
"""One of these, in this case, is in every text that `find_tokens` finds something in; see LOOSE_SHAPES for the rest."""

LOOSE_SHAPES: Final = (
    r"\.[0-9A-Za-z_-]{6}\.[0-9A-Za-z_-]{27}|[0-9]/[0-9]{16}[/:]|-us[0-9]|AZDO|NRAL"
    r"|re_[0-9A-Za-z]{6,12}_|cio[0-9A-Za-z]{32}|pat[0-9A-Za-z]{14}\.|SK[0-9a-f]{8}"
    r"|(?:sdk|api|mob)-[0-9a-f]{8}-|[0-9]Q~|secret_[0-9A-Za-z]{20}"
    r"|st\.[0-9a-f]{8}|0\.[0-9a-f]{8}-|-[0-9a-f]{8}-[0-9a-f]{8}|AC[0-9a-f]{8}|(?:^"
    r"|[ -/:-@\[-`{-~n])s\.[0-9A-Za-z]{8}|(?:live|test)_[0-9A-Za-z_-]{8}|pk_[0-9]{6}"
    r"|\$(?:2[abxy]|argon2i?d?|[1567y]|apr1|scrypt)\$|pbkdf2|scrypt|SHA(?:256|512)?\}"
)
"""Rust: finds the tokens that have no literal, and more; short, for a first look."""

_LONG_BEFORE: Final = re.compile(r"^(\[[^\]]+\])\{[0-9]{2,}(?:,[0-9]*)?\}")


def _lighten(pattern: str) -> str:
    """The pattern with little of what stands before its mark: counted repetitions are what costs Rust's engine."""
    return _LONG_BEFORE.sub(r"\1{4}", pattern)


_AT_START: Final = [p for _, p in _BOUND_ROWS + _SHAPE_ROWS + _MIXED_ROWS if not _LONG_BEFORE.match(p)]
_WITHIN: Final = [_lighten(p) for _, p in _BOUND_ROWS + _SHAPE_ROWS + _MIXED_ROWS if _LONG_BEFORE.match(p)]

HINT: Final = "|".join(
    [_lighten(pattern) for _, pattern in _FREE_ROWS]
    + _WITHIN
    + [START + "(?:" + "|".join(_AT_START) + ")", _expand(FASHION), JWT, _expand(HASHES)]
)
"""Rust: finds every text that `find_tokens` finds something in."""

_FIRST_MIXED: Final = len(_FREE_ROWS + _BOUND_ROWS + _SHAPE_ROWS)
_PATTERNS: Final = [
    *(re.compile(pattern) for _, pattern in _FREE_ROWS),
    *(re.compile(_PYTHON_START + pattern) for _, pattern in _BOUND_ROWS + _SHAPE_ROWS),
    *(re.compile(_PYTHON_START + pattern + "(?![0-9A-Za-z_])") for _, pattern in _MIXED_ROWS),
]
_ROWS: Final = _FREE_ROWS + _BOUND_ROWS + _SHAPE_ROWS + _MIXED_ROWS
_BY_LITERAL: Final = [(literal, row) for row, (literals, _) in enumerate(_ROWS) for literal in literals]
_HASH_SIGNS: Final = (
    "$2",
    "$argon2",
    "$1$",
    "$5$",
    "$6$",
    "$7$",
    "$y$",
    "$apr1$",
    "$scrypt$",
    "pbkdf2",
    "scrypt",
    "SHA}",
    "SHA256}",
    "SHA512}",
)
_HASHED: Final = re.compile(_expand(HASHES))
_FASHIONED: Final = re.compile(r"(?<![0-9A-Za-z])(?:" + _expand(FASHION) + ")")
_JWT: Final = re.compile(JWT + r"(?:[.=]{1,2}[0-9A-Za-z_-]*){0,4}")
_MIXED: Final = re.compile(r"[0-9].*[A-Za-z]|[A-Za-z].*[0-9]")
_SHORTEST: Final = 16


def find_tokens(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield (start, end, rule name) of tokens and JWTs, in no order; they may overlap."""
    if len(text) < _SHORTEST:
        return
    for row in {row for literal, row in _BY_LITERAL if literal in text}:
        for match in _PATTERNS[row].finditer(text):
            if row < _FIRST_MIXED or is_mixed(match.group()):
                yield match.start(), match.start() + len(match.group().rstrip(".")), "token"
    if "eyJ" in text:
        yield from ((*match.span(), "jwt") for match in _JWT.finditer(text))
    if any(sign in text for sign in _HASH_SIGNS):
        yield from ((*match.span(), "password") for match in _HASHED.finditer(text))
    if any(word in text for word in _FASHION_WORDS):
        found = (match for match in _FASHIONED.finditer(text) if _MIXED.search(re.split("[_-]", match.group())[-1]))
        yield from ((*match.span(), "token") for match in found)


def is_mixed(value: str) -> bool:
    """True when a value holds upper case, lower case and a digit."""
    return value != value.lower() and value != value.upper() and any(map(str.isdigit, value[2:]))
