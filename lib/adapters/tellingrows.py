"""What was told of gaps, as a row of the state and back."""

from datetime import UTC, datetime
from typing import Any

from lib.core.corrections import Telling, ToldGap


def as_row(telling: Telling) -> dict[str, Any]:
    """Return a telling as plain values."""
    return {
        "service": telling.service,
        "environment": telling.environment,
        "since": telling.since.isoformat(),
        "told": {
            "told_at": telling.told_at.isoformat(),
            "start": telling.start.isoformat(),
            "reached": telling.reached.isoformat(),
            "gaps": [[g.cause, g.start.isoformat(), g.end.isoformat() if g.end else None] for g in telling.gaps],
        },
    }


def as_telling(service: str, environment: str, since: str, told: dict[str, Any]) -> Telling:
    """Return a row as a telling."""
    gaps = tuple(ToldGap(cause, _time(start), _time(end) if end else None) for cause, start, end in told["gaps"])
    times = (_time(since), _time(told["told_at"]), _time(told["start"]), _time(told["reached"]))
    return Telling(service, environment, *times, gaps)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
