"""Golden files: what an export gave when someone last looked at it, as text. `REWRITE_GOLDEN=1 pytest …` writes them anew."""

import os
from datetime import datetime
from io import BytesIO
from pathlib import Path

from openpyxl import load_workbook
from openpyxl.cell import Cell
from openpyxl.worksheet.worksheet import Worksheet
from pypdf import PdfReader

FOLDER = Path(__file__).parent.parent / "golden"


def check_golden(name: str, text: str) -> None:
    path = FOLDER / name
    if os.environ.get("REWRITE_GOLDEN"):
        path.write_bytes(text.encode())
    assert text == path.read_bytes().decode(), f"{path} differs: look at it, then REWRITE_GOLDEN=1"


def workbook_as_text(content: bytes) -> str:
    """Sheet by sheet: how it is set up, then each cell with its kind (s text, n number, d date), value and number format."""
    book = load_workbook(BytesIO(content))
    lines = [f"title {book.properties.title!r} by {book.properties.creator!r}, made {book.properties.created}"]
    for sheet in book.worksheets:
        lines += ["", *sheet_as_lines(sheet)]
    return "\n".join(lines) + "\n"


def sheet_as_lines(sheet: Worksheet) -> list[str]:
    widths = ",".join(f"{name}={one.width:.0f}" for name, one in sorted(sheet.column_dimensions.items()))
    head = f"== {sheet.title} frozen={sheet.freeze_panes} filter={sheet.auto_filter.ref} widths {widths}"
    cells = [cell_as_text(cell) for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert [sheet.title for row in sheet.iter_rows() for cell in row if cell.data_type == "f" or cell.hyperlink] == []
    return [head, *cells]


def cell_as_text(cell: Cell) -> str:
    value = f"{cell.value:%Y-%m-%d %H:%M}" if isinstance(cell.value, datetime) else repr(cell.value)
    style = "" if cell.number_format == "General" else f"  [{cell.number_format}]"
    return f"{cell.coordinate} {cell.data_type} {value}{style}"


def pdf_as_text(content: bytes) -> str:
    """Page by page, in the order of reading. Spaces between groups of digits are narrow, and stay so."""
    reader = PdfReader(BytesIO(content))
    pages = [f"--- page {number} ---\n{page.extract_text()}" for number, page in enumerate(reader.pages, start=1)]
    return "\n".join(pages) + "\n"
