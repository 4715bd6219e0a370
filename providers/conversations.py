"""Several questions to one provider in flight at once. Threads only carry requests; everything that decides, signs, reads or
touches the database happens here, in the run's own thread, so that answers are taken up one by one in order of arrival.

A *talk* is one reading: the generator of a feed's `ask()`, its next request, and how often that was tried.
"""

import random
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from providers.base import Pages, Request
from providers.client import Client, Page
from providers.errors import AskPerson, Cancelled, RateLimited, SessionRefused, SyncError, TryAgain, Unreadable
from providers.formats import PARSERS
from providers.transport import Arrived

TRIES = 4
LONGEST_WAIT = 300.0  # seconds; a longer Retry-After ends the talk, its window stays due
LOOK_EVERY = 0.5  # seconds between two looks at whether the run was cancelled


@dataclass
class Talk:
    """One reading being asked for. Over when `is_over`; `error` says whether it failed."""

    subject: Any
    pages: Pages
    on_page: Callable[[Page], None]
    format: str = ""
    lane: Any = None  # talks of one lane go one after the other: the last reading of a state must be the newest
    request: Request | None = None
    signed: Request | None = None
    tries: int = 0
    ready_at: float = 0.0
    log_ins: int = 0  # how many the client had made when the request was signed
    refused: bool = False
    is_over: bool = False
    error: SyncError | None = None
    unkept: list[Page] = field(default_factory=list)

    def begin(self) -> None:
        self._advance(lambda: next(self.pages))

    def answered(self, page: Page) -> None:
        """Finds the next request. The page waits for `keep()`, which hashes and compresses while that is under way."""
        self.unkept.append(page)
        self.tries, self.refused = 0, False
        self._advance(lambda: self.pages.send(page.document()))

    def keep(self) -> None:
        for page in self.unkept:
            self.on_page(page)
        self.unkept.clear()

    def _advance(self, step: Callable[[], Request]) -> None:
        try:
            self.request = step()
        except StopIteration:
            self.is_over = True
        except AskPerson:
            raise
        except SyncError as error:
            self.fail(error)
        except Exception as error:  # a shape that the feed's author did not think of
            self.fail(Unreadable(f"The answer can't be followed: {type(error).__name__}: {error}"))

    def fail(self, error: SyncError) -> None:
        if isinstance(error, Unreadable) and error.page is not None:
            self.unkept.append(error.page)
        self.error, self.is_over = error, True

    def try_later(self, error: TryAgain) -> float:
        """Sets when it is tried again and returns the seconds until then, or 0 where it has failed for good."""
        self.tries += 1
        seconds = _backoff(self.tries) if error.retry_after is None else error.retry_after
        if self.tries >= TRIES or seconds > LONGEST_WAIT:
            self.fail(error)
            return 0.0
        self.ready_at = time.monotonic() + seconds
        return seconds


@dataclass
class Conversations:
    """Asks all talks, `in_flight` at a time, within the provider's limit; one alone until a first answer shows that the
    credentials are taken."""

    client: Client
    in_flight: int
    is_trusted: bool = False
    open: list[Talk] = field(default_factory=list)
    flying: dict[Future[Arrived], Talk] = field(default_factory=dict)

    def run(self, talks: Iterable[Talk]) -> Iterator[Talk]:
        """Each talk when it is over. Raises AskPerson and Cancelled, which end all."""
        coming = iter(talks)
        with ThreadPoolExecutor(self.in_flight, thread_name_prefix="provider") as pool:
            while True:
                self._stop_if_cancelled()
                self._open_more(coming)
                yield from self._over()
                if not self.open:  # all of a round may be over without a request
                    self._open_more(coming)
                    if not self.open:
                        return
                    continue
                self._launch(pool)
                for talk in self.open:
                    talk.keep()
                self._take_up()
                yield from self._over()

    def _open_more(self, coming: Iterator[Talk]) -> None:
        most = self.in_flight if self.is_trusted else 1
        while len(self.open) < most and (talk := next(coming, None)) is not None:
            talk.begin()
            self.open.append(talk)

    def _over(self) -> Iterator[Talk]:
        ended = [talk for talk in self.open if talk.is_over]
        self.open = [talk for talk in self.open if not talk.is_over]
        for talk in ended:
            talk.keep()
            yield talk

    def _launch(self, pool: ThreadPoolExecutor) -> None:
        """Sends what is ready and has a place within the limit."""
        for talk in self.open:
            if not self._may_go(talk):
                continue
            try:
                if self.client.needs_log_in():
                    self.client.log_in()
                talk.signed, talk.log_ins = self._sign(talk), self.client.log_ins
            except TryAgain as error:
                self._later(talk, error)
                continue
            if seconds := self.client.take_place():
                if seconds > LONGEST_WAIT:
                    talk.fail(RateLimited(f"the provider's limit is closed for {seconds:.0f} s"))
                    continue
                talk.ready_at = time.monotonic() + seconds
                self.client.hooks.on_wait(f"waiting for the provider's limit, {seconds:.0f} s")
                continue
            self.client.hooks.on_request()
            parse = PARSERS[talk.format or self.client.provider.format]
            self.flying[pool.submit(self.client.transport.send, talk.signed, parse)] = talk

    def _may_go(self, talk: Talk) -> bool:
        under_way = self.flying.values()
        if talk.is_over or talk.ready_at > time.monotonic() or any(other is talk for other in under_way):
            return False
        return talk.lane is None or all(other.lane != talk.lane for other in under_way)

    def _sign(self, talk: Talk) -> Request:
        """A provider without a fixed token asks for its first log-in here."""
        assert talk.request is not None
        try:
            return self.client.signed(talk.request)
        except SessionRefused:
            self.client.log_in()
            return self.client.signed(talk.request)

    def _take_up(self) -> None:
        """Waits for an answer or for a talk to be ready, not longer than a look at the run is due."""
        resting = [talk.ready_at for talk in self.open if talk.ready_at > time.monotonic()]
        patience = max(0.0, min([LOOK_EVERY, *(at - time.monotonic() for at in resting)]))
        if not self.flying:
            time.sleep(patience)
            return
        done, _ = wait(self.flying, timeout=patience if resting else LOOK_EVERY, return_when=FIRST_COMPLETED)
        for future in done:
            self._answered(self.flying.pop(future), future)

    def _answered(self, talk: Talk, future: Future[Arrived]) -> None:
        assert talk.signed is not None
        try:
            page = self.client.accepted(talk.signed, future.result())
        except SessionRefused as error:
            self._refused(talk, error)
        except TryAgain as error:
            self._later(talk, error)
        except (AskPerson, Cancelled):
            raise
        except SyncError as error:
            talk.fail(error)
        else:
            self.is_trusted = True
            talk.answered(page)

    def _refused(self, talk: Talk, error: SessionRefused) -> None:
        """One new log-in, unless another talk made it since; a session refused right after it is a person's business."""
        if talk.refused:
            name = self.client.provider.name
            raise AskPerson(f"{name} refuses a session that it has just opened: {error}") from None
        talk.refused = True
        if talk.log_ins == self.client.log_ins:
            try:
                self.client.log_in()
            except TryAgain as later:
                talk.refused = False
                self._later(talk, later)

    def _later(self, talk: Talk, error: TryAgain) -> None:
        if seconds := talk.try_later(error):
            self.client.hooks.on_wait(f"trying again in {seconds:.0f} s: {error}")

    def _stop_if_cancelled(self) -> None:
        if self.client.hooks.is_cancelled():
            raise Cancelled("The run was cancelled.")


def fetch(client: Client, request: Request, format: str = "") -> Page:
    """One answer that is no failure: a talk of one request. Raises SyncError."""
    found: list[Page] = []

    def ask() -> Pages:
        yield request

    for talk in Conversations(client, in_flight=1).run([Talk(None, ask(), found.append, format)]):
        if talk.error is not None:
            raise talk.error
    return found[0]


def _backoff(number: int) -> float:
    """1, 2, 4, … times the setting, with jitter, so that many workers do not come back at once."""
    return settings.SYNC_BACKOFF_SECONDS * 2 ** (number - 1) * random.uniform(0.75, 1.25)  # noqa: S311
