"""A tenant's overview as its page shows it: the key figures of each customer and of the largest programmes in the last 30
days, each connection's state."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from reporting.metrics import METRICS, Metric, Unit
from reporting.models import Asset, Connection, Customer, Programme, Tenant
from reporting.periods import named, today_in
from reporting.query import Freshness, ReportQuery, ReportResult, run
from reporting.query.missing import AT_INTERVAL
from reporting.tenancy.reader import Reader

DAYS = "last_30_days"
ADDITIVE = ("plays", "watch_time", "attempts")  # key figures that add up over all providers
SPLIT = (("data_transfer", "provider"), ("cost", "currency"))  # those that don't, and what splits them
PROGRAMMES_SHOWN = 50
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
    reader: Reader
    _found: dict[tuple[str, str], ReportResult] = field(default_factory=dict)

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
        return _in_order(column for _, column in self._values)

    @cached_property
    def programmes(self) -> list[tuple[str, str, list[tuple[OverviewColumn, object]]]]:
        """Slug, name and the figures of each programme that has any, the largest first."""
        values, columns = self._programme_values, self.programme_columns
        ranked = sorted({slug for slug, _ in values}, key=self._rank)[:PROGRAMMES_SHOWN]
        names = dict(Programme.objects.filter(slug__in=ranked).values_list("slug", "name"))
        return [(slug, names[slug], [(column, values.get((slug, column))) for column in columns]) for slug in ranked]

    @cached_property
    def programme_columns(self) -> list[OverviewColumn]:
        return _in_order(column for _, column in self._programme_values)

    def _rank(self, slug: str) -> list[Any]:
        """By the columns from the left."""
        values: list[Any] = [self._programme_values.get((slug, column)) for column in self.programme_columns]
        return [(value is None, -(value or 0)) for value in values]

    @cached_property
    def _programme_values(self) -> dict[tuple[str, OverviewColumn], object]:
        has_any = Asset.objects.filter(programme__isnull=False).exists()
        return self._values_by("programme", self._ask(ADDITIVE, ("programme",))) if has_any else {}

    @cached_property
    def _values(self) -> dict[tuple[str, OverviewColumn], object]:
        return self._values_by("customer", self._adding)

    def _values_by(self, group: str, adding: ReportResult) -> dict[tuple[str, OverviewColumn], object]:
        found: dict[tuple[str, OverviewColumn], object] = {}
        for row in adding.rows:
            found |= {
                (row[group], OverviewColumn(METRICS[name])): row[name] for name in ADDITIVE if row[name] is not None
            }
        for name, axis in self._splits:
            for row in self._split(name, axis, group).rows:
                column = OverviewColumn(METRICS[name], row[axis] or "", self._source(axis, row[axis] or ""))
                found[row[group], column] = row[name]
        return {key: value for key, value in found.items() if value is not None}

    @cached_property
    def _adding(self) -> ReportResult:
        return self._ask(ADDITIVE, ("customer",))

    @cached_property
    def _splits(self) -> list[tuple[str, str]]:
        """Of the figures that the reader sees."""
        return [(name, axis) for name, axis in SPLIT if self.reader.costs.shows(name)]

    def _split(self, name: str, axis: str, group: str = "customer") -> ReportResult:
        if (name, group) not in self._found:
            self._found[name, group] = self._ask((name,), (group, "provider") if axis == "provider" else (group,))
        return self._found[name, group]

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
        results = [self._adding, *(self._split(name, axis) for name, axis in self._splits)]
        return list(dict.fromkeys(n.detail for result in results for n in result.notes if n.code in MISSING))

    @cached_property
    def freshness(self) -> list[tuple[Connection, Freshness | None]]:
        known = {one.connection: one for one in self._adding.freshness}
        return [(connection, known.get(connection.slug)) for connection in self.connections]

    def _ask(self, metrics: Sequence[str], groups: tuple[str, ...]) -> ReportResult:
        today = today_in(self.tenant.time_zone)
        return run(ReportQuery(self.tenant, tuple(metrics), self.days, today, self.reader, group_by=groups))


def _in_order(columns: Iterable[OverviewColumn]) -> list[OverviewColumn]:
    order = {name: number for number, name in enumerate(METRICS)}
    return sorted(set(columns), key=lambda column: (order[column.metric.name], column.part))
