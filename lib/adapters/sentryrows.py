"""Sentry's facts as they are kept: rows for the hours, one JSON document for the rest."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from lib.core.sentry.sentryfacts import Failure, Point, Project, Release, SentryFacts


def as_row(point: Point) -> dict[str, Any]:
    """Return an hour as a row."""
    return {"project": point.project, "start": point.start.isoformat(), "outcomes": dict(point.outcomes)}


def as_document(facts: SentryFacts) -> dict[str, Any]:
    """Return all but the hours as JSON."""
    parts: dict[str, Any] = {
        name: [_plain(asdict(one)) for one in getattr(facts, name)] for name in ("projects", "releases", "failures")
    }
    told = {"organization": facts.organization, "extras": dict(facts.extras)}
    return {**parts, **told, "read_at": facts.read_at.isoformat() if facts.read_at else None}


def as_facts(document: Mapping[str, Any], rows: Iterable[tuple[str, str, Mapping[str, int]]]) -> SentryFacts:
    """Return the facts of a document and of rows of (project, start, outcomes)."""
    projects = [
        Project(**{**p, "first_event": _time(p["first_event"]), "environments": tuple(p["environments"])})
        for p in document["projects"]
    ]
    releases = [Release(**{**r, "first": _time(r["first"]), "last": _time(r["last"])}) for r in document["releases"]]
    return SentryFacts(
        document["organization"],
        tuple(projects),
        tuple(Point(project, datetime.fromisoformat(start).astimezone(UTC), outcomes) for project, start, outcomes in rows),
        tuple(releases),
        tuple(Failure(**f) for f in document["failures"]),
        document["extras"],
        _time(document["read_at"]),
    )


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {k: v.isoformat() if isinstance(v, datetime) else v for k, v in row.items()}


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC) if text else None
