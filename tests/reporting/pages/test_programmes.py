"""Programmes as people meet them: a customer's page, the tenant's first page, files, the command."""

import csv
from io import BytesIO, StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from lxml import html
from openpyxl import load_workbook
from pypdf import PdfReader

from reporting.models import Customer, Tenant
from tests.support.factories import give, make_asset, make_connection, make_customer, make_programme, tell
from tests.support.pages import Enter, ago, text_of

PAGE = "/t/alice/c/norte/"
DAYS = f"from={ago(20)}&to={ago(1)}"


@pytest.fixture
def norte(alice: Tenant) -> Customer:
    """Norte holds the final at two providers, whose bytes are not added, the gala at one, and a film that is no copy."""
    norte, boom = make_customer(alice, "norte"), make_connection(alice, "boom", name="Main")
    cdn = make_connection(alice, "cdn", "scaleengine", name="Edge CDN")
    film, final, gala = (make_asset(boom, name) for name in ("film", "final", "gala"))
    stream = make_asset(cdn, "stream", "stream")
    for asset, plays, size in ((film, 11, 0), (final, 22, 1000), (gala, 44, 0), (stream, 0, 5000)):
        give(asset, norte)
        tell(asset, "plays", {ago(2): plays} if plays else {})
        tell(asset, "data_transfer", {ago(2): size} if size else {})
    make_programme(alice, "final-2026", final, stream, name="The final")
    make_programme(alice, "gala", gala, name="The gala")
    return norte


def cells(client: Client, address: str, caption: str) -> list[list[str]]:
    """The rows of the table with that caption, its head first."""
    page = html.fromstring(client.get(address).content.decode())
    (table,) = (table for table in page.iter("table") if caption in table.findtext("caption"))
    return [[" ".join(" ".join(cell.itertext()).split()) for cell in row] for row in table.iter("tr")]


def test_it_works(enter: Enter, alice: Tenant, norte: Customer) -> None:
    """By clicking: from the page to its table by programme, the largest first."""
    client = enter(alice, "customer", norte)
    assert 'table=programme" >By programme</a>' in client.get(PAGE).content.decode()
    head, first, second = cells(client, f"{PAGE}?table=programme", "by programme")
    assert head == ["Programme", "Plays", "Data transfer Main", "Data transfer Edge CDN"]
    assert first[:2] == ["The gala gala", "44"]
    assert second == ["The final final-2026", "22", "1.0 kB", "5.0 kB"]
    assert "Assets that are in no programme" in text_of(client, f"{PAGE}?table=programme")


def test_without_programmes_there_is_no_such_table(enter: Enter, alice: Tenant) -> None:
    film = make_asset(make_connection(alice), "film")
    give(film, make_customer(alice, "norte"))
    tell(film, "plays", {ago(2): 3})
    client = enter(alice)
    make_programme(alice, "other", make_asset(make_connection(alice, "x"), "nobodys"))
    assert "By programme" not in text_of(client, PAGE)
    assert "Title of film" in text_of(client, f"{PAGE}?table=programme")
    assert "By programme" not in text_of(client, "/t/alice/")  # nothing is reported of it


def test_figures_lead_to_their_facts(enter: Enter, alice: Tenant, norte: Customer) -> None:
    """From the customer's page, and from the tenant's: the lineage shows the very figure."""
    client = enter(alice)
    for address, figures in (
        (f"{PAGE}?table=programme&{DAYS}", {22, 44, 1000, 5000}),
        ("/t/alice/", {22, 44, 1000, 5000}),
    ):
        page = html.fromstring(client.get(address).content.decode())
        links = [a for a in page.iter("a") if "programme=" in a.get("href", "") and "lineage" in a.get("href", "")]
        found = [client.get(link.get("href")).context["page"].lineage.figure for link in links]
        assert len(found) == len(figures)
        assert set(found) == figures
    refused = client.get(f"/t/alice/lineage/?metrics=plays&programme=nothing&{DAYS}")
    assert refused.status_code == 404


def test_the_tenants_page(enter: Enter, alice: Tenant, norte: Customer) -> None:
    """All copies, whoever holds them; figures of what no customer holds count, too."""
    nobodys = make_asset(make_connection(alice, "smart", "smartstream", name="Smart"), "f3")
    tell(nobodys, "plays", {ago(2): 100})
    make_programme(alice, "cup", nobodys, name="The cup")
    head, *rows = cells(enter(alice), "/t/alice/", "By programme")
    assert head[:2] == ["Programme", "Plays"]
    assert [row[:2] for row in rows] == [
        ["The cup cup", "100"],
        ["The gala gala", "44"],
        ["The final final-2026", "22"],
    ]


def test_files_of_the_page(enter: Enter, alice: Tenant, norte: Customer) -> None:
    client = enter(alice)
    book = load_workbook(BytesIO(client.get(f"{PAGE}report.xlsx?{DAYS}").getvalue()))
    assert "By programme" in book.sheetnames
    assert [[cell.value for cell in row] for row in book["By programme"].iter_rows(min_row=2)] == [
        ["The gala", "gala", 44, None, None],
        ["The final", "final-2026", 22, 1000, 5000],
    ]
    text = client.get(f"{PAGE}report.csv?{DAYS}&table=programme").getvalue().decode()
    assert [row[:3] for row in csv.reader(StringIO(text))][1:] == [
        ["The gala", "gala", "44"],
        ["The final", "final-2026", "22"],
    ]
    paper = PdfReader(BytesIO(client.get(f"{PAGE}report.pdf?{DAYS}").getvalue()))
    words = " ".join(page.extract_text() for page in paper.pages)
    assert "By programme" in words
    assert "The final" in words


def test_the_command(alice: Tenant, norte: Customer, capsys: pytest.CaptureFixture[str]) -> None:
    def rows(**asked: Any) -> list[list[str]]:
        call_command("report", tenant="alice", format="csv", query_metrics=["plays"], **asked)
        return list(csv.reader(StringIO(capsys.readouterr().out)))

    head, *found = rows(query_group_by=["programme"])
    assert head[:2] == ["programme", "programme_name"]
    assert [(row[0], row[2]) for row in found] == [("final-2026", "22"), ("gala", "44")]
    assert rows(query_programme=["-"])[1][0] == "11"
