"""Step 1 of the line: what is sent and what comes back. A place within the limit, the log-in, the signature; then the answer's
failures are raised and its secrets scrubbed.

One Client serves one run of one connection, in the run's own thread; only `transport.send` may be called from others. It
knows no model; what the run must know (a new session, a wait) goes through `hooks`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

from django.conf import settings

from providers.http.log_scrubber import hide
from providers.http.public_address import RefusedAddress, UnknownHost, check_public
from providers.http.rate_limit import SharedWindow
from providers.http.scrubber import Scrubber
from providers.http.status_errors import DEFAULT_WAIT, check_status
from providers.http.transport import Arrived, Transport, content_type_of
from providers.toolkit.errors import AskPerson, RateLimited, SyncError, TryAgain, Unreadable
from providers.toolkit.formats import document
from providers.toolkit.provider import Provider
from providers.toolkit.requests import Answer, Request
from reporting.origin import origin


@dataclass
class Hooks:
    """How the client calls the run: what happened, and whether to go on."""

    on_session: Callable[[dict[str, Any]], None] = lambda session: None
    on_request: Callable[[], None] = lambda: None
    on_wait: Callable[[str], None] = lambda reason: None
    is_cancelled: Callable[[], bool] = lambda: False


@dataclass(frozen=True)
class AnswerPage:
    """One answer with what is kept of it: nothing here but `document` may hold a secret."""

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
        self.transport = Transport(self.provider.name, self.base_url)
        self.scrubber = Scrubber([*self.provider.secrets(self.credentials), *_secrets_of(self.session)])
        hide(self.scrubber)
        self.log_ins = 0
        limit = self.provider.limit
        key = self.credentials.get(limit.key) if limit else None
        is_elsewhere = origin(self.base_url) != origin(self.provider.base_url)
        # Whoever listens at an address of a tenant's own can say 429, but not for those who ask the vendor with the same key.
        place = f"{self.provider.slug}@{origin(self.base_url)}" if is_elsewhere else self.provider.slug
        self.window = SharedWindow(place, limit, key) if limit and key else None

    def _refuse_private_address(self) -> None:
        try:
            check_public(self.base_url, self.provider.base_url)
        except UnknownHost as error:
            raise TryAgain(str(error)) from None
        except RefusedAddress as error:
            raise AskPerson(str(error)) from None

    def take_place(self) -> float:
        """Takes a place within the provider's limit and returns 0, or returns the seconds to wait before asking again."""
        return self.window.take() if self.window else 0.0

    def signed(self, request: Request) -> Request:
        """The request with its signature, made anew at each try."""
        signed = self.provider.auth.sign(request, self.credentials, self.session, datetime.now(UTC))
        self.scrubber.add(_secrets_in(signed.headers))
        return signed

    def needs_log_in(self) -> bool:
        auth = self.provider.auth
        return auth.has_session and not auth.is_fresh(self.session, datetime.now(UTC))

    def log_in(self) -> None:
        """Opens a session. Raises AskPerson where the credentials are refused, TryAgain where it should be tried later."""

        def send(request: Request) -> Answer:
            if wait := self.take_place():
                raise RateLimited(f"{self.provider.name}'s limit is used up before the log-in", retry_after=wait)
            page = self.accepted(request, self.send(request))
            return Answer(page.status, {}, page.body, page.document)

        try:
            self.session = self.provider.auth.log_in(send, self.credentials)
        except Unreadable:  # its text could quote a session that is not known as a secret yet
            raise TryAgain(f"{self.provider.name}'s answer to the log-in can't be read.") from None
        self.log_ins += 1
        self.scrubber.add(_secrets_of(self.session))
        self.hooks.on_session(self.session)

    def send(self, request: Request, format: str = "") -> Arrived:
        """One exchange in this thread."""
        self.hooks.on_request()
        return self.transport.send(request, partial(document, format or self.provider.format, b""))

    def accepted(self, request: Request, arrived: Arrived) -> AnswerPage:
        """The answer as it may be kept, where it is no failure. Raises SyncError, scrubbed."""
        answer = arrived.answer
        page = AnswerPage(
            request=self.scrubber.request(self.base_url, request),
            status=answer.status,
            content_type=content_type_of(answer.headers),
            body=self.scrubber.body(answer.body),
            fetched_at=arrived.started,
            milliseconds=arrived.milliseconds,
            document=answer.document,
        )
        try:
            self._check_vendors_words(answer)
            # The answer's beginning is quoted: it is scrubbed before it is cut.
            check_status(self.provider, answer._replace(body=page.body), self.base_url)
            answer.document()
        except Unreadable as error:
            error.page = page
            error.args = tuple(self.scrubber.text(str(arg)) for arg in error.args)
            raise
        except SyncError as error:
            if isinstance(error, RateLimited) and self.window:
                wait = DEFAULT_WAIT if error.retry_after is None else error.retry_after
                self.window.close_for(max(wait, settings.SYNC_BACKOFF_SECONDS))
            error.args = tuple(self.scrubber.text(str(arg)) for arg in error.args)
            raise
        return page

    def _check_vendors_words(self, answer: Answer) -> None:
        """The provider's own words. An error page that is not in its format is left to the status."""
        try:
            self.provider.failure(answer)
        except SyncError as error:
            if not isinstance(error, Unreadable) or 200 <= answer.status < 300:
                raise
        except Exception as error:  # a shape that the provider's author did not think of
            if 200 <= answer.status < 300:
                raise Unreadable(f"The answer can't be followed: {type(error).__name__}: {error}") from error


def _secrets_of(session: Mapping[str, Any]) -> list[str]:
    """The secrets of a session: everything but times."""
    return [value for name, value in session.items() if isinstance(value, str) and name != "expires"]


def _secrets_in(headers: Mapping[str, str]) -> list[str]:
    """What of a signature could be used by whoever sees it, like the base64 of Basic."""
    return [value.rpartition(" ")[2] for name, value in headers.items() if name.lower() == "authorization"]
