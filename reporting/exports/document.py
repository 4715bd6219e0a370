"""What an export shows, before it is written in a format.

plain.py      ReportResult   -> Document      the API's report, and the command's
customer.py   CustomerReport -> Document      all parts of a customer's page
csv, ndjson, xlsx, pdf       Document -> bytes

Figures are exact here (Decimal, None where unknown); texts are as people and providers wrote them.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from reporting.exports.options import Options
from reporting.metrics import DIMENSIONS, METRICS, Metric
from reporting.models import Connection, Tenant
from reporting.periods import Range
from reporting.query import Freshness
from reporting.query.result_rows import RowDict
from reporting.reports.headline import HeadlineFigure

MOST_PRINTED = 200  # rows of a table on paper


class Kind(StrEnum):
    """The kind of a column's values."""

    TEXT = "text"
    PERIOD = "period"  # as a row's `period` is written: 2026-01, 2026-W05, 2026-01-01, 2026-01-01T14, 2026-01-01T14:35
    MOMENT = "moment"  # a datetime in the row's `time_zone`
    COUNT = "count"  # a whole number that is no metric
    WORDS = "words"  # a list of stable words
    MARK = "mark"  # true, false or unknown
    FIGURE = "figure"  # of the column's metric


@dataclass(frozen=True)
class ExportColumn:
    """`currency`: of all its money; where it is empty, each row has a `currency`. `is_before`: of the days that are compared
    with. `is_for_programs`: nothing that a person misses, so not in XLSX and PDF."""

    name: str
    label: str
    kind: Kind = Kind.TEXT
    metric: Metric | None = None
    currency: str = ""
    is_printed: bool = True  # paper is narrow
    is_before: bool = False
    is_for_programs: bool = False

    def of(self, row: RowDict) -> Any:
        """Its value in a row; None where it is unknown."""
        if self.is_before and self.metric:
            return (row.get("previous") or {}).get(self.metric.name)
        return row.get(self.name)


@dataclass(frozen=True)
class Table:
    """`rows` may be an iterator, which is read once. `title` is also the name of a sheet; `name` is the word by which the sheet
    is asked for. `more`: the columns that stand after the figures: figures to compare with, and what each row is."""

    title: str
    columns: list[ExportColumn]
    rows: Iterable[RowDict]
    is_printed: bool = True  # lists of personal data are not printed
    hint: str = ""
    name: str = "report"
    more: list[ExportColumn] = field(default_factory=list)

    @property
    def all_columns(self) -> list[ExportColumn]:
        return [*self.columns, *self.more]


@dataclass(frozen=True)
class Chart:
    """`figures`: what it draws, (period, figure) in words, for those who can't see it. `label`: what the figures are."""

    title: str
    caption: str
    spec: dict[str, Any]
    label: str = ""
    figures: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Source:
    """A connection and its freshness."""

    connection: Connection
    freshness: Freshness


@dataclass(frozen=True)
class Document:
    """`asked`: the question in words, (label, text); `main`: the table for formats of one table; `report`: what the JSON report
    has beside the rows; `question`: the parameters by which the JSON report of `main` is asked for."""

    tenant: Tenant
    customer: str
    days: Range
    made: datetime
    asked: list[tuple[str, str]]
    figures: list[HeadlineFigure]
    previous: Range | None
    main: Table
    tables: list[Table]
    sources: list[Source]
    charts: list[Chart]
    notes: list[str]
    report: RowDict = field(default_factory=dict)
    question: RowDict = field(default_factory=dict)
    options: Options = field(default_factory=Options)

    @property
    def title(self) -> str:
        return self.customer or self.tenant.name

    @property
    def definitions(self) -> list[dict[str, str]]:
        """The definitions of the metrics and dimensions that the tables and figures use, in the order of `metrics.py`."""
        columns = [column for table in self.tables for column in table.columns]
        metrics = {figure.metric.name for figure in self.figures}
        metrics |= {column.metric.name for column in columns if column.metric}
        return defined(metrics, {column.name for column in columns})


def defined(metrics: Collection[str], dimensions: Collection[str]) -> list[dict[str, str]]:
    rows = [
        {
            "label": metric.label,
            "name": metric.name,
            "unit": metric.unit.value,
            "adds": metric.adds.value,
            "words": metric.definition,
        }
        for metric in METRICS.values()
        if metric.name in metrics
    ]
    return rows + [
        {"label": one.label, "name": one.name, "unit": "", "adds": "", "words": one.definition}
        for one in DIMENSIONS.values()
        if one.name in dimensions
    ]
