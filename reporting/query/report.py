"""What a report gives: columns, rows, totals, how fresh it is, and notes on it.

Figures are exact here (Decimal, None where unknown). `as_json()` writes the shape of `GET /api/v1/report`; how a figure is
written is in `json_figures.py`, how rows are in `result_rows.py`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from reporting.metrics import DIMENSIONS, METRICS
from reporting.models import Days
from reporting.periods import Range, ReportInterval
from reporting.query.arithmetic import MONEY
from reporting.query.json_figures import is_money, plain
from reporting.query.result_rows import ResultRows, RowDict

Figures = dict[str, Decimal | None]
PREVIOUS_MARKS = (
    "fewer_sources",
    "more_sources",
    "missing_sources",
    "other_level",
    "fewer_days",
    "more_days",
    "restated",
)

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
    each provider or currency that are kept apart; `unknown` names the figures that are not known as of the day asked for."""

    figures: Figures
    currency: str | None = None
    by: list[RowDict] = field(default_factory=list)
    unknown: frozenset[str] = frozenset()

    def as_json(self) -> RowDict:
        shown = figures_as_json(self.figures)
        return shown | ({"currency": self.currency} if shown.keys() & MONEY else {})


class Syncing(NamedTuple):
    """A run that is under way, and how many of its requests are done, of how many as far as it is known."""

    since: datetime
    requests_done: int
    requests_total: int

    def as_json(self) -> RowDict:
        return self._asdict() | {"since": stamp(self.since)}


@dataclass(frozen=True)
class Freshness:
    """How far a connection's figures reach, in days of the provider's calendar. `complete`: nothing of the report's days is
    missing. `held` are days of the report whose figures the provider's last answer would take away: they are shown as they
    were, until a second answer says the same; `missing` are those that are not read yet, or can't be, where it `fails`.
    `error`: what is to be done next about a connection that fails, in the words of the sync runs' groups."""

    connection: str
    last_success: datetime | None
    covered_from: date | None
    final_through: date | None
    complete: bool
    held: Days = field(default_factory=Days)
    missing: Days = field(default_factory=Days)
    fails: bool = False
    failing_since: datetime | None = None
    error: str | None = None
    syncing: Syncing | None = None

    def as_json(self) -> RowDict:
        return {
            "connection": self.connection,
            "last_success": stamp(self.last_success),
            "covered_from": self.covered_from.isoformat() if self.covered_from else None,
            "final_through": self.final_through.isoformat() if self.final_through else None,
            "complete": self.complete,
            "held": ranges_as_json(self.held),
            "missing": ranges_as_json(self.missing),
            "failing_since": stamp(self.failing_since),
            "error": self.error,
            "syncing": self.syncing.as_json() if self.syncing else None,
        }


def stamp(moment: datetime | None) -> str | None:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if moment else None


def ranges_as_json(days: Days) -> list[dict[str, str]]:
    return [{"from": f"{first}", "to": f"{last}"} for first, last in days.ranges]


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
    rows: ResultRows
    totals: Totals
    freshness: list[Freshness]
    notes: list[Note]
    unattributed: Figures | None = None  # absent under filters of customers, programmes, parents or assets
    previous: tuple[Range, Totals] | None = None
    previous_marks: dict[str, list[str]] = field(
        default_factory=dict
    )  # by metric: what makes that range unlike this one
    marks: RowDict = field(default_factory=dict)  # of the totals: `final` and `restated`, as rows have their own
    totals_of: dict[str, list[str]] = field(
        default_factory=dict
    )  # by metric that lacks a source: the connections that it is of

    def as_json(self, *, rows_as_text: bool = False) -> RowDict:
        """The rows are a list of dicts, or text for orjson: where they are many, they need not be there at once."""
        shape: RowDict = {
            "query": self.query,
            "columns": [column.as_json() for column in self.columns],
            "rows": self.rows.as_text() if rows_as_text else list(self.rows.as_dicts()),
            "totals": self.totals.as_json(),
        } | self.marks
        if self.totals_of:
            shape["totals_of"] = self.totals_of
        if self.totals.by:
            shape["totals_by"] = [row_as_json(row) for row in self.totals.by]
        if self.unattributed is not None:
            shape["unattributed"] = figures_as_json(self.unattributed)
        if self.previous is not None:
            days, totals = self.previous
            shape["previous"] = {"from": f"{days.start}", "to": f"{days.end}", "totals": totals.as_json()}
            shape["previous_marks"] = marks_of_all(self.previous_marks.values())
        shape["freshness"] = [one.as_json() for one in self.freshness]
        shape["notes"] = [note.as_json() for note in self.notes]
        return shape


def marks_of_all(marks: Iterable[Iterable[str]]) -> list[str]:
    """Each once, in the order of PREVIOUS_MARKS."""
    found = {mark for some in marks for mark in some}
    return [mark for mark in PREVIOUS_MARKS if mark in found]


def figures_as_json(figures: Figures) -> RowDict:
    return {name: plain(METRICS[name], value) for name, value in figures.items()}


def row_as_json(row: RowDict) -> RowDict:
    return {name: plain(METRICS[name], value) if name in METRICS else value for name, value in row.items()}


def columns_of(
    metrics: Iterable[str], interval: ReportInterval, groups: Iterable[str], split: Iterable[str]
) -> list[Column]:
    """In the order of a row: the period, the groups with what belongs to them, then the figures."""
    columns: list[Column] = []
    if interval not in (ReportInterval.TOTAL, ReportInterval.LIFETIME):
        columns.append(Column("period", PERIOD_TYPES.get(interval, "string"), label=interval.value.title()))
    names: dict[str, str] = {}
    for group in groups:
        if group in ("parent", "asset"):
            names |= {"connection": "Connection"}
        label = DIMENSIONS[group].label if group in DIMENSIONS else group.title()
        names |= {group: label} | {
            "customer": {"customer_name": "Customer"},
            "connection": {"connection_name": "Connection"},
            "programme": {"programme_name": "Name of programme"},
            "parent": {"parent_title": "Title of parent"},
            "asset": {"asset_kind": "Kind", "parent": "Parent", "asset_title": "Title"},
        }.get(group, {})
    names |= {name: name.title() for name in split}
    metrics = list(metrics)
    if MONEY & set(metrics):
        names |= {"currency": "Currency"}
    columns += [Column(name, "string", label=label) for name, label in names.items()]
    for metric in (METRICS[name] for name in metrics):
        kind = "decimal" if is_money(metric) else "number"
        columns.append(Column(metric.name, kind, metric.unit.value, metric.label))
    return columns
