"""The line itself: plan -> fetch -> snapshot -> read -> normalise -> store, for one connection.

    plan.due()      what is due                                   pure
    Fetcher         several requests in flight                    HTTP, no database but the limit's row
    snapshots       snapshot, rows, facts, totals, progress       one transaction, no HTTP

A run ends succeeded, partial (it says which readings failed), failed or cancelled; never "succeeded" with holes.
"""

import logging
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import psycopg
from django.db import DataError, IntegrityError

from providers import registry
from providers.connections.account import to_send
from providers.http.client import Client, Hooks
from providers.http.fetcher import Fetcher
from providers.http.pending import PendingReading
from providers.pipeline import assets, chosen_progress, feed_progress, plan, reread, snapshots
from providers.pipeline.connection_lock import only_one
from providers.pipeline.plan import Calendar, Due
from providers.pipeline.run_progress import OnEnd, RunProgress
from providers.pipeline.subjects import Subjects
from providers.toolkit import feed_choice
from providers.toolkit.errors import AskPerson, Cancelled, Held, NotEntered, SyncError, TryAgain, Unreadable
from providers.toolkit.feed_choice import ChosenFeed
from providers.toolkit.feeds import Span
from providers.toolkit.requests import Ask, AssetRef, Pages, Window
from reporting.encryption import MisplacedError
from reporting.models import SyncRun
from reporting.periods import EARLIEST
from reporting.tenancy.scoping import tenant_scope

logger = logging.getLogger(__name__)

GIVE_UP_AFTER = 5  # readings in a row that failed although each was tried again: the provider is down


def sync(run: SyncRun, on_end: OnEnd, on_progress: Callable[[SyncRun], None] = lambda run: None) -> SyncRun:
    """Makes a queued run. Returns it ended; raises AlreadyRunning with the run untouched. `scheduling/run.py` calls it with
    what a run's end means for its connection."""
    with only_one(run.connection):
        line = SyncLine(run, on_end, on_progress)
        try:
            with leaving_on_sigterm(line.progress):
                line.work()
        except Cancelled:
            line.progress.end(SyncRun.State.CANCELLED)
        except BaseException as error:  # Ctrl-C too: the row must not say "running" for ever
            line.progress.error(None, error)
            line.progress.end()
            raise
        else:
            line.progress.end()
    if line.progress.is_leaving:
        signal.raise_signal(signal.SIGTERM)  # now the process does what it does on SIGTERM
    return run


@contextmanager
def leaving_on_sigterm(progress: RunProgress) -> Iterator[None]:
    """SIGTERM lets the requests in flight finish, then ends the run; what is missing is due again."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may set handlers
        return
    before = signal.signal(signal.SIGTERM, lambda number, frame: progress.leave())
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


class SyncLine:
    """One run over one connection."""

    def __init__(self, run: SyncRun, on_end: OnEnd, on_progress: Callable[[SyncRun], None]) -> None:
        self.run, self.connection = run, run.connection
        self.provider = registry.get(self.connection.provider)
        self.progress = RunProgress(run, on_end, on_progress)
        self.failed_in_a_row, self.has_begun_rounds = 0, False
        self.named: list[str] = []  # the external ids of the account and the applications

    def work(self) -> None:
        self.progress.start()
        try:
            self.client = self.open_client()
            self.ensure_named()
            for feeds in self.stages():
                self.ask_all(self.due(feeds))
        except AskPerson as error:
            self.progress.needs_attention(error)
        except (Down, TryAgain) as error:
            self.progress.error(None, error)

    def open_client(self) -> Client:
        return Client(
            provider=self.provider,
            base_url=(self.connection.base_url or self.provider.base_url).rstrip("/"),
            credentials=to_send(self.connection),
            session=self.connection.session,
            checks_address=bool(self.connection.base_url),
            hooks=Hooks(
                on_session=self.save_session,
                on_request=self.progress.request,
                on_wait=self.progress.waiting,
                is_cancelled=self.progress.is_cancelled,
            ),
        )

    def save_session(self, session: dict) -> None:
        self.connection.session = session
        with tenant_scope(self.connection.tenant_id):
            self.connection.save(update_fields=["sealed_session"])

    def ensure_named(self) -> None:
        """The assets that credentials and options name, made at the first run: the one on which the provider's account-level
        figures hang, and those that hold others."""
        found = self.provider.named(self.client.credentials, self.connection.options)
        self.named = [seen.external_id for seen in found]
        with tenant_scope(self.connection.tenant_id):
            assets.ensure(self.connection, found)

    def stages(self) -> Iterator[list[ChosenFeed]]:
        """The feeds to ask, those that find assets first."""
        feeds = self.asked_feeds()
        yield [(feed, kinds) for feed, kinds in feeds if feed.discovers]
        yield [(feed, kinds) for feed, kinds in feeds if not feed.discovers]

    def asked_feeds(self) -> list[ChosenFeed]:
        if self.run.feed:
            feed = self.provider.feed(self.run.feed)
            return [(feed, tuple(feed.kinds))]
        return self.chosen_feeds()

    def chosen_feeds(self) -> list[ChosenFeed]:
        """Those of a plain sync."""
        return feed_choice.chosen(self.provider, self.connection.feeds, self.connection.options)

    def due(self, feeds: list[ChosenFeed]) -> list[Due]:
        now = datetime.now(UTC)
        calendar = Calendar.of(self.connection, now)
        one_off = None
        if self.run.from_day or self.run.to_day:
            first = max(self.run.from_day or calendar.history_from, EARLIEST)
            one_off = Window(first, min(self.run.to_day or calendar.today, calendar.today))
        with tenant_scope(self.connection.tenant_id):
            rhythm = reread.Rhythm.of(self.connection, now)
            if not self.has_begun_rounds:
                reread.begin_rounds(self.connection, rhythm)
                chosen_progress.mark(self.connection, self.chosen_feeds(), self.named)
                self.has_begun_rounds = True
            subjects = Subjects.of(self.connection, feeds, self.named)
            if one_off is None:
                chosen_progress.begin(self.connection, subjects, self.chosen_feeds())
        found = plan.due(subjects, calendar, one_off)
        if one_off is None:
            found += reread.rereads(found, subjects, calendar, rhythm)
        self.progress.expect(len(found))
        return found

    def ask_all(self, found: list[Due]) -> None:
        """All readings, several in flight, each stored when it has arrived. Only what needs a person (AskPerson), a
        cancellation, or a provider that is down ends the run before the last."""
        fetcher = Fetcher(self.client, self.provider.in_flight)
        for reading in fetcher.run(self.pending(due) for due in found):
            self.ended(reading.subject, reading.error)

    def pending(self, due: Due) -> PendingReading:
        collected = snapshots.CollectedReading(due, tuple(self.provider.volatile))
        try:
            access = due.access.hash if due.access else ""
        except MisplacedError:
            question = f"Enter the password of “{due.access}” again."
            return PendingReading(collected, lambda: refused(question), collected.add)
        self.client.scrubber.add([access])
        ask = Ask(
            window=due.window,
            zone=ZoneInfo(self.connection.time_zone),
            now=datetime.now(UTC),
            credentials=self.client.credentials,
            options=self.connection.options,
            asset=AssetRef(due.asset.external_id, due.asset.kind) if due.asset else None,
            access=access,
        )
        has_states = any(series.span is Span.READING for series in due.feed.series)
        lane = due.asset.pk if has_states and due.asset else None
        return PendingReading(
            collected,
            lambda: due.feed.ask(ask),
            collected.add,
            collected.clear,
            format=due.feed.format,
            lane=lane,
            nothing=due.feed.nothing,
        )

    def ended(self, collected: snapshots.CollectedReading, error: SyncError | None) -> None:
        """One reading, from its parts to facts."""
        is_whole = error is None
        if error is None:
            try:
                self.progress.stored(snapshots.store_read(self.connection, self.provider, self.run, collected))
            except (Unreadable, Held) as unread:
                error = unread
            except (
                psycopg.DataError,
                DataError,
                IntegrityError,
                ValueError,
                TypeError,
            ) as odd:
                error = Unreadable(f"The answer can't be stored: {type(odd).__name__}: {odd}")
        if error is None:
            self.progress.note(collected.due, collected.notes)
            self.failed_in_a_row = 0
            return
        error.args = tuple(self.client.scrubber.text(str(text)) for text in error.args)
        self.progress.error(collected.due, error)
        feed_progress.note_failure(self.connection, collected.due, error)
        if isinstance(error, Unreadable | Held):
            snapshots.store_unread(self.connection, self.provider, self.run, collected, error, is_whole)
        is_down = isinstance(error, TryAgain) or (isinstance(error, Unreadable) and error.is_broken)
        self.failed_in_a_row = self.failed_in_a_row + 1 if is_down else 0
        if self.failed_in_a_row == GIVE_UP_AFTER:
            name = self.provider.name
            raise Down(f"{name} does not answer; gave up after {GIVE_UP_AFTER} failures in a row.") from error


def refused(what_to_do: str) -> Pages:
    """A reading that can't be asked for: its secret is of another address."""
    raise NotEntered(f"The connection's address was changed since this secret was entered. {what_to_do}")
    yield


class Down(SyncError):
    """The provider is down: the rest of the run is left for the next one."""

    group = "try again"
