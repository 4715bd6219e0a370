"""Deletes old snapshots that a replay can do without: `replay` after `prune` gives the facts that it gave before.

A replay reads the snapshots in order of fetching, and the last one that speaks of a day decides. So a reading may go only where
a later one that stays replaces every day that it replaced:

    the newest reading of each request (feed, asset, access, days) stays
    each day's last reading stays too, of feeds whose figures are states or lifetimes at the moment of asking
    an answer that is unreadable or held stays until later readings, taken together, speak of all its days

Facts and sessions of a deleted reading then belong to the one that stays and says the same.
"""

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any, NamedTuple

from django.db import connection as database
from django.db.backends.utils import CursorWrapper
from django.db.models import BigIntegerField, Func, Sum

from providers import registry
from providers.pipeline import kept_parts, rows, snapshots
from providers.pipeline.connection_lock import only_one
from providers.pipeline.plan import Due
from providers.pipeline.replaced_days import ReplacedDays
from providers.toolkit.errors import Unreadable
from providers.toolkit.feeds import Feed, Span
from providers.toolkit.provider import Provider
from providers.toolkit.requests import Window
from reporting.models import Connection, Snapshot, SnapshotPart
from reporting.tenancy.scoping import tenant_scope

BATCH = 200  # snapshots in one transaction

# A snapshot with those that stay instead of it: the newest of its request, and the last of its day of asking.
SUPERSEDED = """
    SELECT id, heir, heir_of_day, from_day, to_day FROM (
        SELECT id, from_day, to_day, last_seen_at,
               first_value(id) OVER (PARTITION BY asset_id, access_id, from_day, to_day
                                     ORDER BY fetched_at DESC, id DESC) AS heir,
               first_value(id) OVER (PARTITION BY asset_id, access_id, (fetched_at AT TIME ZONE time_zone)::date
                                     ORDER BY fetched_at DESC, id DESC) AS heir_of_day
        FROM reporting_snapshot
        WHERE tenant_id = %(tenant)s AND connection_id = %(connection)s AND feed = %(feed)s AND state = 'read' AND is_whole
    ) s
    WHERE last_seen_at < %(before)s AND id <> heir AND (id <> heir_of_day OR NOT %(by_day)s)
    ORDER BY from_day DESC, id DESC  -- what needs a base goes before it
"""

# Or held. One that facts point to was read once, by a reader before ours: it stays, since no other reading covers them.
UNREADABLE = """
    SELECT u.id, NULL::bigint, NULL::bigint, u.from_day, u.to_day
    FROM reporting_snapshot u CROSS JOIN LATERAL (
        SELECT range_agg(daterange(r.from_day, r.to_day, '[]')) AS days,
               bool_or((r.fetched_at AT TIME ZONE r.time_zone)::date
                       = (u.fetched_at AT TIME ZONE u.time_zone)::date) AS same_day
        FROM reporting_snapshot r
        WHERE r.tenant_id = %(tenant)s AND r.connection_id = %(connection)s AND r.feed = %(feed)s
          AND r.asset_id IS NOT DISTINCT FROM u.asset_id AND r.access_id IS NOT DISTINCT FROM u.access_id
          AND r.state = 'read' AND r.is_whole AND (r.fetched_at, r.id) > (u.fetched_at, u.id)
    ) later
    WHERE u.tenant_id = %(tenant)s AND u.connection_id = %(connection)s AND u.feed = %(feed)s AND u.state <> 'read'
      AND u.last_seen_at < %(before)s
      AND daterange(u.from_day, u.to_day, '[]') <@ later.days AND (later.same_day OR NOT %(by_day)s)
      AND NOT EXISTS (SELECT FROM reporting_fact f WHERE f.tenant_id = %(tenant)s
                      AND f.connection_id = %(connection)s AND f.snapshot_id = u.id)
    ORDER BY u.from_day DESC, u.id DESC
"""

HAND_ON_FACTS = """
    UPDATE reporting_fact f SET snapshot_id = s.heir FROM unnest(%(going)s::bigint[], %(heirs)s::bigint[]) s (going, heir)
    WHERE f.tenant_id = %(tenant)s AND f.connection_id = %(connection)s AND f.snapshot_id = s.going
      AND f.metric = ANY(%(metrics)s) AND f.interval = ANY(%(intervals)s) AND f.day BETWEEN %(first)s AND %(last)s
      AND (f.metric, f.interval, f.dimension)
        IN (SELECT * FROM unnest(%(metrics)s::text[], %(intervals)s::text[], %(dimensions)s::text[]))
"""

HAND_ON_SESSIONS = """
    UPDATE reporting_ppvsession p SET snapshot_id = s.heir
    FROM unnest(%(going)s::bigint[], %(heirs)s::bigint[]) s (going, heir)
    WHERE p.tenant_id = %(tenant)s AND p.snapshot_id = s.going
"""


@dataclass
class Pruned:
    """What pruning one connection deleted, or would delete."""

    snapshots: int = 0
    bytes: int = 0  # as stored, compressed, less what others then need more without them
    ids: set[int] = field(default_factory=set)


class Superseded(NamedTuple):
    id: int
    heir: int | None
    heir_of_day: int | None
    from_day: date
    to_day: date


def prune(connection: Connection, before: datetime, *, dry_run: bool = False) -> Pruned:
    """Deletes what was last seen `before` and is superseded. Raises AlreadyRunning while the connection is being synced or
    replayed, UnknownProvider where the catalog has no such provider."""
    provider, done = registry.get(connection.provider), Pruned()
    with nullcontext() if dry_run else only_one(connection):
        for feed in provider.feeds:
            found = _superseded(connection, feed, before)
            for start in range(0, len(found), BATCH):
                _prune_batch(connection, provider, feed, found[start : start + BATCH], done, dry_run)
    return done


def _superseded(connection: Connection, feed: Feed, before: datetime) -> list[Superseded]:
    values = _ids(connection) | {"feed": feed.name, "before": before, "by_day": _has_moments(feed)}
    with tenant_scope(connection.tenant_id), database.cursor() as cursor:
        found: list[Superseded] = []
        for statement in (SUPERSEDED, UNREADABLE):
            cursor.execute(statement, values)
            found += [Superseded(*row) for row in cursor.fetchall()]
    return found


def _has_moments(feed: Feed) -> bool:
    """It has series whose days are not those asked for."""
    return any(series.span is not Span.WINDOW for series in feed.series)


def _prune_batch(
    connection: Connection, provider: Provider, feed: Feed, batch: list[Superseded], done: Pruned, dry_run: bool
) -> None:
    with tenant_scope(connection.tenant_id):
        if _has_moments(feed):
            batch = list(_replaced_again(provider, feed, batch))
        ids = [snapshot.id for snapshot in batch]
        size = Sum(Func("compressed", function="octet_length", output_field=BigIntegerField()))
        done.bytes += int(SnapshotPart.objects.filter(snapshot__in=ids).aggregate(size=size)["size"] or 0)
        done.snapshots += len(ids)
        done.ids.update(ids)
        if not dry_run:
            Connection.objects.select_for_update().get(pk=connection.pk)
        done.bytes -= kept_parts.set_free(ids, done.ids, dry_run=dry_run)
        if ids and not dry_run:
            _hand_on(connection, feed, [snapshot for snapshot in batch if snapshot.heir is not None])
            Snapshot.objects.filter(pk__in=ids).delete()


def _replaced_again(provider: Provider, feed: Feed, batch: list[Superseded]) -> Iterator[Superseded]:
    """Those whose day's last reading replaces all days that they do. Which these are only the answers show: a lifetime's
    day may be the vendor's own stamp, and a log may have lost its first days since."""
    days: Callable[[int], dict[Span, Window] | None] = cache(lambda number: _days_replaced(provider, feed, number))
    for snapshot in batch:
        if snapshot.heir_of_day is None:  # unreadable, so it has replaced nothing
            yield snapshot
            continue
        own, later = days(snapshot.id), days(snapshot.heir_of_day)
        if own is None or later is None:
            continue
        if all(span in later and first in later[span] and last in later[span] for span, (first, last) in own.items()):
            yield snapshot


def _days_replaced(provider: Provider, feed: Feed, snapshot_id: int) -> dict[Span, Window] | None:
    """The days, beyond those asked for, that a replay of this snapshot replaces; None where it can't be read."""
    snapshot = Snapshot.objects.select_related("asset").get(pk=snapshot_id)
    due = Due(feed, Window(snapshot.from_day, snapshot.to_day), snapshot.asset)
    reading = snapshots.reading_of(snapshot, due)
    replaced = ReplacedDays.of(due, reading)
    found = rows.read(due, provider, snapshots.parts_of(snapshot), reading)
    try:
        for _ in rows.SortedRows(found, replaced).figures():
            pass
    except Unreadable:
        return None
    ranges = {span: replaced.range_of(span) for span in (Span.READING, Span.LOG, Span.WHOLE_LOG)}
    return {span: Window(*days) for span, days in ranges.items() if days}


def _hand_on(connection: Connection, feed: Feed, going: list[Superseded]) -> None:
    """Facts and sessions keep their figures and are traced to the readings that stay."""
    if not going:
        return
    asked = [tuple(series[:3]) for series in feed.series if series.span is Span.WINDOW]
    moments = [tuple(series[:3]) for series in feed.series if series.span is not Span.WINDOW]
    moments += [(metric, "day", dimension) for metric, _, dimension in moments if metric in feed.differences]
    values = _ids(connection) | {"going": [snapshot.id for snapshot in going]}
    days = {"first": min(s.from_day for s in going), "last": max(s.to_day for s in going)}
    by_request, by_day = ([s.heir for s in going], [s.heir_of_day for s in going])
    with database.cursor() as cursor:
        cursor.execute(HAND_ON_SESSIONS, values | {"heirs": by_request})
        _hand_on_facts(cursor, values | days | {"heirs": by_request}, asked)
        # The day of asking comes after the days asked for, and a difference belongs to the reading after it.
        _hand_on_facts(cursor, values | {"first": date.min, "last": date.max, "heirs": by_day}, moments)


def _hand_on_facts(cursor: CursorWrapper, values: dict[str, Any], series: list[tuple[str, ...]]) -> None:
    if series:
        metrics, intervals, dimensions = (list(column) for column in zip(*series, strict=True))
        cursor.execute(HAND_ON_FACTS, values | {"metrics": metrics, "intervals": intervals, "dimensions": dimensions})


def _ids(connection: Connection) -> dict[str, Any]:
    return {"tenant": connection.tenant_id, "connection": connection.pk}
