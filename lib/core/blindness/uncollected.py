"""Stretches in which we did not look: before, between and after what was read, and exports that were cut or broke off."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt

from lib.core.gaps import Cause, Stretch
from lib.core.sentry.trackingstates import Evidence

LEAST = timedelta(minutes=10)  # exports by the hour leave seconds to minutes between them
PAUSES = 3.0  # a hole must be so many times as long as the longest pause inside what was read
LEAST_LIVE = timedelta(minutes=5)  # what is read live is late by 90 s at least, and read again until it counts as complete
UNREAD = "No export covers it: nothing was read."


def find_uncollected(
    unread: Sequence[tuple[datetime, datetime]],
    minutes: npt.NDArray[np.int64],
    failed: Sequence[tuple[datetime, datetime, str]] = (),
    live: Sequence[tuple[datetime, datetime, str]] = (),
) -> tuple[Stretch, ...]:
    """Return the stretches that were not collected, in order.

    Shape:  unread: stretches outside of every export; minutes: sorted epoch seconds of minutes that hold an entry of any service;
            failed: (first, last, why) of imports that broke off or look cut.
            live: (from, to, why) that a live source was not read, known exactly; where others were, entries are missing in part.
    """
    least = max(LEAST, PAUSES * longest_pause(minutes, unread))
    whole = [
        Stretch(Cause.UNCOLLECTED, a, b, evidence=(Evidence("import", "unread", UNREAD, a, b, 1),))
        for a, b in unread
        if b - a >= least
    ]
    part = [
        Stretch(Cause.UNCOLLECTED, a, b, evidence=(Evidence("import", "cut", why, a, b, 1),), part=True) for a, b, why in failed
    ]
    holes = [hole for hole in live if hole[1] - hole[0] >= LEAST_LIVE]
    told = [
        Stretch(Cause.UNCOLLECTED, a, b, evidence=(Evidence("source", "unread", why, a, b, 1),), part=not inside)
        for a, b, why in holes
        for inside in [any(since <= a and b <= until for since, until in unread)]
    ]
    return tuple(sorted([*told, *whole, *part], key=lambda s: (s.start, s.part)))


def longest_pause(minutes: npt.NDArray[np.int64], unread: Sequence[tuple[datetime, datetime]]) -> timedelta:
    """Return the longest pause between entries that no hole explains."""
    if len(minutes) < 2:
        return timedelta(0)
    pauses = np.diff(minutes) - 60
    for a, b in unread:
        pauses = np.where((minutes[:-1] < b.timestamp()) & (minutes[1:] + 60 > a.timestamp()), 0, pauses)
    return timedelta(seconds=int(pauses.max(initial=0)))
