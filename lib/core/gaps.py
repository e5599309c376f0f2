"""Gaps: when a service's errors could not be seen, and why; made of its tracking states, its silences and what was not collected.

The window is cut wherever any of these begins or ends, each piece is judged by the first row that applies, and neighbours that
were judged alike are joined. So gaps are disjoint, in order, and inside the window.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from lib.core.sentry.trackingstates import BLIND_STARTS, NOTHING, Evidence, Life, StateSpan, Timeline


class Cause(StrEnum):
    """Why nobody could see; the worst to overlook first."""

    MISSING = "missing"
    DISABLED = "disabled"
    MISCONFIGURED = "misconfigured"
    DROPPING = "dropping"
    SILENT = "silent"
    UNCOLLECTED = "uncollected"


MOMENT = timedelta(microseconds=1)
TRACKING = (Cause.MISSING, Cause.DISABLED, Cause.MISCONFIGURED, Cause.DROPPING)  # failures are logged, and nobody is told
UNHEARD = (Cause.SILENT, Cause.UNCOLLECTED)  # failures may not even be logged, or not be here


@dataclass(frozen=True)
class Stretch:
    """A stretch in which we could not look, or the logs stopped. end None: it goes on. part: some entries came all the same."""

    cause: Cause
    start: datetime
    end: datetime | None
    start_unsure: timedelta = NOTHING
    end_unsure: timedelta = NOTHING
    evidence: tuple[Evidence, ...] = ()
    part: bool = False


@dataclass(frozen=True)
class Gap:
    """One gap of one service: [start, end) in aware UTC, end None while it is open. `until` is its end, or the window's.

    start_unsure: it may have begun so long before; end_unsure: it may have been over so long before, also while it is open: then
    nothing was read of the last of the window.
    revisions: those that were blind when it is partial, else all that served; partial: others of them could be seen.
    """

    service: str
    environment: str
    cause: Cause
    start: datetime
    end: datetime | None
    until: datetime
    start_unsure: timedelta = NOTHING
    end_unsure: timedelta = NOTHING
    revisions: tuple[str, ...] = ()
    partial: bool = False
    evidence: tuple[Evidence, ...] = ()

    @property
    def open(self) -> bool:
        """Whether it goes on at the end of the window."""
        return self.end is None

    @property
    def length(self) -> timedelta:
        """How long it is within the window."""
        return self.until - self.start


@dataclass(frozen=True)
class Piece:
    """What is known of a moment: who served, which of them were blind and why, and which stretches cover it."""

    start: datetime
    end: datetime
    serving: tuple[str, ...]
    blind: tuple[tuple[str, StateSpan], ...]
    silent: Stretch | None
    uncollected: Stretch | None

    @property
    def all_blind(self) -> bool:
        """Whether nothing that served could be seen."""
        return bool(self.blind) and len(self.blind) == len(self.serving)


Judged = tuple[Cause, bool, tuple[str, ...], tuple[Evidence, ...]]


def find_gaps(service: str, environment: str, timeline: Timeline, stretches: Sequence[Stretch] = ()) -> tuple[Gap, ...]:
    """Return a service's gaps in the timeline's window; stretches: its silences, and what was not collected."""
    spans = blind_spans(timeline)
    gaps: list[Gap] = []
    for piece in cut(timeline, spans, stretches):
        judged = next((found for _, rule in RULES if (found := rule(piece)) is not None), None)
        if judged is None:
            continue
        cause, partial, revisions, evidence = judged
        last = gaps[-1] if gaps else None
        if last and (last.until, last.cause, last.partial) == (piece.start, cause, partial):
            gaps[-1] = replace(
                last,
                until=piece.end,
                end=piece.end,
                revisions=_joined(last.revisions, revisions),
                evidence=tuple(dict.fromkeys((*last.evidence, *evidence))),
            )
        else:
            gaps.append(
                Gap(
                    service,
                    environment,
                    cause,
                    piece.start,
                    piece.end,
                    piece.end,
                    revisions=revisions,
                    partial=partial,
                    evidence=evidence,
                )
            )
    return settle_edges(gaps, timeline, spans, stretches)


def blind_spans(timeline: Timeline) -> tuple[StateSpan, ...]:
    """Return what makes revisions that served blind, in order."""
    served = {life.revision for life in timeline.lives if life.served}
    return tuple(s for s in timeline.blind_spans() if not s.revision or s.revision in served)


def cut(timeline: Timeline, spans: Sequence[StateSpan], stretches: Sequence[Stretch]) -> list[Piece]:
    """Return the window in pieces between any two changes, in order."""
    edges = {timeline.start, timeline.end}
    for one in list_changes(timeline, spans, stretches):
        edges |= {t for t in (one.start, one.end) if t is not None and timeline.start < t < timeline.end}
    order = sorted(edges)
    return [look(timeline, spans, stretches, a, b) for a, b in pairwise(order)]


def list_changes(
    timeline: Timeline, spans: Sequence[StateSpan], stretches: Sequence[Stretch]
) -> list[Life | StateSpan | Stretch]:
    """Return all that begins or ends."""
    return [*(life for life in timeline.lives if life.served), *spans, *stretches]


def look(timeline: Timeline, spans: Sequence[StateSpan], stretches: Sequence[Stretch], start: datetime, end: datetime) -> Piece:
    """Return what is known of [start, end), in which nothing changes."""
    lives = timeline.serving(start) or idle_before(timeline, start)
    serving = tuple(life.revision for life in lives)
    here = [s for s in spans if s.covers(start)]
    dropping = next((s for s in here if not s.revision), None)
    blind = []
    for life in lives:
        held = [s for s in spans if s.revision == life.revision and s.state in BLIND_STARTS and holds(s, life, start)]
        if span := held[-1] if held else dropping:
            blind.append((life.revision, span))
    if dropping is not None and not serving:
        serving, blind = ("",), [("", dropping)]
    covering = [s for s in stretches if s.start <= start and (s.end is None or start < s.end)]
    silent, uncollected = (next((s for s in covering if s.cause is cause), None) for cause in (Cause.SILENT, Cause.UNCOLLECTED))
    return Piece(start, end, serving, tuple(blind), silent, uncollected)


def idle_before(timeline: Timeline, moment: datetime) -> tuple[Life, ...]:
    """Return the revision that served last before a moment in which none was heard: requests would still have come to it."""
    over = [life for life in timeline.lives if life.served and life.end is not None and life.end <= moment]
    return tuple(sorted(over, key=lambda life: life.end or moment)[-1:])


def holds(span: StateSpan, life: Life, moment: datetime) -> bool:
    """Return whether a span of a revision holds at a moment: within it, or after it when it lasted to the revision's end."""
    return span.covers(moment) or (span.end is not None and span.end == life.end and life.end <= moment)


# ---- rules: what a piece is; the first that applies decides


def judge_blind(piece: Piece) -> Judged | None:
    """All that serves is blind by what its tracking says."""
    return _by_tracking(piece, partial=False) if piece.all_blind else None


def judge_uncollected(piece: Piece) -> Judged | None:
    """Nothing of it was read, so nothing is known of it."""
    if piece.uncollected is None or piece.uncollected.part:
        return None
    return Cause.UNCOLLECTED, False, (), piece.uncollected.evidence


def judge_silent(piece: Piece) -> Judged | None:
    """It served and wrote nothing."""
    return None if piece.silent is None else (Cause.SILENT, False, _named(piece.serving), piece.silent.evidence)


def judge_partly_blind(piece: Piece) -> Judged | None:
    """Some of what serves is blind."""
    return _by_tracking(piece, partial=True) if piece.blind else None


def judge_partly_read(piece: Piece) -> Judged | None:
    """Only a part of it was read."""
    return None if piece.uncollected is None else (Cause.UNCOLLECTED, True, (), piece.uncollected.evidence)


RULES: tuple[tuple[str, Callable[[Piece], Judged | None]], ...] = (
    ("all that serves is blind", judge_blind),
    ("not collected", judge_uncollected),
    ("logs stopped", judge_silent),
    ("some revisions are blind", judge_partly_blind),
    ("collected in part", judge_partly_read),
)


def _by_tracking(piece: Piece, *, partial: bool) -> Judged:
    """Return the cause that most blind revisions have, the newest of them where they are even."""
    causes = [Cause(span.state.value) for _, span in piece.blind]
    cause = max(reversed(causes), key=causes.count)
    evidence = tuple(dict.fromkeys(e for _, span in piece.blind for e in span.evidence))
    return cause, partial, _named([revision for revision, _ in piece.blind]), evidence


# ---- edges


def settle_edges(
    gaps: Iterable[Gap], timeline: Timeline, spans: Sequence[StateSpan], stretches: Sequence[Stretch]
) -> tuple[Gap, ...]:
    """Return gaps with their uncertainty, never beyond the window or a neighbour, and open where they reach the window's end."""
    starts: dict[datetime, timedelta] = {}
    ends: dict[datetime, timedelta] = {}
    for one in list_changes(timeline, spans, stretches):
        starts[one.start] = max(starts.get(one.start, NOTHING), one.start_unsure)
        if one.end is not None:
            ends[one.end] = max(ends.get(one.end, NOTHING), one.end_unsure)
        if isinstance(one, Life) and idle_before(timeline, one.start) and not timeline.serving(one.start - MOMENT):
            ends[one.start] = max(ends.get(one.start, NOTHING), one.start_unsure)
    settled: list[Gap] = []
    for gap in gaps:
        floor = settled[-1].until if settled else timeline.start
        before = min(starts.get(gap.start, NOTHING), gap.start - floor)
        is_open = gap.until >= timeline.end
        after = min(find_unread_end(timeline, stretches) if is_open else ends.get(gap.until, NOTHING), gap.until - gap.start)
        after = NOTHING if is_open and gap.cause is Cause.UNCOLLECTED else after
        settled.append(replace(gap, start_unsure=before, end_unsure=after, end=None if is_open else gap.until))
    return tuple(settled)


def find_unread_end(timeline: Timeline, stretches: Sequence[Stretch]) -> timedelta:
    """Return how much of the window's end was not read: what was so before may have ended since."""
    starts = [
        s.start for s in stretches if s.cause is Cause.UNCOLLECTED and not s.part and (s.end is None or s.end >= timeline.end)
    ]
    return max((timeline.end - max(start, timeline.start) for start in starts), default=NOTHING)


def narrow(gaps: Iterable[Gap], start: datetime, end: datetime) -> tuple[Gap, ...]:
    """Return the parts of gaps within [start, end); one that goes on beyond it is open there."""
    inside = []
    for gap in gaps:
        if gap.until <= start or gap.start >= end:
            continue
        goes_on = gap.until > end or (gap.open and gap.until >= end)
        known = gap.until - gap.end_unsure if gap.open else end
        inside.append(
            replace(
                gap,
                start=max(gap.start, start),
                until=min(gap.until, end),
                end=None if goes_on else gap.end,
                start_unsure=min(gap.start_unsure, max(gap.start - start, NOTHING)),
                end_unsure=max(min(gap.until, end) - max(known, start), NOTHING) if goes_on else gap.end_unsure,
            )
        )
    return tuple(inside)


def _joined(one: Sequence[str], other: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted({*one, *other}))


def _named(revisions: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted(r for r in revisions if r))
