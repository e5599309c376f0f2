"""Times, sizes and verdicts as the pages write them; sentences come from the core."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from lib.core.model import Cluster, Kind, Priority, SourceState
from lib.core.wording import say_duration

PRIORITY_WORDS = {
    Priority.P0: "down, data loss or security",
    Priority.P1: "major",
    Priority.P2: "moderate",
    Priority.P3: "cosmetic or configuration",
    Priority.P4: "information",
    Priority.P5: "information",
}
KIND_SIGNS = {
    Kind.FAILURE: "✖ failure",
    Kind.OBSERVABILITY: "◎ observability",
    Kind.WARNING: "▲ warning",
    Kind.DEPLOY: "⬆ deploy",
    Kind.INFO: "· info",
}
STATE_SIGNS = {
    SourceState.OK: "✓ ok",
    SourceState.STALE: "◷ stale",
    SourceState.FAILING: "✖ failing",
    SourceState.OFF: "○ off",
}


def here(ts: datetime, zone: str | None) -> str:
    """Return " (08:00 here)" for a reader in another zone than UTC, else ""."""
    try:
        local = ts.astimezone(ZoneInfo(zone or "UTC"))
    except (ZoneInfoNotFoundError, ValueError):
        return ""
    if local.utcoffset() == timedelta(0):
        return ""
    return f" ({local:%H:%M} here)" if local.date() == ts.astimezone(UTC).date() else f" ({local:%d %b %H:%M} here)"


def span(start: datetime | None, end: datetime | None) -> str:
    """Return a window as "2026-09-16 06:00 → 12:00 UTC": seconds only where they matter, the day once when it is one day."""
    if start is None or end is None:
        return "all that is stored"
    first, last = start.astimezone(UTC), end.astimezone(UTC)
    clock = "%H:%M" if first.second == last.second == 0 else "%H:%M:%S"
    day = "" if first.date() == last.date() else f"{last:%Y-%m-%d} "
    return f"{first:%Y-%m-%d} {first:{clock}} → {day}{last:{clock}} UTC"


def age(ts: datetime | None, now: datetime) -> str:
    """Return how old an instant is: "3 min old"; "nothing read" for None."""
    return "nothing read" if ts is None else f"{say_duration(max(now - ts, timedelta(0)))} old"


def size(number: int) -> str:
    """Return bytes as "1.3 MB"."""
    value = float(number)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"


def named(name: str, what: str = "service") -> str:
    """Return a name, or "(no service)" where entries carry none."""
    return name or f"(no {what})"


def newness(new_in: tuple[str, ...] | None) -> str:
    """Return where a cluster is new since the last deploy, in words; None says that nothing can tell."""
    if new_in is None:
        return "cannot be told: no older revision in this window"
    return f"new in {', '.join(map(named, new_in[:4]))}" if new_in else "not new"


def marks(cluster: Cluster) -> str:
    """Return what a row of the table says beside its template: "muted", "✦ new" or nothing."""
    return "muted" if cluster.muted else "✦ new" if cluster.new_in else ""


def share(part: float) -> str:
    """Return a share of 0..1 as "3.4%", and "<0.1%" rather than a zero that is none."""
    return "<0.1%" if 0 < part < 0.001 else f"{part:.1%}"
