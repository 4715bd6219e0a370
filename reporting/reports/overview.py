"""A tenant's overview as its page shows it: each customer's key figures of the last 30 days, each connection's state."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from reporting.metrics import METRICS, Metric, Unit
from reporting.models import Connection, Customer, Tenant
from reporting.periods import named, today_in
from reporting.query import Freshness, ReportQuery, ReportResult, run
from reporting.query.missing import AT_INTERVAL

DAYS = "last_30_days"
ADDITIVE = ("plays", "watch_time", "attempts")  # key figures that add up over all providers
SPLIT = (("data_transfer", "provider"), ("cost", "currency"))  # those that don't, and what splits them
MISSING = (AT_INTERVAL, "opening_reading")  # notes


@dataclass(frozen=True)
class OverviewColumn:
    """A key figure. `part`: its provider or its currency, where it is split; `source`: that part in words."""

    metric: Metric
    part: str = ""
    source: str = ""

    @property
    def currency(self) -> str:
        return self.part if self.metric.unit is Unit.MONEY else ""

    @property
    def provider(self) -> str:
        return "" if self.metric.unit is Unit.MONEY else self.part


@dataclass
class Overview:
    tenant: Tenant
    _found: dict[str, ReportResult] = field(default_factory=dict)

    @cached_property
    def days(self):
        return named(DAYS, today_in(self.tenant.time_zone))

    @cached_property
    def connections(self) -> list[Connection]:
        return list(Connection.objects.defer("sealed_credentials", "sealed_session").exclude(state="deleted"))

    @cached_property
    def customers(self) -> list[tuple[Customer, list[tuple[OverviewColumn, object]]]]:
        """Each customer with its figure of each column."""
        return [
            (customer, [(column, self._values.get((customer.slug, column))) for column in self.columns])
            for customer in Customer.objects.all()
        ]

    @cached_property
    def columns(self) -> list[OverviewColumn]:
        """Only those that some customer has a figure for."""
        order = {name: number for number, name in enumerate(METRICS)}
        return sorted({column for _, column in self._values}, key=lambda c: (order[c.metric.name], c.part))

    @cached_property
    def _values(self) -> dict[tuple[str, OverviewColumn], object]:
        found: dict[tuple[str, OverviewColumn], object] = {}
        for row in self._adding.rows:
            found |= {
                (row["customer"], OverviewColumn(METRICS[name])): row[name]
                for name in ADDITIVE
                if row[name] is not None
            }
        for name, axis in SPLIT:
            for row in self._split(name, axis).rows:
                column = OverviewColumn(METRICS[name], row[axis] or "", self._source(axis, row[axis] or ""))
                found[row["customer"], column] = row[name]
        return {key: value for key, value in found.items() if value is not None}

    @cached_property
    def _adding(self) -> ReportResult:
        return self._ask(ADDITIVE, ("customer",))

    def _split(self, name: str, axis: str) -> ReportResult:
        if name not in self._found:
            self._found[name] = self._ask((name,), ("customer", "provider") if axis == "provider" else ("customer",))
        return self._found[name]

    def _source(self, axis: str, part: str) -> str:
        """A provider by the names that the tenant gave its connections to it."""
        names = (
            [connection.name for connection in self.connections if connection.provider == part]
            if axis == "provider"
            else []
        )
        return " and ".join(names) or part

    @cached_property
    def notes(self) -> list[str]:
        """The sources that the figures lack; those that are not read are seen in the data status."""
        results = [self._adding, *(self._split(name, axis) for name, axis in SPLIT)]
        return list(dict.fromkeys(n.detail for result in results for n in result.notes if n.code in MISSING))

    @cached_property
    def freshness(self) -> list[tuple[Connection, Freshness | None]]:
        known = {one.connection: one for one in self._adding.freshness}
        return [(connection, known.get(connection.slug)) for connection in self.connections]

    def _ask(self, metrics: Sequence[str], groups: tuple[str, ...]) -> ReportResult:
        today = today_in(self.tenant.time_zone)
        return run(ReportQuery(self.tenant, tuple(metrics), self.days, today, group_by=groups))
