"""Which facts the cells of a figure were read from: as `Gatherer` reads them, by how the metric adds up."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from reporting.ledger.daily_totals import FIRST_DAY
from reporting.metrics import Metric
from reporting.periods import Range, ReportInterval, last_day
from reporting.query.arithmetic import operands
from reporting.query.lineage.facts import CellPlace, FactSelection
from reporting.query.lineage.parameters import WHOLE_DAY, PeriodSlot
from reporting.query.lineage.rows import CellGroup, FigureOrigin
from reporting.query.question import ReportQuery
from reporting.query.selection import exact_source
from reporting.query.sql.cells import Cell, stored_interval


def selections_of(
    query: ReportQuery, metric: Metric, place: PeriodSlot | None, made: FigureOrigin
) -> list[FactSelection]:
    """Of a known figure, those of each part."""
    sums = made.row.sums.get(metric.name)
    is_of_sums = sums is not None and sums.figure(metric) is not None
    return [FactChoice(query, metric, place, part).facts(is_of_sums) for part in made.parts]


@dataclass(frozen=True)
class FactChoice:
    query: ReportQuery
    metric: Metric
    place: PeriodSlot | None
    part: CellGroup

    def facts(self, is_of_sums: bool) -> FactSelection:
        counted = self.part.counted
        if self.metric.is_distinct:
            return self._exact(counted.exact)
        if not is_of_sums:
            return self._exact(counted.stand_ins)
        if self.metric.is_state:
            return self._states(counted.adding)
        stored = stored_interval(self.query.interval)
        days = self._days(Range(date.min, self.query.days.end) if stored == "lifetime" else self.query.days)
        wanted = self._of(counted.adding, (stored,), days)
        return replace(wanted, is_newest=stored == "lifetime", is_ratio=self.metric.is_ratio)

    def _exact(self, cells: Iterable[Cell]) -> FactSelection:
        """The one cell of a distinct count, or the provider's own of a ratio."""
        source = exact_source(self.part.interval, self.query.days, self.query.today)
        assert source is not None, "there is a figure"
        stored, days = source
        if stored == "lifetime":
            days = Range(date.min, days.end)
        wanted = self._of(cells, (stored,), self._days(days), (self.metric.name,))
        return replace(wanted, is_newest=stored == "lifetime", is_month=stored == "month")

    def _states(self, cells: list[Cell]) -> FactSelection:
        """The newest readings up to the end of the period, which may be from before it."""
        first = date.min if self.query.interval is ReportInterval.LIFETIME else self.query.days.start
        last = self.place.days.end if self.place else self.query.days.end
        if self.part.by:  # a figure of several periods would be unknown
            day = next((cell.day for cell in cells if cell.metric == self.metric.name), None)
            last = min(last, last_day(self.query.interval, day)) if day else last
            cells = [cell._replace(day=None) for cell in cells]
        wanted = replace(self._of(cells, ("day", "lifetime"), Range(first, last)), is_state=True)
        return replace(wanted, by=wanted.by._replace(interval=ReportInterval.TOTAL))

    def _days(self, days: Range) -> Range:
        """Those of the row."""
        return Range(max(days.start, self.place.days.start), min(days.end, self.place.days.end)) if self.place else days

    def _of(
        self, cells: Iterable[Cell], intervals: tuple[str, ...], days: Range, metrics: tuple[str, ...] = ()
    ) -> FactSelection:
        """Where these cells were read."""
        names = metrics or tuple(operand.name for operand in operands(self.metric))
        mine = [cell for cell in cells if cell.metric in {*names, self.metric.name}]
        wanted = FactSelection(
            names,
            intervals,
            days,
            self.place.minutes if self.place else WHOLE_DAY,
            *self.part.dimension,
            levels=frozenset((name, cell.connection, cell.level) for cell in mine for name in {*names, cell.metric}),
            is_taken_off=self.part.is_taken_off,
        )
        if self.part.by is None:
            return wanted
        return replace(wanted, by=self.part.by, cells=frozenset(_cells(mine, names)))


def _cells(cells: Iterable[Cell], metrics: Iterable[str]) -> Iterator[CellPlace]:
    """Of a ratio's cell, those of both its sides."""
    names = tuple(metrics)
    for cell in cells:
        for name in names:
            place = (cell.minute, cell.connection, cell.level)
            of_assets = (cell.programme, cell.parent, cell.asset)
            yield CellPlace(name, cell.day or FIRST_DAY, *place, cell.customer, *of_assets, cell.key)
