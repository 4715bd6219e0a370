"""Makes a run: the line of `pipeline/sync.py`, and what its end means for the connection and its provider. Whoever makes a
run, a worker or the command line, makes it here.
"""

from collections.abc import Callable

from providers.pipeline import sync
from providers.scheduling import connection_health
from reporting.models import SyncRun


def make(run: SyncRun, on_progress: Callable[[SyncRun], None] = lambda run: None) -> SyncRun:
    """Returns the run ended; raises AlreadyRunning with the run untouched."""
    return sync.sync(run, on_end=connection_health.ended, on_progress=on_progress)
