"""Celery tasks: thin calls of the line. The rows of the runs are the queue; a message only wakes a worker up, and whoever is
woken makes the run whose turn it is (`queue.claimed`). A lost message costs a minute."""

import logging

from celery import shared_task
from django.utils import timezone

from providers.scheduling import queue, run
from providers.scheduling.wake_up import SYNC_NEXT, send

logger = logging.getLogger(__name__)

# Few are enough, as each run that is begun wakes up for the next. Many would keep `sync_due` itself waiting behind them.
WAKE_UPS = 2


@shared_task
def sync_due() -> int:
    """Queues a run for each connection that is due; returns how many. Beat calls it each minute."""
    now = timezone.now()
    for lost in queue.end_lost(now):
        logger.warning("Run %s of connection %s ended: its worker died.", lost.pk, lost.connection_id)
    is_awake = queue.is_awake(now)
    queued = queue.queue_due(now)
    if not is_awake and queue.some_wait():
        for _ in range(WAKE_UPS):
            send(SYNC_NEXT)
    return queued


@shared_task
def sync_next() -> str:
    """Makes the run whose turn it is, and wakes another worker up for the one after it."""
    with queue.claimed() as claimed:
        if claimed is None:
            return "nothing waits"
        send(SYNC_NEXT)
        return run.make(claimed).state


@shared_task
def sync_connection(tenant_id: int, run_id: int) -> str:
    """The message of a run that a person asked for. Makes the run whose turn it is, that one or another; returns its end
    state."""
    with queue.claimed() as claimed:
        return run.make(claimed).state if claimed else "gone"
