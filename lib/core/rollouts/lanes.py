"""Deploy windows: which revision served from when to when. Two at once are two lanes; one that serves again is a rollback."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from lib.core.deploys import Deploy, DeployOutcome, Found

DRAIN = timedelta(minutes=10)  # an old revision's last requests end by then; later ones mean that it still serves


class LaneStart(StrEnum):
    """How a lane begins: with a deploy, with a revision first seen, or with one that serves again."""

    DEPLOY = "deploy"
    FIRST_SEEN = "first_seen"
    AGAIN = "again"


@dataclass(frozen=True)
class Lane:
    """A revision's window [start, end) in a service and environment.

    before: the revision that served until then, "" when none is known.
    beside: revisions that served at the same time.
    """

    service: str
    environment: str
    revision: str
    start: datetime
    end: datetime
    begins: LaneStart
    before: str = ""
    beside: tuple[str, ...] = ()
    deploy: Deploy | None = None


@dataclass(frozen=True)
class Run:
    """A stretch in which a revision was heard to serve, by whole bins."""

    first: datetime
    last: datetime


Heard = Mapping[tuple[str, str, str], Sequence[Run]]  # (service, environment, revision) -> its runs, see join_runs


def find_lanes(found: Found, heard: Heard, end: datetime) -> list[Lane]:
    """Return the lanes of every service and environment in order of their start; none ends after `end`."""
    starts: dict[tuple[str, str], list[Lane]] = {}
    for lane in begin_lanes(found, heard, end):
        starts.setdefault((lane.service, lane.environment), []).append(lane)
    lanes = [lane for place in sorted(starts) for lane in end_lanes(sorted(starts[place], key=_order), heard, end)]
    return sorted(lanes, key=_order)


def _order(lane: Lane) -> tuple[datetime, str, str, str]:
    return lane.start, lane.service, lane.environment, lane.revision


def begin_lanes(found: Found, heard: Heard, end: datetime) -> Iterable[Lane]:
    """Yield lanes that know when they begin: a deploy that failed begins none."""
    for d in found.deploys:
        if d.outcome is not DeployOutcome.FAILED and d.ts < end:
            yield Lane(d.service, d.environment, d.revision, d.ts, end, LaneStart.DEPLOY, deploy=d)
            yield from _again(d.service, d.environment, d.revision, d.ts, heard, end)
    for s in found.first_seen:
        if s.heard and s.ts < end:
            yield Lane(s.service, s.environment, s.revision, s.ts, end, LaneStart.FIRST_SEEN)
            yield from _again(s.service, s.environment, s.revision, s.ts, heard, end)


def _again(
    service: str, environment: str, revision: str, start: datetime, heard: Heard, end: datetime
) -> Iterable[Lane]:  # fmt: skip
    """Yield a lane for each later run of a revision: it was replaced in between, and serves again."""
    runs = [r for r in heard.get((service, environment, revision), ()) if r.last >= start]
    for run in runs[1:]:
        yield Lane(service, environment, revision, run.first, end, LaneStart.AGAIN)


def end_lanes(lanes: Sequence[Lane], heard: Heard, end: datetime) -> list[Lane]:
    """Return one service's lanes, which come in order of their start, with their ends and neighbours."""
    ended = []
    for i, lane in enumerate(lanes):
        later = [x.start for x in lanes[i + 1 :] if x.start > lane.start]
        ended.append(replace(lane, end=find_end(lane, min(later, default=None), heard, end)))
    return [place_among(i, ended) for i, lane in enumerate(ended) if lane.end > lane.start]


def find_end(lane: Lane, following: datetime | None, heard: Heard, end: datetime) -> datetime:
    """Return when a lane ends: with the next one, or with its last requests when it went on beside or stopped before it."""
    place = (lane.service, lane.environment)
    mine = [r for r in heard.get((*place, lane.revision), ()) if r.last >= lane.start]
    last = mine[0].last if mine else None
    if last is None:
        return following or end
    if following:
        return min(last, end) if last > following + DRAIN else following
    others = [r.last for key, runs in heard.items() if key[:2] == place and key[2] != lane.revision for r in runs]
    return min(last, end) if last + DRAIN < max(others, default=last) else end


def place_among(i: int, lanes: Sequence[Lane]) -> Lane:
    """Return a lane with the revision that served before it, and those that served beside it."""
    lane = lanes[i]
    others = [x for x in lanes if x.revision != lane.revision]
    earlier = [x for x in others if x.start < lane.start and x.end >= lane.start - DRAIN]
    beside = {x.revision for x in others if x.start < lane.end - DRAIN and x.end > lane.start + DRAIN}
    return replace(lane, before=earlier[-1].revision if earlier else "", beside=tuple(sorted(beside)))


def join_runs(bins: Mapping[str, NDArray[np.int64]], width: int) -> dict[str, list[Run]]:
    """Return each revision's runs from the bins in which it served, of one service and environment.

    bins: their starts in seconds since the epoch, in order, one at least. width: of a bin in seconds. A pause breaks a run only
    when it is longer than DRAIN and another revision served in it: else nobody asked.
    """
    every = np.sort(np.concatenate([np.zeros(0, np.int64), *bins.values()]))
    return {revision: _runs(mine, every, width) for revision, mine in bins.items()}


def _runs(mine: NDArray[np.int64], every: NDArray[np.int64], width: int) -> list[Run]:
    ends = mine + width
    pauses = np.flatnonzero(mine[1:] - ends[:-1] > DRAIN.total_seconds())
    heard = every[np.searchsorted(every, ends[pauses], side="right")]  # the next bin of any revision, its own at the latest
    breaks = pauses[heard < mine[pauses + 1] - width]
    firsts, lasts = mine[[0, *(breaks + 1)]].tolist(), ends[[*breaks, -1]].tolist()
    return [Run(datetime.fromtimestamp(a, UTC), datetime.fromtimestamp(b, UTC)) for a, b in zip(firsts, lasts, strict=True)]
