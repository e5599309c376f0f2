"""Which call made which revision: by name, by number, by time. A revision is made once."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from lib.core.rollouts.calls import Call, CallKind

Births = Mapping[str, datetime]  # revision -> the earliest time at which anything speaks of it

NUMBERED = re.compile(r"-(\d{5,})-[a-z0-9]{3}$")  # Cloud Run's own names of revisions: SERVICE-00042-abc
SHOWS_UP = timedelta(minutes=15)  # after its call a revision has spoken by then, or something was not read
SKEW = timedelta(seconds=5)  # clocks of two logs


def number_of(revision: str) -> int | None:
    """Return the number in a revision's name, None when the name is a person's or Kubernetes'."""
    found = NUMBERED.search(revision)
    return int(found[1]) if found else None


def claim_revisions(calls: Sequence[Call], births: Births) -> dict[int, str]:
    """Return {place of the call: revision that it made}; calls come in order of time, those that made none are left out.

    Sure calls choose before unclear ones, and surer ways before the others: the call names its revision; the call tells the
    newest revision and one with the next number is known; a revision shows up between this call and the next one.
    """
    claims: dict[int, str] = {}
    able = [i for i, c in enumerate(calls) if c.kind is CallKind.DEPLOY and (c.operation or not c.error)]
    unsure = [i for i, c in enumerate(calls) if c.kind is CallKind.UNCLEAR and not c.error]
    for places in (able, unsure):
        for i in places:
            if calls[i].revision:
                claims[i] = calls[i].revision
        for find in (by_number, by_time):
            for i in places:
                if i not in claims and (found := find(i, calls, births, claims)):
                    claims[i] = found
    return keep_first(claims)


def by_number(i: int, calls: Sequence[Call], births: Births, claims: Mapping[int, str]) -> str:
    """Return the revision whose number follows that of the newest one at the call, "" when it is not known."""
    previous = number_of(calls[i].previous)
    if previous is None:
        return ""
    free = [n for n, ts in births.items() if ts >= calls[i].ts - SKEW and n not in claims.values()]
    return min((n for n in free if number_of(n) == previous + 1), key=lambda n: (births[n], n), default="")


def by_time(i: int, calls: Sequence[Call], births: Births, claims: Mapping[int, str]) -> str:
    """Return the first revision that shows up after the call and before the next one that could have made it, "" without."""
    call, previous = calls[i], number_of(calls[i].previous)
    later = [c.ts for c in calls[i + 1 :] if c.kind is CallKind.DEPLOY and c.ts > call.ts]
    until = min([call.ts + SHOWS_UP, *later[:1]])
    free = [
        n
        for n, ts in births.items()
        if call.ts - SKEW <= ts <= until and n not in claims.values() and n not in (call.previous, *call.targets)
    ]
    if previous is not None:
        free = [n for n in free if (number := number_of(n)) is None or number > previous]
    return min(free, key=lambda n: (births[n], n), default="")


def keep_first(claims: Mapping[int, str]) -> dict[int, str]:
    """Return the claims with each revision given to the earliest call that named it."""
    kept: dict[str, int] = {}
    for i in sorted(claims):
        kept.setdefault(claims[i], i)
    return {i: name for name, i in kept.items()}
