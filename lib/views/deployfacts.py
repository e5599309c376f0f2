"""What the Deploys page rests on, read once: audit entries, who was heard when, and the deploys and lanes that follow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from lib.core import deployquestions, questions
from lib.core.calls import read_audit
from lib.core.deploys import Found, Life, find_deploys
from lib.core.lanes import Lane, Run, find_lanes, join_runs
from lib.ports import Readers
from lib.views.overview import fold_environments
from lib.views.window import Window

if TYPE_CHECKING:
    import ibis.expr.types as ir

LOOKBACK = timedelta(days=1)  # read before the window: what served before a deploy, and whether a revision was there already
BIN = timedelta(seconds=deployquestions.BIN_S)
PLACE = ["service", "environment"]
WHERE = list(deployquestions.WHERE)


@dataclass(frozen=True)
class DeployFacts:
    """Deploys and lanes of the window and of LOOKBACK before it.

    entries:  the entries that were looked at, of all environments.
    activity: service, environment, revision, bin and the counts of deployquestions.count_activity.
    """

    entries: "ir.Table"
    activity: pl.DataFrame
    found: Found
    lanes: tuple[Lane, ...]


def read_facts(stored: Readers, window: Window) -> DeployFacts:
    """Return the facts of a window that holds entries."""
    asked = window.query
    assert asked.start
    assert asked.end
    entries = questions.within(replace(asked, environments=()), asked.start - LOOKBACK, asked.end)

    def ask(question: Any) -> pl.DataFrame:
        return pl.DataFrame(stored.entries.answer(question))

    activity = ask(deployquestions.count_activity(entries)).sort(*WHERE, "bin")
    audit = fold(ask(deployquestions.find_audit(entries)), activity)
    rollouts = fold(ask(deployquestions.find_rollouts(entries)), activity)
    activity = regroup(fold(activity, activity))
    kept = [
        frame.filter(pl.col("environment").is_in(asked.environments)) if asked.environments else frame
        for frame in (audit, rollouts, activity)
    ]
    audit, rollouts, activity = kept
    calls, outcomes = read_audit(audit.iter_rows(named=True))
    found = find_deploys(calls, outcomes, find_lives(activity, rollouts))
    return DeployFacts(entries, activity, found, tuple(find_lanes(found, find_heard(activity), asked.end)))


def fold(rows: pl.DataFrame, activity: pl.DataFrame) -> pl.DataFrame:
    """Return rows in which a service with one named environment has no other."""
    return fold_environments(rows, activity) if len(rows) else rows


def regroup(activity: pl.DataFrame) -> pl.DataFrame:
    """Return activity with rows that folding made equal added up."""
    counted = [pl.col(c).sum() for c in ("entries", "warnings", "errors", "requests", "answered")]
    return activity.group_by(*WHERE, "bin").agg(*counted, pl.col("first").min(), pl.col("last").max()).sort(*WHERE, "bin")


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


def sum_lane(activity: pl.DataFrame, lane: Lane) -> Mapping[str, int]:
    """Return a lane's warnings, errors, requests and entries: what its revision wrote within it, by whole bins."""
    mine = of_lane(activity, lane)
    return {name: int(mine[name].sum()) for name in ("warnings", "errors", "requests", "entries")}


def of_lane(rows: pl.DataFrame, lane: Lane) -> pl.DataFrame:
    """Return the rows of a lane: of its revision, in the bins that its time touches."""
    start = int(lane.start.timestamp() // BIN.total_seconds() * BIN.total_seconds())
    return rows.filter(
        pl.col("service") == lane.service,
        pl.col("environment") == lane.environment,
        pl.col("revision") == lane.revision,
        pl.col("bin") >= start,
        pl.col("bin") < lane.end.timestamp(),
    )
