"""Where a figure comes from: the facts that make it, so that anybody can add them up again.

    parse_lineage({"metrics": ["plays"], "at": ["2026-01-05"], …}, tenant) -> Lineage
    Lineage.figure()      the report's own figure: of the row `at`, or the total
    Lineage.facts(page)   the facts behind it, some at a time       (the statements are in `lineage_facts.py`)

Which level of a connection counts is chosen for the whole range of a report, not for each row: so a lineage takes the range
and the row, and lets the report choose. The facts are sought by their place (metric, connection, level) and added to
nothing, so their sum is a check of the figure, not a copy of it. A figure that is unknown has no facts.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple

from reporting.metrics import METRICS, Adds, Metric
from reporting.models import Tenant
from reporting.periods import Every, Range, first_day, label, labelled, last_day
from reporting.query import ReportQuery
from reporting.query.adding import MONEY, operands
from reporting.query.cells import Cell, stored_interval
from reporting.query.gather import Counted, exact_source
from reporting.query.lineage_facts import FactPage, FactReader, FactsOf, Page
from reporting.query.parameters import WrongParameters, parse
from reporting.query.report import Report
from reporting.query.result import ReportResult
from reporting.query.rows import Key, Row, rows_of, split_of
from reporting.query.scope import Link, scope_of

WITHOUT = ("compare", "order_by", "limit", "as_of")  # of the report's parameters, these say nothing about one figure
MINUTES = {Every.HOUR: 60, Every.MINUTE: 1}
WHOLE_DAY = (0, 1439)


class Place(NamedTuple):
    """The row of a report that a figure stands in: its period, as days and minutes of the day, both ends included."""

    name: str
    days: Range
    minutes: tuple[int, int]


def parse_lineage(
    parameters: Mapping[str, Sequence[str]],
    tenant: Tenant,
    *,
    customer_id: int | None = None,
    today: date | None = None,
) -> "Lineage":
    """The report's parameters, with one metric, and `at`, the `period` of the row. Raises WrongParameters."""
    rest = {name: values for name, values in parameters.items() if name != "at"}
    query = parse(rest, tenant, customer_id=customer_id, today=today)
    errors = {name: ["There is no such parameter here."] for name in WITHOUT if name in parameters}
    if len(query.metrics) > 1:
        errors["metrics"] = ["A figure is of one metric: name one."]
    errors |= _of_groups(query)
    try:
        place = _place(query, "".join(parameters.get("at", ())))
    except ValueError as error:
        errors["at"] = [str(error)]
    if errors:
        raise WrongParameters(errors)
    return Lineage(replace(query, group_by=()), place)


def _of_groups(query: ReportQuery) -> dict[str, list[str]]:
    """A row of groups is that of their values: with all of them as filters, the groups change nothing."""
    missing = [name for name in query.group_by if len(query.filters.get(name, ())) != 1]
    if not missing:
        return {}
    return {"group_by": [f"A figure is of one row: give the row's own {', '.join(missing)} as a filter."]}


def _place(query: ReportQuery, text: str) -> Place | None:
    """Raises ValueError."""
    if not text:
        return None
    try:
        first, minute = labelled(query.interval, text)
        days = Range(max(first, query.days.start), min(last_day(query.interval, first), query.days.end))
        if days.start > days.end:
            raise ValueError
    except (ValueError, OverflowError):
        example = f", like {label(query.interval, first_day(query.interval, query.days.start))}"
        if query.interval in (Every.TOTAL, Every.LIFETIME):
            example = "; such a report has none"
        raise ValueError(f"“{text}” is the period of no row by {query.interval} in {query.days}{example}.") from None
    length = MINUTES.get(query.interval)
    return Place(text, days, (minute, minute + length - 1) if length else WHOLE_DAY)


@dataclass(frozen=True)
class Side:
    """What the facts of one metric add up to, and how many they are."""

    metric: Metric
    value: Decimal
    facts: int


@dataclass(frozen=True)
class Lineage:
    """One figure of a report. Asked inside the tenant's scope; raises NotThere and TooMuch, as the report does."""

    query: ReportQuery
    place: Place | None = None

    @property
    def metric(self) -> Metric:
        return METRICS[self.query.metrics[0]]

    @cached_property
    def report(self) -> Report:
        return Report(self.query, scope_of(self.query))

    @cached_property
    def result(self) -> ReportResult:
        return self.report.result()

    @property
    def links(self) -> dict[int, Link]:
        return self.report.links

    @cached_property
    def figure(self) -> Decimal | None:
        return self._row.figure(self.metric)

    @property
    def currency(self) -> str | None:
        if self.metric.name not in MONEY:
            return None
        return self._row.key.currency or self.report.currency([self._of_rows, self._of_totals])

    @cached_property
    def sides(self) -> list[Side]:
        """One for each metric of the facts: two where the figure is a ratio of two sums."""
        return [Side(METRICS[name], value, count) for name, value, count in self._reader.sums()] if self._reader else []

    def facts(self, page: Page) -> FactPage:
        """In the order of their time. Raises WrongParameters for a cursor that is none of ours."""
        return self._reader.page(page) if self._reader else FactPage([])

    def echo(self) -> dict[str, Any]:
        said = {name: value for name, value in self.query.echo().items() if name != "group_by"}
        return said | ({"at": self.place.name} if self.place else {})

    # --- Its row --------------------------------------------------------------------------------------------------------

    @cached_property
    def _of_rows(self) -> Counted:
        return self.report.gather.of_rows()

    @cached_property
    def _of_totals(self) -> Counted:
        return self.report.gather.of_totals(self.query.days)

    @cached_property
    def _row(self) -> Row:
        """Of the rows of its period the one that says something; several are parts that must not be added."""
        if self.place is None:
            return self.report.totals(self._of_totals)[0]
        split = split_of(self.query, self.links, [*self._of_rows.adding, *self._of_totals.adding])
        rows = [row for row in rows_of(self.query, self.links, split, self._of_rows, []) if self._is_here(row.key)]
        known = [row for row in rows if row.figure(self.metric) is not None]
        return known[0] if len(known) == 1 else Row(Key())

    def _is_here(self, key: Key) -> bool:
        named = label(self.query.interval, key.day, key.minute) if key.day else ""
        return self.place is not None and named == self.place.name

    # --- Its facts ------------------------------------------------------------------------------------------------------

    @cached_property
    def _reader(self) -> FactReader | None:
        return None if self.figure is None else FactReader(self.report.scope, self._wanted())

    def _wanted(self) -> FactsOf:
        """As `Gatherer` reads the cells of its row, by how the metric adds up."""
        counted = self._of_rows if self.place else self._of_totals
        sums = self._row.sums.get(self.metric.name)
        if self.metric.adds is Adds.NEVER:
            return self._exact(counted.exact)
        if sums is None or sums.figure(self.metric) is None:
            return self._exact(counted.stand_ins)
        if self.metric.adds is Adds.LAST:
            return self._states(counted.adding)
        stored = stored_interval(self.query.interval)
        days = self._days(Range(date.min, self.query.days.end) if stored == "lifetime" else self.query.days)
        wanted = self._of(counted.adding, (stored,), days)
        return replace(wanted, is_newest=stored == "lifetime", is_ratio=self.metric.adds is Adds.RATIO)

    def _exact(self, cells: Iterable[Cell]) -> FactsOf:
        """The one cell of a distinct count, or the provider's own of a ratio."""
        every = self.query.interval if self.place else self.report.gather.by_total.every
        source = exact_source(every, self.query.days, self.query.today)
        assert source is not None, "there is a figure"
        stored, days = source
        if stored == "lifetime":
            days = Range(date.min, days.end)
        wanted = replace(self._of(cells, (stored,), self._days(days)), metrics=(self.metric.name,))
        return replace(wanted, is_newest=stored == "lifetime", is_month=stored == "month")

    def _states(self, cells: Iterable[Cell]) -> FactsOf:
        """The newest readings up to the end of the period, which may be from before it."""
        first = date.min if self.query.interval is Every.LIFETIME else self.query.days.start
        last = self.place.days.end if self.place else self.query.days.end
        return replace(self._of(cells, ("day", "lifetime"), Range(first, last)), is_state=True)

    def _days(self, days: Range) -> Range:
        """Those of the row."""
        return Range(max(days.start, self.place.days.start), min(days.end, self.place.days.end)) if self.place else days

    def _of(self, cells: Iterable[Cell], intervals: tuple[str, ...], days: Range) -> FactsOf:
        """Where the report's cells that count were read."""
        dimension, keys = self.query.plain
        metrics = tuple(operand.name for operand in operands(self.metric))
        levels = {(name, cell.connection, cell.level) for cell in cells for name in {*metrics, cell.metric}}
        minutes = self.place.minutes if self.place else WHOLE_DAY
        return FactsOf(metrics, intervals, days, minutes, dimension, keys, frozenset(levels))
