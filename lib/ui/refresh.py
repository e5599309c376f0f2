"""When does a page that is open run again by itself? When what it shows has changed, and never faster than it can be drawn."""

from dataclasses import dataclass
from datetime import datetime

from lib.ui.cache import Versions
from lib.ui.link import Link
from lib.views.freshness import FreshnessView

PAUSE_S = 8.0  # between two runs: a reader must be able to read, and a new error must show within 20 s
REST = 3.0  # times as long as its last run took is a page left alone: else a slow one would keep a core to itself


@dataclass(frozen=True)
class Look:
    """What a page's picture depends on beside its address. live: something is being read; the rest is compared.

    place:   which home, and in which colours.
    shown:   the versions and the minute for a window that moves on; for one that stands still, whether newer entries are there.
    """

    live: bool
    place: tuple[str, bool, str]
    shown: tuple[int | bool, ...]


def look(at: Versions, colours: str, fresh: FreshnessView, link: Link, now: datetime) -> Look:
    """Return what a page shows now. Where nothing is read live, every change shows: imports are rare."""
    place, versions = (at.home, at.recorded, colours), (at.entries, at.state)
    end = link.query.end
    if not fresh.live:
        return Look(False, place, versions)
    if end is None or end > now:
        return Look(True, place, (*versions, int(now.timestamp() // 60)))
    return Look(True, place, (True,))


def is_due(seen: Look, now: Look, since_s: float, took_s: float) -> bool:
    """Return whether a page is to run again; since_s: since its last run began, took_s: how long that took."""
    if seen.place != now.place or seen.live != now.live:
        return True
    return seen != now and (not now.live or since_s >= max(PAUSE_S, (1 + REST) * took_s))
