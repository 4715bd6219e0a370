"""`python -m tests.benchmarks.resync`: ten connections over 90 days, read again with equal answers. It should cost what the
requests cost, and at most 5 ms of our own processor for each."""

import os
import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from .place import installation, vendors

DAYS = 90
PROVIDERS = ["247platform", "boomstream", "callfire", "scaleengine", "smartstream"]
ACCOUNTS = {"first": "north", "second": "south"}
MOST = 5.0  # milliseconds of our processor a request


def connections(sandbox: Any) -> list[Any]:
    """Each provider with both accounts, each account a tenant's."""
    from reporting.models import Tenant
    from reporting.tenancy.scoping import all_tenants
    from tests.support.line import connect

    made = []
    for slug, account in ACCOUNTS.items():
        with all_tenants():
            tenant, _ = Tenant.objects.get_or_create(slug=slug, defaults={"name": slug})
        made += [connect(tenant, sandbox, provider, days=DAYS, account=account) for provider in PROVIDERS]
    return made


def synced(connection: Any, **days: Any) -> tuple[Any, float, float]:
    """The run, its seconds, and the seconds of our processor, all threads."""
    from tests.support.line import run

    clock, processor = time.perf_counter(), time.process_time()
    ended = run(connection, **days)
    seconds, ours = time.perf_counter() - clock, time.process_time() - processor
    assert ended.state == "succeeded", ended.errors
    return ended, seconds, ours


def measure(sandbox: SimpleNamespace) -> float:
    """Prints a line for each provider and the sum; returns milliseconds a request over all."""
    today = datetime.now(UTC).date()
    known = connections(sandbox)
    for connection in known:
        synced(connection)
    print(f"\nRead again, unchanged: {len(known)} connections, {DAYS} days\n")
    print("| provider | requests | facts written | seconds | our processor | a request |")
    print("|---|---|---|---|---|---|")
    requests, processor = 0, 0.0
    for provider in PROVIDERS:
        days = {"from_day": today - timedelta(days=DAYS - 1), "to_day": today}
        again = [synced(connection, **days) for connection in known if connection.provider == provider]
        asked, ours = sum(run.requests_done for run, _, _ in again), sum(own for _, _, own in again)
        written, seconds = sum(run.facts_written for run, _, _ in again), sum(spent for _, spent, _ in again)
        print(f"| {provider} | {asked} | {written} | {seconds:.2f} | {ours:.2f} s | {1000 * ours / asked:.1f} ms |")
        requests, processor = requests + asked, processor + ours
    print(f"| all | {requests} | | | {processor:.2f} s | {1000 * processor / requests:.1f} ms (at most {MOST:.0f}) |")
    return 1000 * processor / requests


def main() -> None:
    with installation(), vendors(int(os.environ.get("SANDBOX_PORT", "9310")), assets=3, rows=12) as sandbox:
        measure(sandbox)


if __name__ == "__main__":
    main()
