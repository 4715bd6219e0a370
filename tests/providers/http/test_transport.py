"""How long an answer may take: between two bytes, and as a whole."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest
from django.conf import LazySettings

from providers.http.transport import Arrived, Transport
from providers.sandbox import Sandbox
from providers.toolkit.errors import TryAgain
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
