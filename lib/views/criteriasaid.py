"""What was read of a text, before and after what said it was replaced; and how likely so long a silence is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

from lib.core.compare import Side
from lib.core.rollouts.deployquestions import BIN_S
from lib.core.rollouts.lanes import Lane, LaneStart
from lib.core.rollup import MINUTE_S
from lib.core.success.figures import Series, find_chance, find_needed
from lib.core.success.model import Criterion, Said
from lib.views.cells import Written
from lib.views.comparing import Sheet
from lib.views.curated import match
from lib.views.deployfacts import DeployFacts
from lib.views.window import Labels, Window

Key = tuple[str, str]
ONE = ("it",)


@dataclass(frozen=True)
class Scene:
    """What text and request criteria of a window rest on. aliases: {older id: id of today}."""

    window: Window
    facts: DeployFacts
    labels: Labels
    aliases: dict[str, str]

    def lanes(self, key: Key) -> Sequence[Lane]:
        """Return the lanes of a service and environment, in order of their start."""
        return self.facts.lanes_at.get(key, ())


def read_said(scene: Scene, criterion: Criterion, key: Key) -> Said:
    """Return what was read of a criterion's text from one service and environment."""
    rows = count_text(scene, criterion, key)
    sheet = make_sheet(scene, key, rows)
    end = scene.window.bounds[1]
    if rows.is_empty():
        return from_baseline(scene, sheet, criterion, key)
    newest = rows.sort("last").row(-1, named=True)
    count, last, revision = int(rows["count"].sum()), newest["last"], str(newest["revision"])
    if criterion.since:
        since = criterion.since
        again = count_since(rows, since)
        told = Said(count, last, revision, over=True, since=since, again=again)
    else:
        ended = find_end(scene.lanes(key), revision, last, end)
        since = max(ended or last, last)
        told = Said(count, last, revision, over=ended is not None, since=since)
    if told.again or since >= end:
        return told
    first = rows.sort("first").row(0, named=True)["first"]
    lanes = [lane for lane in scene.lanes(key) if lane.start < since and lane.end > first]
    return weigh(told, sheet, add_sides(sheet, lanes, since), since, end)


def weigh(told: Said, sheet: Sheet, before: Side, since: datetime, end: datetime) -> Said:
    """Return what was read with how likely the silence from `since` on is by chance."""
    whole = sheet.whole((since, end))
    after = Side(np.zeros(1), whole.requests, whole.minutes)
    if not before.counts.sum() or not before.minutes:
        return told
    series = Series.of(ONE, sheet.pieces())
    chance = find_chance(series, before, after) if after.minutes else 1.0
    needed = find_needed(series, before, after)
    return Said(
        told.count, told.last, told.revision, told.over, since, told.again, after.minutes, after.requests, chance, needed
    )  # fmt: skip


def from_baseline(scene: Scene, sheet: Sheet, criterion: Criterion, key: Key) -> Said:
    """Return what a silence over the whole window tells, going by how often the text was said when the criterion was drafted."""
    kept, (start, end) = criterion.before, scene.window.bounds
    if kept is None or kept.last >= end:
        return Said(0)
    since = max(start, kept.last)
    replaced = any(lane.begins is not LaneStart.FIRST_SEEN and lane.start > kept.last for lane in scene.lanes(key))
    told = Said(0, kept.last, "", over=replaced or criterion.since is not None, since=since)
    return weigh(told, sheet, Side(np.array([float(kept.count)]), kept.requests, kept.minutes), since, end)


def count_text(scene: Scene, criterion: Criterion, key: Key) -> pl.DataFrame:
    """Return how often the text was said: revision, bucket (minute), count, first, last."""
    table = scene.labels.table
    if criterion.cluster:
        today = scene.aliases.get(criterion.cluster, criterion.cluster)
        named = {today, scene.labels.moved.get(today, today)}
        columns = [pl.Series(name, table[name], pl.String) for name in ("cluster", "own")]
        mine = columns[0].is_in(named) | columns[1].is_in(named)
    else:
        mine = match(scene.labels, criterion.text)
    texts = pl.Series("collapsed", table["collapsed"], pl.String).filter(mine)
    series = scene.facts.series
    kept = series.filter(pl.col("service") == key[0], pl.col("environment") == key[1], pl.col("collapsed").is_in(texts.implode()))
    return scene.facts.rollup.sum_by(MINUTE_S, kept.select("series", "revision"))


def make_sheet(scene: Scene, key: Key, rows: pl.DataFrame) -> Sheet:
    """Return the counts of one text as a sheet of comparisons, with one row."""
    cells = {}
    for (revision,), mine in rows.group_by("revision"):
        bins = mine["bucket"].to_numpy().astype(np.int64) // BIN_S * BIN_S
        cells[str(revision)] = (bins, mine["count"].to_numpy().astype(np.int64), np.zeros(len(mine), np.int64))
    heard = scene.facts.written.get(key, {})
    return Sheet(Written(ONE, cells), heard, scene.lanes(key), scene.window.coverage)


def find_end(lanes: Sequence[Lane], revision: str, last: datetime, end: datetime) -> datetime | None:
    """Return when what said a text last was replaced, None while it serves or where nobody can tell."""
    mine = [lane for lane in lanes if lane.start <= last and lane.revision == revision] or [x for x in lanes if x.start <= last]
    if not mine or mine[-1].end >= end:
        return None
    later = [x for x in lanes if x.start > mine[-1].start and x.end > mine[-1].end]
    return mine[-1].end if later else None


def count_since(rows: pl.DataFrame, since: datetime) -> int:
    """Return how often a text was said from a moment on, at the least: of the minute that holds it once."""
    whole = int(rows.filter(pl.col("first") >= since)["count"].sum())
    return whole + rows.filter(pl.col("first") < since, pl.col("last") >= since).height


def add_sides(sheet: Sheet, lanes: Sequence[Lane], until: datetime) -> Side:
    """Return what several lanes come to, up to a moment."""
    sides = [sheet.side(lane, min(lane.end, until), until + timedelta(minutes=1)) for lane in lanes]
    if not sides:
        return sheet.whole((datetime.fromtimestamp(0, UTC), until))
    counts = np.sum([side.counts for side in sides], axis=0)
    return Side(counts, sum(s.requests for s in sides), sum(s.minutes for s in sides))
