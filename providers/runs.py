"""Asking for a run: the row first, then the message that makes a worker take it up. What is due is read from the rows, so a
lost message costs no more than `LOST_AFTER`."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import DateTimeField, ExpressionWrapper, F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce

from reporting.models import Connection, SyncRun

EVERY = timedelta(hours=1)  # unless the connection says otherwise
LOST_AFTER = timedelta(hours=6)  # a run that was queued or begun and never ended: its worker or its message is gone


def due(now: datetime) -> list[Connection]:
    """The active connections whose newest run is older than `sync_every` and not under way; in all_tenants()."""
    newest = SyncRun.objects.filter(tenant=OuterRef("tenant"), connection=OuterRef("pk")).order_by("-id")
    next_at = ExpressionWrapper(F("asked_at") + Coalesce("sync_every", Value(EVERY)), output_field=DateTimeField())
    found = Connection.objects.filter(state=Connection.State.ACTIVE).annotate(
        asked_at=Subquery(newest.values("queued_at")[:1]), newest_state=Subquery(newest.values("state")[:1])
    )
    under_way = Q(newest_state__in=[SyncRun.State.QUEUED, SyncRun.State.RUNNING]) & Q(asked_at__gt=now - LOST_AFTER)
    is_time = Q(asked_at=None) | (Q(next_at__lte=now) & ~under_way)
    return list(found.annotate(next_at=next_at).filter(is_time).order_by("next_at", "pk"))


def queue(connection: Connection, feed: str = "", from_day: date | None = None, to_day: date | None = None) -> SyncRun:
    """A queued run, inside a tenant_scope. Its message is sent when the transaction commits."""
    from providers.tasks import sync_connection  # tasks import the whole line

    run = SyncRun.objects.create(
        tenant_id=connection.tenant_id, connection=connection, feed=feed, from_day=from_day, to_day=to_day
    )
    transaction.on_commit(lambda: sync_connection.delay(run.tenant_id, run.pk))
    return run
