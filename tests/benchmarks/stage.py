"""What the benchmarks stand on: a database of their own, the vendors' sandbox, and how an outcome is said."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

TODAY = datetime.now(UTC).date()


@dataclass(frozen=True)
class Outcome:
    """One pair. `figure` is a ratio, or what `unit` says; `is_most` where the bar is not to be exceeded. `sides` are both
    sides as they were measured, `limit` what limits ours, by a profile of this very run."""

    what: str
    figure: float
    bar: float
    sides: str
    limit: str
    is_most: bool = False
    unit: str = "×"

    @property
    def is_met(self) -> bool:
        return self.figure <= self.bar if self.is_most else self.figure >= self.bar


@contextmanager
def database() -> Iterator[None]:
    """Django on a new database: of the embedded PostgreSQL in a folder of its own, or of DATABASE_URL's server, where it is
    made and dropped as the tests' is. Keep what it needs in `folder()`."""
    with tempfile.TemporaryDirectory(prefix="viewledger-bench-") as made:
        Path(made).chmod(0o755)  # the embedded server may run as another user than we do
        os.environ |= {"VAR_DIR": made, "ALLOW_PRIVATE_PROVIDER_URLS": "true"}
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reporting.settings")
        import django
        from django.db import connection

        django.setup()
        name = connection.settings_dict["NAME"]
        connection.settings_dict["TEST"]["NAME"] = f"bench_{name}"
        connection.creation.create_test_db(verbosity=0, autoclobber=True)
        try:
            yield
        finally:
            connection.creation.destroy_test_db(name, verbosity=0)
            connection.close()


def machine() -> str:
    """What the figures were measured on."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version'), current_setting('fsync')")
        version, fsync = cursor.fetchone()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    own = "the embedded PostgreSQL" if not os.environ.get("DATABASE_URL") else "PostgreSQL"
    python = ".".join(map(str, sys.version_info[:3]))
    return f"{TODAY}: {os.cpu_count()} cores, {memory:.0f} GiB, {own} {version} (fsync {fsync}), Python {python}."


def folder() -> Path:
    """Goes when the benchmarks end."""
    return Path(os.environ["VAR_DIR"])


@contextmanager
def sandbox(rows: int) -> Iterator[str]:
    """The vendors in a process of their own, as in life: they would share our processor's lock else."""
    port = int(os.environ.get("SANDBOX_PORT", "9300"))
    command = [sys.executable, "manage.py", "sandbox", f"--port={port}", f"--rows={rows}", "--verbosity=0"]
    with subprocess.Popen(command) as child:
        try:
            _await(port)
            yield f"http://127.0.0.1:{port}"
        finally:
            child.terminate()


def _await(port: int) -> None:
    for _ in range(150):
        with socket.socket() as knock:
            if knock.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    raise RuntimeError(f"The sandbox on port {port} did not start.")


def new_tenant(slug: str) -> Any:
    from reporting.models import Tenant
    from reporting.tenancy.scoping import all_tenants

    with all_tenants():
        return Tenant.objects.create(slug=slug, name=slug.title())


def new_connection(tenant: Any, **more: Any) -> Any:
    """A ScaleEngine connection, unless `more` says otherwise."""
    from providers.sandbox.accounts import ACCOUNTS
    from providers.sandbox.vendors.scaleengine.accounts import APPS
    from reporting.models import Connection
    from reporting.tenancy.scoping import tenant_scope

    values: dict[str, Any] = {"slug": "cdn", "name": "CDN", "provider": "scaleengine", "time_zone": "UTC"}
    with tenant_scope(tenant):
        connection = Connection(
            tenant=tenant,
            **values | {"history_from": days_before(10), "options": {"apps": APPS["north"]}} | more,
        )
        connection.credentials = {name: str(value) for name, value in ACCOUNTS["north"]["scaleengine"].items()}
        connection.save()
    return connection


def database_url() -> str:
    """The same database, for another program; a peer keeps its tables in a schema of its own."""
    from urllib.parse import quote

    from django.db import connection

    to = connection.get_connection_params()
    login = f"{to['user']}:{quote(to.get('password') or 'none', safe='')}"
    host, port = quote(str(to.get("host") or "localhost"), safe=""), to.get("port") or 5432
    return f"postgresql://{login}@{host}:{port}/{to['dbname']}"


def analyze() -> None:
    """As autovacuum does within a minute of a load: both sides are planned by what there is."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def best_of(times: int, work: Callable[[], Any]) -> float:
    """Seconds of the fastest of several tries, after one that warms up."""
    work()
    return min(seconds_of(work) for _ in range(times))


def seconds_of(work: Callable[[], Any]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def days_before(number: int) -> date:
    return TODAY - timedelta(days=number)
