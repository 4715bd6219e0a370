"""Text of others, read back from each format: byte for byte where the reader is a program, no formula where it is Excel."""

import csv
import io
import json
from io import BytesIO

import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from openpyxl.cell import Cell
from openpyxl.utils.escape import unescape

from reporting.exports import EXPORTS
from reporting.exports.document import ExportColumn
from reporting.exports.options import Options
from reporting.exports.texts import looks_like_formula
from reporting.models import Tenant
from tests.reporting.exports.pure import document
from tests.support.api import bearer
from tests.support.factories import make_asset, make_connection, tell

ID, TITLE = ExportColumn("asset", "Asset"), ExportColumn("asset_title", "Title")
STARTS = [
    "",
    "=",
    "+",
    "-",
    "@",
    "\t",
    "\r",
    "\n",
    " ",
    "'",
    '"',
    ";",
    ",",
    "＝",
    "\r\n=",
    "\t-",
    "http://",
    "<r>",
    "_x0041_",
]
# What PostgreSQL can hold and XML too; controls that XML can't hold become `�` in XLSX, and are tried elsewhere.
LETTERS = st.characters(
    exclude_categories=["Cs", "Cn"], exclude_characters="".join(map(chr, [*range(9), 11, 12, *range(14, 32), 127]))
)
TEXTS = st.builds(str.__add__, st.sampled_from(STARTS), st.text(LETTERS, max_size=12)).filter(bool)
ROWS = st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=6)
ODD = [
    "-neg.mp4",
    "=x",
    "+1",
    "@a",
    "\tled by a tab",
    "\rled by a CR",
    "a\r\nb",
    'q"u,o;te',
    "'=x",
    " =x",
    "=1+1|' /C calc'!A0",
]


def written(format: str, rows: list[tuple[str, str]], options: Options) -> bytes:
    made = document([ID, TITLE], [{"asset": id, "asset_title": title} for id, title in rows], options=options)
    return b"".join(EXPORTS[format].write(made))


def read(content: bytes) -> list[tuple[str, ...]]:
    return [tuple(row) for row in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))][1:]


@pytest.mark.parametrize("mark", [False, True])
@given(rows=ROWS)
def test_programs_read_from_csv_what_was_there(mark: bool, rows: list[tuple[str, str]]) -> None:
    assert read(written("csv", rows, Options(escapes=False, has_mark=mark))) == rows


@given(rows=ROWS)
def test_ndjson_has_what_was_there(rows: list[tuple[str, str]]) -> None:
    lines = written("ndjson", rows, Options()).splitlines()
    assert [tuple(json.loads(line).values()) for line in lines[:-1]] == rows
    assert json.loads(lines[-1]) == {"report": {}}


@given(rows=ROWS)
def test_csv_has_no_formula_and_all_the_words(rows: list[tuple[str, str]]) -> None:
    found = read(written("csv", rows, Options(has_mark=True)))
    assert [text for row in found for text in row if looks_like_formula(text)] == []
    assert [text.replace("'", "") for row in found for text in row] == [
        text.replace("'", "") for row in rows for text in row
    ]


@settings(max_examples=40)
@given(rows=ROWS)
def test_xlsx_has_strings_only(rows: list[tuple[str, str]]) -> None:
    sheet = load_workbook(BytesIO(written("xlsx", rows, Options(sheets=("report",)))))["Report"]
    cells = list(sheet.iter_rows(min_row=2))
    assert {(cell.data_type, cell.hyperlink) for row in cells for cell in row} == {("s", None)}
    assert [tuple(map(text_of, row)) for row in cells] == rows
    assert all(cell.quotePrefix == looks_like_formula(text_of(cell)) for row in cells for cell in row)


def text_of(cell: Cell) -> str:
    """As Excel reads `_x…_`, which openpyxl leaves to its callers. XlsxWriter's own mark-up ends with a space."""
    shown = unescape(cell.value)
    return shown.removesuffix(" ") if shown.startswith("<r>") and shown.endswith("</r> ") else shown


@pytest.mark.parametrize("format", ["json", "ndjson", "csv&escape=none"])
def test_ids_come_back_over_the_api(alice: Tenant, client: Client, format: str) -> None:
    """Whoever made them asks for them: they are his keys."""
    link = make_connection(alice)
    for number, id in enumerate(ODD):
        tell(make_asset(link, id, title=id), "plays", {"2026-01-01": number})
    address = (
        f"/api/v1/report?metrics=plays&from=2026-01-01&to=2026-01-01&group_by=asset&order_by=plays&format={format}"
    )
    answer = client.get(address, headers=bearer(alice))
    content = answer.getvalue() if answer.streaming else answer.content
    assert [(row["asset"], row["asset_title"]) for row in rows_of(content, format)] == [(id, id) for id in ODD]


def rows_of(content: bytes, format: str) -> list[dict[str, str]]:
    if format == "json":
        return json.loads(content)["rows"]
    if format == "ndjson":
        return [json.loads(line) for line in content.splitlines()[:-1]]
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))
