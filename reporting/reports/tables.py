"""Rows of a report query -> rows of a page's tables, and the bars of its chart. Pure functions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from reporting.models import Connection
from reporting.periods import ReportInterval, last_day
from reporting.query.question import OF_NOTHING
from reporting.query.result_rows import RowType
from reporting.reports.charts import Bar
from reporting.reports.formatting import country, period, shown, tick
from reporting.reports.headline import HeadlineFigure
from reporting.reports.lineage_links import RowParameters
from reporting.reports.row_words import ALL_OTHERS, not_split_by

RowDict = dict[str, Any]


@dataclass(frozen=True)
class TableCell:
    value: Decimal | None
    figure: HeadlineFigure
    currency: str = ""


@dataclass(frozen=True)
class TableRow:
    """A row of a table. `parameters`: those that its lineage needs beside the report's (see `lineage_links.py`); `share`: in
    percent; `restated`: how often a figure of it was changed after it was final."""

    name: str
    detail: str
    cells: list[TableCell]
    is_provisional: bool = False
    share: int = 0
    restated: int = 0
    parameters: RowParameters = field(default_factory=dict)


def period_rows(
    parts: Iterable[tuple[Sequence[HeadlineFigure], Iterable[RowDict]]],
    figures: Sequence[HeadlineFigure],
    provisional: date | None,
    restated: Mapping[str, int] | None = None,
) -> list[TableRow]:
    """One row for each period, from the rows of several queries, each for some of the figures. `restated`: by period."""
    found: dict[str, dict[str, Decimal | None]] = {}
    for asked, rows in parts:
        for row in rows:
            line = found.setdefault(row["period"], {})
            line |= {figure.key: row[figure.metric.name] for figure in asked if not figure.source or figure.of(row)}
    return [
        TableRow(
            name,
            "",
            [TableCell(line.get(figure.key), figure, figure.currency) for figure in figures],
            may_change(name, provisional),
            restated=(restated or {}).get(name, 0),
            parameters={"at": name},
        )
        for name, line in sorted(found.items())
    ]


def bars(lines: Iterable[TableRow], figure: HeadlineFigure, provisional: date | None) -> list[Bar]:
    return [_bar(line.name, value_of(line, figure), figure, provisional) for line in lines]


def value_of(line: TableRow, figure: HeadlineFigure) -> Decimal | None:
    return next(cell.value for cell in line.cells if cell.figure.key == figure.key)


def grouped_rows(
    group: str,
    rows: Sequence[RowDict],
    figures: Sequence[HeadlineFigure],
    connections: Mapping[str, Connection],
    others: RowParameters,
) -> list[TableRow]:
    """By `asset`, or by the `parent` that holds them. `others` are the parameters of the row of all others."""
    row_of = _asset_row if group == "asset" else _parent_row
    return [
        TableRow(ALL_OTHERS, "", _cells(row, figures), parameters=others)
        if row["row_type"] == RowType.OTHER
        else row_of(row, figures, connections)
        for row in rows
    ]


def country_rows(rows: Sequence[RowDict], figure: HeadlineFigure, others: RowParameters) -> list[TableRow]:
    """With the part that the provider does not split. Empty where nothing is split."""
    rows = [row for row in rows if not figure.source or figure.of(row)]
    total = sum((row[figure.metric.name] or 0 for row in rows), Decimal(0))
    if not total or not any(row["row_type"] == RowType.PLAIN for row in rows):
        return []
    return [
        TableRow(
            country_named(row),
            "",
            [TableCell(row[figure.metric.name], figure, figure.currency)],
            share=round(100 * (row[figure.metric.name] or 0) / total),
            parameters=_parameters_of_country(row, others),
        )
        for row in rows
    ]


def country_named(row: RowDict) -> str:
    """The country of a row by country, or the words for what it is."""
    words = {RowType.OTHER: ALL_OTHERS, RowType.REMAINDER: not_split_by("country")}
    return words.get(row["row_type"]) or country(row["country"])


def _parameters_of_country(row: RowDict, others: RowParameters) -> RowParameters:
    if row["row_type"] == RowType.OTHER:
        return others
    is_remainder = row["row_type"] == RowType.REMAINDER
    return {"row": "remainder", "group_by": "country"} if is_remainder else {"country": row["country"]}


def may_change(name: str, provisional: date | None) -> bool:
    """True where the period of a row reaches into the provisional days."""
    return provisional is not None and last_day_of(name) >= provisional


def last_day_of(name: str) -> date:
    """The last day of a row's `period`, as the report query writes it."""
    if "-W" in name:
        year, _, week = name.partition("-W")
        return date.fromisocalendar(int(year), int(week), 7)
    day = name.partition("T")[0]
    return last_day(ReportInterval.MONTH, date.fromisoformat(f"{day}-01")) if len(day) == 7 else date.fromisoformat(day)


def _bar(name: str, value: Decimal | None, figure: HeadlineFigure, provisional: date | None) -> Bar:
    words = "not reported" if value is None else shown(value, figure.metric.unit, figure.currency)
    return Bar(period(name), tick(name), value, words, may_change(name, provisional))


def _asset_row(row: RowDict, figures: Sequence[HeadlineFigure], connections: Mapping[str, Connection]) -> TableRow:
    """One name may stand under several parents: the detail and the parameters say under which."""
    names = [row["asset"] if row["asset_title"] else "", row["parent"], _named(row, connections)]
    place = {"connection": row["connection"], "parent": row["parent"] or OF_NOTHING, "asset": row["asset"]}
    detail = " · ".join(name for name in names if name)
    return TableRow(row["asset_title"] or row["asset"], detail, _cells(row, figures), parameters=place)


def _parent_row(row: RowDict, figures: Sequence[HeadlineFigure], connections: Mapping[str, Connection]) -> TableRow:
    names = [row["parent"] if row["parent_title"] else "", _named(row, connections)]
    place = {"connection": row["connection"], "parent": row["parent"]}
    detail = " · ".join(name for name in names if name)
    return TableRow(row["parent_title"] or row["parent"], detail, _cells(row, figures), parameters=place)


def _named(row: RowDict, connections: Mapping[str, Connection]) -> str:
    """Its connection's name."""
    connection = connections.get(row["connection"])
    return connection.name if connection else ""


def _cells(row: RowDict, figures: Sequence[HeadlineFigure]) -> list[TableCell]:
    return [TableCell(row[figure.metric.name], figure, row.get("currency") or "") for figure in figures]
