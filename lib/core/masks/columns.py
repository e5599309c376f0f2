"""A column of log entries -> the same without secrets: columnar over everything, Python over the few that hold one.

Three stages, each over what the one before left: cheap literals and shapes (Aho-Corasick, one expression), an expression a family,
Python. The first two may find too much and never too little; what they read is raw JSON, so escapes are undone first.
"""

import json
from collections.abc import Callable
from typing import Any, Final

import polars as pl

from lib.core.masks import disguise, named, personal, providers, spoken
from lib.core.masks.keys import COMMON_STEMS
from lib.core.masks.payload import TooDeep, mask_entry, mask_payload
from lib.core.masks.rules import MARK, Tally
from lib.core.masks.text import FAMILIES, mask_with

HINTS: Final = {
    "blocks": spoken.HINT_BLOCKS,
    "tokens": providers.HINT,
    "urls": spoken.HINT_URLS,
    "schemes": spoken.HINT_SCHEMES,
    "commands": spoken.HINT_COMMANDS,
    "named": named.HINT,
    "emails": personal.HINT_EMAILS,
    "addresses": personal.HINT_ADDRESSES,
    "numbers": personal.HINT_NUMBERS,
}

_IP_FIELD: Final = rf'("(?:remoteIp|serverIp|callerIp)"[ ]?:[ ]?")(?:{personal.PUBLIC_IPV4}|{personal.SURE_IPV6})"'
_IP_MARK: Final = MARK["ip_address"]
_IP_SEEN: Final = ['Ip":', 'Ip" :']

_SEEN_AS_WRITTEN: Final = [
    *providers.LITERALS, "PRIVATE KEY", "Private-Lines", "@", "input_value=", "redential=", "ignature=", "oauth_", " -u", "--user",
]  # fmt: skip
_SEEN_IN_ANY_CASE: Final = [*COMMON_STEMS, "identified", "basic ", "basic%20"]
_SEEN_SHAPES: Final = (providers.SHAPES, personal.HINT_ADDRESSES, personal.HINT_NUMBERS, named.HINT_RARE, spoken.HINT_PARAMETERS, spoken.HINT_TOOLS)


def mask_lines(lines: pl.Series) -> tuple[pl.Series, dict[str, int]]:
    """Return LogEntries, each as JSON text, without secrets, and what was hidden by rule.

    Shape: a String series; comes back in order and as long. An entry without a secret is the same byte for byte, a null stays null;
    what is no JSON, or nested too deep, is masked as text. Never raises on what a line holds.
    """
    return _mask_column(lines, mask_line, fields=True)


def mask_texts(texts: pl.Series) -> tuple[pl.Series, dict[str, int]]:
    """The same for texts that are no entries."""
    return _mask_column(texts, mask_with, fields=False)


def mask_line(line: str, families: tuple[str, ...], tally: Tally) -> str:
    """Return one LogEntry as JSON text without secrets, the very same when it holds none; as text when it is no JSON object."""
    mine = Tally()
    try:
        entry = json.loads(line)
        masked = mask_entry(entry, families, mine) if isinstance(entry, dict) else mask_payload(entry)
        if not mine.counts and isinstance(entry, dict) and not _has_twins(line):
            return line
        dumped = _dump(masked)
    except (ValueError, RecursionError, TooDeep):
        return mask_with(line, families, tally)
    if ("Infinity" in dumped and "Infinity" not in line) or ("NaN" in dumped and "NaN" not in line):
        return mask_with(line, families, tally)  # a number too large for Python
    tally.counts.update(mine.counts)
    return dumped


def _dump(value: object) -> str:
    """Half a surrogate pair cannot be stored as text: it stays an escape."""
    dumped = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    try:
        dumped.encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":"))
    return dumped


def _has_twins(line: str) -> bool:
    """True when an object holds a key twice: Python saw the last one only."""
    twins = False

    def collect(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal twins
        pairs_by_key = dict(pairs)
        twins = twins or len(pairs_by_key) < len(pairs)
        return pairs_by_key

    json.loads(line, object_pairs_hook=collect)
    return twins


def _mask_column(column: pl.Series, mask_one: Callable[[str, tuple[str, ...], Tally], str], *, fields: bool) -> tuple[pl.Series, dict[str, int]]:
    """Run the three stages; only rows that changed are written anew."""
    suspects = _find_suspects(column)
    if not len(suspects):
        return column, {}
    tally = Tally()
    before = column.gather(suspects)
    cleared = _clear_addresses(before, tally) if fields else before
    flags = _find_families(cleared)
    after = _mask_rows(cleared, flags, mask_one, tally)
    rows = suspects.filter((after != before).fill_null(False))
    if not len(rows):
        return column, dict(tally.counts)
    changed = after.filter((after != before).fill_null(False))
    return _write(column, rows, changed), dict(tally.counts)


def _find_suspects(column: pl.Series) -> pl.Series:
    """Stage one: the positions of the rows that could hold anything."""
    text = pl.col("text")
    seen = [
        text.str.contains_any(_SEEN_AS_WRITTEN),
        text.str.contains_any(_SEEN_IN_ANY_CASE, ascii_case_insensitive=True),
        *(text.str.contains(pattern) for pattern in _SEEN_SHAPES),
        text.str.contains(disguise.DISGUISED),
    ]
    frame = column.alias("text").to_frame().select(pl.any_horizontal(seen).fill_null(False).arg_true())
    return frame.to_series()


def _clear_addresses(rows: pl.Series, tally: Tally) -> pl.Series:
    """Every request carries its caller's address: those fields are hidden without Python."""
    seen = rows.str.contains_any(_IP_SEEN)
    if not seen.any():
        return rows
    tally.counts["ip_address"] += int(rows.filter(seen).str.count_matches(_IP_FIELD).sum())
    return rows.str.replace_all(_IP_FIELD, f'${{1}}{_IP_MARK}"')


def _find_families(rows: pl.Series) -> pl.DataFrame:
    """Stage two: a boolean column a family, in the rows' order; a disguised row is read in plain."""
    text = pl.col("text")
    hidden = rows.str.contains(disguise.DISGUISED).fill_null(False)
    if hidden.any():
        plain = rows.filter(hidden).str.replace_all(disguise.COLOURS, "").str.replace_all(disguise.DEEP_ESCAPES, r"\${1}")
        plain = plain.str.replace_many(disguise.PLAIN, leftmost=True)
        rows = _write(rows, hidden.arg_true(), rows.filter(hidden) + " " + plain)
    return rows.alias("text").to_frame().select(text.str.contains(hint).fill_null(False).alias(name) for name, hint in HINTS.items())


def _write(rows: pl.Series, positions: pl.Series, values: pl.Series) -> pl.Series:
    """Return the rows with some replaced."""
    return rows.clone().scatter(positions, values)


def _mask_rows(rows: pl.Series, flags: pl.DataFrame, mask_one: Callable[[str, tuple[str, ...], Tally], str], tally: Tally) -> pl.Series:
    """Stage three: Python over the rows in which a family found something, with that family's rules."""
    hits = flags.select(pl.any_horizontal(pl.all()).arg_true()).to_series()
    if not len(hits):
        return rows
    found = flags[hits].rows()
    masked = [
        mask_one(text, tuple(name for name, flag in zip(FAMILIES, row, strict=True) if flag), tally)
        for text, row in zip(rows.gather(hits).to_list(), found, strict=True)
    ]
    return _write(rows, hits, pl.Series(masked, dtype=pl.String))
