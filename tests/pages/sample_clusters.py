"""Made-up clusters over the made-up day."""

from datetime import timedelta

from lib.core.model import Cluster, Kind, Priority, TrendPoint
from tests.pages.sample_day import END, HOSTILE, START

BUCKET_S = 1800


def points(*counts: int, bucket_s: int = BUCKET_S) -> tuple[TrendPoint, ...]:
    """Return a trend from the start of the day, zeros left out."""
    return tuple(TrendPoint(START + timedelta(seconds=bucket_s * place), count) for place, count in enumerate(counts) if count)


CLUSTERS = (
    Cluster(
        "c-pool",
        "Parcel <*> could not be read: no database connection within <*> s",
        Kind.FAILURE,
        Priority.P1,
        412,
        0.0055,
        {"ERROR": 412},
        ("parcels-backend",),
        2,
        9,
        START,
        END,
        "Parcel TW-1 could not be read",
        "parcels.api.lookup:get_parcel:58",
        "PoolTimeout",
        points(*[0] * 12, 40, 120, 180, 60, 12),
        ("c-old",),
    ),
    Cluster(
        "c-sdk",
        "Sentry SDK not available - install sentry-sdk[fastapi] to enable error tracking",
        Kind.OBSERVABILITY,
        Priority.P2,
        35,
        0.0005,
        {"WARNING": 35},
        ("parcels-backend",),
        3,
        30,
        START,
        END,
        "Sentry SDK not available",
        trend=points(3, 0, 2, 1),
    ),
    Cluster(
        "c-evil",
        HOSTILE,
        Kind.WARNING,
        Priority.P3,
        12,
        0.0002,
        {"WARNING": 12},
        (HOSTILE,),
        1,
        1,
        START,
        END,
        HOSTILE,
        trend=points(12),
    ),
)
