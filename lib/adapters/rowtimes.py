"""Times in the rows of the state: text in, aware UTC out."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any


def as_time(text: str) -> datetime:
    """Return a kept time."""
    return datetime.fromisoformat(text).astimezone(UTC)


def maybe_time(text: str | None) -> datetime | None:
    """Return a kept time, None for none."""
    return as_time(text) if text else None


def with_texts(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row with its times as text."""
    return {k: v.isoformat() if isinstance(v, datetime) else v for k, v in row.items()}


def sortable(ts: datetime) -> str:
    """Return a time with the same number of digits always, so that text sorts as time."""
    return ts.astimezone(UTC).isoformat(timespec="microseconds")
