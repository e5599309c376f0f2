"""Log clustering from one setting for every system: message -> collapsed -> shape -> template -> cluster id."""

from hashlib import blake2b
from typing import Final

import polars as pl

from lib.core.templates.collapsing import CODE_MARK, CODES, COLLAPSE, TRACE_MARK, VARIABLE, collapse, collapse_sql
from lib.core.templates.merging import merge_shapes
from lib.core.templates.shapes import find_shapes
from lib.core.traces.stacktraces import looks_like_trace_expr, parse_trace

__all__ = [
    "CODES", "CODE_MARK", "COLLAPSE", "RULES_VERSION", "TRACE_MARK", "VARIABLE",
    "cluster_id", "cluster_ids", "collapse", "collapse_sql", "find_shapes", "merge_shapes", "render_template",
]  # fmt: skip

RULES_VERSION: Final = 1
"""Part of every id. Raise it when a rule changes what belongs together, so that an id never changes its meaning."""


def cluster_id(template: str) -> str:
    """Return the stable id of a template: 12 hex digits, the same on every machine."""
    return blake2b(f"{RULES_VERSION}\n{template}".encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()


def cluster_ids(messages: list[str]) -> list[str]:
    """Return the cluster id of each message."""
    if not messages:
        return []
    message = pl.Series("message", messages, pl.String)
    frame = pl.DataFrame([message, collapse(message).alias("text")]).with_columns(pl.col("text").hash().alias("hash"))
    distinct = frame.select("hash", "text")[frame["hash"].arg_unique()]
    known = _name(_replace_traces(distinct, frame))
    return frame.select("hash").join(known, on="hash", how="left", maintain_order="left")["id"].to_list()


def _replace_traces(distinct: pl.DataFrame, frame: pl.DataFrame) -> pl.DataFrame:
    """Put a trace's key in place of its text: what the least of the messages with this text says, so order changes nothing."""
    traced = distinct.filter(looks_like_trace_expr(pl.col("text"))).select("hash")
    if traced.is_empty():
        return distinct
    least = frame.join(traced, on="hash", how="semi").group_by("hash").agg(pl.col("message").min())
    traces = [parse_trace(message) for message in least["message"].to_list()]
    keys = least.select("hash", pl.Series("key", [trace.key if trace else None for trace in traces], pl.String))
    return distinct.join(keys, on="hash", how="left").select("hash", pl.coalesce("key", "text").alias("text"))


def _name(distinct: pl.DataFrame) -> pl.DataFrame:
    shapes = find_shapes(distinct["text"])
    ids = {shape: cluster_id(template) for shape, template in merge_shapes(shapes.unique().to_list()).items()}
    return distinct.select("hash", pl.Series("id", [ids[shape] for shape in shapes.to_list()], pl.String))


def render_template(template: str) -> str:
    """Return the template for people: variable parts as <*>, a trace's place behind "at"."""
    return template.replace(VARIABLE, "<*>").replace(TRACE_MARK, " at ")
