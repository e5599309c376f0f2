"""What stands in a cluster's variable parts: the commonest values, how often, and how many different ones."""

import re
from dataclasses import dataclass

import polars as pl

from lib.core.clustering import VARIABLE

MOST_PARTS = 12  # variable parts that are looked into; more do not fit a page
SHOWN = 5  # values shown for each
LONGEST = 120  # characters of a value


@dataclass(frozen=True)
class Value:
    """A value of a variable part, and the entries that hold it."""

    text: str
    count: int


@dataclass(frozen=True)
class Variable:
    """A variable part, counted from 1 in the order of the template; `values` most frequent first."""

    position: int
    distinct: int
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Variables:
    """The variable parts of a cluster; read: entries whose text the template takes apart, of `entries` looked at."""

    parts: tuple[Variable, ...]
    read: int
    entries: int


NO_VARIABLES = Variables((), 0, 0)


def find_values(template: str, messages: pl.DataFrame) -> Variables:
    """Return what stands in the variable parts of a template.

    Shape:   template as the catalog keeps it; messages holds each text once: message, count.
    Source:  questions.count_by(entries, "message"). A text that the template cannot take apart word by word (a stack trace, a
             merged form) is left out and shows in the difference between `entries` and `read`.
    """
    parts = min(template.count(VARIABLE), MOST_PARTS)
    entries = int(messages["count"].sum())
    if not parts or messages.is_empty():
        return Variables((), 0, entries)
    names = [f"part{i}" for i in range(1, parts + 1)]
    groups = messages.select(pl.col("message").str.extract_groups(make_pattern(template)).alias("parts"), "count")
    taken = groups.select(pl.col("parts").struct.rename_fields(names), "count").unnest("parts").drop_nulls(names[0])
    found = tuple(_count_values(taken, name, position) for position, name in enumerate(names, 1))
    return Variables(found, int(taken["count"].sum()), entries)


def make_pattern(template: str) -> str:
    """Return an expression that takes a message apart: constants, white space of any size, a group for each variable part."""
    constants = [r"\s+".join(re.escape(word) for word in piece.split(" ")) for piece in template.split(VARIABLE)]
    groups = ["(.*?)"] * min(len(constants) - 1, MOST_PARTS) + [".*?"] * max(len(constants) - 1 - MOST_PARTS, 0)
    body = "".join(a + b for a, b in zip(constants, [*groups, ""], strict=True))
    return rf"(?s)^\s*{body}\s*$"


def _count_values(taken: pl.DataFrame, name: str, position: int) -> Variable:
    counted = taken.group_by(name).agg(pl.col("count").sum()).sort(["count", name], descending=[True, False])
    values = tuple(Value(text[:LONGEST], count) for text, count in counted.head(SHOWN).iter_rows())
    return Variable(position, len(counted), values)
