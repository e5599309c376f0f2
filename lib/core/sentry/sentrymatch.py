"""Which of Sentry's projects belongs to which service: by settings, else by DSN lines and releases, else by equal names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lib.core.sentry.sentryfacts import Release, SentryFacts
from lib.core.settings import find_named

Service = tuple[str, str]  # name, environment


@dataclass(frozen=True)
class Known:
    """What a service's logs say that Sentry knows too: its revisions, and project numbers in its lines about the DSN."""

    service: str
    environment: str
    revisions: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Matches:
    """projects: {service: (slug, why)}; why is "settings", "DSN", "release" or "name". The rest is listed."""

    projects: Mapping[Service, tuple[str, str]]
    unmatched_projects: tuple[str, ...]
    unmatched_services: tuple[Service, ...]
    unknown_settings: tuple[str, ...] = ()

    def is_shared(self, slug: str) -> bool:
        """Return whether several services send to one project, so that its hours are not one service's."""
        return sum(s == slug for s, _ in self.projects.values()) > 1


def match_projects(services: Sequence[Known], facts: SentryFacts | None, settings: Mapping[str, str]) -> Matches:
    """Return each service's project. settings: {service, or "service/environment": slug}."""
    facts = facts or SentryFacts()
    slugs = {p.slug for p in facts.projects} | {p.project for p in facts.points} | {r.project for r in facts.releases}
    slugs.discard("")
    found = {(s.service, s.environment): find_project(s, facts, slugs, settings) for s in services}
    matched = {key: value for key, value in found.items() if value is not None}
    taken = {slug for slug, _ in matched.values()}
    return Matches(
        matched,
        tuple(sorted(slugs - taken)),
        tuple(key for key, value in found.items() if value is None),
        tuple(sorted({slug for slug in settings.values() if slugs and slug not in slugs})),
    )


def find_project(known: Known, facts: SentryFacts, slugs: set[str], settings: Mapping[str, str]) -> tuple[str, str] | None:
    """Return a service's project and how that is known, None when nothing says so."""
    if (slug := find_named(settings, known.service, known.environment)) is not None:
        return slug, "settings"
    numbered = {p.slug for p in facts.projects if p.number and p.number in known.numbers}
    released = {r.project for r in facts.releases if r.project and any(names_revision(r.version, v) for v in known.revisions)}
    named = {slug for slug in slugs if plain(slug) == plain(known.service)}
    for found, why in ((numbered, "DSN"), (released, "release"), (named, "name")):
        if len(found) == 1:
            return found.pop(), why
        if known_name := found & named:
            return known_name.pop(), why
    return None


def plain(name: str) -> str:
    """Return a name as it is compared."""
    return name.lower().replace("_", "-")


def names_revision(version: str, revision: str) -> bool:
    """Return whether a release is a revision's: the SDK takes Cloud Run's name of it, alone or behind "package@"."""
    return bool(revision) and (version == revision or version.rpartition("@")[2] == revision)


def releases_of(revision: str, releases: Sequence[Release]) -> tuple[Release, ...]:
    """Return the releases that are a revision's."""
    return tuple(r for r in releases if names_revision(r.version, revision))
