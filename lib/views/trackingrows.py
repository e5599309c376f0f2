"""What a case of error tracking rests on, asked of the store once for all services."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

import polars as pl

from lib.core import questions
from lib.core.activity import PLACE
from lib.core.rollup import MINUTE_S, Rollup
from lib.core.sentry import questions_tracking as asking
from lib.core.sentry.startsigns import read_signs
from lib.ports import Readers
from lib.views.environments import fold_environments
from lib.views.window import Window

if TYPE_CHECKING:
    import ibis.expr.types as ir

FRAMES = ("activity", "signs", "errors", "traffic", "pulse")
SUMMED = ("requests", "own", "own_now", "active_now", "wordless_now")


@dataclass(frozen=True)
class Rows:
    """The answers of the store from `back` to the window's end: a frame a question, services' environments already folded.

    read: when what was read begins, at `back` or later.
    """

    back: datetime
    read: datetime
    activity: pl.DataFrame
    signs: pl.DataFrame
    errors: pl.DataFrame
    traffic: pl.DataFrame
    pulse: pl.DataFrame

    @cached_property
    def parts(self) -> Mapping[str, Mapping[tuple[object, ...], pl.DataFrame]]:
        """Every frame by service and environment."""
        return {name: rows.partition_by(*PLACE[:2], as_dict=True) for name, rows in vars(self).items() if name in FRAMES}

    def of(self, key: tuple[str, str]) -> "Rows":
        """Return the rows of one service in one environment."""
        return replace(self, **{name: parts.get(key, getattr(self, name).clear()) for name, parts in self.parts.items()})


def read_rows(stored: Readers, window: Window, back: datetime) -> Rows:
    """Ask the store; three questions, whatever the number of services."""
    start, end = window.bounds
    marked, entries = stored.entries.marked(back, end), questions.entries()  # of all services: whose a project is depends on them

    def ask(question: "ir.Table") -> pl.DataFrame:
        return pl.DataFrame(marked.answer(question))

    counted = stored.entries.rollup(back, end)
    activity = count_activity(counted, stored.entries.rollup(start, end), ask(asking.find_outcomes(entries)))
    signs = read_signs(ask(asking.find_telling(entries)))
    errors = count_eligible(counted, signs.filter(pl.col("head") == "")["collapsed"].unique())
    traffic = ask(asking.find_traffic_changes(entries))
    heard = activity.filter((pl.col("own") > 0) | (pl.col("requests") > 0))
    whole = (
        fold_environments(activity, heard)
        .group_by("service", "environment", "revision")
        .agg(pl.col(*SUMMED).sum(), pl.col("first", "ready", "failed").min(), pl.col("last").max())
    )
    spoken = whole.filter((pl.col("own") > 0) | (pl.col("requests") > 0))
    return Rows(back, find_read(window, back), spoken, signs, errors, fold_environments(traffic, heard), count_pulse(counted))


def count_activity(counted: Rollup, now: Rollup, outcomes: pl.DataFrame) -> pl.DataFrame:
    """Return a row a service and revision: its requests and own entries, and when it was ready or failed (null without).

    *_now: counted in the window alone; wordless: own entries without a message; first, last: of requests and own entries.
    """
    request, own = pl.col("origin") == "request", pl.col("origin").is_in(asking.OWN)
    number, active = pl.col("count"), request | own
    since = now.totals.filter(active).group_by(PLACE).agg(
        own_now=number.filter(own).sum(),
        active_now=number.sum(),
        wordless_now=number.filter(own & pl.col("collapsed").is_null()).sum(),
    )  # fmt: skip
    whole = counted.totals.filter(pl.col("service") != "").group_by(PLACE).agg(
        requests=number.filter(request).sum(),
        own=number.filter(own).sum(),
        first=pl.col("first").filter(active).min(),
        last=pl.col("last").filter(active).max(),
    )  # fmt: skip
    told = whole.join(since, on=PLACE, how="left").join(outcomes, on=PLACE, how="left")
    return told.with_columns(pl.col("own_now", "active_now", "wordless_now").fill_null(0))


def count_eligible(counted: Rollup, telling: pl.Series) -> pl.DataFrame:
    """Return the errors that a working SDK would have sent, by service, environment, revision and minute, with first and last.

    telling: collapsed texts that are about Sentry itself; those can reach nobody, nor can what fails in its own start.
    """
    sendable = counted.totals.filter(pl.col("sendable"), ~pl.col("collapsed").is_in(telling.implode()))
    return counted.sum_by(MINUTE_S, sendable.select("series", *PLACE)).rename({"count": "errors"})


def count_pulse(counted: Rollup) -> pl.DataFrame:
    """Return how many requests and own entries each revision has, by service and bin."""
    return counted.activity_by_bin.select(*PLACE, "bucket", count=pl.col("requests") + pl.col("own"))


def find_read(window: Window, back: datetime) -> datetime:
    """Return when what was read begins: after the stretch at the window's start that no export covers, else at `back`."""
    start, _ = window.bounds
    return next((until for since, until in window.coverage.unread if since <= start < until), back)


def of_service(rows: pl.DataFrame, key: tuple[str, str]) -> pl.DataFrame:
    """Return the rows of one service in one environment."""
    return rows.filter((pl.col("service") == key[0]) & (pl.col("environment") == key[1]))
