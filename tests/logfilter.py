"""The part of Cloud Logging's filter language that a test server needs: comparisons, log_id(), AND, OR and parentheses.

OR binds more tightly than AND, as Google's documentation says.
"""

import operator
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

TOKEN = re.compile(r'\s*(?:([()])|(AND|OR)\b|(log_id)\("([^"]*)"\)|([A-Za-z][\w.]*)\s*(>=|<=|!=|[<>=:])\s*("[^"]*"|[\w.-]+))')
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge, "<=": operator.le, "<": operator.lt, ">": operator.gt, "=": operator.eq, "!=": operator.ne,
}  # fmt: skip
NAMES = "DEFAULT DEBUG INFO NOTICE WARNING ERROR CRITICAL ALERT EMERGENCY".split()
SEVERITIES = {name: 100 * n for n, name in enumerate(NAMES)}
Row = Any  # has the fields of tests.cloudlogging.Row
Test = Callable[[Row], bool]


class BadFilter(ValueError):
    """A filter that this server does not understand."""


def nanoseconds(text: str) -> int:
    """Return a time's nanoseconds since the epoch; up to nine digits of a second are read."""
    whole, _, fraction = text.removesuffix("Z").partition(".")
    return int(datetime.fromisoformat(whole + "+00:00").timestamp()) * 10**9 + int((fraction or "0").ljust(9, "0"))


def parse(text: str) -> Test:
    """Return a filter as a test of rows. Errors: BadFilter."""
    tokens, at = [], 0
    while text[at:].strip():
        found = TOKEN.match(text, at)
        if not found:
            raise BadFilter(f"Unparseable filter: {text[at : at + 40]}")
        tokens.append(found.groups())
        at = found.end()
    test = _all_of(tokens) if tokens else lambda row: True
    if tokens:
        raise BadFilter("Unparseable filter: something is left over")
    return test


def bounds(text: str) -> tuple[int, int]:
    """Return the nanoseconds from and to which a filter asks, where it says so plainly."""
    low = [nanoseconds(t) for t in re.findall(r'\btimestamp>="([^"]+)"', text)]
    high = [nanoseconds(t) for t in re.findall(r'\btimestamp<"([^"]+)"', text)]
    return max(low, default=0), min(high, default=2**63)


def _all_of(tokens: list[Any]) -> Test:
    tests = [_any_of(tokens)]
    while tokens and tokens[0][0] != ")":
        if tokens[0][1] == "AND":
            tokens.pop(0)
        tests.append(_any_of(tokens))
    return lambda row: all(test(row) for test in tests)


def _any_of(tokens: list[Any]) -> Test:
    tests = [_one(tokens)]
    while tokens and tokens[0][1] == "OR":
        tokens.pop(0)
        tests.append(_one(tokens))
    return lambda row: any(test(row) for test in tests)


def _one(tokens: list[Any]) -> Test:
    sign, word, call, log, name, how, value = tokens.pop(0)
    if sign == "(":
        inner = _all_of(tokens)
        tokens.pop(0)
        return inner
    if call:
        return lambda row: row.log == log
    if not name:
        raise BadFilter(f"Unparseable filter near {word or sign}")
    return _compare(name, how, value.strip('"'))


def _compare(name: str, how: str, value: str) -> Test:
    if name == "timestamp":
        wanted = nanoseconds(value)
        return lambda row: COMPARE[how](row.ns, wanted)
    if name == "receiveTimestamp":
        since = nanoseconds(value)
        return lambda row: COMPARE[how](row.received, since)
    if name == "severity":
        level = SEVERITIES[value]
        return lambda row: COMPARE[how](row.severity, level)
    if name == "httpRequest.status":
        status = int(value)
        return lambda row: bool(row.status) and COMPARE[how](row.status, status)
    if name in ("textPayload", "jsonPayload.message") and how == ":":
        return lambda row: value.lower() in row.text.lower()
    raise BadFilter(f"Field not found: '{name}'")
