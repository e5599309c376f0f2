"""A shape as tokens: words, single signs, VARIABLE; each keeps the blank before it, so that a template reads as the line did."""

import re
from collections.abc import Iterable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from lib.core.templates.collapsing import VARIABLE

Tokens = tuple[str, ...]

VALUES = 5
"""So many different words in one place, all else equal, are values. Fewer may be statements that differ in one word."""

MOST = 120
"""Tokens that are compared; the rest of a longer shape is one variable part: a dump, not the statement's own words."""

PERIOD = 8
"""Longest list item, in tokens, that is seen to repeat."""

SEPARATORS = frozenset(",;|/&:+-")

_VARIABLES = frozenset((VARIABLE, " " + VARIABLE))
_TOKEN = re.compile(r" ?(?:[^\W\d][\w$#]*(?:[.-]+[\w$#]+)*\x1a?|\d+|[^\s\w]|\w+)| ")


def tokens_of(shape: str) -> Tokens:
    """Return the shape's tokens, repeated list items once."""
    return squeezed(_TOKEN.findall(shape))


BLOCK = 10_000
"""Shapes that are cut into tokens at once: what is not kept of them need not wait for all."""


def tokens_of_all(shapes: Iterable[str]) -> dict[str, Tokens]:
    """Return the tokens of each shape; only those where one look over all shapes saw a repeat are walked one by one."""
    names = sorted(shapes)
    once: dict[str, str] = {}  # each token is kept once, however many shapes hold it
    found: dict[str, Tokens] = {}
    for start in range(0, len(names), BLOCK):
        block = names[start : start + BLOCK]
        rows = [[once.setdefault(token, token) for token in _TOKEN.findall(name)] for name in block]
        repeating = _may_repeat(rows)
        found.update((n, squeezed(row) if repeats else _cut(row)) for n, row, repeats in zip(block, rows, repeating, strict=True))
    return found


def _may_repeat(rows: list[list[str]]) -> list[bool]:
    """Tell of each row whether its last tokens somewhere repeat those before them, with or without a separator between."""
    names = list({token for row in rows for token in row})
    bare = {name: at for at, name in enumerate(dict.fromkeys(name.lstrip(" ") for name in names))}
    numbers = {name: bare[name.lstrip(" ")] for name in names}
    token = np.array([numbers[token] for row in rows for token in row], np.int64)
    separator = np.isin(token, [bare[sign] for sign in SEPARATORS if sign in bare])
    owner = np.repeat(np.arange(len(rows)), [len(row) for row in rows])
    found = np.zeros(len(rows), bool)
    for distance in range(1, min(PERIOD + 1, len(token) - 1) + 1):
        equal = (token[distance:] == token[:-distance]) & (owner[distance:] == owner[:-distance])
        found[owner[distance:][_runs(equal, distance)]] = True
        if distance > 1:
            found[owner[distance:][_runs(equal, distance - 1) & separator[1 : len(equal) + 1]]] = True
    return list(found)


def _runs(equal: NDArray[np.bool_], length: int) -> NDArray[np.bool_]:
    """Tell of each place whether `length` places up to it are all true."""
    total = np.cumsum(equal, dtype=np.int64)
    before = np.concatenate((np.zeros(length, np.int64), total))[: len(total)]
    found: NDArray[np.bool_] = np.greater_equal(total - before, length)
    return found


def joined(tokens: Tokens) -> str:
    """Return the text that the tokens came from."""
    return "".join(tokens)


def is_variable(token: str) -> bool:
    """Tell whether the token is nothing but a variable part."""
    return token in _VARIABLES


@lru_cache(maxsize=1 << 16)
def is_word(token: str) -> bool:
    """Tell whether the token is a word: made of letters, not a sign, a code or a variable part."""
    first = token[1:2] if token[0] == " " else token[0]
    return first.isalpha() or first == "_"


def is_code(token: str) -> bool:
    """Tell whether the token is a number that was kept for its meaning: every other digit is masked."""
    return token.strip(" ").isdecimal()


def count_words(tokens: Tokens) -> int:
    """Return how many words of two letters or more there are: what makes two texts comparable."""
    return sum(1 for token in tokens if is_word(token) and len(token.strip(" ")) > 1)


def squeezed(tokens: Iterable[str]) -> Tokens:
    """Return the tokens with a list of like items (each holds a variable part) shortened to one item."""
    out = list(tokens)
    if sum(VARIABLE in token for token in out) > 1:
        out = _without_repeats(out)
    return _cut(out)


def _cut(out: list[str]) -> Tokens:
    return tuple(out) if len(out) <= MOST else (*out[:MOST], VARIABLE)


def _without_repeats(tokens: list[str]) -> list[str]:
    """Drop each item, with its separator, that repeats the one before it, blanks aside."""
    out: list[str] = []
    bare: list[str] = []
    seen: dict[str, int] = {}  # where each token stood last: most tokens were not seen nearby, and are done with
    for token in tokens:
        last = token.lstrip(" ")
        before = seen.get(last, -1 - PERIOD)
        seen[last] = len(bare)
        out.append(token)
        bare.append(last)
        if len(bare) - before <= PERIOD + 2 and (size := _size_of_repeat(bare)):
            del out[-size:], bare[-size:]
            seen = {kept: at for at, kept in enumerate(bare[-2 * PERIOD :], max(0, len(bare) - 2 * PERIOD))}
    return out


def _size_of_repeat(bare: list[str]) -> int:
    """Return how many last tokens repeat those before them, a separator between them counted; 0 when they do not."""
    last = bare[-1]
    for distance in range(1, min(PERIOD + 1, len(bare) - 1) + 1):
        if bare[-1 - distance] != last:
            continue
        if _repeats(bare, distance, distance):
            return distance
        period = distance - 1
        if period and bare[-distance] in SEPARATORS and _repeats(bare, period, distance):
            return distance
    return 0


def _repeats(bare: list[str], period: int, distance: int) -> bool:
    """Tell whether the last `period` tokens, a variable part among them, also stand `distance` before."""
    return bare[-period:] == bare[-period - distance : -distance] and any(VARIABLE in token for token in bare[-period:])
