"""PDF for people: the report's title, key figures, charts, tables, notes and definitions, set by `report.typ`.

    write(document) -> one piece, made before it is returned

The same document and moment give the same bytes. Text goes to typst as data and never as markup, so a title like
`#read("/etc/passwd")` is printed as it is; the typesetter may read no folder but the template's, and no package server.
Fonts come with pip: Latin, Greek, Cyrillic, Devanagari, Chinese, Japanese, Korean; others from PDF_FONTS.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import typst
from django.conf import settings

from reporting.exports.document import Chart, Document, Kind, Table
from reporting.exports.pdf_footer import footer
from reporting.exports.pdf_tables import UNKNOWN, sections
from reporting.exports.registry import Export, register
from reporting.exports.texts import clean
from reporting.periods import Range
from reporting.reports import charts
from reporting.reports.formatting import changed, day, shown
from reporting.reports.headline import HeadlineFigure

TEMPLATE = Path(__file__).with_name("report.typ")
FONTS = ("fontpkg_noto_sans", "noto_cjk_sans_jp_regular", "noto_cjk_sans_jp_bold")
FONT = "Noto Sans"
PAPERS = {"a4": "a4", "letter": "us-letter"}  # as typst calls them
MOST_SETS, ROWS_OF_A_SET = 3, 4  # of the table beside a chart: side by side, and at least one below another


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
        "paper": PAPERS[document.options.paper],
        "charts": [chart(one) for one in document.charts],
        "tables": [part for table in tables for part in sections(named(table, document))],
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


def named(table: Table, document: Document) -> Table:
    """With the names of connections for their slugs."""
    names = {one.connection.slug: one.connection.name for one in document.sources}
    slugs = ((row, row.get("connection")) for row in table.rows)
    return replace(table, rows=(row | {"connection": names.get(slug, slug)} if slug else row for row, slug in slugs))


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


def chart(one: Chart) -> dict[str, Any]:
    """With what it draws as a table: for those who can't see it, and for those who want the figures. Its rows hold several
    periods side by side, as a series is long and narrow."""
    sets = min(MOST_SETS, -(-len(one.figures) // ROWS_OF_A_SET))
    return {
        "title": one.title,
        "caption": one.caption,
        "svg": charts.svg(with_font(one.spec)),
        "heads": ["Period", one.label] * sets,
        "figures": [words for pair in one.figures for words in pair],
    }


def _cleaned(value: Any) -> Any:
    """All its text without control characters, the SVG of charts too."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [_cleaned(one) for one in value]
    return {name: _cleaned(one) for name, one in value.items()} if isinstance(value, dict) else value


register(Export("pdf", "application/pdf", write, button="PDF", is_binary=True))
