"""CSV as RFC 4180 has it, in UTF-8: a line of column names, then the rows. Unknown is an empty cell.

Text that a spreadsheet would take for a formula gets an apostrophe in front: a provider's title must not run anything.
"""

import csv
import io
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from reporting.metrics import METRICS
from reporting.query.result import ReportResult, plain

FORMULA = ("=", "+", "-", "@", "\t", "\r")
ROWS_A_PIECE = 1000


def write(result: ReportResult) -> Iterator[bytes]:
    names = [column.name for column in result.columns]
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(names)
    for number, row in enumerate(result.rows, start=1):
        writer.writerow([cell(name, row[name]) for name in names])
        if number % ROWS_A_PIECE == 0:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def cell(name: str, value: Any) -> str:
    shown = text(name, value)
    return f"'{shown}" if name not in METRICS and shown.startswith(FORMULA) else shown


def text(name: str, value: Any) -> str:
    """Figures with all their digits; unknown is empty."""
    if value is None:
        return ""
    if name not in METRICS:
        return str(value)
    shown = plain(METRICS[name], value)
    return f"{Decimal(repr(shown)):f}" if isinstance(shown, float) else str(shown)
