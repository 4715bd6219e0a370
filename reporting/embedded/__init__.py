"""The private PostgreSQL that Viewledger runs where DATABASE_URL is not set, in `VAR_DIR/postgres`.

    base.py        the Django backend, ENGINE = "reporting.embedded"; it calls
    __init__.py    ensure_running(), once for each new connection; the rest of Viewledger needs nothing else
    server.py      who brings it up, who brings it down: the leases
    lifecycle.py   how, in whatever state it was left
    launch.py      initdb and pg_ctl     bootstrap.py   the database and its roles
    cluster.py     paths and names       processes.py   signals
    system.py      which user runs it    locks.py       flock and forks       errors.py   what people read

All processes with one VAR_DIR share one server, and the last of them stops it as it ends. A process that is killed or
leaves by `os._exit` stops nothing; the next one to use VAR_DIR takes the server over, dead or alive. Its superuser is
`postgres`, without a password, over the socket, which only the user who runs it (and root) can reach.
"""

import os
from pathlib import Path

from reporting.embedded.bootstrap import DATABASE
from reporting.embedded.cluster import PORT
from reporting.embedded.errors import EmbeddedPostgresError
from reporting.embedded.server import Server

__all__ = ["DATABASE", "PORT", "EmbeddedPostgresError", "ensure_running", "stop_if_last", "superuser_dsn"]

_servers: dict[Path, Server] = {}
# A child has none of its parent's leases; it takes its own when it first connects.
os.register_at_fork(after_in_child=_servers.clear)


def ensure_running(var_dir: Path, *, recheck: bool = False) -> Path:
    """Sees to a running, bootstrapped server and gives the folder of its socket; for any thread and process.

    `recheck` asks the server itself: for a caller whose connection has just failed. Raises EmbeddedPostgresError.
    """
    return _server(var_dir).ensure(recheck=recheck)


def superuser_dsn(var_dir: Path, dbname: str = DATABASE) -> str:
    """The superuser's connection string to a server that is seen to run."""
    server = _server(var_dir)
    server.ensure()
    return server.cluster.dsn(dbname)


def stop_if_last(var_dir: Path) -> bool:
    """Ends this process's use now and not at its exit; says whether that stopped the server."""
    return _server(var_dir).stop_if_last()


def _server(var_dir: Path) -> Server:
    server = _servers.get(var_dir)
    if server is None:
        # The given path stays the key: resolving it would cost more than all the rest of a call.
        server = _servers.setdefault(var_dir, Server(var_dir.resolve()))
    return server
