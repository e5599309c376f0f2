"""What a link says: its parameters become one typed question, and a question becomes a link. Nothing is guessed: what cannot be
understood is left out and told."""

import re
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
    "last",
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
    "snapshot",
)
DEFAULT_RANGE = timedelta(hours=24)
SPAN = re.compile(r"([1-9]\d{0,3})([mhd])")
MAX_TEXT = 500  # characters of a filter by text; longer ones are pasted by mistake
Params = Mapping[str, Sequence[str]]
Word = TypeVar("Word", bound=StrEnum)


@dataclass(frozen=True)
class Link:
    """A link, understood: the question, the cluster or revision it opens ("" for none), and sentences about what was left out.

    by, rate: what the Deploys page has a line for, and what its counts are divided by.
    snapshot: the frozen report that it opens; then it says nothing else.
    last: the window is so long, up to now. follows: it has no end of its own, and moves on with what is read; begins: its start.
    """

    query: Query = field(default_factory=Query)
    cluster: str = ""
    told: tuple[str, ...] = ()
    revision: str = ""
    by: By = By.SEVERITY
    rate: Rate = Rate.COUNT
    last: timedelta | None = None
    follows: bool = False
    begins: datetime | None = None
    snapshot: str = ""


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
    cluster, revision, snapshot = (_last(name, params, told).strip() for name in ("cluster", "revision", "snapshot"))
    by = next(iter(_parse_words(By, "by", params, told)), By.SEVERITY)
    rate = next(iter(_parse_words(Rate, "rate", params, told)), Rate.COUNT)
    last = _parse_last(params, told) if not (start or end) else None
    return Link(query, cluster, tuple(told), revision, by, rate, last, snapshot=snapshot)


def write_link(link: Link) -> dict[str, list[str]]:
    """Return the parameters that parse_link reads back as the same question."""
    if link.snapshot:
        return {"snapshot": [link.snapshot]}
    query = link.query
    start, end = (link.begins, None) if link.follows else (query.start, query.end)
    named = {
        "from": [format_time(start)] if start else [],
        "to": [format_time(end)] if end else [],
        "last": [format_span(link.last)] if link.last and not (start or end) else [],
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
    """Return the absolute address of a link on the page whose own address is `page`; its window stands still."""
    base, link = urlsplit(page or ""), replace(link, follows=False)
    return urlunsplit((base.scheme, base.netloc, base.path or "/", urlencode(write_link(link), doseq=True, safe=":"), ""))


def resolve(link: Link, scope: Scope) -> Link:
    """Return the link with both times: by default the 24 hours up to the newest entry, or up to now where one is read live."""
    query = link.query
    if scope.first is None or scope.last is None:
        return link
    end = query.end or after(max(newest(scope) or scope.last, query.start or scope.last))
    start = query.start or end - (link.last or DEFAULT_RANGE)
    follows = scope.live is not None and query.end is None
    return replace(link, query=replace(query, start=start, end=end), follows=follows, begins=query.start if follows else None)


def newest(scope: Scope) -> datetime | None:
    """Return up to when something is known: the newest entry, or now where entries are read live."""
    return max(filter(None, (scope.last, scope.live)), default=None)


def counted_back(scope: Scope, length: timedelta | None) -> tuple[datetime, datetime] | None:
    """Return the window of a length that ends with what is newest, everything for None; None when nothing is stored."""
    if scope.first is None or scope.last is None:
        return None
    end = after(newest(scope) or scope.last)
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


def format_span(span: timedelta) -> str:
    """Return a length of time as links write it: 15m, 6h, 7d."""
    minutes = max(int(span.total_seconds() // 60), 1)
    return next(f"{minutes // size}{unit}" for unit, size in (("d", 1440), ("h", 60), ("m", 1)) if minutes % size == 0)


def _parse_last(params: Params, told: list[str]) -> timedelta | None:
    text = _last("last", params, told).strip()
    found = SPAN.fullmatch(text)
    if text and not found:
        told.append(f"“last={_short(text)}” is not a length of time such as 15m, 6h or 7d")
    return timedelta(minutes=int(found[1]) * {"m": 1, "h": 60, "d": 1440}[found[2]]) if found else None


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
