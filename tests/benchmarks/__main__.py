"""`python -m tests.benchmarks`: measures the line and says what limits it."""

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

ROWS = 200_000  # of one day: 200 pages of 1,000
DAYS = 3


@contextmanager
def sandbox(port: int) -> Iterator[str]:
    """The vendors in a process of their own, as in life: they would share our processor's lock else."""
    command = [sys.executable, "manage.py", "sandbox", f"--port={port}", f"--rows={ROWS}", "--verbosity=0"]
    with subprocess.Popen(command) as child:
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            child.terminate()


def connect(url: str) -> Any:
    from providers.sandbox.accounts import ACCOUNTS, APPS
    from reporting.models import Connection, Tenant
    from reporting.scoping import all_tenants, tenant_scope

    with all_tenants():
        tenant = Tenant.objects.create(slug="bench", name="Bench")
    with tenant_scope(tenant):
        connection = Connection(
            tenant=tenant,
            slug="cdn",
            name="CDN",
            provider="scaleengine",
            base_url=f"{url}/scaleengine",
            time_zone="UTC",
            history_from=datetime.now(UTC).date() - timedelta(days=10),
            options={"apps": APPS["north"]},
        )
        connection.credentials = {name: str(value) for name, value in ACCOUNTS["north"]["scaleengine"].items()}
        connection.save()
    return connection


def measure(connection: Any, day: date) -> tuple[float, float, int]:
    """Seconds, our own processor seconds, and facts written, of one day's whole line."""
    from providers.sync import sync
    from reporting.models import SyncRun
    from reporting.scoping import tenant_scope

    with tenant_scope(connection.tenant_id):
        run = SyncRun.objects.create(tenant=connection.tenant, connection=connection, from_day=day, to_day=day)
    clock, processor = time.perf_counter(), time.process_time()
    ended = sync(run)
    assert ended.state == SyncRun.State.SUCCEEDED, ended.errors
    return time.perf_counter() - clock, time.process_time() - processor, ended.facts_written


def warm(url: str, day: date) -> None:
    """The sandbox draws a day's 200,000 rows at its first request for it: that is not the line's time."""
    import requests

    asked = {"provider": "scaleengine", "from": str(day), "to": str(day)}
    with requests.get(f"{url}/_ledger", params=asked, timeout=120, stream=True) as answer:
        for _ in answer.iter_content(1024 * 1024):
            continue  # read, and kept nowhere: our memory is measured


def line(url: str) -> None:
    connection = connect(url)
    today = datetime.now(UTC).date()
    print(f"\nThe whole line, ScaleEngine, {ROWS // 1000} pages of 1,000 rows a day (two facts a row)\n")
    print("| what | seconds | rows a second | our processor | facts written | peak memory |")
    print("|---|---|---|---|---|---|")
    days = [today - timedelta(days=5 + number) for number in range(DAYS)]
    for name, day in [*((f"a new day, {number + 1}", day) for number, day in enumerate(days)), ("unchanged", days[-1])]:
        warm(url, day)
        seconds, processor, facts = measure(connection, day)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"| {name} | {seconds:.2f} | {ROWS / seconds:,.0f} | {processor:.2f} s | {facts:,} | {memory:.0f} MB |")


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="viewledger-bench-") as folder:
        Path(folder).chmod(0o755)
        os.environ |= {"VAR_DIR": folder, "ALLOW_PRIVATE_PROVIDER_URLS": "true"}
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reporting.settings")
        import django
        from django.core.management import call_command
        from django.db import connection

        django.setup()
        call_command("migrate", verbosity=0)
        with sandbox(port=int(os.environ.get("SANDBOX_PORT", "9300"))) as url:
            time.sleep(3)
            line(url)
        connection.close()


if __name__ == "__main__":
    main()
