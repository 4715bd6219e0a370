"""The facts that count for one figure, some at a time, and what they add up to; `statements.py` has the SQL.

The statements start from facts as the report's statements do, within the same scope and as of the same moment, but keep each
fact and the snapshot it was read from. `FactSelection` says which facts; `fact_choice.py` decides that.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple

from django.db import connection as database

from reporting.ledger.daily_totals import FIRST_DAY, OWNER
from reporting.ledger.planner import many_rows, unsorted
from reporting.ledger.sql_template import NOTHING, Sql
from reporting.periods import Range
from reporting.query.lineage.statements import (
    ADDED_UP,
    AFTER,
    BOTH_SIDES,
    COUNTED,
    LINES,
    LINES_FOUND,
    NEWEST_STATE,
    OF_ONE,
    OF_SEVERAL,
    PLACED,
    STATES_HELD,
)
from reporting.query.scope import Scope
from reporting.query.sql.cells import By
from reporting.query.sql.fact_source import FactSource
from reporting.query.sql.reader import CellReader
from reporting.query.sql.statements import OWNER_OF_MONTH, period_of

IN_ALL = By()


class FactLine(NamedTuple):
    """A fact; asset, connection and snapshot are ids. `snapshot` is None where the value is one from before a change."""

    metric: str
    interval: str
    dimension: str
    day: date
    minute: int
    asset: int
    key: str
    value: Decimal
    connection: int
    snapshot: int | None
    is_taken_off: bool = False


class FactPosition(NamedTuple):
    """Where a fact is in the order of its side."""

    metric: str
    day: date
    minute: int
    asset: int
    key: str


class CellPlace(NamedTuple):
    """A cell of a report, but for its figure; without a period `day` is FIRST_DAY."""

    metric: str
    day: date
    minute: int
    connection: int
    level: str
    customer: int
    programme: int
    parent: int
    asset: int
    key: str


@dataclass(frozen=True)
class FactSelection:
    """Which facts make a figure. `levels` are those that count: (metric, connection, level); `cells`, grouped by `by`, are
    those that alone count, where they are not all of these levels."""

    metrics: tuple[str, ...]
    intervals: tuple[str, ...]
    days: Range
    minutes: tuple[int, int]
    dimension: str
    keys: tuple[str, ...]
    levels: frozenset[tuple[str, int, str]]
    cells: frozenset[CellPlace] | None = None
    by: By = IN_ALL
    is_newest: bool = False  # only the newest reading of each asset
    is_month: bool = False  # a month's count is known only of who held the asset throughout
    is_state: bool = False
    is_ratio: bool = False  # `metrics` are numerator and denominator
    is_taken_off: bool = False  # from what the other facts add up to


class FactReader:
    """`moment`: the facts as they were then."""

    def __init__(self, scope: Scope, wanted: FactSelection, moment: datetime | None = None) -> None:
        self.scope, self.wanted, self.moment = scope, wanted, moment
        self.cells = CellReader(scope, moment)

    def sums(self) -> list[tuple[str, Decimal, int]]:
        """(metric, sum, number of facts), in the order of the metrics that are wanted."""
        found = self._read(ADDED_UP.fill(counted=self._counted()))
        return sorted(found, key=lambda row: self.wanted.metrics.index(row[0]))

    def lines(self, limit: int, after: FactPosition | None = None, *, backwards: bool = False) -> list[FactLine]:
        """In the order of their time, or against it."""
        statement = LINES_FOUND.fill(
            counted=self._counted(),
            after=AFTER.fill(sign=Sql("<" if backwards else ">")) if after else NOTHING,
            way=Sql("DESC" if backwards else "ASC"),
        )
        place = {f"at_{name}": value for name, value in after._asdict().items()} if after else {}
        in_order = self._is_of_one and self.moment is None and self.wanted.cells is None
        found = self._read(statement, in_order=in_order, limit=limit, **place)
        return [FactLine._make((*row, self.wanted.is_taken_off)) for row in found]

    @property
    def _is_of_one(self) -> bool:
        return len(self.wanted.metrics) == len(self.wanted.intervals) == 1 and not self.wanted.is_newest

    @cached_property
    def _source(self) -> FactSource:
        return self.cells.source(self._values)

    def _counted(self) -> Sql:
        wanted, has_owners = self.wanted, self.scope.customers is not None
        counted = COUNTED.fill(
            newest=NEWEST_STATE if wanted.is_state else NOTHING,
            lines=self._lines(),
            of_keys=Sql("WHERE l.key = ANY(%(keys)s)" if wanted.keys else ""),
        )
        if wanted.is_state:
            of_customers = Sql("WHERE customer_id = ANY(%(customers)s)" if has_owners else "")
            counted = STATES_HELD.fill(counted=counted, of_customers=of_customers)
        parts = _parts(wanted.by)
        if wanted.cells is not None:
            counted = PLACED.fill(counted=counted, **parts)
        del parts["programme"], parts["parent"], parts["asset"]
        return BOTH_SIDES.fill(counted=counted, **parts) if wanted.is_ratio else counted

    def _lines(self) -> Sql:
        wanted = self.wanted
        owner, owned, throughout = NOTHING, Sql("0"), ""
        if self.scope.customers is not None or wanted.by.customer:
            owner, owned = OWNER.fill(rows=Sql("f")), Sql("coalesce(s.customer_id, 0)")
            if wanted.is_month:
                owner, throughout = OWNER_OF_MONTH, "AND s.is_whole "
        only = self.cells.within_scope("s", self._source if wanted.is_newest else None, wanted.is_state)
        return LINES.fill(
            facts=self._source.relation,
            which=OF_ONE if self._is_of_one else OF_SEVERAL,
            owned=owned,
            owner=owner,
            only=Sql(throughout + only),
        )

    @cached_property
    def _values(self) -> dict[str, Any]:
        wanted = self.wanted
        levels = sorted(wanted.levels)
        values = self.scope.values | {
            "metric": wanted.metrics[0],
            "interval": wanted.intervals[0],
            "metrics": list(wanted.metrics),
            "intervals": list(wanted.intervals),
            "dimension": wanted.dimension,
            "keys": list(wanted.keys),
            "first": wanted.days.start,
            "last": wanted.days.end,
            "first_minute": wanted.minutes[0],
            "last_minute": wanted.minutes[1],
            "level_metrics": [metric for metric, _, _ in levels],
            "level_connections": [connection for _, connection, _ in levels],
            "level_names": [level for _, _, level in levels],
            "above": wanted.metrics[0],
            "below": wanted.metrics[-1],
            "moment": self.moment,
            "earliest": wanted.days.start,
        }
        if wanted.cells is not None:
            columns = zip(*wanted.cells, strict=True) if wanted.cells else ((),) * len(CellPlace._fields)
            names = (f"cell_{name}s" for name in CellPlace._fields)
            values |= {name: list(column) for name, column in zip(names, columns, strict=True)}
        return values

    def _read(self, statement: Sql, *, in_order: bool = False, **more: Any) -> list[tuple[Any, ...]]:
        """`in_order`: along the key, and no further than it must; else all facts are read."""
        along_the_key = in_order and not self._source.is_of_few
        with database.cursor() as cursor, unsorted(cursor) if along_the_key else many_rows(cursor):
            cursor.execute(statement, {**self._values, **self._source.values, **more})
            return cursor.fetchall()


def _parts(by: By) -> dict[str, Sql]:
    """What the cells of a report are grouped by, of a line `l`."""
    day, minute = period_of(by.interval, f"date '{FIRST_DAY}'")
    return {
        "day": day,
        "minute": minute,
        "customer": Sql("l.customer_id" if by.customer else "0"),
        "programme": Sql("l.programme_id" if by.programme else "0"),
        "parent": Sql("l.parent_id" if by.parent else "0"),
        "asset": Sql("l.asset_id" if by.asset else "0"),
        "key": Sql("l.key" if by.key else "''"),
    }
