"""What the Deploys page rests on, read once: audit entries, who was heard when, and the deploys and lanes that follow."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from lib.core import questions
from lib.core.activity import rebin
from lib.core.deploys import Found, Life, find_deploys
from lib.core.rollouts import deployquestions
from lib.core.rollouts.calls import read_audit
from lib.core.rollouts.lanes import Lane, Run, find_lanes, join_runs
from lib.core.rollup import Rollup
from lib.ports import Readers
from lib.views.environments import fold_environments
from lib.views.window import Window

LOOKBACK = timedelta(days=1)  # read before the window: what served before a deploy, and whether a revision was there already
PLACE = ["service", "environment"]
WHERE = list(deployquestions.WHERE)
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Activity:
    """What one revision wrote and served, by the bins in which it did: their starts in seconds, in order, and the counts."""

    bins: Ints
    entries: Ints
    requests: Ints
    warnings: Ints
    errors: Ints

    def within(self, start: float, end: float) -> slice:
        """Return the places of the bins that begin in [start, end) seconds since the epoch."""
        first, last = np.searchsorted(self.bins, (start, end))
        return slice(first, last)

    def sum_lane(self, lane: Lane) -> Mapping[str, int]:
        """Return a lane's warnings, errors, requests and entries: what its revision wrote within it, by whole bins."""
        mine = self.within(deployquestions.bin_of(lane.start), lane.end.timestamp())
        return {name: int(getattr(self, name)[mine].sum()) for name in ("warnings", "errors", "requests", "entries")}


SILENT = Activity(*(np.zeros(0, np.int64),) * 5)
Written = Mapping[tuple[str, str], Mapping[str, Activity]]  # (service, environment) -> revision -> what it wrote


@dataclass(frozen=True)
class DeployFacts:
    """Deploys and lanes of the window and of LOOKBACK before it.

    rollup:   of that time, of every service.
    series:   its totals, without audit entries, with the environments folded.
    activity: rollup.activity by service, environment, revision and bin, in order, with the environments folded.
    written:  the same by revision.
    """

    rollup: Rollup
    series: pl.DataFrame
    activity: pl.DataFrame
    written: Written
    found: Found
    lanes: tuple[Lane, ...]

    @cached_property
    def lanes_at(self) -> Mapping[tuple[str, str], tuple[Lane, ...]]:
        """The lanes of each service and environment."""
        lanes: dict[tuple[str, str], list[Lane]] = {}
        for lane in self.lanes:
            lanes.setdefault((lane.service, lane.environment), []).append(lane)
        return {place: tuple(mine) for place, mine in lanes.items()}


def read_facts(stored: Readers, window: Window) -> DeployFacts:
    """Return the facts of a window that holds entries, of every service: what is asked about is compared as all of them are."""
    start, end = window.bounds
    rollup = stored.entries.rollup(start - LOOKBACK, end)
    activity, found = read_deploys(stored, rollup, start, end)
    series = fold(rollup.totals.filter(pl.col("origin") != "audit"), activity)
    written = by_revision(activity)
    return DeployFacts(rollup, series, activity, written, found, tuple(find_lanes(found, find_heard(written), end)))


def read_deploys(stored: Readers, rollup: Rollup, start: datetime, end: datetime) -> tuple[pl.DataFrame, Found]:
    """Return DeployFacts.activity, and the deploys of a window and of LOOKBACK before it; rollup: of that time."""
    marked, entries = stored.entries.marked(start - LOOKBACK, end), questions.entries()
    heard = rollup.activity_by_bin
    folded = fold(heard, heard)
    activity = folded if folded is heard else rebin(folded, deployquestions.BIN_S)
    activity = activity.rename({"bucket": "bin"}).sort(*WHERE, "bin")
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
    # What was heard before a revision's first entry is none of its own.
    reached = activity.sort("first").select(*PLACE, "first", before=pl.col("last").cum_max().over(PLACE))
    told = (
        named.sort("first")
        .join_asof(reached, on="first", by=PLACE, allow_exact_matches=False, check_sortedness=False)
        .with_columns(before=pl.when(pl.col("before").is_not_null()).then(pl.min_horizontal("before", "first")))
        .join(rollouts.select(*WHERE, "rollout"), on=WHERE, how="left")
        .sort(WHERE)
    )
    return [Life(**row) for row in told.iter_rows(named=True)]


def find_heard(written: Written) -> dict[tuple[str, str, str], list[Run]]:
    """Return the runs in which each revision served: by its requests where its service has any, else by its entries."""
    heard: dict[tuple[str, str, str], list[Run]] = {}
    for place, revisions in written.items():
        asked = any(one.requests.any() for one in revisions.values())
        served = {r: one.bins[(one.requests if asked else one.entries) > 0] for r, one in revisions.items() if r}
        runs = join_runs({r: bins for r, bins in served.items() if bins.size}, deployquestions.BIN_S)
        heard |= {(*place, revision): mine for revision, mine in runs.items()}
    return heard


def by_revision(activity: pl.DataFrame) -> Written:
    """Return DeployFacts.activity by service and environment, and by revision."""
    parts = activity.group_by(WHERE, maintain_order=True).len()
    ends = np.cumsum(parts["len"].to_numpy())
    columns = [activity[name].to_numpy().astype(np.int64) for name in ("bin", "entries", "requests", "warnings", "errors")]
    written: dict[tuple[str, str], dict[str, Activity]] = {}
    for (service, environment, revision, size), end in zip(parts.iter_rows(), ends.tolist(), strict=True):
        mine = Activity(*(column[end - size : end] for column in columns))
        written.setdefault((service, environment), {})[revision] = mine
    return written
