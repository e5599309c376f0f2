"""Losses of a part: for hours Sentry accepts some of what is logged and not the rest. That is neither an outage nor health."""

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
import polars as pl

from lib.core.sentry.dropping import CLEAR_SHARE, LATENESS, name_outcome
from lib.core.sentry.sentryfacts import Point
from lib.core.sentry.sentryfields import HOUR
from lib.core.sentry.sentryhours import judge_hours
from lib.core.sentry.trackingstates import Evidence, State, StateSpan

LEAST_HOURS = 3  # one after the other; an outage begins and ends within one hour each, so it makes two at most


def find_partial(errors: pl.DataFrame, points: Sequence[Point], read_at: datetime | None) -> Evidence | None:
    """Return the loss of a part that reaches to the newest hour with errors, None when there is none.

    Shape: errors holds bucket and errors (count) of revisions whose SDK works. The evidence's name is Sentry's own word for the
           loss, its count how many events were missed.
    """
    if not points or errors.is_empty():
        return None
    known = errors.filter(pl.col("bucket") < (read_at - LATENESS).timestamp()) if read_at else errors
    hours = judge_hours(points, known["bucket"].to_numpy(), known["errors"].to_numpy())
    told = np.flatnonzero((hours.logged > 0) | (hours.lost > 0))
    expected = np.maximum(hours.logged - hours.filtered, 1)[told]
    part = (hours.accepted[told] > 0) & (hours.missed[told] >= CLEAR_SHARE * expected)
    whole = np.flatnonzero(~part)
    run = told[whole[-1] + 1 :] if len(whole) else told
    if len(run) < LEAST_HOURS:
        return None
    first, last = (datetime.fromtimestamp(int(hours.start[run[i]]), UTC) for i in (0, -1))
    logged, accepted, missed = (int(x[run].sum()) for x in (hours.logged, hours.accepted, hours.missed))
    cause = name_outcome(points, StateSpan(State.DEGRADED, "", first, last + HOUR))
    text = f"{logged} errors logged, {accepted} accepted, in {len(run)} hours"
    return Evidence("sentry", State.DEGRADED.value, text, first, last + HOUR, missed, name=cause)
