"""Deploy windows: which revision served from when to when. Two at once are two lanes; one that serves again is a rollback."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

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
    until = following or end
    if last is None:
        return until
    if following and last > following + DRAIN:
        return min(last, end)
    others = [r.last for key, runs in heard.items() if key[:2] == place and key[2] != lane.revision for r in runs]
    stopped = not following and last + DRAIN < max(others, default=last)
    return min(last, end) if stopped else until


def place_among(i: int, lanes: Sequence[Lane]) -> Lane:
    """Return a lane with the revision that served before it, and those that served beside it."""
    lane = lanes[i]
    others = [x for x in lanes if x.revision != lane.revision]
    earlier = [x for x in others if x.start < lane.start and x.end >= lane.start - DRAIN]
    beside = {x.revision for x in others if x.start < lane.end - DRAIN and x.end > lane.start + DRAIN}
    return replace(lane, before=earlier[-1].revision if earlier else "", beside=tuple(sorted(beside)))


def join_runs(bins: Mapping[str, Sequence[datetime]], width: timedelta) -> dict[str, list[Run]]:
    """Return each revision's runs from the bins (starts, in order) in which it served, of one service and environment.

    A pause breaks a run only when it is longer than DRAIN and another revision served in it: else nobody asked.
    """
    return {
        revision: _runs(mine, [b for other, bs in bins.items() if other != revision for b in bs], width)
        for revision, mine in bins.items()
    }


def _runs(mine: Sequence[datetime], others: Sequence[datetime], width: timedelta) -> list[Run]:
    runs: list[Run] = []
    others = sorted(others)
    for start in mine:
        pause = start - runs[-1].last if runs else timedelta(0)
        replaced = pause > DRAIN and _any_within(others, runs[-1].last, start - width)
        if not runs or replaced:
            runs.append(Run(start, start + width))
        else:
            runs[-1] = Run(runs[-1].first, start + width)
    return runs


def _any_within(ordered: Sequence[datetime], after: datetime, before: datetime) -> bool:
    place = bisect_right(ordered, after)
    return place < len(ordered) and ordered[place] < before
