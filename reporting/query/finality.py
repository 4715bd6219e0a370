"""Which rows of a report are final, and which hold figures that were changed afterwards.

A row with a period is final where the days of it that the report holds are final for each connection that counts in it, or
would if it were read, and nothing of them is missing (`missing.py`). How often its figures were restated is counted for
just those that it adds up: of the account or of the assets, of the customer on the days that an asset was its own. Both are
fields of JSON rows: `final`, and `restated`, how often.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import cached_property
from typing import NamedTuple

from django.db import connection as database

from reporting.metrics import METRICS
from reporting.models import Days
from reporting.periods import Range, ReportInterval, last_day
from reporting.query.arithmetic import belongs, currency_of, operands, owners_of
from reporting.query.direct import Direct
from reporting.query.freshness import Other
from reporting.query.missing import Missing
from reporting.query.report import Freshness
from reporting.query.result_rows import RowDict
from reporting.query.rows import RowKey, Subtotal
from reporting.query.scope import Link
from reporting.query.selection import BELOW_ACCOUNT, CountedCells, Gatherer, exact_source
from reporting.query.sql.cells import By, Cell, stored_interval
from reporting.query.sql.reported import ReportedReader

WITHOUT_PERIODS = (ReportInterval.TOTAL, ReportInterval.LIFETIME)


class CountedLevel(NamedTuple):
    """Where figures of a metric that count come from."""

    metric: str
    connection: int
    level: str
    customer: int
    programme: int
    parent: int

    @classmethod
    def of(cls, cell: Cell, by: By) -> "CountedLevel":
        return cls(cell.metric, cell.connection, cell.level, *owners_of(cell, by))


class Marks:
    """Which rows of one report are final or restated. `restated` is how many restatements are in all of them;
    `restatements` are cells like those of the rows, whose value is the number of restatements."""

    def __init__(
        self, gather: Gatherer, freshness: Iterable[Freshness], missing: Sequence[Missing], restatements: list[Cell]
    ) -> None:
        self.gather, self.query, self.links = gather, gather.query, gather.scope.connections
        self.missing, self.restatements, self.restated = missing, restatements, 0
        by_slug = {one.connection: one for one in freshness}
        fresh = {link.id: by_slug[link.slug] for link in self.links.values() if link.slug in by_slug}
        self.through = {one: fresh[one].final_through if one in fresh else None for one in self.links}
        self.awaited = {one for one in fresh if is_awaited(self.links[one], fresh[one])}
        self.unread = {one for one in self.awaited if fresh[one].missing}

    def is_final(self, connections: Iterable[int], first: date | None = None) -> bool:
        """Of the period that begins on `first`, or of all days; for these connections, or for all where there are none."""
        days = [self.through[one] for one in connections] or list(self.through.values())
        return bool(days) and all(day is not None and self._days(first).end <= day for day in days)

    def lacks(self, first: date | None, is_of: Callable[[Missing], bool]) -> bool:
        """Whether anything is missing of the period that begins on `first`, or of all days."""
        days = Days([self._days(first)])
        return any((one.days is None or one.days & days) and is_of(one) for one in self.missing)

    def _days(self, first: date | None) -> Range:
        days = self.query.days
        return (
            days
            if first is None
            else Range(max(first, days.start), min(last_day(self.query.interval, first), days.end))
        )

    def of_all(self, in_all: CountedCells) -> RowDict:
        """The marks of the totals; `restated` of the rows that were marked before."""
        if self.query.interval is ReportInterval.LIFETIME:
            return {"final": False} if self.missing else {}
        connections = {cell.connection for part in in_all.parts for cell in part}
        final = self.is_final(connections | self.awaited) and not self.missing
        return {"final": final} | ({"restated": self.restated} if self.restated else {})

    def of_days(self, first: date | None, connection: int) -> RowDict:
        """Of a row of one asset."""
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


def is_awaited(link: Link, fresh: Freshness) -> bool:
    """Whether figures that it has not given yet would be in the report: it reports what is asked for, or nobody knows what it
    reports. Not of one that is asked for nothing any more."""
    return not link.is_left and (bool(link.series) or fresh.covered_from is None)


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
            return restated | ({"final": False} if self.lacks(row.key) else {})
        place = row.key[:1] + row.key[2:7]  # the day, and what its connections follow from
        if place not in self.known:
            self.known[place] = {"final": self._is_final(row.key)}
        return self.known[place] | restated

    def _is_final(self, key: RowKey) -> bool:
        return not self.lacks(key) and self.marks.is_final(self._connections(key), key.day)

    def lacks(self, key: RowKey) -> bool:
        """Whether a row lacks a source. An asset's has all that there is of it."""
        return not self.marks.gather.by.asset and self.marks.lacks(key.day, lambda one: self._would_add(one, key))

    def _would_add(self, one: Missing, key: RowKey) -> bool:
        link = self.links[one.connection]
        is_whose = not key.customer or not one.customers or key.customer in one.customers
        return is_whose and key.connection in (0, link.id) and _is_of(link, key) and self._has_copies(link.id, key)

    def _has_copies(self, connection: int, key: RowKey) -> bool:
        """Of the row's programme; a connection without any adds nothing to it."""
        return not key.programme or (key.programme, connection) in self.copies

    @cached_property
    def copies(self) -> set[tuple[int, int]]:
        return ReportedReader(self.marks.gather.scope).copies()

    def _connections(self, key: RowKey) -> set[int]:
        """Its own, or those that have figures in it, or will have."""
        if key.connection:
            return {key.connection}
        here = self.connections[key.customer, key.programme]
        awaited = {one for one in self.marks.awaited - here if self._has_copies(one, key)}
        return {one for one in here | awaited if _is_of(self.links[one], key)}

    @cached_property
    def connections(self) -> defaultdict[tuple[int, int], set[int]]:
        """By customer and programme, 0 where rows are not by that, and for the row of all others."""
        found: defaultdict[tuple[int, int], set[int]] = defaultdict(set)
        for place in self.places:
            found[place.customer, place.programme].add(place.connection)
            found[0, 0].add(place.connection)
        return found

    @cached_property
    def places(self) -> set[CountedLevel]:
        by = self.marks.gather.by
        alike = {(c.metric, c.connection, c.level, *c[5:8]): c for part in self.counted.parts for c in part}
        return {CountedLevel.of(cell, by) for cell in alike.values()}

    @cached_property
    def counting(self) -> set[CountedLevel]:
        """With what a ratio is made of."""
        return self.places | {
            place._replace(metric=operand.name) for place in self.places for operand in operands(METRICS[place.metric])
        }


def _is_of(link: Link, key: RowKey) -> bool:
    return key.provider in ("", link.provider) and key.currency in ("", currency_of(link))


def restatements_asked(gather: Gatherer) -> Other | None:
    """The statement of the restatements that count in the report; None where there are none in its days."""
    wanted = restatable(gather) if any(link.is_restated for link in gather.scope.connections.values()) else []
    if not wanted:
        return None
    query = gather.query
    return Other(*gather.cells.restated(wanted, query.days, gather.by, query.dimension, query.keys), len(Cell._fields))


def restatements_alone(gather: Gatherer) -> list[Cell]:
    asked = restatements_asked(gather)
    if asked is None:
        return []
    with database.cursor() as cursor:
        cursor.execute(asked.statement, dict(asked.values))
        return [Cell._make(row) for row in cursor.fetchall()]


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
