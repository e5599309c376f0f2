"""A document in every form that it can be sent in."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from lib.core.report.csvfile import find_table, write_table, write_zip
from lib.core.report.document import Document, write_text
from lib.core.report.markdown import write_markdown


class Format(StrEnum):
    """The forms, as the command line names them."""

    MD = "md"
    HTML = "html"
    JSON = "json"
    CSV = "csv"


@dataclass(frozen=True)
class Form:
    """A form: what a person calls it, how its files end, its media type, and how it is written."""

    title: str
    suffix: str
    media: str
    write: Callable[[Document], bytes]


def _html(document: Document) -> bytes:
    from lib.core.report.webpage import write_html  # Jinja2, which no other command should wait for

    return write_html(document).encode()


FORMS: dict[Format, Form] = {
    Format.MD: Form("Markdown", "md", "text/markdown", lambda d: write_markdown(d).encode()),
    Format.HTML: Form("HTML", "html", "text/html", _html),
    Format.JSON: Form("JSON", "json", "application/json", lambda d: (write_text(d) + "\n").encode()),
    Format.CSV: Form("CSV (zip)", "csv.zip", "application/zip", write_zip),
}


def export(document: Document, form: Format, table: str = "") -> bytes:
    """Return a document in a form; table: of CSV, that table alone. Errors: BadQuery for a table that is not there."""
    if form is Format.CSV and table:
        return write_table(find_table(document, table)).encode()
    return FORMS[form].write(document)


def file_name(document: Document, form: Format) -> str:
    """Return a name for a file: what it is, when its window ends, and its form."""
    when = f"-{document.end:%Y%m%dT%H%MZ}" if document.end else ""
    return f"{document.kind.value}{when}.{FORMS[form].suffix}"
