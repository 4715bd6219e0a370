"""Days outside an assignment are not there for a customer, nor what was seen, corrected or reset on them; nor is an asset that
was never its own, or is to be."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from reporting.models import Asset, CounterReset, Customer, Tenant
from reporting.query import NotThere
from reporting.reports.restatements import resets_of, restatements_of, summary
from reporting.tenancy.reader import of_customer
from reporting.tenancy.scoping import tenant_scope
from tests.support.api import bearer, problem
from tests.support.factories import (
    give,
    make_asset,
    make_connection,
    make_customer,
    make_restatement,
    make_session,
    report,
    tell,
)
from tests.support.pages import Enter, ago, text_of

NOTICED = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def norte(alice: Tenant) -> Customer:
    """`was` was Norte's until 20 days ago, `is` has been since 10 days ago; `coming` will be, `never` was not."""
    norte, sur = make_customer(alice), make_customer(alice, "sur")
    boom, other = make_connection(alice, "boom"), make_connection(alice, "other")
    app = make_asset(other, "app", "application")
    was, now = make_asset(boom, "was"), make_asset(boom, "now")
    coming, never = make_asset(other, "coming", "stream", parent=app), make_asset(boom, "never")
    give(was, norte, None, ago(20))
    give(was, sur, ago(19))
    give(now, norte, ago(10))
    give(coming, norte, ago(-5))
    for asset in (was, now, coming, never):
        tell(asset, "plays", {ago(25): 1, ago(15): 10, ago(5): 100})
    return norte


def asset_of(tenant: Tenant, name: str) -> Asset:
    with tenant_scope(tenant):
        return Asset.objects.select_related("connection").get(external_id=name)


def test_it_works(alice: Tenant, norte: Customer, client: Client) -> None:
    asked = {"metrics": "plays", "from": ago(30), "to": ago(1)}
    rows = report(alice, norte, **asked, group_by="asset")["rows"]
    assert {row["asset"]: row["plays"] for row in rows} == {"was": 1, "now": 100}
    assert report(alice, norte, **asked)["totals"] == {"plays": 101}
    found = client.get("/api/v1/assets", headers=bearer(alice, "read", norte)).json()["results"]
    assert {row["external_id"]: row["customer"] for row in found} == {"was": None, "now": "norte"}


@pytest.mark.parametrize(
    "asked", [{"asset": "coming"}, {"asset": "never"}, {"parent": "app"}, {"connection": "other"}, {"customer": "sur"}]
)
def test_what_is_not_the_customers_is_not_there(
    alice: Tenant, norte: Customer, client: Client, asked: dict[str, str]
) -> None:
    with pytest.raises(NotThere):
        report(alice, norte, metrics="plays", **asked)
    words = "&".join(f"{name}={word}" for name, word in asked.items())
    problem(client.get(f"/api/v1/report?metrics=plays&{words}", headers=bearer(alice, "read", norte)), 404)
    report(alice, None, metrics="plays", **asked)


def test_sessions_of_days_to_come(alice: Tenant, norte: Customer, client: Client, enter: Enter) -> None:
    """A session may be in the future; an assignment that has not begun shows it to nobody yet."""
    make_session(asset_of(alice, "coming"), f"{ago(-7)}T12:00:00+00:00", "order to come", is_future=True)
    make_session(asset_of(alice, "was"), f"{ago(15)}T12:00:00+00:00", "order of sur")
    make_session(asset_of(alice, "now"), f"{ago(5)}T12:00:00+00:00", "order of norte")
    rows = client.get("/api/v1/ppv-sessions", headers=bearer(alice, "ppv", norte)).json()["results"]
    assert [row["access"] for row in rows] == ["order of norte"]
    page = f"/t/alice/c/norte/sessions/?from={ago(40)}&to={ago(-40)}"
    words = text_of(enter(alice, "customer", norte), page)
    assert ["order of norte" in words, "order of sur" in words, "order to come" in words] == [True, False, False]


def test_corrections_and_resets(alice: Tenant, norte: Customer) -> None:
    """Of a reset both readings are shown, so both must be of the customer's days."""
    now = asset_of(alice, "now")
    for day in (15, 5):
        make_restatement(now, "plays", ago(day), 1, 2, NOTICED)
    of: dict[str, Any] = {"tenant": alice, "connection": now.connection, "asset": now, "metric": "plays"}
    reader = of_customer(norte)
    with tenant_scope(alice):
        for day_before, day in ((15, 14), (11, 10), (6, 5)):
            CounterReset.objects.create(
                **of, day_before=ago(day_before), day=ago(day), old=5, new=3, noticed_at=NOTICED
            )
        assert [str(one.day) for one in restatements_of(reader)] == [ago(5)]
        assert [str(one.day) for one in summary(restatements_of(reader), reader)] == [ago(5)]
        assert [str(one.day) for one in resets_of(reader)] == [ago(5)]
