"""Which rows of a report are final, and which hold figures that were changed afterwards.

A row with a period is final where the days of it that the report holds are final for each connection that counts in it. How
often its figures were restated is counted for just those that it adds up: of the account or of the assets, of the customer on
the days that an asset was its own. Both are fields of JSON rows: `final`, and `restated`, how often.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import date
from functools import cached_property
from typing import NamedTuple

from reporting.metrics import METRICS
from reporting.periods import ReportInterval, last_day
from reporting.query.arithmetic import belongs, currency_of, operands
from reporting.query.direct import Direct
from reporting.query.report import Freshness
from reporting.query.result_rows import RowDict
from reporting.query.rows import RowKey, Subtotal
from reporting.query.scope import Link
from reporting.query.selection import BELOW_ACCOUNT, CountedCells, Gatherer, exact_source
from reporting.query.sql.cells import By, Cell, stored_interval

WITHOUT_PERIODS = (ReportInterval.TOTAL, ReportInterval.LIFETIME)


class CountedLevel(NamedTuple):
    """Where figures of a metric that count come from."""

    metric: str
    connection: int
    level: str
    customer: int
    parent: int

    @classmethod
    def of(cls, cell: Cell, by: By) -> "CountedLevel":
        owners = (cell.customer if by.customer else 0, cell.parent if by.parent else 0)
        return cls(cell.metric, cell.connection, cell.level, *owners)


class Marks:
    """Which rows of one report are final or restated. `restated` is how many restatements are in all of them."""

    def __init__(self, gather: Gatherer, freshness: Iterable[Freshness]) -> None:
        self.gather, self.query, self.links = gather, gather.query, gather.scope.connections
        through = {one.connection: one.final_through for one in freshness}
        self.through = {link.id: through.get(link.slug) for link in self.links.values()}
        self.restated = 0

    def is_final(self, connections: Iterable[int], first: date | None = None) -> bool:
        """Of the period that begins on `first`, or of all days; for these connections, or for all where there are none."""
        end = self.query.days.end
        last = end if first is None else min(last_day(self.query.interval, first), end)
        days = [self.through[one] for one in connections] or list(self.through.values())
        return bool(days) and all(day is not None and last <= day for day in days)

    @cached_property
    def restatements(self) -> list[Cell]:
        """CellReader like those of the rows, whose value is the number of restatements."""
        wanted = restatable(self.gather) if any(link.is_restated for link in self.links.values()) else []
        if not wanted:
            return []
        query = self.query
        return self.gather.cells.restated(wanted, query.days, self.gather.by, query.dimension, query.keys)

    def of_all(self, in_all: CountedCells) -> RowDict:
        """The marks of the totals; `restated` of the rows that were marked before."""
        if self.query.interval is ReportInterval.LIFETIME:
            return {}
        connections = {cell.connection for part in in_all.parts for cell in part}
        return {"final": self.is_final(connections)} | ({"restated": self.restated} if self.restated else {})

    def of_days(self, first: date | None, connection: int) -> RowDict:
        """Of a row of one connection."""
        return {} if self.query.interval in WITHOUT_PERIODS else {"final": self.is_final([connection], first)}

    def of_assets(self) -> Counter[Direct]:
        """How often figures of assets that have rows of their own were restated."""
        shows_accounts = self.gather.scope.assets is not None
        found: Counter[Direct] = Counter()
        for cell in self.restatements:
            is_shown = shows_accounts or cell.level in BELOW_ACCOUNT
            if is_shown and belongs(cell, self.gather.by):
                found[cell.day, cell.customer, cell.connection, cell.asset] += int(cell.value or 0)
        self.restated = found.total()
        return found


class RowMarks:
    """The marks of rows that were made of cells. The cells are read once, and only where a row holds several connections',
    or something was restated."""

    def __init__(self, marks: Marks, counted: CountedCells, links: dict[int, Link]) -> None:
        self.marks, self.counted, self.links = marks, counted, links
        self.known: dict[tuple[object, ...], RowDict] = {}

    def count(self, rows: Iterable[Subtotal], key_of: Callable[[Cell], RowKey]) -> None:
        """Tells each row how many restatements are in it."""
        marks = self.marks
        by_key = {row.key: row for row in rows} if marks.restatements else {}
        for cell in marks.restatements:
            if cell.value and CountedLevel.of(cell, marks.gather.by) in self.counting:
                marks.restated += int(cell.value)
                if row := by_key.get(key_of(cell)):
                    row.restated += int(cell.value)

    def of(self, row: Subtotal) -> RowDict:
        restated = {"restated": row.restated}
        if row.key.day is None:
            return restated
        place = row.key[:1] + row.key[2:6]  # the day, and what its connections follow from
        if place not in self.known:
            self.known[place] = {"final": self.marks.is_final(self._connections(row.key), row.key.day)}
        return self.known[place] | restated

    def _connections(self, key: RowKey) -> set[int]:
        """Its own, or those that have figures in it."""
        if key.connection:
            return {key.connection}
        ids = {place.connection for place in self.places if key.customer in (0, place.customer)}
        return {one for one in ids if _is_of(self.links[one], key)}

    @cached_property
    def places(self) -> set[CountedLevel]:
        by = self.marks.gather.by
        return {CountedLevel.of(cell, by) for part in self.counted.parts for cell in part}

    @cached_property
    def counting(self) -> set[CountedLevel]:
        """With what a ratio is made of."""
        return self.places | {
            place._replace(metric=operand.name) for place in self.places for operand in operands(METRICS[place.metric])
        }


def _is_of(link: Link, key: RowKey) -> bool:
    return key.provider in ("", link.provider) and key.currency in ("", currency_of(link))


def restatable(gather: Gatherer) -> list[tuple[str, str]]:
    """The metrics whose facts the report reads, each with the stored interval. Lifetimes are read anew, not restated."""
    query = gather.query
    found: defaultdict[str, set[str]] = defaultdict(set)
    stored, exact = stored_interval(query.interval), exact_source(query.interval, query.days, query.today)
    if query.interval is ReportInterval.LIFETIME:
        return []
    for metric in (METRICS[name] for name in query.metrics):
        if metric.sums or metric.is_ratio:
            for operand in operands(metric):
                found[operand.name].add(stored)
        if exact and (metric.is_distinct or metric.cell):
            found[metric.name].add(exact[0])
    return [(name, interval) for name, intervals in found.items() for interval in sorted(intervals)]
