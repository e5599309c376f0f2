"""The tables of a document as CSV, one of them or all in a zip; text from logs computes nothing in a spreadsheet."""

import csv
import io
import zipfile

from lib.core.report.document import Cell, Document, Table
from lib.core.report.inert import cell
from lib.errors import BadQuery

STAMP = (1980, 1, 1, 0, 0, 0)  # of the files in a zip: the same document gives the same bytes


def write_table(table: Table) -> str:
    """Return a table with a line of names first. Unknown is an empty cell."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow([cell(column.name) for column in table.columns])
    writer.writerows([[_write(value) for value in row] for row in table.rows])
    return out.getvalue()


def find_table(document: Document, name: str) -> Table:
    """Return a document's table by its name. Errors: BadQuery when there is none."""
    found = document.tables()
    if name not in found:
        hint = f"Tables: {', '.join(found)}." if found else "It has no tables."
        raise BadQuery(f"The report has no table '{name[:40]}'.", hint=hint)
    return found[name]


def write_zip(document: Document) -> bytes:
    """Return every table of a document as a file of its own, in a zip."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, table in document.tables().items():
            archive.writestr(zipfile.ZipInfo(f"{name}.csv", STAMP), "\ufeff" + write_table(table), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _write(value: Cell) -> str:
    if isinstance(value, str):
        return cell(value)
    return "" if value is None else str(value)
