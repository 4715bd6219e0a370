"""Facts and daily totals -> cells, added up as far as one connection and level go.

    sums()     metrics that add up: from DailyTotal, or from facts where assets, hours, minutes or lifetimes are asked for
    ratios()   numerator and denominator, over the assets that report both
    exact()    distinct counts: only cells that are the figure of one asset
    states()   the newest reading of each asset in each period
    restated() how often figures of these metrics were changed afterwards

A connection's account, its assets and its playlists stay apart here (`level`), and so do connections: what may be added to
what is decided in `adding.py`. The number of statements depends on the metrics asked for, never on the number of rows.
"""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import connection as database

from reporting.ledger.daily_totals import FIRST_DAY, OWNER
from reporting.ledger.planner import many_rows
from reporting.metrics import Metric
from reporting.periods import Range, ReportInterval
from reporting.query.scope import Scope
from reporting.query.sql.cells import By, Cell, stored_interval
from reporting.query.sql.reach import reaching
from reporting.query.sql.statements import (
    DIRECT,
    EXACT,
    LINES_OF_FACTS,
    LINES_OF_RESTATEMENTS,
    LINES_OF_TOTALS,
    NEWEST,
    OWNER_OF_MONTH,
    PERIODS,
    RATIOS,
    STATES,
    SUMS,
    VALUE_OF_MONTH,
    as_it_stood,
    only_of,
    parts_of,
)

MAX_CELLS = 500_000


class TooMuch(Exception):
    """More cells than one answer should hold."""

    def __init__(self) -> None:
        super().__init__(
            f"This asks for more than {MAX_CELLS:,} figures. Ask for fewer days, a longer interval, or fewer groups."
        )


@dataclass
class CellReader:
    """Reads cells of a scope; the same question is asked once. With a `moment` as they stood then, where a figure that is not
    known is NaN (`as_of.py`); `questions` are the values of each statement, in the order of `asked`."""

    scope: Scope
    moment: datetime | None = None
    asked: dict[tuple[Any, ...], list[Cell]] = field(default_factory=dict)
    questions: list[dict[str, Any]] = field(default_factory=list)

    def sums(
        self, metrics: Sequence[str], days: Range, by: By, interval: ReportInterval, dimension: str, keys: tuple
    ) -> list[Cell]:
        """`interval` is the report's: it says which facts are read, also for the totals beside hours."""
        stored = stored_interval(interval)
        if stored == "day" and not by.asset and self.scope.assets is None and self.moment is None:
            lines = self.within_scope(LINES_OF_TOTALS)
        else:
            lines = self.facts(by, newest=stored == "lifetime")
        statement = SUMS.format(parts=parts_of(by), of_keys=only_of(keys), lines=lines)
        return self._read(statement, metrics, days, [stored], dimension, keys)

    def ratios(
        self, metrics: Sequence[Metric], days: Range, by: By, interval: ReportInterval, dimension: str, keys: tuple
    ) -> list[Cell]:
        stored = stored_interval(interval)
        statement = RATIOS.format(
            parts_of_assets=parts_of(by._replace(asset=True), names=True),
            asset="asset_id" if by.asset else "0",
            and_key="AND l.key = ANY(%(keys)s)" if keys else "",
            lines=self.facts(by, newest=stored == "lifetime"),
        )
        operands = sorted({name for metric in metrics for name in (metric.numerator, metric.denominator)})
        more = {
            "ratios": [metric.name for metric in metrics],
            "numerators": [metric.numerator for metric in metrics],
            "denominators": [metric.denominator for metric in metrics],
        }
        return self._read(statement, operands, days, [stored], dimension, keys, more)

    def exact(
        self, metrics: Sequence[str], days: Range, by: By, stored: str, dimension: str, keys: tuple
    ) -> list[Cell]:
        lines = self.facts(by, newest=stored == "lifetime", whole_month=stored == "month")
        statement = EXACT.format(parts=parts_of(by), of_keys=only_of(keys), lines=lines)
        return self._read(statement, metrics, days, [stored], dimension, keys)

    def states(self, metrics: Sequence[str], days: Range, by: By, dimension: str, keys: tuple) -> list[Cell]:
        """In the order of their periods. Of all owners: a reading ends the one before it, whoever held the asset then."""
        lines = self.facts(by._replace(customer=True), all_owners=True)
        statement = STATES.format(
            parts=parts_of(By(by.interval, customer=True, asset=True, key=True)),
            lines=lines,
            where_key="WHERE l.key = ANY(%(keys)s)" if keys else "",
        )
        cells = self._read(statement, metrics, days, ["day", "lifetime"], dimension, keys)
        return sorted(cells, key=lambda cell: (cell.day or date.min, cell.minute))

    def of_assets(self, metrics: Sequence[str], days: Range, by: By) -> list[tuple[Any, ...]]:
        """Sums by day or longer, of assets that stand for themselves, in the order of their periods: (first day, customer,
        connection, asset, a figure for each metric)."""
        figures = [f"sum(value) FILTER (WHERE metric = %(metric_{number})s)" for number in range(len(metrics))]
        one_row_each = by.interval is ReportInterval.DAY and len(metrics) == 1  # the key of a fact says so
        statement = DIRECT.format(
            period=PERIODS.get(by.interval, ("NULL::date", "0"))[0],
            customer="customer_id" if by.customer else "0",
            figures="value" if one_row_each else ", ".join(figures),
            lines=self.facts(by),
            only="AND customer_id <> 0" if by.customer else "",
            group="" if one_row_each else "GROUP BY 1, 2, 3, 4",
        )
        levels = ["account", "asset", "playlist"] if self.scope.assets is not None else ["asset", "playlist"]
        more = {"levels": levels} | {f"metric_{number}": name for number, name in enumerate(metrics)}
        found = self._fetch(statement, self._values(metrics, days, ["day"], "", (), more))
        if len(found) * len(metrics) > MAX_CELLS:
            raise TooMuch
        return found

    def facts(self, by: By, *, newest: bool = False, whole_month: bool = False, all_owners: bool = False) -> str:
        owner, owned, value = "", "0", "f.value"
        if by.customer or self.scope.customers is not None:
            owner, owned = OWNER.format(rows="f"), "coalesce(s.customer_id, 0)"
            if whole_month:
                owner, value = OWNER_OF_MONTH, VALUE_OF_MONTH
        lines = LINES_OF_FACTS.format(owner=owner, owned=owned, value=value, only="{only}")
        return self.within_scope(lines, newest, all_owners)

    def restated(
        self, pairs: Sequence[tuple[str, str]], days: Range, by: By, dimension: str, keys: tuple
    ) -> list[Cell]:
        """How many restatements there are in (metric, stored interval), until the moment, within the scope of the figures."""
        needs_owner = by.customer or self.scope.customers is not None
        owner = OWNER.format(rows="f") if needs_owner else ""
        owned = "coalesce(s.customer_id, 0)" if needs_owner else "0"
        lines = self.within_scope(LINES_OF_RESTATEMENTS.format(owner=owner, owned=owned, only="{only}"))
        statement = SUMS.format(parts=parts_of(by), of_keys=only_of(keys), lines=lines)
        metrics, intervals = [metric for metric, _ in pairs], [interval for _, interval in pairs]
        return self._read(statement, metrics, days, intervals, dimension, keys)

    def within_scope(self, lines: str, newest: bool = False, all_owners: bool = False) -> str:
        """The rows that a statement starts from, within the scope."""
        scope, only = self.scope, ""
        if scope.connection_ids is not None:
            only += " AND f.connection_id = ANY(%(connections)s)"
        if scope.assets is not None:
            only += " AND f.asset_id = ANY(%(assets)s)"
        if scope.customers is not None and all_owners:
            only += f" AND {scope.is_held('f.asset_id')}"
        elif scope.customers is not None:
            only += f" AND {'f' if 'reporting_dailytotal' in lines else 's'}.customer_id = ANY(%(customers)s)"
        found = lines.format(only=only + (NEWEST if newest else ""))
        return found if self.moment is None else as_it_stood(found)

    def _read(
        self,
        statement: str,
        metrics: Sequence[str],
        days: Range,
        intervals: list[str],
        dimension: str,
        keys: tuple[str, ...],
        more: dict[str, Any] | None = None,
    ) -> list[Cell]:
        values = self._values(metrics, days, intervals, dimension, keys, more or {})
        question = (statement, str(values))
        if question not in self.asked:
            self.asked[question] = [Cell._make(row) for row in self._fetch(statement, values)]
            self.questions.append(values)
            if len(self.asked[question]) > MAX_CELLS:
                raise TooMuch
        return self.asked[question]

    def _fetch(self, statement: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
        if "reporting_fact " in statement:
            statement, values = reaching(self.scope, statement, values)
        with database.cursor() as cursor, many_rows(cursor) if "reporting_fact" in statement else nullcontext():
            cursor.execute(f"{statement} LIMIT {MAX_CELLS + 1}", values)
            return cursor.fetchall()

    def _values(
        self,
        metrics: Sequence[str],
        days: Range,
        intervals: list[str],
        dimension: str,
        keys: tuple[str, ...],
        more: dict[str, Any],
    ) -> dict[str, Any]:
        return self.scope.values | {
            "metrics": list(metrics),
            "intervals": intervals,
            "dimension": dimension,
            "first": (first := FIRST_DAY if intervals == ["lifetime"] else days.start),
            "earliest": first,  # of the facts that are read
            "last": days.end,
            "keys": list(keys),
            "moment": self.moment,
            **more,
        }
