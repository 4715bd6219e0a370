"""What each format writes of the same reports, against what someone has looked at."""

from datetime import datetime
from io import BytesIO

import pytest
from openpyxl import load_workbook
from orjson import OPT_INDENT_2
from pypdf import PdfReader

from reporting.exports import EXPORTS
from reporting.models import Customer, Tenant
from reporting.query.json_figures import dumps
from reporting.tenancy.scoping import tenant_scope
from tests.reporting.exports.documents import MADE, customer_page, make_norte, plain_report
from tests.reporting.exports.golden import check_golden, pdf_as_text, workbook_as_text
from tests.reporting.exports.small_reports import SMALL_REPORTS, make_small_world, small_report, small_result

AS_TEXT = {"csv": bytes.decode, "ndjson": bytes.decode, "xlsx": workbook_as_text, "pdf": pdf_as_text}
REPORTS = {
    "series": {"metrics": "plays,watch_time,cost", "interval": "day", "compare": "previous_period"},
    "groups": {"metrics": "plays,average_watch_time,cost", "interval": "week", "group_by": "asset"},
    "months": {"metrics": "plays,watch_time", "interval": "month", "from": "2025-12-01"},
    "hours": {"metrics": "plays", "interval": "hour", "from": "2026-01-05", "to": "2026-01-05"},
    "total": {"metrics": "plays,devices,data_transfer"},
}


@pytest.fixture
def norte(alice: Tenant) -> Customer:
    return make_norte(alice)


def made_of_report(norte: Customer, name: str, format: str) -> bytes:
    with tenant_scope(norte.tenant_id):
        return b"".join(EXPORTS[format].write(plain_report(norte.tenant, **REPORTS[name])))


def made_of_page(norte: Customer, format: str) -> bytes:
    with tenant_scope(norte.tenant_id):
        return b"".join(EXPORTS[format].write(customer_page(norte)))


@pytest.mark.parametrize("format", EXPORTS)
def test_it_works(norte: Customer, format: str) -> None:
    """Reports of the query, and a customer's page."""
    for name in REPORTS:
        check_golden(f"{name}.{format}.txt", AS_TEXT[format](made_of_report(norte, name, format)))
    page = made_of_page(norte, format)
    check_golden(f"customer.{format}.txt", AS_TEXT[format](page))
    assert made_of_page(norte, format) == page, "the same moment gives the same bytes"


@pytest.mark.parametrize("name", SMALL_REPORTS)
def test_small_reports(alice: Tenant, name: str) -> None:
    """Which a reader can add up; in JSON too."""
    make_small_world(alice)
    with tenant_scope(alice):
        written = dumps(small_result(alice, name).as_json(), option=OPT_INDENT_2).decode() + "\n"
        check_golden(f"small/{name}.json.txt", written)
        for format in EXPORTS:
            text = AS_TEXT[format](b"".join(EXPORTS[format].write(small_report(alice, name))))
            check_golden(f"small/{name}.{format}.txt", text)


def test_the_files_say_when_and_what_they_are(norte: Customer) -> None:
    about = PdfReader(BytesIO(made_of_page(norte, "pdf"))).metadata
    assert about
    assert (about.title, about.author, about.creation_date) == ("=FC Norte & Söhne #1", "Alice Sports", MADE)
    book = load_workbook(BytesIO(made_of_page(norte, "xlsx")))
    assert book.properties.created == MADE.replace(tzinfo=None)
    tables = ["By day", "By asset", "By country", "PPV sessions"]
    assert book.sheetnames == ["Summary", *tables, "Notes", "Data status", "Definitions"]


def test_numbers_are_numbers_and_days_are_days(norte: Customer) -> None:
    """The sheet's own sum is the report's."""
    sheet = load_workbook(BytesIO(made_of_report(norte, "series", "xlsx")))["Report"]
    heads = [cell.value for cell in sheet[1]]
    rows = [dict(zip(heads, (cell.value for cell in row), strict=False)) for row in sheet.iter_rows(min_row=2)]
    assert rows[0]["Day"] == datetime(2026, 1, 1)
    assert sum(row["Plays"] for row in rows) == 166_036
    assert {row["Currency"] for row in rows} == {"EUR", "USD"}


def test_what_was_asked_is_said(norte: Customer) -> None:
    """A report of an earlier day's knowledge must not pass for today's, nor one of some assets for all."""
    asked = {"metrics": "plays", "group_by": "asset", "limit": "2", "connection": "boom", "as_of": "2026-01-15"}
    with tenant_scope(norte.tenant_id):
        said = dict(plain_report(norte.tenant, **asked).asked)
    assert said == {
        "By": "asset",
        "Connection": "boom",
        "As it was": "at the end of 15 Jan 2026",
        "Rows": "the first 2, the others added up",
    }


def test_rows_split_by_currency_draw_no_line_of_what_is_not(norte: Customer) -> None:
    """Such rows come twice a day: a chart of plays would show one half of them."""
    with tenant_scope(norte.tenant_id):
        split = plain_report(norte.tenant, **REPORTS["series"])
        whole = plain_report(norte.tenant, **REPORTS["months"])
    assert [chart.title for chart in split.charts] == ["Cost · EUR by day", "Cost · USD by day"]
    assert [chart.title for chart in whole.charts] == ["Plays by month", "Watch time by month"]
    assert [row["value"] for row in whole.charts[0].spec["data"]["values"]] == [57048.0, 166036.0]
