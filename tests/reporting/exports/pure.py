"""Documents without a database: a few columns, rows of one's own."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

from reporting.exports.document import Document, ExportColumn, Kind, Table
from reporting.metrics import METRICS
from reporting.models import Tenant
from reporting.periods import Range

MADE = datetime(2026, 2, 1, 5, 30, tzinfo=UTC)


def figure(name: str) -> ExportColumn:
    return ExportColumn(name, METRICS[name].label, Kind.FIGURE, METRICS[name])


def document(columns: list[ExportColumn], rows: Iterable[dict[str, Any]], **more: Any) -> Document:
    table = Table("Report", columns, rows)
    values: dict[str, Any] = {
        "tenant": Tenant(slug="alice", name="Alice Sports", time_zone="Europe/Madrid"),
        "customer": "",
        "days": Range(date(2026, 1, 1), date(2026, 1, 31)),
        "made": MADE,
        "asked": [],
        "figures": [],
        "previous": None,
        "main": table,
        "tables": [table],
        "sources": [],
        "charts": [],
        "notes": [],
    }
    return Document(**values | more)
