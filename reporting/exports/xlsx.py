"""XLSX: a summary, a sheet for each table, the notes, the data status, the definitions; or those of them that are asked for.
Numbers are numbers, dates are dates, text is only text.

    write(document) -> Pieces      raises ExportFailed

XlsxWriter keeps one row in memory (`constant_memory`) and the rest in files, so the rows may come from a generator, a million
of them in a few megabytes; what does not fit on a sheet is put on the next.
"""

from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from itertools import chain, islice
from pathlib import Path
from unicodedata import east_asian_width

from xlsxwriter import Workbook
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.worksheet import Worksheet

from reporting.exports.document import Document, ExportColumn, Kind, Table
from reporting.exports.files import Pieces, build
from reporting.exports.registry import Export, register
from reporting.exports.texts import looks_like_formula
from reporting.exports.xlsx_cells import FORMATS, WIDTHS, SheetCell, cell, exactly, may_need_digits, text
from reporting.exports.xlsx_summary import definitions, notes, status, summary
from reporting.metrics import Unit
from reporting.query.result_rows import RowDict
from reporting.reports.row_words import worded

ROWS_OF_A_SHEET = 1_048_576
NARROWEST, WIDEST = 9, 60
SAMPLE = 200  # rows that the widths of columns are taken from
MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
OPTIONS = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
EXACT_DIGITS = "Exact digits"
WORDS_OF_PERIOD = {"Week": "Week from", "Hour": "Hour from", "Minute": "Minute from"}


def write(document: Document) -> Pieces:
    return build(lambda folder: Book(folder, document).write())


class Book:
    """One workbook, being written into a folder that is its own."""

    def __init__(self, folder: Path, document: Document) -> None:
        self.path, self.document = folder / "report.xlsx", document
        self.workbook = Workbook(str(self.path), OPTIONS | {"tmpdir": str(folder)})
        self.workbook.set_properties(
            {"title": text(document.title).value, "author": text(document.tenant.name).value, "created": document.made}
        )
        self.formats = {name: self.workbook.add_format({"num_format": shown}) for name, shown in FORMATS.items()}
        self.bold = self.workbook.add_format({"bold": True})
        self.head = self.workbook.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        self.quoted = self.workbook.add_format({"quote_prefix": True})

    def write(self) -> Path:
        try:
            self.sheets()
            self.workbook.close()
        except FileCreateError as error:
            raise OSError(*error.args[0].args) from error
        finally:
            self.close_drafts()
        return self.path

    def close_drafts(self) -> None:
        """After an error XlsxWriter leaves its files open; closing one writes its buffer, which may fail again."""
        for sheet in self.workbook.worksheets():
            with suppress(OSError):
                sheet.row_data_fh.close()

    # --- Sheets -------------------------------------------------------------------------------------------------------

    def sheets(self) -> None:
        """Those that are asked for; a workbook without any is none, so there is the summary where nothing else is."""
        has, document = self.document.options.has_sheet, self.document
        tables = [table for table in document.tables if has(table.name, *in_report(table))]
        others = [table for table in (notes(document), status(document), definitions(document)) if has(table.name)]
        if has("summary") or not (tables or others):
            self.summary()
        for table in [*tables, *others]:
            self.table(table)

    def summary(self) -> None:
        sheet = self.workbook.add_worksheet("Summary")
        for number, (is_head, cells) in enumerate(summary(self.document)):
            for place, one in enumerate(cells):
                self.put(sheet, number, place, one, is_head)
        for place, width in enumerate((34, 22, 22, 14, 14, 34, 22)):
            sheet.set_column(place, place, width)

    def table(self, table: Table) -> None:
        """As many sheets as its rows need, at least one."""
        rows = iter(table.rows)
        first, number = next(rows, None), 0
        while number == 0 or first is not None:
            sheet = self.workbook.add_worksheet(sheet_name(table.title, number))
            begun = [] if first is None else [first]
            columns = [column for column in table.all_columns if not column.is_for_programs]
            self.rows(sheet, columns, chain(begun, islice(rows, ROWS_OF_A_SHEET - 2)))
            first, number = next(rows, None), number + 1

    def rows(self, sheet: Worksheet, columns: list[ExportColumn], rows: Iterable[RowDict]) -> None:
        heads, needs_digits = headings(columns), any(map(may_need_digits, columns))
        widths, number = [len(words) for words in heads], 0
        names = [column.name for column in columns if column.kind in (Kind.TEXT, Kind.PERIOD)]
        for place, words in enumerate(heads):
            sheet.write_string(0, place, words, self.head)
        for number, row in enumerate(rows, start=1):
            cells = cells_of(columns, worded(row, names), needs_digits)
            for place, one in enumerate(cells):
                self.put(sheet, number, place, one)
            if number <= SAMPLE:
                widths = [max(width, width_of(one)) for width, one in zip(widths, cells, strict=True)]
        for place, width in enumerate(widths):
            sheet.set_column(place, place, min(max(width + 2, NARROWEST), WIDEST))
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, number, len(heads) - 1)

    # --- Cells --------------------------------------------------------------------------------------------------------

    def put(self, sheet: Worksheet, row: int, place: int, one: SheetCell, is_head: bool = False) -> None:
        """Unknown is no cell. A text that looks like a formula stays text even after someone has edited it."""
        value = one.value
        if value is None or value == "":
            return
        if isinstance(value, str):
            style = self.bold if is_head else self.quoted if looks_like_formula(value) else None
            sheet.write_string(row, place, value, style)
        elif isinstance(value, float | int):
            sheet.write_number(row, place, value, self.formats[one.format])
        else:
            sheet.write_datetime(row, place, value, self.formats[one.format])


def in_report(table: Table) -> tuple[str, ...]:
    """`report` stands for all tables of figures; lists of personal data are asked for by their own name."""
    return ("report",) if table.is_printed else ()


def cells_of(columns: list[ExportColumn], row: RowDict, needs_digits: bool) -> list[SheetCell]:
    """One for each heading."""
    values = [column.of(row) for column in columns]
    cells = [cell(column, value) for column, value in zip(columns, values, strict=True)]
    if not needs_digits:
        return cells
    exact = (exactly(column, value) for column, value in zip(columns, values, strict=True) if column.metric)
    return [*cells, SheetCell("; ".join(filter(None, exact)))]


def headings(columns: list[ExportColumn]) -> list[str]:
    """No two alike, not even but for their case: a table in Excel knows its columns by them."""
    words = [heading(column) for column in columns]
    names = [column.name for column in columns]
    if any(map(may_need_digits, columns)):
        words, names = [*words, EXACT_DIGITS], [*names, "exact_digits"]
    often = Counter(map(str.casefold, words))
    apart = [f"{one} ({name})" if often[one.casefold()] > 1 else one for one, name in zip(words, names, strict=True)]
    return [str(text(one).value) for one in apart]


def heading(column: ExportColumn) -> str:
    """The label, with the currency of money, and “from” for periods that are written as their first day."""
    label = column.label
    if column.kind is Kind.PERIOD:
        return WORDS_OF_PERIOD.get(label, label)
    is_said = not column.currency or label.endswith(column.currency)
    is_money = column.metric is not None and column.metric.unit is Unit.MONEY
    return f"{label}, {column.currency}" if is_money and not is_said else label


def sheet_name(title: str, number: int = 0) -> str:
    """At most 31 characters, none of `[]:*?/\\`, no apostrophe at an end; `number` counts the sheets of one table, from 0."""
    more = f" ({number + 1})" if number else ""
    kept = "".join(sign for sign in str(text(title).value) if sign not in "[]:*?/\\").strip("' ")
    return (kept[: 31 - len(more)].strip("' ") or "Sheet") + more


def width_of(one: SheetCell) -> int:
    """In digits, as Excel counts; a Chinese or Japanese character is two."""
    if isinstance(one.value, str):
        return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in one.value[:WIDEST])
    return WIDTHS.get(one.format, 12 if one.value is not None else 0)


register(Export("xlsx", MEDIA_TYPE, write, button="Excel", is_binary=True))
