"""A secret goes only to whom it was entered for: another scheme, host or port asks for it again, by whatever way it came."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import CommandError
from django.http import HttpResponse
from django.test import Client

from providers.connections.account import asked_again
from providers.connections.check import try_credentials
from providers.sandbox import Sandbox
from providers.sandbox.vendors import VENDORS
from providers.toolkit.errors import AskPerson
from reporting.models import Connection, PpvAccess, SyncRun, Tenant
from reporting.origin import origin
from reporting.tenancy.scoping import all_tenants, tenant_scope
from tests.support.api import bearer, problem
from tests.support.line import connect, run
from tests.support.listening import Listener, listening
from tests.support.provisioning import Provision, provision  # noqa: F401

PROVIDERS = sorted(VENDORS)


@pytest.fixture
def stranger() -> Iterator[Listener]:
    """Somebody's server, which would like to have secrets."""
    with listening() as server:
        yield server


def secrets(connection: Connection) -> list[str]:
    """All that must not arrive elsewhere: credentials, session, viewers' passwords."""
    with tenant_scope(connection.tenant_id):
        accesses = PpvAccess.objects.filter(asset__connection=connection)
        passwords = [access.hash for access in accesses.select_related("asset__connection")]
    session = [value for name, value in connection.session.items() if name != "expires"]
    return [*connection.credentials.values(), *session, *passwords]


def move(connection: Connection, url: str) -> Connection:
    """As a shell, a script or a statement in the database would do it."""
    with tenant_scope(connection.tenant_id):
        Connection.objects.filter(pk=connection.pk).update(base_url=url)
        connection.refresh_from_db()
    return connection


@pytest.mark.parametrize("provider", PROVIDERS)
def test_it_works(alice: Tenant, sandbox: Sandbox, stranger: Listener, provider: str) -> None:
    """Whatever changed the address: a run and a trial send nothing, and ask a person."""
    connection = connect(alice, sandbox, provider, days=2)
    run(connection)
    with tenant_scope(alice):
        connection.refresh_from_db()
    kept = secrets(connection)
    assert kept
    move(connection, f"{stranger.url}/{provider}")
    made = run(connection)
    assert not stranger.has_heard(*kept)
    assert not stranger.heard
    assert made.state == SyncRun.State.FAILED
    assert "entered for another address" in made.errors[0]["detail"]
    with pytest.raises(AskPerson, match="Enter them again"):
        try_credentials(connection)
    assert not stranger.heard
    with tenant_scope(alice):
        connection.refresh_from_db()
    assert connection.state == Connection.State.NEEDS_ATTENTION


def test_the_vendors_own_address_is_another_one_too(alice: Tenant, sandbox: Sandbox) -> None:
    connection = move(connect(alice, sandbox, "callfire", days=1), "")
    with pytest.raises(AskPerson, match="another address"):
        try_credentials(connection)


def test_another_path_asks_for_nothing(alice: Tenant, sandbox: Sandbox) -> None:
    connection = connect(alice, sandbox, "callfire", days=1)
    move(connection, connection.base_url.replace("http://127", "HTTP://127") + "/")
    assert run(connection).state == SyncRun.State.SUCCEEDED


def test_a_password_of_a_viewer_stays_where_it_was_entered(alice: Tenant, sandbox: Sandbox, stranger: Listener) -> None:
    """Whoever enters credentials of his own at his own address does not get the viewers' passwords with them."""
    connection = connect(alice, sandbox, "boomstream", days=1)
    with tenant_scope(alice):
        passwords = [access.hash for access in PpvAccess.objects.select_related("asset__connection")]
        assert passwords
        connection.base_url = f"{stranger.url}/boomstream"
        connection.credentials = {"apikey": "one-of-the-strangers-own"}
        connection.save()
    made = run(connection)
    assert stranger.has_heard("one-of-the-strangers-own")
    assert not stranger.has_heard(*passwords)
    refused = [entry for entry in made.errors if entry["error"] == "NotEntered"]
    assert len(refused) == len(passwords)
    assert all("again" in entry["detail"] for entry in refused)


def test_a_session_that_a_run_got_meanwhile_stays_at_its_address(
    alice: Tenant, sandbox: Sandbox, stranger: Listener
) -> None:
    """The run began before the address was changed, and stores its session after it."""
    connection = connect(alice, sandbox, "247platform", days=1, credentials={"session_id": ""})
    with tenant_scope(alice):
        before = Connection.objects.get(pk=connection.pk)
        connection.base_url = f"{stranger.url}/247platform"
        connection.credentials = {"user_id": "1001", "api_key": "one-of-the-strangers-own"}
        connection.save()
        before.session = {"token": "opened-at-the-vendors"}
        before.save(update_fields=["sealed_session"])
    run(connection)
    assert stranger.heard
    assert not stranger.has_heard("opened-at-the-vendors")


# --- The console ------------------------------------------------------------------------------------------------------


def submitted(connection: Connection, **changes: str) -> dict[str, str]:
    values = {
        "tenant": str(connection.tenant_id),
        "name": connection.name,
        "slug": connection.slug,
        "history_from": str(connection.history_from),
        "time_zone": connection.time_zone,
        "currency": connection.currency,
        "lookback_days": "3",
        "base_url": connection.base_url,
    }
    return values | changes


def change_of(connection: Connection) -> str:
    return f"/admin/reporting/connection/{connection.pk}/change/"


def test_the_console_asks_for_each_secret_again(
    staff: Client, alice: Tenant, sandbox: Sandbox, stranger: Listener
) -> None:
    connection = connect(alice, sandbox, "smartstream", days=1)
    url, stored = f"{stranger.url}/smartstream", connection.credentials
    kept = [stored[name] for name in asked_again(connection, url)]
    answer = staff.post(change_of(connection), submitted(connection, base_url=url))
    errors = answer.context["adminform"].form.errors
    assert set(errors) == {f"credential_{name}" for name in asked_again(connection, url)}
    assert "credential_api_key" in errors
    with tenant_scope(alice):
        connection.refresh_from_db()
    assert connection.credentials == stored, "nothing was stored"
    entered = {f"credential_{name}": "one-of-the-strangers-own" for name in asked_again(connection, url)}
    answer = staff.post(change_of(connection), submitted(connection, base_url=url, **entered))
    assert answer.status_code == 302
    run(connection)
    assert stranger.has_heard("one-of-the-strangers-own")
    assert not stranger.has_heard(*kept)


def test_the_console_does_not_ask_where_only_the_path_changes(staff: Client, alice: Tenant, sandbox: Sandbox) -> None:
    connection = connect(alice, sandbox, "callfire", days=1)
    stored = connection.credentials
    url = connection.base_url.replace("/callfire", "/callfire/.")
    assert staff.post(change_of(connection), submitted(connection, base_url=url)).status_code == 302
    with tenant_scope(alice):
        connection.refresh_from_db()
    assert (connection.base_url, connection.credentials) == (url, stored)


def test_the_same_secrets_entered_again_open_at_the_new_address(staff: Client, alice: Tenant, sandbox: Sandbox) -> None:
    connection = connect(alice, sandbox, "boomstream", days=1)
    with Sandbox(assets=3, rows=12, now=sandbox.clock()) as other:
        url, key = f"{other.url}/boomstream", connection.credentials["apikey"]
        answer = staff.post(
            change_of(connection), submitted(connection, base_url=url, credential_apikey=key, option_project="all"),
            follow=True,
        )  # fmt: skip
        assert "passwords of viewers" in answer.content.decode()
        assert run(connection).state == SyncRun.State.PARTIAL


def test_an_access_moved_to_another_address_asks_for_its_password(
    staff: Client, alice: Tenant, sandbox: Sandbox, stranger: Listener
) -> None:
    ours = connect(alice, sandbox, "boomstream", days=1)
    theirs = connect(alice, sandbox, "boomstream", days=1, slug="second")
    with tenant_scope(alice):
        theirs.base_url = stranger.url
        theirs.credentials = {"apikey": "own"}
        theirs.save()
        access = PpvAccess.objects.filter(asset__connection=ours).first()
        assert access
        target = theirs.assets.first()
    form = {"tenant": str(alice.pk), "asset": str(target.pk), "label": "x", "holder": "", "password": ""}
    answer = staff.post(f"/admin/reporting/ppvaccess/{access.pk}/change/", form)
    assert "another address" in str(answer.context["adminform"].form.errors["password"])


# --- Provisioning -----------------------------------------------------------------------------------------------------


def test_a_provisioning_file_gives_the_secrets_itself(provision: Provision, db: None) -> None:  # noqa: F811
    provision()
    assert "credentials" in provision(("http://127.0.0.1:9000", "http://127.0.0.1:9001"))
    with all_tenants():
        connection = Connection.objects.get()
        assert connection.base_url == "http://127.0.0.1:9001/boomstream"
        assert connection.credentials == {"apikey": "boomstream-key-4711"}
        assert PpvAccess.objects.get().hash == "ppv-password-4711"


def test_and_what_it_does_not_give_stays_behind(provision: Provision, db: None) -> None:  # noqa: F811
    provision()
    without = ('hash = "file:secrets/ppv-1"', 'hash = "another-one"')
    said = provision(without, ("http://127.0.0.1:9000", "http://127.0.0.1:9001"))
    assert "1 viewers' passwords are of another address" in said
    with pytest.raises(CommandError, match="credentials"):
        provision(('  credentials = { apikey = "env:BOOMSTREAM_KEY" }\n', ""))


# --- What is the same address -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://api.vendor.example", "https://api.vendor.example/v1/x"),
        ("https://api.vendor.example", "HTTPS://API.Vendor.Example"),
        ("https://api.vendor.example", "https://api.vendor.example:443/"),
        ("http://api.vendor.example:80", "http://api.vendor.example"),
        ("https://api.vendor.example", "https://api.vendor.example./"),
        ("https://xn--bcher-kva.example", "https://XN--BCHER-KVA.example/x"),
        ("https://[2606:4700::1]:443", "https://[2606:4700::1]/x"),
    ],
)  # fmt: skip
def test_the_same_place(one: str, other: str) -> None:
    assert origin(one) == origin(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://api.vendor.example", "http://api.vendor.example"),
        ("https://api.vendor.example", "http://api.vendor.example:443"),
        ("https://api.vendor.example", "https://api.vendor.example:8443"),
        ("https://api.vendor.example", "https://api.vendor.example.evil.example"),
        ("https://api.vendor.example", "https://evil.example/api.vendor.example"),
        ("https://api.vendor.example", "https://api.vendor.example@evil.example"),
        ("https://api.vendor.example", "https://xn--pi-7kc.vendor.example"),
        ("https://api.vendor.example", "https://\u0430pi.vendor.example"),
        ("https://api.vendor.example", ""),
        ("", "https:///x"),
        ("https://x:99999999", "https://y:99999999"),
    ],
)  # fmt: skip
def test_another_place(one: str, other: str) -> None:
    assert origin(one) != origin(other)


# --- The API ----------------------------------------------------------------------------------------------------------


def test_the_api_names_the_secrets_that_it_asks_for_again(
    client: Client, alice: Tenant, sandbox: Sandbox, stranger: Listener
) -> None:
    connection = connect(alice, sandbox, "callfire", days=1)
    stored, url, headers = connection.credentials, f"{stranger.url}/callfire", bearer(alice, "read,manage")

    def patch(body: dict[str, Any]) -> HttpResponse:
        address = f"/api/v1/connections/{connection.pk}"
        return client.patch(address, body, content_type="application/json", headers=headers)

    for other in (url, "", None, connection.base_url.replace("http:", "https:")):
        errors = problem(patch({"base_url": other}), 400)["errors"]
        assert {text.partition(":")[0] for text in errors["credentials"]} == set(asked_again(connection, url))
    with tenant_scope(alice):
        connection.refresh_from_db()
    assert connection.credentials == stored
    assert patch({"base_url": f"{connection.base_url}/."}).status_code == 200
    answer = patch({"base_url": url, "credentials": dict.fromkeys(asked_again(connection, url), "the-strangers-own")})
    assert answer.status_code == 200
    run(connection)
    assert stranger.heard
    assert not stranger.has_heard(*stored.values())


def test_the_api_says_whose_passwords_are_left_behind(client: Client, alice: Tenant, sandbox: Sandbox) -> None:
    connection = connect(alice, sandbox, "boomstream", days=1)
    body = {"base_url": "http://127.0.0.1:9/boomstream", "credentials": {"apikey": "another-key"}}
    answer = client.patch(
        f"/api/v1/connections/{connection.pk}",
        body,
        content_type="application/json",
        headers=bearer(alice, "read,manage"),
    )
    assert any("passwords of viewers" in warning for warning in answer.json()["warnings"])


def test_another_tenants_connection_is_none(client: Client, alice: Tenant, bob: Tenant, sandbox: Sandbox) -> None:
    connection, headers = connect(alice, sandbox, "callfire", days=1), bearer(bob, "read,sync,manage")
    address = f"/api/v1/connections/{connection.pk}"
    body = {"base_url": "http://127.0.0.1:9", "credentials": {"login": "b", "password": "b"}}
    problem(client.patch(address, body, content_type="application/json", headers=headers), 404)
    for verb in ("sync", "test"):
        problem(client.post(f"{address}/{verb}", {}, content_type="application/json", headers=headers), 404)
    assert not sandbox.requests
