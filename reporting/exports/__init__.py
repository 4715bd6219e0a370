"""ReportResult -> file. Each module here writes one format, as pieces of bytes, so that a long report streams.

    EXPORTS["csv"].write(result) -> b"…", b"…"

A new format is one module and one line below.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from reporting.exports import csv, ndjson, table
from reporting.query import ReportResult


class Export(NamedTuple):
    media_type: str
    write: Callable[[ReportResult], Iterator[bytes]]


EXPORTS = {
    "csv": Export("text/csv", csv.write),
    "ndjson": Export("application/x-ndjson", ndjson.write),
}
FOR_TERMINALS = {"table": table.write}
