"""From a finished reading to its snapshot: counted where it is equal to the last one, else stored with its parts and facts."""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import connection as database

from providers.http.client import AnswerPage
from providers.pipeline import assets, feed_progress, kept_parts, rows
from providers.pipeline.plan import Due
from providers.pipeline.store import ReadingStore
from providers.toolkit.errors import Held, Unreadable
from providers.toolkit.feeds import Cadence
from providers.toolkit.formats import ContentHash
from providers.toolkit.provider import Provider
from providers.toolkit.requests import AssetRef, Reading, Window
from reporting.models import Connection, Restatement, Snapshot, SnapshotPart, SyncRun
from reporting.models.part_bytes import packed
from reporting.tenancy.scoping import tenant_scope

# Most readings end here: composed by the ORM, the statement would cost more processor time than all the rest.
SEEN_AGAIN = """
    UPDATE reporting_snapshot SET last_seen_at = %(fetched_at)s, times_seen = times_seen + 1,
        is_personal = is_personal OR %(is_personal)s  -- the feed may have been declared so since
    WHERE tenant_id = %(tenant_id)s AND id = (
            SELECT id FROM reporting_snapshot
            WHERE tenant_id = %(tenant_id)s AND connection_id = %(connection_id)s AND feed = %(feed)s AND {about}
                AND from_day <= %(to_day)s AND to_day >= %(from_day)s
            ORDER BY id DESC LIMIT 1)
        AND from_day = %(from_day)s AND to_day = %(to_day)s AND content_hash = %(content_hash)s
        AND state = %(state)s AND is_whole = %(is_whole)s AND reader_version = %(reader_version)s
        AND time_zone = %(time_zone)s AND options = %(options)s::jsonb
"""


@dataclass
class CollectedReading:
    """The parts of one reading as they arrive: compressed at once, so that a long answer stays small in memory."""

    due: Due
    volatile: tuple[str, ...]
    parts: list[SnapshotPart] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)  # what was odd in it, when it was stored

    def __post_init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Its pages are asked for again, from the first."""
        self.parts.clear()
        self.hash = ContentHash(self.volatile)

    def add(self, page: AnswerPage) -> None:
        self.hash.add(page.body)
        self.parts.append(
            SnapshotPart(
                number=len(self.parts) + 1,
                request=page.request,
                status=page.status,
                content_type=page.content_type[:100],
                fetched_at=page.fetched_at,
                milliseconds=page.milliseconds,
                compressed=packed(page.body),
                size=len(page.body),
                sha256=hashlib.sha256(page.body).hexdigest(),
            )
        )

    @property
    def fetched_at(self) -> datetime:
        """When the reading began: a figure can't be newer than that."""
        return self.parts[0].fetched_at


def store_read(connection: Connection, provider: Provider, run: SyncRun, collected: CollectedReading) -> int:
    """Stores a complete reading, in one transaction, and returns how many facts were written or removed: none of one that is
    equal to the last. Raises Unreadable and Held, with nothing stored."""
    due = collected.due
    with tenant_scope(connection.tenant_id):
        Connection.objects.select_for_update().values_list("pk").get(pk=connection.pk)
        snapshot = _new_snapshot(connection, provider, run, collected)
        reading = reading_of(snapshot, due)
        if _is_seen_again(snapshot):
            if not due.one_off:
                feed_progress.advance(feed_progress.find(connection, due), connection, due, reading)
            if due.feed.discovers:
                assets.confirm_missed(connection, due.feed.name)
            return 0
        _save(snapshot, collected)
        found = rows.read(due, provider, collected.parts, reading)
        written = ReadingStore(connection, due, snapshot, reading, Restatement.Cause.PROVIDER).store(found)
        collected.notes = snapshot.notes
        return written


def store_unread(
    connection: Connection,
    provider: Provider,
    run: SyncRun,
    collected: CollectedReading,
    error: Unreadable | Held,
    is_whole: bool,
) -> None:
    """Keeps an answer that could not be read, or is held; its window stays due. One that is not whole is for people to look
    at only."""
    if not collected.parts:
        return
    with tenant_scope(connection.tenant_id):
        snapshot = _new_snapshot(connection, provider, run, collected)
        snapshot.state, snapshot.error, snapshot.is_whole = Snapshot.State.UNREADABLE, str(error), is_whole
        if isinstance(error, Held):
            snapshot.state, snapshot.lost = Snapshot.State.HELD, error.lost
        if not _is_seen_again(snapshot):
            _save(snapshot, collected)


def reading_of(snapshot: Snapshot, due: Due) -> Reading:
    """The circumstances in which a snapshot is read, now or in a replay."""
    return Reading(
        window=Window(snapshot.from_day, snapshot.to_day),
        zone=ZoneInfo(snapshot.time_zone),
        fetched_at=snapshot.fetched_at,
        options=snapshot.options,
        asset=AssetRef(due.asset.external_id, due.asset.kind) if due.asset else None,
    )


def parts_of(snapshot: Snapshot) -> list[SnapshotPart]:
    """The stored parts with their bases. They are fetched at once, compressed: while rows are copied in, the database session
    takes no other statement."""
    return list(snapshot.parts.order_by("number").select_related("base"))


def _new_snapshot(connection: Connection, provider: Provider, run: SyncRun, collected: CollectedReading) -> Snapshot:
    due, window = collected.due, collected.due.window
    if due.feed.cadence is Cadence.NOW and not due.one_off:  # planned before midnight, maybe, and answered after it
        today = collected.fetched_at.astimezone(ZoneInfo(connection.time_zone)).date()
        window = Window(today, today)
    return Snapshot(
        tenant_id=connection.tenant_id,
        connection=connection,
        run=run,
        feed=due.feed.name,
        asset=due.asset,
        access_id=due.access.pk if due.access else None,
        from_day=window.start,
        to_day=window.end,
        fetched_at=collected.fetched_at,
        last_seen_at=collected.fetched_at,
        content_hash=collected.hash.hexdigest(),
        state=Snapshot.State.READ,
        is_personal=due.feed.personal,
        reader_version=provider.reader_version,
        time_zone=connection.time_zone,
        options=connection.options,
    )


def _is_seen_again(snapshot: Snapshot) -> bool:
    """Whether the last reading of the same feed and asset that said something of these days is equal in all that decides what
    is read from it; then it is counted there."""
    values = vars(snapshot) | {"options": json.dumps(snapshot.options)}
    about = [f"{name} = %({name})s" if values[name] else f"{name} IS NULL" for name in ("asset_id", "access_id")]
    with database.cursor() as cursor:
        cursor.execute(SEEN_AGAIN.format(about=" AND ".join(about)), values)
        return bool(cursor.rowcount)


def _save(snapshot: Snapshot, collected: CollectedReading) -> None:
    snapshot.save()
    for part in collected.parts:
        part.tenant_id, part.snapshot = snapshot.tenant_id, snapshot
    kept = kept_parts.against_the_last(snapshot, collected.due.feed, collected.parts)
    SnapshotPart.objects.bulk_create(kept, batch_size=100)
