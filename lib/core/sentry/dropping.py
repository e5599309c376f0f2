"""Losses while the SDK works: Sentry's hours say that events were lost and how many, the SDK's lines, where it writes any, when.

The Python SDK writes no line for what it loses, so the hours alone must do. Two states, getting through or not, are followed over
the minutes in which errors were logged.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt
import polars as pl

from lib.core.sentry.sentryfacts import LOST, Point
from lib.core.sentry.sentryfields import HOUR
from lib.core.sentry.sentryhours import Hours, Ints, count_outcomes, judge_hours
from lib.core.sentry.trackingstates import NOTHING, Evidence, State, StateSpan

Floats = npt.NDArray[np.float64]

STRAY = 0.002  # lines of loss a logged error where all gets through
SAID = (0.02, 0.98)  # an SDK that tells of its losses tells at least so many of them
CHANGE = 7.0  # nats that a change of state costs: one odd minute makes no outage
MOST_SAID = 0.5  # lines a lost event: an SDK that tells of so many tells of all kinds; what sampling takes it never tells
STRETCHED = 4.0  # standard deviations: so many fewer changes between lines and none than losses at random would make
LEAST_SAID = 0.2  # lines a lost event: an SDK that tells of fewer does not tell when
SURE = 15.0  # nats for what Sentry itself counted: more than two changes of state
CONFIRMED = 2.5  # lines count for so much more in an hour that lost something by Sentry's count
CLEAR_SHARE = 0.2  # an hour that lost less than this counts only beside another that did, or with lines
LEAST = 3  # errors in a loss that Sentry does not count
LATENESS = timedelta(minutes=5)  # an event is in Sentry's counts within minutes
NOTHING_ARRIVED = "nothing arrived"


@dataclass(frozen=True)
class Minutes:
    """Minutes with errors or with lines of loss, oldest first; times in epoch seconds, fractions kept."""

    bucket: Ints
    errors: Ints
    lines: Ints
    first: Floats
    last: Floats
    line_first: Floats

    def __len__(self) -> int:
        return len(self.bucket)


def find_drops(
    errors: pl.DataFrame,
    lines: pl.DataFrame,
    points: Sequence[Point],
    evidence: Sequence[Evidence] = (),
    read_at: datetime | None = None,
) -> tuple[StateSpan, ...]:
    """Return the spans in which what a working SDK sent did not arrive, in order; the last may be open (end None).

    Shape:  errors holds bucket, errors, first, last of revisions whose SDK works; lines holds bucket, count, first, last of the
            lines that tell of losses. points: Sentry's hours of the project, () when it was not asked. read_at: when they were
            read: what was logged later, or shortly before, is not in them.
    """
    minutes = join_minutes(errors, lines)
    if not points:
        return lines_alone(lines, evidence)
    until = (read_at - LATENESS).timestamp() if read_at else np.inf
    known = minutes.bucket < until
    hours = judge_hours(points, minutes.bucket[known], minutes.errors[known], come_in_stretches(minutes, points))
    minutes = with_silent_hours(minutes, hours)
    if not len(minutes):
        return ()
    place = np.where(minutes.bucket < until, hours.find(minutes.bucket), -1)
    bad = follow(weigh(minutes, hours, place))
    edges = np.flatnonzero(np.diff(np.concatenate([[0], bad.astype(np.int8), [0]])))
    runs = [(a, b) for a, b in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True) if tells(minutes, hours, place, a, b)]
    return tuple(describe(minutes, hours, place, a, b, evidence) for a, b in runs)


def join_minutes(errors: pl.DataFrame, lines: pl.DataFrame) -> Minutes:
    """Return both by minute."""
    logged = errors.group_by("bucket").agg(pl.col("errors").sum(), pl.col("first").min(), pl.col("last").max())
    told = lines.group_by("bucket").agg(
        lines=pl.col("count").sum(), line_first=pl.col("first").min(), line_last=pl.col("last").max()
    )
    both = logged.join(told, on="bucket", how="full", coalesce=True).sort("bucket")
    both = both.select(
        "bucket",
        pl.col("errors").fill_null(0).cast(pl.Int64),
        pl.col("lines").fill_null(0).cast(pl.Int64),
        first=_seconds("first", "line_first"),
        last=_seconds("last", "line_last"),
        line_first=_seconds("line_first", "first"),
    )
    return Minutes(*(both[c].to_numpy().copy() for c in ("bucket", "errors", "lines", "first", "last", "line_first")))


def with_silent_hours(minutes: Minutes, hours: Hours) -> Minutes:
    """Return the minutes with one more for each hour in which Sentry counted something and nothing was logged."""
    silent = (hours.logged == 0) & (hours.accepted + hours.lost > 0)
    seen = np.unique(hours.find(minutes.bucket))
    silent[seen[seen >= 0]] = False
    middle = hours.start[silent] + hours.length // 2
    none = np.zeros_like(middle)
    parts = zip(
        (minutes.bucket, minutes.errors, minutes.lines, minutes.first, minutes.last, minutes.line_first),
        (middle, none, none, middle.astype(float), middle.astype(float), middle.astype(float)),
        strict=True,
    )
    joined = [np.concatenate([a, b]) for a, b in parts]
    order = np.argsort(joined[0], kind="stable")
    return Minutes(*(column[order] for column in joined))


def come_in_stretches(minutes: Minutes, points: Sequence[Point]) -> bool:
    """Return whether lines tell of most of what Sentry counts as lost, and follow each other more than chance would let them.

    Source: the runs test of Wald and Wolfowitz.
    """
    lost = int(count_outcomes(points, LOST).sum())
    told = minutes.lines > 0
    some, none = int(told.sum()), int((~told).sum())
    if minutes.lines.sum() < MOST_SAID * max(lost, 1) or min(some, none) < 2:
        return False
    usual = 2 * some * none / (some + none) + 1
    spread = np.sqrt((usual - 1) * (usual - 2) / (some + none - 1))
    return bool(1 + np.count_nonzero(np.diff(told)) < usual - STRETCHED * spread)


def is_clear(hours: Hours) -> npt.NDArray[np.bool_]:
    """Return which hours missed so much that they count by themselves or beside another."""
    expected = np.maximum(hours.logged - hours.filtered, hours.missed)
    clear = (hours.missed > 0) & ((hours.accepted == 0) | (hours.missed >= CLEAR_SHARE * np.maximum(expected, 1)))
    beside = np.zeros_like(clear)
    beside[1:] |= clear[:-1]
    beside[:-1] |= clear[1:]
    return np.asarray(clear | ((hours.missed > 0) & beside), np.bool_)


def weigh(minutes: Minutes, hours: Hours, place: Ints) -> Floats:
    """Return for each minute, in nats, how much speaks for loss and against getting through.

    An hour in which Sentry counted nothing and too little was logged to expect anything says nothing.
    """
    covered = place >= 0
    at = np.where(covered, place, 0)
    missed, accepted = hours.missed[at], hours.accepted[at]
    clear = is_clear(hours)[at] & covered
    told = np.bincount(at[covered], minutes.lines[covered], minlength=len(hours.start))[at] > LEAST_SAID * missed
    result = weigh_lines(minutes, hours)
    result = np.where(covered & ~clear, np.where(accepted > 0, -SURE, 0.0), result)
    result = np.where(clear & (accepted == 0), SURE, result)
    result = np.where(clear & (accepted > 0) & told, result * CONFIRMED, result)
    for hour in np.unique(
        at[clear & (accepted > 0) & ~told]
    ):  # a mixed hour without a line: its losses lie beside the darker hour
        here = np.flatnonzero(clear & (at == hour))
        first = lost_first(hours, int(hour))
        side = split(minutes.errors[here], int(missed[here[0]]), first)
        result[here] = SURE * reach_lines(side, minutes.lines[here] > 0, first)
    return np.asarray(result, np.float64)


def weigh_lines(minutes: Minutes, hours: Hours) -> Floats:
    """Return what lines of loss beside errors say."""
    lost = max(int(hours.missed.sum()), 1)
    said = float(np.clip(minutes.lines.sum() / lost, *SAID))
    with_line = np.minimum(minutes.lines, np.maximum(minutes.errors, 1))
    without = np.maximum(minutes.errors - with_line, 0)
    return np.asarray(with_line * np.log(said / STRAY) + without * np.log((1 - said) / (1 - STRAY)), np.float64)


def lost_first(hours: Hours, hour: int) -> bool:
    """Return whether a mixed hour's losses lie at its beginning: the hour before lost all, or lost more than the one after."""
    dark = hours.missed / np.maximum(hours.missed + hours.accepted, 1)
    before = float(dark[hour - 1]) if hour else 0.0
    after = float(dark[hour + 1]) if hour + 1 < len(dark) else 0.0
    return before > after


def split(errors: Ints, missed: int, first: bool) -> Floats:
    """Return 1 for the minutes of an hour that hold its missed errors, from its beginning or its end, and -1 for the others."""
    seen = np.cumsum(errors) if first else np.cumsum(errors[::-1])[::-1]
    before = seen - errors
    return np.where(before < missed, 1.0, -1.0)


def reach_lines(side: Floats, told: npt.NDArray[np.bool_], first: bool) -> Floats:
    """Return an hour's sides with the losses stretched as far as a line tells of them."""
    places = np.flatnonzero(told)
    if len(places):
        inside = slice(0, places[-1] + 1) if first else slice(places[0], None)
        side = side.copy()
        side[inside] = 1.0
    return side


def follow(weight: Floats) -> npt.NDArray[np.bool_]:
    """Return the likeliest path through two states (True: lost); runs over minutes with errors, not over entries."""
    n = len(weight)
    stay = np.zeros((n, 2), np.bool_)
    calm, lost = 0.0, 0.0
    for i, w in enumerate(weight.tolist()):
        stay[i] = calm >= lost - CHANGE, lost >= calm - CHANGE
        calm, lost = max(calm, lost - CHANGE), max(lost, calm - CHANGE) + w
    path, state = np.zeros(n, np.bool_), lost > calm
    for i in range(n - 1, -1, -1):
        path[i] = state
        state = state if stay[i, int(state)] else not state
    return path


def tells(minutes: Minutes, hours: Hours, place: Ints, a: int, b: int) -> bool:
    """Return whether a run of minutes is enough to tell: Sentry counts its losses, or it is long enough."""
    inside = np.unique(place[a:b])
    inside = inside[inside >= 0]
    return bool(hours.lost[inside].sum() or minutes.errors[a:b].sum() >= LEAST or minutes.lines[a:b].sum() >= LEAST)


def describe(minutes: Minutes, hours: Hours, place: Ints, a: int, b: int, evidence: Sequence[Evidence]) -> StateSpan:
    """Return a run of lost minutes [a, b) as a span."""
    begin = minutes.line_first[a] - 1 if minutes.lines[a] else minutes.first[a]
    start = _time(max(min(begin, minutes.last[a]), minutes.first[a]))
    before = _time(minutes.last[a - 1]) if a else start
    last = _time(minutes.last[b - 1])
    end = _time(minutes.first[b]) if b < len(minutes) else None
    inside = np.unique(place[a:b])
    inside = inside[inside >= 0]
    lost, logged, accepted = (int(x[inside].sum()) for x in (hours.missed, hours.logged, hours.accepted))
    lost, counted = min(lost, logged) if logged else lost, int(hours.lost[inside].sum())
    cause = "lost" if counted else "filtered" if hours.filtered[inside].sum() else NOTHING_ARRIVED
    told = Evidence("sentry", State.DROPPING.value, f"{logged} errors logged, {accepted} accepted", start, last, lost, name=cause)
    mine = tuple(e for e in evidence if e.first and e.last and e.first <= last + timedelta(minutes=1) and e.last >= start)
    unsure = max(start - before, NOTHING)
    return StateSpan(
        State.DROPPING,
        "",
        start,
        end,
        unsure,
        max(end - last, NOTHING) if end else NOTHING,
        start,
        last,
        cause,
        (told, *mine),
        lost,
    )


def lines_alone(lines: pl.DataFrame, evidence: Sequence[Evidence]) -> tuple[StateSpan, ...]:
    """Return what lines say where Sentry was not asked: lost since the first of them; only delivery would end it."""
    if lines.is_empty():
        return ()
    first, last = lines["first"].min(), lines["last"].max()
    assert isinstance(first, datetime)
    assert isinstance(last, datetime)
    names = [e.name for e in evidence] or ["refused"]
    return (StateSpan(State.DROPPING, "", first, None, seen=first, last_seen=last, cause=names[0], evidence=tuple(evidence)),)


def name_outcome(points: Sequence[Point], span: StateSpan) -> str:
    """Return the outcome that Sentry counted most in a span, "" when it counted none."""
    counts = dict.fromkeys(LOST, 0)
    for p in points:
        if p.start + HOUR > span.start and (span.end is None or p.start < span.end):
            for outcome in LOST:
                counts[outcome] += p.outcomes.get(outcome, 0)
    worst = max(counts, key=lambda o: counts[o])
    return worst if counts[worst] else ""


def _seconds(*columns: str) -> pl.Expr:
    return (pl.coalesce(*columns).dt.timestamp("us") / 1e6).cast(pl.Float64)


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(round(float(seconds), 6), UTC)
