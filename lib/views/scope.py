"""What a query can be about: the services, environments and times that are stored."""

from dataclasses import dataclass
from datetime import datetime

from lib.ports import Ports, pin
from lib.views.window import CALENDAR


@dataclass(frozen=True)
class Scope:
    """Names in order of the alphabet; first and last entry, None while nothing is stored.

    live: the time now while entries are read live: windows without an end reach to it. None else.
    """

    services: tuple[str, ...]
    environments: tuple[str, ...]
    first: datetime | None
    last: datetime | None
    live: datetime | None = None


def load(ports: Ports) -> Scope:
    """Return what is stored."""
    stored = pin(ports)
    first, last = stored.entries.span()
    series = stored.entries.rollup(*CALENDAR).totals
    services, environments = (tuple(series[k].unique().sort().to_list()) for k in ("service", "environment"))
    return Scope(tuple(filter(None, services)), tuple(filter(None, environments)), first, last)
