"""What Sentry knows of an organization, as a document becomes it: projects, outcomes by hour, releases, failed look-ups.

Every field is optional: compatible servers leave many out. Only fields named here are taken over, and texts are masked, so that
no key, token or DSN of Sentry's gets any further.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from lib.core.masks.columns import mask_texts
from lib.core.sentry.sentryfields import clean_text, is_count
from lib.errors import BlindspotError

DAY = timedelta(days=1)
QUANTITY = "sum(quantity)"
LOST = ("rate_limited", "client_discard", "invalid", "abuse", "cardinality_limited")  # sent, or to be sent, and not kept
MOST_POINTS = 5_000_000  # a year of hours for a hundred projects
EXTRAS = ("keys", "filters", "sessions", "quota", "deploys")
SECRET_FIELD = re.compile(r"(?i)dsn|secret|token|password|public|private|cdn|api_?key|cookie|authorization")
FORM = (
    "The form is {organization, projects: [...], stats: {project: answer of stats_v2 grouped by outcome, hourly},"
    " releases: [...]}; `export-sentry-facts` writes it."
)


class NotSentryFacts(BlindspotError):
    """A document does not hold what Sentry's API answers."""


@dataclass(frozen=True)
class Project:
    """A project of Sentry's: its slug names it, its number stands in DSNs."""

    slug: str
    number: str = ""
    name: str = ""
    platform: str = ""
    first_event: datetime | None = None
    environments: tuple[str, ...] = ()


@dataclass(frozen=True)
class Release:
    """A release that sent events to a project, and when the first and the last of them came."""

    version: str
    project: str
    first: datetime | None
    last: datetime | None


@dataclass(frozen=True)
class Point:
    """What became of a project's errors in one hour: counts by outcome. An empty mapping says that Sentry counted nothing."""

    project: str
    start: datetime
    outcomes: Mapping[str, int]


SETTINGS = "settings"  # a failure of this name: the settings kept us from asking


@dataclass(frozen=True)
class Failure:
    """A look-up that failed: what was asked, why it failed, what to do."""

    what: str
    reason: str
    hint: str = ""


@dataclass(frozen=True)
class SentryFacts:
    """All that Sentry said of one organization. read_at: when it was asked last. extras: what EXTRAS names, scrubbed."""

    organization: str = ""
    projects: tuple[Project, ...] = ()
    points: tuple[Point, ...] = ()
    releases: tuple[Release, ...] = ()
    failures: tuple[Failure, ...] = ()
    extras: Mapping[str, Any] = field(default_factory=dict)
    read_at: datetime | None = None

    @property
    def count(self) -> int:
        """Values that the hours hold: an outcome of an hour is one."""
        return sum(len(point.outcomes) for point in self.points)


def parse_facts(document: object, now: datetime) -> SentryFacts:
    """Return a document's facts, read at its `read_at` or now. Errors: NotSentryFacts, saying which part is wrong."""
    whole = as_object(document, "The document")
    if not whole.keys() & {"projects", "stats", "releases", "failures"}:
        raise NotSentryFacts("This document holds nothing that Sentry's API answers.", hint=FORM)
    projects = [parse_project(p) for p in as_list(whole.get("projects"), "`projects`")]
    stats = as_object(whole.get("stats") or {}, "`stats`")
    points = [point for slug, answer in stats.items() for point in parse_stats(str(slug), answer)]
    releases = [r for one in as_list(whole.get("releases"), "`releases`") for r in parse_release(one)]
    failures = [parse_failure(f) for f in as_list(whole.get("failures"), "`failures`")]
    extras = {name: scrub(whole[name]) for name in EXTRAS if whole.get(name) is not None}
    read_at = min(parse_time(whole.get("read_at"), "`read_at`") or now, now)  # one of tomorrow would outdo every later reading
    releases = [r for r in releases if not r.last or r.last <= now + DAY]  # what has not been yet proves no delivery
    return SentryFacts(
        as_name(whole.get("organization")), tuple(projects), tuple(points), tuple(releases), tuple(failures), extras, read_at
    )


def parse_project(value: object) -> Project:
    """Return one project. Errors: NotSentryFacts without a slug."""
    told = as_object(value, "A project")
    slug = as_name(told.get("slug"))
    if not slug:
        raise NotSentryFacts("A project in `projects` has no slug.", hint=FORM)
    environments = tuple(as_name(e) for e in as_list(told.get("environments"), "A project's `environments`"))
    number = told.get("id")
    return Project(
        slug,
        as_name(str(number)) if isinstance(number, int | str) else "",
        as_name(told.get("name")),
        as_name(told.get("platform")),
        parse_time(told.get("firstEvent"), "A project's `firstEvent`"),
        environments,
    )


def parse_stats(slug: str, value: object) -> list[Point]:
    """Return the hours of a project's answer of stats_v2. Errors: NotSentryFacts when series and intervals do not fit."""
    slug = as_name(slug)
    where = f"`stats` of '{slug}'"
    told = as_object(value, where)
    starts = [parse_time(t, f"An interval in {where}") for t in as_list(told.get("intervals"), f"`intervals` in {where}")]
    groups = [as_object(g, f"A group in {where}") for g in as_list(told.get("groups"), f"`groups` in {where}")]
    if len(starts) * max(len(groups), 1) > MOST_POINTS:
        raise NotSentryFacts(f"The {where} hold more than {MOST_POINTS:,} values.", hint="Export a shorter time.")
    series = {}
    for group in groups:
        outcome = as_name(as_object(group.get("by") or {}, f"`by` in {where}").get("outcome"))
        numbers = as_list(as_object(group.get("series") or {}, f"`series` in {where}").get(QUANTITY), f"`{QUANTITY}` in {where}")
        if len(numbers) != len(starts):
            raise NotSentryFacts(
                f"In {where}, the series of '{outcome}' has {len(numbers)} values for {len(starts)} intervals.", hint=FORM
            )
        series[outcome] = [as_count(n, f"The series of '{outcome}' in {where}") for n in numbers]
    return [Point(slug, t, {o: n[i] for o, n in series.items()}) for i, t in enumerate(starts) if t is not None]


def parse_release(value: object) -> list[Release]:
    """Return a release once for each of its projects."""
    told = as_object(value, "A release")
    version = as_name(told.get("version"))
    if not version:
        return []
    first, last = (parse_time(told.get(k), f"A release's `{k}`") for k in ("firstEvent", "lastEvent"))
    projects = [as_object(p, "A release's project") for p in as_list(told.get("projects"), "A release's `projects`")]
    return [Release(version, as_name(p.get("slug")), first, last) for p in projects]


def parse_failure(value: object) -> Failure:
    """Return a failed look-up, masked."""
    told = as_object(value, "A failed look-up")
    what, reason, hint = mask([as_text(told.get(k)) for k in ("what", "reason", "hint")])
    return Failure(what or "a question to Sentry", reason or "no reason is known", hint)


def parse_time(value: object, where: str) -> datetime | None:
    """Return a time in aware UTC, None for none. Errors: NotSentryFacts."""
    if value is None or value == "":
        return None
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 4e9:
        return datetime.fromtimestamp(value, UTC)
    try:
        ts = datetime.fromisoformat(str(value))
        return ts.replace(tzinfo=UTC) if ts.tzinfo is None else ts.astimezone(UTC)
    except (ValueError, OverflowError):
        raise NotSentryFacts(f"{where} is no time that can be read.", hint="Times are RFC 3339, as Sentry writes them.") from None


def as_object(value: object, where: str) -> dict[str, Any]:
    """Return a JSON object. Errors: NotSentryFacts."""
    if not isinstance(value, dict):
        raise NotSentryFacts(f"{where} is no JSON object.", hint=FORM)
    return value


def as_list(value: object, where: str) -> list[Any]:
    """Return a JSON array, [] for none. Errors: NotSentryFacts."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise NotSentryFacts(f"{where} is no JSON array.", hint=FORM)
    return value


def as_text(value: object) -> str:
    """Return a text, "" for anything else."""
    return value if isinstance(value, str) else ""


def as_name(value: object) -> str:
    """Return a name on one line without secrets, "" for anything else; what no UTF-8 can write becomes a question mark."""
    return clean_text(as_text(value))


def as_count(value: object, where: str) -> int:
    """Return a count, 0 for null. Errors: NotSentryFacts."""
    if value is None:
        return 0
    if not is_count(value):
        raise NotSentryFacts(f"{where} holds what is no count.", hint=FORM)
    return int(value)


def mask(texts: list[str]) -> list[str]:
    """Return texts without secrets, which any UTF-8 can write."""
    written = [t.encode(errors="replace").decode() for t in texts]
    return [str(t) for t in mask_texts(pl.Series(written, dtype=pl.String))[0].to_list()]


def scrub(value: Any, depth: int = 6) -> Any:
    """Return a JSON value without fields that hold secrets, its texts masked; what lies deeper than `depth` is left out."""
    if isinstance(value, dict):
        kept = {k: v for k, v in value.items() if depth and (isinstance(v, int | float) or not SECRET_FIELD.search(str(k)))}
        return {as_name(str(k)): scrub(v, depth - 1) for k, v in kept.items()}
    if isinstance(value, list):
        return [scrub(v, depth - 1) for v in value] if depth else []
    return mask([value])[0] if isinstance(value, str) else value


def merge_facts(old: SentryFacts | None, new: SentryFacts) -> SentryFacts:
    """Return both: what was read later wins hour by hour, earlier hours stay; failed look-ups are those of the later reading."""
    if old is None:
        return new
    if old.read_at and new.read_at and old.read_at > new.read_at:
        old, new = new, old
    return SentryFacts(
        new.organization or old.organization,
        tuple({p.slug: p for p in (*old.projects, *new.projects)}.values()),
        tuple(sorted({(p.project, p.start): p for p in (*old.points, *new.points)}.values(), key=lambda p: (p.project, p.start))),
        merge_releases((*old.releases, *new.releases)),
        new.failures,
        {**old.extras, **new.extras},
        new.read_at or old.read_at,
    )


def merge_releases(releases: Iterable[Release]) -> tuple[Release, ...]:
    """Return each release of a project once, from its first event to its last."""
    known: dict[tuple[str, str], Release] = {}
    for r in releases:
        before = known.get((r.project, r.version), r)
        first = min(filter(None, (before.first, r.first)), default=None)
        last = max(filter(None, (before.last, r.last)), default=None)
        known[r.project, r.version] = replace(r, first=first, last=last)
    return tuple(known.values())
