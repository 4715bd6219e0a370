"""Asking for a run, ending one, and trying credentials, as a client of the API does."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from celery import current_app
from django.db import connection as database
from django.http import HttpResponse
from django.test import Client

from providers.connections import check
from providers.sandbox import Sandbox
from providers.scheduling import queue
from reporting.models import Asset, Connection, Snapshot, SyncRun, Tenant
from reporting.tenancy.scoping import tenant_scope
from tests.support.api import bearer, problem
from tests.support.factories import make_customer
from tests.support.line import connect, fault, ledger, truth

State = SyncRun.State
Post = Any  # (connection or run, verb, body) -> response


@pytest.fixture
def post(alice: Tenant, client: Client) -> Post:
    headers = bearer(alice, "read,sync,manage")

    def send(
        thing: Connection | SyncRun, verb: str, body: Any = None, headers: dict[str, str] = headers
    ) -> HttpResponse:
        address = f"/api/v1/{'connections' if isinstance(thing, Connection) else 'sync-runs'}/{thing.pk}/{verb}"
        return client.post(address, body, content_type="application/json", headers=headers)

    return send


@pytest.fixture
def in_process() -> Iterator[None]:
    """Tasks run where they are sent from; they are sent by name, so that a worker's modules must be there."""
    current_app.loader.import_default_modules()
    current_app.conf.update(task_always_eager=True)
    yield
    current_app.conf.update(task_always_eager=False)


def new_run(connection: Connection, state: str) -> SyncRun:
    with tenant_scope(connection.tenant_id):
        return SyncRun.objects.create(tenant_id=connection.tenant_id, connection=connection, state=state)


def test_it_works(
    alice: Tenant,
    sandbox: Sandbox,
    client: Client,
    post: Post,
    in_process: None,
    django_capture_on_commit_callbacks: Any,
) -> None:
    connection = connect(alice, sandbox, "scaleengine", days=2)
    with django_capture_on_commit_callbacks(execute=True):
        answer = post(connection, "sync")
    assert answer.status_code == 202
    asked = answer.json()
    assert (asked["connection"], asked["state"], asked["feed"], asked["requests_done"]) == (
        "scaleengine",
        "queued",
        "",
        0,
    )
    shown = client.get(answer["Location"], headers=bearer(alice)).json()
    assert shown.keys() == asked.keys()
    assert (shown["id"], shown["state"]) == (asked["id"], "succeeded")
    assert ledger(connection) == truth(sandbox, connection)


def test_a_run_may_be_narrowed(alice: Tenant, sandbox: Sandbox, post: Post) -> None:
    connection = connect(alice, sandbox, "boomstream")
    yesterday = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
    asked = post(connection, "sync", {"feed": "target.hour", "from": yesterday, "to": yesterday}).json()
    assert (asked["feed"], asked["from_day"], asked["to_day"]) == ("target.hour", yesterday, yesterday)


def test_an_empty_form_asks_for_all_that_is_due(alice: Tenant, sandbox: Sandbox, client: Client) -> None:
    connection = connect(alice, sandbox, "boomstream")
    assert client.post(f"/api/v1/connections/{connection.pk}/sync", headers=bearer(alice, "sync")).status_code == 202


def test_asking_wakes_a_connection_that_waits_for_a_person(alice: Tenant, sandbox: Sandbox, post: Post) -> None:
    connection = connect(alice, sandbox, "boomstream", state=Connection.State.NEEDS_ATTENTION, state_message="Help")
    assert post(connection, "sync").status_code == 202
    with tenant_scope(alice):
        connection.refresh_from_db()
    assert (connection.state, connection.state_message) == (Connection.State.ACTIVE, "")


# --- Refusals of a run ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "field", "says"),
    [
        ({"feed": "views"}, "feed", "has no feed “views”; there are project.day"),
        ({"feed": ["project.day"]}, "feed", "Not a valid string"),
        ({"from": "2026-02-30"}, "from", "wrong format"),
        ({"from": "0001-01-01"}, "from", "earliest day that is fetched is 2000-01-01"),
        ({"from": "1999-12-31", "to": "2026-01-01"}, "from", "earliest day that is fetched is 2000-01-01"),
        ({"to": "0001-01-01"}, "to", "earliest day that is fetched is 2000-01-01"),
        ({"from": "9999-12-31"}, "from", "is in the future"),
        ({"from": "2999-01-01"}, "from", "is in the future"),
        ({"from": "2026-02-02", "to": "2026-02-01"}, "to", "is after the last, 2026-02-01"),
        ({"to": "2001-01-01"}, "to", "is after the last, 2001-01-01"),
        ({"form": "2026-01-01"}, "form", "only feed, from and to"),
        ([], "non_field_errors", "Expected a dictionary"),
    ],
)
def test_wrong_requests_say_which_field(
    alice: Tenant, sandbox: Sandbox, post: Post, body: Any, field: str, says: str
) -> None:
    errors = problem(post(connect(alice, sandbox, "boomstream"), "sync", body), 400)["errors"]
    assert list(errors) == [field]
    assert says in errors[field][0]
    with tenant_scope(alice):
        assert not SyncRun.objects.exists()


@pytest.mark.parametrize("state", [State.QUEUED, State.RUNNING])
def test_one_run_at_a_time(alice: Tenant, sandbox: Sandbox, post: Post, state: str) -> None:
    connection = connect(alice, sandbox, "boomstream")
    other = new_run(connection, state)
    assert f"Run {other.pk} of this connection is {state}" in problem(post(connection, "sync"), 409)["detail"]
    with tenant_scope(alice):
        assert SyncRun.objects.count() == 1
    elsewhere = connect(alice, sandbox, "boomstream", slug="second")
    assert post(elsewhere, "sync").status_code == 202


@pytest.mark.parametrize("verb", ["sync", "test", "cancel"])
def test_who_may_not(alice: Tenant, bob: Tenant, sandbox: Sandbox, post: Post, client: Client, verb: str) -> None:
    """Bob's token does not find Alice's; nor does one of her customer's; one that may only read is told so."""
    connection = connect(alice, sandbox, "boomstream")
    thing = new_run(connection, State.QUEUED) if verb == "cancel" else connection
    everything = "read,ppv,sync,manage"
    problem(post(thing, verb, headers=bearer(bob, everything)), 404)
    problem(post(thing, verb, headers=bearer(alice, everything, make_customer(alice, "norte"))), 404)
    problem(post(thing, verb, headers=bearer(alice, "read,ppv," + ("sync" if verb == "test" else "manage"))), 403)
    problem(post(thing, verb, headers={}), 401)
    problem(post(thing, verb, headers={"Authorization": "Bearer nothing"}), 401)
    kind = "sync-runs" if verb == "cancel" else "connections"
    problem(client.get(f"/api/v1/{kind}/{thing.pk}/{verb}", headers=bearer(alice, everything)), 405)
    problem(client.post(f"/api/v1/{kind}/{10**30}/{verb}", headers=bearer(alice, everything)), 404)
    assert not sandbox.requests
    with tenant_scope(alice):
        assert not SyncRun.objects.filter(cancel_requested=True).exists()


@pytest.mark.parametrize("verb", ["sync", "test"])
def test_a_deleted_connection_is_gone(alice: Tenant, sandbox: Sandbox, post: Post, verb: str) -> None:
    connection = connect(alice, sandbox, "boomstream", state=Connection.State.DELETED)
    problem(post(connection, verb), 404)


# --- Ending a run -----------------------------------------------------------------------------------------------------


def test_a_queued_run_ends_at_once(alice: Tenant, sandbox: Sandbox, post: Post) -> None:
    queued = new_run(connect(alice, sandbox, "boomstream"), State.QUEUED)
    answer = post(queued, "cancel")
    assert answer.status_code == 200
    assert (answer.json()["state"], answer.json()["cancel_requested"]) == ("cancelled", True)
    assert answer.json()["finished_at"]
    with queue.claimed() as run:
        assert run is None
    assert "has ended: cancelled" in problem(post(queued, "cancel"), 409)["detail"]


def test_a_running_run_is_asked_to_end(alice: Tenant, sandbox: Sandbox, post: Post) -> None:
    running = new_run(connect(alice, sandbox, "boomstream"), State.RUNNING)
    for _ in range(2):  # asking twice is no mistake
        answer = post(running, "cancel")
        assert (answer.status_code, answer.json()["state"], answer.json()["finished_at"]) == (200, "running", None)
    with tenant_scope(alice):
        running.refresh_from_db()
    assert running.cancel_requested


@pytest.mark.parametrize("state", [State.SUCCEEDED, State.PARTIAL, State.FAILED])
def test_an_ended_run_stays_as_it_is(alice: Tenant, sandbox: Sandbox, post: Post, state: str) -> None:
    ended = new_run(connect(alice, sandbox, "boomstream"), state)
    problem(post(ended, "cancel"), 409)
    with tenant_scope(alice):
        ended.refresh_from_db()
    assert (ended.state, ended.cancel_requested) == (state, False)


# --- Trying credentials -----------------------------------------------------------------------------------------------

LOG_INS = {"247platform": 2, "smartstream": 1}


@pytest.mark.parametrize("provider", ["247platform", "boomstream", "callfire", "scaleengine", "smartstream"])
def test_good_credentials(alice: Tenant, sandbox: Sandbox, post: Post, provider: str) -> None:
    """One question and the log-in before it, of which nothing stays; a log-in that is open already proves nothing."""
    connection = connect(alice, sandbox, provider)
    connection.session = {"token": "of yesterday"}
    with tenant_scope(alice):
        connection.save()
        before = Connection.objects.filter(pk=connection.pk).values().get()
    answer = post(connection, "test")
    assert (answer.status_code, answer.json()) == (200, {"ok": True})
    assert len(sandbox.requests) == 1 + LOG_INS.get(provider, 0)
    with tenant_scope(alice):
        assert Connection.objects.filter(pk=connection.pk).values().get() == before
        assert not Snapshot.objects.exists()
        assert not SyncRun.objects.exists()


@pytest.mark.parametrize(
    ("provider", "wrong"),
    [
        ("247platform", "api_key"),
        ("boomstream", "apikey"),
        ("callfire", "password"),
        ("scaleengine", "secret"),
        ("smartstream", "password"),
    ],
)
def test_wrong_credentials(alice: Tenant, sandbox: Sandbox, post: Post, provider: str, wrong: str) -> None:
    connection = connect(alice, sandbox, provider, credentials={wrong: "not-the-right-one"})
    answer = post(connection, "test")
    assert (answer.status_code, answer.json()["ok"], answer.json()["error"]) == (200, False, "AskPerson")
    assert answer.json()["detail"]
    assert "not-the-right-one" not in answer.content.decode()


def test_what_else_can_be_wrong(
    alice: Tenant, sandbox: Sandbox, post: Post, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def said(connection: Connection) -> tuple[str, str]:
        answer = post(connection, "test")
        assert (answer.status_code, answer.json()["ok"]) == (200, False)
        return answer.json()["error"], answer.json()["detail"]

    boom = connect(alice, sandbox, "boomstream")
    fault(sandbox, provider="boomstream", kind="error500", times=50)
    assert said(boom)[0] == "TryAgain"
    monkeypatch.setattr(check, "PATIENCE", 0.2)
    settings.SYNC_BACKOFF_SECONDS = 5.0
    assert "no answer within 0 s (trying again in" in said(boom)[1]
    missing = connect(alice, sandbox, "boomstream", slug="missing", credentials={"apikey": ""})
    assert said(missing) == ("AskPerson", "the credential apikey is missing. Enter it in the connection's form.")
    settings.ALLOW_PRIVATE_PROVIDER_URLS = False
    assert said(boom)[0] == "AskPerson"  # an address in our own network
    gone = connect(alice, sandbox, "boomstream", slug="gone")
    with tenant_scope(alice):
        Connection.objects.filter(pk=gone.pk).update(provider="vimeo")
    assert said(gone)[0] == "UnknownProvider"
    assert "feed" in problem(post(gone, "sync", {"feed": "usage"}), 400)["errors"]


def test_without_an_asset_the_log_in_must_do(alice: Tenant, sandbox: Sandbox, post: Post) -> None:
    connection = connect(alice, sandbox, "247platform")
    with tenant_scope(alice):
        Asset.objects.all().delete()
    assert post(connection, "test").json() == {"ok": True}
    assert len(sandbox.requests) == LOG_INS["247platform"]
    own_session = connect(alice, sandbox, "247platform", slug="own", credentials={"session_id": "ours", "api_key": ""})
    with tenant_scope(alice):
        Asset.objects.all().delete()
    assert "Add one" in post(own_session, "test").json()["detail"]


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_open_while_the_provider_is_asked(
    sandbox: Sandbox, alice: Tenant, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The provider may take a minute; a row that waits for it would be locked that long."""
    connection = connect(alice, sandbox, "boomstream")
    seen = []
    monkeypatch.setattr(check, "fetch", lambda *question: seen.append(database.in_atomic_block))
    assert post(connection, "test").json() == {"ok": True}
    assert seen == [False]
