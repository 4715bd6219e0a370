"""Asking for a run: the row first, then the message that makes a worker take it up."""

from datetime import date

from django.db import transaction

from reporting.models import Connection, SyncRun


def queue(connection: Connection, feed: str = "", from_day: date | None = None, to_day: date | None = None) -> SyncRun:
    """A queued run, inside a tenant_scope. Its message is sent when the transaction commits."""
    from providers.tasks import sync_connection  # tasks import the whole line

    run = SyncRun.objects.create(
        tenant_id=connection.tenant_id, connection=connection, feed=feed, from_day=from_day, to_day=to_day
    )
    transaction.on_commit(lambda: sync_connection.delay(run.tenant_id, run.pk))
    return run
