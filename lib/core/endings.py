"""Exits and failed requests: every failure ends in one, so each entry of them is given to the problem that it follows."""

import re
from collections.abc import Collection, Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from lib.core.occurrences import SECOND, Floats, Ints, Scene

CAUSE, PROCESS, REQUEST = 0, 1, 2  # a failed request follows an ended process, which follows a cause

# What says that a process ended, and not why. The memory limit says why: it is a cause.
ENDED = re.compile(
    r"(?i)^container (?:called exit|terminated)|probe failed [0-9]+ times? consecutively|^ready condition status changed to false"
    r"|\bexited with (?:code|status)\b|\bshutting down: master\b|\bworker failed to boot\b|\bapplication startup failed\b"
    r"|\bprocess (?:has )?exited\b|\bexit status [0-9]+$|\bnpm err! (?:code|errno|lifecycle)\b|\bworker \(pid:[^)]*\) was sent sig"
)
REFUSED = re.compile(r"^The request (?:failed because|was aborted because)")

EARLY_S = 0.5  # clocks of the platform and of a container differ by so much
REACH_S = 120.0  # a request that fails later than this after its cause is not told from others
BURST_S = 15.0  # endings that follow one ending within this time end with it
TOLERANCE_S = 1.5
LEAST = 0.3  # part of a cause's occurrences that an ending follows
LEAST_OF_MANY = 0.1  # of a problem of several clusters: it is less likely to be chance
NEARBY_S = 600.0  # with nothing on the container: what fails on the same revision so near
REVISION_LEAST, REVISION_TIMES = 3, 9  # and only when it fails in one way: so many entries, so many times those of any other
WHOLE = 0.9  # of a cluster: the rest of it goes where so much of it went


def rank(text: str, origin: str) -> int:
    """Return whether a cluster tells a cause, the end of a process, or the failure of a request."""
    if origin == "request" or REFUSED.search(text):
        return REQUEST
    return PROCESS if ENDED.search(text.split("\n")[0][:500]) else CAUSE


def give_endings(scene: Scene, groups: Sequence[Sequence[int]], endings: Collection[int]) -> pl.DataFrame:
    """Return which endings belong to which group: row, owner (index of the group), how ("trace", "instance", "revision", "rest")."""
    home = np.full(len(scene.keys), -1)
    for n, members in enumerate(groups):
        home[list(members)] = n
    rows = scene.rows.with_columns(owner=pl.Series(home[scene.rows["cluster"].to_numpy()], dtype=pl.Int64))
    events = rows.filter(pl.col("cluster").is_in(list(endings)))
    causes = rows.filter(pl.col("owner") >= 0)
    if events.is_empty() or causes.is_empty():
        return pl.DataFrame(schema={"row": pl.UInt32, "owner": pl.Int64, "how": pl.String})
    traced = _by_trace(events, causes)
    followed = _by_instance(scene, events, home, groups)
    known = events.select("row", "cluster", "ts_us", "group").with_columns(
        trace=pl.Series(traced, dtype=pl.Int64), instance=pl.Series(followed, dtype=pl.Int64)
    )
    known = known.with_columns(owner=pl.when(pl.col("trace") >= 0).then("trace").otherwise("instance"))
    near = _by_revision(known, causes, set(known.filter(pl.col("owner") >= 0)["owner"].to_list()))
    known = known.with_columns(revision=near, sure=pl.col("owner"))
    known = known.with_columns(owner=pl.when(pl.col("owner") >= 0).then("owner").otherwise("revision"))
    known = known.with_columns(rest=_by_rest(known))
    how = (
        pl.when(pl.col("trace") >= 0).then(pl.lit("trace")).when(pl.col("sure") >= 0).then(pl.lit("instance"))
        .when(pl.col("owner") >= 0).then(pl.lit("revision")).otherwise(pl.lit("rest"))
    )  # fmt: skip
    owner = pl.when(pl.col("owner") >= 0).then("owner").otherwise("rest")
    return known.with_columns(how=how, owner=owner).filter(pl.col("owner") >= 0).select("row", "owner", "how")


def _by_trace(events: pl.DataFrame, causes: pl.DataFrame) -> Ints:
    """Return the one group that failed in the same trace, -1 when none or several did."""
    named = causes.filter(pl.col("trace") >= 0).group_by("trace").agg(pl.col("owner").unique())
    one = named.filter(pl.col("owner").list.len() == 1).with_columns(pl.col("owner").list.first())
    return events.select("trace").join(one, on="trace", how="left", maintain_order="left")["owner"].fill_null(-1).to_numpy()


def _by_instance(scene: Scene, events: pl.DataFrame, home: Ints, groups: Sequence[Sequence[int]]) -> Ints:
    """Return the group whose clusters are most regularly followed by an ending at its lag, the latest of equals."""
    best = np.full(events.height, -1)
    score, since = np.zeros(events.height), np.zeros(events.height, np.int64)
    units, clusters = events["unit"].to_numpy(), events["cluster"].to_numpy()
    place = events["ts_us"].to_numpy() + scene.seats[units]
    present = {int(c): np.flatnonzero((clusters == c) & (units >= 0)) for c in np.unique(clusters)}
    alive = {c: frozenset(np.unique(scene.units[c]).tolist()) for c in {*present, *np.flatnonzero(home >= 0).tolist()}}
    for ending, at in present.items():
        at = at[np.argsort(place[at], kind="stable")]
        for cause in np.flatnonzero(home >= 0).tolist():
            if not len(at) or alive[ending].isdisjoint(alive[cause]):
                continue
            share, when = _follow(scene, cause, place[at], scene.keys[ending])
            floor = LEAST_OF_MANY if len(groups[home[cause]]) > 1 else LEAST
            share = np.round(share, 2)
            take = (share >= floor) & ((share > score[at]) | ((share == score[at]) & (when > since[at])))
            best[at[take]], score[at[take]], since[at[take]] = home[cause], share[take], when[take]
    return best


def _follow(scene: Scene, cause: int, at: Ints, occurrences: Ints) -> tuple[Floats, Ints]:
    """Return for each ending which part of the cause's occurrences is followed at the same lag, and when its own one was."""
    keys = scene.keys[cause]
    before = np.searchsorted(keys, at + int(EARLY_S * SECOND), side="right") - 1
    lag = (at - keys[np.maximum(before, 0)]) / SECOND
    fits = (before >= 0) & (lag <= REACH_S)
    first = np.full(len(keys), np.nan)
    np.fmin.at(first, before[fits], lag[fits])
    firsts = np.sort(first[~np.isnan(first)])
    half = np.minimum(300.0, scene.lengths[scene.units[cause]] / 2)
    around = np.searchsorted(occurrences, keys + (half * SECOND).astype(np.int64)) - np.searchsorted(occurrences, keys - (half * SECOND).astype(np.int64))
    rate = float(np.mean(around / (2 * half)))
    own = first[np.maximum(before, 0)]
    width = np.minimum(np.maximum(TOLERANCE_S, 0.25 * np.abs(own)), max(0.05, 0.15 / max(rate, 1e-9)))
    share = (np.searchsorted(firsts, own + width, side="right") - np.searchsorted(firsts, own - width)) / len(keys)
    fits &= lag - own <= BURST_S
    return np.where(fits, share, 0.0), keys[np.maximum(before, 0)]


def _by_revision(events: pl.DataFrame, causes: pl.DataFrame, ending: Collection[int]) -> pl.Series:
    """Return the one group that fails on an ending's revision about that time, of those known to end so; -1 when in doubt."""
    counts = np.zeros((events.height, 2), np.int64)
    found = np.full(events.height, -1)
    at, homes = events["ts_us"].to_numpy(), events["group"].to_numpy()
    reach = int(NEARBY_S * SECOND)
    for (home, owner), part in sorted(causes.group_by(["group", "owner"]), key=lambda g: g[0]):
        mine = np.flatnonzero(homes == home)
        times = part["ts_us"].sort().to_numpy()
        n = np.searchsorted(times, at[mine] + reach, side="right") - np.searchsorted(times, at[mine] - reach)
        more = n > counts[mine, 0]
        counts[mine, 1] = np.where(more, counts[mine, 0], np.maximum(counts[mine, 1], n))
        counts[mine[more], 0], found[mine[more]] = n[more], owner
    sure = (counts[:, 0] >= REVISION_LEAST) & (counts[:, 0] > REVISION_TIMES * counts[:, 1]) & np.isin(found, list(ending))
    return pl.Series(np.where(sure, found, -1), dtype=pl.Int64)


def _by_rest(known: pl.DataFrame) -> pl.Expr:
    """Return the group that got nearly all of a cluster, for the rest of it."""
    parts = known.filter(pl.col("owner") >= 0).group_by("cluster", "owner").len()
    total = known.group_by("cluster").len("all")
    most = parts.join(total, on="cluster").filter(pl.col("len") >= WHOLE * pl.col("all"))
    whole = dict(most.select("cluster", "owner").iter_rows())
    return pl.col("cluster").replace_strict(whole, default=-1, return_dtype=pl.Int64)


def as_mask(size: int, clusters: Collection[int]) -> npt.NDArray[np.bool_]:
    """Return clusters as a mask."""
    mask = np.zeros(size, bool)
    mask[list(clusters)] = True
    return mask
