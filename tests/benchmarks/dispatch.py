"""`python -m tests.benchmarks.dispatch`: a thousand connections come due at once, and two worker processes take them up. All
must have begun within a minute, none twice, and the one connection of another tenant within ten seconds."""

import os
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from .place import installation, vendors

MANY = int(os.environ.get("CONNECTIONS", "999"))
WITHIN, LONE_WITHIN = 60.0, 10.0  # seconds
LONGEST = 600.0


def connections(sandbox: Any) -> Any:
    """Many of one tenant, then one of another, which is returned. Each has a broadcast and a day: two requests."""
    from reporting.models import Tenant
    from reporting.tenancy.scoping import all_tenants
    from tests.support.line import connect

    with all_tenants():
        many, lone = (Tenant.objects.create(slug=slug, name=slug) for slug in ("many", "lone"))
    for number in range(MANY):
        connect(many, sandbox, "callfire", days=1, slug=f"c{number}")
    return connect(lone, sandbox, "callfire", days=1, account="south")


def dispatched(folder: Path, broker: str) -> float:
    """Starts the workers, has the scheduler look once, and waits until every run has ended; returns the seconds of our
    processor."""
    from tests.support.workers import Workers

    fleet = Workers(folder, broker)
    fleet.start()
    try:
        fleet.wait_until_ready()
        fleet.tick()
        fleet.wait_until(all_ended, LONGEST)
        return sum(sum(process.cpu_times()[:2]) for process in fleet.pool())
    finally:
        fleet.stop()


def all_ended() -> bool:
    from reporting.models import SyncRun
    from reporting.tenancy.scoping import all_tenants

    with all_tenants():
        return SyncRun.objects.filter(finished_at__isnull=False).count() == MANY + 1


def tell(lone: Any, processor: float) -> bool:
    """Prints the table; returns whether all is within its bounds."""
    from reporting.models import SyncRun
    from reporting.tenancy.scoping import all_tenants

    with all_tenants():
        runs = list(SyncRun.objects.order_by("started_at"))
    waited = {run.connection_id: (run.started_at - run.queued_at).total_seconds() for run in runs if run.started_at}
    last, alone = max(waited.values()), waited[lone.pk]
    twice = sum(count > 1 for count in Counter(run.connection_id for run in runs).values())
    print(f"\n{MANY} connections of one tenant and one of another come due at once; two worker processes\n")
    print("| what | measured | at most |")
    print("|---|---|---|")
    print(f"| dispatched | {len(waited)} | {MANY + 1} |")
    print(f"| the last began after | {last:.1f} s | {WITHIN:.0f} s |")
    print(f"| the lone tenant's began after | {alone:.1f} s | {LONE_WITHIN:.0f} s |")
    print(f"| our processor, each | {1000 * processor / len(runs):.0f} ms | |")
    print(f"| connections made twice | {twice} | 0 |")
    print(f"| runs that did not succeed | {sum(run.state != 'succeeded' for run in runs)} | 0 |")
    return len(waited) == MANY + 1 and last <= WITHIN and alone <= LONE_WITHIN and not twice


def main() -> bool:
    from tests.support.workers import broker

    port = int(os.environ.get("SANDBOX_PORT", "9320"))
    with installation() as folder, vendors(port, assets=1, rows=1) as sandbox, broker("embedded", folder) as address:
        lone = connections(sandbox)
        return tell(lone, dispatched(folder, address))


if __name__ == "__main__":
    sys.exit(not main())
