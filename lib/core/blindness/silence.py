"""Silence: requests were served and the service's own log streams stopped, or what it wrote came without its message.

A service that is idle is not silent: only requests that were served can show that entries are missing, and how many it takes
depends on what this service normally writes.
"""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt
import polars as pl

from lib.core.blindness.bursts import find_runs

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

CHANCE = 1e-6  # how rarely chance may make a silence, over all that a window holds
LEAST_REQUESTS = 12  # served without an own entry; a service that writes for every request may still pause for fewer
RESTS = 0.5  # added to both counts when a share is taken: a service that never paused yet may pause
LOST = 0.9  # of the own entries without message where messages are lost
LEAST_WORDLESS = 12
USUAL_MOST = 0.5  # a service half of whose entries never carry a message is judged by Coverage, not by a stretch


@dataclass(frozen=True)
class Silence:
    """A stretch in epoch seconds, end None while it goes on. *_unsure: seconds before. wordless: entries came, but empty.

    seen: requests served without an own entry, or own entries; missed: own entries without a message.
    """

    start: float
    end: float | None
    start_unsure: float
    end_unsure: float
    seen: int
    missed: int = 0
    wordless: bool = False


def find_silences(minutes: pl.DataFrame) -> tuple[Silence, ...]:
    """Return the silences of one service, in order.

    Shape:  minutes holds bucket, served, own, wordless, first_served, last_served, first_own, last_own (aware UTC, null without).
    """
    rows = minutes.filter((pl.col("served") > 0) | (pl.col("own") > 0)).sort("bucket")
    if rows.is_empty() or not int(rows["own"].sum()):
        return ()
    found = [*find_quiet(rows), *find_wordless(rows)]
    return tuple(sorted(found, key=lambda s: s.start))


def find_quiet(rows: pl.DataFrame) -> list[Silence]:
    """Return the runs of minutes with requests and without own entries that chance would not make.

    A run is judged by all other minutes but those of silences found before, or two long silences would excuse a short one.
    """
    served, own = (rows[c].to_numpy().astype(np.int64) for c in ("served", "own"))
    quiet = own == 0
    runs = sorted(find_runs(quiet), key=lambda r: -int(served[r[0] : r[1]].sum()))
    known: Mask = np.zeros(len(served), bool)
    found = []
    for a, b in runs:
        requests = int(served[a:b].sum())
        if requests < LEAST_REQUESTS:
            break
        if is_rare(served, quiet, known, a, b):
            known[a:b] = True
            found.append((a, b, requests))
    return [_as_silence(rows, a, b, requests) for a, b, requests in sorted(found)]


def is_rare(served: Ints, quiet: Mask, known: Mask, a: int, b: int) -> bool:
    """Return whether so many requests in a row without an own entry are rarer than CHANCE, judged by all other minutes.

    A minute with r requests stays without an own entry with probability s**r; s is the likeliest over the other minutes.
    """
    others = (served > 0) & ~known
    others[a:b] = False
    stays = quiet_share(served[others], quiet[others])
    chances = max(int((~quiet).sum()), 1)
    return bool(int(served[a:b].sum()) * np.log(stays) < np.log(CHANCE / chances))


def quiet_share(served: Ints, quiet: Mask) -> float:
    """Return s, the chance that a request comes without an own entry, the likeliest from minutes of `served` requests each."""
    if not len(served):
        return 1.0
    low, high = 1e-9, 1 - 1e-9
    for _ in range(50):  # the slope of the likelihood falls with s: halve until it is found
        s = (low + high) / 2
        silent = float(served[quiet].sum()) + RESTS
        heard = served[~quiet].astype(np.float64)
        slope = silent - (heard * s**heard / -np.expm1(heard * np.log(s))).sum() - RESTS * s / (1 - s)
        low, high = (s, high) if slope > 0 else (low, s)
    return (low + high) / 2


def find_wordless(rows: pl.DataFrame) -> list[Silence]:
    """Return the stretches in which own entries lost their messages, far beyond the service's usual share."""
    heard = rows.filter(pl.col("own") > 0)
    own, empty = (heard[c].to_numpy().astype(np.float64) for c in ("own", "wordless"))
    if not empty.sum():
        return []
    shares = empty / own
    usual = (float(empty[shares <= np.median(shares)].sum()) + RESTS) / (float(own[shares <= np.median(shares)].sum()) + 1)
    if usual > USUAL_MOST:
        return []
    worth = empty * np.log(LOST / usual) + (own - empty) * np.log((1 - LOST) / (1 - usual))
    need = np.log(len(heard) / CHANCE)
    stretches = [(a, b) for a, b, gain in best_stretches(worth) if gain >= need and empty[a:b].sum() >= LEAST_WORDLESS]
    return [_as_wordless(heard, a, b, int(own[a:b].sum()), int(empty[a:b].sum())) for a, b in stretches]


def best_stretches(worth: Floats) -> list[tuple[int, int, float]]:
    """Return (first, after the last, sum) of the stretches that gain most, each up to where its sum has been lost again."""
    found: list[tuple[int, int, float]] = []
    start, best_end, total, best = 0, 0, 0.0, 0.0
    for i, w in enumerate(worth.tolist()):  # over minutes, not over entries
        if total <= 0:
            if best > 0:
                found.append((start, best_end, best))
            start, total, best = i, 0.0, 0.0
        total += w
        if total > best:
            best, best_end = total, i + 1
        if best > 0 and total < best / 2:
            found.append((start, best_end, best))
            start, total, best = i + 1, 0.0, 0.0
    return [*found, (start, best_end, best)] if best > 0 else found


def _as_silence(rows: pl.DataFrame, a: int, b: int, requests: int) -> Silence:
    """Return a run of minutes [a, b) as a silence: from the first request after the last own entry to the next own entry."""
    start = _seconds(rows["first_served"][a])
    before = _seconds(rows["last_own"][a - 1]) if a else start
    if b >= len(rows):
        return Silence(start, None, max(start - before, 0.0), 0.0, requests)
    end, last = _seconds(rows["first_own"][b]), _seconds(rows["last_served"][b - 1])
    return Silence(start, end, max(start - before, 0.0), max(end - last, 0.0), requests)


def _as_wordless(rows: pl.DataFrame, a: int, b: int, own: int, empty: int) -> Silence:
    start = _seconds(rows["first_own"][a])
    before = _seconds(rows["last_own"][a - 1]) if a else start
    if b >= len(rows):
        return Silence(start, None, max(start - before, 0.0), 0.0, own, empty, wordless=True)
    end, last = _seconds(rows["first_own"][b]), _seconds(rows["last_own"][b - 1])
    return Silence(start, end, max(start - before, 0.0), max(end - last, 0.0), own, empty, wordless=True)


def _seconds(value: object) -> float:
    """Return a moment in epoch seconds."""
    assert isinstance(value, datetime)
    return value.timestamp()
