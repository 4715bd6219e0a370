"""One JSON object a line, as in `rows` of the JSON report."""

from collections.abc import Iterator
from itertools import islice

import orjson

from reporting.exports.document import Document, ExportColumn
from reporting.exports.registry import Export, register
from reporting.query.json_figures import dumps, plain
from reporting.query.result_rows import RowDict

ROWS_A_PIECE = 1000


def write(document: Document) -> Iterator[bytes]:
    lines = (line(document.main.columns, row) for row in document.main.rows)
    while piece := b"".join(islice(lines, ROWS_A_PIECE)):
        yield piece


def line(columns: list[ExportColumn], row: RowDict) -> bytes:
    shown = {one.name: plain(one.metric, row[one.name]) if one.metric else row[one.name] for one in columns}
    return dumps(shown, option=orjson.OPT_APPEND_NEWLINE)


register(Export("ndjson", "application/x-ndjson", write))
