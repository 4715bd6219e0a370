"""An asset that moved from one customer to another: each sees its days, and the titles and labels of these, wherever it looks.

Norte held the film until eleven days ago, Sur has held it since, Este will get it the day after tomorrow.
"""

import re
from datetime import timedelta
from io import BytesIO

import pytest
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook

from reporting.models import Customer, Membership, PpvAccess, Tenant, User
from reporting.periods import today_in
from reporting.tenancy.scoping import tenant_scope
from tests.support.api import bearer, problem
from tests.support.factories import (
    give,
    make_asset,
    make_connection,
    make_customer,
    make_restatement,
    make_session,
    tell,
)

DAYS = "period=last_30_days"
LABELS = {"norte": {"order before", "order both"}, "sur": {"order after", "order both"}, "este": set()}
EVERY_LABEL = {"order before", "order after", "order both", "order of the others"}


def ago(days: int) -> str:
    return str(today_in("Europe/Madrid") - timedelta(days=days))


@pytest.fixture
def customers(alice: Tenant) -> dict[str, Customer]:
    customers = {slug: make_customer(alice, slug) for slug in LABELS}
    boom = make_connection(alice, "boom")
    film, others = make_asset(boom, "film", title="The film"), make_asset(boom, "others", title="Another film")
    give(film, customers["norte"], None, ago(11))
    give(film, customers["sur"], ago(10), ago(-1))
    give(film, customers["este"], ago(-2))
    tell(film, "plays", {ago(15): 15, ago(5): 5})
    for label, days in (("order before", [15]), ("order after", [5]), ("order both", [15, 5])):
        for day in days:
            make_session(film, f"{ago(day)}T12:00:00+00:00", label=label)
    make_session(others, f"{ago(5)}T12:00:00+00:00", label="order of the others")
    for day in (15, 5):
        make_restatement(film, "plays", ago(day), 1, 2, timezone.now())
    return customers


def enter(customer: Customer) -> Client:
    user = User.objects.create_user(f"{customer.slug}@alice.example")
    with tenant_scope(customer.tenant_id):
        Membership.objects.create(tenant_id=customer.tenant_id, user=user, role="customer", customer=customer)
    client = Client()
    client.force_login(user)
    return client


def rows(client: Client, customer: Customer, address: str) -> list[dict]:
    answer = client.get(f"/api/v1/{address}", headers=bearer(customer.tenant, "read,ppv", customer))
    assert answer.status_code == 200, answer.content
    return answer.json()["rows" if address.startswith("report") else "results"]


def test_assets_and_connections(customers: dict[str, Customer], client: Client) -> None:
    found = {slug: rows(client, customer, "assets") for slug, customer in customers.items()}
    shown = {slug: [(row["title"], row["customer"]) for row in found[slug]] for slug in found}
    assert shown == {"norte": [("The film", None)], "sur": [("The film", "sur")], "este": []}
    connections = {slug: len(rows(client, customer, "connections")) for slug, customer in customers.items()}
    assert connections == {"norte": 1, "sur": 1, "este": 0}
    address = f"/api/v1/assets/{found['sur'][0]['id']}"
    problem(client.get(address, headers=bearer(customers["este"].tenant, "read", customers["este"])), 404)


def test_sessions_and_restatements(customers: dict[str, Customer], client: Client) -> None:
    days = {"norte": [ago(15)], "sur": [ago(5)], "este": []}
    for slug, customer in customers.items():
        assert {row["access"] for row in rows(client, customer, "ppv-sessions")} == LABELS[slug]
        assert [row["day"] for row in rows(client, customer, "restatements")] == days[slug]
        assert [row["day"] for row in rows(client, customer, "restatements/summary")] == days[slug]
    for label in EVERY_LABEL - LABELS["sur"]:
        assert rows(client, customers["sur"], f"ppv-sessions?access={label}") == []


def test_reports(customers: dict[str, Customer], client: Client) -> None:
    asked = f"report?metrics=plays&group_by=asset&{DAYS}"
    figures = {slug: rows(client, customer, asked) for slug, customer in customers.items()}
    shown = {slug: [(row["asset_title"], row["plays"]) for row in figures[slug]] for slug in figures}
    assert shown == {"norte": [("The film", 15)], "sur": [("The film", 5)], "este": []}
    assert rows(client, customers["norte"], "report?metrics=plays&group_by=asset&period=last_7_days") == []


def test_what_will_be_ones_own_is_not_named_yet(customers: dict[str, Customer], client: Client) -> None:
    """Neither the asset nor the connection, not even to who knows its name."""
    este = customers["este"]
    for address in ("report", "lineage"):
        for named in ("asset=film", "connection=boom", "provider=boomstream"):
            answer = client.get(
                f"/api/v1/{address}?metrics=plays&{DAYS}&{named}", headers=bearer(este.tenant, "read", este)
            )
            problem(answer, 404)
    answer = client.get(f"/api/v1/report?metrics=plays&{DAYS}", headers=bearer(este.tenant, "read", este)).json()
    assert (answer["freshness"], answer["totals"]) == ([], {"plays": None})
    page = enter(este).get(f"/t/alice/c/este/?{DAYS}").content.decode()
    assert "boom" not in page.lower().replace("hx-boost", "")


@pytest.mark.parametrize("slug", LABELS)
def test_pages_and_files(customers: dict[str, Customer], slug: str) -> None:
    """The filter of the session list too names no order but those of the days."""
    client = enter(customers[slug])
    page = client.get(f"/t/alice/c/{slug}/sessions/?{DAYS}").content.decode()
    assert set(re.findall(r"order \w+(?: the others)?", page)) == LABELS[slug]
    choices = set(re.findall(r"<option[^>]*>\s*(order [^<]+?)\s*<", page))
    assert choices == LABELS[slug]
    for table in ("table=asset", "interval=total"):
        report = client.get(f"/t/alice/c/{slug}/?{DAYS}&{table}").content.decode()
        assert ("The film" in report) == (slug != "este")
        assert "Another film" not in report
    file = client.get(f"/t/alice/c/{slug}/report.xlsx?{DAYS}")
    book = load_workbook(BytesIO(file.getvalue()))
    words = {str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row}
    assert words & EVERY_LABEL == LABELS[slug]
    assert ("The film" in words) == (slug != "este")


@pytest.mark.parametrize("label", sorted(EVERY_LABEL - LABELS["sur"]))
def test_another_holders_access_can_not_be_chosen(customers: dict[str, Customer], label: str) -> None:
    """By its number, which the address may name."""
    with tenant_scope(customers["sur"].tenant_id):
        number = PpvAccess.objects.get(label=label).pk
    page = enter(customers["sur"]).get(f"/t/alice/c/sur/sessions/?{DAYS}&access={number}").content.decode()
    assert "not one of the available choices" in page
    assert label not in page
