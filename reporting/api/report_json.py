"""The rows of a report as JSON text.

Rows that come as they are (`reporting/query/direct.py`) may be hundreds of thousands, alike but for a figure: they are put
together from pieces that are written once, the period and the names of each asset. Others are written as any list is.
"""

from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import groupby, islice
from operator import itemgetter
from typing import Any

import orjson

from reporting.api.renderers import to_json
from reporting.query import ReportResult
from reporting.query.direct import CONNECTION, FIGURES, PERIOD, DirectRows, Found
from reporting.query.report import Writer

Text = Callable[[Decimal | None], str]
LONGEST_PLAIN = 18  # digits: longer ones may be too long for a JSON reader, which `result.py` decides


def rows_to_json(result: ReportResult) -> orjson.Fragment:
    """The same as `[...result.rows_as_json()]`, never there as a list."""
    if isinstance(result.rows, DirectRows):
        kinds = {column.name: column.type for column in result.columns}
        pieces = _of_direct(result.rows, [_writer(kinds[name], write) for name, write in result.writers()])
    else:
        rows = result.rows_as_json()
        pieces = (to_json(some)[1:-1] for some in iter(lambda: list(islice(rows, 1000)), []))
    return orjson.Fragment(b"[" + b",".join(pieces) + b"]")


def _of_direct(rows: DirectRows, texts: list[Text]) -> Iterator[bytes]:
    """All rows of a period and connection at a time."""
    names = {place: _members(of_it) for place, of_it in rows.names.items()}
    begun = {place: _members(of_it) for place, of_it in rows.begun.items()}
    named = [
        (f'"{metric}":', text, FIGURES + number)
        for number, (metric, text) in enumerate(zip(rows.metrics, texts, strict=True))
    ]
    (label, text, _), is_plain = named[0], len(named) == 1 and not rows.restated
    place_of = rows.place_of

    def line(row: Found) -> str:
        """Of several figures, or with how often they were changed."""
        figures = ",".join([label + text(row[place]) for label, text, place in named])
        times = rows.restated.get(row[:FIGURES])
        return f'{names[place_of(row)]}{figures},"restated":{times}' if times else names[place_of(row)] + figures

    for (period, connection), some in groupby(rows.found, key=itemgetter(PERIOD, CONNECTION)):
        first = "{" + begun[period, connection]
        if is_plain:  # what most are, in as few steps as can be
            lines = [f"{first}{names[place_of(row)]}{label}{text(row[FIGURES])}" for row in some]
        else:
            lines = [first + line(row) for row in some]
        yield ("},".join(lines) + "}").encode()


def _members(values: dict[str, Any]) -> str:
    """`"name":value,` of each."""
    return "".join(f"{to_json(name).decode()}:{to_json(value).decode()}," for name, value in values.items())


def _writer(kind: str, write: Writer) -> Text:
    """Most figures are whole numbers, whose digits are their JSON; `write` knows the others."""

    def text(value: Decimal | None) -> str:
        return to_json(write(value)).decode()

    def number(value: Decimal | None) -> str:
        digits = str(value)
        return digits if digits.isdigit() and len(digits) <= LONGEST_PLAIN else text(value)

    return number if kind == "number" else text
