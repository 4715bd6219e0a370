"""Celery tasks: thin calls of the line. What is due is computed from the database, so a lost message costs a minute."""

import logging

from celery import shared_task
from django.utils import timezone

from providers import runs
from providers.sync import AlreadyRunning, sync
from reporting.models import SyncRun
from reporting.scoping import all_tenants, tenant_scope

logger = logging.getLogger(__name__)


@shared_task
def sync_due() -> int:
    """Queues a run for each connection that is due; returns how many. Beat calls it each minute."""
    with all_tenants():
        connections = runs.due(timezone.now())
    for connection in connections:
        with tenant_scope(connection.tenant_id):
            runs.queue(connection)
    return len(connections)


@shared_task
def sync_connection(tenant_id: int, run_id: int) -> str:
    """Makes one queued run; returns its end state."""
    with tenant_scope(tenant_id):
        run = SyncRun.objects.select_related("connection").filter(pk=run_id, state=SyncRun.State.QUEUED).first()
    if run is None:
        return "gone"
    try:
        return sync(run).state
    except AlreadyRunning as error:
        logger.info("%s", error)
        with tenant_scope(tenant_id):
            SyncRun.objects.filter(pk=run_id).update(state=SyncRun.State.CANCELLED, finished_at=timezone.now())
        return "already running"
