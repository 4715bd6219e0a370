"""CellReader that count -> rows: grouped, split where they must not be mixed, completed, ordered and cut to the limit."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from reporting.metrics import METRICS, Metric
from reporting.periods import periods
from reporting.query.arithmetic import BYTES, MONEY, Sums, currency_of, fold
from reporting.query.question import ReportQuery
from reporting.query.result_rows import RowType
from reporting.query.scope import Link
from reporting.query.selection import SERIES, CountedCells
from reporting.query.sql.cells import Cell

OF_ONE_CONNECTION = {"connection", "parent", "asset"}  # groups whose rows have one connection each
ALL = Decimal("Infinity")  # of a split that is unknown nothing is known to be left


class RowKey(NamedTuple):
    """What a row is for; the parts that the query does not group by are empty. `key` is None for the part of a plain
    figure that a dimension leaves over."""

    day: date | None = None
    minute: int = 0
    customer: int = 0
    connection: int = 0
    provider: str = ""
    currency: str = ""
    parent: int = 0
    asset: int = 0
    key: str | None = ""


@dataclass(slots=True)
class Subtotal:
    """`stand_ins` are a provider's own figures of ratios that can't be made of sums."""

    key: RowKey
    sums: Sums = field(default_factory=dict)
    stand_ins: Sums = field(default_factory=dict)
    restated: int = 0
    row_type: RowType = RowType.PLAIN

    def figure(self, metric: Metric) -> Decimal | None:
        for sums in (self.sums, self.stand_ins):
            if metric.name in sums:
                value = sums[metric.name].figure(metric)
                if value is not None:
                    return value
        return None

    def is_empty(self, metrics: Iterable[Metric]) -> bool:
        return all(self.figure(metric) is None for metric in metrics)


@dataclass(frozen=True)
class Split:
    """Into providers, because of bytes, and into currencies, where the groups leave several of them in one row."""

    provider: bool = False
    currency: bool = False

    def __bool__(self) -> bool:
        return self.provider or self.currency


def mixture_of(links: Mapping[int, Link], cells: Iterable[Cell]) -> Split:
    """What these cells mix that must not be added."""
    providers: dict[str, set[str]] = {}
    currencies: dict[str, set[object]] = {}
    for name, connection in {(c.metric, c.connection) for c in cells if c.value is not None}:
        if name in BYTES:
            providers.setdefault(name, set()).add(links[connection].provider)
        if name in MONEY:
            currencies.setdefault(name, set()).add(currency_of(links[connection]))
    return Split(
        any(len(found) > 1 for found in providers.values()), any(len(found) > 1 for found in currencies.values())
    )


def split_of(query: ReportQuery, links: Mapping[int, Link], cells: Iterable[Cell]) -> Split:
    """What the rows must be split by, beyond what the query groups by."""
    groups = set(query.group_by)
    if groups & OF_ONE_CONNECTION:
        return Split()
    mixture = mixture_of(links, cells)
    return Split(mixture.provider and "provider" not in groups, mixture.currency)


def key_maker(query: ReportQuery, links: Mapping[int, Link], split: Split) -> Callable[[Cell], RowKey]:
    groups = set(query.group_by)
    by_connection = bool(groups & OF_ONE_CONNECTION)
    by_provider = "provider" in groups or split.provider
    place = {
        link.id: (
            link.id if by_connection else 0,
            link.provider if by_provider else "",
            link.currency if split.currency else "",
        )
        for link in links.values()
    }

    def key_of(cell: Cell) -> RowKey:
        return RowKey(cell.day, cell.minute, cell.customer, *place[cell.connection], cell.parent, cell.asset, cell.key)

    return key_of


def rows_of(
    query: ReportQuery, links: Mapping[int, Link], split: Split, counted: CountedCells, plain: Collection[Cell]
) -> list[Subtotal]:
    """All rows with a figure, and every period of a series. `plain`: see `add_remainders`."""
    key_of = key_maker(query, links, split)
    rows: dict[RowKey, Subtotal] = {}
    for key, sums in fold(counted.adding, links, key_of).items():
        rows[key] = Subtotal(key, sums)
    for cells, is_stand_in in ((counted.exact, False), (counted.stand_ins, True)):
        exact = fold(cells, links, key_of, exact=True)
        if not query.groups_assets:
            only_assets_of_their_own(exact)
        for key, sums in exact.items():
            row = rows.setdefault(key, Subtotal(key))
            (row.stand_ins if is_stand_in else row.sums).update(sums)
    if query.grouped_dimension and not query.filters.get(query.grouped_dimension):
        add_remainders(rows, fold(plain, links, key_of))
    metrics = [METRICS[name] for name in query.metrics]
    if query.interval in SERIES and not query.group_by:
        complete(rows, query)
        return list(rows.values())
    return [row for row in rows.values() if not row.is_empty(metrics)]


def only_assets_of_their_own(exact: dict[RowKey, Sums]) -> None:
    """A series of distinct counts is that of one account or asset throughout: where one day has one asset's and the next
    day another's, neither is the whole."""
    seen: dict[tuple[RowKey, str], set[object]] = {}
    for key, sums in exact.items():
        for name, one in sums.items():
            seen.setdefault((key._replace(day=None, minute=0, key=""), name), set()).add(one.within)
    for key, sums in exact.items():
        for name, one in sums.items():
            one.is_mixed = one.is_mixed or len(seen[key._replace(day=None, minute=0, key=""), name]) > 1


def add_remainders(rows: dict[RowKey, Subtotal], plain: Mapping[RowKey, Sums]) -> None:
    """What the plain figure has beyond its split by the dimension, as a row of its own."""
    split: dict[tuple[RowKey, str], Decimal] = {}
    for key, row in rows.items():
        for name, one in row.sums.items():
            place = (key._replace(key=""), name)
            split[place] = split.get(place, Decimal(0)) + (one.value if not one.is_mixed else ALL)
    for key, sums in plain.items():
        for name, one in sums.items():
            left = one.value - split.get((key, name), Decimal(0))
            if (left.is_nan() or left > 0) and not one.is_mixed:
                rest = key._replace(key=None)
                one.value = left
                rows.setdefault(rest, Subtotal(rest, row_type=RowType.REMAINDER)).sums[name] = one


def complete(rows: dict[RowKey, Subtotal], query: ReportQuery) -> None:
    """Every period of the range, for each of the split's parts."""
    parts = {key._replace(day=None) for key in rows} or {RowKey()}
    for first in periods(query.interval, query.days):
        for part in parts:
            key = part._replace(day=first)
            rows.setdefault(key, Subtotal(key))
