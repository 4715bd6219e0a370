"""CSV and NDJSON stream: the first bytes go out before the last row is read; nothing needs the tenant's scope any more."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from reporting.exports import EXPORTS, xlsx
from reporting.exports.document import ExportColumn
from tests.reporting.exports.pure import document, figure

ROWS = 5_000


@pytest.mark.parametrize("format", ["csv", "ndjson"])
def test_the_first_bytes_come_before_the_last_row(format: str) -> None:
    read = 0

    def rows() -> Iterator[dict[str, Any]]:
        nonlocal read
        for read in range(1, ROWS + 1):
            yield {"title": "The final", "plays": Decimal(read)}

    pieces = iter(EXPORTS[format].write(document([ExportColumn("title", "Title"), figure("plays")], rows())))
    first = next(pieces)
    assert b"The final" in first
    assert 0 < read < ROWS / 2
    rest = b"".join(pieces)
    assert read == ROWS
    assert (first + rest).count(b"\n") == ROWS + 1, "one more: the names of the columns, or the closing object"
    assert max(len(first), len(rest)) < 200_000


def test_no_rows() -> None:
    assert b"".join(EXPORTS["csv"].write(document([figure("plays")], []))) == b"plays\r\n"
    assert b"".join(EXPORTS["ndjson"].write(document([figure("plays")], []))) == b'{"report":{}}\n'


def test_whole_files_are_whole_when_they_are_handed_out() -> None:
    """An error comes before the answer has begun, which could not take its 200 back."""

    def rows() -> Iterator[dict[str, Any]]:
        yield {"plays": Decimal(1)}
        raise LookupError("the database went away")

    for format in ("xlsx", "pdf"):
        with pytest.raises(LookupError):
            EXPORTS[format].write(document([figure("plays")], rows()))
    assert b"".join(xlsx.write(document([figure("plays")], []))).startswith(b"PK")
