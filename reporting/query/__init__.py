"""Step 5 of the line: the report query, the only reader of facts. One object for the pages, the API, the command, exports.

ReportQuery(tenant, metrics, days, …).run() -> ReportResult          inside the tenant's scope

parameters.py   strings of an address or a command line -> ReportQuery, with errors by field
scope.py        slugs and external ids of the filters -> ids
cells.py        the statements: facts and daily totals -> cells
reach.py        how a statement reaches its facts
gather.py       which cells are read, and which of them count
adding.py       what may be added to what
rows.py         cells -> rows
direct.py       rows that come as they are
notes.py        what must be said beside them
readings.py     the newest and the first readings of counters since ever
coverage.py     how much of a counter since ever its log covers
crosschecks.py  figures that should agree, and don't
resets.py       counters that went backwards
finality.py     which rows are final, and which were restated
as_of.py        figures as they stood at the end of an earlier day
freshness.py    how far they reach
result.py       ReportResult and its JSON
lineage.py      the facts behind one figure (its own map: lineage_*.py)
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Context, localcontext
from typing import Any
from zoneinfo import ZoneInfo

from reporting.metrics import DIMENSIONS
from reporting.models import Tenant
from reporting.periods import Range, ReportInterval
from reporting.query.report import Column, Freshness, Note, ReportResult, Totals
from reporting.query.run import Report
from reporting.query.scope import NotThere, scope_of
from reporting.query.sql.cells import TooMuch

__all__ = ["Column", "Freshness", "NotThere", "Note", "ReportQuery", "ReportResult", "TooMuch", "Totals"]

ALL_DIGITS = Context(prec=400)  # sums lose no digit, however long: Python's own 28 would round them
GROUPS = ("customer", "connection", "provider", "asset")


@dataclass(frozen=True)
class ReportQuery:
    """One question. `filters` may name customers, connections, providers (slugs), assets (external ids) and keys of the
    one dimension. `customer_id` is the bearer's, where the bearer sees one customer only; `today` is the tenant's day, or the
    day as of which the figures are asked for."""

    tenant: Tenant
    metrics: tuple[str, ...]
    days: Range
    today: date
    interval: ReportInterval = ReportInterval.TOTAL
    group_by: tuple[str, ...] = ()
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    compare: str = ""
    order_by: tuple[str, ...] = ()
    limit: int | None = None
    customer_id: int | None = None
    as_of: date | None = None

    def run(self) -> ReportResult:
        """Raises NotThere for a filter that names nothing, TooMuch for an answer of too many rows."""
        with localcontext(ALL_DIGITS):
            return Report(self, scope_of(self)).result()

    @property
    def groups_assets(self) -> bool:
        return "asset" in self.group_by

    @property
    def grouped_dimension(self) -> str:
        return next((name for name in self.group_by if name in DIMENSIONS), "")

    @property
    def dimension(self) -> str:
        """The dimension whose facts the rows are read from; empty for plain figures."""
        return self.grouped_dimension or self.plain[0]

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of the dimension that are asked for; empty for all."""
        return self.plain[1]

    @property
    def plain(self) -> tuple[str, tuple[str, ...]]:
        """What totals are read from: the figures without a dimension, or those of a dimension's filter."""
        return next(((name, keys) for name, keys in self.filters.items() if name in DIMENSIONS and keys), ("", ()))

    @property
    def moment(self) -> datetime | None:
        """The end of the day as of which is asked, by the tenant's clock."""
        zone = ZoneInfo(self.tenant.time_zone)
        return datetime.combine(self.as_of, time.max, zone) if self.as_of else None

    @property
    def is_of_customers_or_assets(self) -> bool:
        return self.customer_id is not None or bool(self.filters.get("customer") or self.filters.get("asset"))

    def echo(self) -> dict[str, Any]:
        """The query as it was understood, in the answer."""
        said: dict[str, Any] = {
            "metrics": list(self.metrics),
            "from": self.days.start.isoformat(),
            "to": self.days.end.isoformat(),
            "interval": self.interval.value,
            "group_by": list(self.group_by),
        }
        said |= {name: list(values) for name, values in self.filters.items()}
        if self.compare:
            said["compare"] = self.compare
        if self.order_by:
            said["order_by"] = list(self.order_by)
        if self.limit:
            said["limit"] = self.limit
        if self.as_of:
            said["as_of"] = self.as_of.isoformat()
        return said
