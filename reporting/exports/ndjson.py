"""One JSON object a line, as in `rows` of the JSON report."""

from collections.abc import Iterator

import orjson

from reporting.query.result import ReportResult


def write(result: ReportResult) -> Iterator[bytes]:
    for row in result.rows_as_json():
        yield orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE)
