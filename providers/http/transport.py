"""The only HTTP of the line: sends one signed request and reads its answer, up to a size and within a time. Several threads may
use it at once."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple

import requests
from django.conf import settings
from urllib3.exceptions import ReadTimeoutError

from providers.http.guarded_socket import GuardedAdapter
from providers.http.public_address import RefusedAddress
from providers.toolkit.errors import AskPerson, TryAgain, Unreadable
from providers.toolkit.requests import Answer, Request

CONNECT_TIMEOUT = 10  # seconds
MAX_BYTES = 64 * 1024 * 1024
USER_AGENT = "Viewledger/0.1 (+https://viewledger.example)"


class Arrived(NamedTuple):
    """An answer, and when and how long it was waited for."""

    answer: Answer
    started: datetime
    milliseconds: int


class Transport:
    """One provider's address; a requests session for each thread."""

    def __init__(self, name: str, base_url: str) -> None:
        self.name, self.base_url = name, base_url
        self.local = threading.local()

    def send(self, request: Request, parse: Callable[[bytes], Any]) -> Arrived:
        """Raises TryAgain where no whole answer came, Unreadable where it is too large, AskPerson where the address leads into
        our own network."""
        started, clock = datetime.now(UTC), time.monotonic()
        try:
            answer = self._exchange(request, parse)
        except requests.RequestException as error:
            raise TryAgain(f"{self.name} did not answer: {_short(error)}") from None
        except RefusedAddress as error:
            raise AskPerson(str(error)) from None
        return Arrived(answer, started, round((time.monotonic() - clock) * 1000))

    def _exchange(self, request: Request, parse: Callable[[bytes], Any]) -> Answer:
        response = self._session().request(
            request.method,
            self.base_url + request.path,
            params=dict(request.params),
            headers=dict(request.headers),
            json=request.json,
            data=request.form,
            timeout=(CONNECT_TIMEOUT, settings.PROVIDER_TIMEOUT_SECONDS),
            allow_redirects=False,  # a redirect could lead the credentials elsewhere
            stream=True,
        )
        with response:
            body = b"".join(_capped(response))
        return Answer(response.status_code, response.headers, body, cache(lambda: parse(body)))

    def _session(self) -> requests.Session:
        if not hasattr(self.local, "session"):
            self.local.session = requests.Session()
            self.local.session.headers["User-Agent"] = USER_AGENT
            self.local.session.trust_env = False
            for scheme in ("http://", "https://"):
                self.local.session.mount(scheme, GuardedAdapter())
        session: requests.Session = self.local.session
        return session


def _capped(response: requests.Response) -> Iterator[bytes]:
    received = 0
    for chunk in response.iter_content(64 * 1024):
        received += len(chunk)
        if received > MAX_BYTES:
            raise Unreadable(f"The answer is larger than {MAX_BYTES // 1024 // 1024} MiB.")
        yield chunk


def _short(error: requests.RequestException) -> str:
    """Never the exception's own text: it quotes the address, and that may hold a key."""
    if isinstance(error, requests.Timeout) or (error.args and isinstance(error.args[0], ReadTimeoutError)):
        return "it took too long"
    if isinstance(error, requests.exceptions.SSLError):
        return "its certificate is not one to trust"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the answer broke off"
    if isinstance(error, requests.ConnectionError):
        return "no connection"
    return type(error).__name__
