"""Reports of assets whose every figure is one row of a statement: many rows, and nothing to decide about any of them.

Each asset has rows of its own, a row has one connection, and so one provider and one currency; sums are all that is asked for.
What `rows.py` does for such a report comes to the same rows, with ten times the work for each.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from typing import Any, overload

import orjson

from reporting.metrics import METRICS
from reporting.periods import ReportInterval, label, start_of
from reporting.query.json_figures import text_writer, writer
from reporting.query.question import ReportQuery
from reporting.query.result_rows import ResultRows, RowType

OF_DAYS = (ReportInterval.DAY, ReportInterval.WEEK, ReportInterval.MONTH, ReportInterval.TOTAL)
PERIOD, CUSTOMER, CONNECTION, ASSET, FIGURES = range(5)  # the columns of `CellReader.of_assets`

Found = tuple[Any, ...]
Direct = tuple[date | None, int, int, int]  # period, customer, connection, asset
OfDays = Callable[[date | None, int], dict[str, Any]]  # period and connection -> its marks: whether it is final
RowWords = dict[str, Any]  # the columns between the period and the figures


def is_direct(query: ReportQuery) -> bool:
    """True where the rows need no folding, no remainder and no row for others."""
    adds = all(METRICS[name].sums for name in query.metrics)
    is_plain = not (query.dimension or query.order_by or query.limit or query.as_of or query.compare)
    return query.groups_assets and query.interval in OF_DAYS and adds and is_plain


@dataclass(frozen=True)
class DirectRows(ResultRows):
    """The rows as they are shown, each made when it is looked at: hundreds of thousands are never there at once."""

    metrics: tuple[str, ...]
    found: list[Found]  # in the order of the rows
    names: dict[Any, RowWords]
    place_of: Callable[[Found], Any]
    begun: dict[tuple[date | None, int], RowWords]  # by period and connection: the period, and whether it is final
    restated: Mapping[Direct, int]  # by period, customer, connection and asset: how often

    @classmethod
    def of(
        cls,
        query: ReportQuery,
        found: list[Found],
        names_of: Callable[[int, int, int], RowWords],
        of_days: OfDays,
        restated: Mapping[Direct, int],
    ) -> "DirectRows":
        """`found` come by period; `names_of` takes customer, connection and asset."""
        place_of = itemgetter(CUSTOMER, ASSET) if "customer" in query.group_by else itemgetter(ASSET)
        first = {place_of(row): row for row in found}
        names = {place: names_of(*row[CUSTOMER:FIGURES]) for place, row in first.items()}
        order = sorted(names, key=lambda place: _words(names[place]))
        rank = {place: number for number, place in enumerate(order)}
        connections = {row[CONNECTION] for row in first.values()}
        ordered: list[Found] = []
        begun: dict[tuple[date | None, int], RowWords] = {}
        for period, rows in groupby(found, key=itemgetter(PERIOD)):
            of_all = beginning(query.interval, period)
            begun |= {(period, one): of_all | of_days(period, one) for one in connections}
            here = {place_of(row): row for row in rows}
            is_dense = 4 * len(here) > len(
                order
            )  # else most of the order would be gone through in vain, in each period
            ordered += [
                here[place] for place in (order if is_dense else sorted(here, key=rank.__getitem__)) if place in here
            ]
        return cls(query.metrics, ordered, names, place_of, begun, restated)

    def as_dicts(self) -> Iterator[dict[str, Any]]:
        return self._written([writer(METRICS[name]) for name in self.metrics])

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return self._written([_as_it_is] * len(self.metrics))

    def _written(self, figures: Sequence[Callable[[Decimal | None], Any]]) -> Iterator[dict[str, Any]]:
        """The rows with each figure as its function writes it."""
        named = list(zip(self.metrics, figures, range(FIGURES, FIGURES + len(figures)), strict=True))
        for row in self.found:
            values = {metric: write(row[place]) for metric, write, place in named}
            values["restated"] = self.restated.get(row[:FIGURES], 0)
            yield {**self.begun[row[PERIOD], row[CONNECTION]], **self.names[self.place_of(row)], **values}

    def pieces(self) -> Iterator[bytes]:
        """All rows of a period and connection at a time, put together from text that is written once: rows may be hundreds of
        thousands, alike but for a figure."""
        names = {place: _members(of_it) for place, of_it in self.names.items()}
        begun = {place: _members(of_it) for place, of_it in self.begun.items()}
        named = [
            (f'"{metric}":', text_writer(METRICS[metric]), FIGURES + number)
            for number, metric in enumerate(self.metrics)
        ]
        (label, text, _), is_plain = named[0], len(named) == 1 and not self.restated
        place_of = self.place_of

        def line(row: Found) -> str:
            """Of several figures, or with how often they were changed."""
            figures = ",".join([label + text(row[place]) for label, text, place in named])
            return f'{names[place_of(row)]}{figures},"restated":{self.restated.get(row[:FIGURES], 0)}'

        for (period, connection), some in groupby(self.found, key=itemgetter(PERIOD, CONNECTION)):
            first = "{" + begun[period, connection]
            if is_plain:  # what most are, in as few steps as can be
                lines = [f"{first}{names[place_of(row)]}{label}{text(row[FIGURES])}" for row in some]
                yield (',"restated":0},'.join(lines) + ',"restated":0}').encode()
            else:
                lines = [first + line(row) for row in some]
                yield ("},".join(lines) + "}").encode()

    def __len__(self) -> int:
        return len(self.found)

    @overload
    def __getitem__(self, place: int) -> dict[str, Any]: ...
    @overload
    def __getitem__(self, place: slice) -> list[dict[str, Any]]: ...
    def __getitem__(self, place: int | slice) -> Any:
        chosen = self.found[place] if isinstance(place, slice) else [self.found[place]]
        rows = list(DirectRows(self.metrics, chosen, self.names, self.place_of, self.begun, self.restated))
        return rows if isinstance(place, slice) else rows[0]


def beginning(interval: ReportInterval, period: date | None) -> RowWords:
    """What the rows of a period begin with."""
    words: RowWords = {"row_type": RowType.PLAIN.value}
    if period is None:
        return words | {"period_start": None}
    return words | {"period": label(interval, period), "period_start": start_of(interval, period)}


def _as_it_is(value: Decimal | None) -> Decimal | None:
    return value


def _members(values: dict[str, Any]) -> str:
    """`"name":value,` of each."""
    return "".join(f"{orjson.dumps(name).decode()}:{orjson.dumps(value).decode()}," for name, value in values.items())


def _words(names: RowWords) -> list[tuple[bool, Any]]:
    """By the columns from the left, unknown ones last."""
    return [(value is None, value) for value in names.values()]
