"""CSV (RFC 4180) in UTF-8: a line of column names, then the rows. Unknown is an empty cell.

Text that a spreadsheet would take for a formula gets an apostrophe in front: a provider's title must not run as code. With
`escape=none` it comes as it is, for programs.
"""

import csv
import io
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from reporting.exports.document import Document, ExportColumn
from reporting.exports.registry import Export, register
from reporting.exports.texts import guarded
from reporting.metrics import Metric
from reporting.query.json_figures import plain

ROWS_A_PIECE = 1000
MARK = "\ufeff"  # by which Excel knows UTF-8


def write(document: Document) -> Iterator[bytes]:
    columns, shown = document.main.all_columns, cell if document.options.escapes else as_it_is
    buffer = io.StringIO(MARK if document.options.has_mark else "")
    buffer.seek(0, io.SEEK_END)
    writer = csv.writer(buffer)
    writer.writerow([column.name for column in columns])
    for number, row in enumerate(document.main.rows, start=1):
        writer.writerow([shown(column, column.of(row)) for column in columns])
        if number % ROWS_A_PIECE == 0:
            yield taken(buffer)
    yield taken(buffer)


def cell(column: ExportColumn, value: Any) -> str:
    """A figure is never a formula, although a negative one begins with a minus."""
    shown = text(column.metric, value)
    return shown if column.metric else guarded(shown)


def as_it_is(column: ExportColumn, value: Any) -> str:
    return text(column.metric, value)


def text(metric: Metric | None, value: Any) -> str:
    """With all digits; unknown is empty."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return " ".join(value)
    if metric is None:
        return value.isoformat() if isinstance(value, datetime) else str(value)
    shown = plain(metric, value)
    exact = Decimal(repr(shown)) if isinstance(shown, float) else shown
    return f"{exact:f}" if isinstance(exact, Decimal) else str(exact)


def taken(buffer: io.StringIO) -> bytes:
    """The buffer's content; the buffer is empty then. Broken characters become question marks, so that the rest is written."""
    held = buffer.getvalue().encode(errors="replace")
    buffer.seek(0)
    buffer.truncate()
    return held


register(Export("csv", "text/csv", write, button="CSV", charset="utf-8"))
