"""Accepted beside logged, hour by hour, and what that comes to."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

import polars as pl

from lib.core.sentry.delivery import HourRow, TrackingCoverage, measure_coverage
from lib.core.sentry.trackingcase import Case
from lib.views.tracking import Gathered
from lib.views.trackingrows import of_service


def count_hours(case: Case, gathered: Gathered) -> tuple[HourRow, ...]:
    """Return accepted beside eligible: by Sentry's own hours where it was asked, else by full hours."""
    mine = of_service(gathered.errors, (case.service, case.environment))
    errors = mine.filter(pl.col("last") >= case.timeline.start)
    phase = int(case.sentry.points[0].start.timestamp()) % 3600 if case.sentry.points else 0
    hour = ((pl.col("bucket") - phase) // 3600) * 3600 + phase
    logged = dict(errors.group_by(hour.alias("hour")).agg(pl.col("errors").sum()).rows())
    known = {int(p.start.timestamp()): p.outcomes for p in case.sentry.points}
    return tuple(
        HourRow(
            datetime.fromtimestamp(at, UTC),
            int(logged.get(at, 0)),
            known[at].get("accepted", 0) if at in known else None,
            known.get(at, {}),
        )
        for at in sorted(logged.keys() | known.keys())
    )


def measure(hours: Sequence[HourRow]) -> TrackingCoverage | None:
    """Return the coverage over the hours that Sentry answered for, None where it was not asked or nothing was logged."""
    known = [h for h in hours if h.accepted is not None]
    if not known:
        return None
    return measure_coverage(sum(h.accepted or 0 for h in known), sum(h.eligible for h in known), sum_outcomes(known))


def sum_outcomes(hours: Sequence[HourRow]) -> dict[str, int]:
    """Return how many events had each outcome."""
    outcomes: Counter[str] = Counter()
    for h in hours:
        outcomes.update(h.outcomes)
    return dict(outcomes)
