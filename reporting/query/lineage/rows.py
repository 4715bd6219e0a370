"""The row of a report that a figure is in, and the cells that it was made of.

    named         the total, or the row of a period
    other         the rows beyond the limit, as one
    remainder     the plain figure less the rows of a dimension
    unattributed  the total less what assets (or customers) report

All are found by what the report itself finds them by, with its own queries.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

from reporting.metrics import Metric
from reporting.periods import ReportInterval, label
from reporting.query.arithmetic import Sum, counting
from reporting.query.lineage.parameters import PeriodSlot, RowChoice
from reporting.query.others import Others
from reporting.query.rows import RowKey, Split, Subtotal, key_maker, rows_of, split_of
from reporting.query.run import Report
from reporting.query.selection import CountedCells
from reporting.query.sql.cells import By, Cell

Dimension = tuple[str, tuple[str, ...]]  # and its keys that are asked for


@dataclass(frozen=True)
class CellGroup:
    """CellReader that a figure is made of. `interval` and `dimension` are what they were read by; with `by`
    these very cells alone count, else all of their connections and levels."""

    counted: CountedCells
    interval: ReportInterval
    dimension: Dimension
    by: By | None = None
    is_taken_off: bool = False


@dataclass(frozen=True)
class FigureOrigin:
    row: Subtotal = field(default_factory=lambda: Subtotal(RowKey()))
    parts: tuple[CellGroup, ...] = ()
    currency: str | None = None


def origin_of(report: Report, metric: Metric, place: PeriodSlot | None, which: RowChoice) -> FigureOrigin:
    rows = Rows(report, metric, place)
    if which is RowChoice.OTHER:
        return rows.other()
    if which is RowChoice.REMAINDER:
        return rows.remainder()
    if which is RowChoice.UNATTRIBUTED:
        return rows.unattributed()
    return rows.in_period() if place else rows.total()


class Rows:
    """Those of one report; the same cells are gathered once."""

    def __init__(self, report: Report, metric: Metric, place: PeriodSlot | None) -> None:
        self.report, self.metric, self.place = report, metric, place
        self.query, self.gather, self.links = report.query, report.gather, report.links

    @cached_property
    def of_rows(self) -> CountedCells:
        return self.gather.of_rows()

    @cached_property
    def in_all(self) -> CountedCells:
        return self.gather.of_totals(self.query.days)

    @cached_property
    def of_remainder(self) -> list[Cell]:
        return self.gather.of_remainder() if self.query.grouped_dimension else []

    @cached_property
    def split(self) -> Split:
        return split_of(self.query, self.links, [*self.of_rows.adding, *self.in_all.adding])

    @cached_property
    def key_of(self) -> Callable[[Cell], RowKey]:
        return key_maker(self.query, self.links, self.split)

    @cached_property
    def rows(self) -> list[Subtotal]:
        return rows_of(self.query, self.links, self.split, self.of_rows, self.of_remainder)

    # --- Which row ------------------------------------------------------------------------------------------------------

    def total(self) -> FigureOrigin:
        part = CellGroup(self.in_all, self.gather.by_total.interval, self.query.plain)
        return FigureOrigin(self.report.totals(self.in_all)[0], (part,), self.currency(self.of_rows, self.in_all))

    def in_period(self) -> FigureOrigin:
        row = self.only([row for row in self.rows if row.key.key is not None])
        currency = row.key.currency or self.currency(self.of_rows, self.in_all)
        return FigureOrigin(row, (CellGroup(self.of_rows, self.query.interval, self.of_dimension),), currency)

    def other(self) -> FigureOrigin:
        """Of remainders in it, the plain figures without the rows that are shown of them."""
        others = Others(self.query, self.links, self.of_rows, self.of_remainder, self.split)
        rest = [row for row in self.beyond() if others.counts(row)]
        if not rest:
            return FigureOrigin()
        behind, interval, by = others.behind(rest), self.query.interval, self.gather.by
        keyed = CountedCells(*(counting(part) for part in behind.keyed.parts))
        both = set(behind.split) & set(behind.keyed.adding)
        apart = CountedCells([cell for cell in keyed.adding if cell not in both], keyed.exact, keyed.stand_ins)
        parts = [CellGroup(apart, interval, self.of_dimension, by)]
        if behind.whole:
            taken_off = CountedCells([cell for cell in behind.split if cell not in both])
            parts += [
                CellGroup(CountedCells(behind.whole), interval, self.query.plain, by._replace(key=False)),
                CellGroup(taken_off, interval, self.of_dimension, by, is_taken_off=True),
            ]
        currency = self.currency(keyed, CountedCells(behind.whole))
        return FigureOrigin(others.row(rest, RowKey()), tuple(parts), currency)

    def beyond(self) -> list[Subtotal]:
        """The rows beyond the limit; where each period has its own, those of this period."""
        named = self.report.names_of(self.rows, self.report.currency([self.of_rows, self.in_all]))
        cuts = self.report.cut(self.rows, self.report.columns(self.split), named)
        return [row for one in cuts if not self.query.limit_per or self.is_here(one.slot) for _, row in one.beyond]

    def remainder(self) -> FigureOrigin:
        """The parts of it that must not be added, such as two currencies, have a row each: of several there is no one."""
        row = self.only([row for row in self.rows if row.key.key is None])
        if row.key.key is not None:
            return FigureOrigin()
        whole = CountedCells([cell for cell in self.of_remainder if self.key_of(cell) == row.key._replace(key="")])
        rows = [cell for cell in self.of_rows.adding if self.key_of(cell)._replace(key=None) == row.key]
        interval = self.query.interval
        parts = (
            CellGroup(whole, interval, self.query.plain),
            CellGroup(CountedCells(rows), interval, self.of_dimension, is_taken_off=True),
        )
        return FigureOrigin(row, parts, self.currency(whole))

    def unattributed(self) -> FigureOrigin:
        if self.metric.is_distinct or self.metric.is_ratio:
            return FigureOrigin()
        total = self.report.totals(self.in_all)[0]
        left = self.report.unattributed(total)[self.metric.name]
        if left is None:
            return FigureOrigin()
        of_rows, interval = self.gather.by, self.gather.by_total.interval
        by = By(customer=of_rows.customer, parent=of_rows.parent)
        attributed = CountedCells(self.gather.attributed())
        parts = (
            CellGroup(self.in_all, interval, self.query.plain),
            CellGroup(attributed, interval, self.query.plain, by, is_taken_off=True),
        )
        return FigureOrigin(Subtotal(RowKey(), {self.metric.name: Sum(left)}), parts, self.currency(self.in_all))

    # --- What it takes --------------------------------------------------------------------------------------------------

    @property
    def of_dimension(self) -> Dimension:
        return self.query.dimension, self.query.keys

    def only(self, rows: list[Subtotal]) -> Subtotal:
        """Of the rows of its period the one with a figure; several are parts that must not be added."""
        here = [row for row in rows if row.figure(self.metric) is not None and self.is_here(row.key)]
        return here[0] if len(here) == 1 else Subtotal(RowKey())

    def is_here(self, key: RowKey) -> bool:
        named = label(self.query.interval, key.day, key.minute) if key.day else ""
        return named == (self.place.name if self.place else "")

    def currency(self, *counted: CountedCells) -> str | None:
        name = self.metric.name
        return self.report.currency(
            [CountedCells([cell for cell in one.adding if cell.metric == name]) for one in counted]
        )
