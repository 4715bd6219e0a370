"""A report as a file: Document -> bytes. Each format is one module.

    EXPORTS["csv"].write(document) -> b"…", b"…"

document.py   what all formats show; plain.py and customer.py make it of a report
registry.py   the formats; a new one is a module that registers itself, and its name in the import below
csv, ndjson   stream: the first bytes are sent before the last row is written
xlsx, pdf     are complete when `write` returns; ExportFailed is raised before that
table         for the terminal only
texts.py      text that others wrote: no formulas, no control characters
files.py      files that are complete before they are sent
download.py   a document as an HTTP answer

The formats read nothing from the database but the rows of `customer.py`'s sessions, which XLSX reads within `write`: a stream
may be sent after the tenant's scope has closed.
"""

from reporting.exports import csv, ndjson, pdf, table, xlsx  # noqa: F401  each format registers itself
from reporting.exports.document import Document
from reporting.exports.files import ExportFailed
from reporting.exports.registry import EXPORTS, Export, buttons, register

__all__ = ["EXPORTS", "FOR_TERMINALS", "Document", "Export", "ExportFailed", "buttons", "register"]

FOR_TERMINALS = {"table": table.write}
