"""What the Deploys page rests on, read once: audit entries, who was heard when, and the deploys and lanes that follow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import polars as pl

from lib.core import questions
from lib.core.deploys import Found, Life, find_deploys
from lib.core.rollouts import deployquestions
from lib.core.rollouts.calls import read_audit
from lib.core.rollouts.lanes import Lane, Run, find_lanes, join_runs
from lib.core.rollup import Rollup, rebin
from lib.ports import Readers
from lib.views.environments import fold_environments
from lib.views.window import Window

LOOKBACK = timedelta(days=1)  # read before the window: what served before a deploy, and whether a revision was there already
BIN = timedelta(seconds=deployquestions.BIN_S)
PLACE = ["service", "environment"]
WHERE = list(deployquestions.WHERE)


@dataclass(frozen=True)
class DeployFacts:
    """Deploys and lanes of the window and of LOOKBACK before it.

    rollup:   of that time, of every service.
    series:   its totals, without audit entries, with the environments folded.
    activity: rollup.activity by service, environment, revision and bin, in order, with the environments folded.
    """

    rollup: Rollup
    series: pl.DataFrame
    activity: pl.DataFrame
    found: Found
    lanes: tuple[Lane, ...]


def read_facts(stored: Readers, window: Window) -> DeployFacts:
    """Return the facts of a window that holds entries, of every service: what is asked about is compared as all of them are."""
    start, end = window.bounds
    rollup = stored.entries.rollup(start - LOOKBACK, end)
    activity, found = read_deploys(stored, rollup, start, end)
    series = fold(rollup.totals.filter(pl.col("origin") != "audit"), activity)
    return DeployFacts(rollup, series, activity, found, tuple(find_lanes(found, find_heard(activity), end)))


def read_deploys(stored: Readers, rollup: Rollup, start: datetime, end: datetime) -> tuple[pl.DataFrame, Found]:
    """Return DeployFacts.activity, and the deploys of a window and of LOOKBACK before it; rollup: of that time."""
    marked, entries = stored.entries.marked(start - LOOKBACK, end), questions.entries()
    heard = rebin(rollup.activity, deployquestions.BIN_S)
    activity = rebin(fold(heard, heard), deployquestions.BIN_S).rename({"bucket": "bin"}).sort(*WHERE, "bin")
    audit, rollouts = (
        fold(pl.DataFrame(marked.answer(asked)), heard)
        for asked in (deployquestions.find_audit(entries), deployquestions.find_rollouts(entries))
    )
    calls, outcomes = read_audit(audit.iter_rows(named=True))
    return activity, find_deploys(calls, outcomes, find_lives(activity, rollouts))


def fold(rows: pl.DataFrame, heard: pl.DataFrame) -> pl.DataFrame:
    """Return rows in which a service with one named environment has no other."""
    return fold_environments(rows, heard) if (rows["environment"] == "").any() else rows


def find_lives(activity: pl.DataFrame, rollouts: pl.DataFrame) -> list[Life]:
    """Return every revision's life, with the service's last entry before it."""
    named = activity.filter(pl.col("revision") != "").group_by(WHERE).agg(
        pl.col("first").min(), pl.col("last").max(), pl.col("requests").sum(), pl.col("answered").sum()
    )  # fmt: skip
    heard = activity.select(*PLACE, other="revision", heard_first="first", heard_last="last")
    before = (
        named.select(*WHERE, "first")
        .join(heard, on=PLACE)
        .filter(pl.col("other") != pl.col("revision"), pl.col("heard_first") < pl.col("first"))
        .group_by(WHERE)
        .agg(before=pl.min_horizontal("heard_last", "first").max())
    )
    told = named.join(before, on=WHERE, how="left").join(rollouts.select(*WHERE, "rollout"), on=WHERE, how="left").sort(WHERE)
    return [Life(**row) for row in told.iter_rows(named=True)]


def find_heard(activity: pl.DataFrame) -> dict[tuple[str, str, str], list[Run]]:
    """Return the runs in which each revision served: by its requests where its service has any, else by its entries."""
    serves = pl.when(pl.col("requests").sum().over(PLACE) > 0).then(pl.col("requests")).otherwise(pl.col("entries"))
    active = activity.filter(serves > 0, pl.col("revision") != "").sort(*WHERE, "bin")
    heard: dict[tuple[str, str, str], list[Run]] = {}
    for (service, environment), rows in active.group_by(PLACE, maintain_order=True):
        bins = {str(r): moments(b) for r, b in rows.group_by("revision", maintain_order=True).agg("bin").iter_rows()}
        for revision, runs in join_runs(bins, BIN).items():
            heard[str(service), str(environment), revision] = runs
    return heard


def moments(bins: Sequence[int]) -> list[datetime]:
    """Return the starts of bins as times."""
    return [datetime.fromtimestamp(b, UTC) for b in bins]


def by_revision(activity: pl.DataFrame) -> dict[tuple[str, str, str], pl.DataFrame]:
    """Return the activity of each service, environment and revision."""
    parts = activity.partition_by(WHERE, as_dict=True)
    return {(str(k[0]), str(k[1]), str(k[2])): rows for k, rows in parts.items()}


def sum_lane(rows: pl.DataFrame | None, lane: Lane) -> Mapping[str, int]:
    """Return a lane's warnings, errors, requests and entries: what its revision wrote within it, by whole bins."""
    names = ("warnings", "errors", "requests", "entries")
    if rows is None:
        return dict.fromkeys(names, 0)
    first = deployquestions.bin_of(lane.start)
    bins = rows["bin"].to_numpy()
    mine = (bins >= first) & (bins < lane.end.timestamp())
    return {name: int(rows[name].to_numpy()[mine].sum()) for name in names}
