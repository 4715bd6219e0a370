"""The rows of a report, which write themselves: as dicts of exact figures, as dicts of JSON values, as JSON text.

ListedRows are there as a list; DirectRows (`direct.py`) are made when they are looked at.
"""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from enum import StrEnum
from itertools import islice
from typing import Any, overload

import orjson

from reporting.metrics import METRICS
from reporting.query.json_figures import dumps, writer

RowDict = dict[str, Any]
ROWS_A_PIECE = 1000


class RowType(StrEnum):
    """What a row is: what its names say, what a split leaves over, or all rows beyond the limit, which has no names."""

    PLAIN = "plain"
    REMAINDER = "remainder"
    OTHER = "other"


class ResultRows(Sequence[RowDict]):
    """A sequence of rows, each a dict from column to value; figures are exact (Decimal, None where unknown). Beside its
    columns each has its `row_type`, and `period_start`, None where it has no period."""

    @abstractmethod
    def as_dicts(self) -> Iterator[RowDict]:
        """The rows with their figures as JSON values."""

    def pieces(self) -> Iterator[bytes]:
        """The same as JSON text, many rows a piece, with commas between the rows of one."""
        rows = self.as_dicts()
        return (dumps(some)[1:-1] for some in iter(lambda: list(islice(rows, ROWS_A_PIECE)), []))

    def as_text(self) -> orjson.Fragment:
        """The JSON array of the rows, for an answer that orjson writes."""
        return orjson.Fragment(b"[" + b",".join(self.pieces()) + b"]")


class ListedRows(ResultRows):
    def __init__(self, metrics: Sequence[str], rows: list[RowDict]) -> None:
        self.metrics, self.rows = metrics, rows

    def as_dicts(self) -> Iterator[RowDict]:
        figures = [(name, writer(METRICS[name])) for name in self.metrics]
        for row in self.rows:
            shown = row.copy()
            for name, write in figures:
                shown[name] = write(row[name])
            if "previous" in row:
                shown["previous"] = {name: write(row["previous"][name]) for name, write in figures}
            yield shown

    def __iter__(self) -> Iterator[RowDict]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, place: int) -> RowDict: ...
    @overload
    def __getitem__(self, place: slice) -> list[RowDict]: ...
    def __getitem__(self, place: int | slice) -> Any:
        return self.rows[place]
