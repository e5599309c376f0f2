"""Exits and failed requests: every failure ends in one, so each entry of them is given to the problem that it follows."""

import re
from collections.abc import Collection, Iterator, Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from lib.core.causes.linking import COMPARED
from lib.core.causes.meetings import FEWEST, local_rate
from lib.core.causes.occurrences import SECOND, Floats, Ints, Scene

CAUSE, PROCESS, REQUEST = 0, 1, 2  # a failed request follows an ended process, which follows a cause

# What says that a process ended, and not why. The memory limit says why: it is a cause.
ENDED = re.compile(
    r"(?i)^container (?:called exit|terminated)|probe failed [0-9]+ times? consecutively|^ready condition status changed to false"
    r"|\bexited with (?:code|status)\b|\bshutting down: master\b|\bworker failed to boot\b|\bapplication startup failed\b"
    r"|\bprocess (?:has )?exited\b|\bexit status [0-9]+$"
    r"|\bnpm err! (?:code|errno|lifecycle)\b|\bworker \(pid:[^)]*\) was sent sig"
)
REFUSED = re.compile(r"^The request (?:failed because|was aborted because)")

EARLY_S = 0.5  # clocks of the platform and of a container differ by so much
REACH_S = 120.0  # a request that fails later than this after its cause is not told from others
ONCE_S = 5.0  # of a cause that was seen once or twice, so that its usual lag is not known
BURST_S = 15.0  # endings that follow one ending within this time end with it
TOLERANCE_S = 1.5
LEAST = 0.3  # part of a cause's occurrences that an ending follows
LEAST_OF_MANY = 0.1  # of a problem of several clusters: it is less likely to be chance
NEARBY_S = 600.0  # with nothing on the container: what fails on the same revision so near
REVISION_LEAST, REVISION_TIMES = 3, 9  # and only when it fails in one way: so many entries, so many times those of any other


HOW = {
    "trace": "in the same traces",
    "instance": "after it on the same instance",
    "exit": "at once after an exit that is its",
    "revision": "on the revision alone: hardly anything else failed there within 10 minutes",
}
"""The ways in which an ending is known to belong to a problem, surest first."""


def rank(text: str, origin: str) -> int:
    """Return whether a cluster tells a cause, the end of a process, or the failure of a request."""
    if origin == "request" or REFUSED.search(text):
        return REQUEST
    return PROCESS if ENDED.search(text.split("\n", maxsplit=1)[0][:500]) else CAUSE


def give_endings(scene: Scene, groups: Sequence[Sequence[int]], endings: Collection[int], ranks: Sequence[int]) -> pl.DataFrame:
    """Return which endings belong to which group: row, owner (index of the group), how (a key of HOW); the surest way decides."""
    home = _home_of(groups, len(scene.keys))
    rows = scene.rows.with_columns(owner=pl.Series(home[scene.rows["cluster"].to_numpy()], dtype=pl.Int64))
    events = rows.filter(pl.col("cluster").is_in(list(endings)))
    causes = rows.filter(pl.col("owner") >= 0)
    if events.is_empty() or causes.is_empty():
        return pl.DataFrame(schema={"row": pl.UInt32, "owner": pl.Int64, "how": pl.String})
    owner, how = np.full(events.height, -1), np.full(events.height, -1)
    for way, found in enumerate(_find_ways(scene, events, causes, groups, ranks, owner)):
        fresh = (owner < 0) & (found >= 0)
        owner[fresh], how[fresh] = found[fresh], way
    ways = pl.Series("how", how, pl.Int64).replace_strict(dict(enumerate(HOW)), default="", return_dtype=pl.String)
    return events.select("row", pl.Series("owner", owner, pl.Int64), ways).filter(pl.col("owner") >= 0)


def _find_ways(
    scene: Scene, events: pl.DataFrame, causes: pl.DataFrame, groups: Sequence[Sequence[int]], ranks: Sequence[int], owner: Ints
) -> Iterator[Ints]:
    """Yield the owners by each of the ways of HOW; `owner` holds what the ways before have found."""
    yield _by_trace(events, causes)
    yield _by_instance(scene, events, groups)
    yield _by_exit(scene, events, owner, np.array(ranks, np.int64)[events["cluster"].to_numpy()])
    yield _by_revision(events, causes, set(owner[owner >= 0].tolist()))


def _by_trace(events: pl.DataFrame, causes: pl.DataFrame) -> Ints:
    """Return the one group that failed in the same trace, -1 when none or several did."""
    named = causes.filter(pl.col("trace") >= 0).group_by("trace").agg(pl.col("owner").unique())
    one = named.filter(pl.col("owner").list.len() == 1).with_columns(pl.col("owner").list.first())
    return events.select("trace").join(one, on="trace", how="left", maintain_order="left")["owner"].fill_null(-1).to_numpy()


def _home_of(groups: Sequence[Sequence[int]], size: int) -> Ints:
    home = np.full(size, -1)
    for n, members in enumerate(groups):
        home[list(members)] = n
    return home


def _by_instance(scene: Scene, events: pl.DataFrame, groups: Sequence[Sequence[int]]) -> Ints:
    """Return the group whose clusters are most regularly followed by an ending at its lag, the latest of equals."""
    home = _home_of(groups, len(scene.keys))
    best = np.full(events.height, -1)
    score, since = np.full(events.height, -1.0), np.zeros(events.height, np.int64)
    units, clusters = events["unit"].to_numpy(), events["cluster"].to_numpy()
    place = events["ts_us"].to_numpy() + scene.seats[units]
    units_of = [frozenset(u.tolist()) for u in scene.units]
    often = sorted(np.flatnonzero(home >= 0).tolist(), key=lambda c: (len(groups[int(home[c])]) == 1, -len(scene.keys[c]), c))
    causes = sorted(often[:COMPARED])
    present = {int(c): np.flatnonzero((clusters == c) & (units >= 0)) for c in np.unique(clusters)}
    for ending, found in present.items():
        at = found[np.argsort(place[found], kind="stable")]
        for cause in causes:
            floor = LEAST_OF_MANY if len(groups[home[cause]]) > 1 else LEAST
            if len(scene.keys[ending]) < floor * len(scene.keys[cause]) or units_of[ending].isdisjoint(units_of[cause]):
                continue
            share, worth, when = _follow(scene, cause, place[at], scene.keys[ending])
            take = (share >= floor) & ((worth > score[at]) | ((worth == score[at]) & (when > since[at])))
            best[at[take]], score[at[take]], since[at[take]] = home[cause], worth[take], when[take]
    return best


def _follow(scene: Scene, cause: int, at: Ints, occurrences: Ints) -> tuple[Floats, Floats, Ints]:
    """Return for each ending which part of the cause's occurrences is followed at its lag, what that is worth beside other
    causes (half when it merely comes with an earlier ending), and when its own occurrence was."""
    keys = scene.keys[cause]
    before = keys.searchsorted(at + int(EARLY_S * SECOND), side="right") - 1
    lag = (at - keys[np.maximum(before, 0)]) / SECOND
    fits = (before >= 0) & (lag <= (REACH_S if len(keys) >= FEWEST else ONCE_S))
    first = np.full(len(keys), np.nan)
    np.fmin.at(first, before[fits], lag[fits])
    firsts = np.sort(first[~np.isnan(first)])
    rate = local_rate(scene, cause, occurrences)
    own = first[np.maximum(before, 0)]
    width = np.minimum(np.maximum(TOLERANCE_S, 0.25 * np.abs(own)), max(0.05, 0.15 / max(rate, 1e-9)))
    fits &= lag - own <= BURST_S
    followed = firsts.searchsorted(own + width, side="right") - firsts.searchsorted(own - width)
    share: Floats = np.where(fits, followed, 0) / len(keys)
    worth = np.where(lag - own <= TOLERANCE_S, share, share / 2).astype(np.float64).round(2)
    return share, worth, keys[np.maximum(before, 0)]


def _by_exit(scene: Scene, events: pl.DataFrame, owner: Ints, rank: Ints) -> Ints:
    """Return whose exit a failed request follows at once on its container: the connection went with the process."""
    units = events["unit"].to_numpy()
    place = events["ts_us"].to_numpy() + scene.seats[units]
    exits = np.flatnonzero((rank == PROCESS) & (owner >= 0) & (units >= 0))
    exits = exits[np.argsort(place[exits], kind="stable")]
    found = np.full(len(owner), -1)
    if len(exits):
        before = place[exits].searchsorted(place + int(EARLY_S * SECOND), side="right") - 1
        last = exits[np.maximum(before, 0)]
        close = (before >= 0) & (place - place[last] <= BURST_S * SECOND) & (units >= 0) & (rank == REQUEST)
        found[close] = owner[last][close]
    return found


def _by_revision(events: pl.DataFrame, causes: pl.DataFrame, ending: Collection[int]) -> Ints:
    """Return the one group that fails on an ending's revision about that time, of those known to end so; -1 when in doubt."""
    counts = np.zeros((events.height, 2), np.int64)
    found = np.full(events.height, -1)
    at, homes = events["ts_us"].to_numpy(), events["group"].to_numpy()
    reach = int(NEARBY_S * SECOND)
    for (home, owner), part in sorted(causes.group_by(["group", "owner"]), key=lambda g: g[0]):
        mine = np.flatnonzero(homes == home)
        times = part["ts_us"].sort().to_numpy()
        n = times.searchsorted(at[mine] + reach, side="right") - times.searchsorted(at[mine] - reach)
        more = n > counts[mine, 0]
        counts[mine, 1] = np.where(more, counts[mine, 0], np.maximum(counts[mine, 1], n))
        counts[mine[more], 0], found[mine[more]] = n[more], owner
    sure = (counts[:, 0] >= REVISION_LEAST) & (counts[:, 0] > REVISION_TIMES * counts[:, 1]) & np.isin(found, list(ending))
    return np.where(sure, found, -1)


def as_mask(size: int, clusters: Collection[int]) -> npt.NDArray[np.bool_]:
    """Return clusters as a mask."""
    mask = np.zeros(size, bool)
    mask[list(clusters)] = True
    return mask
