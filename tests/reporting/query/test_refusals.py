"""What is too much, or too far, is refused with what to ask for instead: before the database has worked for it, and the same
way by API, as a file, on a page and by command."""

from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext

from reporting.models import Customer, Tenant
from reporting.query import TooMuch
from reporting.query.parameters import WrongParameters
from tests.support.api import bearer
from tests.support.factories import give, make_asset, make_connection, make_customer, report, tell
from tests.support.pages import Enter


@pytest.fixture
def norte(alice: Tenant) -> Customer:
    norte = make_customer(alice)
    final = make_asset(make_connection(alice))
    give(final, norte)
    tell(final, "plays", {"2026-01-01": 1, "2026-01-02": 2, "2026-01-03": 4})
    return norte


@pytest.mark.parametrize(
    ("field", "says", "words"),
    [
        ("from", "100 years", {"from_": "1990-01-01", "to": "2100-01-01"}),
        ("from", "1990-01-01 to 2999-12-31", {"from_": "0001-01-01", "to": "2026-01-01"}),
        ("to", "1990-01-01 to 2999-12-31", {"from_": "2026-01-01", "to": "9999-12-31"}),
        ("as_of", "1990-01-01 to 2999-12-31", {"as_of": "0001-01-01"}),
        ("interval", "fewer days", {"from_": "2025-01-01", "to": "2025-12-31", "interval": "minute"}),
        ("interval", "fewer days", {"from_": "2010-01-01", "to": "2025-12-31", "interval": "hour"}),
        ("interval", "longer periods", {"from_": "1990-01-01", "to": "2080-01-01", "interval": "day"}),
    ],
)
def test_it_works(alice: Tenant, field: str, says: str, words: dict[str, str]) -> None:
    with CaptureQueriesContext(database) as asked, pytest.raises(WrongParameters) as error:
        report(alice, metrics="plays", **words)
    assert list(error.value.errors) == [field]
    assert says in error.value.errors[field][0]
    assert not [query for query in asked if "reporting_" in query["sql"]]


def test_what_just_fits_is_answered(norte: Customer) -> None:
    tenant = norte.tenant
    for words in (
        {"from_": "1990-01-01", "to": "2089-12-31"},
        {"from_": "1990-01-01", "to": "2089-12-31", "interval": "month"},
        {"from_": "2026-01-01", "to": "2026-03-10", "interval": "minute"},
        {"from_": "2999-12-31", "to": "2999-12-31", "compare": "previous_year"},
        {"from_": "1990-01-01", "to": "1990-01-01", "compare": "previous_period"},
        {"period": "last_12_months", "as_of": "1990-01-01", "compare": "previous_year"},
        {"period": "today", "as_of": "1990-01-01", "interval": "day"},
    ):
        assert report(tenant, metrics="plays,devices,average_watch_time,finished", **words)["totals"].keys() >= {
            "plays"
        }


@pytest.mark.parametrize("order", [{}, {"order_by": "-plays"}], ids=["direct", "ordered"])
def test_more_facts_than_fit_are_counted_not_read(
    alice: Tenant, norte: Customer, monkeypatch: pytest.MonkeyPatch, order: dict[str, str]
) -> None:
    monkeypatch.setattr("reporting.query.sql.reader.MAX_CELLS", 2)
    with CaptureQueriesContext(database) as asked, pytest.raises(TooMuch, match="fewer days"):
        report(alice, metrics="plays", interval="day", group_by="asset", **order)
    statements = [query["sql"] for query in asked]
    assert any("count(*)" in one and "LIMIT 3" in one for one in statements)
    assert not [one for one in statements if "sum(value)" in one or "ORDER BY 1" in one]


def test_what_may_be_much_and_is_not_is_answered(
    alice: Tenant, norte: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reporting.query.sql.reader.MAX_CELLS", 3)
    assert len(report(alice, metrics="plays", interval="day", group_by="asset")["rows"]) == 3


def test_a_report_that_fits_is_not_counted(alice: Tenant, norte: Customer) -> None:
    with CaptureQueriesContext(database) as asked:
        report(alice, metrics="plays", interval="day", group_by="asset")
    assert not [query for query in asked if "count(*)" in query["sql"]]


# --- The same everywhere ----------------------------------------------------------------------------------------------

TOO_FAR = [
    "from=0001-01-01&to=2026-01-01",
    "from=2026-01-01&to=9999-12-31",
    "from=0001-01-01&to=9999-12-31",
    "from=1990-01-01&to=2999-12-31",
    "period=last_month&as_of=0001-01-01",
    "from=2025-01-01&to=2025-12-31&interval=minute",
    "from=0001-01-01&to=0001-01-01&compare=previous_year",
]
AT_THE_EDGE = [
    "period=last_7_days&as_of=1990-01-01",
    "period=last_12_months&as_of=1990-01-01&compare=previous_year",
    "from=2999-12-31&to=2999-12-31&compare=previous_weekdays",
    "from=1990-01-01&to=1990-01-03&compare=previous_period",
]


def words_of(question: str) -> list[str]:
    return [f"--{name}={value}" for name, _, value in (part.partition("=") for part in question.split("&"))]


@pytest.mark.parametrize("question", TOO_FAR)
def test_too_far_is_refused(alice: Tenant, norte: Customer, client: Client, enter: Enter, question: str) -> None:
    headers = bearer(alice)
    for format in ("json", "csv", "xlsx", "pdf"):
        answer = client.get(f"/api/v1/report?metrics=plays&{question}&format={format}", headers=headers)
        assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json"), format
        assert answer.json()["errors"]
    with pytest.raises(CommandError) as error:
        call_command("report", "--tenant=alice", "--metrics=plays", *words_of(question))
    assert error.value.returncode == 2
    reader = enter(alice)
    page = reader.get(f"/t/alice/c/norte/?{question}")
    assert page.status_code in (200, 400)
    assert 'role="alert"' in page.content.decode()  # which says what is wrong
    for format in ("csv", "xlsx", "pdf"):
        assert reader.get(f"/t/alice/c/norte/report.{format}?{question}").status_code == 302  # to the page


@pytest.mark.parametrize("question", AT_THE_EDGE)
def test_the_edge_is_answered(
    alice: Tenant, norte: Customer, client: Client, enter: Enter, question: str, capsys: Any
) -> None:
    for format in ("json", "csv", "ndjson", "xlsx", "pdf"):
        answer = client.get(f"/api/v1/report?metrics=plays&{question}&format={format}", headers=bearer(alice))
        answer.getvalue()  # to its end
        assert answer.status_code == 200, format
    call_command("report", "--tenant=alice", "--metrics=plays", *words_of(question))
    assert "plays" in capsys.readouterr().out
    reader = enter(alice)
    assert reader.get(f"/t/alice/c/norte/?{question}").status_code == 200
    assert reader.get(f"/t/alice/c/norte/report.pdf?{question}").getvalue().startswith(b"%PDF")


def test_a_page_of_too_much_is_a_refusal(
    alice: Tenant, norte: Customer, enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reporting.query.sql.reader.MAX_CELLS", 0)
    page = enter(alice).get("/t/alice/c/norte/?from=2026-01-01&to=2026-01-31")
    assert page.status_code == 400
    assert "fewer days" in page.content.decode()
