"""Texts that are records, "uid=0 tty=ssh user=root": equal but for values, they are one statement."""

import re
from collections import defaultdict
from collections.abc import Iterable

from lib.core.templates.collapsing import VARIABLE

KEYS = 3
"""So many "key=" make a text a record."""

VALUES = 4
"""So many values of one key make all that vary values: equal keys and words say more than a word's place does."""

_VALUE = re.compile(r"=((?:(?![,;)=]|\s+[\w.-]+=).)*)", re.DOTALL)  # up to a sign that ends it, or the next key


def free_values(texts: Iterable[str]) -> dict[str, str]:
    """Return each text with VARIABLE for the values that vary among records with the same keys and words."""
    freed = {text: text for text in texts}
    groups: dict[str, list[str]] = defaultdict(list)
    for text in freed:
        if text.count("=") >= KEYS:
            groups[_VALUE.sub("=", text)].append(text)
    for members in groups.values():
        columns = [set(column) for column in zip(*map(_VALUE.findall, members), strict=True)]
        if max(map(len, columns)) >= VALUES:
            freed.update(dict.fromkeys(members, _merged(members[0], columns)))
    return freed


def _merged(text: str, columns: list[set[str]]) -> str:
    """Return what a group's texts share, VARIABLE where their values differ."""
    values = iter(next(iter(column)) if len(column) == 1 else VARIABLE for column in columns)
    return _VALUE.sub(lambda _: "=" + next(values), text)
