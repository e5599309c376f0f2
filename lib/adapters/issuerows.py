"""Drafts and the ledger of what was sent as rows of the state, and the part of the state store that keeps them."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from lib.adapters.rowtimes import as_time, maybe_time, sortable
from lib.adapters.sqlopen import Database
from lib.core.issues import Action, Decision, KeptDraft, Sent, SentState
from lib.core.sentry.trackingstates import Confidence
from lib.core.success.criteriafile import read_criterion, write_criterion

LEDGER_KEYS = ("fingerprint", "repo", "kind")


def make_drafts(metadata: sa.MetaData) -> sa.Table:
    """Return the table of drafts: a row a cluster. Its criteria are written once, what was decided is renewed."""
    return sa.Table(
        "drafts",
        metadata,
        sa.Column("cluster", sa.String, primary_key=True),
        sa.Column("made", sa.String, nullable=False),
        sa.Column("criteria", sa.JSON, nullable=False),
        sa.Column("decided", sa.JSON, nullable=False),
    )


def make_ledger(metadata: sa.MetaData) -> sa.Table:
    """Return the table of what was sent: a row for each draft, repository and kind."""
    keys = [sa.Column(name, sa.String, primary_key=True) for name in LEDGER_KEYS]
    return sa.Table(
        "sent", metadata, *keys, sa.Column("at", sa.String, nullable=False), sa.Column("row", sa.JSON, nullable=False)
    )


class IssueState(ABC):
    """The part of a state store that keeps drafts and the ledger; `count_up` is the store's own."""

    database: Database
    drafts_table: sa.Table
    ledger_table: sa.Table

    @abstractmethod
    def count_up(self, connection: sa.Connection) -> None:
        """Let the store's version grow."""

    def keep_draft(self, draft: KeptDraft) -> None:
        """Keep a draft by its cluster; criteria that are kept already stay, with the time at which they were drafted."""
        row = {
            "cluster": draft.cluster,
            "made": sortable(draft.made),
            "criteria": [write_criterion(c) for c in draft.criteria],
            "decided": _write_decided(draft),
        }
        table = self.drafts_table
        statement = sqlite.insert(table).values(row)
        with self.database.writing() as connection:
            found = connection.execute(sa.select(table.c.criteria).where(table.c.cluster == draft.cluster)).scalar()
            renewed = {name: row[name] for name in (("decided",) if found else ("decided", "made", "criteria"))}
            connection.execute(statement.on_conflict_do_update(["cluster"], set_=renewed))
            self.count_up(connection)

    def drafts(self) -> Sequence[KeptDraft]:
        """Return every draft that is kept, oldest first."""
        table = self.drafts_table
        with self.database.reading() as connection:
            rows = connection.execute(sa.select(table).order_by(table.c.made, table.c.cluster)).mappings().all()
        return [_read_draft(row) for row in rows]

    def drop_draft(self, cluster: str) -> bool:
        """Forget a draft and its criteria; False when there is none."""
        table = self.drafts_table
        with self.database.writing() as connection:
            gone = bool(connection.execute(table.delete().where(table.c.cluster == cluster)).rowcount)
            if gone:
                self.count_up(connection)
        return gone

    def note_sent(self, row: Sent) -> None:
        """Insert or replace a row of the ledger."""
        values = {"at": sortable(row.at), "row": _write_sent(row)}
        statement = sqlite.insert(self.ledger_table).values({**{k: getattr(row, k) for k in LEDGER_KEYS}, **values})
        with self.database.writing() as connection:
            connection.execute(statement.on_conflict_do_update(list(LEDGER_KEYS), set_=values))
            self.count_up(connection)

    def forget_sent(self, row: Sent) -> None:
        """Take back a row of the ledger."""
        table = self.ledger_table
        with self.database.writing() as connection:
            connection.execute(table.delete().where(*(table.c[k] == getattr(row, k) for k in LEDGER_KEYS)))
            self.count_up(connection)

    def sent(self) -> Sequence[Sent]:
        """Return the ledger, oldest first."""
        table = self.ledger_table
        with self.database.reading() as connection:
            rows = connection.execute(sa.select(table).order_by(table.c.at, *(table.c[k] for k in LEDGER_KEYS))).mappings().all()
        return [
            Sent(
                **{k: row[k] for k in LEDGER_KEYS},
                at=as_time(row["at"]),
                **{**row["row"], "state": SentState(row["row"]["state"])},
            )
            for row in rows
        ]


def _write_sent(row: Sent) -> dict[str, Any]:
    return {k: v for k, v in asdict(row).items() if k not in (*LEDGER_KEYS, "at")}


def _write_decided(draft: KeptDraft) -> dict[str, Any]:
    decided = sortable(draft.decided) if draft.decided else None
    decision = asdict(draft.decision) if draft.decision else None
    return {"title": draft.title, "repo": draft.repo, "at": decided, "labels": list(draft.labels), "decision": decision}


def _read_draft(row: Mapping[Any, Any]) -> KeptDraft:
    decided, found = row["decided"], row["decided"]["decision"]
    decision = None
    if found:
        words = {"action": Action(found["action"]), "confidence": Confidence(found["confidence"])}
        decision = Decision(**{**found, **words, "related": tuple(found["related"])})
    criteria = tuple(read_criterion(c) for c in row["criteria"])
    return KeptDraft(
        row["cluster"], decided["title"], as_time(row["made"]), criteria, decision, decided["repo"], maybe_time(decided["at"]),
        tuple(decided["labels"]),
    )  # fmt: skip
