"""Places where a word varies while all the rest of the text is equal."""

from collections.abc import Collection, Iterable, Iterator
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from lib.core.templates.collapsing import VARIABLE
from lib.core.templates.tokens import VALUES, Tokens, is_code, is_variable, is_word, squeezed

VALUES_FIRST = 12
"""The same for a short text's first word: "mounted volume", "opened volume" start like this."""

VALUES_POOR = 10
"""The same where fewer than WORDS other words hold the place."""

VALUES_KNOWN = 2
"""The same where VARIABLE is one of them, and WORDS other words hold the place: a mask has told that it is a value."""

VALUES_LETTERS = 2
"""The same where, behind a word, all are single capitals: "door locker A" and "B" are told apart like 1 and 2."""

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
    places = _free_places(shapes) if len(shapes) > 1 else {}
    return {tokens: free for tokens, at in places.items() if (free := freed(tokens, at)) != tokens}


def freed(tokens: Tokens, at: list[int]) -> Tokens:
    """Return the tokens with VARIABLE at the places."""
    out = list(tokens)
    for place in at:
        out[place] = " " + VARIABLE if out[place][0] == " " else VARIABLE
    return squeezed(out)


def _free_places(rows: Collection[Tokens]) -> dict[Tokens, list[int]]:
    """Return the places to free of each shape that has some."""
    names = {token: number for number, token in enumerate({token for row in rows for token in row})}
    known = _Vocabulary(names)
    out: dict[Tokens, list[int]] = {}
    for block in _blocks(rows):
        _free_in(block, known, out)
    return out


BLOCK = 1 << 20
"""Tokens that are compared at once: only texts with as many tokens can differ in one, so memory need not grow with all."""


def _blocks(rows: Iterable[Tokens]) -> Iterator[list[Tokens]]:
    """Yield the rows, those with as many tokens together."""
    block: list[Tokens] = []
    size = 0
    for row in sorted(rows, key=len):
        if size >= BLOCK and len(row) != len(block[-1]):
            yield block
            block, size = [], 0
        block.append(row)
        size += len(row)
    yield block


class _Vocabulary:
    """What is known of each token, by its number."""

    def __init__(self, names: dict[str, int]) -> None:
        self.numbers = names
        digests = b"".join(blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest() for name in names)
        self.digest = np.frombuffer(digests, "<u8").astype(np.uint64)
        tests = (is_word, is_variable, is_code, _is_long, _is_letter)
        flags = (np.fromiter(map(test, names), bool, len(names)) for test in tests)
        self.word, self.variable, self.code, long, self.letter = flags
        self.holds = self.word & long


def _free_in(rows: list[Tokens], known: _Vocabulary, out: dict[Tokens, list[int]]) -> None:
    """Add the places to free of a block: one hash a (shape, place) of all other tokens, then one sort."""
    lengths = np.fromiter(map(len, rows), np.int64, len(rows))
    token = np.fromiter((known.numbers[t] for row in rows for t in row), np.int32, int(lengths.sum()))
    starts = np.cumsum(lengths) - lengths
    rest = np.add.reduceat(known.holds[token], starts, dtype=np.int32)
    at, group = _shared(_contexts(known.digest[token], starts, lengths))
    if not len(at):
        return
    row = np.searchsorted(starts, at, side="right") - 1
    place = at - starts[row]
    behind_word = (place > 0) & known.holds[token[at - 1]]
    token = token[at]
    kinds, has_variable, lettered = _kinds(group, token, known)
    others = rest[row] - known.holds[token]
    word, code, held = known.word[token], known.code[token], others >= WORDS
    need = np.where(~held, VALUES_POOR, np.where((place == 0) & (others < 4), VALUES_FIRST, VALUES))
    need = np.where(lettered & behind_word, VALUES_LETTERS, need)
    need = np.where(code, CODES, need)
    need = np.where(has_variable & held, np.minimum(need, VALUES_KNOWN), need)
    free = (word | code) & (others >= 1) & (kinds >= need)
    for index in np.flatnonzero(free):
        out.setdefault(rows[row[index]], []).append(int(place[index]))


def _is_long(token: str) -> bool:
    return len(token.strip(" ")) > 1


def _is_letter(token: str) -> bool:
    bare = token.strip(" ")
    return len(bare) == 1 and bare.isupper()


def _contexts(value: _Numbers, starts: _Places, lengths: _Places) -> _Numbers:
    """Return for each place a hash of the text without it: equal where all other tokens are equal."""
    powers: _Numbers = np.cumprod(np.full(int(lengths.max()) + 1, _STEP, np.uint64), dtype=np.uint64)
    context: _Numbers = powers[np.arange(len(value)) - np.repeat(starts, lengths)]
    value *= context
    context *= np.uint64(0xD1342543DE82EF95)
    context -= value
    context += np.repeat(np.add.reduceat(value, starts) + powers[lengths], lengths)
    return context


def _shared(context: _Numbers) -> tuple[_Places, _Places]:
    """Return the places whose context was seen twice or more, and the number of each one's context; few are, in most logs."""
    ordered = np.sort(context)
    twice = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    if not len(twice):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    group = np.searchsorted(twice, context)
    group[group == len(twice)] = 0
    at = np.flatnonzero(twice[group] == context)
    return at, group[at]


def _kinds(group: _Places, token: NDArray[np.int32], known: _Vocabulary) -> tuple[_Places, _Flags, _Flags]:
    """Return for each place how many different tokens its context was seen with, whether VARIABLE was one, all were letters."""
    order = np.lexsort((token, group))
    order = order[(known.word | known.variable | known.code)[token[order]]]
    new = np.ones(len(order), bool)
    new[1:] = (group[order][1:] != group[order][:-1]) | (token[order][1:] != token[order][:-1])
    size = int(group.max()) + 1
    kinds = np.bincount(group[order][new], minlength=size)
    has_variable = np.bincount(group[known.variable[token]], minlength=size) > 0
    lettered = np.bincount(group[order][~(known.letter | known.variable)[token[order]]], minlength=size) == 0
    return kinds[group].astype(np.int64), has_variable[group], lettered[group]
