"""Reports of assets whose every figure is one row of a statement: many rows, and nothing to decide about any of them.

Each asset stands for itself, a row has one connection, and so one provider and one currency; sums are all that is asked for.
What `rows.py` does for such a report comes to the same rows, with ten times the work for each.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, overload

from reporting.metrics import METRICS, Adds
from reporting.periods import Every, label

if TYPE_CHECKING:
    from reporting.query import ReportQuery

OF_DAYS = (Every.DAY, Every.WEEK, Every.MONTH, Every.TOTAL)
SUMS = (Adds.SUM, Adds.SUM_WITHIN_PROVIDER)
PERIOD, CUSTOMER, CONNECTION, ASSET, FIGURES = range(5)  # the columns of `Cells.of_assets`

Found = tuple[Any, ...]
Names = dict[str, Any]  # the columns between the period and the figures


def is_direct(query: "ReportQuery") -> bool:
    """True where the rows need no folding, no remainder and no row for others."""
    adds = all(METRICS[name].adds in SUMS for name in query.metrics)
    is_plain = not query.dimension and not query.order_by and query.limit is None and query.as_of is None
    return query.groups_assets and query.interval in OF_DAYS and adds and is_plain


@dataclass(frozen=True)
class DirectRows(Sequence[dict[str, Any]]):
    """The rows as they are shown, each made when it is looked at: hundreds of thousands are never there at once."""

    metrics: tuple[str, ...]
    found: list[Found]  # in the order of the rows
    names: dict[Any, Names]
    place_of: Callable[[Found], Any]
    labels: dict[date, dict[str, str]]

    @classmethod
    def of(cls, query: "ReportQuery", found: list[Found], names_of: Callable[[int, int, int], Names]) -> "DirectRows":
        """`found` come by period; `names_of` is told customer, connection and asset."""
        place_of = itemgetter(CUSTOMER, ASSET) if "customer" in query.group_by else itemgetter(ASSET)
        first = {place_of(row): row for row in found}
        names = {place: names_of(*row[CUSTOMER:FIGURES]) for place, row in first.items()}
        order = {place: number for number, place in enumerate(sorted(names, key=lambda place: _words(names[place])))}
        ordered: list[Found] = []
        labels: dict[date, dict[str, str]] = {}
        for period, rows in groupby(found, key=itemgetter(PERIOD)):
            labels[period] = {} if query.interval is Every.TOTAL else {"period": label(query.interval, period)}
            ordered += sorted(rows, key=lambda row: order[place_of(row)])
        return cls(query.metrics, ordered, names, place_of, labels)

    def written(self, figures: Sequence[Callable[[Decimal | None], Any]]) -> Iterator[dict[str, Any]]:
        """The rows with each figure as its function writes it."""
        labels, names, place_of = self.labels, self.names, self.place_of
        if len(figures) == 1:
            (metric,), (write,) = self.metrics, figures
            for row in self.found:
                yield {**labels[row[PERIOD]], **names[place_of(row)], metric: write(row[FIGURES])}
            return
        named = list(zip(self.metrics, figures, range(FIGURES, FIGURES + len(figures)), strict=True))
        for row in self.found:
            told = {metric: write(row[place]) for metric, write, place in named}
            yield {**labels[row[PERIOD]], **names[place_of(row)], **told}

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return self.written([_as_it_is] * len(self.metrics))

    def __len__(self) -> int:
        return len(self.found)

    @overload
    def __getitem__(self, place: int) -> dict[str, Any]: ...
    @overload
    def __getitem__(self, place: slice) -> list[dict[str, Any]]: ...
    def __getitem__(self, place: int | slice) -> Any:
        chosen = self.found[place] if isinstance(place, slice) else [self.found[place]]
        rows = list(DirectRows(self.metrics, chosen, self.names, self.place_of, self.labels))
        return rows if isinstance(place, slice) else rows[0]


def _as_it_is(value: Decimal | None) -> Decimal | None:
    return value


def _words(names: Names) -> list[tuple[bool, Any]]:
    """By the columns from the left, unknown ones last."""
    return [(value is None, value) for value in names.values()]
