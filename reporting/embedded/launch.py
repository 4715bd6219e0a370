"""Making a data folder and starting a server on it.

Programs run in VAR_DIR and get names relative to it: `pg_ctl` puts paths into a shell command.
"""

import os
import shlex
import shutil
import tempfile
import time
from pathlib import Path

from reporting.embedded import system
from reporting.embedded.cluster import PORT, SUPERUSER, Cluster
from reporting.embedded.errors import end_of, failure
from reporting.embedded.locks import FileLock
from reporting.embedded.system import MAJOR

_LOG_BYTES = 10_000_000
_INITDB = (
    f"--username={SUPERUSER}",
    "--encoding=UTF8",
    # The builtin provider sorts alike on every system, also where the C library has no C.UTF-8.
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--data-checksums",
    "--auth=trust",
    "--no-instructions",
)
_HBA = (
    "# Over the socket only; its folder's mode says who reaches it.\nlocal all all trust\nlocal replication all trust\n"
)
_SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "fsync": "on",
    "synchronous_commit": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    # Failing statements, and the details of their errors, hold customers' data.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}


def ensure_made(cluster: Cluster) -> None:
    """Runs initdb unless that was done; raises EmbeddedPostgresError for the folder of another PostgreSQL."""
    for left in cluster.var_dir.glob("postgres.new-*"):
        shutil.rmtree(left, ignore_errors=True)
    version = cluster.data / "PG_VERSION"
    if not version.exists():
        _make(cluster)
    elif (found := version.read_text().strip()) != str(MAJOR):
        advice = f"Dump it with PostgreSQL {found}, move the folder away, start again, and restore the dump."
        raise failure(f"{cluster.data} was made by PostgreSQL {found}, this is PostgreSQL {MAJOR}.", advice=advice)


def _make(cluster: Cluster) -> None:
    """Makes the folder under another name and then renames it: what has the name is always whole."""
    new = Path(tempfile.mkdtemp(prefix="postgres.new-", dir=cluster.var_dir))
    account = system.account_for(new)
    system.give(new, account)
    system.open_way_to(new, account)
    status, output = system.run("initdb", *_INITDB, "-D", new.name, cwd=cluster.var_dir, account=account)
    if status:
        shutil.rmtree(new, ignore_errors=True)
        raise failure(f"initdb failed in {cluster.var_dir}:\n{end_of(output)}")
    (new / "pg_hba.conf").write_text(_HBA)
    if cluster.data.is_dir() and any(cluster.data.iterdir()):
        # Damaged, or never ours. It is kept, since only its owner knows what is in it.
        cluster.data.rename(cluster.data.with_name(f"postgres.unusable-{time.time_ns()}"))
    new.rename(cluster.data)


def launch(cluster: Cluster, running: FileLock) -> int:
    """Starts a server, which takes over the exclusive lock `running`; gives the place in the log where it begins.

    Only for a caller who holds that lock and has looked that no process of an earlier server lives: PostgreSQL would
    trust a pid file whose number belongs to any program of its user, and refuse an empty one, so they go.
    """
    account = system.account_for(cluster.data)
    for path in (cluster.data, cluster.log):  # apart, where the data folder is a link to another disk
        system.open_way_to(path, account)
    cluster.make_socket_dir(account)
    (cluster.data / "postmaster.pid").unlink(missing_ok=True)
    (cluster.socket_dir / f".s.PGSQL.{PORT}.lock").unlink(missing_ok=True)
    log_from = _make_log(cluster.log, account)
    # Without waiting (-W): pg_ctl looks ten times a second only, and the lock tells sooner that the server died.
    start = ("start", "-W", "-s", "-D", cluster.data.name, "-l", cluster.log.name, "-o", _options(cluster))
    fds = () if running.fd is None else (running.fd,)
    status, output = system.run("pg_ctl", *start, cwd=cluster.var_dir, account=account, pass_fds=fds)
    running.hand_over()
    if status:
        raise failure(f"pg_ctl could not start the server:\n{end_of(output)}", cluster.log, log_from=log_from)
    return log_from


def _options(cluster: Cluster) -> str:
    """On the command line and not in postgresql.conf, so that a newer Viewledger brings newer settings."""
    where = "." if cluster.socket_dir == cluster.data else str(cluster.socket_dir)
    settings = _SETTINGS | {"unix_socket_directories": where, "cluster_name": cluster.name}
    return " ".join(f"-c {shlex.quote(f'{key}={value}')}" for key, value in settings.items())


def _make_log(log: Path, account: system.Account | None) -> int:
    if log.exists() and log.stat().st_size > _LOG_BYTES:
        log.replace(log.with_name(f"{log.name}.1"))
    os.close(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600))
    system.give(log, account)
    return log.stat().st_size
