"""Files over HTTP: from the API by `format` or `Accept`, from a customer's page by its buttons; and from the command."""

import csv
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from django.urls import resolve
from openpyxl import load_workbook
from pypdf import PdfReader

from reporting.exports import EXPORTS, Export, register
from reporting.exports.document import Document
from reporting.models import Customer, Tenant
from reporting.tenancy.scoping import tenant_scope
from tests.reporting.exports.documents import make_norte
from tests.support.api import bearer, problem
from tests.support.factories import make_customer
from tests.support.pages import person

JANUARY = "from=2026-01-01&to=2026-01-31"
REPORT = f"/api/v1/report?metrics=plays&{JANUARY}&group_by=asset"
PAGE = "/t/alice/c/norte/"
XLSX, PDF = EXPORTS["xlsx"].media_type, EXPORTS["pdf"].media_type


@pytest.fixture
def norte(alice: Tenant) -> Customer:
    return make_norte(alice)


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)


def signed_in(tenant: Tenant, role: str = "manager", customer: Customer | None = None) -> Client:
    client = Client()
    client.force_login(person(tenant, role, customer))
    return client


# --- The API ----------------------------------------------------------------------------------------------------------


def test_it_works(norte: Customer, client: Client) -> None:
    headers = bearer(norte.tenant)
    for format, media_type in (("xlsx", XLSX), ("pdf", PDF)):
        answer = client.get(f"{REPORT}&format={format}", headers=headers)
        assert (answer.status_code, answer["Content-Type"]) == (200, media_type)
        assert answer["Content-Disposition"] == f'attachment; filename="report-2026-01-01-2026-01-31.{format}"'
        by_header = client.get(REPORT, headers=headers | {"Accept": media_type})
        assert by_header["Content-Type"] == media_type
        assert answer.getvalue()[:4] == by_header.getvalue()[:4] == {"xlsx": b"PK\x03\x04", "pdf": b"%PDF"}[format]
    book = load_workbook(BytesIO(client.get(f"{REPORT}&format=xlsx", headers=headers).getvalue()))
    assert [cell.value for cell in book["Report"]["F"]] == ["Plays", 36_859, 46_159, 43_059, 39_959]


def test_the_name_of_the_customer_stands_above(norte: Customer, client: Client) -> None:
    asked = f"{REPORT}&format=pdf"
    for headers, address in (
        (bearer(norte.tenant, customer=norte), asked),
        (bearer(norte.tenant), f"{asked}&customer=norte"),
    ):
        assert "=FC Norte & Söhne #1" in text_of(client.get(address, headers=headers).getvalue())
    assert "Söhne" not in text_of(client.get(asked, headers=bearer(norte.tenant)).getvalue())


def test_the_size_of_a_whole_file_is_said(norte: Customer, client: Client) -> None:
    answer = client.get(f"{REPORT}&format=xlsx", headers=bearer(norte.tenant))
    assert int(answer["Content-Length"]) == len(answer.getvalue())


def test_the_schema_speaks_of_them(db: None, client: Client) -> None:
    report = client.get("/api/schema/?format=json").json()["paths"]["/api/v1/report"]["get"]
    content = report["responses"]["200"]["content"]
    assert content[XLSX]["schema"] == content[PDF]["schema"] == {"type": "string", "format": "binary"}
    (format,) = [one for one in report["parameters"] if one["name"] == "format"]
    assert set(format["schema"]["enum"]) == {"json", *EXPORTS}


def test_a_file_that_can_not_be_made_is_no_half_answer(
    norte: Customer, client: Client, settings: Any, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    settings.VAR_DIR = tmp_path / "file"
    body = problem(client.get(f"{REPORT}&format=xlsx", headers=bearer(norte.tenant)), 507)
    assert "can't be made" in body["detail"]


# --- A customer's page ------------------------------------------------------------------------------------------------


def test_the_buttons_lead_to_the_page_as_a_file(norte: Customer) -> None:
    client = signed_in(norte.tenant)
    page = client.get(f"{PAGE}?{JANUARY}").content.decode()
    for format in ("pdf", "xlsx", "csv"):
        assert f'href="{PAGE}report.{format}?from=2026-01-01&amp;to=2026-01-31" hx-boost="false"' in page
        answer = client.get(f"{PAGE}report.{format}?{JANUARY}")
        assert (answer.status_code, answer["Content-Type"]) == (200, EXPORTS[format].content_type)
        assert answer["Content-Disposition"].endswith(f'"report-norte-2026-01-01-2026-01-31.{format}"')
        assert answer.getvalue()


def test_the_table_that_is_shown_is_the_one_of_the_csv(norte: Customer) -> None:
    client = signed_in(norte.tenant)
    for address, first in (("", "period"), ("&table=asset", "asset_title")):
        written = client.get(f"{PAGE}report.csv?{JANUARY}{address}").getvalue().decode("utf-8-sig")
        assert next(csv.reader(StringIO(written)))[0] == first
    book = load_workbook(BytesIO(client.get(f"{PAGE}report.xlsx?{JANUARY}&table=asset").getvalue()))
    assert "Cost, EUR" not in [cell.value for cell in book["By day"][1]]
    assert len(book["By day"][1]) > 10, "all figures, though the page shows one beside assets"


def test_sessions_are_in_the_workbook_and_not_on_paper(norte: Customer) -> None:
    client = signed_in(norte.tenant, "customer", norte)
    sheet = load_workbook(BytesIO(client.get(f"{PAGE}report.xlsx?{JANUARY}").getvalue()))["PPV sessions"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[0][:3] == ["Start", "Time zone", "Access"]
    assert [row[2] for row in rows[1:]] == ["order 3", "order 2", "order 1", "order 0"]
    assert (str(rows[1][0]), rows[1][1]) == ("2026-01-13 23:00:00", "Europe/Moscow")
    assert "192.0.2.1" not in text_of(client.get(f"{PAGE}report.pdf?{JANUARY}").getvalue())


def test_others_find_nothing(norte: Customer, bob: Tenant) -> None:
    sur = make_customer(norte.tenant, "sur")
    address = f"{PAGE}report.xlsx"
    assert signed_in(norte.tenant, "customer", sur).get(address).status_code == 404
    assert signed_in(bob).get(address).status_code == 404
    assert Client().get(address).status_code == 302
    assert signed_in(norte.tenant).get(f"{PAGE}report.docx").status_code == 404


def test_a_wrong_address_goes_to_the_page_that_says_so(norte: Customer) -> None:
    answer = signed_in(norte.tenant).get(f"{PAGE}report.pdf?from=2026-02-01&to=2026-01-01")
    assert answer.status_code == 302
    assert answer["Location"] == f"{PAGE}?from=2026-02-01&to=2026-01-01"


def test_sources_of_other_customers_are_not_named(norte: Customer) -> None:
    """Both have data of the same provider, by connections that the tenant has named after them."""
    from tests.support.factories import give, make_asset, make_connection, tell

    sur = make_customer(norte.tenant, "sur")
    asset = make_asset(make_connection(norte.tenant, "sur-cdn", "scaleengine", name="CDN of Sur"), "s")
    give(asset, sur)
    tell(asset, "data_transfer", {"2026-01-01": 5})
    client = signed_in(norte.tenant, "customer", norte)
    assert "CDN of Sur" not in text_of(client.get(f"{PAGE}report.pdf?{JANUARY}").getvalue())
    assert "CDN of Sur" not in client.get(f"{PAGE}?{JANUARY}").content.decode()


# --- The command ------------------------------------------------------------------------------------------------------

WORDS = ("report", "--tenant", "alice", "--metrics", "plays", "--from", "2026-01-01", "--to", "2026-01-31")


@pytest.mark.parametrize("format", ["xlsx", "pdf"])
def test_files_of_the_command(norte: Customer, tmp_path: Path, format: str) -> None:
    path = tmp_path / f"report.{format}"
    path.write_text("what was there")
    call_command(*WORDS, "--format", format, "--output", str(path))
    assert path.read_bytes().startswith({"xlsx": b"PK", "pdf": b"%PDF"}[format])
    assert list(tmp_path.iterdir()) == [path]


def test_binary_is_no_sight_for_a_terminal(alice: Tenant) -> None:
    with pytest.raises(CommandError, match="--format pdf makes no text: say --output FILE") as error:
        call_command(*WORDS, "--format", "pdf", stdout=StringIO())
    assert error.value.returncode == 2


def test_a_pipe_gets_the_bytes(norte: Customer, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    with open(1, "w", closefd=False) as standard_output:
        call_command(*WORDS, "--format", "pdf", stdout=standard_output)
    out = capfdbinary.readouterr().out
    assert out.startswith(b"%PDF")
    assert "166,036" in text_of(out)


def test_a_real_terminal_is_refused_before_anything_is_asked(settings: Any) -> None:
    """No database is needed for it."""
    reader, terminal = os.openpty()
    root = Path(__file__).resolve().parents[3]
    environment = os.environ | {
        "DATABASE_URL": "postgres://nobody@127.0.0.1:1/nothing",
        "SECRET_KEY": settings.SECRET_KEY,
        "CREDENTIALS_KEYS": ",".join(settings.CREDENTIALS_KEYS),
    }
    run = subprocess.run(
        [sys.executable, "manage.py", *WORDS, "--format", "xlsx"],
        cwd=root,
        env=environment,
        stdout=terminal,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
    )
    os.close(reader)
    os.close(terminal)
    assert run.returncode == 2
    assert "--format xlsx makes no text" in run.stderr


def test_ndjson_of_the_command_is_that_of_the_api(norte: Customer, client: Client) -> None:
    out = StringIO()
    call_command(*WORDS, "--group-by", "asset", "--format", "ndjson", stdout=out)
    rows = client.get(REPORT, headers=bearer(norte.tenant)).json()["rows"]
    assert [json.loads(line) for line in out.getvalue().splitlines()][:-1] == rows
    with tenant_scope(norte.tenant_id):
        assert len(rows) == 4


# --- A new format -----------------------------------------------------------------------------------------------------


@pytest.fixture
def headings() -> Iterator[Export]:
    """A made-up format: the labels of the columns, a line each. It comes after all else is loaded."""
    resolve("/api/v1/report")

    def write(document: Document) -> Iterator[bytes]:
        yield from (f"{column.label}\n".encode() for column in document.main.columns)

    made_up = Export("headings", "text/x-headings", write, button="Headings")
    register(made_up)
    yield made_up
    del EXPORTS[made_up.name]


def test_a_new_format_is_everywhere_once_it_is_registered(norte: Customer, client: Client, headings: Export) -> None:
    headers = bearer(norte.tenant)
    for answer in (
        client.get(f"{REPORT}&format=headings", headers=headers),
        client.get(REPORT, headers=headers | {"Accept": headings.media_type}),
    ):
        assert (answer.status_code, answer["Content-Type"]) == (200, headings.media_type)
        assert answer["Content-Disposition"].endswith('.headings"')
        assert b"Title\n" in answer.getvalue()
    out = StringIO()
    call_command("report", "--tenant", "alice", "--metrics", "plays", "--format", "headings", stdout=out)
    assert out.getvalue() == "Plays\n"
    manager = signed_in(norte.tenant)
    assert f'href="{PAGE}report.headings?' in manager.get(f"{PAGE}?{JANUARY}").content.decode()
    assert manager.get(f"{PAGE}report.headings?{JANUARY}").getvalue().startswith(b"Day\n")


def test_two_formats_of_one_name_are_refused(headings: Export) -> None:
    with pytest.raises(ValueError, match="“headings”"):
        register(headings)


def test_what_is_not_registered_is_no_format(norte: Customer, client: Client) -> None:
    answer = client.get(f"{REPORT}&format=headings", headers=bearer(norte.tenant))
    assert "“headings” is none of json, csv" in problem(answer, 400)["errors"]["format"][0]
    with pytest.raises(CommandError, match="headings"):
        call_command("report", "--tenant", "alice", "--metrics", "plays", "--format", "headings")
    assert signed_in(norte.tenant).get(f"{PAGE}report.headings?{JANUARY}").status_code == 404
