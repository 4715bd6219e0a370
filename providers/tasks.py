"""Celery tasks: thin calls of the line. What is due is computed from the database, so a lost message costs a minute."""

import logging

from celery import shared_task
from django.utils import timezone

from providers.sync import AlreadyRunning, sync
from reporting.models import SyncRun
from reporting.scoping import tenant_scope

logger = logging.getLogger(__name__)


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
