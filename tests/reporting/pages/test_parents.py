"""What holds assets, as people and programs meet it: pages, files, lists of the API, the command."""

import csv
import json
from datetime import UTC, datetime
from io import BytesIO, StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from openpyxl import load_workbook
from pypdf import PdfReader

from reporting.models import Asset, Customer, Tenant
from reporting.tenancy.scoping import tenant_scope
from tests.support.api import bearer, problem
from tests.support.factories import (
    give,
    make_asset,
    make_connection,
    make_customer,
    make_restatement,
    make_snapshot,
    tell,
)
from tests.support.pages import Enter, ago, text_of

PAGE = "/t/alice/c/norte/"
DAYS = f"from={ago(20)}&to={ago(1)}"


@pytest.fixture
def norte(alice: Tenant) -> Customer:
    """A customer with a stream of one name in each of two applications, and one that is in none."""
    customer = make_customer(alice, "norte")
    cdn = make_connection(alice, "cdn", "scaleengine", name="Edge CDN")
    for name, requests in (("live", 11), ("vod", 22)):
        parent = make_asset(cdn, name, "application", title=f"Application {name}")
        cup = make_asset(cdn, "cup", "stream", title="The cup", parent=parent)
        give(cup, customer)
        tell(cup, "requests", {ago(2): requests})
    alone = make_asset(cdn, "cup", "stream", title="The cup")
    give(alone, customer)
    tell(alone, "requests", {ago(2): 44})
    return customer


def test_it_works(enter: Enter, alice: Tenant, norte: Customer) -> None:
    """By clicking: from the page to its table by application."""
    client = enter(alice, "customer", norte)
    assert 'table=parent" >By application</a>' in client.get(PAGE).content.decode()
    page = text_of(client, f"{PAGE}?table=parent")
    for words in ("Application vod", "vod · Edge CDN", "Application live", "live · Edge CDN"):
        assert words in page
    assert page.index("Application vod") < page.index("Application live")  # the largest first
    by_asset = text_of(client, f"{PAGE}?table=asset")
    for words in ("cup · live · Edge CDN", "cup · vod · Edge CDN", "cup · Edge CDN"):
        assert words in by_asset


def test_without_applications_there_is_no_such_table(enter: Enter, alice: Tenant) -> None:
    film = make_asset(make_connection(alice), "film")
    give(film, make_customer(alice, "norte"))
    tell(film, "plays", {ago(2): 3})
    client = enter(alice)
    assert "By application" not in text_of(client, PAGE)
    assert "Title of film" in text_of(client, f"{PAGE}?table=parent")


def test_files_of_the_page(enter: Enter, alice: Tenant, norte: Customer) -> None:
    client = enter(alice)
    book = load_workbook(BytesIO(client.get(f"{PAGE}report.xlsx?{DAYS}").getvalue()))
    assert book.sheetnames[1:4] == ["By day", "By asset", "By application"]
    assert [[cell.value for cell in row][:4] for row in book["By application"].iter_rows(min_row=2)] == [
        ["Application vod", "Edge CDN", "cdn", "vod"],
        ["Application live", "Edge CDN", "cdn", "live"],
    ]
    sources = [row[1].value for row in book["By asset"].iter_rows(min_row=2)]
    assert sources == ["Edge CDN", "Edge CDN · vod", "Edge CDN · live"]
    for table, first in (("parent", "Application vod"), ("asset", "The cup")):
        lines = client.get(f"{PAGE}report.csv?{DAYS}&table={table}").getvalue().decode("utf-8-sig").splitlines()
        assert next(csv.DictReader(lines))[f"{table}_title"] == first
    printed = "".join(
        page.extract_text() for page in PdfReader(BytesIO(client.get(f"{PAGE}report.pdf?{DAYS}").getvalue())).pages
    )
    assert "By application" in printed
    assert "Edge CDN · live" in printed


# --- The API, and the command -----------------------------------------------------------------------------------------

REPORT = f"/api/v1/report?metrics=requests&{DAYS}"


def test_the_report_in_all_formats(client: Client, alice: Tenant, norte: Customer) -> None:
    headers = bearer(alice)
    address = f"{REPORT}&group_by=parent"
    assert [(row["parent"], row["requests"]) for row in client.get(address, headers=headers).json()["rows"]] == [
        ("live", 11),
        ("vod", 22),
    ]
    lines = client.get(f"{address}&format=csv", headers=headers).getvalue().decode().splitlines()
    assert [(row["parent"], row["requests"]) for row in csv.DictReader(lines)] == [("live", "11"), ("vod", "22")]
    lines = client.get(f"{address}&format=ndjson", headers=headers).getvalue().splitlines()
    assert [json.loads(line)["parent"] for line in lines[:-1]] == ["live", "vod"]
    sheet = load_workbook(BytesIO(client.get(f"{address}&format=xlsx", headers=headers).getvalue()))["Report"]
    assert [[cell.value for cell in row][:4] for row in sheet.iter_rows()] == [
        ["Connection", "Parent", "Title of parent", "Player requests"],
        ["cdn", "live", "Application live", 11],
        ["cdn", "vod", "Application vod", 22],
    ]
    pdf = PdfReader(BytesIO(client.get(f"{address}&format=pdf&parent=vod", headers=headers).getvalue()))
    printed = "".join(page.extract_text() for page in pdf.pages)
    assert "Application vod" in printed
    assert "Application live" not in printed
    words = StringIO()
    call_command(
        "report", "--tenant", "alice", "--metrics", "requests", "--group-by", "parent", "--parent", "vod", "--format", "csv",
        "--from", ago(20), "--to", ago(1), stdout=words,
    )  # fmt: skip
    (row,) = csv.DictReader(words.getvalue().splitlines())
    assert (row["connection"], row["parent"], row["parent_title"], row["requests"]) == (
        "cdn",
        "vod",
        "Application vod",
        "22",
    )


@pytest.mark.parametrize("format", ["json", "csv", "ndjson", "xlsx", "pdf"])
def test_an_unknown_parent_is_named(client: Client, alice: Tenant, norte: Customer, format: str) -> None:
    answer = client.get(f"{REPORT}&parent=vod,other&format={format}", headers=bearer(alice))
    assert problem(answer, 404)["errors"] == {"parent": ["There is no parent “other” here."]}


def test_filters_may_be_repeated(client: Client, alice: Tenant, norte: Customer) -> None:
    for words, total in (("parent=vod&parent=live", 33), ("parent=vod,live", 33), ("parent=-&parent=vod", 66)):
        assert client.get(f"{REPORT}&{words}", headers=bearer(alice)).json()["totals"] == {"requests": total}


def test_lists_name_the_parent(client: Client, alice: Tenant, norte: Customer) -> None:
    with tenant_scope(alice):
        known = Asset.objects.select_related("connection")
        (cup,) = known.filter(external_id="cup", parent__external_id="vod")
        (alone,) = known.filter(external_id="cup", parent=None)
        vod = known.get(external_id="vod")
    moment = datetime(2026, 2, 1, tzinfo=UTC)
    for asset in (cup, alone):
        make_restatement(asset, "requests", ago(2), 1, 2, moment)
        make_snapshot(asset.connection, moment, asset=asset)
    make_snapshot(vod.connection, moment, asset=vod)

    def asked(address: str) -> list[tuple[Any, ...]]:
        body = client.get(f"/api/v1/{address}", headers=bearer(alice)).json()
        return sorted((row["parent"] or "", row.get("asset", row.get("external_id"))) for row in body["results"])

    assert asked("restatements?asset=cup") == [("", "cup"), ("vod", "cup")]
    assert asked("restatements?asset=cup&parent=vod") == asked("snapshots?parent=vod") == [("vod", "cup")]
    assert asked("snapshots?asset=vod") == [("", "vod")]
    assert asked("assets?parent=live") == [("live", "cup")]
    assert ("", "live") in asked("assets")


def test_lineage_names_the_parent(client: Client, alice: Tenant, norte: Customer) -> None:
    address = f"/api/v1/lineage?metrics=requests&{DAYS}&connection=cdn&asset=cup"
    (fact,) = client.get(f"{address}&parent=vod", headers=bearer(alice)).json()["results"]
    assert (fact["parent"], fact["asset"], fact["value"]) == ("vod", "cup", 22)
    body = client.get(address, headers=bearer(alice)).json()
    assert (body["figure"], {one["parent"] for one in body["results"]}) == (77, {"live", "vod", None})
