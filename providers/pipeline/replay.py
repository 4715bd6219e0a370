"""Facts again from the snapshots, without network: in order of fetching, with the zone, options and fetch time stored with
them. Facts whose answers were pruned stay as they are."""

from dataclasses import dataclass
from datetime import date

from django.db import connection as database
from django.db.models import Max, Q
from django.utils import timezone

from providers import registry
from providers.pipeline import rows, snapshots
from providers.pipeline.connection_lock import only_one
from providers.pipeline.plan import Due
from providers.pipeline.store import ReadingStore
from providers.toolkit.errors import Unreadable
from providers.toolkit.feeds import Cadence, Per
from providers.toolkit.provider import Provider
from providers.toolkit.requests import Window
from reporting.ledger import daily_totals
from reporting.models import Connection, PpvAccess, Restatement, Snapshot
from reporting.tenancy.scoping import tenant_scope

# Where a day has several readings, each replaces what the one before it said: only what comes out at the end is a change.
CONDENSE = """
    WITH steps AS (
        SELECT id, first_value(id) OVER all_steps AS first_id, first_value(old) OVER all_steps AS old,
               last_value(new) OVER all_steps AS new, last_value(snapshot_id) OVER all_steps AS snapshot_id
        FROM reporting_restatement
        WHERE tenant_id = %(tenant)s AND connection_id = %(connection)s AND id > %(after)s AND cause = 'reader'
        WINDOW all_steps AS (PARTITION BY metric, interval, dimension, day, minute, asset_id, key ORDER BY id
                             ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
    ), kept AS (
        UPDATE reporting_restatement r SET new = s.new, snapshot_id = s.snapshot_id FROM steps s
        WHERE r.tenant_id = %(tenant)s AND r.id = s.id AND s.id = s.first_id AND s.old IS DISTINCT FROM s.new
    )
    DELETE FROM reporting_restatement r USING steps s
    WHERE r.tenant_id = %(tenant)s AND r.id = s.id AND (s.id <> s.first_id OR s.old IS NOT DISTINCT FROM s.new)
"""


@dataclass
class Replayed:
    """What a replay of one connection did."""

    snapshots: int = 0
    facts_written: int = 0
    unreadable: int = 0
    skipped: int = 0  # of feeds or accesses that are gone, or of several applications at once


def replay(connection: Connection, first: date | None = None, last: date | None = None) -> Replayed:
    """Reads all snapshots that speak of first…last again, and makes just those days what they say. Raises AlreadyRunning
    while the connection is being synced."""
    with only_one(connection):
        return _replay(connection, Window(first or date.min, last or date.max))


def _replay(connection: Connection, within: Window) -> Replayed:
    done = Replayed()
    provider = registry.get(connection.provider)
    with tenant_scope(connection.tenant_id):
        # What was held was believed only when another reading said the same.
        chosen = Snapshot.objects.filter(connection=connection, is_whole=True).exclude(state=Snapshot.State.HELD)
        if tuple(within) != (date.min, date.max):
            # An answer about a whole life speaks of days before that on which it was asked.
            lifelong = [feed.name for feed in provider.feeds if feed.cadence is Cadence.NOW]
            chosen = chosen.filter(Q(from_day__lte=within.end, to_day__gte=within.start) | Q(feed__in=lifelong))
        ids = list(chosen.order_by("fetched_at", "id").values_list("pk", flat=True))
        noted = Restatement.objects.filter(connection=connection).aggregate(last=Max("pk"))["last"] or 0
    for snapshot_id in ids:
        _one(connection, provider, snapshot_id, within, done)
    with tenant_scope(connection.tenant_id):
        daily_totals.rebuild(connection.pk)
        with database.cursor() as cursor:
            cursor.execute(CONDENSE, {"tenant": connection.tenant_id, "connection": connection.pk, "after": noted})
    return done


def _one(connection: Connection, provider: Provider, snapshot_id: int, within: Window, done: Replayed) -> None:
    try:
        with tenant_scope(connection.tenant_id):
            Connection.objects.select_for_update().get(pk=connection.pk)
            snapshot = Snapshot.objects.select_related("asset").get(pk=snapshot_id)
            due = _due(provider, snapshot)
            if due is None:
                done.skipped += 1
                return
            reading = snapshots.reading_of(snapshot, due)
            found = rows.read(due, provider, snapshots.parts_of(snapshot), reading)
            cause = Restatement.Cause.READER if snapshot.reader_version != provider.reader_version else ""
            done.facts_written += ReadingStore(connection, due, snapshot, reading, cause, within).store(found)
            done.snapshots += 1
            if snapshot.state == Snapshot.State.UNREADABLE and snapshot.read_at is None:
                snapshot.read_at = timezone.now()
            snapshot.state, snapshot.error, snapshot.reader_version = Snapshot.State.READ, "", provider.reader_version
            snapshot.save(update_fields=["state", "error", "reader_version", "read_at"])
    except Unreadable as error:
        done.unreadable += 1
        with tenant_scope(connection.tenant_id):
            snapshot = Snapshot.objects.get(pk=snapshot_id)
            if snapshot.state == Snapshot.State.READ:  # what was read of it then stays, and is known since then
                snapshot.read_at = snapshot.read_at or snapshot.fetched_at
            snapshot.state, snapshot.error = Snapshot.State.UNREADABLE, str(error)
            snapshot.save(update_fields=["state", "error", "read_at"])


def _due(provider: Provider, snapshot: Snapshot) -> Due | None:
    """What was asked then. A reading that was read before leaves the progress alone; one that was unreadable until now
    counts as done from here on."""
    try:
        feed = provider.feed(snapshot.feed)
    except KeyError:
        return None
    access = PpvAccess.objects.filter(pk=snapshot.access_id).first() if snapshot.access_id else None
    if snapshot.access_id and access is None:
        return None
    if feed.per is Per.ASSET and snapshot.asset is None:  # of several applications, before each was asked for by itself
        return None
    window = Window(snapshot.from_day, snapshot.to_day)
    return Due(feed, window, snapshot.asset, access, one_off=snapshot.state == Snapshot.State.READ)
