"""Collapsed text -> shape: what is surely variable (times, paths, addresses, numbers with their units) becomes VARIABLE.

The rules run in order on distinct collapsed texts, where every number already is "0". Each is typed: it knows what it
looks for, so it holds for any system. What only comparison can tell (names, words) is left to `merging`.
"""

import re
from typing import Final

import polars as pl

from lib.core.templates.collapsing import CODE_MARK, CODES_COLLAPSED, TRACE_MARK, VARIABLE, each_part, rust

LONGEST: Final = 2_000
"""Characters of a text that decide its shape: two statements that agree so far are one, and 100 kB lines stay cheap."""

_DIGITS: Final = [str(digit) for digit in range(10)]
_KEPT: Final = [chr(0xE000 + digit) for digit in range(10)]  # digits of codes while the masks run: no mask knows them
_TO_KEPT: Final = str.maketrans(dict(zip(_DIGITS, _KEPT, strict=True)))
_CODE_PLACE: Final = re.compile(CODES_COLLAPSED, re.ASCII)
_SUFFIX: Final = "\ue00f"  # the number of "eth0" while the masks run
_DOTS: Final = "\ue00e"  # a run of dots, which belongs to no token
_DOT: Final = "\ue00d"  # the dot before a constant's name

_MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*"
_DAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*"
_CLOCK = r"0:0(?::0)?(?:[.,]0)?"
_NAME = r"[A-Za-z_][0-9A-Za-z_$-]*"
# A name's surroundings: what may stand before a free-standing name, and what must follow it (never a call's bracket).
_BEFORE = r"(^|[^0-9A-Za-z_.-])"
_AFTER = r"([^0-9A-Za-z_(.$-]|\.?$|\.[^0-9A-Za-z_])"
_PART = r"[0-9A-Za-z_./\\@#*$%&!?^~`-]"  # what a token with a number in it is made of: ASCII, so that text without blanks stays
_END = r"[0-9A-Za-z_/\\@#*$%&^~`]"

# A file's path, from its root or from ~, ., .., a drive; glued signs belong to it, a full stop at the end does not.
_PATH = r"(?:[A-Za-z]:)?(?:~|\.{1,2})?(?:[/\\]+[0-9A-Za-z_.@%+~#$*=!&?:-]*[0-9A-Za-z_@%+~#$*=&-])+[/\\]*"
_TOP_DOMAIN = "(?:com|org|net|edu|gov|io|cn|local|lan|internal|localdomain)"
_CONSTANT = rf"{_BEFORE}{_NAME}(?:\.[0-9A-Za-z_$-]+)+\.([A-Z][A-Z_]+)\b"
_DOTTED = rf"{_BEFORE}{_NAME}(?:\.[0-9A-Za-z_$-]+){{2,}}(?::0)?{_AFTER}"
_NUMBERED = r"(^|[^0-9A-Za-z_.@+$/-])([A-Za-z]+)0([^0-9A-Za-z_@+$/.-]|\.?$|\.[^0-9A-Za-z_])"
_UNIT = "(?:[KMGTP]i?B?|B|bytes|ms|us|ns|secs?|s|%)"

_Rule = tuple[str, str, str]

MASKS: Final[tuple[_Rule, ...]] = (
    ("filler: as many dots as the line has room for", r"\.{2,}", _DOTS),
    ("date in words", rf"(?:\b{_DAY},? +)?\b{_MONTH} +0,?(?: +0)? +{_CLOCK}(?: +[A-Z]{{3,4}}\b)?(?: +0\b)?", "@"),
    ("date in words, day first", rf"(?:\b{_DAY},? +)?\b0[ /-]{_MONTH}[ /-]0[ :]+{_CLOCK}(?: +[+-]?0\b| +[A-Z]{{3,4}}\b)?", "@"),
    ("date and time", r"\b0[-/]0[-/]0[T ,]+0:0:0(?:[.,]0)?(?: ?Z\b| ?[+-]0:?0?)?", "@"),
    ("hex groups", r"\b[0a-fA-F]{1,8}(?:(?:::?|-)[0a-fA-F]{1,8}){3,}\b", "@"),
    ("web address", r"\b[a-zA-Z][0-9A-Za-z_+.-]*://[^\s\"'<>\])},;]*[^\s\"'<>\])},;:.]", "@"),
    ("mail address", r"[0-9A-Za-z_.+-]+@[0-9A-Za-z_-]+(?:\.[0-9A-Za-z_-]+)+", "@"),
    ("path", rf"(^|[^0-9A-Za-z_.:\\/]){_PATH}", "${1}@"),
    ("constant behind its package: its name is the meaning", _CONSTANT, f"${{1}}@{_DOT}${{2}}"),
    ("dotted name of three parts", _DOTTED, "${1}@${2}"),
    ("the next one, which shared its border", _DOTTED, "${1}@${2}"),
    ("host name", rf"{_BEFORE}[A-Za-z][0-9A-Za-z_-]*\.{_TOP_DOMAIN}(?::0)?\b", "${1}@"),
    ("number with its unit", rf"[<>~+-]?\b0(?:[.,:/_-]+0)*\s?{_UNIT}\b", "@"),
    ("user's name", rf"\b(for|by|of|from|[Ii]nvalid|[Ii]llegal|[Uu]nknown) (user )\s*{_NAME}", "${1} ${2}@"),
    ("name and number", _NUMBERED, "${1}${2}@@${3}"),
    ("the next one, which shared its border", _NUMBERED, "${1}${2}@@${3}"),
    ("token with a number in it", rf"{_PART}*[0\x1a](?:(?:{_PART}|\x1a)*(?:{_END}|\x1a))?", "@"),
    ("nothing in brackets is a value too", r"([\s\x1a])\((?:\x1a|\s)*\)", "${1}(@)"),
    ("nothing in a list", r"\[\s*\x1a?\s*\]", "[@]"),
    ("blanks", r"\s+", " "),
)


def find_shapes(collapsed: pl.Series) -> pl.Series:
    """Return one shape a text: VARIABLE for each variable part, a code's digits in their place; a trace's key stays as it is.

    Source: distinct texts made by `collapsing.collapse`; equal texts get equal shapes, whatever else is asked with them.
    """
    masked = pl.col("text")
    for _, pattern, replacement in MASKS:
        masked = masked.str.replace_all(rust(pattern), replacement.replace("@@", _SUFFIX).replace("@", VARIABLE))
    masked = masked.str.strip_chars().str.replace_many([_SUFFIX, _DOTS, _DOT, *_KEPT], [VARIABLE, "..", ".", *_DIGITS])
    shapes = each_part(_put_codes_back(collapsed).alias("text"), masked)
    traced = collapsed.str.contains(TRACE_MARK, literal=True)
    return shapes.zip_with(~traced.fill_null(False), collapsed).alias(collapsed.name)


def _put_codes_back(collapsed: pl.Series) -> pl.Series:
    """Return the texts' beginnings with each code in its place, in digits that no mask knows."""
    marked = collapsed.str.contains(f"{CODE_MARK}[0-9]{{1,3}}$").fill_null(False)
    if marked.any():
        put = [_put_code_back(text) for text in collapsed.filter(marked)]
        collapsed = collapsed.clone().scatter(marked.arg_true(), put)
    return collapsed.str.slice(0, LONGEST)


def _put_code_back(text: str) -> str:
    body, _, code = text.rpartition(CODE_MARK)
    kept = code.translate(_TO_KEPT)
    found = _CODE_PLACE.search(body)
    return body[: found.end(1)] + kept + body[found.end() :] if found else body + kept
