"""What the API tells of costs: never to a customer how they are made."""

from django.test import Client

from reporting.metrics import COSTS, METRICS
from reporting.models import Tenant
from tests.support.api import bearer, problem
from tests.support.factories import give, make_asset, make_connection, make_customer, tell


def test_it_works(alice: Tenant, client: Client) -> None:
    """The tenant's own tokens see how each customer sees costs; a customer's see nothing of it."""
    norte = make_customer(alice, cost_view="markup", cost_markup="12.5000")
    (row,) = client.get("/api/v1/customers", headers=bearer(alice, "read")).json()["results"]
    assert (row["cost_view"], row["cost_markup"], row["sees_personal_data"]) == ("markup", "12.5", False)
    for address in ("customers", f"customers/{norte.pk}"):
        said = client.get(f"/api/v1/{address}", headers=bearer(alice, "read,ppv,manage", norte)).content.decode()
        assert "norte" in said
        assert not any(word in said for word in ("cost", "markup", "12.5", "personal"))


def test_the_vocabulary_is_what_may_be_asked_for(alice: Tenant, client: Client) -> None:
    hidden, markup = make_customer(alice, "hidden"), make_customer(alice, "markup", cost_view="markup", cost_markup=0)
    known = {
        who: client.get("/api/v1/metrics", headers=bearer(alice, "read", customer)).json()
        for who, customer in (("alice", None), ("hidden", hidden), ("markup", markup))
    }
    metrics = {who: {row["name"] for row in said["results"]} for who, said in known.items()}
    dimensions = {who: {row["name"] for row in said["dimensions"]} for who, said in known.items()}
    assert metrics["alice"] == set(METRICS)
    assert metrics["hidden"] == set(METRICS) - COSTS
    assert metrics["markup"] == set(METRICS) - {"billed_credits"}
    assert {who: "cost_type" in names for who, names in dimensions.items()} == {
        "alice": True,
        "hidden": False,
        "markup": True,
    }


def test_refusals_name_the_parameter(alice: Tenant, client: Client) -> None:
    norte, asset = make_customer(alice), make_asset(make_connection(alice))
    give(asset, norte)
    tell(asset, "cost", {"2026-01-01": 1})
    headers = bearer(alice, "read", norte)
    for words, field in (
        ("report?metrics=plays,cost", "metrics"),
        ("report?metrics=plays&group_by=cost_type", "group_by"),
        ("report?metrics=plays&cost_type=storage", "cost_type"),
        ("lineage?metrics=cost", "metrics"),
    ):
        said = problem(client.get(f"/api/v1/{words}", headers=headers), 403)
        assert said["errors"].keys() == {field}
        assert "is not shown to you" in said["detail"]
