"""Lines of an export -> masked ENTRIES, columnar: DuckDB decodes, polars masks; only what looks wrong is seen one by one."""

from collections import Counter
from functools import lru_cache
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa

from lib.adapters import duck
from lib.core import faults, fields, masks, normalize, stacktraces
from lib.core.frames import ENTRIES
from lib.core.repeats import REMEMBERED, find_told
from lib.ports import Chunk, Decoded, Fault

KEPT_CHARACTERS = 4_000  # of a line that could not be read, for the reader
Damaged = list[tuple[int, str, str]]  # number, reason, text


def take_sql(paths: dict[str, str]) -> str:
    """Return SQL that takes fields out of `lines(line)` in one pass; `valid` tells whether a line is JSON at all."""
    listed = ", ".join(f"'{path}'" for path in paths.values())
    columns = ", ".join(f"x[{i}] AS {name}" for i, name in enumerate(paths, 1))
    return f"SELECT x IS NOT NULL AS valid, {columns} FROM (SELECT TRY(json_extract_string(line, [{listed}])) AS x FROM lines)"


TAKE = take_sql(fields.FIELDS)
COMPACT = "SELECT coalesce(TRY(json(line))::VARCHAR, line) AS line FROM lines"
GET_TYPES = "SELECT json_type(line, [{}]) AS types FROM lines".format(", ".join(f"'{path}'" for path in fields.TYPES))


class DuckDecoder:
    """Decodes chunks; safe to call from several threads at once."""

    def __init__(self, spill: Path | None = None) -> None:
        self.connection = duck.connect(spill)
        self.known = pl.DataFrame(schema={"hash": pl.UInt64, "remarkable": pl.Boolean})  # texts that were looked at

    def decode(self, chunk: Chunk) -> Decoded:
        """Return the chunk's entries, masked, and what could not become one.

        Shape:  Decoded.entries holds ENTRIES; read = entries + faults. Nothing unmasked leaves this function.
        """
        with self.connection.cursor() as cursor:
            lines, damaged = read_text(chunk.lines)
            lines = compact(cursor, lines)
            remarkable = self.find_remarkable(lines["line"])
            rows, invalid, counts = take_masked(cursor, lines, remarkable)
            wrong = find_wrong(lines[remarkable], [n for n, _, _ in invalid])
            unfit = [n for n, _, _ in [*invalid, *wrong]]
            rows = judge_types(cursor, rows.filter(~pl.col("number").is_in(unfit)) if unfit else rows)
        too_large = [(len(chunk.lines) + i, faults.TOO_LARGE, text(raw)) for i, raw in enumerate(chunk.oversized)]
        damaged += [*invalid, *wrong, *too_large]
        entries, refused = split_refused(normalize.normalize(rows))
        hidden, more = mask_damaged(damaged)
        read = len(chunk.lines) + len(chunk.oversized)
        found = tuple(sorted([*refused, *hidden], key=lambda f: f.number))
        return Decoded(read, key_traces(entries), found, dict(Counter(counts) + Counter(more)))

    def find_remarkable(self, lines: pl.Series) -> pl.Series:
        """Return the positions of the lines that need a look of their own; of lines that say the same, one is looked at."""
        told = find_told(lines)
        if told is None:
            return pl.int_range(len(lines), eager=True)
        known = self.known  # read once: another thread may put another one in its place
        new = told.texts.join(known, on="hash", how="anti", maintain_order="left")
        if len(new):
            looked_at = new.select("hash", remarkable=are_remarkable(lines.gather(new["first"])))
            known = pl.concat([known, looked_at]).unique("hash", keep="first").tail(REMEMBERED)
            self.known = known
        remarkable = known.filter("remarkable")["hash"]
        return told.hashes.is_in(remarkable.implode()).arg_true()


def are_remarkable(lines: pl.Series) -> pl.Series:
    """Tell which lines hold something to mask, or something that cannot be stored."""
    changed = masks.mask_lines(lines)[0] != lines
    suspects = faults.look_wrong(lines).arg_true()
    wrong = [i for i, line in zip(suspects, lines.gather(suspects), strict=True) if faults.find_fault(line)]
    return changed.scatter(wrong, True)


def text(raw: bytes) -> str:
    """Return bytes as text, whatever they are."""
    return raw.decode("utf-8", "replace")


def as_utf8(raw: bytes) -> str | None:
    """Return bytes as text, None when they are not UTF-8."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return None


def read_text(lines: pa.LargeBinaryArray) -> tuple[pl.DataFrame, Damaged]:
    """Return the lines that are text, as `number` and `line`, and those that are not."""
    raw = pl.Series("raw", pl.from_arrow(lines), pl.Binary)
    try:
        texts = raw.cast(pl.String)
    except pl.exceptions.ComputeError:  # some line is no UTF-8; polars does not say which
        texts = pl.Series([as_utf8(line) for line in raw], dtype=pl.String)
    frame = pl.DataFrame({"number": pl.int_range(len(raw), eager=True), "line": texts})
    damaged = [(i, faults.INVALID_UTF8, text(raw[i])) for i in frame.filter(pl.col("line").is_null())["number"]]
    return (frame.drop_nulls("line") if damaged else frame), damaged


def compact(cursor: duckdb.DuckDBPyConnection, lines: pl.DataFrame) -> pl.DataFrame:
    """Return the lines without the indentation that a pretty printer gave them; it begins a line with "{ "."""
    if not lines["line"].str.starts_with("{ ").any():
        return lines
    return lines.with_columns(ask(cursor, COMPACT, lines["line"])["line"])


def ask(cursor: duckdb.DuckDBPyConnection, sql: str, lines: pl.Series) -> pl.DataFrame:
    """Return the rows of a statement over the table `lines(line)`, in the order of the lines."""
    cursor.register("lines", pa.table({"line": lines.to_arrow(compat_level=pl.CompatLevel.newest())}))
    return pl.DataFrame(cursor.sql(sql).to_arrow_table())


def take_masked(
    cursor: duckdb.DuckDBPyConnection, lines: pl.DataFrame, remarkable: pl.Series
) -> tuple[pl.DataFrame, Damaged, dict[str, int]]:
    """Return the fields of fields.FIELDS taken out of the masked lines, the lines that are no JSON object, and masked counts.

    Most lines hold nothing to mask: they are decoded as they are, and only those that were changed are decoded again.
    """
    looked_at, counts = masks.mask_lines(lines["line"].gather(remarkable))
    masked = lines["line"].clone().scatter(remarkable, looked_at) if counts else lines["line"]
    taken = ask(cursor, TAKE, lines["line"]).with_columns(lines["number"], payload=masked)
    changed = masked != lines["line"]
    if changed.any():
        again = ask(cursor, TAKE, masked.filter(changed)).with_columns(
            lines["number"].filter(changed), payload=masked.filter(changed)
        )
        taken = pl.concat([taken.filter(~changed), again]).sort("number")
    nameless = pl.all_horizontal(pl.col("timestamp", "insert_id", "log_name").is_null())
    suspects = taken.filter(~pl.col("valid") | nameless)["number"]
    bad = lines.filter(pl.col("number").is_in(suspects.implode()))
    invalid = [(n, reason, line) for n, line in bad.iter_rows() if (reason := faults.name_damage(line))]
    return taken, invalid, counts


def find_wrong(lines: pl.DataFrame, invalid: list[int]) -> Damaged:
    """Return the lines that a decoder takes and that still cannot be stored faithfully, beside those already found invalid."""
    suspects = lines.filter(faults.look_wrong(lines["line"]) & ~lines["number"].is_in(invalid))
    return [(n, reason, line) for n, line in suspects.iter_rows() if (reason := faults.find_fault(line))]


def judge_types(cursor: duckdb.DuckDBPyConnection, rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with `mistyped`, looked up only where a text looks like another type or an object told nothing."""
    looked = rows.select(fields.looks_mistyped()).to_series()
    mistyped = pl.repeat(False, len(rows), eager=True)
    if looked.any():
        types = ask(cursor, GET_TYPES, rows["payload"].filter(looked))
        mistyped = mistyped.scatter(looked.arg_true(), types.select(fields.is_mistyped(pl.col("types"))).to_series())
    return rows.with_columns(mistyped=mistyped)


def split_refused(rows: pl.DataFrame) -> tuple[pl.DataFrame, list[Fault]]:
    """Return the rows that are entries, and the others as faults; their payload was masked before."""
    refused = rows.filter(pl.col("reason").is_not_null()).select(
        "number", "reason", pl.col("payload").str.slice(0, KEPT_CHARACTERS)
    )
    return rows.filter(pl.col("reason").is_null()), [Fault(*row) for row in refused.iter_rows()]


def mask_damaged(damaged: Damaged) -> tuple[list[Fault], dict[str, int]]:
    """Return damaged lines as faults, masked as plain text and cut, and masked counts of those that were not counted as lines."""
    uncounted = [d for d in damaged if d[1] in (faults.INVALID_UTF8, faults.TOO_LARGE)]
    counted = [d for d in damaged if d[1] not in (faults.INVALID_UTF8, faults.TOO_LARGE)]
    first, counts = mask_group(uncounted)
    return first + mask_group(counted)[0], counts


def mask_group(damaged: Damaged) -> tuple[list[Fault], dict[str, int]]:
    """Return damaged lines as faults, masked as plain text and cut, and masked counts."""
    if not damaged:
        return [], {}
    texts, counts = masks.mask_texts(pl.Series("text", [line for _, _, line in damaged], pl.String))
    kept = texts.str.slice(0, KEPT_CHARACTERS).to_list()
    return [Fault(number, reason, line) for (number, reason, _), line in zip(damaged, kept, strict=True)], counts


parse_trace = lru_cache(maxsize=1_024)(stacktraces.parse_trace)  # the same few traces come again in every chunk


def key_traces(rows: pl.DataFrame) -> pa.Table:
    """Return ENTRIES in which a stack trace carries its exception, its location and its key instead of its collapsed text."""
    messages = rows.filter(pl.col("is_trace"))["message"].unique()
    parsed = [(m, t.exception, t.location, t.key) for m in messages if (t := parse_trace(m))]
    schema = {"message": pl.String, "trace_exception": pl.String, "trace_location": pl.String, "trace_key": pl.String}
    keyed = rows.join(pl.DataFrame(parsed, schema, orient="row"), on="message", how="left", maintain_order="left").with_columns(
        exception=pl.col("trace_exception").fill_null(""),
        location=pl.when(pl.col("trace_location").fill_null("") != "").then("trace_location").otherwise("location"),
        collapsed=pl.coalesce("trace_key", "collapsed"),
        day=pl.col("ts").dt.date(),
    )
    return keyed.select(ENTRIES.names).to_arrow().cast(ENTRIES)
