"""One JSON object a line, as in `rows` of the JSON report; the last, `{"report": …}`, has what stands there beside them."""

from collections.abc import Iterator
from itertools import islice

import orjson

from reporting.exports.document import Document, ExportColumn, Table
from reporting.exports.registry import Export, register
from reporting.query.json_figures import dumps, plain
from reporting.query.result_rows import ResultRows, RowDict

ROWS_A_PIECE = 1000


def write(document: Document) -> Iterator[bytes]:
    lines = (line(row) for row in rows_of(document.main))
    while piece := b"".join(islice(lines, ROWS_A_PIECE)):
        yield piece
    yield line({"report": document.report})


def rows_of(table: Table) -> Iterator[RowDict]:
    if isinstance(table.rows, ResultRows):
        return table.rows.as_dicts()
    return (written(table.all_columns, row) for row in table.rows)


def written(columns: list[ExportColumn], row: RowDict) -> RowDict:
    return {one.name: plain(one.metric, one.of(row)) if one.metric else one.of(row) for one in columns}


def line(shown: RowDict) -> bytes:
    return dumps(shown, option=orjson.OPT_APPEND_NEWLINE)


register(Export("ndjson", "application/x-ndjson", write))
