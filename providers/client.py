"""Step 1 of the line, and the only HTTP: limits, signing, retries, status to error, a size cap, scrubbing.

One Client serves one run of one connection. It knows no model; what it must tell the run (a new session, a wait) goes through
`hooks`.
"""

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any

import requests
from django.conf import settings

from providers.addresses import RefusedAddress, UnknownHost, check_public
from providers.base import Answer, Provider, Request
from providers.errors import (
    AskPerson,
    Cancelled,
    RateLimited,
    SessionRefused,
    SyncError,
    TryAgain,
    Unreadable,
)
from providers.formats import PARSERS
from providers.limits import SharedWindow
from providers.scrub import Scrubber
from providers.statuses import DEFAULT_WAIT, check_status

TIMEOUTS = (10, 60)  # seconds to connect, and between two bytes
MAX_BYTES = 64 * 1024 * 1024
TRIES = 4
LONGEST_WAIT = 300.0  # a longer Retry-After ends the try; the window stays due
USER_AGENT = "Viewledger/0.1 (+https://viewledger.example)"


@dataclass
class Hooks:
    """What the run wants to know, and to say."""

    on_session: Callable[[dict[str, Any]], None] = lambda session: None
    on_request: Callable[[], None] = lambda: None
    on_wait: Callable[[str], None] = lambda reason: None
    is_cancelled: Callable[[], bool] = lambda: False


@dataclass(frozen=True)
class Page:
    """One answer with what is worth keeping of it: nothing here holds a secret."""

    request: dict[str, Any]
    status: int
    content_type: str
    body: bytes
    fetched_at: datetime
    milliseconds: int
    document: Callable[[], Any]


@dataclass
class Client:
    provider: Provider
    base_url: str
    credentials: Mapping[str, str]
    session: dict[str, Any] = field(default_factory=dict)
    hooks: Hooks = field(default_factory=Hooks)
    checks_address: bool = False  # the address was typed by a tenant: it must not lead into our own network

    def __post_init__(self) -> None:
        if self.checks_address:
            self._refuse_private_address()
        self.http = requests.Session()
        self.http.headers["User-Agent"] = USER_AGENT
        self.http.trust_env = False
        self.scrubber = Scrubber([*self.provider.secrets(self.credentials), *_words(self.session)])
        limit = self.provider.limit
        key = self.credentials.get(limit.key) if limit else None
        self.window = SharedWindow(self.provider.slug, limit, key) if limit and key else None

    def _refuse_private_address(self) -> None:
        try:
            check_public(self.base_url)
        except UnknownHost as error:
            raise TryAgain(str(error)) from None
        except RefusedAddress as error:
            raise AskPerson(str(error)) from None

    def fetch(self, request: Request, format: str = "") -> Page:
        """One answer that is no failure. Waits, signs anew and tries again where that helps; raises SyncError."""
        for number in range(1, TRIES + 1):
            try:
                return self._once_signed_in(request, format)
            except TryAgain as error:
                wait = _backoff(number) if error.retry_after is None else error.retry_after
                if number == TRIES or wait > LONGEST_WAIT:
                    raise
                self._wait(wait, f"trying again: {error}")
        raise AssertionError("the last try returns or raises")

    def _once_signed_in(self, request: Request, format: str) -> Page:
        auth = self.provider.auth
        if auth.has_session and not auth.is_fresh(self.session, datetime.now(UTC)):
            self._log_in()
        try:
            return self._signed(request, format)
        except SessionRefused:
            self._log_in()
        try:
            return self._signed(request, format)
        except SessionRefused as error:
            raise AskPerson(f"{self.provider.name} refuses a session that it has just opened: {error}") from None

    def _log_in(self) -> None:
        def send(request: Request) -> Answer:
            page = self._send(request, "")
            return Answer(page.status, {}, page.body, page.document)

        self.session = self.provider.auth.log_in(send, self.credentials)
        self.scrubber.add(_words(self.session))
        self.hooks.on_session(self.session)

    def _signed(self, request: Request, format: str) -> Page:
        signed = self.provider.auth.sign(request, self.credentials, self.session, datetime.now(UTC))
        return self._send(signed, format)

    def _send(self, request: Request, format: str) -> Page:
        """One exchange: a place within the limit, the request, the body up to the cap, and its failures raised."""
        self._take_place()
        self.hooks.on_request()
        started, clock = datetime.now(UTC), time.monotonic()
        try:
            answer = self._exchange(request, format)
        except requests.RequestException as error:
            raise TryAgain(self.scrubber.text(f"{self.provider.name} did not answer: {_short(error)}")) from None
        page = Page(
            request=self.scrubber.request(self.base_url, request),
            status=answer.status,
            content_type=answer.headers.get("Content-Type", ""),
            body=self.scrubber.body(answer.body),
            fetched_at=started,
            milliseconds=round((time.monotonic() - clock) * 1000),
            document=answer.document,
        )
        try:
            self._check_words(answer)
            check_status(self.provider, answer)
        except Unreadable as error:
            error.page = page
            raise
        except SyncError as error:
            if isinstance(error, RateLimited) and self.window:
                self.window.close_for(DEFAULT_WAIT if error.retry_after is None else error.retry_after)
            raise self._scrubbed(error) from None
        return page

    def _check_words(self, answer: Answer) -> None:
        """The provider's own words. An error page that is not in its format is left to the status."""
        try:
            self.provider.failure(answer)
        except Unreadable:
            if 200 <= answer.status < 300:
                raise

    def _exchange(self, request: Request, format: str) -> Answer:
        response = self.http.request(
            request.method,
            self.base_url + request.path,
            params=dict(request.params),
            headers=dict(request.headers),
            json=request.json,
            data=request.form,
            timeout=TIMEOUTS,
            allow_redirects=False,
            stream=True,
        )
        with response:
            body = b"".join(_capped(response))
        parse = PARSERS[format or self.provider.format]
        return Answer(response.status_code, response.headers, body, cache(lambda: parse(body)))

    def _take_place(self) -> None:
        while self.window and (wait := self.window.take()):
            self._wait(wait, f"waiting for the provider's limit, {wait:.0f} s")

    def _wait(self, seconds: float, reason: str) -> None:
        """Waits in short steps, so that a cancelled run stops soon."""
        self.hooks.on_wait(reason)
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if self.hooks.is_cancelled():
                raise Cancelled("The run was cancelled while it waited.")
            time.sleep(min(1.0, left))
        self.hooks.on_wait("")

    def _scrubbed(self, error: SyncError) -> SyncError:
        error.args = tuple(self.scrubber.text(str(arg)) for arg in error.args)
        return error


def _capped(response: requests.Response) -> Any:
    received = 0
    for chunk in response.iter_content(64 * 1024):
        received += len(chunk)
        if received > MAX_BYTES:
            raise Unreadable(f"The answer is larger than {MAX_BYTES // 1024 // 1024} MiB.")
        yield chunk


def _words(session: Mapping[str, Any]) -> list[str]:
    """What of a session must not be seen: everything but times."""
    return [value for name, value in session.items() if isinstance(value, str) and name != "expires"]


def _backoff(number: int) -> float:
    """1, 2, 4, … times the setting, with jitter, so that many workers do not come back at once."""
    return settings.SYNC_BACKOFF_SECONDS * 2 ** (number - 1) * random.uniform(0.75, 1.25)  # noqa: S311


def _short(error: requests.RequestException) -> str:
    if isinstance(error, requests.Timeout):
        return "it took too long"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the answer broke off"
    if isinstance(error, requests.ConnectionError):
        return "no connection"
    return type(error).__name__
