"""What is wrong with a line that cannot become an entry, as one named reason; for the few that looked wrong, one at a time."""

import json
import re

import numpy as np
import polars as pl

DEEPEST = 100  # levels of nesting; protobuf, and so Cloud Logging, takes no more
INVALID_UTF8 = "invalid UTF-8"
TOO_DEEP = "nested too deep"
TOO_LARGE = "larger than 512 KiB"
NUL = "NUL character"
NOT_A_NUMBER = "NaN or infinite number"
TOO_BIG = "number beyond 64 bits"
LONE_SURROGATE = "lone surrogate"
DAMAGED = "damaged JSON"
NO_OBJECT = "not a JSON object"

STRING = re.compile(r'"(?:[^"\\]|\\.)*+"', re.DOTALL)
ESCAPED_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
ESCAPED_SURROGATE = re.compile(r"(?<!\\)(?:\\\\)*\\u[dD][89a-fA-F]")

# A superset of the lines that are JSON to a decoder and yet cannot be stored faithfully, for one linear pass over all lines.
SUSPECT = (
    r"[:,\[]\s*(?:[+-]?(?i:nan|inf(?:inity)?)\s*[,\]}]|-?(?:[0-9]{20}|9[2-9][0-9]{17})|-?[0-9.]+[eE]\+?[0-9]{3})"  # numbers
    r"|\\u0000"
)


def look_wrong(lines: pl.Series) -> pl.Series:
    """Tell which lines need a look by find_fault: never wrongly no."""
    brackets = lines.str.count_matches("{", literal=True) + lines.str.count_matches("[", literal=True)
    return lines.str.contains(SUSPECT) | (brackets > DEEPEST)


class _FaultyNumber(Exception):
    """Carries the reason out of the decoder."""


def find_fault(line: str) -> str | None:
    """Return why a line that is valid JSON cannot become an entry, None when it can."""
    if depth_of(line) > DEEPEST:
        return TOO_DEEP
    if ESCAPED_NUL.search(line):
        return NUL
    try:
        json.loads(line, parse_constant=_refuse_constant, parse_int=_check_int, parse_float=_check_float)
    except _FaultyNumber as e:
        return str(e)
    except ValueError:
        return DAMAGED
    return None


def name_damage(line: str) -> str | None:
    """Return why a line is no JSON object, None when it is one."""
    bare = line.strip().rstrip(",")
    if "\0" in line:
        return NUL
    if not bare.startswith("{"):
        return NO_OBJECT
    if depth_of(line) > DEEPEST:
        return TOO_DEEP
    try:
        value = json.loads(bare)
    except (ValueError, RecursionError):
        return DAMAGED
    if ESCAPED_SURROGATE.search(line) and _has_surrogate(value):
        return LONE_SURROGATE
    return None if bare == line.strip() else DAMAGED


def depth_of(line: str) -> int:
    """Return how deep the brackets outside of strings are nested."""
    marks = np.frombuffer(STRING.sub("", line).encode("utf-8", "replace"), dtype=np.uint8)
    steps = np.isin(marks, (ord("{"), ord("["))).astype(np.int64) - np.isin(marks, (ord("}"), ord("]")))
    return int(np.cumsum(steps).max(initial=0))


def _has_surrogate(value: object) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False


def _refuse_constant(text: str) -> float:
    raise _FaultyNumber(NOT_A_NUMBER)


def _check_int(text: str) -> int:
    if len(text) > 20 or not -(2**63) <= int(text) < 2**63:
        raise _FaultyNumber(TOO_BIG)
    return int(text)


def _check_float(text: str) -> float:
    number = float(text)
    if not np.isfinite(number):
        raise _FaultyNumber(TOO_BIG)
    return number
