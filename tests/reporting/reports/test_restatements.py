"""What was changed afterwards, by how much, and who may see it: over the API and on the customer's page."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from reporting.models import ApiToken, Asset, CounterReset, Customer, Membership, Tenant, User
from reporting.reports.restatements import restatements_of, summary
from reporting.tenancy.reader import OPERATOR
from reporting.tenancy.scoping import tenant_scope
from tests.support.api import bearer, problem
from tests.support.factories import give, make_asset, make_connection, make_customer, make_restatement, tell
from tests.support.pages import Enter, ago, text_of

NOTICED = datetime(2026, 2, 10, 6, tzinfo=UTC)
LATER = datetime(2026, 2, 20, 6, tzinfo=UTC)


@pytest.fixture
def norte(alice: Tenant) -> Customer:
    """Two films; of one the plays of a day were changed twice, of the other once; and it was given away."""
    boom, norte = make_connection(alice), make_customer(alice)
    film, other = make_asset(boom, "film"), make_asset(boom, "other")
    give(film, norte)
    give(other, norte, None, "2026-01-10")
    give(other, make_customer(alice, "sur"), "2026-01-11")
    tell(film, "plays", {"2026-01-05": 14})
    make_restatement(film, "plays", "2026-01-05", 10, 12, NOTICED)
    make_restatement(film, "plays", "2026-01-05", 12, 14, LATER)
    make_restatement(other, "plays", "2026-01-05", None, 5, NOTICED)
    make_restatement(other, "plays", "2026-01-15", 100, 90, NOTICED)
    make_restatement(film, "devices", "2026-01-05", 3, 4, NOTICED, cause="reader")
    make_restatement(other, "devices", "2026-01-05", 5, 6, NOTICED)
    return norte


def told(client: Client, tenant: Tenant, customer: Customer | None = None, query: str = "") -> list[dict[str, Any]]:
    with tenant_scope(tenant):
        _, text = ApiToken.issue(tenant=tenant, customer=customer, scopes=["read"])
    answer = client.get(f"/api/v1/restatements/summary{query}", headers={"Authorization": f"Bearer {text}"})
    assert answer.status_code == 200, answer.content
    return answer.json()["results"]


def test_it_works(alice: Tenant, norte: Customer, client: Client) -> None:
    newest, devices, plays = told(client, alice)
    assert (newest["day"], newest["old"], newest["new"], newest["difference"]) == ("2026-01-15", 100, 90, -10)
    assert plays == {
        "day": "2026-01-05",
        "connection": "boom",
        "metric": "plays",
        "interval": "day",
        "dimension": "",
        "level": "asset",
        "currency": "EUR",
        "restatements": 3,
        "figures": 2,
        "old": 10,  # changed twice: what the first said, and what the last does
        "new": 19,
        "difference": 9,
        "first_noticed": "2026-02-10T06:00:00Z",
        "last_noticed": "2026-02-20T06:00:00Z",
        "causes": ["provider"],
    }
    assert (devices["figures"], devices["old"], devices["difference"]) == (2, None, None)  # they do not add up
    assert devices["causes"] == ["provider", "reader"]


def test_a_customer_sees_its_own_days(alice: Tenant, norte: Customer, client: Client) -> None:
    assert {line["day"] for line in told(client, alice, norte)} == {"2026-01-05"}
    with tenant_scope(alice):
        sur = Customer.objects.get(slug="sur")
    assert [line["difference"] for line in told(client, alice, sur)] == [-10]
    assert told(client, alice, sur, "?customer=norte") == []
    assert [line["difference"] for line in told(client, alice, None, "?customer=sur")] == [-10]


def test_bob_sees_nothing(alice: Tenant, bob: Tenant, norte: Customer, client: Client) -> None:
    assert told(client, bob) == []
    with tenant_scope(bob):
        assert summary(restatements_of(OPERATOR), OPERATOR) == []


@pytest.mark.parametrize(
    ("query", "lines"),
    [
        ("?metric=plays", 2),
        ("?metric=plays&from=2026-01-10", 1),
        ("?to=2026-01-10", 2),
        ("?asset=other", 3),
        ("?connection=nobody", 0),
        ("?cause=reader", 1),
        ("?interval=hour", 0),
        ("?dimension=country", 0),
        ("?noticed_from=2026-02-15", 1),
        ("?limit=1", 1),
        ("?limit=2&offset=2", 1),
    ],
)
def test_filters(alice: Tenant, norte: Customer, client: Client, query: str, lines: int) -> None:
    assert len(told(client, alice, None, query)) == lines


def test_levels_are_not_added(alice: Tenant, norte: Customer) -> None:
    """An account and its assets measure the same thing twice."""
    with tenant_scope(alice):
        connection = Asset.objects.get(external_id="film").connection
    account = make_asset(connection, "all", "account")
    make_restatement(account, "plays", "2026-01-05", 20, 29, NOTICED)
    with tenant_scope(alice):
        found = {
            (c.level, c.difference)
            for c in summary(restatements_of(OPERATOR), OPERATOR)
            if (c.metric, c.day.day) == ("plays", 5)
        }
    assert found == {("account", Decimal(9)), ("asset", Decimal(9))}


def page(client: Client, tenant: Tenant, customer: Customer, address: str) -> str:
    user = User.objects.create_user(f"{customer.slug}@alice.example", "a-long-enough-password")
    with tenant_scope(tenant):
        Membership.objects.create(tenant=tenant, user=user, role="customer", customer=customer)
    client.force_login(user)
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_page(alice: Tenant, norte: Customer, client: Client) -> None:
    january = "from=2026-01-01&to=2026-01-31"
    shown = page(client, alice, norte, f"/t/alice/c/norte/changes/?{january}")
    assert "<span>9</span>" in shown
    assert shown.count('<th scope="row"') == 2
    assert client.get("/t/alice/c/sur/changes/").status_code == 404
    table = client.get(f"/t/alice/c/norte/?{january}").content.decode()
    assert 'class="restated"' in table
    assert f'href="/t/alice/c/norte/changes/?{january.replace("&", "&amp;")}' in table
    assert "No corrections" in client.get("/t/alice/c/norte/changes/?from=2026-03-01&to=2026-03-02").content.decode()


# --- Costs ------------------------------------------------------------------------------------------------------------


def test_corrections_of_costs_are_shown_as_costs_are(enter: Enter, client: Client, alice: Tenant) -> None:
    """Hidden, or with the markup: of each sum, and of the difference of the sums."""
    norte = make_customer(alice)
    link = make_connection(alice, "boom", "247platform")
    for name in ("a", "b"):
        asset = make_asset(link, name)
        give(asset, norte)
        make_restatement(asset, "cost", ago(5), "1.111", "2.345", NOTICED)
        make_restatement(asset, "plays", ago(5), 1, 2, NOTICED)
    headers = bearer(alice, "read", norte)

    def rows(address: str) -> list[dict[str, Any]]:
        return client.get(f"/api/v1/{address}", headers=headers).json()["results"]

    def lines(name: str) -> list[tuple[Any, ...]]:
        return [(one["metric"], one["old"], one["new"]) for one in rows(name)]

    assert {metric for metric, _, _ in (*lines("restatements"), *lines("restatements/summary"))} == {"plays"}
    for name in ("restatements", "restatements/summary", "counter-resets"):
        assert problem(client.get(f"/api/v1/{name}?metric=plays,cost", headers=headers), 403)["errors"].keys() == {
            "metric"
        }
    customers = enter(alice, "customer", norte)
    assert "Cost" not in text_of(customers, "/t/alice/c/norte/changes/")
    with tenant_scope(alice):
        Customer.objects.update(cost_view="markup", cost_markup=15)
        CounterReset.objects.create(
            tenant=alice,
            connection=link,
            asset=asset,
            metric="cost",
            day=ago(5),
            day_before=ago(6),
            old="2.345",
            new="1.111",
            noticed_at=NOTICED,
        )
    assert [one for one in lines("restatements") if one[0] == "cost"] == [("cost", "1.28", "2.70")] * 2
    (cost,) = [one for one in rows("restatements/summary") if one["metric"] == "cost"]
    assert (cost["old"], cost["new"], cost["difference"]) == ("2.56", "5.39", "2.84")  # 2.5553, 5.3935, 2.8382
    assert lines("counter-resets") == [("cost", "2.70", "1.28")]
    page = text_of(customers, "/t/alice/c/norte/changes/")
    assert ["2.56 EUR" in page, "5.39 EUR" in page, "2.84 EUR" in page, "2.22" in page] == [True, True, True, False]
    managers = text_of(enter(alice), "/t/alice/c/norte/changes/")
    assert ["2.22 EUR" in managers, "4.69 EUR" in managers, "2.56" in managers] == [True, True, False]
