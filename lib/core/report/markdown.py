"""A document as Markdown that can be pasted into an issue, a chat or a wiki; text from logs does nothing there."""

from collections.abc import Iterator
from datetime import datetime

from lib.core.report.document import Cell, Column, ColumnKind, Document, Sample, Section, Table
from lib.core.report.inert import code, fenced, prose
from lib.core.wording import say_time

UNKNOWN = "not known"


def write_markdown(document: Document) -> str:
    """Return the whole document."""
    return "\n".join(_lines(document)).rstrip() + "\n"


def _lines(document: Document) -> Iterator[str]:
    yield from (f"# {prose(document.title)}", "", prose(document.summary), "", f"_{prose(say_made(document))}_", "")
    for section in document.sections:
        yield from _section(section)


def say_made(document: Document) -> str:
    """Return when and from what a document was made."""
    return f"Made at {say_time(document.made_at)} from {document.source}."


def _section(section: Section) -> Iterator[str]:
    yield from (f"{'#' * section.level} {prose(section.title)}", "")
    if section.sentences:
        yield from (*(f"- {prose(sentence)}" for sentence in section.sentences), "")
    for table in section.tables:
        yield from _table(table)
    for sample in section.samples:
        yield from _sample(sample)


def _table(table: Table) -> Iterator[str]:
    yield f"| {' | '.join(prose(c.name) for c in table.columns)} |"
    yield f"|{'|'.join('---:' if c.kind is ColumnKind.NUMBER else '---' for c in table.columns)}|"
    for row in table.rows:
        yield f"| {' | '.join(_cell(column, value) for column, value in zip(table.columns, row, strict=True))} |"
    yield from ("", *((prose(table.note), "") if table.note else ()))


def _cell(column: Column, value: Cell) -> str:
    if isinstance(value, str) and column.kind is ColumnKind.CODE:
        # A table is cut at bars before anything else is read, in code too
        return code(value.replace("|", "\N{BROKEN BAR}"))
    return prose(show_cell(column, value)) if isinstance(value, str) else show_cell(column, value)


def _sample(sample: Sample) -> Iterator[str]:
    yield from (f"{code(sample.cluster)} {prose(sample.title)}:".lstrip(), "", fenced(sample.text or "(no message)"), "")


def show_cell(column: Column, value: Cell) -> str:
    """Return a cell as a person reads it: numbers with separators, times in UTC, what is not known as that."""
    if value is None:
        return UNKNOWN
    if isinstance(value, str):
        return say_time(datetime.fromisoformat(value)) if column.kind is ColumnKind.TIME and value else value
    return f"{value:,}" if isinstance(value, int) else f"{value:,.3f}".rstrip("0").rstrip(".")
