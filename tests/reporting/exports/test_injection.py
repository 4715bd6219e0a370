"""What people and providers write must not run in the program that opens the file, nor change what the file is."""

import csv
import io
import re
from io import BytesIO

import pytest
from openpyxl import load_workbook
from openpyxl.utils.escape import unescape
from pypdf import PdfReader

from reporting.exports import EXPORTS, FOR_TERMINALS
from reporting.exports.document import Document, ExportColumn
from reporting.exports.texts import guarded, looks_like_formula
from reporting.models import Tenant
from reporting.query import run
from reporting.query.parameters import parse
from reporting.tenancy.reader import OPERATOR
from reporting.tenancy.scoping import tenant_scope
from tests.reporting.exports.documents import HOSTILE, TODAY, customer_page, make_hostile, plain_report
from tests.reporting.exports.pure import document

FORMULAS = [words for words in HOSTILE if re.search(r"(^|[;\n])\s*[=+@＝＋－＠-]", words)]
HARMLESS = ["The final", "a-b", "2026-01-01", "x; y", "A = B", "mail@example.org", "C++", ""]
TITLE = ExportColumn("title", "Title")


def of_titles(format: str) -> bytes:
    hostile = document([TITLE], [{"title": words} for words in HOSTILE], customer="=1+1", notes=["=1+1"])
    return b"".join(EXPORTS[format].write(hostile))


def test_what_is_guarded() -> None:
    assert len(FORMULAS) >= 14
    for words in FORMULAS:
        assert looks_like_formula(words), words
        assert guarded(words).replace("'", "") == words.replace("'", ""), "nothing but apostrophes is added"
        assert "'" in guarded(words)
    for words in HARMLESS:
        assert not looks_like_formula(words), words
        assert guarded(words) == words


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_csv_has_no_formula_however_it_is_split(separator: str) -> None:
    """A spreadsheet in a country of decimal commas splits the same file at semicolons, and sees quotes otherwise."""
    lines = io.StringIO(of_titles("csv").decode(), newline="")
    cells = [cell for row in csv.reader(lines, delimiter=separator) for cell in row]
    assert len(cells) > len(HOSTILE)
    assert [cell for cell in cells if cell.lstrip(' "\t\r\n').startswith(tuple("=+-@＝＋－＠"))] == []


def test_csv_keeps_the_words() -> None:
    rows = list(csv.reader(io.StringIO(of_titles("csv").decode(), newline="")))[1:]
    assert [row[0].replace("'", "") for row in rows] == [words.replace("'", "") for words in HOSTILE]


def test_xlsx_has_text_only() -> None:
    book = load_workbook(BytesIO(of_titles("xlsx")))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} <= {"s", "n", "d"}
    assert [cell.value for cell in cells if cell.hyperlink] == []
    titles = list(book["Report"]["A"][1:])
    for words, cell in zip(HOSTILE, titles, strict=True):
        # Editing such a cell would make a formula of it, were it not marked as quoted.
        assert cell.quotePrefix == looks_like_formula(words), words
    assert book["Summary"]["A1"].value == "=1+1"


def test_xlsx_keeps_the_words() -> None:
    """As Excel reads `_x…_`, which openpyxl leaves to its callers."""
    titles = [unescape(cell.value) for cell in load_workbook(BytesIO(of_titles("xlsx")))["Report"]["A"][1:]]
    changed = {"a\x07b": "a�b", "<r><t>raw</t></r>": "<r><t>raw</t></r> "}
    assert titles == [changed.get(words, words) for words in HOSTILE]


def test_pdf_prints_markup_as_it_stands() -> None:
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(of_titles("pdf"))).pages)
    shown = re.sub(r"[\s\u200b]", "", text)
    for words in HOSTILE:
        assert re.sub(r"[\s\u200b]", "", words.replace("\x07", "�")) in shown, words
    assert "root:" not in text


def test_all_of_a_tenants_words(alice: Tenant) -> None:
    """Titles, external ids, keys of a dimension, names of connections and customers, labels, browsers."""
    norte = make_hostile(alice)
    with tenant_scope(alice):
        norte.name = "=cmd|' /C calc'!A0"
        norte.save()
        documents = [
            lambda: customer_page(norte),
            lambda: plain_report(alice, metrics="plays", group_by="asset,customer,connection"),
            lambda: plain_report(alice, metrics="plays", group_by="site", customer="norte"),
        ]
        for made in documents:
            check_no_formula(made())
            book = load_workbook(BytesIO(b"".join(EXPORTS["xlsx"].write(made()))))
            cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
            assert {cell.data_type for cell in cells} <= {"s", "n", "d"}
            assert b"".join(EXPORTS["pdf"].write(made())).startswith(b"%PDF")


def check_no_formula(made: Document) -> None:
    text = b"".join(EXPORTS["csv"].write(made)).decode()
    figures = {column.name for column in made.main.columns if column.metric}
    for row in csv.DictReader(io.StringIO(text, newline="")):
        words = [value for name, value in row.items() if name not in figures]
        assert [one for one in words if looks_like_formula(one)] == []


def test_the_table_for_terminals_moves_no_cursor(alice: Tenant) -> None:
    make_hostile(alice)
    asked = {"metrics": ["plays"], "group_by": ["asset"], "from": ["2026-01-01"], "to": ["2026-01-01"]}
    with tenant_scope(alice):
        result = run(parse(asked, alice, OPERATOR, today=TODAY))
    table = b"".join(FOR_TERMINALS["table"](result)).decode()
    assert "=HYPERLINK" not in table
    assert "=cmd|' /C calc'!A0" in table
    assert all(sign.isprintable() or sign == "\n" for sign in table)
