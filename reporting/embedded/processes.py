"""The server's processes as the system lists them, mostly for sending signals.

Told by the cluster's name, which stands in the command line of the postmaster and in the title of each of its
children: the working folder would say it too, but a container's root may not read another user's.
"""

import signal as signals
from pathlib import Path

import psutil

from reporting.embedded.cluster import Cluster
from reporting.embedded.errors import failure

# How PostgreSQL titles the children.
_TITLE = "postgres: "


def postmaster(cluster: Cluster) -> psutil.Process | None:
    """The living main process of the data folder, past a `postmaster.pid` that is stale or damaged."""
    process = named(cluster)
    if process is not None and _is_postmaster(process, cluster.name):
        return process
    return next((process for process in psutil.process_iter() if _is_postmaster(process, cluster.name)), None)


def named(cluster: Cluster) -> psutil.Process | None:
    """Which process `postmaster.pid` names; none where we can't see it, as from another container."""
    try:
        return psutil.Process(int(_first_line(cluster.data / "postmaster.pid")))
    except (OSError, ValueError, OverflowError, psutil.Error):
        return None


def lives(process: psutil.Process) -> bool:
    """Not so a zombie, which stays for long where the first process of a container does not reap."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def stop(cluster: Cluster, *, at_once: bool = False) -> bool:
    """Asks the server to stop; says whether there was one."""
    process = postmaster(cluster)
    if process is None:
        kill_orphans(cluster)
        return False
    return signal(process, at_once=at_once)


def signal(process: psutil.Process, *, at_once: bool) -> bool:
    """A fast shutdown, as `pg_ctl stop -m fast`, or an immediate one, after which the next start has to recover.

    Raises EmbeddedPostgresError if the server is another user's.
    """
    try:
        process.send_signal(signals.SIGQUIT if at_once else signals.SIGINT)
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied as error:
        raise failure(f"its process {process.pid} belongs to another user") from error
    return True


def kill_orphans(cluster: Cluster) -> None:
    """Ends children whose postmaster was killed: a busy one would notice only when its query is done."""
    for process in psutil.process_iter():
        line = _command_line(process)
        try:
            if line.startswith(_TITLE) and cluster.name in line and not _serves(process.parent(), cluster.name):
                process.kill()
        except psutil.Error:
            continue


def _is_postmaster(process: psutil.Process, name: str) -> bool:
    line = _command_line(process)
    return name in line and not line.startswith(_TITLE) and _is_postgres(process)


def _is_postgres(process: psutil.Process) -> bool:
    """Not the pg_ctl or the shell that is about to become it."""
    try:
        return bool(process.name() == "postgres")
    except psutil.Error:
        return False


def _serves(parent: psutil.Process | None, name: str) -> bool:
    return parent is not None and name in _command_line(parent)


def _command_line(process: psutil.Process) -> str:
    """Empty for a process that is gone, a zombie, or not ours to look at."""
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def _first_line(file: Path) -> str:
    return file.read_text(errors="replace").split("\n", 1)[0]
