"""What an export shows, before it is a file of one format or another.

plain.py      ReportResult   -> Document      the API's report, and the command's
customer.py   CustomerReport -> Document      all blocks of a customer's page
csv, ndjson, xlsx, pdf       Document -> bytes

Figures are exact here (Decimal, None where unknown); texts are as people and providers wrote them.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from reporting.metrics import DIMENSIONS, METRICS, Metric
from reporting.models import Connection, Tenant
from reporting.periods import Range
from reporting.query import Freshness
from reporting.query.report import RowDict
from reporting.reports.headline import HeadlineFigure


class Kind(StrEnum):
    """What the values of a column are."""

    TEXT = "text"
    PERIOD = "period"  # as a row's `period` is written: 2026-01, 2026-W05, 2026-01-01, 2026-01-01T14, 2026-01-01T14:35
    MOMENT = "moment"  # a datetime on the wall clock of the row's `time_zone`
    COUNT = "count"  # a whole number that is no metric
    FIGURE = "figure"  # of the column's metric


@dataclass(frozen=True)
class ExportColumn:
    """`currency` is that of all its money; where it is empty, the row's own `currency` says it."""

    name: str
    label: str
    kind: Kind = Kind.TEXT
    metric: Metric | None = None
    currency: str = ""
    is_printed: bool = True  # paper is narrow


@dataclass(frozen=True)
class Table:
    """`rows` may be an iterator, which is read once. `title` is a sheet's name too."""

    title: str
    columns: list[ExportColumn]
    rows: Iterable[RowDict]
    is_printed: bool = True  # lists of personal data are not for handing round
    hint: str = ""


@dataclass(frozen=True)
class Chart:
    title: str
    caption: str
    spec: dict[str, Any]


@dataclass(frozen=True)
class Source:
    """A connection, and how far its figures reach."""

    link: Connection
    fresh: Freshness


@dataclass(frozen=True)
class Document:
    """`asked` says in words what was asked for; `main` is the table that formats of one table write."""

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

    @property
    def title(self) -> str:
        return self.customer or self.tenant.name

    @property
    def definitions(self) -> list[dict[str, str]]:
        """Of the metrics and dimensions that the tables and figures use, in the order of `metrics.py`."""
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
