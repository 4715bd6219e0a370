"""The same question by page, file, API and command gives the same figures to each role: those that are the role's.

A film has 1,204 plays and costs what the vendor charges, 23.564220929056 EUR; with 15 per cent on top that is 27.0988540684144.
"""

import csv
import json
from collections.abc import Callable, Iterator
from io import BytesIO, StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from openpyxl import load_workbook
from pypdf import PdfReader

from reporting.models import Customer, Tenant
from tests.support.api import bearer, problem
from tests.support.factories import give, make_asset, make_connection, make_customer, tell
from tests.support.pages import Enter, text_of

Found = tuple[str, str | None]  # plays, and cost; None where it is not there at all
Ask = Callable[..., Found]
VENDORS, MARKED_UP = "23.564220929056", "27.10"
AS_READ = {VENDORS: "23.56", MARKED_UP: "27.10"}  # where people read it
ROLES: dict[str, tuple[str, dict[str, object], str | None]] = {  # the role, the customer's view, the cost that is seen
    "manager": ("manager", {}, VENDORS),
    "analyst": ("analyst", {}, VENDORS),
    "staff": ("staff", {}, VENDORS),
    "customer, hidden": ("customer", {}, None),
    "customer, markup": ("customer", {"cost_view": "markup", "cost_markup": 15}, MARKED_UP),
    "customer, vendor's": ("customer", {"cost_view": "vendor"}, VENDORS),
}
JANUARY = "from=2026-01-01&to=2026-01-31&interval=total"


@pytest.mark.parametrize("name", ROLES)
def test_it_works(enter: Enter, staff: Client, alice: Tenant, name: str) -> None:
    role, view, cost = ROLES[name]
    norte = make_norte(alice, view)
    client = staff if role == "staff" else enter(alice, role, norte if role == "customer" else None)
    bearers = bearer(alice, "read", norte if role == "customer" else None)
    found = dict(of_pages(client)) | dict(of_api(bearers, cost)) | dict(of_command(role, cost))
    as_read = ("1204", cost and AS_READ[cost])
    expected = {where: as_read if where in ("page", "page.pdf", "api.pdf") else ("1204", cost) for where in found}
    assert found == expected
    assert len(found) == 12


def make_norte(alice: Tenant, view: dict[str, object]) -> Customer:
    norte = make_customer(alice, **view)
    film = make_asset(make_connection(alice, provider="247platform"), "film")
    give(film, norte)
    tell(film, "plays", {"2026-01-03": 1200, "2026-01-04": 4})
    tell(film, "cost", {"2026-01-03": "23.5", "2026-01-04": "0.064220929056"})
    return norte


def of_pages(client: Client) -> Iterator[tuple[str, Found]]:
    yield "page", of_text(text_of(client, f"/t/alice/c/norte/?{JANUARY}"))
    for format, read in (("csv", of_csv), ("xlsx", of_workbook), ("pdf", of_pdf)):
        answer = client.get(f"/t/alice/c/norte/report.{format}?{JANUARY}")
        yield f"page.{format}", read(answer.getvalue())


def of_api(headers: dict[str, str], cost: str | None) -> Iterator[tuple[str, Found]]:
    """Whoever asks for costs that are hidden is told so, and gets the rest without them."""
    client, asked = Client(), f"/api/v1/report?{JANUARY}&customer=norte&metrics=plays"
    if cost is None:
        said = problem(client.get(f"{asked},cost", headers=headers), 403)
        assert said["errors"] == {"metrics": ["“cost” is not shown to you: the tenant decides who sees costs."]}
    else:
        asked += ",cost"
    readers = {"json": of_json, "csv": of_csv, "ndjson": of_lines, "xlsx": of_workbook, "pdf": of_pdf}
    for format, read in readers.items():
        yield f"api.{format}", read(client.get(f"{asked}&format={format}", headers=headers).getvalue())


def of_command(role: str, cost: str | None) -> Iterator[tuple[str, Found]]:
    who = "--as-customer" if role == "customer" else "--customer"
    asked = ["report", "--tenant=alice", f"{who}=norte", *(f"--{one}" for one in JANUARY.split("&"))]
    if cost is None:
        with pytest.raises(CommandError, match="“cost” is not shown") as refused:
            call_command(*asked, "--metrics=plays,cost")
        assert refused.value.returncode == 2
    for format, read in (("json", of_json), ("csv", of_csv), ("ndjson", of_lines)):
        out = StringIO()
        call_command(*asked, "--metrics=plays" + (",cost" if cost else ""), f"--format={format}", stdout=out)
        yield f"command.{format}", read(out.getvalue().encode())


# --- Figures of an answer ---------------------------------------------------------------------------------------------


def of_row(row: dict[str, object]) -> Found:
    """`Cost, EUR` is a column of costs, too."""
    named = {name.lower().partition(",")[0].strip(): value for name, value in row.items() if name}
    cost = named.get("cost")
    return f"{named['plays']}", None if cost is None else f"{cost}"


def of_json(content: bytes) -> Found:
    answer = json.loads(content)
    assert of_row(answer["rows"][0]) == of_row(answer["totals"])
    return of_row(answer["rows"][0])


def of_lines(content: bytes) -> Found:
    return of_row(json.loads(content.splitlines()[0]))


def of_csv(content: bytes) -> Found:
    return of_row(next(csv.DictReader(StringIO(content.decode("utf-8-sig")))))


def of_workbook(content: bytes) -> Found:
    """A number of Excel has 15 digits; all of a longer one are in a text beside the row."""
    for sheet in load_workbook(BytesIO(content)).worksheets:
        head, *rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
        if "Plays" in head:
            row = dict(zip([str(name or "") for name in head], rows[0], strict=True))
            return of_row(row | {name: f"{value:.2f}" for name, value in row.items() if value == 27.1})
    raise AssertionError("no sheet has plays")


def of_pdf(content: bytes) -> Found:
    return of_text(" ".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages))


def of_text(words: str) -> Found:
    """No other amount of money may be there."""
    plain = words.replace("\u202f", "").replace("\u00a0", " ").replace("1 204", "1204").replace("1,204", "1204")
    assert "1204" in plain
    shown = [cost for cost in AS_READ.values() if f"{cost} EUR" in plain or f"{cost}" in plain]
    assert len(shown) == 1 or "cost" not in plain.lower()
    return "1204", shown[0] if shown else None
