"""The lists of the API: a tenant's own things, page by page; a customer's token sees its own."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import zstandard
from django.test import Client
from django.utils import timezone

from reporting.models import (
    Asset,
    Connection,
    CounterReset,
    Customer,
    Restatement,
    Snapshot,
    SnapshotPart,
    SyncRun,
    Tenant,
)
from reporting.tenancy.scoping import tenant_scope
from tests.support.api import bearer, problem
from tests.support.factories import give, make_asset, make_connection, make_customer, make_programme, make_session

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
EVERYTHING = (
    "customers",
    "connections",
    "assets",
    "programmes",
    "sync-runs",
    "snapshots",
    "restatements",
    "counter-resets",
    "ppv-sessions",
)


@pytest.fixture
def norte(alice: Tenant) -> Customer:
    """Alice's customer Norte, with one of everything; another asset of hers is nobody's."""
    boom, norte = make_connection(alice), make_customer(alice, "norte")
    final, semi = make_asset(boom, "final"), make_asset(boom, "semi")
    give(final, norte, "2026-01-01")
    make_programme(alice, "cup", final)
    make_session(final, "2026-01-02T12:00:00+00:00")
    make_session(semi, "2026-01-02T13:00:00+00:00", ip="192.0.2.2")
    for asset in (final, semi):
        with tenant_scope(alice):
            Restatement.objects.create(
                tenant=alice,
                connection=boom,
                asset=asset,
                metric="cost",
                interval="day",
                day=date(2026, 1, 2),
                old=Decimal("1.50"),
                new=Decimal("2.25"),
                noticed_at=NOON,
                cause="provider",
            )
            CounterReset.objects.create(
                tenant=alice,
                connection=boom,
                asset=asset,
                metric="data_out",
                day_before=date(2026, 1, 1),
                day=date(2026, 1, 2),
                old=Decimal(9000),
                new=Decimal(8000),
                noticed_at=NOON,
            )
    run_with_snapshots(boom, final)
    return norte


def run_with_snapshots(boom: Connection, asset: Asset) -> None:
    """A run that read a media's statistics, and a viewer's sessions in two parts."""
    with tenant_scope(boom.tenant_id):
        run = SyncRun.objects.create(tenant_id=boom.tenant_id, connection=boom, state="succeeded", facts_written=7)
        for feed, access_id, bodies in (("media", None, [b"<Response/>"]), ("sessions", 5, [b"<A/>", b"<B/>"])):
            snapshot = Snapshot.objects.create(
                tenant_id=boom.tenant_id,
                connection=boom,
                run=run,
                feed=feed,
                asset=asset,
                access_id=access_id,
                is_personal=access_id is not None,
                from_day=date(2026, 1, 1),
                to_day=date(2026, 1, 2),
                fetched_at=NOON,
                last_seen_at=NOON,
                content_hash="0" * 64,
                state="read",
                reader_version=1,
                time_zone="UTC",
            )
            for number, body in enumerate(bodies, start=1):
                SnapshotPart.objects.create(
                    tenant_id=boom.tenant_id,
                    snapshot=snapshot,
                    number=number,
                    request={"method": "GET", "url": "https://boomstream.com/api/stats?apikey=***"},
                    status=200,
                    content_type="text/xml",
                    fetched_at=NOON,
                    compressed=zstandard.compress(body),
                    size=len(body),
                    sha256="1" * 64,
                )


def results(client: Client, address: str, headers: dict[str, str]) -> list[dict]:
    response = client.get(f"/api/v1/{address}", headers=headers)
    assert response.status_code == 200, response.content
    assert response.json().keys() == {"next", "previous", "results"}
    return response.json()["results"]


def test_it_works(alice: Tenant, norte: Customer, client: Client) -> None:
    headers = bearer(alice, "read,ppv")
    for name in EVERYTHING:
        assert results(client, name, headers), name
    (boom,) = results(client, "connections", headers)
    assert (boom["slug"], boom["provider"], boom["state"]) == ("boom", "boomstream", "active")
    assert not any("credential" in name or "sealed" in name for name in boom)
    assets = results(client, "assets", headers)
    assert {one["external_id"]: one["customer"] for one in assets} == {"final": "norte", "semi": None}
    assert client.get(f"/api/v1/assets/{assets[0]['id']}", headers=headers).json() == assets[0]
    (run,) = results(client, "sync-runs", headers)
    assert (run["state"], run["facts_written"], run["errors"]) == ("succeeded", 7, [])
    changes = results(client, "restatements", headers)
    assert [(one["asset"], one["old"], one["new"]) for one in changes] == [
        ("semi", "1.50", "2.25"),
        ("final", "1.50", "2.25"),
    ]


def test_a_counter_that_went_backwards(alice: Tenant, norte: Customer, client: Client) -> None:
    (reset,) = results(client, "counter-resets?asset=final", bearer(alice, "read", norte))
    assert (reset["metric"], reset["old"], reset["new"]) == ("data_out", 9000, 8000)
    assert (reset["day_before"], reset["day"]) == ("2026-01-01", "2026-01-02")
    assert results(client, "counter-resets?metric=plays", bearer(alice)) == []


def test_assets_that_are_gone(alice: Tenant, norte: Customer, client: Client) -> None:
    with tenant_scope(alice):
        Asset.objects.filter(external_id="semi").update(unlisted_since=NOON + timedelta(days=1), not_found_since=NOON)
    gone = results(client, "assets?gone=true", bearer(alice))
    assert [(one["external_id"], one["gone_since"]) for one in gone] == [("semi", "2026-01-02T12:00:00Z")]
    (there,) = results(client, "assets?gone=false", bearer(alice))
    assert (there["external_id"], there["gone_since"]) == ("final", None)


def test_a_run_says_how_fast_it_is_and_how_long_it_takes(alice: Tenant, norte: Customer, client: Client) -> None:
    with tenant_scope(alice):
        begun = timezone.now() - timedelta(minutes=2)
        SyncRun.objects.update(state="running", started_at=begun, requests_done=40, requests_total=100)
    (run,) = results(client, "sync-runs", bearer(alice))
    assert run["requests_a_minute"] == pytest.approx(20, abs=0.5)
    assert run["seconds_left"] == pytest.approx(180, abs=5)
    with tenant_scope(alice):
        SyncRun.objects.update(state="succeeded", finished_at=begun + timedelta(minutes=4))
    (run,) = results(client, "sync-runs", bearer(alice))
    assert (run["requests_a_minute"], run["seconds_left"]) == (10, None)


def test_a_connection_says_how_long_it_has_been_failing(alice: Tenant, norte: Customer, client: Client) -> None:
    with tenant_scope(alice):
        Connection.objects.update(failures=4, failing_since=NOON)
    (boom,) = results(client, "connections", bearer(alice))
    assert (boom["failures"], boom["failing_since"]) == (4, "2026-01-02T12:00:00Z")
    (boom,) = results(client, "connections", bearer(alice, "read", norte))
    assert boom.keys().isdisjoint({"failures", "failing_since"})


# --- Refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EVERYTHING)
def test_bob_sees_nothing_of_alices(alice: Tenant, bob: Tenant, norte: Customer, client: Client, name: str) -> None:
    headers, bobs = bearer(alice, "read,ppv"), bearer(bob, "read,ppv")
    assert results(client, name, bobs) == []
    row = results(client, name, headers)[0]
    if name not in ("restatements", "counter-resets", "ppv-sessions"):
        problem(client.get(f"/api/v1/{name}/{row['id']}", headers=bobs), 404)
    problem(client.get(f"/api/v1/{name}"), 401)
    problem(client.get(f"/api/v1/{name}", headers=bearer(alice, "sync")), 403)


@pytest.mark.parametrize("word", ["limit=0", "limit=1001", "limit=x", "limit=", "cursor=zzz", "cursor=cD1hYmM="])
def test_wrong_pages(alice: Tenant, client: Client, word: str) -> None:
    body = problem(client.get(f"/api/v1/assets?{word}", headers=bearer(alice)), 400)
    assert body["errors"].keys() == {word.partition("=")[0]}


def test_wrong_filters(alice: Tenant, client: Client) -> None:
    headers = bearer(alice, "read,ppv")
    for address, field in (
        ("ppv-sessions?from=yesterday", "from"),
        ("snapshots?to=2026-13-01", "to"),
        ("sync-runs?state=lost", "state"),
        ("assets?kind=film", "kind"),
        ("assets?external_id=a%00b", "external_id"),
    ):
        assert problem(client.get(f"/api/v1/{address}", headers=headers), 400)["errors"].keys() == {field}


@pytest.mark.parametrize("number", [0, 999_999, 10**30])
def test_numbers_of_nothing(alice: Tenant, client: Client, number: int) -> None:
    problem(client.get(f"/api/v1/assets/{number}", headers=bearer(alice)), 404)


# --- Pages ------------------------------------------------------------------------------------------------------------


def test_pages_go_on_and_back(alice: Tenant, client: Client) -> None:
    boom, headers = make_connection(alice), bearer(alice)
    for number in range(5):
        make_asset(boom, f"asset-{number}")
    first = client.get("/api/v1/assets?limit=2", headers=headers).json()
    second = client.get(first["next"], headers=headers).json()
    third = client.get(second["next"], headers=headers).json()
    seen = [row["external_id"] for page in (first, second, third) for row in page["results"]]
    assert seen == [f"asset-{number}" for number in (4, 3, 2, 1, 0)]
    assert (first["previous"], third["next"]) == (None, None)
    assert client.get(second["previous"], headers=headers).json()["results"] == first["results"]


def test_names_come_in_their_order(alice: Tenant, client: Client) -> None:
    for slug in ("sur", "este", "norte"):
        make_customer(alice, slug)
    headers = bearer(alice)
    first = client.get("/api/v1/customers?limit=2", headers=headers).json()
    rows = first["results"] + client.get(first["next"], headers=headers).json()["results"]
    assert [row["slug"] for row in rows] == ["este", "norte", "sur"]


# --- A customer's token -----------------------------------------------------------------------------------------------


def test_a_customers_token_sees_its_own(alice: Tenant, norte: Customer, client: Client) -> None:
    make_customer(alice, "sur")
    make_connection(alice, "other")
    with tenant_scope(alice):
        Customer.objects.filter(pk=norte.pk).update(cost_view="vendor")
    headers = bearer(alice, "read,ppv", norte)
    assert [row["slug"] for row in results(client, "customers", headers)] == ["norte"]
    assert [row["external_id"] for row in results(client, "assets", headers)] == ["final"]
    assert [row["asset"] for row in results(client, "restatements", headers)] == ["final"]
    assert [row["asset"] for row in results(client, "ppv-sessions", headers)] == ["final"]
    (boom,) = results(client, "connections", headers)
    assert boom["slug"] == "boom"
    assert boom.keys().isdisjoint({"options", "state_message", "base_url"})


@pytest.mark.parametrize("name", ["snapshots", "sync-runs"])
def test_how_figures_are_fetched_is_not_a_customers_business(
    alice: Tenant, norte: Customer, client: Client, name: str
) -> None:
    number = results(client, name, bearer(alice))[0]["id"]
    headers = bearer(alice, "read,ppv", norte)
    for address in (name, f"{name}/{number}", f"{name}/{number}/body"):
        if not (name == "sync-runs" and address.endswith("body")):
            problem(client.get(f"/api/v1/{address}", headers=headers), 404)


# --- Snapshots --------------------------------------------------------------------------------------------------------


def test_a_snapshot_with_its_parts(alice: Tenant, norte: Customer, client: Client) -> None:
    headers = bearer(alice)
    (media,) = results(client, "snapshots?feed=media&from=2026-01-02&to=2026-01-05", headers)
    assert results(client, "snapshots?from=2026-01-03", headers) == []
    detail = client.get(f"/api/v1/snapshots/{media['id']}", headers=headers).json()
    (part,) = detail["parts"]
    assert (part["number"], part["status"], part["size"]) == (1, 200, 11)
    body = client.get(f"/api/v1/snapshots/{media['id']}/body?part=1", headers=headers)
    assert (body.content, body["Content-Type"]) == (b"<Response/>", "text/xml")
    assert body["Content-Disposition"].startswith("attachment")
    problem(client.get(f"/api/v1/snapshots/{media['id']}/body?part=2", headers=headers), 404)
    problem(client.get(f"/api/v1/snapshots/{media['id']}/body?part=one", headers=headers), 400)


def test_bodies_of_sessions_need_ppv(alice: Tenant, norte: Customer, client: Client) -> None:
    (sessions,) = results(client, "snapshots?feed=sessions", bearer(alice))
    address = f"/api/v1/snapshots/{sessions['id']}/body?part=2"
    problem(client.get(address, headers=bearer(alice)), 403)
    assert client.get(address, headers=bearer(alice, "read,ppv")).content == b"<B/>"


def test_the_bodies_of_any_personal_feed_need_ppv(alice: Tenant, norte: Customer, client: Client) -> None:
    """Whatever the reading is about: here the snapshot is of no access."""
    with tenant_scope(alice):
        Snapshot.objects.filter(feed="media").update(is_personal=True)
        address = f"/api/v1/snapshots/{Snapshot.objects.get(feed='media').pk}/body"
    problem(client.get(address, headers=bearer(alice)), 403)
    assert client.get(address, headers=bearer(alice, "read,ppv")).content == b"<Response/>"
