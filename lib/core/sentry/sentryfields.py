"""What is kept of Sentry's answers: an allow-list of fields, and texts without secrets. The rest is dropped unread."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeGuard

from lib.core.masks.text import mask_text
from lib.core.wording import rfc3339

HOUR = timedelta(hours=1)  # the shortest interval that Sentry counts by

Fields = Mapping[str, "Fields | None"]
Series = dict[str, dict[datetime, int]]

MOST_COUNT: Final = 1e15  # more events than an hour can have: no count at all
TEXT_SIZE: Final = 250  # Sentry's own limit for a release's version, its longest name

PROJECT: Final[Fields] = dict.fromkeys(
    ("id", "slug", "name", "platform", "platforms", "status", "dateCreated", "firstEvent", "environments", "isMember",
     "hasAccess", "hasSessions")
) | {"latestRelease": {"version": None}}  # fmt: skip
DEPLOY: Final[Fields] = dict.fromkeys(("id", "environment", "name", "dateStarted", "dateFinished"))
RELEASE: Final[Fields] = dict.fromkeys(
    ("id", "version", "shortVersion", "status", "dateCreated", "dateReleased", "firstEvent", "lastEvent", "newGroups",
     "deployCount")
) | {
    "lastDeploy": DEPLOY,
    "projects": dict.fromkeys(("id", "slug", "name", "platform", "hasHealthData", "newGroups")),
}  # fmt: skip
FILTER: Final[Fields] = {"id": None, "active": None}


def keep(value: object, fields: Fields) -> dict[str, Any]:
    """Return the allowed fields of an object, {} when it is none; a field that is not there stays away."""
    if not isinstance(value, Mapping):
        return {}
    return {name: _keep_one(value[name], inner) for name, inner in fields.items() if name in value}


def keep_all(values: object, fields: Fields) -> list[dict[str, Any]]:
    """Return the allowed fields of each object in a list; whatever is no object is left out."""
    return [keep(v, fields) for v in values if isinstance(v, Mapping)] if isinstance(values, list) else []


def clean_text(text: str) -> str:
    """Return a name on one line, shortened, what looks like a secret masked; `package@1.0` is a version, no address."""
    text = text.encode(errors="replace").decode()  # half a character, which JSON can hold and no UTF-8 can write
    name, at, version = text.partition("@")
    if at and version[:1].isdigit() and "@" not in version and "/" not in name:
        return f"{clean_text(name)}@{clean_text(version)}"[:TEXT_SIZE]
    return mask_text(" ".join(text[: 4 * TEXT_SIZE].split()))[:TEXT_SIZE]


def count_keys(keys: object) -> dict[str, int]:
    """Return how many client keys a project has: active, inactive, and active ones with a rate limit. Never the keys."""
    rows = [k for k in keys if isinstance(k, Mapping)] if isinstance(keys, list) else []
    active = [k for k in rows if k.get("isActive") is not False]
    return {"active": len(active), "inactive": len(rows) - len(active), "limited": sum(bool(k.get("rateLimit")) for k in active)}


def read_spike_protection(project: object) -> bool | None:
    """Return whether spike protection is on, from a project's details; None where the server does not tell."""
    options = project.get("options") if isinstance(project, Mapping) else None
    off = options.get("quotas:spike-protection-disabled") if isinstance(options, Mapping) else None
    return not off if isinstance(off, bool) else None


def read_series(answer: object, field: str = "sum(quantity)", by: str = "outcome") -> Series | None:
    """Return {outcome: {start of the hour: count}} of an answer of stats_v2, None when its shape is another one.

    An hour that the answer has and an outcome does not count in is 0; an hour that it does not have is not there: unknown.
    """
    intervals, groups = (answer.get("intervals"), answer.get("groups")) if isinstance(answer, Mapping) else (None, None)
    if not isinstance(intervals, list) or not isinstance(groups, list):
        return None
    hours = [_moment(i) for i in intervals]
    found: Series = {"": dict.fromkeys([h for h in hours if h], 0)}
    for group in groups:
        name, counts = _at(group, "by", by), _at(group, "series", field)
        if not isinstance(name, str) or not isinstance(counts, list) or len(counts) != len(hours):
            return None
        if not all(isinstance(c, int) and is_count(c) for c in counts):
            return None
        found[clean_text(name)] = {h: c for h, c in zip(hours, counts, strict=True) if h}
    return None if None in hours else found


def write_stats(pieces: Sequence[Series]) -> dict[str, Any]:
    """Return what stats_v2 would have answered for all pieces at once: only hours that some piece has, in order."""
    hours = sorted({h for piece in pieces for series in piece.values() for h in series})
    outcomes = sorted({name for piece in pieces for name in piece if name})
    groups = []
    for name in outcomes:
        known = {h: c for piece in pieces for h, c in piece.get(name, {}).items()}
        counts = [known.get(h, 0) for h in hours]
        groups.append({"by": {"outcome": name}, "totals": {"sum(quantity)": sum(counts)}, "series": {"sum(quantity)": counts}})
    return {
        "start": rfc3339(hours[0]) if hours else None,
        "end": rfc3339(hours[-1] + HOUR) if hours else None,
        "intervals": [rfc3339(h) for h in hours],
        "groups": groups,
    }


def keep_sessions(answer: object) -> dict[str, Any] | None:
    """Return how many sessions each release had, None when the answer's shape is another one."""
    groups = answer.get("groups") if isinstance(answer, Mapping) else None
    if not isinstance(groups, list):
        return None
    rows = [(_at(g, "by", "release"), _at(g, "totals", "sum(session)")) for g in groups]
    kept = [
        {"by": {"release": clean_text(release)}, "totals": {"sum(session)": int(total)}}
        for release, total in rows
        if isinstance(release, str) and is_count(total)
    ]
    return {"start": _get_text(answer, "start"), "end": _get_text(answer, "end"), "groups": kept}


def cut_hours(since: datetime, until: datetime, size: timedelta) -> list[tuple[datetime, datetime]]:
    """Return the window as pieces of whole hours, none longer than `size`."""
    start, end = _whole_hour(since), _whole_hour(until + HOUR - timedelta(microseconds=1))
    pieces = []
    while start < end:
        pieces.append((start, min(start + size, end)))
        start += size
    return pieces


def _keep_one(value: object, inner: Fields | None) -> Any:
    if inner is not None:
        return keep_all(value, inner) if isinstance(value, list) else keep(value, inner) if isinstance(value, Mapping) else None
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, list):
        return _keep_words(value)
    return value if isinstance(value, bool | int | float) else None


def _keep_words(values: Iterable[object]) -> list[str]:
    return [clean_text(v) for v in values if isinstance(v, str)]


def _at(value: object, outer: str, inner: str) -> Any:
    middle = value.get(outer) if isinstance(value, Mapping) else None
    return middle.get(inner) if isinstance(middle, Mapping) else None


def _get_text(value: object, name: str) -> str | None:
    text = value.get(name) if isinstance(value, Mapping) else None
    return clean_text(text) if isinstance(text, str) else None


def is_count(value: object) -> TypeGuard[int | float]:
    """Return whether a JSON value is a number that can be a count."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < MOST_COUNT


def _moment(text: object) -> datetime | None:
    if not isinstance(text, str):
        return None
    try:
        ts = datetime.fromisoformat(text)
        return ts.astimezone(UTC) if ts.tzinfo else ts.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _whole_hour(ts: datetime) -> datetime:
    return ts.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
