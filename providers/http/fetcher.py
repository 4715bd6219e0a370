"""Several questions to one provider in flight at once. Threads only carry requests; everything that decides, signs, reads or
touches the database happens here, in the run's own thread, so that answers are taken up one by one in order of arrival.
"""

import time
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from providers.http.client import Client, Page
from providers.http.pending import LONGEST_WAIT, Question, Talk
from providers.http.transport import Arrived
from providers.toolkit.errors import AskPerson, Cancelled, RateLimited, SessionRefused, SyncError, TryAgain
from providers.toolkit.formats import PARSERS
from providers.toolkit.requests import Pages, Request

LOOK_EVERY = 0.5  # seconds between two looks at whether the run was cancelled


@dataclass
class Conversations:
    """Asks all talks, `in_flight` questions at a time, within the provider's limit; one alone until a first answer shows that
    the credentials are taken."""

    client: Client
    in_flight: int
    is_trusted: bool = False
    open: list[Talk] = field(default_factory=list)
    flying: dict[Future[Arrived], Question] = field(default_factory=dict)

    @property
    def most(self) -> int:
        return self.in_flight if self.is_trusted else 1

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
        while len(self.open) < self.most and (talk := next(coming, None)) is not None:
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
        for question in [question for talk in self.open for question in talk.questions]:
            if len(self.flying) >= self.most:
                return
            if self._may_go(question):
                self._send(question, pool)

    def _may_go(self, question: Question) -> bool:
        if not question.is_open or question.ready_at > time.monotonic():
            return False
        lane = question.talk.lane
        for other in self.flying.values():
            if other is question or (lane is not None and other.talk is not question.talk and other.talk.lane == lane):
                return False
        return True

    def _send(self, question: Question, pool: ThreadPoolExecutor) -> None:
        talk = question.talk
        try:
            if self.client.needs_log_in():
                self.client.log_in()
            question.signed, question.log_ins = self._sign(question.request), self.client.log_ins
        except TryAgain as error:
            self._later(question, error)
            return
        if seconds := self.client.take_place():
            if seconds > LONGEST_WAIT:
                talk.fail(RateLimited(f"the provider's limit is closed for {seconds:.0f} s"))
                return
            question.ready_at = time.monotonic() + seconds
            self.client.hooks.on_wait(f"waiting for the provider's limit, {seconds:.0f} s")
            return
        self.client.hooks.on_request()
        parse = PARSERS[talk.format or self.client.provider.format]
        self.flying[pool.submit(self.client.transport.send, question.signed, parse)] = question

    def _sign(self, request: Request) -> Request:
        """A provider without a fixed token asks for its first log-in here."""
        try:
            return self.client.signed(request)
        except SessionRefused:
            self.client.log_in()
            return self.client.signed(request)

    def _take_up(self) -> None:
        """Waits for an answer or for a question to be ready, not longer than a look at the run is due."""
        now = time.monotonic()
        waiting = [question for talk in self.open for question in talk.questions if question.is_open]
        resting = [question.ready_at - now for question in waiting if question.ready_at > now]
        patience = max(0.0, min([LOOK_EVERY, *resting]))
        if not self.flying:
            time.sleep(patience)
            return
        done, _ = wait(self.flying, timeout=patience if resting else LOOK_EVERY, return_when=FIRST_COMPLETED)
        for future in done:
            self._answered(self.flying.pop(future), future)

    def _answered(self, question: Question, future: Future[Arrived]) -> None:
        if not question.is_open:  # another question of its talk has failed for good
            return
        assert question.signed is not None
        try:
            page = self.client.accepted(question.signed, future.result())
        except SessionRefused as error:
            self._refused(question, error)
        except TryAgain as error:
            self._later(question, error)
        except (AskPerson, Cancelled):
            raise
        except SyncError as error:
            question.talk.fail(error)
        else:
            self.is_trusted = True
            question.talk.answered(question, page)

    def _refused(self, question: Question, error: SessionRefused) -> None:
        """One new log-in, unless another question made it since; a session refused right after it is a person's business."""
        if question.refused:
            name = self.client.provider.name
            raise AskPerson(f"{name} refuses a session that it has just opened: {error}") from None
        question.refused = True
        if question.log_ins == self.client.log_ins:
            try:
                self.client.log_in()
            except TryAgain as later:
                question.refused = False
                self._later(question, later)

    def _later(self, question: Question, error: TryAgain) -> None:
        if seconds := question.try_later(error):
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
