"""Patterns that people write: plain text with <*> for anything, or /a regular expression/, looked for in collapsed texts."""

import re
from typing import Final

import polars as pl

from lib.core.templates.collapsing import CODE_MARK, CODES_COLLAPSED, TRACE_MARK, collapse
from lib.errors import BadQuery

ANYTHING: Final = "<*>"
LONGEST: Final = 1_000  # characters of a pattern; a longer one is a whole entry, pasted by mistake
HINT: Final = "Plain text is looked for as it stands, <*> stands for anything; between slashes it is a regular expression: /a|b/."
SYNTAX: Final = "Rust's syntax holds: look-around, back references and very large repetitions are not known here."
_FAULT: Final = re.compile("^error: (.+)$", re.MULTILINE)  # how Rust says what is wrong with an expression
_CODE_PLACE: Final = re.compile(CODES_COLLAPSED, re.ASCII)


def match_texts(collapsed: pl.Series, pattern: str) -> pl.Series:
    """Return for each collapsed text whether a pattern is found in it. Errors: BadQuery for a pattern that says nothing.

    Numbers are "0" in these texts, apart from those that carry meaning (exit codes, HTTP status): plain text is read likewise,
    so that a pasted line finds its own cluster; in a regular expression \\d+ stands for a number.
    """
    return match_readable(readable(collapsed), pattern)


def match_readable(texts: pl.Series, pattern: str) -> pl.Series:
    """Return the same of texts that `readable` made already: for many patterns over the same texts. Errors: BadQuery."""
    return texts.str.contains(compile_pattern(pattern)).fill_null(False).alias("matches")


def compile_pattern(pattern: str) -> str:
    """Return the expression, in Rust's linear-time syntax, that a pattern means. Errors: BadQuery."""
    text = pattern.strip()
    if not text.replace(ANYTHING, "").strip() or text == "//":
        raise BadQuery("The pattern is empty: it would take everything.", hint=HINT)
    if len(text) > LONGEST:
        raise BadQuery(f"The pattern has {len(text):,} characters; {LONGEST:,} is the most.", hint=HINT)
    if len(text) > 2 and text.startswith("/") and text.endswith("/"):
        return _checked(text[1:-1])
    read = str(readable(collapse(pl.Series("text", [text], pl.String)))[0])
    if not read.replace(ANYTHING, "").strip():  # our own marks are no text
        raise BadQuery("The pattern is empty: it would take everything.", hint=HINT)
    return "(?is)" + ".*?".join(r"\s+".join(map(re.escape, piece.split(" "))) for piece in read.split(ANYTHING))


def _checked(expression: str) -> str:
    try:
        takes_nothing = pl.Series([""], dtype=pl.String).str.contains(expression)[0]
    except pl.exceptions.PolarsError as e:
        told = _FAULT.search(str(e))
        raise BadQuery(f"The pattern is no regular expression: {told[1] if told else 'it is too large'}.", hint=SYNTAX) from e
    if takes_nothing:
        raise BadQuery("The pattern takes even an empty text: it would take everything.", hint=HINT)
    return expression


def readable(collapsed: pl.Series) -> pl.Series:
    """Return collapsed texts as people read them: meaningful numbers in their place, a trace's place behind "at"."""
    marked = collapsed.str.contains(CODE_MARK, literal=True).fill_null(False)
    if marked.any():
        put = [_put_code_back(text) for text in collapsed.filter(marked)]
        collapsed = collapsed.clone().scatter(marked.arg_true(), put)
    return collapsed.str.replace(TRACE_MARK, " at ", literal=True)


def _put_code_back(text: str) -> str:
    body, _, code = text.rpartition(CODE_MARK)
    found = _CODE_PLACE.search(body)
    return body[: found.end(1)] + code + body[found.end() :] if found else body
