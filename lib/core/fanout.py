"""Places where a word varies while all the rest of the text is equal."""

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from lib.core.collapsing import VARIABLE
from lib.core.tokens import VALUES, Tokens, is_code, is_variable, is_word, squeezed

VALUES_FIRST = 12
"""The same for a short text's first word: "mounted volume", "opened volume" start like this."""

VALUES_POOR = 10
"""The same where fewer than WORDS other words hold the place."""

VALUES_KNOWN = 2
"""The same where VARIABLE is one of them, and WORDS other words hold the place: a mask has told that it is a value."""

CODES = 16
"""The same for a number kept for its meaning: a statement knows a few statuses, not dozens."""

WORDS = 3
"""Words around a place that make it comparable."""

_Numbers = NDArray[np.uint64]
_Places = NDArray[np.int64]
_Flags = NDArray[np.bool_]
_STEP = np.uint64(0x9E3779B97F4A7C15)  # odd, so its powers never vanish modulo 2**64


def find_fanned(shapes: set[Tokens]) -> dict[Tokens, Tokens]:
    """Return, for each shape with such a place, the shape with VARIABLE there."""
    rows = sorted(shapes)
    if len(rows) < 2:
        return {}
    places = _free_places(rows)
    return {tokens: free for tokens, at in places.items() if (free := freed(tokens, at)) != tokens}


def freed(tokens: Tokens, at: list[int]) -> Tokens:
    """Return the tokens with VARIABLE at the places."""
    out = list(tokens)
    for place in at:
        out[place] = " " + VARIABLE if out[place][0] == " " else VARIABLE
    return squeezed(out)


def _free_places(rows: Sequence[Tokens]) -> dict[Tokens, list[int]]:
    """Return the places to free of each shape: one hash a (shape, place) of all other tokens, then one sort."""
    names = {token: number for number, token in enumerate(sorted({token for row in rows for token in row}))}
    lengths = np.fromiter(map(len, rows), np.int64, len(rows))
    token = np.fromiter((names[t] for row in rows for t in row), np.int64, int(lengths.sum()))
    row = np.repeat(np.arange(len(rows)), lengths)
    starts = np.cumsum(lengths) - lengths
    place = np.arange(len(token)) - np.repeat(starts, lengths)
    tests = (is_word, is_variable, is_code, _is_long)
    word, variable, code, long = (np.fromiter(map(test, names), bool, len(names))[token] for test in tests)
    context = _contexts(list(names), token, row, place, starts, lengths)
    kinds, has_variable = _kinds(context, token, variable, word | variable | code)
    rest = np.add.reduceat((word & long).astype(np.int64), starts)[row] - (word & long)
    need = np.where(rest < WORDS, VALUES_POOR, np.where((place == 0) & (rest < 4), VALUES_FIRST, VALUES))
    need = np.where(code, CODES, need)
    need = np.where(has_variable & (rest >= WORDS), np.minimum(need, VALUES_KNOWN), need)
    free = (word | code) & (rest >= 1) & (kinds >= need)
    out: dict[Tokens, list[int]] = {}
    for index in np.flatnonzero(free):
        out.setdefault(rows[row[index]], []).append(int(place[index]))
    return out


def _is_long(token: str) -> bool:
    return len(token.strip(" ")) > 1


def _contexts(names: list[str], token: _Places, row: _Places, place: _Places, starts: _Places, lengths: _Places) -> _Numbers:
    """Return for each place a hash of the text without it: equal where all other tokens are equal."""
    digests = b"".join(blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest() for name in names)
    powers = np.cumprod(np.full(int(lengths.max()) + 1, _STEP, np.uint64))
    value = np.frombuffer(digests, "<u8").astype(np.uint64)[token] * powers[place]
    whole = np.add.reduceat(value, starts)[row]
    context: _Numbers = whole - value + powers[place] * np.uint64(0xD1342543DE82EF95) + powers[lengths[row]]
    return context


def _kinds(context: _Numbers, token: _Places, variable: _Flags, counted: _Flags) -> tuple[_Places, _Flags]:
    """Return for each place how many different tokens its context was seen with, and whether VARIABLE was one of them."""
    _, group = np.unique(context, return_inverse=True)
    order = np.lexsort((token, group))
    order = order[counted[order]]
    new = np.ones(len(order), bool)
    new[1:] = (group[order][1:] != group[order][:-1]) | (token[order][1:] != token[order][:-1])
    size = int(group.max()) + 1
    kinds = np.bincount(group[order][new], minlength=size)
    has_variable = np.bincount(group[order][variable[order]], minlength=size) > 0
    return kinds[group].astype(np.int64), has_variable[group]
