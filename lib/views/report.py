"""Postmortem and worklog: the other pages' answers to one question, put together as one document."""

from collections.abc import Callable
from datetime import datetime

from lib.core.coveragefacts import as_facts
from lib.core.model import Query
from lib.core.report.document import Document, ReportKind, Section
from lib.ports import Ports
from lib.views import postmortem, worklog
from lib.views.reportfacts import list_facts
from lib.views.reportparts import Asked, Parts, ask_all, gather
from lib.views.reportparts import say_summary as summarize

WRITERS: dict[ReportKind, Callable[[Parts], tuple[Section, ...]]] = {
    ReportKind.POSTMORTEM: postmortem.write_sections,
    ReportKind.WORKLOG: worklog.write_sections,
}
TITLES = {ReportKind.POSTMORTEM: "Postmortem", ReportKind.WORKLOG: "Worklog"}


def load(
    ports: Ports, query: Query, now: datetime, kind: ReportKind = ReportKind.POSTMORTEM, source: str = "this store",
    asked: Asked | None = None,
) -> Document:  # fmt: skip
    """Return a report of the query's window. asked: where its parts come from, else the store is asked for each.

    source: what it is made from, in words. Errors: BadQuery; StoreError when the store cannot be read at all.
    """
    plain = Query(query.start, query.end, query.services, query.environments)
    parts = gather(ports, plain, asked or ask_all(ports, plain, now))
    cover = parts.coverage
    return Document(
        kind=kind,
        title=f"{TITLES[kind]}: {parts.window}",
        summary=summarize(parts),
        made_at=now,
        source=source,
        start=cover.start,
        end=cover.end,
        services=plain.services,
        environments=plain.environments,
        sections=WRITERS[kind](parts),
        facts=list_facts(parts),
        coverage=as_facts(cover),
        rules=dict(parts.sources.rules) if parts.sources else {},
    )
