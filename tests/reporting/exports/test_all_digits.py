"""A figure keeps all its digits wherever it is shown, however long it is."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO

import pytest
from django.test import Client
from openpyxl import load_workbook
from pypdf import PdfReader

from reporting.metrics import METRICS
from reporting.models import Tenant
from reporting.query.json_figures import dumps, plain, text_writer
from reporting.reports.formatting import exact
from tests.support.api import bearer
from tests.support.factories import give, make_asset, make_connection, make_customer, make_restatement, tell
from tests.support.pages import Enter

FIGURES = [2**53 + 1, 2**63 + 1, 2**64 + 1, 123456789012345678901234567890123]
ADDRESS = "/api/v1/report?metrics=plays&from=2026-01-01&to=2026-01-31"
GROUPED = ["", "&group_by=asset", "&interval=day", "&group_by=asset&interval=day&order_by=-plays"]


@pytest.fixture(params=FIGURES)
def figure(request: pytest.FixtureRequest, alice: Tenant) -> int:
    """The plays of a film of Norte's, on a day."""
    asset = make_asset(make_connection(alice), "final")
    give(asset, make_customer(alice))
    tell(asset, "plays", {"2026-01-02": request.param})
    make_restatement(asset, "plays", "2026-01-02", None, request.param, datetime(2026, 2, 1, tzinfo=UTC))
    return request.param


def answer(client: Client, tenant: Tenant, words: str = "") -> bytes:
    response = client.get(f"{ADDRESS}{words}", headers=bearer(tenant))
    assert response.status_code == 200, response.content
    return response.getvalue() if response.streaming else response.content


@pytest.mark.parametrize("words", GROUPED)
def test_json(alice: Tenant, client: Client, figure: int, words: str) -> None:
    body = answer(client, alice, words).decode()
    assert body.count(f'"plays":{figure}') == 2  # the row and the total


@pytest.mark.parametrize("format", ["csv", "ndjson"])
def test_lines(alice: Tenant, client: Client, figure: int, format: str) -> None:
    assert str(figure) in answer(client, alice, f"&group_by=asset&format={format}").decode()


def test_a_workbook(alice: Tenant, client: Client, figure: int) -> None:
    """As text in its own cell, which a number of Excel's could not be."""
    book = load_workbook(BytesIO(answer(client, alice, "&group_by=asset&format=xlsx")))
    (place,) = [cell.column - 1 for cell in book["Report"][1] if cell.value == "Plays"]
    assert [row[place].value for row in book["Report"].iter_rows(min_row=2)] == [str(figure)]


def test_a_document(alice: Tenant, client: Client, figure: int) -> None:
    pdf = answer(client, alice, "&group_by=asset&format=pdf")
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)
    assert str(figure) in re.sub(r"[\s,]", "", text)


def test_a_page(alice: Tenant, enter: Enter, figure: int) -> None:
    html = enter(alice).get("/t/alice/c/norte/?from=2026-01-01&to=2026-01-31").content.decode()
    assert str(figure) in html.replace(",", "")


def test_lists(alice: Tenant, client: Client, figure: int) -> None:
    response = client.get("/api/v1/restatements", headers=bearer(alice))
    assert f'"new":{figure}' in response.content.decode()


@pytest.mark.parametrize("value", ["9007199254740993.5", "123456789012345678901234567890.125"])
def test_fractions(value: str) -> None:
    """Of seconds: a float has none where it has 53 bits before the point."""
    metric, number = METRICS["watch_time"], Decimal(value)
    assert dumps({"a": [plain(metric, number)]}) == f'{{"a":[{value}]}}'.encode()
    assert text_writer(metric)(number) == value
    assert exact(number, metric.unit).replace(",", "").startswith(value)


def test_ordinary_figures_are_as_ever() -> None:
    metric = METRICS["watch_time"]
    assert [plain(metric, Decimal(text)) for text in ("7", "-7", "7.00", "0.5", "0")] == [7, -7, 7, 0.5, 0]
    assert plain(metric, None) is None
    assert dumps([1, "a", None, 0.5, {"b": (1, True)}]) == b'[1,"a",null,0.5,{"b":[1,true]}]'
    with pytest.raises(TypeError):
        dumps(object())
