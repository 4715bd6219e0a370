"""Step 6 of the line, files: Document -> bytes. Each module here writes one format.

    EXPORTS["csv"].write(document) -> b"…", b"…"

document.py   what all formats show; plain.py and customer.py make it of a report
texts.py      what others wrote: no formulas, no control characters
files.py      files that are made whole before they are sent
csv, ndjson   stream: the first bytes go out before the last row is written
xlsx, pdf     are whole when `write` returns; ExportFailed is raised before that

A new format is one module and one line below. Nothing here reads the database but the rows of `customer.py`'s sessions, which
XLSX takes within `write`: a stream is safe after the tenant's scope has closed.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from reporting.exports import csv, ndjson, pdf, table, xlsx
from reporting.exports.document import Document
from reporting.exports.files import ExportFailed

__all__ = ["EXPORTS", "FOR_TERMINALS", "Document", "Export", "ExportFailed"]


class Export(NamedTuple):
    """`is_binary` files are no sight for a terminal."""

    media_type: str
    write: Callable[[Document], Iterable[bytes]]
    is_binary: bool = False


EXPORTS = {
    "csv": Export("text/csv", csv.write),
    "ndjson": Export("application/x-ndjson", ndjson.write),
    "xlsx": Export("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", xlsx.write, is_binary=True),
    "pdf": Export("application/pdf", pdf.write, is_binary=True),
}
FOR_TERMINALS = {"table": table.write}
