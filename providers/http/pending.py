"""A reading while it is asked for: the generator of a feed's `ask()`, and its open requests. Most feeds ask one after the
other; where a feed knows several that may go at once (the pages of a known total), it yields them as a list, and is sent
their documents in the same order. A list that changes between its pages is asked for again from its start.

Nothing here sends anything: `fetcher.py` does, and reports what came of each request.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from providers.http.client import AnswerPage
from providers.toolkit.errors import AskPerson, Incomplete, SyncError, Unreadable
from providers.toolkit.requests import Document, Pages, Request

TRIES = 4
MOST_RESTARTS = 3  # of a reading of several pages that do not fit each other
LONGEST_WAIT = 300.0  # seconds; a longer Retry-After ends the reading, its window stays due


@dataclass(eq=False)
class PendingRequest:
    """One request of a reading, and how often it was tried. Answered when it has a page."""

    reading: "PendingReading"
    request: Request
    signed: Request | None = None
    tries: int = 0
    ready_at: float = 0.0
    log_ins: int = 0  # how many the client had made when the request was signed
    refused: bool = False
    page: AnswerPage | None = None

    @property
    def is_open(self) -> bool:
        return self.page is None and not self.reading.is_over

    def try_later(self, error: SyncError) -> float:
        """Sets when it is tried again and returns the seconds until then, or 0 where its reading has failed for good. Never
        sooner than by our own pause, whatever the provider allows."""
        self.tries += 1
        seconds = max(_backoff(self.tries), error.retry_after or 0.0)
        if self.tries >= TRIES or seconds > LONGEST_WAIT:
            self.reading.fail(error)
            return 0.0
        self.ready_at = time.monotonic() + seconds
        return seconds


@dataclass(eq=False)
class PendingReading:
    """Over when `is_over`; `error` says whether it failed. What `on_page` was given is void when `on_restart` is called."""

    subject: Any
    ask: Callable[[], Pages]
    on_page: Callable[[AnswerPage], None]
    on_restart: Callable[[], None] = lambda: None
    format: str = ""
    lane: Any = None  # readings of one lane go one after the other: the last reading of a state must be the newest
    nothing: bytes = b""  # what HTTP 204 stands for
    requests: list[PendingRequest] = field(default_factory=list)
    is_over: bool = False
    error: SyncError | None = None
    waiting_pages: list[AnswerPage] = field(default_factory=list)  # in the order of their requests
    asks_several: bool = False
    taken: int = 0  # how many of the open requests' pages were handed to `waiting_pages`
    asked: int = 0  # requests since it began, or began again
    restarts: int = 0

    def begin(self) -> None:
        self.pages, self.asked = self.ask(), 0
        self._advance(lambda: next(self.pages))

    def answered(self, request: PendingRequest, page: AnswerPage) -> None:
        """Finds the next requests where this was the last open one. Pages wait for `hand_over()`, whose taker hashes and
        compresses them while requests are under way."""
        request.page = page
        self._take_pages()
        if self.taken == len(self.requests):
            self._go_on()

    def hand_over(self) -> None:
        for page in self.waiting_pages:
            self.on_page(page)
        self.waiting_pages.clear()

    def fail(self, error: SyncError) -> None:
        if isinstance(error, Unreadable) and error.page is not None:
            self.waiting_pages.append(error.page)
        self.error, self.is_over = error, True

    def _take_pages(self) -> None:
        """Those before which none is missing: parts are kept in the order of their requests."""
        for request in self.requests[self.taken :]:
            if request.page is None:
                return
            self.waiting_pages.append(request.page)
            self.taken += 1

    def _go_on(self) -> None:
        def step() -> Request | list[Request]:
            documents: list[Document] = [request.page.document() for request in self.requests if request.page]
            return self.pages.send(documents if self.asks_several else documents[0])

        self._advance(step)

    def _advance(self, step: Callable[[], Request | list[Request]]) -> None:
        try:
            asked = step()
            asked_now = asked if isinstance(asked, list) else [asked]
            if not asked_now:
                raise ValueError("the feed asks for nothing")
        except StopIteration:
            self.is_over = True
        except AskPerson:
            raise
        except Incomplete as error:
            self._begin_again(error)
        except SyncError as error:
            self.fail(error)
        except Exception as error:  # a shape that the feed's author did not think of
            self.fail(Unreadable(f"The answer can't be followed: {type(error).__name__}: {error}"))
        else:
            self.asks_several = isinstance(asked, list)
            self.requests, self.taken = [PendingRequest(self, request) for request in asked_now], 0
            self.asked += len(asked_now)

    def _begin_again(self, error: Incomplete) -> None:
        """A list may have changed while its pages were read; one page that contradicts itself will do so again."""
        if self.asked < 2 or self.restarts == MOST_RESTARTS:
            self.fail(error)
            return
        self.restarts += 1
        self.waiting_pages.clear()
        self.on_restart()
        self.begin()


def _backoff(number: int) -> float:
    """1, 2, 4, … times the setting, with jitter, so that many workers do not come back at once."""
    return settings.SYNC_BACKOFF_SECONDS * 2 ** (number - 1) * random.uniform(0.75, 1.25)  # noqa: S311
