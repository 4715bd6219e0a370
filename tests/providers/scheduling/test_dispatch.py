"""Many connections come due at once: two worker processes take them up, fairly, and none twice."""

from collections import Counter
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from providers.sandbox import Sandbox
from providers.scheduling import queue
from reporting.models import SyncRun, Tenant
from reporting.tenancy.scoping import all_tenants
from tests.support import workers
from tests.support.line import connect

MANY = 60


@pytest.mark.parametrize("kind", workers.BROKERS)
def test_it_works(kind: str, transactional_db: None, tmp_path: Path) -> None:
    """One look of the scheduler is enough: whoever takes a run wakes up for the next."""
    with Sandbox(assets=1, rows=1) as sandbox, workers.broker(kind, tmp_path) as address:
        with all_tenants():
            many, lone = (Tenant.objects.create(slug=slug, name=slug) for slug in ("many", "lone"))
        for number in range(MANY):
            connect(many, sandbox, "callfire", days=1, slug=f"c{number}")
        alone = connect(lone, sandbox, "callfire", days=1, account="south")
        fleet = workers.Workers(tmp_path, address)
        fleet.start()
        fleet.tick()
        fleet.wait_until(all_ended, 60)
        fleet.stop()
    with all_tenants():
        made = list(SyncRun.objects.order_by("started_at"))
    assert Counter(run.connection_id for run in made).most_common(1)[0][1] == 1
    assert {run.state for run in made} == {SyncRun.State.SUCCEEDED}
    assert alone.pk in [run.connection_id for run in made[:4]]
    assert any(later.started_at < first.finished_at for first, later in pairwise(made))  # at once


def all_ended() -> bool:
    with all_tenants():
        return SyncRun.objects.filter(finished_at__isnull=False).count() == MANY + 1


def test_the_scheduler_asks_as_much_whatever_there_was(alice: Tenant, sandbox: Sandbox) -> None:
    def questions() -> int:
        with CaptureQueriesContext(database) as asked:
            queue.end_lost(timezone.now())
            assert not queue.is_awake(timezone.now())
            assert queue.queue_due(timezone.now()) == 5
            assert queue.some_wait()
        return len(asked)

    connections = [connect(alice, sandbox, "callfire", days=1, slug=f"c{number}") for number in range(5)]
    first = questions()
    with all_tenants():
        SyncRun.objects.all().delete()
        long_ago = timezone.now() - timedelta(days=30)
        for connection in connections:
            old = SyncRun(tenant=alice, connection=connection, state=SyncRun.State.SUCCEEDED, started_at=long_ago)
            SyncRun.objects.bulk_create([old] * 50)
        SyncRun.objects.update(queued_at=long_ago)
    assert questions() == first
