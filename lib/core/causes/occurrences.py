"""Failure events as sorted arrays: which cluster failed when, on which container; the ground that problems are found on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

SECOND = 1_000_000  # times are whole microseconds: a float would lose the order within a second
GRAIN = SECOND // 5  # entries of one cluster on one container closer than this are one occurrence: a retry writes it twice
APART = 3600 * SECOND  # containers lie this far apart on the common axis, so that no lag crosses from one to the next
LOOP_S = 120  # a container that fails this soon may fail because it starts


@dataclass(frozen=True)
class Scene:
    """Failures on one axis, a stretch of it for each container.

    rows:      events by time: row (in the caller's frame), ts_us (when it happened), cluster, unit (container), group (revision),
               trace, each as a code; -1 is unknown.
    keys:      for each cluster its occurrences, sorted: place of the container on the axis + time, µs.
    units:     the container of each of them.
    starts:    for each container when it started, µs on the axis; NaN when that cannot be known.
    lengths:   for each container how long it was seen, seconds.
    lives:     for each container whether it counts when lives are compared: its failures could be seen.
    quiet:     containers without any failure, by code of the service that they belong to.
    services:  code of the service of each container.
    seats:     for each container what to add to a time to get its place on the axis.
    told:      whether lives were given: starts are not guessed.
    """

    rows: pl.DataFrame
    keys: Sequence[Ints]
    units: Sequence[Ints]
    starts: Floats
    lengths: Floats
    lives: npt.NDArray[np.bool_]
    quiet: Ints
    services: Ints
    seats: Ints
    told: bool


def encode(events: pl.DataFrame) -> pl.DataFrame:
    """Return the events with codes in place of names, by time; a request happened when it ended. Names' order makes the codes."""
    late = pl.when(pl.col("origin") == "request").then(pl.col("latency_ms").fill_null(0).clip(0)).otherwise(0.0) * 1000
    place = ("service", "environment")
    named = events.with_row_index("row").with_columns(
        ts_us=pl.col("ts").dt.epoch("us") + late.fill_nan(0).cast(pl.Int64),
        home=pl.concat_str(*place, separator="\0"),
        group=pl.concat_str(*place, "revision", separator="\0"),
        unit=pl.when(pl.col("instance") != "").then(pl.concat_str(*place, "instance", separator="\0")),
        trace=pl.when(pl.col("trace") != "").then(pl.col("trace")),
    )
    codes = [(pl.col(n).rank("dense").cast(pl.Int64) - 1).fill_null(-1).alias(n) for n in ("cluster", "unit", "group", "trace")]
    coded = named.select("row", "ts_us", "home", pl.col("unit").alias("name"), *codes)
    return coded.sort("ts_us", "cluster", "unit", "group", "row")


def set_scene(rows: pl.DataFrame, clusters: int, lives: pl.DataFrame | None, ends: npt.NDArray[np.bool_]) -> Scene:
    """Return the scene of encoded rows. ends: for each cluster whether it only tells that something ended."""
    known = rows.filter(pl.col("unit") >= 0)
    units = known.group_by("unit", "name", "home").agg(
        pl.col("ts_us").min().alias("start"), pl.col("ts_us").max().alias("last"),
        pl.col("cluster").is_in(np.flatnonzero(ends)).alias("ends"),
    ).sort("unit")  # fmt: skip
    frame = _join_lives(units, lives)
    size = max(1, 1 + int(rows["unit"].to_numpy().max(initial=0)))
    seats, services, starts, lengths, seen = _lay_out(frame, size)
    codes = {name: n for n, name in enumerate(sorted(set(units["home"].to_list())))}
    services[frame["unit"].to_numpy()] = [codes[h] for h in frame["home"].to_list()]
    keys, owners = _find_occurrences(known, seats, clusters)
    return Scene(rows, keys, owners, starts, lengths, seen, _find_quiet(units, lives, codes), services, seats, lives is not None)


def _join_lives(units: pl.DataFrame, lives: pl.DataFrame | None) -> pl.DataFrame:
    """Add when each container started and ended, and whether its failures could be seen."""
    ended = pl.col("ends").list.any()
    only_ended = pl.col("ends").list.all()  # its cause was not logged, or not exported: it says nothing about causes
    if lives is None:
        short = (pl.col("last") - pl.col("start")) <= LOOP_S * SECOND
        return units.with_columns(
            born=pl.when(ended & short).then(pl.col("start").cast(pl.Float64)), gone=pl.col("last"), seen=~only_ended
        )
    told = _name_lives(lives).select("name", pl.col("first").alias("born"), pl.col("last").alias("gone"), "seen")
    return units.join(told, on="name", how="left", maintain_order="left").with_columns(
        pl.col("born").cast(pl.Float64),
        pl.max_horizontal("gone", "last").alias("gone"),
        (pl.col("seen").fill_null(True) & ~only_ended).alias("seen"),
    )


def _name_lives(lives: pl.DataFrame) -> pl.DataFrame:
    named = lives.filter(pl.col("instance") != "").with_columns(
        home=pl.concat_str("service", "environment", separator="\0"),
        name=pl.concat_str("service", "environment", "instance", separator="\0"),
    )
    times = pl.col("first").dt.epoch("us").min(), pl.col("last").dt.epoch("us").max()
    return named.group_by("name", "home").agg(*times, pl.col("seen").all()).sort("name")


def _find_quiet(units: pl.DataFrame, lives: pl.DataFrame | None, codes: dict[str, int]) -> Ints:
    if lives is None:
        return np.zeros(0, np.int64)
    healthy = _name_lives(lives).filter(pl.col("seen") & ~pl.col("name").is_in(units["name"].to_list()))
    return np.array([codes[h] for h in healthy["home"].to_list() if h in codes], np.int64)


def _lay_out(frame: pl.DataFrame, size: int) -> tuple[Ints, Ints, Floats, Floats, npt.NDArray[np.bool_]]:
    """Give each container its stretch of the axis, so that time + seat is its place; return that and what is known of it."""
    at = frame["unit"].to_numpy()
    first, last = frame["start"].to_numpy(), frame["last"].to_numpy()
    born = frame["born"].to_numpy()
    room = last - first + APART
    seats, services, starts, lengths = (np.zeros(size, kind) for kind in (np.int64, np.int64, float, float))
    seen = np.zeros(size, bool)
    seats[at] = np.cumsum(room) - room - first
    starts[at] = born + seats[at]
    begun = np.where(np.isnan(born), first, np.minimum(born, first))
    lengths[at] = np.maximum((frame["gone"].to_numpy() - begun) / SECOND, 1.0)
    seen[at] = frame["seen"].to_numpy()
    return seats, services, starts, lengths, seen


def _find_occurrences(known: pl.DataFrame, seats: Ints, clusters: int) -> tuple[list[Ints], list[Ints]]:
    """Return places and containers of every cluster's occurrences; of a dense run one in every GRAIN is kept."""
    unit, cluster = known["unit"].to_numpy(), known["cluster"].to_numpy()
    key = known["ts_us"].to_numpy() + seats[unit] if len(unit) else np.zeros(0, np.int64)
    order = np.lexsort((key, cluster))
    key, unit, cluster = key[order], unit[order], cluster[order]
    fresh = np.ones(len(key), bool)
    fresh[1:] = (np.diff(cluster) != 0) | (np.diff(key) > GRAIN)
    if len(key):
        run = np.cumsum(fresh) - 1
        tick = (key - key[np.flatnonzero(fresh)][run]) // GRAIN
        fresh[1:] |= np.diff(tick) > 0
    key, unit, cluster = key[fresh], unit[fresh], cluster[fresh]
    cuts = np.searchsorted(cluster, np.arange(1, clusters))
    return np.split(key, cuts), np.split(unit, cuts)


def presence(scene: Scene) -> npt.NDArray[np.bool_]:
    """Return whether a cluster (column) failed on a container (row)."""
    found = np.zeros((len(scene.starts), len(scene.keys)), bool)
    for cluster, units in enumerate(scene.units):
        found[units, cluster] = True
    return found
