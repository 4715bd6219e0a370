"""Step 4 of the line: the only writer of snapshots, facts, sessions and progress.

One reading is stored in one transaction, under the lock of its connection's row: the snapshot with its parts, the assets it
names, the facts (a reading replaces its window), their daily totals and restatements, and the feed's progress. Rows stream
from the parts into the database, so memory does not grow with the answer.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import connection as database
from django.utils import timezone

from providers.pipeline import assets, facts, ppv_sessions
from providers.pipeline.plan import Calendar, Due
from providers.pipeline.replaced_days import Spans
from providers.toolkit.errors import NotFound, SyncError, Unreadable
from providers.toolkit.feeds import Cadence, Span
from providers.toolkit.formats import PARSERS
from providers.toolkit.provider import Provider
from providers.toolkit.requests import Reading, Window
from providers.toolkit.rows import AssetSeen, Figure, Row, SessionSeen
from reporting.models import Asset, Connection, Days, FeedProgress, Interval, Restatement, Snapshot
from reporting.tenancy.scoping import tenant_scope

LONGEST_KEY = 300  # as Fact.key and Asset.external_id: an index holds no more
LONGEST_ID = 1000


@dataclass
class Sorting:
    """The rows of a reading, taken apart on their way: figures stream on, the few others are kept."""

    rows: Iterable[Row]
    spans: Spans
    assets: list[AssetSeen] = field(default_factory=list)
    sessions: list[SessionSeen] = field(default_factory=list)

    def figures(self) -> Iterator[facts.Incoming]:
        place_of = self.spans.place_of
        for row in self.rows:
            if type(row) is Figure:
                if len(row.key) > LONGEST_KEY or len(row.asset) > LONGEST_ID:
                    raise Unreadable(f"A name is too long to be kept: {row.key or row.asset:.80}…")
                if (place := place_of(row)) is not None:
                    yield place, row.minute, row.value, row.key, row.asset
            elif isinstance(row, AssetSeen):
                self.assets.append(row)
            elif isinstance(row, SessionSeen):
                self.sessions.append(row)


def read(due: Due, provider: Provider, bodies: Iterable[bytes], reading: Reading) -> Iterator[Row]:
    """Steps 2 and 3: the rows of all parts, one part in memory at a time. Raises Unreadable."""
    parse = PARSERS[due.feed.format or provider.format]
    for body in bodies:
        try:
            yield from due.feed.read(parse(body), reading)
        except SyncError:
            raise
        except Exception as error:  # a shape that the reader's author did not think of
            raise Unreadable(f"The reader can't follow this answer: {type(error).__name__}: {error}") from error


def store(
    connection: Connection,
    due: Due,
    snapshot: Snapshot,
    rows: Iterable[Row],
    reading: Reading,
    cause: str = "",
    within: Window | None = None,
) -> int:
    """Stores what a snapshot says, and returns how many facts were written or removed. Its caller has opened the tenant's
    scope and locked the connection's row. `cause` names who changed figures of final days (Restatement.Cause); where it is
    empty, no restatement is noted. Only days `within` are touched. Raises Unreadable; the caller's transaction must then be
    rolled back."""
    spans = Spans(due.feed, reading.window, one_off=is_one_off(due, reading), within=within)
    sorting, written = Sorting(rows, spans), 0
    progress = progress_of(connection, due)
    with database.cursor() as cursor:
        facts.copy_in(cursor, sorting.figures(), spans)
        listed_by = due.feed.name if due.feed.discovers else ""
        assets.store(connection, sorting.assets, reading.fetched_at, listed_by)
        if due.feed.series:
            facts.name_assets(cursor, connection, due)
            written = facts.replace(cursor, connection, due, spans, snapshot)
            if written:
                facts.note_changes(cursor, connection, snapshot, progress.final, cause)
            # In a replay an early reading comes after a later one.
            if cause == Restatement.Cause.PROVIDER and any(
                one.interval == Interval.LIFETIME for one in due.feed.series
            ):
                facts.note_resets(cursor, connection, snapshot)
    if due.access is not None:
        ppv_sessions.store(connection, due.access, snapshot, reading, spans.window, sorting.sessions)
    if not due.one_off:
        advance(progress, connection, due, reading, spans.range_of(Span.REPORTED))
    return written


def is_one_off(due: Due, reading: Reading) -> bool:
    """A feed of "now" that was asked for other days than the day of asking."""
    return due.feed.cadence is Cadence.NOW and tuple(reading.window) != (reading.day, reading.day)


def progress_of(connection: Connection, due: Due) -> FeedProgress:
    """The row, saved or not yet."""
    access_id = due.access.pk if due.access else None
    key = {"connection": connection, "feed": due.feed.name, "asset": due.asset, "access_id": access_id}
    return FeedProgress.objects.filter(**key).first() or FeedProgress(tenant_id=connection.tenant_id, **key)


def advance(
    progress: FeedProgress, connection: Connection, due: Due, reading: Reading, reported: tuple | None = None
) -> None:
    """The days of this reading are covered, and final as far as they could not change any more when it was made."""
    calendar = Calendar.of(connection, reading.fetched_at)
    days = Days([(reading.window.start, min(reading.window.end, calendar.today))])
    if due.feed.cadence is Cadence.NOW:  # the answer speaks of a whole life, or of no days at all
        days = Days([(connection.history_from, calendar.today), *([reported] if reported else [])])
    provisional = Days([(calendar.final_through + timedelta(days=1), calendar.today)])
    progress.covered, progress.final = progress.covered | days, progress.final | (days - provisional)
    progress.reread = progress.reread | (days & progress.final)
    progress.reread_since = progress.reread_since or reading.fetched_at
    progress.last_success, progress.failures, progress.last_error = reading.fetched_at, 0, ""
    progress.save()
    if due.asset is not None and due.asset.not_found_since is not None:
        assets.note_found(due.asset, None)


def note_failure(connection: Connection, due: Due, error: SyncError) -> None:
    """One more failure in a row of this feed and asset."""
    if due.one_off:
        return
    with tenant_scope(connection.tenant_id):
        progress = progress_of(connection, due)
        progress.failures, progress.last_error, progress.failed_at = progress.failures + 1, str(error), timezone.now()
        progress.save()
        if isinstance(error, NotFound) and due.asset is not None and due.asset.kind != Asset.Kind.ACCOUNT:
            assets.note_found(due.asset, progress.failed_at)
