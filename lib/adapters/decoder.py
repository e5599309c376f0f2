"""Lines of an export -> masked ENTRIES, columnar: DuckDB decodes, polars masks; only what looks wrong is seen one by one."""

from collections import Counter
from functools import lru_cache
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa

from lib.adapters import duck
from lib.core import faults, fields, masks, normalize
from lib.core.frames import ENTRIES
from lib.core.repeats import OWN, REMEMBERED, Told, find_told
from lib.core.traces import stacktraces
from lib.ports import Chunk, Decoded, Fault

KEPT_CHARACTERS = 4_000  # of a line that could not be read, for the reader
Damaged = list[tuple[int, str, str]]  # number, reason, text


def take_sql(paths: dict[str, str]) -> str:
    """Return SQL that takes fields out of `lines(line)` in one pass; `valid` tells whether a line is JSON at all."""
    listed = ", ".join(f"'{path}'" for path in paths.values())
    columns = ", ".join(f"x[{i}] AS {name}" for i, name in enumerate(paths, 1))
    return f"SELECT x IS NOT NULL AS valid, {columns} FROM (SELECT TRY(json_extract_string(line, [{listed}])) AS x FROM lines)"


TAKE = take_sql(fields.FIELDS)
VALID = "SELECT json_valid(line) AS valid FROM lines"
COMPACT = "SELECT coalesce(TRY(json(line))::VARCHAR, line) AS line FROM lines"
GET_TYPES = "SELECT json_type(line, [{}]) AS types FROM lines".format(", ".join(f"'{path}'" for path in fields.TYPES))


TAKE_OWN = take_sql({name: fields.FIELDS[name] for name in OWN})


class DuckDecoder:
    """Decodes chunks; safe to call from several threads at once.

    known: what was found out about texts that lines say again and again: hash, remarkable, and for those that are not what
    core.normalize makes of them, all but the fields of repeats.OWN.
    """

    def __init__(self, spill: Path | None = None) -> None:
        self.connection = duck.connect(spill)
        self.known = pl.DataFrame(schema={"hash": pl.UInt64, "remarkable": pl.Boolean})

    def decode(self, chunk: Chunk) -> Decoded:
        """Return the chunk's entries, masked, and what could not become one.

        Shape:  Decoded.entries holds ENTRIES; read = entries + faults. Nothing unmasked leaves this function.
        """
        with self.connection.cursor() as cursor:
            lines, damaged = read_text(chunk.lines)
            rows, faulty, counts = self.decode_lines(cursor, compact(cursor, lines))
        damaged += [*faulty, *((len(chunk.lines) + i, faults.TOO_LARGE, text(raw)) for i, raw in enumerate(chunk.oversized))]
        entries, refused = split_refused(rows)
        hidden, more = mask_damaged(damaged)
        read = len(chunk.lines) + len(chunk.oversized)
        found = tuple(sorted([*refused, *hidden], key=lambda f: f.number))
        return Decoded(read, as_entries(entries), found, dict(Counter(counts) + Counter(more)))

    def decode_lines(
        self, cursor: duckdb.DuckDBPyConnection, lines: pl.DataFrame
    ) -> tuple[pl.DataFrame, Damaged, dict[str, int]]:
        """Return the normalized rows of the lines, those that cannot become entries, and masked counts.

        Lines that say the same as others, and nothing remarkable, are decoded together; the others each by itself.
        """
        told = find_told(lines["line"])
        if told is None:
            return decode_each(cursor, lines)
        known = self.learn(cursor, told, lines["line"])
        alike = told.hashes.is_in(known.filter(~pl.col("remarkable"))["hash"].implode())
        if not alike.any():
            return decode_each(cursor, lines)
        together = decode_alike(cursor, lines.filter(alike), told.hashes.filter(alike), known)
        if alike.all():
            return together, [], {}
        each, faulty, counts = decode_each(cursor, lines.filter(~alike))
        return pl.concat([each, together.select(each.columns)]).sort("number"), faulty, counts

    def learn(self, cursor: duckdb.DuckDBPyConnection, told: Told, lines: pl.Series) -> pl.DataFrame:
        """Return what is known of every text of the lines; of a text that is new, its first line is looked at."""
        known = self.known  # read once: another thread may put another one in its place
        new = told.texts.join(known, on="hash", how="anti", maintain_order="left")
        if len(new):
            firsts = pl.DataFrame({"number": new["first"], "line": lines.gather(new["first"])})
            looked_at = new.select("hash", remarkable=are_remarkable(cursor, firsts["line"]))
            plain = firsts.filter(~looked_at["remarkable"])
            if len(plain):
                shared = normalize_taken(cursor, take(cursor, plain)).drop("number", "payload", "ts", "nanos", "insert_id")
                shared = shared.with_columns(looked_at.filter(~pl.col("remarkable"))["hash"])
                looked_at = looked_at.join(shared, on="hash", how="left", maintain_order="left")
            known = pl.concat([known, looked_at], how="diagonal").unique("hash", keep="first", maintain_order=True)
            self.known = known.tail(REMEMBERED)
        return known


def are_remarkable(cursor: duckdb.DuckDBPyConnection, lines: pl.Series) -> pl.Series:
    """Tell which lines hold something to mask, or something that cannot be stored, or are no JSON object."""
    changed = masks.mask_lines(lines)[0] != lines
    valid = ask(cursor, VALID, lines)["valid"] & lines.str.starts_with("{")
    suspects = faults.look_wrong(lines).arg_true()
    wrong = [i for i, line in zip(suspects, lines.gather(suspects), strict=True) if faults.find_fault(line)]
    return (changed | ~valid).scatter(wrong, True)


def decode_alike(cursor: duckdb.DuckDBPyConnection, lines: pl.DataFrame, hashes: pl.Series, known: pl.DataFrame) -> pl.DataFrame:
    """Return the normalized rows of lines of which all is known but their OWN fields."""
    own = ask(cursor, TAKE_OWN, lines["line"]).with_columns(lines["number"], hashes.alias("hash"), payload=lines["line"])
    return normalize.share(own.join(known, on="hash", how="left", maintain_order="left"))


def decode_each(cursor: duckdb.DuckDBPyConnection, lines: pl.DataFrame) -> tuple[pl.DataFrame, Damaged, dict[str, int]]:
    """Return the normalized rows of lines, each looked at by itself, those that cannot become entries, and masked counts."""
    rows, invalid, counts = take_masked(cursor, lines)
    wrong = find_wrong(lines, [n for n, _, _ in invalid])
    unfit = [n for n, _, _ in [*invalid, *wrong]]
    rows = rows.filter(~pl.col("number").is_in(unfit)) if unfit else rows
    return normalize_taken(cursor, rows), [*invalid, *wrong], counts


def normalize_taken(cursor: duckdb.DuckDBPyConnection, taken: pl.DataFrame) -> pl.DataFrame:
    """Return the normalized rows of taken fields, stack traces read."""
    return key_traces(normalize.normalize(judge_types(cursor, taken)))


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


def take(cursor: duckdb.DuckDBPyConnection, lines: pl.DataFrame) -> pl.DataFrame:
    """Return the fields of fields.FIELDS taken out of the lines, with `number` and the line as `payload`."""
    return ask(cursor, TAKE, lines["line"]).with_columns(lines["number"], payload=lines["line"])


def take_masked(cursor: duckdb.DuckDBPyConnection, lines: pl.DataFrame) -> tuple[pl.DataFrame, Damaged, dict[str, int]]:
    """Return the fields of fields.FIELDS taken out of the masked lines, the lines that are no JSON object, and masked counts.

    Most lines hold nothing to mask: they are decoded as they are, and only those that were changed are decoded again.
    """
    masked, counts = masks.mask_lines(lines["line"])
    taken = take(cursor, lines).with_columns(payload=masked)
    changed = masked != lines["line"]
    if changed.any():
        again = take(cursor, lines.with_columns(masked.alias("line")).filter(changed))
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


def key_traces(rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows in which a stack trace carries its exception, its location and its key instead of its collapsed text."""
    messages = rows.filter(pl.col("is_trace"))["message"].unique()
    parsed = [(m, t.exception, t.location, t.key) for m in messages if (t := parse_trace(m))]
    schema = {"message": pl.String, "exception": pl.String, "trace_location": pl.String, "trace_key": pl.String}
    keyed = rows.join(pl.DataFrame(parsed, schema, orient="row"), on="message", how="left", maintain_order="left")
    return keyed.with_columns(
        exception=pl.col("exception").fill_null(""),
        location=pl.when(pl.col("trace_location").fill_null("") != "").then("trace_location").otherwise("location"),
        collapsed=pl.coalesce("trace_key", "collapsed"),
    ).drop("trace_location", "trace_key")


def as_entries(rows: pl.DataFrame) -> pa.Table:
    """Return rows as ENTRIES."""
    return rows.with_columns(day=pl.col("ts").dt.date()).select(ENTRIES.names).to_arrow().cast(ENTRIES)
