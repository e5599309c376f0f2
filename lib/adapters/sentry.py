"""Sentry's own facts over its API: sentry.io, a region's host, self-hosted, or a server that speaks a part of it."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar
from urllib.parse import quote

from lib.adapters.http import Asked, Http
from lib.adapters.httpfaults import broken_answer
from lib.core.sentry import sentryfields as fields
from lib.core.wording import count_of, rfc3339, say_time
from lib.errors import NotOffered, SourceRefused, SourceUnavailable

Progress = Callable[[int, int, str], None]
Value = TypeVar("Value")

PIECE = timedelta(days=30)  # stats_v2 answers at most 1,000 hours at once
KEPT = timedelta(days=90)  # Sentry keeps outcomes so long
PROJECTS = 300  # asked one by one: some 1,200 questions, which Sentry's own limits make last minutes
PROJECT_PAGES, RELEASE_PAGES = 100, 10  # of 100 each; releases come newest first
DEPLOYS = 50  # releases whose deploys are asked for, newest first
GIVE_UP = 3  # so many outages, or refusals of the same kind, one after the other: the rest would cost minutes and tell nothing
PER_PROJECT: tuple[tuple[str, str, str, Callable[[Any], Any]], ...] = (
    ("keys", "keys/", "the number of keys", fields.count_keys),
    ("filters", "filters/", "the inbound filters", lambda rows: fields.keep_all(rows, fields.FILTER)),
    ("quota", "", "the quota", lambda project: {"spike_protection": fields.read_spike_protection(project)}),
)
SCOPES = {"projects": "org:read", "stats": "org:read", "sessions": "org:read"}  # all else: project:read


@dataclass(frozen=True)
class SentryAddress:
    """Where an organization's Sentry is. base_url as people know it: https://sentry.io, or with a path before /api/0.

    private: hosts that may lie in a private network, by name.
    """

    base_url: str
    organization: str
    token: str = field(repr=False)
    private: Sequence[str] = ()

    def ask(self, path: str, kind: str, what: str, *params: tuple[str, str]) -> Asked:
        """Return a question to the API; path is what follows /api/0/."""
        root = self.base_url.rstrip("/").removesuffix("/api/0")
        return Asked(f"{root}/api/0/{path}", what, params, self.token, SCOPES.get(kind, "project:read"))

    def of_organization(self, rest: str) -> str:
        """Return a path under the organization."""
        return f"organizations/{quote(self.organization, safe='')}/{rest}"

    def of_project(self, slug: str, rest: str = "") -> str:
        """Return a path under a project."""
        return f"projects/{quote(self.organization, safe='')}/{quote(slug, safe='')}/{rest}"


class SentryApi:
    """TrackingFacts from Sentry's API. wanted: projects that the settings name, read before all others."""

    def __init__(
        self, address: SentryAddress, http: Http, wanted: Sequence[str] = (), on_progress: Progress | None = None
    ) -> None:
        self.address = address
        self.http = http
        self.wanted = frozenset(wanted)
        self.on_progress = on_progress or (lambda done, total, what: None)

    def read(self, since: datetime, until: datetime, now: datetime) -> Mapping[str, Any]:
        """Return the facts document for [since, until); what could not be read stands in `failures`, the rest is there."""
        reading = _Reading(self.address, self.http)
        projects = reading.read_projects(self.wanted)
        releases = reading.read_releases()
        start, end = reading.fit_window(since, min(until, now), now)
        asked = sorted(projects, key=lambda p: p["slug"] not in self.wanted)[:PROJECTS]
        for done, project in enumerate(asked):
            self.on_progress(done, len(asked), project["slug"])
            reading.read_project(project, start, end)
        reading.note_unread([p["slug"] for p in projects if p not in asked])
        reading.read_deploys(releases)
        self.on_progress(len(asked), len(asked), "")
        return {
            "organization": self.address.organization, "read_at": rfc3339(now), "projects": projects, "releases": releases,
            **reading.found, "failures": reading.failures, "notes": reading.notes,
        }  # fmt: skip


class _Reading:
    """One reading: what was found, what failed, and what is not asked any more."""

    def __init__(self, address: SentryAddress, http: Http) -> None:
        self.address = address
        self.http = http
        self.failures: list[dict[str, Any]] = []
        self.notes: list[dict[str, Any]] = []  # bounds that were met: nothing failed, and nothing was asked beyond them
        self.found: dict[str, Any] = {"stats": {}, "keys": {}, "filters": {}, "quota": {}, "sessions": {}, "deploys": []}
        self.outages = 0
        self.refusals: Counter[str] = Counter()

    def read_projects(self, wanted: frozenset[str]) -> list[dict[str, Any]]:
        """Return the organization's projects, as many as could be read."""
        path = self.address.of_organization("projects/")
        asked = self.address.ask(path, "projects", f"the projects of '{self.address.organization}'", ("per_page", "100"))
        found = [p for p in self._pages("projects", asked, fields.PROJECT, PROJECT_PAGES) if isinstance(p.get("slug"), str)]
        missing = sorted(wanted - {p["slug"] for p in found})
        if not self.failures:
            for slug in missing:
                self._note("project", slug, f"Sentry's list has no project '{slug}', which the settings name.", "Check its name.")
        return found

    def read_releases(self) -> list[dict[str, Any]]:
        """Return the newest releases, as many as could be read."""
        asked = self.address.ask(self.address.of_organization("releases/"), "releases", "the releases", ("per_page", "100"))
        return [r for r in self._pages("releases", asked, fields.RELEASE, RELEASE_PAGES) if isinstance(r.get("version"), str)]

    def fit_window(self, since: datetime, until: datetime, now: datetime) -> tuple[datetime, datetime]:
        """Return the part of the window that Sentry still has, and note what lies before it."""
        oldest = now - KEPT
        if since < oldest:
            told = f"Sentry keeps counts for {KEPT.days} days; those before {say_time(oldest)} were not asked for."
            self.notes.append(_tell("stats", None, told, "Export facts at least once in that time to keep older ones."))
        return max(since, oldest), max(until, oldest)

    def read_project(self, project: Mapping[str, Any], since: datetime, until: datetime) -> None:
        """Read what is asked one project at a time."""
        slug = project["slug"]
        self._read_stats(project, since, until)
        for kind, rest, what, shape in PER_PROJECT:
            asked = self.address.ask(self.address.of_project(slug, rest), kind, f"{what} of '{slug}'")
            self._keep(kind, slug, partial(self._ask, asked, shape))
        if project.get("hasSessions"):
            self._keep("sessions", slug, lambda: self._ask_sessions(project, since, until))

    def read_deploys(self, releases: Sequence[Mapping[str, Any]]) -> None:
        """Read the deploys of the newest releases that have any."""
        having = [str(r["version"]) for r in releases if r.get("deployCount") or r.get("lastDeploy")]
        for version in having[:DEPLOYS]:
            path = self.address.of_organization(f"releases/{quote(version, safe='')}/deploys/")
            given_up = self._gave_up("deploys")
            asked = self.address.ask(path, "deploys", f"the deploys of '{version}'")
            rows = self._try("deploys", None, partial(self._ask, asked, partial(fields.keep_all, fields=fields.DEPLOY)))
            self.found["deploys"] += [{"release": version, **row} for row in rows or []]
            if given_up:  # told once, not for each release
                break
        if len(having) > DEPLOYS:
            told = f"The deploys of {count_of(len(having) - DEPLOYS, 'older release')} were not asked for."
            self.notes.append(_tell("deploys", None, told, ""))

    def note_unread(self, slugs: Sequence[str]) -> None:
        """Note the projects beyond the bound."""
        for slug in slugs:
            told = f"'{slug}' was not asked for: only {PROJECTS} projects are read, those that the settings name first."
            self._note("stats", slug, told, "Name it under [sentry.projects] in the settings.")

    def _read_stats(self, project: Mapping[str, Any], since: datetime, until: datetime) -> None:
        """Read a project's outcomes by the hour; the pieces that came count, those that failed are noted."""
        slug, pieces = project["slug"], []
        for start, end in fields.cut_hours(since, until, PIECE):
            piece = self._try("stats", slug, partial(self._ask_stats, project, start, end))
            pieces += [piece] if piece else []
        if pieces:
            self.found["stats"][slug] = fields.write_stats(pieces)

    def _ask(self, asked: Asked, shape: Callable[[Any], Value]) -> Value:
        return shape(self.http.get(asked).value)

    def _ask_stats(self, project: Mapping[str, Any], start: datetime, end: datetime) -> fields.Series:
        asked = self.address.ask(
            self.address.of_organization("stats_v2/"), "stats", f"the outcomes of '{project['slug']}'",
            ("groupBy", "outcome"), ("field", "sum(quantity)"), ("category", "error"), ("interval", "1h"),
            *self._between(project, start, end),
        )  # fmt: skip
        series = fields.read_series(self.http.get(asked).value)
        if series is None:
            raise broken_answer("Sentry", asked.what, "it does not count by outcome and hour")
        return series

    def _ask_sessions(self, project: Mapping[str, Any], since: datetime, until: datetime) -> dict[str, Any]:
        asked = self.address.ask(
            self.address.of_organization("sessions/"), "sessions", f"the sessions of '{project['slug']}'",
            ("field", "sum(session)"), ("groupBy", "release"), ("interval", "1d"), ("includeSeries", "0"),
            *self._between(project, since, until),
        )  # fmt: skip
        kept = fields.keep_sessions(self.http.get(asked).value)
        if kept is None:
            raise broken_answer("Sentry", asked.what, "it does not count by release")
        return kept

    @staticmethod
    def _between(project: Mapping[str, Any], start: datetime, end: datetime) -> tuple[tuple[str, str], ...]:
        return (
            ("project", str(project.get("id") or project["slug"])),
            ("start", str(rfc3339(start))),
            ("end", str(rfc3339(end))),
        )

    def _pages(self, kind: str, asked: Asked, allowed: fields.Fields, most: int) -> list[dict[str, Any]]:
        """Return the items of all pages until one fails, which is noted."""
        found: list[dict[str, Any]] = []

        def collect() -> None:
            for page in self.http.pages(asked, most):
                found.extend(fields.keep_all(page, allowed))

        self._try(kind, None, collect)
        return found

    def _keep(self, kind: str, slug: str, ask: Callable[[], Any]) -> None:
        value = self._try(kind, slug, ask)
        if value is not None:
            self.found[kind][slug] = value

    def _try(self, kind: str, slug: str | None, ask: Callable[[], Value]) -> Value | None:
        """Return what `ask` brings, None when it fails, which is noted; after too many failures it is not asked at all."""
        if self._gave_up(kind):
            why = "did not answer" if self.outages >= GIVE_UP else "refused this"
            self._note(kind, slug, f"Not asked for: Sentry {why} {GIVE_UP} times in a row.", "See the failures before.")
            return None
        try:
            value = ask()
        except SourceUnavailable as e:
            self.outages = 0 if e.permanent else self.outages + 1
            self.refusals[kind] += isinstance(e, SourceRefused | NotOffered)
            self._note(kind, slug, e.message, e.hint)
            return None
        self.outages, self.refusals[kind] = 0, 0
        return value

    def _gave_up(self, kind: str) -> bool:
        return self.outages >= GIVE_UP or self.refusals[kind] >= GIVE_UP

    def _note(self, kind: str, slug: str | None, reason: str, hint: str) -> None:
        self.failures.append(_tell(kind, slug, reason, hint))


def _tell(kind: str, slug: str | None, reason: str, hint: str) -> dict[str, Any]:
    what = f"{kind} of {slug}" if slug else kind
    return {"what": what, "kind": kind, "project": slug, "reason": reason, "hint": hint}
