"""Before and after of every deploy: the counts that core.compare is given, and its answers with their words."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil, floor

import numpy as np

from lib.core.compare import Compared, History, Missing, Side, compare_services
from lib.core.model import Coverage, Kind
from lib.core.rollouts.deployquestions import BIN_S, bin_of, next_bin
from lib.core.rollouts.lanes import DRAIN, Lane, LaneStart
from lib.core.rollouts.noise import find_even_minutes
from lib.core.rollouts.placebos import Floats, Piece
from lib.core.rollouts.verdicts import ClusterChange, Neighbour, find_confounders, judge_deploy, sort_changes
from lib.views.cells import NOTHING, Cells, Words, Written
from lib.views.deployfacts import SILENT, Activity, DeployFacts, Ints

NEAR = timedelta(minutes=30)  # deploys of other services this near may be the cause
STILL = timedelta(
    days=1
)  # a revision unheard for longer tells nothing of how its rates move: it may be a century to a stray year


@dataclass(frozen=True)
class Comparison:
    """One deploy compared: its lane, rows by what matters, the verdict in a sentence, and what else may have been the cause."""

    lane: Lane
    rows: tuple[ClusterChange, ...]
    verdict: str
    confounders: tuple[str, ...]

    @property
    def both_read(self) -> bool:
        """Tell whether anything of both sides was read."""
        return any(r.compared.missing is not Missing.COLLECTION for r in self.rows)


Span = tuple[datetime, datetime]  # half open


@dataclass(frozen=True)
class WindowComparison:
    """One service in two windows of time: rows by what matters."""

    service: str
    environment: str
    rows: tuple[ClusterChange, ...]


def compare_lanes(facts: DeployFacts, cells: Cells, coverage: Coverage, *, every_interval: bool) -> list[Comparison]:
    """Return the comparison of every deploy that began a lane, in order of time."""
    told = Telling(facts, cells.words, coverage, find_failing(cells))
    plans = []
    for place in sorted(facts.lanes_at):
        lanes = facts.lanes_at[place]
        sheet = Sheet(cells.by_place.get(place, NOTHING), facts.written.get(place, {}), lanes, coverage)
        pairs = [(find_before(lane, lanes), lane) for lane in lanes if lane.begins is LaneStart.DEPLOY]
        known = [(before, after) for before, after in pairs if before]
        plans.append((pairs, known, History(sheet.clusters, sheet.pieces(), tuple(sheet.sides(b, a) for b, a in known))))
    answers = compare_services([history for *_, history in plans], every_interval=every_interval)
    found: list[Comparison] = []
    for (pairs, known, history), answer in zip(plans, answers, strict=True):
        at = {after: i for i, (_, after) in enumerate(known)}
        for before, after in pairs:
            i = at.get(after)
            found.append(told.describe(after, before, () if i is None else answer[i], None if i is None else history.pairs[i]))
    return sorted(found, key=lambda c: (c.lane.start, c.lane.service, c.lane.environment))


def compare_windows(facts: DeployFacts, cells: Cells, coverage: Coverage, before: Span, after: Span) -> list[WindowComparison]:
    """Return every service's clusters in two windows of time, whoever served then."""
    places, histories = sorted(cells.by_place), []
    for place in places:
        sheet = Sheet(cells.by_place[place], facts.written[place], facts.lanes_at.get(place, ()), coverage)
        sides = (sheet.whole(before), sheet.whole(after))
        histories.append(History(sheet.clusters, sheet.pieces(), (sides,), (after[0] - before[1]) / timedelta(minutes=1)))
    answers = compare_services(histories, every_interval=True)
    return [
        WindowComparison(place[0], place[1], sort_changes([name_change(c, cells.words) for c in answer[0]]))
        for place, answer in zip(places, answers, strict=True)
    ]


def name_change(compared: Compared, words: Mapping[str, Words]) -> ClusterChange:
    """Return a cluster's answer with its words."""
    w = words[compared.cluster]
    return ClusterChange(compared, w.template, w.kind, w.priority)


def find_before(lane: Lane, lanes: Sequence[Lane]) -> Lane | None:
    """Return the lane that a lane is compared with: the last one of the revision that served before it, cut where it begins."""
    earlier = [x for x in lanes if x.revision == lane.before and x.start < lane.start]
    return earlier[-1] if lane.before and earlier else None


NO_CELLS = (np.zeros(0, np.int64),) * 3


class Sheet:
    """One service's counts as arrays: clusters down, bins across."""

    def __init__(self, written: Written, heard: Mapping[str, Activity], lanes: Sequence[Lane], coverage: Coverage) -> None:
        self.clusters, self.cells = written.clusters, written.cells
        self.heard, self.lanes, self.coverage = heard, lanes, coverage
        self.grids: dict[str, Floats] = {}

    def pieces(self) -> tuple[Piece, ...]:
        """Return the whole bins of every lane that were read, as pieces without holes."""
        named = [lane for lane in self.lanes if lane.revision]
        spans = [
            (lane, *ends) for lane in named for span in self.read_spans(lane.start, lane.end) for ends in self.alive(lane, *span)
        ]
        return tuple(self.grid(lane.revision, a, b) for lane, a, b in spans)

    def alive(self, lane: Lane, start: int, end: int) -> list[tuple[int, int]]:
        """Return [start, end) without the pauses longer than STILL in which nothing was heard of the lane's revision."""
        heard = self.heard.get(lane.revision, SILENT)
        edges = np.concatenate([[start - BIN_S], heard.bins[heard.within(start, end)], [end]])
        long = np.flatnonzero(np.diff(edges) > STILL / timedelta(seconds=1))
        begins = [start, *(int(edges[i + 1]) for i in long)]
        ends = [*(int(edges[i]) + BIN_S for i in long), end]
        return [(a, b) for a, b in zip(begins, ends, strict=True) if b > a]

    def read_spans(self, start: datetime, end: datetime) -> list[tuple[int, int]]:
        """Return the stretches of whole bins within [start, end) that were read, in seconds."""
        first, last = next_bin(start), bin_of(end)
        spans = []
        for a, b in self.coverage.unread:
            spans.append((first, min(last, bin_of(a))))
            first = max(first, next_bin(b))
        return [(a, b) for a, b in [*spans, (first, last)] if b > a]

    def grid(self, revision: str, start: int, end: int) -> Piece:
        """Return the counts of a revision in the bins of [start, end) seconds."""
        width = (end - start) // BIN_S
        counts, requests = np.zeros((len(self.clusters), width)), np.zeros(width)
        written, (bins, served) = self.read(revision, start, end)
        at = (bins - start) // BIN_S
        counts[:, at], requests[at] = written, served
        return Piece(counts, requests)

    def sides(self, before: Lane, after: Lane) -> tuple[Side, Side]:
        """Return both sides: each what its own revision wrote, the old one only until the new one began where both served."""
        stays = before.end > after.start + DRAIN
        until = after.start if stays else before.end + DRAIN
        return self.side(before, min(before.end, after.start), until), self.side(after, after.end, after.end + DRAIN)

    def whole(self, span: Span) -> Side:
        """Return what all revisions wrote in a window of time, by the bins that begin in it."""
        first, last = map(next_bin, span)
        counts, requests = np.zeros(len(self.clusters)), 0.0
        for revision, heard in self.heard.items():
            bins, count, place = self.cells.get(revision, NO_CELLS)
            mine = (bins >= first) & (bins < last)
            counts = counts + np.bincount(place[mine], count[mine], len(counts))
            requests += 0.0 if self.coverage.left_out else float(heard.requests[heard.within(first, last)].sum())
        return Side(counts, requests, read_minutes(*span, self.coverage))

    def side(self, lane: Lane, end: datetime, labelled_until: datetime) -> Side:
        """Return what a lane's revision wrote; its last entries may come a little after the lane has ended.

        Entries without a label belong to no revision, and so not to one whose name is not known.
        """
        minutes = self.heard_minutes(lane, end)
        if not lane.revision:
            return Side(np.zeros(len(self.clusters)), 0.0, minutes)
        counts, (bins, requests) = self.read(lane.revision, bin_of(lane.start), bin_of(labelled_until))
        even = find_even_minutes(bins // BIN_S, requests)
        return Side(counts.sum(1), float(requests.sum()), minutes, even)

    def heard_minutes(self, lane: Lane, end: datetime) -> float:
        """Return the minutes of a lane up to `end` that some source covers, without the pauses that `alive` leaves out."""
        first, last = floor(lane.start.timestamp()), ceil(end.timestamp())
        parts = [
            (lane.start if a == first else datetime.fromtimestamp(a, UTC), end if b == last else datetime.fromtimestamp(b, UTC))
            for a, b in self.alive(lane, first, last)
        ]
        return sum(read_minutes(a, b, self.coverage) for a, b in parts)

    def read(self, revision: str, start: int, end: int) -> tuple[Floats, tuple[Ints, Floats]]:
        """Return a revision's counts [cluster, bin] by its bins in [start, end) seconds, and those bins with their requests.

        A source that leaves requests out gives no exposure.
        """
        heard = self.heard.get(revision, SILENT)
        mine = heard.within(start, end)
        requests = heard.requests[mine].astype(np.float64)
        served = heard.bins[mine], np.zeros_like(requests) if self.coverage.left_out else requests
        return self.lay_out(revision, heard.bins)[:, mine], served

    def lay_out(self, revision: str, heard: Ints) -> Floats:
        """Return a revision's counts [cluster, bin] by the bins in which it was heard, of all time."""
        if revision not in self.grids:
            bins, count, place = self.cells.get(revision, NO_CELLS)
            shape = len(self.clusters), len(heard)
            grid = np.bincount(place * len(heard) + np.searchsorted(heard, bins), count, shape[0] * shape[1])
            self.grids[revision] = grid.astype(np.float64, copy=False).reshape(shape)
        return self.grids[revision]


def read_minutes(start: datetime, end: datetime, coverage: Coverage) -> float:
    """Return the minutes of [start, end) that some source covers."""
    return (end - start - find_unread(start, end, coverage)) / timedelta(minutes=1)


def find_unread(start: datetime, end: datetime, coverage: Coverage) -> timedelta:
    """Return how much of [start, end) no source covers."""
    return sum((max(min(b, end) - max(a, start), timedelta(0)) for a, b in coverage.unread), timedelta(0))


@dataclass(frozen=True)
class Telling:
    """What a comparison's words rest on; failing: the failure clusters of each service and environment."""

    facts: DeployFacts
    words: Mapping[str, Words]
    coverage: Coverage
    failing: Mapping[tuple[str, str], frozenset[str]]

    def describe(
        self, lane: Lane, before: Lane | None, answers: Sequence[Compared], sides: tuple[Side, Side] | None
    ) -> Comparison:  # fmt: skip
        """Return one deploy's comparison in words."""
        rows = sort_changes([name_change(c, self.words) for c in answers])
        assert lane.deploy is not None
        span = timedelta(minutes=sides[1].minutes if sides else 0)
        unread = find_unread(before.start if before else lane.start, lane.end, self.coverage)
        near = find_neighbours(self.facts, lane, self.failing)
        confounders = find_confounders(near, find_traffic(sides), unread, lane.beside, self.coverage.suspect)
        return Comparison(lane, rows, judge_deploy(lane.deploy, rows, span, lane.before), confounders)


def find_traffic(sides: tuple[Side, Side] | None) -> float | None:
    """Return requests per minute after / before, None where either has none."""
    if not sides or not all(s.requests and s.minutes for s in sides):
        return None
    return (sides[1].requests / sides[1].minutes) / (sides[0].requests / sides[0].minutes)


def find_failing(cells: Cells) -> dict[tuple[str, str], frozenset[str]]:
    """Return the failure clusters of each service and environment."""
    return {
        place: frozenset(c for c in written.clusters if cells.words[c].kind is Kind.FAILURE)
        for place, written in cells.by_place.items()
    }


def find_neighbours(facts: DeployFacts, lane: Lane, failing: Mapping[tuple[str, str], frozenset[str]]) -> list[Neighbour]:
    """Return the deploys of other services near a lane's start with which its service shares failures."""
    mine = failing.get((lane.service, lane.environment), frozenset())
    deploys = facts.found.deploys  # in order of time
    first = bisect_left(deploys, lane.start - NEAR, key=lambda d: d.ts)
    near = deploys[first : bisect_right(deploys, lane.start + NEAR, key=lambda d: d.ts)]
    shared = [(d, len(mine & failing.get((d.service, d.environment), frozenset()))) for d in near if d.service != lane.service]
    return [Neighbour(d.service, d.revision, d.ts, n) for d, n in shared if n]
