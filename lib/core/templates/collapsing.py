"""Message -> collapsed text: numbers become "0", so that a million lines become a few hundred texts.

Everything here is RE2 syntax without look-around, so DuckDB, ClickHouse, BigQuery and Rust (polars) read the same rules.
"""

from typing import Final

import polars as pl

VARIABLE: Final = "\x1a"
"""Stands for a variable part in shapes and templates (ASCII "substitute": no log writes it, no `strip` removes it)."""

CODE_MARK: Final = "\x10"
"""Stands between a collapsed text and the meaningful number that was taken from it."""

TRACE_MARK: Final = "\x11"
"""Stands between what an exception says and where it was raised; a text that holds it is a stack trace's key."""

_COLLAPSED: Final = (
    ("uuid", r"\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b"),
    ("IPv6 or hardware address: five groups or more", r"\b[0-9a-fA-F]{1,4}(?:::?[0-9a-fA-F]{1,4}){4,}\b"),
    ("hex after 0x", r"\b0[xX][0-9a-fA-F]+\b"),
    ("hex of seven digits or more, as a short commit id: hardly an English word is that long", r"\b[0-9a-fA-F]{7,}\b"),
    ("short hex, told from words and from ee0 by a letter behind a digit", r"\b[a-fA-F]*[0-9]+[a-fA-F][0-9a-fA-F]*\b"),
    ("every other digit", r"[0-9]+"),
)

COLLAPSE: Final = "|".join(pattern for _, pattern in _COLLAPSED)
"""What becomes "0": SQL regexp_replace(message, COLLAPSE, '0', 'g')."""

# A number in one of these places says what happened; in any other place it says how much, where or which.
# A status is left alone behind a double quote: in an access line it is one field of many, and the line one statement.
_SIGNATURES: Final = (
    ("how a process ended: exit(0) is a stop, exit(3) a failure", r"\b[Ee]xit\("),
    ("the same in words", r"\b[Ee]xit(?:ed)?(?: with)?(?:[ _-]?(?:code|status|value))?[ :=]+"),
    ("which signal ended it: 9 is a kill, 15 a polite stop", r"\b(?:[Ss]ignal|SIGNAL)[ :=#]+"),
    (
        "what the other side answered: 404, 429 and 503 need different people",
        r"^[^\"]*\b(?:[Hh]ttp|HTTP)(?:[ _-]?(?:[Ss]tatus|[Cc]ode|[Ee]rror|[Rr]esponse))*[ =]+",
    ),
    ("the same, by the word status", r"^[^\"]*\b(?:[Ss]tatus|STATUS)(?:[ _-]?[Cc]ode)?[ :=]+"),
    ("IPv4 and IPv6 are two protocols", r"\bIP[vV]"),
)

_CONTEXT: Final = "(?:" + "|".join(pattern for _, pattern in _SIGNATURES) + ")"

CODES: Final = _CONTEXT + r"([0-9]{1,3})\b"
"""Its one group is the first meaningful number of a message: SQL regexp_extract(message, CODES, 1), '' when there is none."""

CODES_COLLAPSED: Final = "(" + _CONTEXT + ")0"
"""Finds the same place again in a collapsed text; the group is what stands before the number."""


def rust(pattern: str) -> str:
    """The same pattern for polars: its word boundary would be Unicode's, RE2's is ASCII's (and several times faster)."""
    return pattern.replace(r"\b", r"(?-u:\b)")


def collapse_sql(column: str) -> str:
    """Return a DuckDB expression for the collapsed text of a column (or expression) of messages; NULL stays NULL."""
    text = f"regexp_replace({column}, {_quote(COLLAPSE)}, '0', 'g')"
    code = f"regexp_extract({column}, {_quote(CODES)}, 1)"
    return f"{text} || CASE WHEN {code} = '' THEN '' ELSE chr({ord(CODE_MARK)}) || {code} END"


def collapse(messages: pl.Series) -> pl.Series:
    """Return the collapsed texts, equal to `collapse_sql` on the same messages."""
    texts = each_part(messages.alias("text"), pl.col("text").str.replace_all(rust(COLLAPSE), "0"))
    places = texts.unique().drop_nulls()
    places = places.filter(places.str.contains(rust(CODES_COLLAPSED)))
    if len(places):  # few messages hold a code: only they are read again
        coded = texts.is_in(places.implode()).fill_null(False)
        codes = messages.filter(coded).str.extract(rust(CODES), 1)
        marked = pl.select(texts.filter(coded) + (pl.lit(CODE_MARK) + codes).fill_null("")).to_series()
        texts = texts.clone().scatter(coded.arg_true(), marked)
    return texts.alias(messages.name)


PARTS: Final = 4
"""Parts that a long column is worked on in, side by side: polars keeps one column's text rules on one core."""

LONG: Final = 20_000
"""Rows from which parts pay."""


def each_part(column: pl.Series, expression: pl.Expr) -> pl.Series:
    """Return the expression over the column, worked out in parts that run side by side."""
    frame = column.to_frame()
    if len(frame) < LONG:
        return frame.select(expression).to_series()
    size = -(-len(frame) // PARTS)
    parts = [frame.slice(start, size).lazy().select(expression) for start in range(0, len(frame), size)]
    return pl.concat(pl.collect_all(parts)).to_series()


def _quote(pattern: str) -> str:
    return "'" + pattern.replace("'", "''") + "'"
