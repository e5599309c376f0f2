"""Small state through SQLAlchemy: SQLite in the home folder. Imports, what was skipped, shapes, decisions, Sentry's facts."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from lib.adapters import chorerows, issuerows, keptrows, liverows, reportrows, sentryrows, tellingrows
from lib.adapters.rowtimes import maybe_time, with_texts
from lib.adapters.sqlopen import Database
from lib.core.blindness.corrections import Telling
from lib.core.collecting import SourceRecord, Stretch
from lib.core.curation import Action, Change
from lib.core.kept import Kept
from lib.core.model import ImportRecord, Skipped
from lib.core.sentry.sentryfacts import SentryFacts
from lib.core.upkeep import Chore, Duty

metadata = sa.MetaData()
imports = sa.Table(
    "imports",
    metadata,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("fingerprint", sa.String, nullable=False, index=True),
    sa.Column("started", sa.String, nullable=False),
    sa.Column("record", sa.JSON, nullable=False),
)
skipped = sa.Table(
    "skipped",
    metadata,
    sa.Column("fingerprint", sa.String, primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("reason", sa.String, nullable=False, index=True),
    sa.Column("source", sa.String, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
)
shapes = sa.Table(
    "shapes",
    metadata,
    sa.Column("shape", sa.Text, primary_key=True),
    sa.Column("template", sa.Text, nullable=False),
    sa.Column("cluster", sa.String, nullable=False),
)
# Append-only: an id once given always leads to a shape, and so to the cluster that the shape belongs to today.
issued = sa.Table(
    "issued", metadata, sa.Column("cluster", sa.String, primary_key=True), sa.Column("shape", sa.Text, nullable=False)
)
# Append-only too: what holds now is read off it, and nothing that was decided is forgotten.
changes = sa.Table(
    "changes",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("ts", sa.String, nullable=False),
    sa.Column("action", sa.String, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("pattern", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("until", sa.String),
)
counters = sa.Table(
    "counters", metadata, sa.Column("name", sa.String, primary_key=True), sa.Column("value", sa.Integer, nullable=False)
)

sentry = sentryrows.make_tables(metadata)
answers = keptrows.make_table(metadata)
tellings = tellingrows.make_table(metadata)
chores = chorerows.make_table(metadata)
live = liverows.make_tables(metadata)
drafts, ledger = issuerows.make_drafts(metadata), issuerows.make_ledger(metadata)
notes, frozen = reportrows.make_notes(metadata), reportrows.make_frozen(metadata)


class SqlStateStore(issuerows.IssueState, reportrows.ReportState):
    """State in an SQL database; every method is one transaction."""

    drafts_table, ledger_table = drafts, ledger
    notes_table, frozen_table = notes, frozen

    def __init__(self, file: Path) -> None:
        self.database = Database(file, metadata)

    def count_up(self, connection: sa.Connection) -> None:
        """Let the version grow."""
        _count_up(connection)

    def save_import(self, record: ImportRecord) -> None:
        """Insert or replace the record of an import by its id."""
        row = {
            "id": record.id,
            "fingerprint": record.fingerprint,
            "started": record.started.isoformat(),
            "record": with_texts(asdict(record)),
        }
        with self.database.writing() as connection:
            connection.execute(sqlite.insert(imports).values(row).on_conflict_do_update(["id"], set_={"record": row["record"]}))
            _count_up(connection)

    def imports(self) -> Sequence[ImportRecord]:
        """Return every import, newest first."""
        with self.database.reading() as connection:
            rows = (
                connection.execute(sa.select(imports.c.record).order_by(imports.c.started.desc(), imports.c.id)).scalars().all()
            )
        return [_as_record(row) for row in rows]

    def save_skipped(self, rows: Iterable[Skipped]) -> None:
        """Keep skipped entries once per (fingerprint, position)."""
        values = [asdict(row) for row in rows]
        if values:
            with self.database.writing() as connection:
                connection.execute(sqlite.insert(skipped).on_conflict_do_nothing(), values)

    def skipped(self, reason: str | None = None, limit: int = 200) -> Sequence[Skipped]:
        """Return kept skipped entries, by source and position."""
        asked = sa.select(skipped).order_by(skipped.c.source, skipped.c.position).limit(limit)
        with self.database.reading() as connection:
            rows = connection.execute(asked if reason is None else asked.where(skipped.c.reason == reason)).mappings().all()
        return [Skipped(**row) for row in rows]

    def shapes(self) -> Mapping[str, str]:
        """Return the catalog: every shape seen, and the template that it belongs to now."""
        with self.database.reading() as connection:
            rows = connection.execute(sa.select(shapes.c.shape, shapes.c.template)).all()
        return {row.shape: row.template for row in rows}

    def add_shapes(
        self, found: Iterable[str], merge: Callable[[Iterable[str]], Mapping[str, str]], name: Callable[[str], str]
    ) -> None:
        """Add shapes and set what each belongs to now, in one step that no other process can come between.

        merge: all shapes -> their templates. name: a template's id. An id given before stays known in `issued`.
        """
        with self.database.writing() as connection:
            known = set(connection.execute(sa.select(shapes.c.shape)).scalars())
            if not (new := set(found) - known):
                return
            before = dict(connection.execute(sa.select(shapes.c.shape, shapes.c.template)).all())
            changed = {s: t for s, t in merge(before.keys() | new).items() if before.get(s) != t}
            rows = [{"shape": s, "template": t, "cluster": name(t)} for s, t in sorted(changed.items())]
            statement = sqlite.insert(shapes)
            renewed = {"template": statement.excluded.template, "cluster": statement.excluded.cluster}
            connection.execute(statement.on_conflict_do_update(["shape"], set_=renewed), rows)
            given = [{"cluster": row["cluster"], "shape": row["shape"]} for row in rows]
            connection.execute(sqlite.insert(issued).on_conflict_do_nothing(), given)
            _count_up(connection)

    def aliases(self) -> Mapping[str, str]:
        """Return {id that a link may carry: id of today}, without the ids that still stand."""
        asked = sa.select(issued.c.cluster, shapes.c.cluster).join(shapes, issued.c.shape == shapes.c.shape)
        with self.database.reading() as connection:
            found = connection.execute(asked).all()
            standing = set(connection.execute(sa.select(shapes.c.cluster)).scalars())
        return {old: new for old, new in found if old not in standing}

    def add_change(self, change: Change) -> None:
        """Keep a decision, after those that are kept already."""
        with self.database.writing() as connection:
            connection.execute(changes.insert().values(with_texts(asdict(change))))
            _count_up(connection)

    def changes(self) -> Sequence[Change]:
        """Return every decision that was ever made, in order."""
        columns = [column for column in changes.c if column is not changes.c.number]
        with self.database.reading() as connection:
            rows = connection.execute(sa.select(*columns).order_by(changes.c.number)).mappings().all()
        return [_as_change(dict(row)) for row in rows]

    def save_sentry(self, facts: SentryFacts) -> None:
        """Keep what Sentry said, beside what it said before."""
        with self.database.writing() as connection:
            sentryrows.save(connection, sentry, facts)
            _count_up(connection)

    def sentry(self) -> SentryFacts | None:
        """Return all that Sentry ever said, None when it was never asked."""
        with self.database.reading() as connection:
            return sentryrows.read(connection, sentry)

    def keep(self, answer: Kept) -> None:
        """Keep what an audit, a health document or a canary answered."""
        with self.database.writing() as connection:
            keptrows.add(connection, answers, answer)
            _count_up(connection)

    def kept(self) -> Sequence[Kept]:
        """Return the answers that are kept, oldest first."""
        with self.database.reading() as connection:
            return keptrows.read(connection, answers)

    def save_tellings(self, told: Iterable[Telling]) -> None:
        """Keep what was told of gaps, once per (service, environment, since); no answer changes by it, so no version does."""
        rows = [tellingrows.as_row(t) for t in told]
        if rows:
            with self.database.writing() as connection:
                tellingrows.save(connection, tellings, rows)

    def tellings(self) -> Sequence[Telling]:
        """Return what was told of gaps, oldest first."""
        with self.database.reading() as connection:
            return tellingrows.read(connection, tellings)

    def save_chore(self, chore: Chore) -> None:
        """Keep how a duty was last done."""
        with self.database.writing() as connection:
            chorerows.save(connection, chores, chore)
            _count_up(connection)

    def chores(self) -> Mapping[Duty, Chore]:
        """Return every duty that was ever done, as it was last done."""
        with self.database.reading() as connection:
            return chorerows.read(connection, chores)

    def save_source(self, record: SourceRecord, read: Iterable[Stretch] = ()) -> None:
        """Insert or replace a live source's record by its name, and add what was read completely, in one step."""
        with self.database.writing() as connection:
            if liverows.save(connection, live, record, list(read)):
                _count_up(connection)

    def sources(self) -> Sequence[SourceRecord]:
        """Return every live source, by name."""
        with self.database.reading() as connection:
            return liverows.read_sources(connection, live)

    def stretches(self) -> Sequence[Stretch]:
        """Return every stretch that was read completely, by source, filter and start."""
        with self.database.reading() as connection:
            return liverows.read_stretches(connection, live)

    def cut_stretches(self, source: str, end: datetime) -> None:
        """Take back what was said of a source from `end` on."""
        with self.database.writing() as connection:
            liverows.cut_stretches(connection, live, source, end)
            _count_up(connection)

    def version(self) -> int:
        """Return a number that changes with every save that could change an answer."""
        with self.database.reading() as connection:
            return connection.execute(sa.select(counters.c.value).where(counters.c.name == "version")).scalar() or 0


def _count_up(connection: sa.Connection) -> None:
    first = sqlite.insert(counters).values(name="version", value=1)
    connection.execute(first.on_conflict_do_update(["name"], set_={"value": counters.c.value + 1}))


TIMES = ("started", "updated", "first", "last")


def _as_record(row: dict[str, Any]) -> ImportRecord:
    return ImportRecord(**{**row, **{k: maybe_time(row.get(k)) for k in TIMES}})


def _as_change(row: dict[str, Any]) -> Change:
    return Change(**{**row, "action": Action(row["action"]), "ts": maybe_time(row["ts"]), "until": maybe_time(row["until"])})
