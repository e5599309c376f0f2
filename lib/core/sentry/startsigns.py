"""What the starts of a revision's containers say of error tracking, as spans over its life.

A Cloud Run revision changes neither its code nor its variables, so its starts speak for its whole life, also before the first
start that was seen. Where its starts come to disagree (a DSN read from a secret's newest version), it is cut there.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import polars as pl

from lib.core.sentry.sentrysigns import find_sign
from lib.core.sentry.trackingstates import BLIND_STARTS, NOTHING, Evidence, Life, State, StateSpan

STARTS = (*BLIND_STARTS, State.INITIALISED)  # the worst first: a start that says two things is as good as the worse of them
KEY = ["collapsed", "head", "digits"]  # what tells one text from another
TEXT = 300  # characters of a text that are kept as evidence


def read_signs(telling: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of questions_tracking.find_telling of which the text tells, with `state`, `name` and `text`."""
    keys = telling.select(*KEY, "message").unique(KEY, maintain_order=True)
    found = [find_sign(text) for text in keys["message"].to_list()]
    told = keys.select(KEY).with_columns(
        state=pl.Series([s.state.value if s else None for s in found], dtype=pl.String),
        name=pl.Series([s.name if s else None for s in found], dtype=pl.String),
    )
    rows = telling.join(told, on=KEY, how="inner", nulls_equal=True).filter(pl.col("state").is_not_null())
    return rows.with_columns(text=pl.col("message").str.slice(0, TEXT))


def find_start_spans(signs: pl.DataFrame, lives: Sequence[Life]) -> tuple[StateSpan, ...]:
    """Return what starts say, revision by revision and in order; signs: read_signs' rows of one service."""
    order = {state.value: rank for rank, state in enumerate(STARTS)}
    said = signs.filter(pl.col("state").is_in(list(order))).with_columns(
        rank=pl.col("state").replace_strict(order, return_dtype=pl.Int8),
        start=pl.when(pl.col("instance") == "").then(pl.col("bucket").cast(pl.String)).otherwise("instance"),
    )
    worst = said.filter(pl.col("rank") == pl.col("rank").min().over("revision", "start"))
    starts = worst.group_by("revision", "start", "state").agg(
        pl.col("first").min(), pl.col("last").max(), pl.col("count").sum(), pl.col("text", "name").sort_by("first").first()
    )
    runs = (
        starts.sort("revision", "first", "start")
        .with_columns(run=pl.col("state").rle_id().over("revision"))
        .group_by("revision", "run", maintain_order=True)
        .agg(pl.col("state", "text", "name").first(), pl.col("first").min(), pl.col("last").max(), pl.col("count").sum())
    )
    known = {life.revision: life for life in lives}
    spans = [
        span
        for (revision,), rows in runs.group_by(["revision"], maintain_order=True)
        if (life := known.get(str(revision)))
        for span in cut_life(life, rows.to_dicts())
    ]
    return tuple(sorted(spans, key=lambda s: (s.start, s.revision)))


def cut_life(life: Life, runs: Sequence[dict[str, object]]) -> list[StateSpan]:
    """Return a life cut where its starts come to say something else."""
    spans = []
    firsts, lasts = [_time(r["first"]) for r in runs], [_time(r["last"]) for r in runs]
    for i, run in enumerate(runs):
        end, end_unsure = (firsts[i + 1], firsts[i + 1] - lasts[i]) if i + 1 < len(runs) else (life.end, life.end_unsure)
        start, unsure = (firsts[i], max(firsts[i] - lasts[i - 1], NOTHING)) if i else (life.start, life.start_unsure)
        state, name = State(str(run["state"])), str(run["name"])
        evidence = Evidence("log", state.value, str(run["text"]), firsts[i], lasts[i], _count(run["count"]), life.revision, name)
        spans.append(
            StateSpan(state, life.revision, start, end, unsure, _at_least(end_unsure), firsts[i], lasts[i], name, (evidence,))
        )
    return spans


def find_other(signs: pl.DataFrame, states: Sequence[State]) -> tuple[Evidence, ...]:
    """Return the lines of some states as evidence, a row a revision and text's name, most frequent first."""
    rows = (
        signs.filter(pl.col("state").is_in([s.value for s in states]))
        .group_by("state", "name", "revision")
        .agg(pl.col("first").min(), pl.col("last").max(), pl.col("count").sum(), pl.col("text").sort_by("first").first())
        .sort("count", "first", descending=[True, False])
    )
    return tuple(
        Evidence("log", r["state"], r["text"], r["first"], r["last"], r["count"], r["revision"], r["name"])
        for r in rows.to_dicts()
    )


def _time(value: object) -> datetime:
    assert isinstance(value, datetime)
    return value


def _count(value: object) -> int:
    assert isinstance(value, int)
    return value


def _at_least(span: timedelta) -> timedelta:
    return max(span, NOTHING)
