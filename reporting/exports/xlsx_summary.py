"""The sheets of a workbook beside those of the figures: the summary (the report's title, its totals), the notes, the data
status, the definitions."""

from collections.abc import Iterator
from datetime import date
from zoneinfo import ZoneInfo

from reporting.exports.document import Document, ExportColumn, Kind, Source, Table
from reporting.exports.xlsx_cells import SheetCell, exactly, figure, text
from reporting.query import Freshness
from reporting.query.result_rows import RowDict
from reporting.reports.headline import HeadlineFigure

SheetRow = tuple[bool, list[SheetCell]]  # whether it is a heading, and its cells
NOTHING: SheetRow = (False, [])
STATUS = [
    ExportColumn("source", "Source"),
    ExportColumn("connection", "Connection"),
    ExportColumn("time_zone", "Time zone"),
    ExportColumn("covered_from", "Covered from", Kind.PERIOD),
    ExportColumn("final_through", "Complete through", Kind.PERIOD),
    ExportColumn("complete", "All fetched"),
    ExportColumn("last_success", "Last sync", Kind.MOMENT),
]
DEFINITIONS = [
    ExportColumn("label", "Name"),
    ExportColumn("name", "In the API"),
    ExportColumn("unit", "Unit"),
    ExportColumn("adds", "Adds up"),
    ExportColumn("words", "Meaning"),
]


def summary(document: Document) -> Iterator[SheetRow]:
    yield head(document.title)
    yield from about(document)
    if document.figures:
        yield NOTHING
        yield head("Figure", "Value", "Before", "Change", "Currency", "Exact digits", "Before is unlike")
        yield from map(figure_line, document.figures)


def about(document: Document) -> Iterator[SheetRow]:
    yield named("Tenant", text(document.tenant.name))
    if document.customer:
        yield named("Customer", text(document.customer))
    yield named("First day", SheetCell(document.days.start, "day"))
    yield named("Last day", SheetCell(document.days.end, "day"))
    if document.previous:
        yield named("Compared with", SheetCell(document.previous.start, "day"), SheetCell(document.previous.end, "day"))
    yield from (named(name, text(words)) for name, words in document.asked if words != document.customer)
    made = document.made.astimezone(ZoneInfo(document.tenant.time_zone)).replace(tzinfo=None)
    yield named("Created", SheetCell(made, "moment"), text(document.tenant.time_zone))
    yield named("Days", text("as each source counts them, in its own time zone (sheet Data status)"))
    yield named(
        "Notes", SheetCell(len(document.notes), "whole"), text("what to know about these figures (sheet Notes)")
    )


def figure_line(one: HeadlineFigure) -> SheetRow:
    value = figure(one.metric, one.value) if one.value is not None else SheetCell(None)
    before = figure(one.metric, one.before) if one.before is not None else SheetCell(None)
    change = SheetCell(None)
    if one.value is not None and one.before:
        change = SheetCell(float((one.value - one.before) / abs(one.before)), "share")
    beside = exactly(ExportColumn("", one.label, Kind.FIGURE, one.metric), one.value)
    return False, [text(one.label), value, before, change, text(one.currency), text(beside), text(one.unlike_words)]


def notes(document: Document) -> Table:
    hints = [f"{table.title}: {table.hint}" for table in document.tables if table.hint]
    rows = [{"note": words} for words in [*document.notes, *hints]]
    return Table("Notes", [ExportColumn("note", "Note")], rows, name="notes")


def status(document: Document) -> Table:
    """The freshness of each source. The last sync is in the tenant's time zone."""
    return Table(
        "Data status", STATUS, [source_row(one, document.tenant.time_zone) for one in document.sources], name="status"
    )


def source_row(source: Source, zone: str) -> RowDict:
    connection, freshness = source.connection, source.freshness
    return {
        "source": connection.name,
        "connection": connection.slug,
        "time_zone": connection.time_zone,
        "covered_from": period_of(freshness.covered_from),
        "final_through": period_of(freshness.final_through),
        "complete": is_complete(freshness),
        "last_success": freshness.last_success.astimezone(ZoneInfo(zone)) if freshness.last_success else None,
    }


def is_complete(freshness: Freshness) -> str:
    return "yes" if freshness.complete else "not yet" if freshness.missing or freshness.held else "no, see the notes"


def period_of(day: date | None) -> str | None:
    return day.isoformat() if day else None


def definitions(document: Document) -> Table:
    return Table("Definitions", DEFINITIONS, document.definitions, name="definitions")


def named(name: str, *cells: SheetCell) -> SheetRow:
    return False, [text(name), *cells]


def head(*words: str) -> SheetRow:
    return True, [text(word) for word in words]
