"""PDF for people: the report's title, key figures, charts, tables, notes and definitions, set by `report.typ`.

    write(document) -> one piece, made before it is returned

The same document and moment give the same bytes. Text goes to typst as data and never as markup, so a title like
`#read("/etc/passwd")` is printed as it is; the typesetter may read no folder but the template's, and no package server.
Fonts come with pip: Latin, Greek, Cyrillic, Devanagari, Chinese, Japanese, Korean; others from PDF_FONTS.
"""

import json
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import typst
from django.conf import settings

from reporting.exports.document import MOST_PRINTED, Document, ExportColumn, Kind, Table
from reporting.exports.pdf_footer import footer
from reporting.exports.registry import Export, register
from reporting.exports.texts import clean
from reporting.metrics import DIMENSIONS
from reporting.periods import Range
from reporting.reports import charts
from reporting.reports.formatting import changed, day, period, shown
from reporting.reports.headline import HeadlineFigure
from reporting.reports.row_words import worded

TEMPLATE = Path(__file__).with_name("report.typ")
FONTS = ("fontpkg_noto_sans", "noto_cjk_sans_jp_regular", "noto_cjk_sans_jp_bold")
FONT = "Noto Sans"
LONGEST_TEXT = 200
FIGURES_SIDE_BY_SIDE = 6
SHORT = ("state", "provider", "currency", *DIMENSIONS)
UNKNOWN = "—"


def write(document: Document) -> Iterator[bytes]:
    report = json.dumps(_cleaned(described(document)))
    compiler = typst.Compiler(
        str(TEMPLATE), root=str(TEMPLATE.parent), font_paths=fonts(), sys_inputs={"report": report}
    )
    return iter([compiler.compile(format="pdf", timestamp=int(document.made.timestamp()))])  # type: ignore[list-item]


@cache
def fonts() -> typst.Fonts:
    """From pip, and the operator's own; never the system's, so that a report looks the same everywhere."""
    specs = [spec for name in FONTS if (spec := find_spec(name)) and spec.origin]
    folders = [str(Path(str(spec.origin)).parent) for spec in specs] + settings.PDF_FONTS
    return typst.Fonts(include_system_fonts=False, font_paths=folders)


def described(document: Document) -> dict[str, Any]:
    """The template's data. Series, which are long, come last."""
    tables = [table for table in document.tables if table.is_printed]
    tables.sort(key=lambda table: any(column.kind is Kind.PERIOD for column in table.columns))
    previous = document.previous
    made = document.made.astimezone(ZoneInfo(document.tenant.time_zone))
    return {
        "title": document.title,
        "author": document.tenant.name,
        "days": days_in_words(document.days),
        "compared": f"compared with {days_in_words(previous)}" if previous else "",
        "made": f"Created {day(made.date())}, {made:%H:%M} ({document.tenant.time_zone})",
        "footer": footer(document),
        "figures": [tile(one) for one in document.figures],
        "charts": [
            {"title": one.title, "caption": one.caption, "svg": charts.svg(with_font(one.spec))}
            for one in document.charts
        ],
        "tables": [part for table in tables for part in parts(table)],
        "sources": [
            [
                one.connection.name,
                one.connection.time_zone,
                day(one.freshness.final_through),
                fetched(one.freshness.last_success, document),
            ]
            for one in document.sources
        ],
        "notes": document.notes,
        "definitions": [[one["label"], one["words"]] for one in document.definitions],
    }


def days_in_words(days: Range) -> str:
    return day(days.start) if days.days == 1 else f"{day(days.start)} to {day(days.end)}"


def fetched(moment: Any, document: Document) -> str:
    if moment is None:
        return "never"
    at = moment.astimezone(ZoneInfo(document.tenant.time_zone))
    return f"{day(at.date())}, {at:%H:%M}"


def tile(one: HeadlineFigure) -> dict[str, str]:
    before = ""
    if one.value is not None and one.before is not None:
        before = f"{changed(one.value, one.before)} from {shown(one.before, one.metric.unit, one.currency)}"
        before += f" ({one.unlike_words})" if one.unlike else ""
    value = UNKNOWN if one.value is None else shown(one.value, one.metric.unit, one.currency)
    return {"label": one.label, "value": value, "before": before}


def with_font(spec: dict[str, Any]) -> dict[str, Any]:
    return spec | {"config": spec["config"] | {"font": FONT}}


# --- Tables -----------------------------------------------------------------------------------------------------------


def parts(table: Table) -> Iterator[dict[str, Any]]:
    """The table; or, where it has more figures than paper is wide, several with the same first columns."""
    columns = [column for column in table.columns if column.is_printed]
    words = [column for column in columns if not column.metric]
    figures = [column for column in columns if column.metric]
    rows = iter(table.rows)
    printed = [worded(row, [column.name for column in words]) for row in islice(rows, MOST_PRINTED)]
    left = sum(1 for _ in rows)
    more = [f"… and {left:,} more rows; the XLSX has all."] if left else []
    step = max(FIGURES_SIDE_BY_SIDE - max(len(words) - 1, 0), 3)
    groups = [figures[at : at + step] for at in range(0, len(figures), step)] or [[]]
    for number, group in enumerate(groups, start=1):
        shown_columns = [*words, *group]
        yield {
            "title": f"{table.title}, part {number} of {len(groups)}" if len(groups) > 1 else table.title,
            "columns": [looks(column, shown_columns) for column in shown_columns],
            "rows": [[words_of(column, row) for column in shown_columns] for row in printed],
            "after": [*more, table.hint] if table.hint else more,
        }


def looks(column: ExportColumn, columns: list[ExportColumn]) -> dict[str, Any]:
    """Text columns share the width; where there are none, the figures do."""
    texts = [one for one in columns if one.kind is Kind.TEXT and one.name not in SHORT]
    is_wide = column in texts if texts else column.metric is not None
    return {"label": column.label, "is_figure": column.metric is not None, "is_wide": is_wide}


def words_of(column: ExportColumn, row: dict[str, Any]) -> str:
    value = row[column.name]
    if value is None or value == "":
        return UNKNOWN if column.metric else ""
    if column.metric:
        return shown(value, column.metric.unit, column.currency or row.get("currency") or "")
    if column.kind is Kind.PERIOD and value[:1].isdigit():
        return period(value)
    words = str(value)
    return words if len(words) <= LONGEST_TEXT else f"{words[:LONGEST_TEXT]}…"


def _cleaned(value: Any) -> Any:
    """All its text without control characters, the SVG of charts too."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [_cleaned(one) for one in value]
    return {name: _cleaned(one) for name, one in value.items()} if isinstance(value, dict) else value


register(Export("pdf", "application/pdf", write, button="PDF", is_binary=True))
