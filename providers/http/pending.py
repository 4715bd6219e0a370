"""A *talk* is one reading being asked for: the generator of a feed's `ask()`, and its open *questions*. Most feeds ask one
after the other; where a feed knows several that may go at once (the pages of a known total), it yields them as a list, and
is sent their documents in the same order.

Nothing here sends anything: `conversations.py` does, and says what became of each question.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from providers.http.client import Page
from providers.toolkit.errors import AskPerson, SyncError, TryAgain, Unreadable
from providers.toolkit.requests import Document, Pages, Request

TRIES = 4
LONGEST_WAIT = 300.0  # seconds; a longer Retry-After ends the talk, its window stays due


@dataclass(eq=False)
class Question:
    """One request of a talk, and how often it was tried. Answered when it has a page."""

    talk: "Talk"
    request: Request
    signed: Request | None = None
    tries: int = 0
    ready_at: float = 0.0
    log_ins: int = 0  # how many the client had made when the request was signed
    refused: bool = False
    page: Page | None = None

    @property
    def is_open(self) -> bool:
        return self.page is None and not self.talk.is_over

    def try_later(self, error: TryAgain) -> float:
        """Sets when it is tried again and returns the seconds until then, or 0 where its talk has failed for good."""
        self.tries += 1
        seconds = _backoff(self.tries) if error.retry_after is None else error.retry_after
        if self.tries >= TRIES or seconds > LONGEST_WAIT:
            self.talk.fail(error)
            return 0.0
        self.ready_at = time.monotonic() + seconds
        return seconds


@dataclass(eq=False)
class Talk:
    """Over when `is_over`; `error` says whether it failed."""

    subject: Any
    pages: Pages
    on_page: Callable[[Page], None]
    format: str = ""
    lane: Any = None  # talks of one lane go one after the other: the last reading of a state must be the newest
    questions: list[Question] = field(default_factory=list)
    is_over: bool = False
    error: SyncError | None = None
    unkept: list[Page] = field(default_factory=list)  # in the order of their questions
    asks_several: bool = False
    taken: int = 0  # how many of the open questions' pages were handed to `unkept`

    def begin(self) -> None:
        self._advance(lambda: next(self.pages))

    def answered(self, question: Question, page: Page) -> None:
        """Finds the next questions where this was the last open one. Pages wait for `keep()`, which hashes and compresses
        while requests are under way."""
        question.page = page
        self._take_pages()
        if self.taken == len(self.questions):
            self._go_on()

    def keep(self) -> None:
        for page in self.unkept:
            self.on_page(page)
        self.unkept.clear()

    def fail(self, error: SyncError) -> None:
        if isinstance(error, Unreadable) and error.page is not None:
            self.unkept.append(error.page)
        self.error, self.is_over = error, True

    def _take_pages(self) -> None:
        """Those before which none is missing: parts are kept in the order of their questions."""
        for question in self.questions[self.taken :]:
            if question.page is None:
                return
            self.unkept.append(question.page)
            self.taken += 1

    def _go_on(self) -> None:
        def step() -> Request | list[Request]:
            documents: list[Document] = [question.page.document() for question in self.questions if question.page]
            return self.pages.send(documents if self.asks_several else documents[0])

        self._advance(step)

    def _advance(self, step: Callable[[], Request | list[Request]]) -> None:
        try:
            asked = step()
            requests = asked if isinstance(asked, list) else [asked]
            if not requests:
                raise ValueError("the feed asks for nothing")
        except StopIteration:
            self.is_over = True
        except AskPerson:
            raise
        except SyncError as error:
            self.fail(error)
        except Exception as error:  # a shape that the feed's author did not think of
            self.fail(Unreadable(f"The answer can't be followed: {type(error).__name__}: {error}"))
        else:
            self.asks_several = isinstance(asked, list)
            self.questions, self.taken = [Question(self, request) for request in requests], 0


def _backoff(number: int) -> float:
    """1, 2, 4, … times the setting, with jitter, so that many workers do not come back at once."""
    return settings.SYNC_BACKOFF_SECONDS * 2 ** (number - 1) * random.uniform(0.75, 1.25)  # noqa: S311
