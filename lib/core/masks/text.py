"""One text -> the same without secrets and personal data."""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Final

from lib.core.masks import commands, named, personal, providers, spoken
from lib.core.masks.disguise import mask_disguised
from lib.core.masks.rules import Tally, cut

Finder = Callable[[str], Iterator[tuple[int, int, str]]]

FINDERS: Final[dict[str, Finder]] = {
    "blocks": spoken.find_blocks,
    "tokens": providers.find_tokens,
    "urls": spoken.find_in_urls,
    "schemes": spoken.find_schemes,
    "commands": commands.find_in_commands,
    "named": named.find_named,
    "emails": personal.find_emails,
    "addresses": personal.find_addresses,
    "numbers": personal.find_numbers,
}
"""By family, in the order in which they run: a URL's password goes before its end could be taken for an e-mail address."""

FAMILIES: Final = tuple(FINDERS)

_ROUNDS: Final = 6
"""Hiding one value can lay another one bare; each round hides more, and hardly any text needs a third."""


def mask_text(text: str) -> str:
    """Return the text with each secret replaced by its rule's name in square brackets; what surrounds it stays.

    A secret behind escapes, entities or percent signs is shown in plain around its mark. Masking twice is masking once.
    """
    return mask_with(text, FAMILIES, Tally())


_VARIABLE: Final = re.compile(r"[A-Za-z_]\w{0,63}", re.ASCII)


def show_variable(name: str) -> str:
    """Return a variable's name as it may be shown; a secret that stands where a name belongs is not shown."""
    return name if _VARIABLE.fullmatch(name) and mask_text(name) == name else "[not the name of a variable]"


_REMEMBERED: Final = 120
"""Longer texts seldom come back word for word; names of services and modules do in every entry. Characters."""


def mask_with(text: str, families: tuple[str, ...], tally: Tally) -> str:
    """The same with the rules of some families, counting by rule."""
    if len(text) > _REMEMBERED:
        return _mask(text, families, tally)
    masked, counts = _mask_short(text, families)
    if counts:
        tally.counts.update(counts)
    return masked


@lru_cache(maxsize=16_384)
def _mask_short(text: str, families: tuple[str, ...]) -> tuple[str, dict[str, int]]:
    tally = Tally()
    return _mask(text, families, tally), dict(tally.counts)


def _mask(text: str, families: tuple[str, ...], tally: Tally) -> str:
    """Run rounds until nothing is found; behind the first find every family looks, for what a mark lays bare."""
    for _ in range(_ROUNDS):
        before = text
        text = _mask_once(text, families, tally)
        if text == before:
            break
        families = FAMILIES
    return text


def _mask_once(text: str, families: tuple[str, ...], tally: Tally) -> str:
    def mask(plain: str) -> str:
        for family in families:
            plain = cut(plain, FINDERS[family](plain), tally)
        return plain

    return mask_disguised(mask(text), mask)
