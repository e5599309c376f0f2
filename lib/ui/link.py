"""What a link says: its parameters become one typed question, and a question becomes a link. Nothing is guessed: what cannot be
understood is left out and told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TypeVar
from urllib.parse import urlencode, urlsplit, urlunsplit

from lib.core.frequency import By, Rate
from lib.core.model import Kind, Query, Severity
from lib.core.patterns import compile_pattern
from lib.errors import BadQuery
from lib.views.scope import Scope

KEYS = (
    "from",
    "to",
    "service",
    "environment",
    "kind",
    "severity",
    "text",
    "like",
    "unlike",
    "new",
    "muted",
    "cluster",
    "revision",
    "by",
    "rate",
)
DEFAULT_RANGE = timedelta(hours=24)
MAX_TEXT = 500  # characters of a filter by text; longer ones are pasted by mistake
Params = Mapping[str, Sequence[str]]
Word = TypeVar("Word", bound=StrEnum)


@dataclass(frozen=True)
class Link:
    """A link, understood: the question, the cluster or revision it opens ("" for none), and sentences about what was left out.

    by, rate: what the Deploys page has a line for, and what its counts are divided by.
    """

    query: Query = field(default_factory=Query)
    cluster: str = ""
    told: tuple[str, ...] = ()
    revision: str = ""
    by: By = By.SEVERITY
    rate: Rate = Rate.COUNT


def parse_link(params: Params) -> Link:
    """Return the question of a link's parameters; what is unknown or contradicts itself is left out and told."""
    told: list[str] = [f"“{name}” is nothing that a link can say" for name in params if name not in KEYS]
    start, end = _parse_window(params, told)
    query = Query(
        start=start,
        end=end,
        services=_unique(params.get("service", ())),
        environments=_unique(params.get("environment", ())),
        kinds=_parse_words(Kind, "kind", params, told),
        severities=_parse_words(Severity, "severity", params, told),
        text=_last("text", params, told).strip()[:MAX_TEXT],
        like=_parse_pattern("like", params, told),
        unlike=_parse_pattern("unlike", params, told),
        new=_parse_switch("new", params, told),
        muted=_parse_switch("muted", params, told),
    )
    cluster, revision = (_last(name, params, told).strip() for name in ("cluster", "revision"))
    by = next(iter(_parse_words(By, "by", params, told)), By.SEVERITY)
    rate = next(iter(_parse_words(Rate, "rate", params, told)), Rate.COUNT)
    return Link(query, cluster, tuple(told), revision, by, rate)


def write_link(link: Link) -> dict[str, list[str]]:
    """Return the parameters that parse_link reads back as the same question."""
    query = link.query
    named = {
        "from": [format_time(query.start)] if query.start else [],
        "to": [format_time(query.end)] if query.end else [],
        "service": list(query.services),
        "environment": list(query.environments),
        "kind": [kind.value for kind in query.kinds],
        "severity": [severity.value for severity in query.severities],
        "text": [query.text] if query.text else [],
        "like": [query.like] if query.like else [],
        "unlike": [query.unlike] if query.unlike else [],
        "new": ["1"] if query.new else [],
        "muted": ["1"] if query.muted else [],
        "cluster": [link.cluster] if link.cluster else [],
        "revision": [link.revision] if link.revision else [],
        "by": [link.by.value] if link.by is not By.SEVERITY else [],
        "rate": [link.rate.value] if link.rate is not Rate.COUNT else [],
    }
    return {name: values for name, values in named.items() if values}


def address(link: Link, page: str | None) -> str:
    """Return the absolute address of a link on the page whose own address is `page`."""
    base = urlsplit(page or "")
    return urlunsplit((base.scheme, base.netloc, base.path or "/", urlencode(write_link(link), doseq=True, safe=":"), ""))


def resolve(query: Query, scope: Scope) -> Query:
    """Return the query with both times: by default the 24 hours up to the newest entry stored."""
    if scope.first is None or scope.last is None:
        return query
    end = query.end or after(max(scope.last, query.start or scope.last))
    return replace(query, start=query.start or end - DEFAULT_RANGE, end=end)


def counted_back(scope: Scope, length: timedelta | None) -> tuple[datetime, datetime] | None:
    """Return the window of a length that ends with the newest entry, everything for None; None when nothing is stored."""
    if scope.first is None or scope.last is None:
        return None
    end = after(scope.last)
    return (scope.first.replace(second=0, microsecond=0) if length is None else end - length), end


def after(ts: datetime) -> datetime:
    """Return the first full minute after an entry: the end of a half-open window that holds it, in few digits."""
    return ts.astimezone(UTC).replace(second=0, microsecond=0) + timedelta(minutes=1)


def parse_time(text: str, *, utc: bool = False) -> datetime | None:
    """Return an instant in UTC, None when the text is no time. Without a zone it is refused, unless `utc` says what it means."""
    try:
        ts = datetime.fromisoformat(text.strip().upper().removesuffix(" UTC"))
        if ts.tzinfo is None and not utc:
            return None
        return ts.replace(tzinfo=UTC) if ts.tzinfo is None else ts.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def format_time(ts: datetime) -> str:
    """Return an instant as links write it: 2026-09-16T06:00:00Z."""
    return ts.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def _parse_window(params: Params, told: list[str]) -> tuple[datetime | None, datetime | None]:
    start, end = (_parse_bound(name, params, told) for name in ("from", "to"))
    if start and end and end <= start:
        told.append(f"“to” ({format_time(end)}) is not after “from” ({format_time(start)}), so both were left out")
        return None, None
    return start, end


def _parse_bound(name: str, params: Params, told: list[str]) -> datetime | None:
    text = _last(name, params, told)
    ts = parse_time(text) if text else None
    if text and ts is None:
        told.append(f"“{name}={_short(text)}” is not a time with a zone, such as 2026-09-16T06:00:00Z")
    return ts


def _parse_words(words: type[Word], name: str, params: Params, told: list[str]) -> tuple[Word, ...]:
    known = {word.value.lower(): word for word in words}
    given = _unique(params.get(name, ()))
    told.extend(
        f"“{name}={_short(value)}” is unknown; it can be {', '.join(known)}" for value in given if value.lower() not in known
    )
    return tuple(dict.fromkeys(known[value.lower()] for value in given if value.lower() in known))


def _parse_pattern(name: str, params: Params, told: list[str]) -> str:
    text = _last(name, params, told).strip()
    try:
        return text if not text or compile_pattern(text) else ""
    except BadQuery as e:
        told.append(f"“{name}={_short(text)}”: {e.message}")
        return ""


def _parse_switch(name: str, params: Params, told: list[str]) -> bool:
    text = _last(name, params, told).strip()
    if text not in ("", "0", "1"):
        told.append(f"“{name}={_short(text)}” is unknown; it can be 1")
    return text == "1"


def _last(name: str, params: Params, told: list[str]) -> str:
    values = list(params.get(name, ()))
    if len(values) > 1:
        told.append(f"“{name}” is said {len(values)} times; the last one counts")
    return values[-1] if values else ""


def _unique(values: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"
