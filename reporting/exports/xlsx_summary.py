"""The first sheet of a workbook: the report's title, its totals, its data status, its notes."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from reporting.exports.document import Document, ExportColumn, Kind, Source
from reporting.exports.xlsx_cells import SheetCell, exactly, figure, text
from reporting.reports.headline import HeadlineFigure

SheetRow = tuple[bool, list[SheetCell]]  # whether it is a heading, and its cells
NOTHING: SheetRow = (False, [])


def summary(document: Document) -> Iterator[SheetRow]:
    yield head(document.title)
    yield from about(document)
    if document.figures:
        yield NOTHING
        yield head("Figure", "Value", "Before", "Change", "Currency")
        yield from map(figure_line, document.figures)
    yield NOTHING
    yield head("Source", "Connection", "Time zone", "Covered from", "Complete through", "All fetched", "Last sync")
    yield from (source_line(source, document.tenant.time_zone) for source in document.sources)
    if document.notes:
        yield NOTHING
        yield head("Notes")
        yield from ((False, [text(note)]) for note in document.notes)
    if hints := [f"{table.title}: {table.hint}" for table in document.tables if table.hint]:
        yield from ((False, [text(hint)]) for hint in hints)


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
    yield named("Days", text("as each source counts them, in its own time zone (below)"))


def figure_line(one: HeadlineFigure) -> SheetRow:
    value = figure(one.metric, one.value) if one.value is not None else SheetCell(None)
    before = figure(one.metric, one.before) if one.before is not None else SheetCell(None)
    change = SheetCell(None)
    if one.value is not None and one.before:
        change = SheetCell(float((one.value - one.before) / abs(one.before)), "share")
    beside = exactly(ExportColumn("", one.label, Kind.FIGURE, one.metric), one.value)
    return False, [text(one.label), value, before, change, text(one.currency), text(beside)]


def source_line(source: Source, zone: str) -> SheetRow:
    """The last sync is in the tenant's time zone."""
    connection, freshness = source.connection, source.freshness
    fetched = freshness.last_success.astimezone(ZoneInfo(zone)).replace(tzinfo=None) if freshness.last_success else None
    return False, [
        text(connection.name),
        text(connection.slug),
        text(connection.time_zone),
        SheetCell(freshness.covered_from, "day"),
        SheetCell(freshness.final_through, "day"),
        text(
            "yes" if freshness.complete else "not yet" if freshness.missing or freshness.held else "no, see the notes"
        ),
        SheetCell(fetched, "moment"),
    ]


def named(name: str, *cells: SheetCell) -> SheetRow:
    return False, [text(name), *cells]


def head(*words: str) -> SheetRow:
    return True, [text(word) for word in words]
