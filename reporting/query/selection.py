"""Which cells a query needs, by how its metrics add up, and which of them count for its rows and its totals."""

from dataclasses import dataclass, field
from datetime import date

from reporting.metrics import METRICS, SUMMABLE, Metric
from reporting.periods import DAY, LAST_DAY, Range, ReportInterval, first_day, last_day, periods
from reporting.query.arithmetic import COPIES, RANK, belongs, carried, condensed, counting, operands
from reporting.query.direct import is_direct
from reporting.query.question import ReportQuery
from reporting.query.scope import Scope
from reporting.query.sql.cells import By, Cell, stored_interval
from reporting.query.sql.reader import CellReader
from reporting.query.sql.readings import Readings, readings_of

BELOW_ACCOUNT = {"asset": 0, "playlist": 1}
SHORT = (ReportInterval.HOUR, ReportInterval.MINUTE)
SERIES = (ReportInterval.DAY, ReportInterval.WEEK, ReportInterval.MONTH)


@dataclass
class CountedCells:
    """CellReader that may be folded. `exact` ones never add up; `stand_ins` are a provider's own cells of ratios."""

    adding: list[Cell] = field(default_factory=list)
    exact: list[Cell] = field(default_factory=list)
    stand_ins: list[Cell] = field(default_factory=list)

    @property
    def parts(self) -> tuple[list[Cell], ...]:
        return self.adding, self.exact, self.stand_ins


class Gatherer:
    """Reads for one query and scope. `of_rows`, `of_totals`, `of_remainder` and `attributed` are what counts where."""

    def __init__(self, query: ReportQuery, scope: Scope) -> None:
        self.query, self.scope, self.cells = query, scope, CellReader(scope, query.moment)
        self.condensed: dict[Range, list[Cell]] = {}
        metrics = [METRICS[name] for name in query.metrics]
        self.metrics = metrics
        self.sums = [m.name for m in metrics if m.sums]
        self.states = [m.name for m in metrics if m.is_state]
        self.never = [m.name for m in metrics if m.is_distinct]
        self.ratios: list[Metric] = [m for m in metrics if m.is_ratio]
        self.with_cell = [m.name for m in self.ratios if m.cell]
        groups = query.group_by
        owners = {name: name in groups for name in ("customer", "programme", "parent", "asset")}
        self.by = By(query.interval, **owners, key=bool(query.grouped_dimension))
        self.by_total = By(
            ReportInterval.LIFETIME if query.interval is ReportInterval.LIFETIME else ReportInterval.TOTAL
        )
        self.by_owner = self.by_total._replace(
            customer=self.by.customer, programme=self.by.programme, parent=self.by.parent
        )

    def of_rows(self) -> CountedCells:
        query, days = self.query, self.query.days
        split = (query.dimension, query.keys)
        found = CountedCells()
        if self.sums:
            found.adding += self._counting(self.cells.sums(self.sums, days, self.by, query.interval, *split))
        if self.ratios:
            found.adding += self._counting(self.cells.ratios(self.ratios, days, self.by, query.interval, *split))
        if self.states:
            found.adding += self._counting(self._states(days, self.by))
        found.exact = self._counting(self._exact(self.never, days, self.by))
        found.stand_ins = self._counting(self._exact(self.with_cell, days, self.by))
        return found

    def of_totals(self, days: Range) -> CountedCells:
        """The plain figures of a range, under a dimension's filter those of its keys."""
        query, plain, ranks = self.query, self.query.plain, self.ranks(self.by_total)
        found = CountedCells()
        if self.sums:
            found.adding += counting(self._condensed_sums(days), ranks)
        if self.ratios:
            found.adding += counting(self.cells.ratios(self.ratios, days, self.by_total, query.interval, *plain), ranks)
        if self.states:
            found.adding += counting(self._states(days, self.by_total), ranks)
        found.exact = counting(self._exact_total(self.never, days), ranks)
        found.stand_ins = counting(self._exact_total(self.with_cell, days), ranks)
        return found

    def of_remainder(self) -> list[Cell]:
        """The plain figures in the groups of the rows, of which a dimension's rows are a split."""
        return self._counting(self._plain_sums(self.query.days)) if self.sums else []

    def plain_figures(self) -> list[Cell]:
        """What adds up, of the whole range, on all levels."""
        return self._condensed_sums(self.query.days) if self.sums else []

    def attributed(self) -> list[Cell]:
        """What the assets' rows, or those of customers, programmes or parents, would add up to."""
        cells = self._condensed_sums(self.query.days) if self.sums else []
        if self.states:
            cells = cells + self._states(self.query.days, self.by_owner)
        if (self.by.customer or self.by.programme or self.by.parent) and not self.by.asset:
            return counting(cells, self.ranks(self.by), self.by)
        return counting([cell for cell in cells if belongs(cell, self.by)], BELOW_ACCOUNT)

    def _plain_sums(self, days: Range) -> list[Cell]:
        """For the query's own days the cells of its rows, which are read anyway, unless they are rows as they come."""
        by = self.by._replace(key=False) if days == self.query.days else self.by_total
        if is_direct(self.query):
            by = self.by_owner
        return self.cells.sums(self.sums, days, by, self.query.interval, *self.query.plain)

    def _condensed_sums(self, days: Range) -> list[Cell]:
        if days not in self.condensed:
            self.condensed[days] = condensed(self._plain_sums(days))
        return self.condensed[days]

    def _counting(self, cells: list[Cell]) -> list[Cell]:
        """The cells that count for rows: each asset by itself."""
        if not self.by.asset:
            return counting(cells, self.ranks(self.by), self.by)
        shown = RANK if self.scope.assets is not None else BELOW_ACCOUNT
        return [c for c in cells if c.level in shown and belongs(c, self.by)]

    def ranks(self, by: By) -> dict[str, int]:
        """A programme is its copies: a playlist in it adds nothing, unless it is asked for by its name."""
        filters = self.query.filters
        is_of_programmes = by.programme or bool(filters.get("programme"))
        return COPIES if is_of_programmes and not filters.get("asset") else RANK

    def _exact(self, metrics: list[str], days: Range, by: By) -> list[Cell]:
        source = exact_source(by.interval, days, self.query.today)
        if not metrics or source is None:
            return []
        stored, days = source
        split = (self.query.dimension, self.query.keys) if by.key else self.query.plain
        return self.cells.exact(metrics, days, by, stored, *split)

    def _exact_total(self, metrics: list[str], days: Range) -> list[Cell]:
        """A provider's own figure of the whole range, where its rows are there too: a series and its total are of the same
        sources, and above hours stands nothing of days."""
        interval = self.query.interval
        if interval in SHORT:
            return []
        cells = self._exact(metrics, days, self.by_total)
        if not cells or interval in (ReportInterval.TOTAL, ReportInterval.LIFETIME):
            return cells
        series = self._exact(metrics, days, self.by_total._replace(interval=interval))
        places = {(cell.metric, cell.connection) for cell in series}
        return [cell for cell in cells if (cell.metric, cell.connection) in places]

    def _states(self, days: Range, by: By) -> list[Cell]:
        """Nothing for hours and minutes, and nothing beyond today: a state is not known ahead."""
        if self.query.interval in SHORT:
            return []
        wanted: list[date | None] = [None]
        if by.interval in SERIES:
            wanted = [first for first in periods(by.interval, days) if first <= self.query.today]
        if by.interval is ReportInterval.LIFETIME:
            days = Range(date.min, days.end)
        split = (self.query.dimension, self.query.keys) if by.key else self.query.plain
        return carried(self.cells.states(self.states, days, by, *split), wanted, by, self.scope.customers)


def readings_asked(gather: Gatherer) -> Readings:
    """Lifetime readings beside the figures; asked for only where a connection has any of these metrics. Notes do not depend on
    where the days end: but for the lifetimes that are shown, they are about the newest."""
    query, links = gather.query, gather.scope.connections.values()
    known = {series.metric for link in links for series in link.series if series[1:3] == ("lifetime", "")}
    if query.interval is ReportInterval.LIFETIME:
        wanted = known & {operand.name for name in query.metrics for operand in operands(METRICS[name])}
        return readings_of(gather.cells, sorted(wanted), query.days, until=query.days.end)
    return readings_of(gather.cells, sorted(known & SUMMABLE & set(query.read_metrics)), query.days, until=LAST_DAY)


def exact_source(interval: ReportInterval, days: Range, today: date) -> tuple[str, Range] | None:
    """The stored interval and the days whose cells are exactly the periods asked for; None where there are no such.
    The current month counts as whole up to today."""
    if interval in (ReportInterval.HOUR, ReportInterval.MINUTE, ReportInterval.LIFETIME):
        return stored_interval(interval), days
    if interval is ReportInterval.DAY or days.start == days.end:
        return "day", days
    if interval not in (ReportInterval.MONTH, ReportInterval.TOTAL):
        return None
    first, last = days
    if first.day > 1:
        first = last_day(ReportInterval.MONTH, first_day(ReportInterval.MONTH, first)) + DAY
    if last < min(last_day(ReportInterval.MONTH, first_day(ReportInterval.MONTH, last)), today):
        last = first_day(ReportInterval.MONTH, last) - DAY
    one_month = Range(first, last) == days and first == first_day(ReportInterval.MONTH, last)
    if first > last or (interval is ReportInterval.TOTAL and not one_month):
        return None
    return "month", Range(first, last)
