"""Sends several requests to one provider at once. Threads only carry requests; everything that decides, signs, reads or
touches the database happens here, in the run's own thread, so that answers are handled one by one in order of arrival.
"""

import time
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from functools import partial

from providers.http.client import AnswerPage, Client
from providers.http.pending import LONGEST_WAIT, PendingReading, PendingRequest
from providers.http.transport import Arrived
from providers.toolkit.errors import AskPerson, Cancelled, RateLimited, SessionRefused, SyncError, TryAgain, Unreadable
from providers.toolkit.formats import document
from providers.toolkit.requests import Pages, Request

LOOK_EVERY = 0.5  # seconds between two looks at whether the run was cancelled


@dataclass
class Fetcher:
    """Makes all readings, `in_flight` requests at a time, within the provider's limit; one alone until a first answer shows
    that the credentials are accepted."""

    client: Client
    in_flight: int
    is_trusted: bool = False
    under_way: list[PendingReading] = field(default_factory=list)
    sent: dict[Future[Arrived], PendingRequest] = field(default_factory=dict)

    @property
    def at_once(self) -> int:
        return self.in_flight if self.is_trusted else 1

    def run(self, readings: Iterable[PendingReading]) -> Iterator[PendingReading]:
        """Each reading when it is over. Raises AskPerson and Cancelled, which end all."""
        coming = iter(readings)
        with ThreadPoolExecutor(self.in_flight, thread_name_prefix="provider") as pool:
            while True:
                self._stop_if_cancelled()
                self._open_more(coming)
                yield from self._over()
                if not self.under_way:  # all of a round may be over without a request
                    self._open_more(coming)
                    if not self.under_way:
                        return
                    continue
                self._launch(pool)
                for reading in self.under_way:
                    reading.hand_over()
                self._receive()
                yield from self._over()

    def _open_more(self, coming: Iterator[PendingReading]) -> None:
        while len(self.under_way) < self.at_once and (reading := next(coming, None)) is not None:
            reading.begin()
            self.under_way.append(reading)

    def _over(self) -> Iterator[PendingReading]:
        ended = [reading for reading in self.under_way if reading.is_over]
        self.under_way = [reading for reading in self.under_way if not reading.is_over]
        for reading in ended:
            reading.hand_over()
            yield reading

    def _launch(self, pool: ThreadPoolExecutor) -> None:
        """Sends the requests that are ready and have a place within the limit."""
        for pending in [pending for reading in self.under_way for pending in reading.requests]:
            if len(self.sent) >= self.at_once:
                return
            if self._may_go(pending):
                self._send(pending, pool)

    def _may_go(self, pending: PendingRequest) -> bool:
        if not pending.is_open or pending.ready_at > time.monotonic():
            return False
        lane = pending.reading.lane
        for other in self.sent.values():
            if other is pending or (
                lane is not None and other.reading is not pending.reading and other.reading.lane == lane
            ):
                return False
        return True

    def _send(self, pending: PendingRequest, pool: ThreadPoolExecutor) -> None:
        reading = pending.reading
        try:
            if self.client.needs_log_in():
                self.client.log_in()
            pending.signed, pending.log_ins = self._sign(pending.request), self.client.log_ins
        except TryAgain as error:
            self._later(pending, error)
            return
        if seconds := self.client.take_place():
            if seconds > LONGEST_WAIT:
                reading.fail(RateLimited(f"the provider's limit is closed for {seconds:.0f} s"))
                return
            pending.ready_at = time.monotonic() + seconds
            self.client.hooks.on_wait(f"waiting for the provider's limit, {seconds:.0f} s")
            return
        self.client.hooks.on_request()
        parse = partial(document, reading.format or self.client.provider.format, reading.nothing)
        self.sent[pool.submit(self.client.transport.send, pending.signed, parse)] = pending

    def _sign(self, request: Request) -> Request:
        """A provider without a fixed token asks for its first log-in here."""
        try:
            return self.client.signed(request)
        except SessionRefused:
            self.client.log_in()
            return self.client.signed(request)

    def _receive(self) -> None:
        """Waits for an answer or for a request to be ready, but not longer than until the next look at the run."""
        now = time.monotonic()
        waiting = [pending for reading in self.under_way for pending in reading.requests if pending.is_open]
        resting = [pending.ready_at - now for pending in waiting if pending.ready_at > now]
        patience = max(0.0, min([LOOK_EVERY, *resting]))
        if not self.sent:
            time.sleep(patience)
            return
        done, _ = wait(self.sent, timeout=patience if resting else LOOK_EVERY, return_when=FIRST_COMPLETED)
        for future in done:
            self._answered(self.sent.pop(future), future)

    def _answered(self, pending: PendingRequest, future: Future[Arrived]) -> None:
        if not pending.is_open:  # another request of its reading has failed for good
            return
        assert pending.signed is not None
        try:
            page = self.client.accepted(pending.signed, future.result())
        except SessionRefused as error:
            self._refused(pending, error)
        except TryAgain as error:
            self._later(pending, error)
        except (AskPerson, Cancelled):
            raise
        except SyncError as error:
            if isinstance(error, Unreadable) and error.is_broken:
                self._later(pending, error)
            else:
                pending.reading.fail(error)
        else:
            self.is_trusted = True
            pending.reading.answered(pending, page)

    def _refused(self, pending: PendingRequest, error: SessionRefused) -> None:
        """One new log-in, unless another request made it since; a session refused right after it needs a person."""
        if pending.refused:
            name = self.client.provider.name
            raise AskPerson(f"{name} refuses a session that it has just opened: {error}") from None
        pending.refused = True
        if pending.log_ins == self.client.log_ins:
            try:
                self.client.log_in()
            except TryAgain as later:
                pending.refused = False
                self._later(pending, later)

    def _later(self, pending: PendingRequest, error: SyncError) -> None:
        if seconds := pending.try_later(error):
            self.client.hooks.on_wait(f"trying again in {seconds:.0f} s: {error}")

    def _stop_if_cancelled(self) -> None:
        if self.client.hooks.is_cancelled():
            raise Cancelled("The run was cancelled.")


def fetch(client: Client, request: Request, format: str = "") -> AnswerPage:
    """One answer that is no failure: a reading of one request. Raises SyncError."""
    found: list[AnswerPage] = []

    def ask() -> Pages:
        yield request

    for reading in Fetcher(client, in_flight=1).run([PendingReading(None, ask, found.append, format=format)]):
        if reading.error is not None:
            raise reading.error
    return found[0]
