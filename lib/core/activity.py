"""What was served and written by service, environment, revision and time: counted of cells of the roll-up, and added up."""

import polars as pl

from lib.core.model import FAILURES, Severity
from lib.core.sentry.questions_tracking import OWN

PLACE = ("service", "environment", "revision")
FAILED = [s.value for s in FAILURES]


def count_activity(cells: pl.DataFrame, series: pl.DataFrame) -> pl.DataFrame:
    """Return the columns of Rollup.activity of some cells."""
    own, request, failed = pl.col("origin").is_in(OWN), pl.col("origin") == "request", pl.col("severity").is_in(FAILED)
    kinds = series.filter(pl.col("origin") != "audit").select(
        "series",
        *PLACE,
        entries=pl.lit(True),
        warnings=pl.col("severity") == Severity.WARNING.value,
        errors=failed,
        requests=request,
        answered=request & (pl.col("status") == "ok"),
        served=request & (pl.col("status") != "failed"),
        own=own,
        failed=own & failed,
        wordless=own & pl.col("collapsed").is_null(),
    )
    told = cells.join(kinds, on="series").group_by(*PLACE, bucket="minute")

    def count(kind: str) -> pl.Expr:
        return pl.col("count").filter(pl.col(kind)).sum()

    def reach(kind: str) -> dict[str, pl.Expr]:
        mine = pl.col(kind)
        return {f"first_{kind}": pl.col("first").filter(mine).min(), f"last_{kind}": pl.col("last").filter(mine).max()}

    counts = {kind: count(kind) for kind in kinds.columns if kind not in ("series", *PLACE)}
    return told.agg(pl.col("first").min(), pl.col("last").max(), **counts, **reach("served"), **reach("own"))


def rebin(activity: pl.DataFrame, seconds: int) -> pl.DataFrame:
    """Return Rollup.activity by longer buckets, or that of which the places were renamed, summed."""
    return activity.group_by(*PLACE, bucket=pl.col("bucket") // seconds * seconds).agg(*added(activity))


def added(rows: pl.DataFrame) -> list[pl.Expr]:
    """Return the expressions that add up counts, and firsts and lasts."""
    reach = {"first": pl.Expr.min, "last": pl.Expr.max}
    return [reach.get(c.split("_")[0], pl.Expr.sum)(pl.col(c)) for c in rows.columns if c not in (*PLACE, "bucket")]
