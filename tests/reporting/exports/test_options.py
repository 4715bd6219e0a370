"""How a file is written, beside what is asked: which text is escaped, which sheets, which paper; and who may say so."""

from collections.abc import Callable
from functools import cache
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from openpyxl import load_workbook
from pypdf import PdfReader

from reporting.exports.options import SHEETS, SHEETS_OF_PAGES
from reporting.models import Customer, Tenant
from tests.reporting.exports.documents import make_norte
from tests.support.api import bearer, problem
from tests.support.pages import Enter

JANUARY = "from=2026-01-01&to=2026-01-31"
REPORT = f"/api/v1/report?metrics=plays&{JANUARY}&group_by=asset"
PAGE = f"/t/alice/c/norte/report.{{format}}?{JANUARY}"
WORDS = ("report", "--tenant", "alice", "--metrics", "plays", "--from", "2026-01-01", "--to", "2026-01-31")
MILLIMETRES = 25.4 / 72

Get = Callable[..., bytes]


@pytest.fixture
def norte(alice: Tenant) -> Customer:
    return make_norte(alice)


@pytest.fixture(params=["api", "page", "command"])
def get(request: pytest.FixtureRequest, norte: Customer, client: Client, enter: Enter, tmp_path: Path) -> Get:
    """The same file by each way: `get("xlsx", sheets="notes")`."""
    signed_in = cache(lambda: enter(norte.tenant))

    def by_api(format: str, **words: str) -> bytes:
        more = "".join(f"&{name}={word}" for name, word in words.items())
        return client.get(f"{REPORT}&format={format}{more}", headers=bearer(norte.tenant)).getvalue()

    def by_page(format: str, **words: str) -> bytes:
        more = "".join(f"&{name}={word}" for name, word in words.items())
        return signed_in().get(PAGE.format(format=format) + more).getvalue()

    def by_command(format: str, **words: str) -> bytes:
        path = tmp_path / format
        more = [word for name, value in words.items() for word in (f"--{name}", value)]
        call_command(*WORDS, "--format", format, "--output", str(path), *more)
        return path.read_bytes()

    return {"api": by_api, "page": by_page, "command": by_command}[request.param]


def sizes(pdf: bytes) -> set[tuple[int, int]]:
    """Of the pages, in millimetres."""
    boxes = [page.mediabox for page in PdfReader(BytesIO(pdf)).pages]
    return {(round(float(box.width) * MILLIMETRES), round(float(box.height) * MILLIMETRES)) for box in boxes}


def test_it_works(get: Get) -> None:
    assert sizes(get("pdf")) == sizes(get("pdf", paper="a4")) == {(210, 297)}
    assert sizes(get("pdf", paper="letter")) == {(216, 279)}
    assert load_workbook(BytesIO(get("xlsx", sheets="notes,summary"))).sheetnames == ["Summary", "Notes"]


def test_the_report_is_all_tables_but_those_of_persons(get: Get) -> None:
    names = load_workbook(BytesIO(get("xlsx", sheets="report,status"))).sheetnames
    assert names in (["Report", "Data status"], ["By day", "By asset", "By country", "Data status"])


def test_sheets_of_a_page_have_names_of_their_own(norte: Customer, enter: Enter) -> None:
    client = enter(norte.tenant)
    for name, title in (
        ("period", "By day"),
        ("asset", "By asset"),
        ("country", "By country"),
        ("sessions", "PPV sessions"),
    ):
        book = load_workbook(BytesIO(client.get(PAGE.format(format="xlsx") + f"&sheets={name}").getvalue()))
        assert book.sheetnames == [title]


def test_where_no_sheet_is_left_there_is_the_summary(norte: Customer, enter: Enter) -> None:
    """A customer without applications; a workbook without sheets would not open."""
    address = PAGE.format(format="xlsx") + "&sheets=parent"
    assert load_workbook(BytesIO(enter(norte.tenant).get(address).getvalue())).sheetnames == ["Summary"]


def test_the_page_offers_both_papers(norte: Customer, enter: Enter) -> None:
    page = enter(norte.tenant).get(f"/t/alice/c/norte/?{JANUARY}").content.decode()
    assert 'report.pdf?from=2026-01-01&amp;to=2026-01-31"' in page
    assert 'report.pdf?from=2026-01-01&amp;to=2026-01-31&amp;paper=letter"' in page


# --- CSV --------------------------------------------------------------------------------------------------------------


def test_programs_get_texts_as_they_are(norte: Customer, client: Client) -> None:
    headers = bearer(norte.tenant)
    guarded = client.get(f"{REPORT}&format=csv", headers=headers).getvalue().decode()
    as_it_is = client.get(f"{REPORT}&format=csv&escape=none", headers=headers).getvalue().decode()
    assert "'=HYPERLINK" in guarded
    assert "'=HYPERLINK" not in as_it_is
    assert "=HYPERLINK" in as_it_is
    assert client.get(f"{REPORT}&format=csv&escape=formulas", headers=headers).getvalue().decode() == guarded
    out = StringIO()
    call_command(*WORDS, "--group-by", "asset", "--format", "csv", "--escape", "none", stdout=out)
    assert out.getvalue() == as_it_is


def test_only_pages_begin_with_a_mark(get: Get, request: pytest.FixtureRequest) -> None:
    is_page = request.node.callspec.params["get"] == "page"
    assert get("csv").startswith(b"\xef\xbb\xbf") == is_page
    assert get("csv").count(b"\xef\xbb\xbf") == is_page


def test_only_csv_begins_with_a_mark(norte: Customer, enter: Enter) -> None:
    client = enter(norte.tenant)
    assert client.get(PAGE.format(format="pdf")).getvalue().startswith(b"%PDF")


def test_the_charset_is_said(norte: Customer, client: Client, enter: Enter) -> None:
    for answer in (
        client.get(f"{REPORT}&format=csv", headers=bearer(norte.tenant)),
        client.get(REPORT, headers=bearer(norte.tenant) | {"Accept": "text/csv"}),
        enter(norte.tenant).get(PAGE.format(format="csv")),
    ):
        assert answer["Content-Type"] == "text/csv; charset=utf-8"


@pytest.mark.parametrize(
    "more",
    [
        "",
        "&compare=previous_period&limit=2&order_by=-plays&customer=norte",
        "&interval=week&limit=1&limit_per=period",
        "&asset=v0,a%5C,b",
    ],
)
def test_a_link_leads_to_the_same_report_as_json(norte: Customer, client: Client, more: str) -> None:
    """The figures of a file without totals, with these and all that must be known of them."""
    from tests.support.factories import make_asset, make_connection

    make_asset(make_connection(norte.tenant, "other"), "a,b")
    headers = bearer(norte.tenant)
    answer = client.get(f"{REPORT}&format=csv{more}", headers=headers)
    link, rel, type = answer["Link"].split("; ")
    assert (rel, type) == ('rel="alternate"', 'type="application/json"')
    linked = client.get(link.strip("<>"), headers=headers)
    assert linked["Content-Type"] == "application/json"
    assert linked.json() == client.get(f"{REPORT}{more}", headers=headers).json()


def test_the_link_of_a_page_leads_to_its_figures(norte: Customer, client: Client, enter: Enter) -> None:
    link = enter(norte.tenant).get(PAGE.format(format="csv") + "&table=asset")["Link"].partition(">")[0].strip("<")
    body = client.get(link, headers=bearer(norte.tenant)).json()
    assert {row["asset"]: row["plays"] for row in body["rows"]} == {
        "v0": 36_859,
        "v1": 39_959,
        "v2": 43_059,
        "v3": 46_159,
    }
    assert (body["query"]["customer"], body["query"]["group_by"]) == (["norte"], ["asset"])


# --- Refusals ---------------------------------------------------------------------------------------------------------

WRONG = [
    ("csv", "escape", "all", "“all” is none of formulas, none."),
    ("xlsx", "escape", "none", "It is for the format csv, not for xlsx."),
    ("json", "escape", "none", "It is for the format csv, not for json."),
    ("xlsx", "sheets", "report,figures", f"“figures” is none of {', '.join(SHEETS)}."),
    ("csv", "sheets", "report", "It is for the format xlsx, not for csv."),
    ("pdf", "paper", "a3", "“a3” is none of a4, letter."),
    ("pdf", "paper", "a4,letter", "Give one value."),
    ("ndjson", "paper", "a4", "It is for the format pdf, not for ndjson."),
]


@pytest.mark.parametrize(("format", "name", "word", "message"), WRONG)
def test_the_api_names_what_it_refuses(
    norte: Customer, client: Client, format: str, name: str, word: str, message: str
) -> None:
    body = problem(client.get(f"{REPORT}&format={format}&{name}={word}", headers=bearer(norte.tenant)), 400)
    assert body["errors"] == {name: [message]}


@pytest.mark.parametrize(("format", "name", "word", "message"), WRONG)
def test_so_does_the_command(norte: Customer, tmp_path: Path, format: str, name: str, word: str, message: str) -> None:
    path = tmp_path / "file"
    with pytest.raises(CommandError) as error:
        call_command(*WORDS, "--format", format, f"--{name}", word, "--output", str(path))
    assert (str(error.value), error.value.returncode) == (f"{name}: {message}", 2)
    assert not path.exists()


@pytest.mark.parametrize(
    ("format", "name", "word", "message"),
    [
        ("csv", "escape", "none", "It is for programs"),
        ("xlsx", "sheets", "figures", f"“figures” is none of {', '.join(SHEETS_OF_PAGES)}."),
        ("pdf", "sheets", "notes", "It is for the format xlsx, not for pdf."),
        ("csv", "paper", "letter", "It is for the format pdf, not for csv."),
        ("pdf", "paper", "a3", "“a3” is none of a4, letter."),
    ],
)
def test_so_does_a_page(norte: Customer, enter: Enter, format: str, name: str, word: str, message: str) -> None:
    answer = enter(norte.tenant).get(PAGE.format(format=format) + f"&{name}={word}")
    assert answer.status_code == 400
    assert f"{name}: {message}" in answer.content.decode().replace("&#x27;", "'")


def test_all_that_is_wrong_is_named_at_once(norte: Customer, client: Client) -> None:
    address = f"{REPORT.replace('plays', 'views')}&format=pdf&paper=a3&escape=none&colour=red"
    assert set(problem(client.get(address, headers=bearer(norte.tenant)), 400)["errors"]) == {
        "metrics", "paper", "escape", "colour",
    }  # fmt: skip


def test_the_schema_speaks_of_them(db: None, client: Client) -> None:
    parameters = client.get("/api/schema/?format=json").json()["paths"]["/api/v1/report"]["get"]["parameters"]
    found = {one["name"]: one["schema"] for one in parameters}
    assert found["escape"]["enum"] == ["formulas", "none"]
    assert found["sheets"]["items"]["enum"] == list(SHEETS)
    assert (found["paper"]["enum"], found["paper"]["default"]) == (["a4", "letter"], "a4")
