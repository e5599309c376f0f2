"""Stack traces whose lines came as entries of their own: each line gets what the whole trace in one entry would get.

Cloud Run makes an entry of every line that a program writes. An entry stays an entry, with its own line as its message: counts
stay counts of entries. What tells the cluster (collapsed text, exception, place, severity) is the trace's.
"""

from datetime import timedelta
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from lib.core import fields
from lib.core.frames import ENTRIES, ENTRY_KEY
from lib.core.model import Severity
from lib.core.traces import stacktraces
from lib.core.traces.tracelines import FRAME_STARTS, HEADER, Line, find_runs
from lib.core.traces.traceparsing import MOST_CHARACTERS

PLACE: Final = ("project", "log", "service", "environment", "revision", "instance")
ORDER: Final = ("ts", "nanos", "insert_id")
AROUND: Final = 12
"""Entries looked at before and behind each line that only a trace has: a message's lines, and code of many lines."""

OPEN_ROWS: Final = 2_000
OPEN_S: Final = 2
"""What a batch's last rows are: a trace whose other lines are not read yet can lie there. A longer one is cut in two."""

_LIKE_CALL: Final = r"\(.*\)|:[0-9]+:[0-9]+\)?(?: \{)?$"
_OWN_TIME: Final = r"^\W{0,3}(?:[0-9]{4}[-/][0-9]{2}[-/][0-9]{2}|[0-9]{2}:[0-9]{2}:[0-9]{2})"


parse_trace = lru_cache(maxsize=1_024)(stacktraces.parse_trace)  # the same few traces come again and again


class Stitched(NamedTuple):
    """A batch's rows of ENTRIES with their traces found, and those that must be looked at again with the next batch."""

    rows: pa.Table
    held: pa.Table


def stitch(batch: pa.Table, more: bool, *, all_may_wait: bool = False) -> Stitched:
    """Return a batch of ENTRIES with its split traces read; `more`: another batch of the same source follows.

    The order of the rows changes nothing, nor does a row that is there twice. Lines of different containers never join.
    all_may_wait: even a whole small batch is held when it is as young as its last row; else half of it at most, so that every
    batch gets something done.
    """
    traced = _find_traced(batch)
    done = _put(batch, traced) if len(traced) else batch
    most = min(OPEN_ROWS, batch.num_rows if all_may_wait else batch.num_rows // 2)
    if not more or not most:
        return Stitched(done, batch.slice(0, 0))
    first, held = _find_open(batch, traced, most)
    stored = pa.concat_tables([done.slice(0, first), done.slice(first).filter(pc.invert(held))])
    return Stitched(stored, batch.slice(first).filter(held))  # only the last rows are copied


def tells_all(message: pl.Expr, exception: pl.Expr) -> pl.Expr:
    """Return whether a text says what happened: any does, but for a split trace's lines that do not name its exception."""
    named = message.str.contains(exception + ": ", literal=True) | message.str.ends_with(exception)
    return (exception == "") | message.str.contains("\n", literal=True) | (named & ~message.str.starts_with("raise "))


def join_newest(rows: pa.Table) -> str:
    """Return the newest trace among ENTRIES of one cluster, put together from its lines; "" when one entry holds it whole."""
    found = pl.DataFrame(rows.select([*PLACE, *ORDER, "message", "exception", "payload"])).sort(*ORDER)
    last = found.tail(1)
    if last.filter((pl.col("exception") != "") & ~pl.col("message").str.contains("\n", literal=True)).is_empty():
        return ""
    mine = found.join(last.select(PLACE), on=PLACE, how="semi", maintain_order="left")
    told = mine.select(_as_written(), pl.col("ts").dt.epoch("us"))
    runs = find_runs([Line(text, at_us) for text, at_us in told.iter_rows()])
    return runs[-1].text if runs else ""


_TRACED: Final = {"row": pl.UInt32, "run": pl.UInt32, "collapsed": pl.String, "exception": pl.String, "location": pl.String}


def _find_traced(batch: pa.Table) -> pl.DataFrame:
    """Return the rows that are lines of a trace: row, run (a line of it), and what the trace gives."""
    marked = _mark_lines(batch["message"])
    if not len(marked):
        return pl.DataFrame(schema=_TRACED)
    keys = pl.DataFrame(batch.select([*PLACE, *ORDER])).with_row_index("row")
    mine = keys.join(keys[marked].select(PLACE).unique(), on=PLACE, how="semi").sort(*PLACE, *ORDER, "row")
    near = _find_near(mine.unique(ENTRY_KEY, keep="first", maintain_order=True), marked)
    lines = _read_lines(batch, near)
    found = [row for part in lines.partition_by("stretch", maintain_order=True) for row in _read_stretch(part)]
    traced = pl.DataFrame(found, _TRACED, orient="row")
    told = mine.select("row", *ENTRY_KEY).join(traced, on="row").drop("row")
    return mine.select("row", *ENTRY_KEY).join(told, on=ENTRY_KEY).select(*_TRACED)  # a row that is there twice is told twice


def _mark_lines(messages: pa.ChunkedArray) -> pl.Series:
    """Return the numbers of the rows that hold a line which only a trace has. Most batches have none: a few quick looks."""
    marks = pc.ends_with(messages, pattern=HEADER)
    for start in (*FRAME_STARTS, "at "):
        marks = pc.or_(marks, pc.starts_with(messages, pattern=start))
    rows = pl.Series("row", np.flatnonzero(marks.fill_null(False).to_numpy()), pl.UInt32)
    if not len(rows):
        return rows
    texts = pl.Series("text", pl.from_arrow(messages.take(rows.to_arrow())), pl.String)
    called = ~texts.str.starts_with("at ") | texts.str.contains(_LIKE_CALL)
    return rows.filter(called & ~texts.str.contains("\n", literal=True))


def _find_near(mine: pl.DataFrame, marked: pl.Series) -> pl.DataFrame:
    """Return the rows AROUND marked ones of their container, with `stretch`: the same for those that lie together."""
    at = pl.int_range(pl.len())
    ordered = mine.with_columns(at=at, home=pl.struct(PLACE).rle_id()).with_columns(
        mark=pl.when(pl.col("row").is_in(marked.implode())).then("at")
    )
    since = pl.col("at") - pl.col("mark").forward_fill().over("home")
    until = pl.col("mark").backward_fill().over("home") - pl.col("at")
    near = ordered.filter(pl.min_horizontal(since, until) <= AROUND)
    apart = (pl.col("at").diff() != 1) | (pl.col("home").diff() != 0)
    return near.select("row", "ts", stretch=apart.fill_null(False).cum_sum())


_READ: Final = ["message", "severity", "severity_inferred", "exception", "payload"]


def _read_lines(batch: pa.Table, near: pl.DataFrame) -> pl.DataFrame:
    """Return row, stretch, text (as written, null when it is no single line), at_us, loose and given."""
    told = pl.DataFrame(batch.select(_READ).take(near["row"].to_arrow()))
    message = pl.col("message").fill_null("")
    single = (pl.col("exception") == "") & ~message.str.contains("\n", literal=True)
    texts = told.select(
        text=pl.when(single).then(pl.when(message == "").then(message).otherwise(_as_written())),
        loose=~pl.col("severity_inferred") & ~message.str.contains(_OWN_TIME),
        given=pl.when(pl.col("severity_inferred")).then(pl.lit("")).otherwise("severity").replace(Severity.DEFAULT.value, ""),
    )
    return pl.concat([near.select("row", "stretch", at_us=pl.col("ts").dt.epoch("us")), texts], how="horizontal")


def _as_written() -> pl.Expr:
    """Return the message with the white space that it had before it, as far as a trace's line is read."""
    found = [pl.col("payload").str.extract(rf'"{name}":\s*"((?:\\[trn]| )+)') for name in ("textPayload", _JSON_NAMES)]
    blanks = pl.coalesce(*found, pl.lit("")).str.replace_all("\\t", "\t", literal=True).str.replace_all(r"\\[rn]", "")
    return (blanks + pl.col("message")).str.slice(0, MOST_CHARACTERS)


_JSON_NAMES: Final = "(?:" + "|".join(fields.FIELDS[name].rpartition(".")[2] for name in fields.MESSAGES[1:]) + ")"


def _read_stretch(part: pl.DataFrame) -> list[tuple[int, int, str, str, str]]:
    rows = part["row"].to_list()
    lines = [Line(*told) for told in part.select("text", "at_us", "loose", "given").iter_rows()]
    traces = [(run, trace) for run in find_runs(lines) if (trace := parse_trace(run.text))]
    return [(rows[m], rows[run.members[0]], t.key, t.exception, t.location) for run, t in traces for m in run.members]


def _put(batch: pa.Table, traced: pl.DataFrame) -> pa.Table:
    """Return the batch with what the traces give in the rows of their lines."""
    rows = traced["row"]
    severity = pl.Series(pl.from_arrow(batch["severity"].take(rows.to_arrow())))
    inferred = pl.Series(pl.from_arrow(batch["severity_inferred"].take(rows.to_arrow())))
    unsaid = (severity == Severity.DEFAULT.value) | inferred  # a level that was read from a line of code is none
    place = pl.Series(pl.from_arrow(batch["location"].take(rows.to_arrow())))
    new = {
        "collapsed": traced["collapsed"],
        "exception": traced["exception"],
        "location": traced["location"].zip_with(traced["location"] != "", place),
        "severity": severity.set(unsaid, Severity.ERROR.value),
        "severity_inferred": inferred | unsaid,
    }
    for name, values in new.items():
        column = pl.Series(pl.from_arrow(batch[name])).scatter(rows, values)
        at = batch.schema.get_field_index(name)
        batch = batch.set_column(at, ENTRIES.field(name), column.to_arrow().cast(ENTRIES.field(name).type))
    return batch


def _find_open(batch: pa.Table, traced: pl.DataFrame, most: int) -> tuple[int, pa.Array]:
    """Return where the last rows begin, and which of them may belong to a trace that is not read to its end."""
    first = batch.num_rows - most
    times = pl.Series(pl.from_arrow(batch["ts"].slice(first)))
    held = ((times - times[-1]).abs() <= timedelta(seconds=OPEN_S)).to_numpy().copy()
    rows = traced["row"].cast(pl.Int64).to_numpy() - first
    inside = (rows >= 0) & held[np.maximum(rows, 0)]
    begun = traced["run"].filter(pl.Series(~inside)).unique()  # a part of them is stored now: so is the rest
    held[rows[inside & traced["run"].is_in(begun.implode()).to_numpy()]] = False
    return first, pa.array(held)
