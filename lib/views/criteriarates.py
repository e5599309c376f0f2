"""Failed and slow requests before and after the newest deploy, for the criterion that they are no more frequent."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from math import exp

import numpy as np
import polars as pl

from lib.core import questions
from lib.core.compare import Side
from lib.core.model import Query
from lib.core.rollouts.lanes import Lane
from lib.core.success import requestquestions as asking
from lib.core.success.figures import Series, compare_share
from lib.core.success.model import Criterion, Rates
from lib.core.wording import say_time
from lib.ports import Readers
from lib.views.cells import Written
from lib.views.comparing import Sheet, find_before
from lib.views.criteriasaid import Key, Scene, add_sides
from lib.views.deployfacts import LOOKBACK, Activity, by_revision, fold
from lib.views.trackingrows import of_service

NAMES = ("failed requests", "slow requests")  # shares of all requests, and of those that were answered
SLOW = 0.95  # a request is slow when it takes longer than so many had before
Split = tuple[Sequence[Lane], Lane | None, datetime]  # lanes before, the lane after (None: all from the moment on), the moment


def read_rates(stored: Readers, scene: Scene, criterion: Criterion, key: Key) -> Rates:
    """Return how many requests of a service failed and were slow before and after the newest deploy."""
    if scene.window.coverage.left_out:
        told = "A source leaves requests out by its filter, so that shares of them cannot be told."
        return Rates(told, 'a source that reads all requests: filter = "all" under [logging]')
    lanes = scene.lanes(key)
    if isinstance(split := find_split(criterion, lanes, scene), Rates):
        return split
    earlier, lane, since = split
    failed, timed = ask_requests(stored, scene, key)
    served = scene.facts.written.get(key, {})
    bare = Sheet(Written((), {}), served, lanes, scene.window.coverage)
    before, after = sides_of(bare, earlier, lane, since, scene)
    revision = lane.revision if lane else ""
    if not before.requests or not after.requests:
        side = "after" if before.requests else "before"
        return Rates(f"No request {side} {say_time(since)} was read.", "requests in its request log", revision, since)
    slow_ms = find_slow(timed, earlier, since)
    counts = {NAMES[0]: failed} | ({} if slow_ms is None else {NAMES[1]: choose_slow(timed, slow_ms)})
    rows = []
    for name, counted in counts.items():
        of = served if name == NAMES[0] else answered_of(scene, key)
        sheet = Sheet(write(name, counted), of, lanes, scene.window.coverage)
        series = Series.of((name,), sheet.pieces())
        sides = sides_of(sheet, earlier, lane, since, scene)
        rows.append(compare_share(series, *sides, criterion.factor, slow_ms if name == NAMES[1] else None))
    return Rates("", "", revision, since, int(before.requests), int(after.requests), tuple(rows))


def answered_of(scene: Scene, key: Key) -> Mapping[str, Activity]:
    """Return what each revision of a service wrote, with the requests that it answered in the place of all."""
    mine = of_service(scene.facts.activity, key).with_columns(requests=pl.col("answered"))
    return by_revision(mine).get(key, {})


def find_split(criterion: Criterion, lanes: Sequence[Lane], scene: Scene) -> Split | Rates:
    """Return what is compared with what, or why nothing can be."""
    if criterion.since:
        return [x for x in lanes if x.start < criterion.since], None, criterion.since
    lane = lanes[-1] if lanes else None
    if criterion.made is None:
        before = find_before(lane, lanes) if lane else None
        if lane is None or before is None:
            return Rates("Nothing that served before was read.", "a deploy, with what served before it in the window")
        return [before], lane, lane.start
    later = [x for x in lanes if x.start > criterion.made]
    if not later or lane is None:
        return Rates("Nothing was deployed since it was drafted.", "a deploy")
    earlier = [x for x in lanes if x.start <= criterion.made]
    if not earlier:
        return Rates("What served when it was drafted is not in this window.", "a window that begins before it was drafted")
    return earlier, lane, lane.start


def sides_of(sheet: Sheet, earlier: Sequence[Lane], lane: Lane | None, since: datetime, scene: Scene) -> tuple[Side, Side]:
    """Return the counts before and after."""
    end = scene.window.bounds[1]
    until = since if lane is None else min(max(x.end for x in earlier), since)
    after = sheet.whole((since, end)) if lane is None else sheet.side(lane, lane.end, end)
    return add_sides(sheet, earlier, until), after


def ask_requests(stored: Readers, scene: Scene, key: Key) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return failed requests by revision and bin, and answered ones by latency too."""
    start, end = scene.window.bounds
    within = questions.within(Query(services=(key[0],)), start - LOOKBACK, end)
    asked = asking.choose_requests(within)
    answers = stored.entries.near([(start - LOOKBACK, end)])
    folded = [
        of_service(fold(pl.DataFrame(answers.answer(question)), scene.facts.activity.rename({"bin": "bucket"})), key)
        for question in (asking.count_failed(asked), asking.count_latencies(asked))
    ]
    return folded[0], folded[1]


def find_slow(timed: pl.DataFrame, earlier: Sequence[Lane], since: datetime) -> float | None:
    """Return the latency, in milliseconds, that SLOW of the requests before stayed under; None when none tells."""
    names = [lane.revision for lane in earlier]
    before = timed.filter(pl.col("revision").is_in(names), pl.col("bin") < since.timestamp())
    steps = before.group_by("step").agg(pl.col("count").sum()).sort("step")
    if steps.is_empty():
        return None
    reached = steps.with_columns(part=pl.col("count").cum_sum() / pl.col("count").sum())
    return exp((int(reached.filter(pl.col("part") >= SLOW)["step"][0]) + 1) / asking.STEP)


def choose_slow(timed: pl.DataFrame, slow_ms: float) -> pl.DataFrame:
    """Return the requests slower than that."""
    return timed.filter(pl.col("step") >= round(np.log(slow_ms) * asking.STEP))


def write(name: str, counted: pl.DataFrame) -> Written:
    """Return counts by revision and bin as the cells of a sheet with one row."""
    cells = {}
    for (revision,), mine in counted.group_by("revision"):
        bins, count = (mine[column].to_numpy().astype(np.int64) for column in ("bin", "count"))
        cells[str(revision)] = (bins, count, np.zeros(len(mine), np.int64))
    return Written((name,), cells)
