"""Texts that are records, "uid=0 tty=ssh user=root": equal but for values, they are one statement."""

import re
from collections import defaultdict
from collections.abc import Iterable

from lib.core.collapsing import VARIABLE

KEYS = 3
"""So many "key=" make a text a record."""

VALUES = 5
"""So many values of one key make each key that varies in the group free; fewer may be kinds."""

_VALUE = re.compile(r"=((?:(?![,;)=]|\s+[\w.-]+=).)*)", re.DOTALL)  # up to a sign that ends it, or the next key


def free_values(texts: Iterable[str]) -> dict[str, str]:
    """Return each text with VARIABLE for the values that vary among records with the same keys and words."""
    freed = {text: text for text in texts}
    groups: dict[str, list[str]] = defaultdict(list)
    for text in freed:
        if text.count("=") >= KEYS:
            groups[_VALUE.sub("=", text)].append(text)
    for members in groups.values():
        if len(members) >= VALUES:
            freed.update(dict.fromkeys(members, _merged(members)) if _is_free(members) else {})
    return freed


def _columns(members: list[str]) -> list[set[str]]:
    return [set(column) for column in zip(*map(_VALUE.findall, members), strict=True)]


def _is_free(members: list[str]) -> bool:
    return max(map(len, _columns(members))) >= VALUES


def _merged(members: list[str]) -> str:
    """Return what the members share, VARIABLE where they differ."""
    values = iter(next(iter(column)) if len(column) == 1 else VARIABLE for column in _columns(members))
    return _VALUE.sub(lambda _: "=" + next(values), members[0])
