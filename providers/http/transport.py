"""The only HTTP of the line: sends one signed request and reads its answer, up to a size and within a time. Several threads may
use it at once."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple

import requests
from django.conf import settings
from urllib3.exceptions import HTTPError, ReadTimeoutError

from providers.http.guarded_socket import GuardedAdapter
from providers.http.public_address import RefusedAddress
from providers.toolkit.errors import AskPerson, TryAgain, Unreadable
from providers.toolkit.requests import Answer, Request
from reporting.vendor_text import clean

CONNECT_TIMEOUT = 10  # seconds
LONGEST_TYPE = 100  # letters of a content type that are kept with an answer, and looked at
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

    def send(self, request: Request, parse: Callable[..., Any]) -> Arrived:
        """Raises TryAgain where no whole answer came, Unreadable where it is too large or where the request holds what can't be
        sent, AskPerson where the address leads into our own network. `parse` is given body, content type and status."""
        started, clock = datetime.now(UTC), time.monotonic()
        try:
            answer = self._exchange(request, parse)
        except (requests.RequestException, HTTPError) as error:  # requests passes some of urllib3's on as they are
            raise TryAgain(f"{self.name} did not answer: {_short(error)}") from None
        except RefusedAddress as error:
            raise AskPerson(str(error)) from None
        except UnicodeError:
            raise Unreadable(f"A request to {self.name} holds a text that can't be sent.") from None
        return Arrived(answer, started, round((time.monotonic() - clock) * 1000))

    def _exchange(self, request: Request, parse: Callable[..., Any]) -> Answer:
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
        content_type = content_type_of(response.headers)
        return Answer(
            response.status_code,
            response.headers,
            body,
            cache(lambda: parse(body, content_type, response.status_code)),
        )

    def _session(self) -> requests.Session:
        if not hasattr(self.local, "session"):
            self.local.session = requests.Session()
            self.local.session.headers["User-Agent"] = USER_AGENT
            self.local.session.trust_env = False
            for scheme in ("http://", "https://"):
                self.local.session.mount(scheme, GuardedAdapter())
        session: requests.Session = self.local.session
        return session


def content_type_of(headers: Mapping[str, str]) -> str:
    """As it is kept with the answer: what is read from it now is read from it in a replay."""
    return clean(headers.get("Content-Type", ""))[:LONGEST_TYPE]


def _capped(response: requests.Response) -> Iterator[bytes]:
    received = 0
    for chunk in response.iter_content(64 * 1024):
        received += len(chunk)
        if received > MAX_BYTES:
            raise Unreadable(f"The answer is larger than {MAX_BYTES // 1024 // 1024} MiB.")
        yield chunk


def _short(error: Exception) -> str:
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
