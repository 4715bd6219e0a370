"""Bringing one server up and down, whatever state it was left in. For a caller who holds the start lock.

`postgres.running.lock` is held exclusively by the server's own processes, which inherit it from whoever launched them.
Free means that none of them lives, whatever `postmaster.pid` says, in this container or another one.
"""

import contextlib
import time

from psycopg import pq

from reporting.embedded import processes
from reporting.embedded.cluster import Cluster
from reporting.embedded.errors import failure
from reporting.embedded.launch import launch
from reporting.embedded.locks import FileLock

UP_SECONDS = 120.0
DOWN_SECONDS = 60.0
_RECOVERY_SECONDS = 5.0
_LAUNCHES = 2
_PAUSE = 0.01
# Orphans mostly end by themselves at once.
_ORPHANS_SECONDS = 0.5
# A fast shutdown that lasts longer is cut short; nothing is lost by that, the next start takes longer.
_FAST_SECONDS = 5.0


def bring_up(cluster: Cluster) -> None:
    """Waits through crash recovery or a shutdown under way; launches a server when no process lives any more."""
    begin, launches, log_from = time.monotonic(), 0, 0
    while (answer := cluster.ping()) != pq.Ping.OK:
        passed = time.monotonic() - begin
        if passed > UP_SECONDS:
            raise failure(f"no answer for {UP_SECONDS:.0f} seconds; it may need more, so start again", cluster.log)
        with FileLock(cluster.running_lock) as claim:
            if claim.try_acquire() and processes.postmaster(cluster) is None:
                if launches == _LAUNCHES:
                    raise failure("the server ended as soon as it was started", cluster.log, log_from=log_from)
                launches, log_from = launches + 1, launch(cluster, claim)
        _clear_way(cluster, answer, passed)
        time.sleep(_PAUSE if passed < _ORPHANS_SECONDS else 10 * _PAUSE)


def _clear_way(cluster: Cluster, answer: pq.Ping, passed: float) -> None:
    """Ends what is left of a server that neither lives nor dies."""
    if answer == pq.Ping.NO_RESPONSE and passed > _ORPHANS_SECONDS:
        processes.kill_orphans(cluster)
    elif passed > _FAST_SECONDS and cluster.is_stopping():
        processes.stop(cluster, at_once=True)


def bring_down(cluster: Cluster) -> bool:
    """Stops the server and waits for its last process; says whether there was one."""
    if not cluster.data.exists():
        return False
    _wait_for_recovery(cluster)
    for at_once, seconds in ((False, _FAST_SECONDS), (True, DOWN_SECONDS)):
        if not processes.stop(cluster, at_once=at_once):
            return at_once
        with FileLock(cluster.running_lock) as ended, contextlib.suppress(TimeoutError):
            ended.acquire(seconds=seconds)
            cluster.remove_socket_dir()
            return True
    raise failure(f"it did not stop within {DOWN_SECONDS:.0f} seconds", cluster.log)


def _wait_for_recovery(cluster: Cluster) -> None:
    """A fast shutdown that reaches PostgreSQL 18 while it starts again after a crash never ends."""
    deadline = time.monotonic() + _RECOVERY_SECONDS
    while cluster.ping() == pq.Ping.REJECT and time.monotonic() < deadline:
        time.sleep(_PAUSE)
