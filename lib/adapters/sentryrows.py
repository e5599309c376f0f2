"""Sentry's facts as they are kept: rows for the hours, one JSON document for the rest."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from lib.adapters.rowtimes import maybe_time, with_texts
from lib.core.sentry.sentryfacts import Failure, Point, Project, Release, SentryFacts, merge_facts


class Tables(NamedTuple):
    """An hour of a project is a row, so that a reading adds hours and replaces few; the rest is one small document."""

    hours: sa.Table
    facts: sa.Table


def make_tables(metadata: sa.MetaData) -> Tables:
    """Return the tables of what Sentry said."""
    keys = [sa.Column(name, sa.String, primary_key=True) for name in ("project", "start")]
    return Tables(
        sa.Table("sentry_hours", metadata, *keys, sa.Column("outcomes", sa.JSON, nullable=False)),
        sa.Table(
            "sentry_facts",
            metadata,
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("document", sa.JSON, nullable=False),
        ),
    )


def save(connection: sa.Connection, tables: Tables, facts: SentryFacts) -> None:
    """Keep what Sentry said, beside what it said before."""
    before = read(connection, tables)
    merged = merge_facts(before, facts)
    kept = {(p.project, p.start): p for p in before.points} if before else {}
    rows = [as_row(p) for p in merged.points if kept.get((p.project, p.start)) != p]
    if rows:
        statement = sqlite.insert(tables.hours)
        renewed = {"outcomes": statement.excluded.outcomes}
        connection.execute(statement.on_conflict_do_update(["project", "start"], set_=renewed), rows)
    whole = {"id": 1, "document": as_document(merged)}
    connection.execute(sqlite.insert(tables.facts).values(whole).on_conflict_do_update(["id"], set_=whole))


def read(connection: sa.Connection, tables: Tables) -> SentryFacts | None:
    """Return all that Sentry ever said, None when it was never asked."""
    document = connection.execute(sa.select(tables.facts.c.document)).scalar()
    if document is None:
        return None
    rows = connection.execute(sa.select(tables.hours).order_by(tables.hours.c.project, tables.hours.c.start)).all()
    return as_facts(document, [(row.project, row.start, row.outcomes) for row in rows])


def as_row(point: Point) -> dict[str, Any]:
    """Return an hour as a row."""
    return {"project": point.project, "start": point.start.isoformat(), "outcomes": dict(point.outcomes)}


def as_document(facts: SentryFacts) -> dict[str, Any]:
    """Return all but the hours as JSON."""
    parts: dict[str, Any] = {
        name: [with_texts(asdict(one)) for one in getattr(facts, name)] for name in ("projects", "releases", "failures")
    }
    told = {"organization": facts.organization, "extras": dict(facts.extras)}
    return {**parts, **told, "read_at": facts.read_at.isoformat() if facts.read_at else None}


def as_facts(document: Mapping[str, Any], rows: Iterable[tuple[str, str, Mapping[str, int]]]) -> SentryFacts:
    """Return the facts of a document and of rows of (project, start, outcomes)."""
    projects = [
        Project(**{**p, "first_event": maybe_time(p["first_event"]), "environments": tuple(p["environments"])})
        for p in document["projects"]
    ]
    releases = [Release(**{**r, "first": maybe_time(r["first"]), "last": maybe_time(r["last"])}) for r in document["releases"]]
    return SentryFacts(
        document["organization"],
        tuple(projects),
        tuple(Point(project, datetime.fromisoformat(start).astimezone(UTC), outcomes) for project, start, outcomes in rows),
        tuple(releases),
        tuple(Failure(**f) for f in document["failures"]),
        document["extras"],
        maybe_time(document["read_at"]),
    )
