"""What a report gives: columns, rows, totals, how fresh it is, and what must be said beside it.

Figures are exact here (Decimal, None where unknown). `as_json()` writes the shape of `GET /api/v1/report`: counts, bytes and
whole seconds as integers, fractions and ratios as numbers, money as strings with its exact decimals.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from reporting.metrics import DIMENSIONS, METRICS, Adds, Metric, Unit
from reporting.periods import Range, ReportInterval
from reporting.query.arithmetic import MONEY
from reporting.query.direct import DirectRows

Figures = dict[str, Decimal | None]
RowDict = dict[str, Any]
Writer = Callable[[Decimal | None], int | float | str | None]

ONE = Decimal(1)
LONGEST = 2**63  # longer integers no JSON reader keeps
PERIOD_TYPES = {ReportInterval.DAY: "date", ReportInterval.HOUR: "datetime", ReportInterval.MINUTE: "datetime"}


@dataclass(frozen=True)
class Column:
    """`type` is that of its JSON values: date, datetime, string, number, or decimal (a string with exact decimals)."""

    name: str
    type: str
    unit: str = ""
    label: str = ""

    def as_json(self) -> dict[str, str]:
        return {"name": self.name, "type": self.type} | ({"unit": self.unit} if self.unit else {})


@dataclass(frozen=True)
class Totals:
    """`currency` is that of its money; None where there is none, or where several can't be added. `by` has the figures of
    each provider or currency that are told apart; `unknown` names the figures that are not known as of the day asked for."""

    figures: Figures
    currency: str | None = None
    by: list[RowDict] = field(default_factory=list)
    unknown: frozenset[str] = frozenset()

    def as_json(self) -> RowDict:
        shown = figures_as_json(self.figures)
        return shown | ({"currency": self.currency} if shown.keys() & MONEY else {})


@dataclass(frozen=True)
class Freshness:
    """How far a connection's figures reach, in days of the provider's calendar."""

    connection: str
    last_success: datetime | None
    covered_from: date | None
    final_through: date | None
    complete: bool

    def as_json(self) -> RowDict:
        stamp = self.last_success.strftime("%Y-%m-%dT%H:%M:%SZ") if self.last_success else None
        return {
            "connection": self.connection,
            "last_success": stamp,
            "covered_from": self.covered_from.isoformat() if self.covered_from else None,
            "final_through": self.final_through.isoformat() if self.final_through else None,
            "complete": self.complete,
        }


@dataclass(frozen=True)
class Note:
    """What a reader must know beside a figure. `more` says it in fields, e.g. the period that it is about."""

    code: str
    detail: str
    metric: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> RowDict:
        return (
            {"code": self.code}
            | ({"metric": self.metric} if self.metric else {})
            | {"detail": self.detail, **self.more}
        )


@dataclass(frozen=True)
class ReportResult:
    query: dict[str, Any]
    columns: list[Column]
    rows: Sequence[RowDict]
    totals: Totals
    freshness: list[Freshness]
    notes: list[Note]
    unattributed: Figures | None = None  # absent under customer or asset filters
    previous: tuple[Range, Totals] | None = None
    marks: RowDict = field(default_factory=dict)  # of the totals: `final` and `restated`, as rows have their own

    def as_json(self, rows: "Callable[[ReportResult], Any] | None" = None) -> RowDict:
        """`rows` writes them, else they are a list: where they are many, they need not be there at once."""
        shape: RowDict = {
            "query": self.query,
            "columns": [column.as_json() for column in self.columns],
            "rows": rows(self) if rows else list(self.rows_as_json()),
            "totals": self.totals.as_json(),
        } | self.marks
        if self.totals.by:
            shape["totals_by"] = [row_as_json(row) for row in self.totals.by]
        if self.unattributed is not None:
            shape["unattributed"] = figures_as_json(self.unattributed)
        if self.previous is not None:
            days, totals = self.previous
            shape["previous"] = {"from": f"{days.start}", "to": f"{days.end}", "totals": totals.as_json()}
        shape["freshness"] = [one.as_json() for one in self.freshness]
        shape["notes"] = [note.as_json() for note in self.notes]
        return shape

    def writers(self) -> list[tuple[str, Writer]]:
        """The names of the figures, and how each is written in JSON."""
        return [(column.name, written_as(METRICS[column.name])) for column in self.columns if column.name in METRICS]

    def rows_as_json(self) -> Iterator[RowDict]:
        figures = self.writers()
        if isinstance(self.rows, DirectRows):
            yield from self.rows.written([written for _, written in figures])
            return
        for row in self.rows:
            shown = row.copy()
            for name, written in figures:
                shown[name] = written(row[name])
            yield shown


def figures_as_json(figures: Figures) -> RowDict:
    return {name: plain(METRICS[name], value) for name, value in figures.items()}


def row_as_json(row: RowDict) -> RowDict:
    return {name: plain(METRICS[name], value) if name in METRICS else value for name, value in row.items()}


def plain(metric: Metric, value: Decimal | None) -> int | float | str | None:
    """A figure as JSON knows it."""
    return written_as(metric)(value)


def written_as(metric: Metric) -> Writer:
    """`plain` of one metric, for many figures."""
    return _money if metric.unit is Unit.MONEY and metric.adds is not Adds.RATIO else _number


def _money(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:f}"


def _number(value: Decimal | None) -> int | float | None:
    if value is None:
        return None
    whole = int(value)
    is_whole = ONE.same_quantum(value) or whole == value  # the first is quick, and true of nearly all
    return whole if is_whole and -LONGEST < whole < LONGEST else float(value)


def columns_of(
    metrics: Iterable[str], interval: ReportInterval, groups: Iterable[str], split: Iterable[str]
) -> list[Column]:
    """In the order of a row: the period, the groups with what belongs to them, then the figures."""
    columns: list[Column] = []
    if interval not in (ReportInterval.TOTAL, ReportInterval.LIFETIME):
        columns.append(Column("period", PERIOD_TYPES.get(interval, "string"), label=interval.value.title()))
    names: dict[str, str] = {}
    for group in groups:
        if group == "asset":
            names |= {"connection": "Connection"}
        label = DIMENSIONS[group].label if group in DIMENSIONS else group.title()
        names |= {group: label} | {
            "customer": {"customer_name": "Customer"},
            "connection": {"connection_name": "Connection"},
            "asset": {"asset_title": "Title"},
        }.get(group, {})
    names |= {name: name.title() for name in split}
    metrics = list(metrics)
    if MONEY & set(metrics):
        names |= {"currency": "Currency"}
    columns += [Column(name, "string", label=label) for name, label in names.items()]
    for metric in (METRICS[name] for name in metrics):
        kind = "decimal" if metric.unit is Unit.MONEY and metric.adds is not Adds.RATIO else "number"
        columns.append(Column(metric.name, kind, metric.unit.value, metric.label))
    return columns
