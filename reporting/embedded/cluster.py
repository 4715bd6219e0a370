"""One data folder and the names that belong to it: where its socket is, what its processes are called."""

import hashlib
import os
import stat
from functools import cached_property
from pathlib import Path

from psycopg import pq
from psycopg.conninfo import make_conninfo

from reporting.embedded.errors import failure

PORT = 5432
SUPERUSER = "postgres"
# Systems allow 104 to 108 bytes.
_SOCKET_PATH_BYTES = 100


class Cluster:
    """The data folder `VAR_DIR/postgres`, as long as it is the same one; keeps no state about whether a server runs."""

    def __init__(self, var_dir: Path) -> None:
        self.var_dir = var_dir
        self.data = var_dir / "postgres"
        self.log = var_dir / "postgres.log"
        self.running_lock = var_dir / "postgres.running.lock"

    @cached_property
    def name(self) -> str:
        """What its processes are told by; a copy of the folder gets another name."""
        identity = os.fsencode(self.data) + b"-%d" % self.data.stat().st_ino
        return f"viewledger-{hashlib.sha256(identity).hexdigest()[:12]}"

    @cached_property
    def socket_dir(self) -> Path:
        """The data folder, or a short one where the path is too long (or has the comma that separates hosts).

        Every process must find the same one, so neither TMPDIR nor XDG_RUNTIME_DIR (which goes at log-out) counts.
        """
        socket = os.fsencode(self.data / f".s.PGSQL.{PORT}")
        fits = len(socket) <= _SOCKET_PATH_BYTES and b"," not in socket
        return self.data if fits else Path("/tmp") / self.name  # noqa: S108, check_socket_dir() looks whose it is

    def dsn(self, dbname: str) -> str:
        """The superuser's connection string."""
        return make_conninfo(host=str(self.socket_dir), port=PORT, user=SUPERUSER, dbname=dbname, connect_timeout=10)

    def ping(self) -> pq.Ping:
        """OK, REJECT (starting up or shutting down) or NO_RESPONSE."""
        return pq.Ping(pq.PGconn.ping(os.fsencode(self.dsn(SUPERUSER))))

    def stamp(self) -> tuple[int, int, int] | None:
        """Changes with each start, crash and shutdown of the server; None if there is none."""
        try:
            status = (self.data / "postmaster.pid").stat()
        except OSError:
            return None
        return status.st_ino, status.st_mtime_ns, status.st_size

    def is_stopping(self) -> bool:
        """Whether the server said so in the last line of its pid file."""
        try:
            return (self.data / "postmaster.pid").read_text(errors="replace").rstrip().endswith("stopping")
        except OSError:
            return False

    def make_socket_dir(self, owner: tuple[int, int] | None) -> None:
        """Makes the short folder where there has to be one."""
        if self.socket_dir != self.data:
            self.socket_dir.mkdir(mode=0o700, exist_ok=True)
            self.check_socket_dir()
            if owner is not None:
                os.chown(self.socket_dir, *owner)

    def check_socket_dir(self) -> None:
        """A folder that someone else put where everyone may write could lead us to a server of theirs."""
        if self.socket_dir == self.data or not os.path.lexists(self.socket_dir):
            return
        found, server = os.lstat(self.socket_dir), self.data.stat().st_uid
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (server, os.geteuid()) or found.st_mode & 0o077:
            advice = "Remove it, or set VAR_DIR to a folder with a shorter path."
            raise failure(f"{self.socket_dir} is in the way: it is open to other users", advice=advice)

    def remove_socket_dir(self) -> None:
        """Tidies up after the server; leaves a folder that holds anything else."""
        if self.socket_dir != self.data and self.socket_dir.is_dir() and not any(self.socket_dir.iterdir()):
            self.socket_dir.rmdir()
