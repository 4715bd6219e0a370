"""How long an answer may take, between two bytes and as a whole; and where a socket may lead."""

import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
from django.conf import LazySettings
from urllib3.exceptions import DecodeError, HTTPError, InvalidHeader, ProtocolError

from providers import registry
from providers.http.public_address import RefusedAddress, check_public
from providers.http.transport import Arrived, Transport
from providers.sandbox import Sandbox
from providers.toolkit.errors import AskPerson, TryAgain, Unreadable
from providers.toolkit.requests import Request
from tests.support.line import fault


def ask(url: str) -> Arrived:
    return Transport("The vendor", url).send(Request("/247platform/api/statistics/get/1/2"), lambda body: body)


@pytest.fixture
def dripping() -> Iterator[str]:
    """A server that begins its headers and never ends them."""

    def serve() -> None:
        session, _ = listening.accept()
        with session:
            session.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
            try:
                while True:
                    session.sendall(b"x")
                    time.sleep(0.05)
            except OSError:  # the client has hung up
                return

    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = threading.Thread(target=serve)
        server.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.join(timeout=10)


def test_it_works(sandbox: Sandbox) -> None:
    assert ask(sandbox.url).answer.status in (400, 401, 403, 404)


def test_nothing_comes(sandbox: Sandbox, settings: LazySettings) -> None:
    settings.PROVIDER_TIMEOUT_SECONDS = 0.2
    fault(sandbox, kind="slow", seconds=1.0)
    with pytest.raises(TryAgain, match="it took too long"):
        ask(sandbox.url)


def test_a_body_that_drips(sandbox: Sandbox, settings: LazySettings) -> None:
    """No two bytes are far apart, but the answer would take minutes."""
    settings.PROVIDER_DEADLINE_SECONDS = 0.5
    fault(sandbox, kind="drip", seconds=0.1)
    began = time.monotonic()
    with pytest.raises(TryAgain, match="it took too long"):
        ask(sandbox.url)
    assert 0.4 < time.monotonic() - began < 2


def test_headers_that_drip(dripping: str, settings: LazySettings) -> None:
    settings.PROVIDER_DEADLINE_SECONDS = 0.5
    with pytest.raises(TryAgain, match="it took too long"):
        ask(dripping)


def test_the_deadline_is_each_answers_own(sandbox: Sandbox, settings: LazySettings) -> None:
    """One connection serves many requests."""
    settings.PROVIDER_DEADLINE_SECONDS = 0.3
    transport = Transport("The vendor", sandbox.url)
    for _ in range(3):
        assert transport.send(Request("/_clock"), lambda body: body).answer.status == 200
        time.sleep(0.2)


@pytest.mark.parametrize("error", [InvalidHeader("two lengths"), DecodeError("no gzip"), ProtocolError("cut")])
def test_what_requests_passes_on_as_it_is(monkeypatch: pytest.MonkeyPatch, error: HTTPError) -> None:
    """Errors of urllib3: no whole answer came, and nothing of them is quoted."""

    def failing(self: requests.Session, *arguments: Any, **options: Any) -> None:
        raise error

    monkeypatch.setattr(requests.Session, "request", failing)
    with pytest.raises(TryAgain, match=r"^The vendor did not answer: [A-Za-z]+$"):
        ask("http://127.0.0.1:9")


def test_a_request_that_can_t_be_sent() -> None:
    """Its header comes from a vendor, as a token does; it never gets as far as a socket."""
    with pytest.raises(Unreadable, match="can't be sent"):
        Transport("The vendor", "http://127.0.0.1:9").send(Request("/", params={"code": "\ud800"}), bytes)


class Rebinding:
    """A name server that answers with a public address first, and with this machine's own ever after."""

    def __init__(self) -> None:
        self.real, self.asked = socket.getaddrinfo, 0

    def __call__(self, host: str, port: int, *arguments: Any, **named: Any) -> list[Any]:
        self.asked += 1
        return self.real("93.184.215.14" if self.asked == 1 else "127.0.0.1", port, *arguments, **named)


def test_a_name_that_leads_elsewhere_a_moment_later(
    sandbox: Sandbox, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What counts is the address that the socket is opened to: nothing of the log-in arrives there."""
    settings.ALLOW_PRIVATE_PROVIDER_URLS = False
    provider, names = registry.get("callfire"), Rebinding()
    monkeypatch.setattr(socket, "getaddrinfo", names)
    base_url = f"http://vendor.example:{sandbox.port}"
    with pytest.raises(RefusedAddress, match=r"^Port"):  # not the address: this look-up finds a public one
        check_public(base_url, "http://vendor.example")
    request = provider.auth.sign(Request("/callfire/"), {"login": "a", "password": "b"}, {}, datetime.now(UTC))
    with pytest.raises(AskPerson, match="private network"):
        Transport("The vendor", base_url).send(request, lambda body: body)
    assert names.asked == 2
    assert not sandbox.requests
