"""What the sources of a report have that its figures lack, within a scope: metrics at other intervals, days without hours.

Only what would add something: figures other than 0, of accounts and assets. Asked for few connections, which `missing.py` names
because they are known to have such figures and gave none to the report.
"""

from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any, NamedTuple

from django.db import connection as database

from reporting.ledger.daily_totals import LEVEL
from reporting.ledger.planner import many_rows
from reporting.ledger.sql_template import NOTHING, Sql, Template
from reporting.metrics import SUMMABLE
from reporting.models import Days, DaysField
from reporting.periods import Range, ReportInterval, first_day
from reporting.query.sql.cells import By
from reporting.query.sql.reader import CellReader
from reporting.query.sql.statements import LINES_OF_FACTS, OWNER_OF_MONTH

REPORTED = Template("""
    SELECT DISTINCT metric, connection_id, {customer} FROM ({lines}) l
    WHERE level <> 'playlist' AND value <> 0 {of_keys}
""")

# Of each asset the days that have a figure by day and none of the short interval: an account's stands for those of its assets,
# and what its assets have stands for an account.
WITHOUT_SHORT = Template("""
    WITH lines AS ({lines}), short AS (
        SELECT DISTINCT metric, day, connection_id, asset_id, level FROM lines WHERE interval = %(short)s
    ), of_connection AS (
        SELECT metric, day, connection_id, bool_or(level = 'account') AS has_account, bool_or(level <> 'playlist') AS has_any
        FROM short GROUP BY 1, 2, 3
    )
    SELECT l.metric, l.connection_id, {customer}, range_agg(daterange(l.day, l.day, '[]')) FROM lines l
    LEFT JOIN short s ON (s.metric, s.day, s.asset_id) = (l.metric, l.day, l.asset_id)
    LEFT JOIN of_connection c ON (c.metric, c.day, c.connection_id) = (l.metric, l.day, l.connection_id)
    WHERE l.interval = 'day' AND l.level <> 'playlist' AND l.value <> 0 {of_keys} AND s.asset_id IS NULL
      AND NOT coalesce(c.has_account OR (l.level = 'account' AND c.has_any), false)
    GROUP BY 1, 2, 3
""")

COPIES = Template(f"""
    SELECT DISTINCT a.programme_id, a.connection_id FROM reporting_asset a
    WHERE a.tenant_id = %(tenant)s AND a.programme_id IS NOT NULL AND a.connection_id = ANY(%(connections)s)
      AND {LEVEL} = 'asset'
""")


class Reported(NamedTuple):
    """`customer` is 0 where it is not asked for whose figures they are."""

    metric: str
    connection: int
    customer: int


class ReportedReader(CellReader):
    def reported(
        self,
        metrics: Sequence[str],
        days: Range,
        interval: str,
        split: tuple[str, tuple[str, ...]],
        *,
        by_customer: bool,
    ) -> set[Reported]:
        """Who has figures of these metrics at one stored interval. `split`: of which dimension, and of which keys of it."""
        dimension, keys = split
        first = first_day(ReportInterval.MONTH, days.start) if interval == "month" else days.start
        values = self._values(metrics, days, [interval], dimension, keys) | {"first": first, "earliest": first}
        is_summed = interval == "day" and not set(metrics) - SUMMABLE
        if is_summed and self.scope.assets is None and self.moment is None:
            source, lines = None, self._lines_of_totals()
        else:
            source = self.source(values)
            by = By(customer=by_customer)
            lines = self._lines_of_month(source, by) if interval == "month" else self.lines_of_facts(source, by)
        statement = REPORTED.fill(customer=_customer(by_customer), lines=lines, of_keys=_of_keys(keys))
        return {Reported._make(row) for row in self._fetched(statement, values, source)}

    def without_short(
        self, metrics: Sequence[str], days: Range, short: str, split: tuple[str, tuple[str, ...]], *, by_customer: bool
    ) -> dict[Reported, Days]:
        """Who has figures of days for which it has none at this interval, hours or minutes, and those days."""
        dimension, keys = split
        values = self._values(metrics, days, ["day", short], dimension, keys) | {"short": short}
        source = self.source(values)
        lines = self.lines_of_facts(source, By(customer=by_customer))
        statement = WITHOUT_SHORT.fill(customer=_customer(by_customer), lines=lines, of_keys=_of_keys(keys))
        found: dict[Reported, Days] = {}
        for *place, day_ranges in self._fetched(statement, values, source):
            found[Reported._make(place)] = DaysField().from_db_value(day_ranges, None, None) or Days()
        return found

    def copies(self) -> set[tuple[int, int]]:
        """Which programme has copies at which connection: (programme, connection)."""
        return set(self._fetched(COPIES.fill(), self.scope.values, None))

    def _lines_of_month(self, source: Any, by: By) -> Sql:
        """A month is in part also that of a customer who held the asset for a part of it."""
        needs_owner = by.customer or self.scope.customers is not None
        return LINES_OF_FACTS.fill(
            facts=source.relation,
            owner=OWNER_OF_MONTH if needs_owner else NOTHING,
            owned=Sql("coalesce(s.customer_id, 0)" if needs_owner else "0"),
            value=Sql("f.value"),
            only=self.within_scope("s"),
        )

    def _fetched(self, statement: Sql, values: dict[str, Any], source: Any) -> list[tuple[Any, ...]]:
        with database.cursor() as cursor, many_rows(cursor) if source else nullcontext():
            cursor.execute(statement, {**values, **source.values} if source else values)
            return cursor.fetchall()


def _customer(by_customer: bool) -> Sql:
    return Sql("l.customer_id" if by_customer else "0")


def _of_keys(keys: tuple[str, ...]) -> Sql:
    return Sql("AND l.key = ANY(%(keys)s)") if keys else NOTHING
