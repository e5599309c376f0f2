"""Which comes first, a gap or a burst: onsets against each other at every lag, held against shifts around the clock.

The strongest of all lags is compared with the strongest of each shift (a max-statistic envelope), so looking at many lags costs
nothing. A lag says "precedes"; it never says "causes".
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

REACH_S = 7200.0  # lags that are looked at, either way
WIDTH_S = 600.0  # two onsets so close to a lag belong to it
STEP_S = 300.0
SHIFTS = 500
ALPHA = 0.05
LEAST = 3  # gaps and bursts that begin within the window; two meet somewhere by chance


@dataclass(frozen=True)
class Lag:
    """Bursts begin so many seconds after gaps do (before, when negative), `pairs` times; p: how often a shift does as well."""

    seconds: float
    pairs: int
    p: float


def find_lag(gaps: Sequence[float], bursts: Sequence[float], length: float) -> Lag | None:
    """Return the lag at which bursts follow gaps, or precede them, more than chance makes; None where none stands out.

    Units:  seconds on an axis from 0 to length; both are onsets, without those at its ends, which are not known to be onsets.
    """
    first = np.array([g for g in gaps if 0 < g < length])
    then = np.array([b for b in bursts if 0 < b < length])
    if len(first) < LEAST or len(then) < LEAST:
        return None
    lags = np.arange(-REACH_S, REACH_S + 1, STEP_S)
    seen = correlate(first, then, lags, length)
    strong = np.flatnonzero(seen == seen.max())
    best = int(strong[len(strong) // 2])  # neighbours often do equally well: the one in the middle
    margin = REACH_S + WIDTH_S
    moves = np.linspace(margin, length - margin, SHIFTS) if length > 2 * margin else np.zeros(0)
    if not len(moves):
        return None
    strongest = np.array([correlate(first, (then + move) % length, lags, length).max() for move in moves])
    p = float((1 + (strongest >= seen[best]).sum()) / (1 + len(moves)))
    return Lag(float(lags[best]), int(seen[best]), p) if p <= ALPHA else None


def correlate(first: Floats, then: Floats, lags: Floats, length: float) -> Floats:
    """Return for each lag how many of `first` have one of `then` about so much later; each counts once."""
    away = (then[None, :] - first[:, None] + length / 2) % length - length / 2
    which, other = np.nonzero(np.abs(away) < np.abs(lags).max() + WIDTH_S)  # few of all pairs are at any lag
    near = np.abs(away[which, other][:, None] - lags) <= WIDTH_S / 2
    each = np.flatnonzero(np.diff(which, prepend=-1))
    return np.asarray(np.logical_or.reduceat(near, each).sum(axis=0) if len(each) else np.zeros(len(lags)), np.float64)
