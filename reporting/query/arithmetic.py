"""What may be added to what: cells -> figures. Pure functions; the ledger's promises are kept here.

- An account and its assets measure the same thing twice: one of the two counts, chosen once for the whole range for each
  (connection, metric), and for each customer, programme or parent where rows are by those. Playlists never add to the videos
  they play, and to no programme.
- Bytes add up within one provider, money within one currency; money without a currency within its connection.
- Distinct counts don't add up at all: a figure is shown where it is the only one.

A sum over what must not be mixed is *mixed*, and its figure is None: unknown, never wrong.
"""

from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Context, Decimal
from typing import Any

from reporting.metrics import METRICS, Metric, Unit
from reporting.query.scope import Link
from reporting.query.sql.cells import By, Cell
from reporting.tenancy.reader import VENDORS, Costs

RANK = {"account": 0, "asset": 1, "playlist": 2}
COPIES = {"asset": 0}  # what a programme is made of
TOGETHER = By()
NOT_KNOWN = Decimal("NaN")  # in a report as of a day; a sum with it is NaN too
ALL_DIGITS = Context(prec=400)  # sums lose no digit, however long: Python's own 28 would round them
RATIO = Context(prec=15)  # a quotient has no exact decimals; 15 digits are what a JSON number holds


def operands(metric: Metric) -> list[Metric]:
    """The metrics whose figures it is made of."""
    return [METRICS[name] for name in (metric.numerator, metric.denominator) if name] or [metric]


BYTES = frozenset(m.name for m in METRICS.values() if any(o.is_split_by_provider for o in operands(m)))
MONEY = frozenset(m.name for m in METRICS.values() if any(o.unit is Unit.MONEY for o in operands(m)))


@dataclass(slots=True)
class Sum:
    """`within` is what it may not be mixed over, e.g. the one provider of its bytes."""

    value: Decimal
    over: Decimal | None = None
    within: Hashable = None
    is_mixed: bool = False

    def add(self, value: Decimal, over: Decimal | None, within: Hashable, is_mixed: bool = False) -> None:
        self.value += value
        if over is not None:
            self.over = over if self.over is None else self.over + over
        self.is_mixed = self.is_mixed or is_mixed or within != self.within

    def figure(self, metric: Metric, costs: Costs = VENDORS) -> Decimal | None:
        """As it is in the ledger, or as a reader sees it."""
        if self.is_mixed:
            return None
        value = costs.amount(metric, self.value, self.currency)
        if self.over is None or not metric.is_ratio:
            return value
        return RATIO.divide(value * metric.scale, self.over) if self.over else None

    @property
    def currency(self) -> str:
        """Of money; empty where it is not known."""
        currency = self.within[1] if isinstance(self.within, tuple) else ""
        return currency if isinstance(currency, str) else ""


Sums = dict[str, Sum]  # by metric


def currency_of(link: Link) -> Hashable:
    """Money without a currency adds to nothing but its own connection's."""
    return link.currency or link.id


def levels(cells: Iterable[Cell], ranks: Mapping[str, int] = RANK, by: By = TOGETHER) -> dict[Hashable, str]:
    """The level that counts, for each (metric, connection, and what they belong to)."""
    best: dict[Hashable, str] = {}
    for cell in cells:
        place = _owner(cell, by)
        if cell.level in ranks and (place not in best or ranks[cell.level] < ranks[best[place]]):
            best[place] = cell.level
    return best


def condensed(cells: Iterable[Cell]) -> list[Cell]:
    """The same figures without their periods and assets, for totals: a few cells instead of as many as there are rows."""
    found: dict[tuple[str, int, str, int, int, int], Decimal | None] = {}
    for cell in cells:
        place = (cell.metric, cell.connection, cell.level, cell.customer, cell.programme, cell.parent)
        before = found.get(place)
        found[place] = cell.value if before is None else before + (cell.value or 0)
    return [
        Cell(metric, None, 0, connection, level, customer, programme, parent, 0, "", value, None, None)
        for (metric, connection, level, customer, programme, parent), value in found.items()
    ]


def counting(cells: Collection[Cell], ranks: Mapping[str, int] = RANK, by: By = TOGETHER) -> list[Cell]:
    """The cells of the levels that count. By customer, programme or parent, those that belong to one."""
    if len(ranks) == 1:  # nothing to choose
        return [c for c in cells if c.level in ranks and belongs(c, by)]
    best = levels(cells, ranks, by)
    return [c for c in cells if belongs(c, by) and c.level == best.get(_owner(c, by))]


def belongs(cell: Cell, by: By) -> bool:
    """To a customer, a programme, a parent, where cells are grouped by those."""
    return bool(
        (cell.customer or not by.customer) and (cell.programme or not by.programme) and (cell.parent or not by.parent)
    )


def owners_of(cell: Cell, by: By) -> tuple[int, int, int]:
    """Customer, programme and parent; 0 where cells are not grouped by that."""
    return (
        cell.customer if by.customer else 0,
        cell.programme if by.programme else 0,
        cell.parent if by.parent else 0,
    )


def _owner(cell: Cell, by: By) -> Hashable:
    return cell.metric, cell.connection, *owners_of(cell, by)


def fold(
    cells: Iterable[Cell], links: Mapping[int, Link], key_of: Callable[[Cell], Hashable], exact: bool = False
) -> dict[Any, Sums]:
    """Adds cells up by the key of their row. `exact` cells add up to nothing: a figure is shown where it is the only one."""
    found: dict[Any, Sums] = {}
    for cell in cells:
        name, is_mixed = cell.metric, exact and cell.alone is None
        if cell.value is None and not is_mixed:
            continue
        within: Hashable = cell.alone if exact else None
        if not exact and (name in BYTES or name in MONEY):
            link = links[cell.connection]
            within = (link.provider if name in BYTES else "", currency_of(link) if name in MONEY else "")
        sums = found.setdefault(key_of(cell), {})
        value = cell.value if cell.value is not None else Decimal(0)
        if name in sums:
            sums[name].add(value, cell.over, within, is_mixed or exact)
        else:
            sums[name] = Sum(value, cell.over, within, is_mixed)
    return found


def carried(
    readings: Iterable[Cell], periods: Iterable[date | None], by: By, customers: Collection[int] | None
) -> list[Cell]:
    """States: the sum over the newest reading of each asset up to the end of each period. A reading counts for who held
    the asset when it was made, and ends the one before. `readings` come in the order of their periods."""
    waiting = list(reversed(list(readings)))
    current: dict[Hashable, Cell] = {}
    sums: dict[Cell, tuple[Decimal, int]] = {}
    unknown: Counter[Cell] = Counter()
    cells: list[Cell] = []

    def count(reading: Cell, sign: int) -> None:
        place = _place(reading, by)
        value, number = sums.get(place, (Decimal(0), 0))
        figure = reading.value or Decimal(0)
        if figure.is_nan():  # until another reading ends it
            unknown[place] += sign
            figure = Decimal(0)
        sums[place] = (value + sign * figure, number + sign)

    for period in periods:
        while waiting and (period is None or waiting[-1].day is None or waiting[-1].day <= period):
            reading = waiting.pop()
            what = (reading.metric, reading.asset, reading.key)
            if what in current:
                count(current.pop(what), -1)
            if customers is None or reading.customer in customers:
                current[what] = reading
                count(reading, +1)
        cells += [
            place._replace(day=period, value=NOT_KNOWN if unknown[place] else value)
            for place, (value, number) in sums.items()
            if number
        ]
    return cells


def _place(reading: Cell, by: By) -> Cell:
    """The cell that a reading adds to, without its period and value."""
    customer, programme, parent = owners_of(reading, by)
    asset, key = (reading.asset if by.asset else 0), (reading.key if by.key else "")
    place = reading._replace(day=None, value=None, asset=asset, key=key)
    return place._replace(customer=customer, programme=programme, parent=parent)
