"""What is asked of the ledger: a question is data, and does not run itself (`run.py` does).

Made by `parameters.py` from an address or a command line, or by a page. Imports nothing else of the query.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from reporting.comparisons import compared
from reporting.metrics import DIMENSIONS, LOGGED, METRICS, VIEWS
from reporting.models import Tenant
from reporting.periods import Range, ReportInterval
from reporting.tenancy.reader import Reader

GROUPS = ("customer", "connection", "provider", "programme", "parent", "asset")
LIMITED_PER = ("period",)
OF_NOTHING = "-"  # in the filters `programme` and `parent`: the assets that are in none, that nothing holds


@dataclass(frozen=True)
class ReportQuery:
    """One question. `filters` may name customers, connections, providers, programmes (slugs), parents and assets (external
    ids) and keys of the one dimension. `reader` is who asks, and so what is shown; `today` is the tenant's day, or the
    day as of which the figures are asked for. `limit_per` is one of LIMITED_PER, where each of those has
    as many rows as `limit` says."""

    tenant: Tenant
    metrics: tuple[str, ...]
    days: Range
    today: date
    reader: Reader
    interval: ReportInterval = ReportInterval.TOTAL
    group_by: tuple[str, ...] = ()
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    compare: str = ""
    period: str = ""
    order_by: tuple[str, ...] = ()
    limit: int | None = None
    limit_per: str = ""
    as_of: date | None = None

    @property
    def customer_id(self) -> int | None:
        """The one customer that the reader sees."""
        return self.reader.customer_id

    @property
    def read_metrics(self) -> tuple[str, ...]:
        """Those that are asked for, what ratios of them are made of, and the counters that a log is measured by."""
        asked = [METRICS[name] for name in self.metrics]
        sides = [side for metric in asked for side in (metric.numerator, metric.denominator) if side]
        counted = [VIEWS] if any(name in LOGGED for name in self.metrics) else []
        return tuple(dict.fromkeys([*self.metrics, *sides, *counted]))

    @property
    def groups_assets(self) -> bool:
        return "asset" in self.group_by

    @property
    def names_assets(self) -> bool:
        """Whether it is about some assets only, by their own names, or by that of their programme or of what holds them."""
        return any(self.filters.get(name) for name in ("asset", "parent", "programme"))

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
    def compared_days(self) -> Range:
        """Raises ValueError, as `compared` does; ReportQuery that was parsed does not."""
        return compared(self.days, self.compare, self.today, self.period)

    @property
    def is_of_customers_or_assets(self) -> bool:
        return self.customer_id is not None or bool(self.filters.get("customer")) or self.names_assets

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
        if self.limit_per:
            said["limit_per"] = self.limit_per
        if self.as_of:
            said["as_of"] = self.as_of.isoformat()
        return said
