"""Sends the messages that wake workers up. What is to be done is in the database, so a message that the broker does not
take is a warning: `sync_due` wakes up again within a minute."""

import logging
from typing import Any

from celery import current_app
from kombu.exceptions import KombuError

logger = logging.getLogger(__name__)

# By name: the tasks import this room, not the other way round.
SYNC_NEXT = "providers.tasks.sync_next"
SYNC_CONNECTION = "providers.tasks.sync_connection"

# Once more at once, as a broker that was started anew has closed the connection we kept; then whoever asked for a sync has
# waited enough. The settings bound how long each try may take.
POLICY = {"max_retries": 1, "interval_start": 0, "interval_step": 0, "interval_max": 0}


def send(task: str, *arguments: Any) -> bool:
    """Whether the broker has taken the message."""
    try:
        current_app.signature(task, arguments).apply_async(retry=True, retry_policy=POLICY)
    except (KombuError, OSError) as error:
        logger.warning("The broker took no message of %s (%s); what waits is taken up within a minute.", task, error)
        return False
    return True
