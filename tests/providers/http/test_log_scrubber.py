"""No line of the log shows a key, whoever writes it."""

import logging
import socket
import threading
from collections.abc import Iterator

import pytest

from providers import registry
from providers.http.client import Client
from providers.http.log_scrubber import hide
from providers.http.scrubber import Scrubber
from providers.toolkit.requests import Request

KEY = "k3y-of-alice/4711"


@pytest.fixture
def odd_headers() -> Iterator[str]:
    """A server whose header has no colon: urllib3 warns of it, and quotes the whole address."""

    def serve() -> None:
        session, _ = listening.accept()
        with session:
            session.recv(4096)
            session.sendall(b"HTTP/1.1 200 OK\r\nno colon here\r\nContent-Length: 2\r\n\r\n{}")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = threading.Thread(target=serve)
        server.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.join(timeout=10)


def test_it_works(caplog: pytest.LogCaptureFixture) -> None:
    scrubber = Scrubber([KEY])
    hide(scrubber)
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("anyone").info("asked %s", f"https://vendor.example/?apikey={KEY}")
    assert caplog.messages == ["asked https://vendor.example/?apikey=***"]


def test_a_traceback_shows_none_either(caplog: pytest.LogCaptureFixture) -> None:
    scrubber = Scrubber([KEY])
    hide(scrubber)
    try:
        raise ValueError(f"bad address {KEY}")
    except ValueError:
        logging.getLogger("anyone").exception("it failed")
    assert "bad address ***" in caplog.text
    assert KEY not in caplog.text


def test_nor_do_arguments_that_do_not_fit(caplog: pytest.LogCaptureFixture) -> None:
    scrubber = Scrubber([KEY])
    hide(scrubber)
    logging.getLogger("anyone").warning("%d requests", KEY)
    assert "***" in caplog.text
    assert KEY not in caplog.text


def test_urllib3_quotes_addresses(odd_headers: str, caplog: pytest.LogCaptureFixture) -> None:
    """At the levels of an operator who looks for something: everything is logged, and no key."""
    provider = registry.get("boomstream")
    client = Client(provider=provider, base_url=odd_headers, credentials={"apikey": KEY})
    with caplog.at_level(logging.DEBUG), caplog.at_level(logging.DEBUG, "urllib3"):
        client.send(client.signed(Request("/api/stats")))
    assert "Failed to parse headers" in caplog.text
    assert "apikey=***" in caplog.text
    assert KEY not in caplog.text
    assert "k3y-of-alice" not in caplog.text


def test_urllib3_says_nothing_unless_asked() -> None:
    assert logging.getLogger("urllib3.connection").getEffectiveLevel() == logging.ERROR
