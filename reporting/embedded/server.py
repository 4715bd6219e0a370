"""One server for all processes of one VAR_DIR: the first brings it up, the last brings it down.

Two locks in VAR_DIR, which the kernel gives back when their holders die:

    postgres.lease.lock   shared, by each process that uses the server: who gets it exclusively is the last
    postgres.start.lock   exclusive, while someone brings the server up or down

Leases are taken, and the last one is looked for, under the start lock: nobody begins to use a server being stopped.
"""

import atexit
import logging
import subprocess
import threading
from pathlib import Path

import psutil
import psycopg

from reporting.embedded import processes
from reporting.embedded.bootstrap import ensure_bootstrapped
from reporting.embedded.cluster import Cluster
from reporting.embedded.errors import EmbeddedPostgresError, failure
from reporting.embedded.launch import ensure_made
from reporting.embedded.lifecycle import DOWN_SECONDS, UP_SECONDS, bring_down, bring_up
from reporting.embedded.locks import FileLock

logger = logging.getLogger(__name__)

_TURN_SECONDS = UP_SECONDS + DOWN_SECONDS


class Server:
    """This process's use of one server; a forked child begins with another, without a lease."""

    def __init__(self, var_dir: Path) -> None:
        self.cluster = Cluster(var_dir)
        self._mutex = threading.Lock()
        self._start = FileLock(var_dir / "postgres.start.lock")
        self._lease = FileLock(var_dir / "postgres.lease.lock")
        self._probe = FileLock(self.cluster.running_lock)
        self._postmaster: psutil.Process | None = None
        self._seen: tuple[int, int, int] | None = None

    def ensure(self, *, recheck: bool = False) -> Path:
        """The socket's folder of a running server; microseconds if nothing happened since the last call.

        `recheck` asks the server itself, for a caller whose connection just failed.
        """
        if recheck or not self._unchanged():
            with self._mutex:
                if recheck or not self._unchanged():
                    self._settle()
        return self.cluster.socket_dir

    def stop_if_last(self) -> bool:
        """Gives up the lease; stops the server if nobody else has one. Says whether it did."""
        with self._mutex:
            self._seen = None
            atexit.unregister(self._at_exit)
            self._lease.release()
            try:
                self._start.acquire(seconds=_TURN_SECONDS)
                return self._lease.try_acquire() and bring_down(self.cluster)
            except FileNotFoundError:
                # VAR_DIR was removed; by itself the server would notice within a minute.
                return self._postmaster is not None and processes.signal(self._postmaster, at_once=True)
            except OSError as error:
                raise failure(f"it could not be stopped: {error}", self.cluster.log) from error
            finally:
                self._lease.release()
                self._start.release()

    def _unchanged(self) -> bool:
        """The lock alone would not do: children that outlive the postmaster for a while hold it too."""
        if self._seen is None or self.cluster.stamp() != self._seen or not self._probe.held_elsewhere():
            return False
        return self._postmaster is None or processes.lives(self._postmaster)

    def _settle(self) -> None:
        try:
            self.cluster.var_dir.mkdir(parents=True, exist_ok=True)
            self._start.acquire(seconds=_TURN_SECONDS)
            try:
                self._take_lease()
                self._bring_up()
            finally:
                self._start.release()
        except (OSError, psycopg.Error, subprocess.SubprocessError) as error:
            raise failure(f"{type(error).__name__}: {error}", self.cluster.log) from error

    def _take_lease(self) -> None:
        self._lease.try_acquire(shared=True)
        # Anew each time: a forked child may have lost what its parent registered.
        atexit.unregister(self._at_exit)
        atexit.register(self._at_exit)

    def _bring_up(self) -> None:
        cluster = Cluster(self.cluster.var_dir)
        ensure_made(cluster)
        cluster.check_socket_dir()
        bring_up(cluster)
        ensure_bootstrapped(cluster)
        self.cluster, self._postmaster, self._seen = cluster, processes.named(cluster), cluster.stamp()

    def _at_exit(self) -> None:
        """In the process that took the lease only: a fork closes the child's copy."""
        if self._lease.fd is None:
            return
        try:
            self.stop_if_last()
        except EmbeddedPostgresError as error:
            logger.warning("%s", error)
