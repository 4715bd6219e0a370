"""What the only HTTP of the line insists on, whatever the environment or the other side would like: each by its effect."""

import gzip
import tracemalloc
import zlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import requests
import requests.adapters

from providers.http import transport
from providers.http.transport import Arrived, Transport
from providers.toolkit.errors import TryAgain, Unreadable
from providers.toolkit.requests import Request
from tests.support.certificates import listening_over_tls, self_signed
from tests.support.listening import Listener, listening

KEY = "k3y-of-alice-4711"
MEBIBYTE = 1024 * 1024


def ask(url: str, method: str = "GET") -> Arrived:
    request = Request("/x", method, {"apikey": KEY}, headers={"Authorization": f"Bearer {KEY}"})
    return Transport("The vendor", url).send(request, bytes)


@pytest.fixture
def server() -> Iterator[Listener]:
    with listening() as running:
        yield running


def trust(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if an authority that everybody knows had signed it."""
    monkeypatch.setattr(requests.adapters, "DEFAULT_CA_BUNDLE_PATH", str(certificate))


def test_it_works(server: Listener) -> None:
    assert ask(server.url).answer.body == b"{}"
    assert server.has_heard(KEY)


# --- TLS --------------------------------------------------------------------------------------------------------------


def test_a_trusted_certificate_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = self_signed(tmp_path)
    trust(certificate, monkeypatch)
    with listening_over_tls(certificate) as server:
        assert ask(server.url).answer.body == b"{}"


def test_a_certificate_that_nobody_vouches_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor does the environment: a variable of the machine is not the operator of this site."""
    certificate = self_signed(tmp_path)
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.setenv(name, str(certificate))
    with listening_over_tls(certificate) as server:
        assert requests.get(server.url, timeout=5).status_code == 200, "the server itself is well"
        server.heard.clear()
        with pytest.raises(TryAgain, match="certificate"):
            ask(server.url)
        assert not server.heard


@pytest.mark.parametrize(
    ("name", "last"), [("vendor.example", timedelta(days=1)), ("127.0.0.1", timedelta(days=-1))]
)  # fmt: skip
def test_a_certificate_of_another_host_or_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, last: timedelta
) -> None:
    certificate = self_signed(tmp_path, name, last)
    trust(certificate, monkeypatch)
    with listening_over_tls(certificate) as server:
        with pytest.raises(TryAgain, match="certificate"):
            ask(server.url)
        assert not server.heard


# --- The environment --------------------------------------------------------------------------------------------------


def test_the_environments_proxies_hear_nothing(server: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    with listening() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "https_proxy", "HTTPS_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
        ask(server.url)
        assert not proxy.heard
    assert server.heard


def test_the_environments_netrc_is_not_read(server: Listener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would take the place of the connection's own log-in."""
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    ask(server.url)
    assert "Basic" not in server.heard[0]
    assert f"Authorization: Bearer {KEY}" in server.heard[0]


# --- Redirects --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(server: Listener, status: int, method: str) -> None:
    with listening() as elsewhere:
        server.status, server.headers = status, {"Location": f"{elsewhere.url}/y", "Refresh": f"0; {elsewhere.url}"}
        assert ask(server.url, method).answer.status == status
        assert not elsewhere.heard
    assert len(server.heard) == 1


# --- Size -------------------------------------------------------------------------------------------------------------


def zeros(size: int) -> bytes:
    return b"\0" * size


@pytest.mark.parametrize("encoding", ["", "gzip", "deflate", "gzip, gzip"])
def test_an_answer_is_as_large_as_what_comes_out_of_it(
    server: Listener, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    """A hundred kilobytes on the wire may be a hundred megabytes here."""
    monkeypatch.setattr(transport, "MAX_BYTES", MEBIBYTE)
    pack = {"": bytes, "gzip": gzip.compress, "deflate": zlib.compress, "gzip, gzip": twice}[encoding]
    server.headers = {"Content-Encoding": encoding} if encoding else {}
    server.answer = pack(zeros(MEBIBYTE))
    assert len(ask(server.url).answer.body) == MEBIBYTE
    server.answer = pack(zeros(MEBIBYTE + 1))
    with pytest.raises(Unreadable, match="larger than 1 MiB"):
        ask(server.url)


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_a_bomb_takes_little_memory(server: Listener, monkeypatch: pytest.MonkeyPatch, layers: int) -> None:
    monkeypatch.setattr(transport, "MAX_BYTES", MEBIBYTE)
    server.answer = zeros(100 * MEBIBYTE)
    for _ in range(layers):
        server.answer = gzip.compress(server.answer)
    server.headers = {"Content-Encoding": ", ".join(["gzip"] * layers)}
    tracemalloc.start()
    try:
        with pytest.raises(Unreadable, match="larger than 1 MiB"):
            ask(server.url)
        assert tracemalloc.get_traced_memory()[1] < 24 * MEBIBYTE
    finally:
        tracemalloc.stop()


def twice(body: bytes) -> bytes:
    return gzip.compress(gzip.compress(body))
