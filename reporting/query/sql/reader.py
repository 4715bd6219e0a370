"""Facts and daily totals -> cells, added up as far as one connection and level go.

    sums()     metrics that add up: from DailyTotal, or from facts where assets, hours, minutes or lifetimes are asked for
    ratios()   numerator and denominator, over the assets that report both
    exact()    distinct counts: only cells that are the figure of one asset
    states()   the newest reading of each asset in each period
    restated() how often figures of these metrics were changed afterwards: a statement that others ask

A connection's account, its assets and its playlists stay apart here (`level`), and so do connections: what may be added to
what is decided in `arithmetic.py`. The number of statements depends on the metrics asked for, never on the number of rows.
"""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import connection as database

from reporting.ledger.daily_totals import FIRST_DAY, OWNER
from reporting.ledger.planner import many_rows
from reporting.ledger.sql_template import NOTHING, Sql
from reporting.metrics import Metric
from reporting.periods import Range, ReportInterval
from reporting.query.scope import Scope
from reporting.query.sql.cells import By, Cell, stored_interval
from reporting.query.sql.fact_source import FactSource, source_of
from reporting.query.sql.marked_up import marked_up
from reporting.query.sql.statements import (
    COUNT,
    DIRECT,
    EXACT,
    FACTS_ALONE,
    LINES_BY_ASSET,
    LINES_OF_FACTS,
    LINES_OF_RESTATEMENTS,
    LINES_OF_TOTALS,
    NEWEST,
    OWNER_OF_MONTH,
    RATIOS,
    STATES,
    SUMS,
    VALUE_OF_MONTH,
    only_of,
    parts_of,
    period_of,
)
from reporting.tenancy.reader import Costs

MAX_CELLS = 500_000


class TooMuch(Exception):
    """More cells than one answer should hold."""

    def __init__(self) -> None:
        super().__init__(
            f"This asks for more than {MAX_CELLS:,} figures. Ask for fewer days, a longer interval, or fewer groups."
        )


Answer = list[tuple[Any, ...]]


@dataclass
class CellReader:
    """Reads cells of a scope; the same question is asked once. With a `moment` as they were then, where a figure that is not
    known is NaN (`as_of.py`); `questions` are the values of each statement, in the order of `asked`."""

    scope: Scope
    moment: datetime | None = None
    asked: dict[tuple[Any, ...], list[Cell]] = field(default_factory=dict)
    questions: list[dict[str, Any]] = field(default_factory=list)
    sources: dict[str, FactSource] = field(default_factory=dict)

    def sums(
        self, metrics: Sequence[str], days: Range, by: By, interval: ReportInterval, dimension: str, keys: tuple
    ) -> list[Cell]:
        """`interval` is the report's: it says which facts are read, also for the totals beside hours."""
        stored = stored_interval(interval)
        values = self._values(metrics, days, [stored], dimension, keys)
        if (
            stored == "day"
            and not (by.asset or by.parent or by.programme)
            and self.scope.assets is None
            and self.moment is None
        ):
            source, lines = None, self._lines_of_totals()
        else:
            source = self.source(values)
            lines = self.lines_of_facts(source, by, newest=stored == "lifetime")
            if (by.programme or by.parent) and not (by.asset or by.customer) and self.scope.customers is None:
                lines, keys = self._lines_by_asset(source, by, keys, newest=stored == "lifetime"), ()
        return self._read(SUMS.fill(parts=parts_of(by), of_keys=only_of(keys), lines=lines), values, source)

    def ratios(
        self, metrics: Sequence[Metric], days: Range, by: By, interval: ReportInterval, dimension: str, keys: tuple
    ) -> list[Cell]:
        stored = stored_interval(interval)
        operands = sorted({name for metric in metrics for name in (metric.numerator, metric.denominator)})
        values = self._values(operands, days, [stored], dimension, keys) | {
            "ratios": [metric.name for metric in metrics],
            "numerators": [metric.numerator for metric in metrics],
            "denominators": [metric.denominator for metric in metrics],
        }
        source = self.source(values)
        statement = RATIOS.fill(
            parts_of_assets=parts_of(by._replace(asset=True), names=True),
            asset=Sql("asset_id" if by.asset else "0"),
            and_key=Sql("AND l.key = ANY(%(keys)s)" if keys else ""),
            lines=self.lines_of_facts(source, by, newest=stored == "lifetime"),
        )
        return self._read(statement, values, source)

    def exact(
        self, metrics: Sequence[str], days: Range, by: By, stored: str, dimension: str, keys: tuple
    ) -> list[Cell]:
        values = self._values(metrics, days, [stored], dimension, keys)
        source = self.source(values)
        lines = self.lines_of_facts(source, by, newest=stored == "lifetime", whole_month=stored == "month")
        return self._read(EXACT.fill(parts=parts_of(by), of_keys=only_of(keys), lines=lines), values, source)

    def states(self, metrics: Sequence[str], days: Range, by: By, dimension: str, keys: tuple) -> list[Cell]:
        """In the order of their periods. Of all owners: a reading ends the one before it, whoever held the asset then."""
        values = self._values(metrics, days, ["day", "lifetime"], dimension, keys)
        source = self.source(values)
        statement = STATES.fill(
            parts=parts_of(by._replace(customer=True, asset=True, key=True)),
            lines=self.lines_of_facts(source, by._replace(customer=True), all_owners=True),
            where_key=Sql("WHERE l.key = ANY(%(keys)s)" if keys else ""),
        )
        cells = self._read(statement, values, source)
        return sorted(cells, key=lambda cell: (cell.day or date.min, cell.minute))

    def of_assets(self, metrics: Sequence[str], days: Range, by: By, costs: Costs) -> Answer:
        """Sums by day or longer, of assets that stand for themselves, in the order of their periods: (first day, customer,
        connection, asset, a figure for each metric), as the reader sees them."""
        levels = ["account", "asset", "playlist"] if self.scope.assets is not None else ["asset", "playlist"]
        values = self._values(metrics, days, ["day"], "", ()) | {"levels": levels}
        values |= {f"metric_{number}": name for number, name in enumerate(metrics)}
        source = self.source(values)
        figures = [f"sum(value) FILTER (WHERE metric = %(metric_{number})s)" for number in range(len(metrics))]
        one_row_each = by.interval is ReportInterval.DAY and len(metrics) == 1  # the key of a fact says so
        if one_row_each:
            figures = ["value"]
        shown, more = marked_up(dict(zip(metrics, figures, strict=True)), costs, self.scope.connections.values())
        values |= more
        placed = {"customer_id": by.customer, "programme_id": by.programme, "parent_id": by.parent}
        statement = DIRECT.fill(
            period=period_of(by.interval)[0],
            customer=Sql("customer_id" if by.customer else "0"),
            figures=shown,
            lines=self.lines_of_facts(source, by),
            only=Sql(" ".join(f"AND {column} <> 0" for column, is_asked in placed.items() if is_asked)),
            group=Sql("" if one_row_each else "GROUP BY 1, 2, 3, 4"),
        )
        found = self._fetch(statement, values, source)
        if len(found) * len(metrics) > MAX_CELLS:
            raise TooMuch
        return found

    def refuse_more_facts(
        self, metrics: Sequence[str], days: Range, by: By, interval: ReportInterval, dimension: str, keys: tuple
    ) -> None:
        """Raises TooMuch where these are more facts than one answer has cells; counts no further than that."""
        values = self._values(metrics, days, [stored_interval(interval)], dimension, keys)
        source = self.source(values)
        statement = COUNT.fill(lines=self.lines_of_facts(source, by), most=Sql(f"{MAX_CELLS + 1}"))
        if self._fetch(statement, values, source)[0][0] > MAX_CELLS:
            raise TooMuch

    def restated(
        self, pairs: Sequence[tuple[str, str]], days: Range, by: By, dimension: str, keys: tuple
    ) -> tuple[Sql, dict[str, Any]]:
        """How many restatements there are in (metric, stored interval), until the moment, within the scope of the figures: the
        statement and its values, to be asked along with another."""
        needs_owner = by.customer or self.scope.customers is not None
        lines = LINES_OF_RESTATEMENTS.fill(
            owner=OWNER.fill(rows=Sql("f")) if needs_owner else NOTHING,
            owned=Sql("coalesce(s.customer_id, 0)" if needs_owner else "0"),
            only=self.within_scope("s"),
        )
        statement = SUMS.fill(parts=parts_of(by), of_keys=only_of(keys), lines=lines)
        metrics, intervals = [metric for metric, _ in pairs], [interval for _, interval in pairs]
        return Sql(f"{statement} LIMIT {MAX_CELLS}"), self._values(metrics, days, intervals, dimension, keys)

    # --- What statements start from -----------------------------------------------------------------------------------

    def source(self, values: dict[str, Any]) -> FactSource:
        """Where a statement with these values takes its facts from; looked up once."""
        place = str([values[name] for name in ("metrics", "intervals", "dimension", "earliest", "last")])
        if place not in self.sources:
            self.sources[place] = source_of(self.scope, self.moment, values)
        return self.sources[place]

    def lines_of_facts(
        self,
        source: FactSource,
        by: By,
        *,
        newest: bool = False,
        whole_month: bool = False,
        all_owners: bool = False,
    ) -> Sql:
        """Facts with their level and owner, within the scope."""
        owner, owned, value = NOTHING, Sql("0"), Sql("f.value")
        if by.customer or self.scope.customers is not None:
            owner, owned = OWNER.fill(rows=Sql("f")), Sql("coalesce(s.customer_id, 0)")
            if whole_month:
                owner, value = OWNER_OF_MONTH, VALUE_OF_MONTH
        only = self.within_scope("s", source if newest else None, all_owners)
        return LINES_OF_FACTS.fill(facts=source.relation, owner=owner, owned=owned, value=value, only=only)

    def within_scope(self, customer: str, newest_of: FactSource | None = None, all_owners: bool = False) -> Sql:
        """The conditions of lines `f` of assets `a`; `customer` is the alias whose `customer_id` says whose they are. Of the
        newest readings only, those of `newest_of`."""
        scope, only = self.scope, ""
        if scope.connection_ids is not None:
            only += " AND f.connection_id = ANY(%(connections)s)"
        if scope.parents is not None:  # there may be many assets, and few of these
            only += " AND a.parent_id = ANY(%(parents)s)"
        elif scope.assets is not None:
            only += " AND f.asset_id = ANY(%(assets)s)"
        if scope.customers is not None and all_owners:
            only += f" AND {scope.is_held('f.asset_id')}"
        elif scope.customers is not None:
            only += f" AND {customer}.customer_id = ANY(%(customers)s)"
        return Sql(only + (NEWEST.fill(facts=newest_of.relation) if newest_of else ""))

    def _lines_by_asset(self, source: FactSource, by: By, keys: tuple, *, newest: bool) -> Sql:
        """Facts of these keys, added up by asset, whoever held it."""
        if self.scope.parents is not None:
            lines = self.lines_of_facts(source, by, newest=newest)
        else:
            only = self.within_scope("", source if newest else None)
            lines = FACTS_ALONE.fill(facts=source.relation, only=only)
        day, minute = period_of(by.interval)
        key = Sql("l.key" if by.key else "''")
        return LINES_BY_ASSET.fill(day=day, minute=minute, key=key, of_keys=only_of(keys), lines=lines)

    def _lines_of_totals(self) -> Sql:
        return LINES_OF_TOTALS.fill(only=self.within_scope("f"))

    # --- Reading --------------------------------------------------------------------------------------------------------

    def _read(self, statement: Sql, values: dict[str, Any], source: FactSource | None) -> list[Cell]:
        question = (statement, str(values))
        if question not in self.asked:
            self.asked[question] = [Cell._make(row) for row in self._fetch(statement, values, source)]
            self.questions.append(values)
            if len(self.asked[question]) > MAX_CELLS:
                raise TooMuch
        return self.asked[question]

    def _fetch(self, statement: Sql, values: dict[str, Any], source: FactSource | None) -> Answer:
        """`source`: of the facts that the statement goes through; None where it reads none."""
        needed = {**values, **source.values} if source else values
        with database.cursor() as cursor, many_rows(cursor) if source else nullcontext():
            cursor.execute(f"{statement} LIMIT {MAX_CELLS + 1}", needed)
            return cursor.fetchall()

    def _values(
        self, metrics: Sequence[str], days: Range, intervals: list[str], dimension: str, keys: tuple[str, ...]
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
        }
