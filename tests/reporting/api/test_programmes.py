"""Programmes over the API: what a tenant's token reads, and what a customer's does."""

from typing import Any

import pytest
from django.test import Client

from reporting.models import Asset, Customer, Tenant
from reporting.tenancy.scoping import tenant_scope
from tests.support.api import bearer, problem
from tests.support.factories import give, make_asset, make_connection, make_customer, make_programme, tell

PROGRAMMES, ASSETS = "/api/v1/programmes", "/api/v1/assets"


@pytest.fixture
def norte(alice: Tenant) -> Customer:
    """Alice's customer Norte holds a copy of the final; the gala is nobody's yet, and to be Norte's."""
    boom, norte = make_connection(alice), make_customer(alice, "norte")
    final, gala, alone = (make_asset(boom, name) for name in ("f1", "g1", "alone"))
    make_programme(alice, "final-2026", final, name="The final", tags={"licensor": "League"})
    make_programme(alice, "2026", gala, name="The gala")
    give(final, norte)
    give(gala, norte, "2099-01-01")
    give(alone, norte)
    for asset in (final, gala, alone):
        tell(asset, "plays", {"2026-01-01": 3})
    return norte


def get(client: Client, address: str, headers: dict[str, str]) -> Any:
    answer = client.get(address, headers=headers)
    assert answer.status_code == 200, address
    return answer.json()


def test_it_works(client: Client, alice: Tenant, norte: Customer) -> None:
    headers = bearer(alice)
    first, second = get(client, PROGRAMMES, headers)["results"]
    assert [first["slug"], second["slug"]] == ["2026", "final-2026"]
    assert second.keys() == {"id", "slug", "name", "tags", "created_at"}
    assert (second["name"], second["tags"]) == ("The final", {"licensor": "League"})
    for word in ("final-2026", second["id"]):
        assert get(client, f"{PROGRAMMES}/{word}", headers) == second
    assert get(client, f"{PROGRAMMES}/2026", headers) == first
    assert [one["slug"] for one in get(client, f"{PROGRAMMES}?slug=2026,x", headers)["results"]] == ["2026"]


def test_pages(client: Client, alice: Tenant, norte: Customer) -> None:
    page = get(client, f"{PROGRAMMES}?limit=1", bearer(alice))
    assert [one["slug"] for one in page["results"]] == ["2026"]
    assert [one["slug"] for one in get(client, page["next"], bearer(alice))["results"]] == ["final-2026"]


def test_what_is_not_there(client: Client, alice: Tenant, bob: Tenant, norte: Customer) -> None:
    theirs = make_programme(bob, "secret")
    for word in ("nothing", "-", "0", "9" * 30, "secret", theirs.pk):
        problem(client.get(f"{PROGRAMMES}/{word}", headers=bearer(alice)), 404)
    problem(client.post(PROGRAMMES, {}, headers=bearer(alice, "manage")), 405)


def test_assets_say_theirs(client: Client, alice: Tenant, norte: Customer) -> None:
    found = get(client, ASSETS, bearer(alice))["results"]
    assert {one["external_id"]: one["programme"] for one in found} == {"f1": "final-2026", "g1": "2026", "alone": None}
    found = get(client, f"{ASSETS}?programme=final-2026,2026&limit=9", bearer(alice))["results"]
    assert {one["external_id"] for one in found} == {"f1", "g1"}


def test_a_customer_sees_the_names_of_its_own(client: Client, alice: Tenant, norte: Customer) -> None:
    headers = bearer(alice, customer=norte)
    (only,) = get(client, PROGRAMMES, headers)["results"]
    assert (only["slug"], only["name"]) == ("final-2026", "The final")
    assert only.keys() == {"id", "slug", "name"}
    assert get(client, f"{PROGRAMMES}/final-2026", headers) == only
    problem(client.get(f"{PROGRAMMES}/2026", headers=headers), 404)
    assert get(client, f"{PROGRAMMES}?slug=2026", headers)["results"] == []
    found = get(client, ASSETS, headers)["results"]
    assert {one["external_id"]: one["programme"] for one in found} == {"f1": "final-2026", "alone": None}


def test_no_customer_sees_the_programme_of_an_account(client: Client, alice: Tenant, norte: Customer) -> None:
    """An account is a copy of nothing, whatever is in the database."""
    account = make_asset(make_connection(alice, "other"), "all", "account")
    give(account, norte)
    hidden = make_programme(alice, "hidden", account)
    answer = client.get(f"{PROGRAMMES}/{hidden.pk}", headers=bearer(alice, customer=norte))
    problem(answer, 404)


def test_reports(client: Client, alice: Tenant, norte: Customer) -> None:
    words = "metrics=plays&from=2026-01-01&to=2026-01-31"
    answer = get(client, f"/api/v1/report?{words}&group_by=programme", bearer(alice))
    assert {row["programme"]: row["plays"] for row in answer["rows"]} == {"final-2026": 3, "2026": 3}
    headers = bearer(alice, customer=norte)
    answer = get(client, f"/api/v1/report?{words}&group_by=programme", headers)
    assert {row["programme"]: row["plays"] for row in answer["rows"]} == {"final-2026": 3}
    answer = get(client, f"/api/v1/report?{words}&programme=final-2026&programme=-", headers)
    assert (answer["totals"], answer["query"]["programme"]) == ({"plays": 6}, ["final-2026", "-"])
    said = problem(client.get(f"/api/v1/report?{words}&programme=2026", headers=headers), 404)
    assert "There is no programme “2026” here" in str(said)


def test_an_asset_that_leaves_takes_its_programme_along(client: Client, alice: Tenant, norte: Customer) -> None:
    with tenant_scope(alice):
        Asset.objects.filter(external_id="f1").update(programme=None)
    assert get(client, PROGRAMMES, bearer(alice, customer=norte))["results"] == []
