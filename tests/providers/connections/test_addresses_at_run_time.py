"""An address is judged when it is asked, not only when it is entered: rows come by other ways too, and names move."""

import socket
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import LazySettings

from providers.connections.check import try_credentials
from providers.sandbox import Sandbox
from providers.toolkit.errors import SyncError
from reporting.models import Connection, SyncRun, Tenant
from reporting.tenancy.scoping import tenant_scope
from tests.support.line import connect, run

Asked = Callable[[Connection], str]


def by_a_sync(connection: Connection) -> str:
    made = run(connection)
    assert made.state == SyncRun.State.FAILED
    assert made.requests_done == 0
    return f"{made.errors}"


def by_a_trial(connection: Connection) -> str:
    with pytest.raises(SyncError) as error:
        try_credentials(connection)
    return f"{error.value}"


BOTH = pytest.mark.parametrize("asked", [by_a_sync, by_a_trial])


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Where sockets were opened to; none is."""
    places: list[Any] = []

    def connect(self: socket.socket, place: Any) -> None:
        places.append(place)
        raise OSError("no network in tests")

    monkeypatch.setattr(socket.socket, "connect", connect)
    return places


def names_lead_to(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, port, *rest, **named: real(address, port, **named))


def at(alice: Tenant, sandbox: Sandbox, url: str) -> Connection:
    connection = connect(alice, sandbox, "callfire", days=1)
    with tenant_scope(alice):
        connection.base_url = url
        connection.credentials = {"login": "somebody", "password": "something-long"}
        connection.save()
    return connection


@BOTH
def test_it_works(alice: Tenant, sandbox: Sandbox, settings: LazySettings, asked: Asked) -> None:
    """The sandbox is in our own network: where nobody has allowed that, it hears nothing."""
    connection = connect(alice, sandbox, "callfire", days=1)
    settings.ALLOW_PRIVATE_PROVIDER_URLS = False
    assert "private network" in asked(connection)
    assert not sandbox.requests


@BOTH
@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://vendor.example/callfire", "must begin with https://"),
        ("https://vendor.example:5432/callfire", "Port 5432"),
        ("https://login:word@vendor.example/callfire", "before @"),
        ("ftp://vendor.example", "must begin with http"),
        ("https://vendor.example\\@elsewhere.example", "signs that none may hold"),
    ],
)
def test_an_address_that_no_form_would_take(
    alice: Tenant,
    sandbox: Sandbox,
    settings: LazySettings,
    monkeypatch: pytest.MonkeyPatch,
    opened: list[Any],
    asked: Asked,
    url: str,
    says: str,
) -> None:
    connection = at(alice, sandbox, url)
    settings.ALLOW_PRIVATE_PROVIDER_URLS = False
    names_lead_to("93.184.215.14", monkeypatch)
    assert says in asked(connection)
    assert not opened


def test_a_public_address_is_asked(
    alice: Tenant, sandbox: Sandbox, settings: LazySettings, monkeypatch: pytest.MonkeyPatch, opened: list[Any]
) -> None:
    """What would become of the others, were they not refused."""
    connection = at(alice, sandbox, "https://vendor.example/callfire")
    settings.ALLOW_PRIVATE_PROVIDER_URLS = False
    names_lead_to("93.184.215.14", monkeypatch)
    assert "no connection" in by_a_trial(connection)
    assert ("93.184.215.14", 443) in opened
