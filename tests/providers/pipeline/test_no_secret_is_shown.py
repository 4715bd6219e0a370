"""Where a secret could be seen: what is stored of requests and answers, runs, the log, the API, the console. It is nowhere,
also where the provider says it back to us, in any spelling, and where everything fails."""

import logging
from collections.abc import Callable
from urllib.parse import quote_plus

import pytest
from django.db import connection as database
from django.test import Client

from providers import registry
from providers.connections.check import try_credentials
from providers.pipeline.replay import replay
from providers.sandbox import Sandbox
from providers.sandbox.vendors import VENDORS
from providers.toolkit.errors import SyncError
from providers.toolkit.requests import Answer, Request
from reporting.models import Connection, PpvAccess, Snapshot, SyncRun, Tenant, User
from reporting.tenancy.scoping import all_tenants, tenant_scope
from tests.support.answers import answers_change
from tests.support.api import bearer
from tests.support.line import connect, fault, run

PROVIDERS = sorted(VENDORS)
PASSWORD = "viewers+pass/word & more"  # has another spelling in an address


def secrets(connection: Connection) -> list[str]:
    """Credentials that are secret, the session's token, viewers' passwords."""
    with tenant_scope(connection.tenant_id):
        connection.refresh_from_db()
        accesses = PpvAccess.objects.filter(asset__connection=connection).select_related("asset__connection")
        passwords = [access.hash for access in accesses]
    session = [value for name, value in connection.session.items() if name != "expires"]
    return [*registry.get(connection.provider).secrets(connection.credentials), *session, *passwords]


def sold(connection: Connection) -> None:
    """Each access has a password with signs of its own."""
    with tenant_scope(connection.tenant_id):
        for number, access in enumerate(PpvAccess.objects.select_related("asset__connection")):
            access.hash = f"{PASSWORD} {number}"
            access.save()


def stored() -> str:
    """Every column of every table of ours, as text; bytes are unpacked."""
    texts = []
    with all_tenants(), database.cursor() as cursor:
        for table in database.introspection.table_names():
            if table.startswith("reporting_"):
                cursor.execute(f"SELECT string_agg(t::text, chr(10)) FROM {table} t")
                texts.append(cursor.fetchone()[0] or "")
        for snapshot in Snapshot.objects.prefetch_related("parts"):
            texts += [part.body.decode("utf-8", "replace") for part in snapshot.parts.all()]
    return "\n".join(texts)


def shown(tenant: Tenant, client: Client) -> str:
    """All that the API and the console say of runs, readings, connections and accesses."""
    headers, pages = bearer(tenant, "read,ppv,sync,manage"), Client()
    pages.force_login(User.objects.create_superuser("staff@viewledger.example"))
    with tenant_scope(tenant):
        snapshots, runs = list(Snapshot.objects.all()), list(SyncRun.objects.all())
        rows = {
            "connection": Connection.objects.values_list("pk", flat=True),
            "snapshot": [snapshot.pk for snapshot in snapshots[:20]],
            "syncrun": [run.pk for run in runs],
            "ppvaccess": PpvAccess.objects.values_list("pk", flat=True),
        }
        addresses = [f"/admin/reporting/{name}/{pk}/change/" for name, pks in rows.items() for pk in pks]
    addresses += [f"/admin/reporting/{name}/" for name in rows]
    texts = [pages.get(address, follow=True).content.decode() for address in addresses]
    lists = ["connections", "sync-runs", "snapshots", "ppv-sessions", "assets"]
    asked = [f"/api/v1/{name}" for name in lists] + [f"/api/v1/snapshots/{one.pk}" for one in snapshots[:40]]
    asked += [f"/api/v1/snapshots/{one.pk}/body" for one in snapshots[:40]]
    texts += [client.get(address, headers=headers).content.decode("utf-8", "replace") for address in asked]
    return "\n".join(texts)


def tried(connection: Connection) -> str:
    try:
        try_credentials(connection)
    except SyncError as error:
        return str(error)
    return ""


def spellings(secret: str) -> list[str]:
    return [secret, quote_plus(secret), secret.replace("&", "&amp;"), secret.replace("/", "\\/")]


def check(hidden: list[str], *texts: str) -> None:
    assert hidden
    for secret in hidden:
        for spelling in spellings(secret):
            assert all(spelling not in text for text in texts), spelling


@pytest.mark.parametrize("provider", PROVIDERS)
def test_it_works(
    alice: Tenant, sandbox: Sandbox, client: Client, caplog: pytest.LogCaptureFixture, provider: str
) -> None:
    connection = connect(alice, sandbox, provider, days=2)
    sold(connection)
    with caplog.at_level(logging.DEBUG), caplog.at_level(logging.DEBUG, "urllib3"):
        assert run(connection).state != SyncRun.State.FAILED
        try_credentials(connection)
    assert "GET /" in caplog.text or "POST /" in caplog.text
    with tenant_scope(alice):
        assert Snapshot.objects.exists()
    check(secrets(connection), stored(), shown(alice, client), caplog.text)


def echo(connection: Connection, headers: set[str]) -> Callable[[Request, Answer], bytes]:
    """An answer that says back, in each spelling, whatever secrets a request could have held; its log-in's
    header is put into `headers`."""
    known = [*registry.get(connection.provider).secrets(connection.credentials), *connection.session.values()]

    def answer(request: Request, answer: Answer) -> bytes:
        header = request.headers.get("Authorization", "").rpartition(" ")[2]
        headers.add(header)
        held = [secret for secret in [*known, request.params.get("hash"), header] if isinstance(secret, str) and secret]
        words = " ".join(text for secret in held for text in spellings(secret))
        return f"<html>Error at /api?x={words}</html>".encode()

    return answer


@pytest.mark.parametrize(
    "provider", [pytest.param(name, marks=[] if name == "boomstream" else pytest.mark.long) for name in PROVIDERS]
)
def test_a_provider_that_says_them_back(
    alice: Tenant,
    sandbox: Sandbox,
    client: Client,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    provider: str,
) -> None:
    connection = connect(alice, sandbox, provider, days=1)
    sold(connection)
    run(connection)
    hidden, headers = secrets(connection), set[str]()
    answers_change(monkeypatch, echo(connection, headers))
    with caplog.at_level(logging.DEBUG), caplog.at_level(logging.DEBUG, "urllib3"):
        made = run(connection)
        refused = tried(connection)
        replay(connection)
    assert made.errors
    check([*hidden, *(header for header in headers if header)], stored(), shown(alice, client), caplog.text, refused)


@pytest.mark.parametrize("kind", ["error500", "malformed", "cut_body", "failed_status", "wrong_content"])
def test_a_viewers_password_where_its_reading_fails(
    alice: Tenant, sandbox: Sandbox, client: Client, caplog: pytest.LogCaptureFixture, kind: str
) -> None:
    connection = connect(alice, sandbox, "boomstream", days=1)
    sold(connection)
    fault(sandbox, provider="boomstream", kind=kind, probability=1.0, match="/ppv")
    with caplog.at_level(logging.DEBUG), caplog.at_level(logging.DEBUG, "urllib3"):
        run(connection)
    check(secrets(connection), stored(), shown(alice, client), caplog.text)
