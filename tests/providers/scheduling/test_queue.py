"""Which run is next: fair to all tenants, never twice, in a rhythm that spreads, without reading history."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.db import connection as database
from django.utils import timezone

from providers import tasks
from providers.pipeline.connection_lock import LOCK_CLASS
from providers.scheduling import queue
from providers.tasks import sync_due
from reporting.models import Connection, SyncRun, Tenant
from reporting.tenancy.scoping import all_tenants, tenant_scope
from tests.support.factories import make_connection
from tests.support.tenancy import owner, sql

NOW = timezone.now()


@pytest.fixture(autouse=True)
def silent(monkeypatch: pytest.MonkeyPatch) -> None:
    """No broker: the messages are not what these tests are about."""
    monkeypatch.setattr(tasks, "send", lambda task: True)


@pytest.fixture
def claim(db: None) -> Iterator[Callable[[], SyncRun | None]]:
    """Takes runs one by one, as workers do that are busy until the test ends."""
    with ExitStack() as held:
        yield lambda: held.enter_context(queue.claimed())


def make_connections(tenant: Tenant, number: int, **fields: Any) -> list[Connection]:
    values = {"provider": "callfire", "time_zone": "UTC", "history_from": NOW.date()} | fields
    with tenant_scope(tenant):
        return Connection.objects.bulk_create(
            Connection(tenant=tenant, slug=f"c{n}", name=f"c{n}", **values) for n in range(number)
        )


def make_run(connection: Connection, age: timedelta = timedelta(0), **fields: Any) -> SyncRun:
    with tenant_scope(connection.tenant_id):
        run = SyncRun.objects.create(tenant_id=connection.tenant_id, connection=connection, **fields)
        SyncRun.objects.filter(pk=run.pk).update(queued_at=NOW - age)
    return run


def due(now: Any = NOW) -> list[int]:
    with all_tenants():
        return [connection.pk for connection in queue.due(now)]


def plan_of(statement: str, parameters: dict[str, Any]) -> str:
    with all_tenants(), database.cursor() as cursor:
        cursor.execute(f"EXPLAIN {statement.replace('{held}', queue.HELD)}", parameters)
        return "\n".join(line for (line,) in cursor.fetchall())


def test_it_works(alice: Tenant, bob: Tenant, claim, django_assert_max_num_queries) -> None:
    """A thousand connections and one come due at once."""
    make_connections(alice, 1000)
    (lone,) = make_connections(bob, 1)
    began = time.monotonic()
    with django_assert_max_num_queries(40):
        assert sync_due() == 1001
    assert time.monotonic() - began < 5
    claimed = [claim(), claim()]
    assert lone.pk in {run.connection_id for run in claimed if run}
    assert sync_due() == 0


def test_one_worker_serves_tenants_in_turn(alice: Tenant, bob: Tenant) -> None:
    """Nobody's run is being made while the only worker looks for the next one: then the last turn decides."""
    for tenant, number in ((alice, 5), (bob, 2)):
        make_connections(tenant, number)
    sync_due()
    order = []
    for _ in range(7):
        with queue.claimed() as run:
            assert run
            order.append(run.connection.tenant.slug)
            with all_tenants():
                SyncRun.objects.filter(pk=run.pk).update(state=SyncRun.State.SUCCEEDED)
    assert order == ["alice", "bob", "alice", "bob", "alice", "alice", "alice"]
    with queue.claimed() as run:
        assert run is None


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_claim_one_run(alice: Tenant, bob: Tenant) -> None:
    for tenant in (alice, bob):
        make_connections(tenant, 20)
    sync_due()
    claimed: list[int] = []

    def work() -> None:
        with ExitStack() as held:
            while run := held.enter_context(queue.claimed()):
                claimed.append(run.connection_id)
        database.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(claimed) == len(set(claimed)) == 40


def test_a_run_under_way_holds_the_next(alice: Tenant) -> None:
    connection = make_connection(alice)
    asked = make_run(connection, timedelta(hours=5))
    make_run(connection, timedelta(hours=4), state=SyncRun.State.SUCCEEDED)  # `manage.py sync` meanwhile
    assert due() == []
    with tenant_scope(alice):
        asked.state = SyncRun.State.FAILED
        asked.save()
    assert due() == [connection.pk]


def test_a_run_whose_worker_died_is_made_again_at_once(alice: Tenant, second_session) -> None:
    connection = make_connection(alice)
    errors = [{"error": "NotFound", "group": "ask a person", "detail": "Boomstream does not know this (404)."}]
    run = make_run(
        connection,
        timedelta(minutes=5),
        state=SyncRun.State.RUNNING,
        started_at=NOW - timedelta(minutes=5),
        errors=errors,
    )
    second_session.execute("SELECT pg_advisory_lock(%s, %s)", [LOCK_CLASS, connection.pk])
    assert sync_due() == 0
    second_session.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK_CLASS, connection.pk])  # as when a process dies
    assert sync_due() == 1
    with tenant_scope(alice):
        run.refresh_from_db()
        connection.refresh_from_db()
    assert (run.state, connection.failures) == (SyncRun.State.FAILED, 1)
    assert [entry["error"] for entry in run.errors] == ["WorkerDied", "NotFound"]
    assert "Its worker died" in run.errors[0]["detail"]


def test_a_run_just_claimed_is_not_taken_for_lost_and_one_whose_worker_is_gone_is(alice: Tenant) -> None:
    """The lock is taken with the run: there is no moment at which one that is being made looks lost."""
    make_run(make_connection(alice), timedelta(hours=3))
    with queue.claimed() as run:
        assert run
        assert queue.end_lost(timezone.now()) == []
    assert queue.end_lost(timezone.now()) == [run]


def test_a_lock_taken_a_moment_before_leaves_the_run_queued(alice: Tenant, second_session, monkeypatch) -> None:
    """`manage.py sync` began between our looking and our taking."""
    connection = make_connection(alice)
    asked = make_run(connection)
    second_session.execute("SELECT pg_advisory_lock(%s, %s)", [LOCK_CLASS, connection.pk])
    monkeypatch.setattr(
        queue, "HELD", "SELECT 0 AS connection_id FROM pg_locks WHERE classid = %(lock_class)s AND false"
    )
    with queue.claimed() as run:
        assert run is None
    with tenant_scope(alice):
        asked.refresh_from_db()
    assert (asked.state, asked.started_at) == (SyncRun.State.QUEUED, None)


def test_what_kills_its_worker_again_and_again_is_made_more_seldom(alice: Tenant) -> None:
    connection = make_connection(alice, failures=queue.TOO_OFTEN)
    make_run(connection, timedelta(hours=1), state=SyncRun.State.FAILED, errors=[{"error": queue.DIED}])
    assert due() == []


def test_a_run_that_died_after_it_brought_something_counts_as_no_failure(alice: Tenant) -> None:
    """A first sync of hours outlives any number of restarts, without slowing down."""
    connection = make_connection(alice, failures=queue.TOO_OFTEN)
    make_run(connection, state=SyncRun.State.RUNNING, started_at=NOW, facts_written=7)
    assert sync_due() == 1
    with tenant_scope(alice):
        connection.refresh_from_db()
    assert connection.failures == 0


def test_a_run_that_its_worker_left_is_made_again_and_one_that_a_person_cancelled_is_not(alice: Tenant) -> None:
    left, cancelled = make_connection(alice, "left"), make_connection(alice, "cancelled")
    make_run(left, state=SyncRun.State.CANCELLED)
    make_run(cancelled, state=SyncRun.State.CANCELLED, cancel_requested=True)
    assert due() == [left.pk]


def test_a_run_of_one_feed_or_range_does_not_put_the_next_off(alice: Tenant) -> None:
    connection = make_connection(alice)
    make_run(connection, timedelta(hours=2), state=SyncRun.State.SUCCEEDED)
    make_run(connection, state=SyncRun.State.SUCCEEDED, feed="plays")
    make_run(connection, state=SyncRun.State.SUCCEEDED, from_day=NOW.date(), to_day=NOW.date())
    assert due() == [connection.pk]


def test_what_began_in_one_second_comes_due_spread_over_a_tenth(alice: Tenant) -> None:
    for connection in make_connections(alice, 100):
        make_run(connection, state=SyncRun.State.SUCCEEDED)
    found = [len(due(NOW + timedelta(minutes=minutes))) for minutes in (53, 54, 55, 56, 57, 58, 59, 60)]
    assert (found[0], found[-1]) == (0, 100)  # none too late
    assert max(after - before for before, after in pairwise(found)) < 30
    assert due(NOW + timedelta(minutes=57)) == due(NOW + timedelta(minutes=57))


@pytest.mark.parametrize(
    ("failures", "hours"), [(0, 1), (1, 2), (3, 8), (5, 24), (29, 24), (30, 1)], ids=lambda value: str(value)
)
def test_failures_stretch_the_rhythm_up_to_a_day(alice: Tenant, failures: int, hours: int) -> None:
    """At 30 it rested; that it is active says that a person woke it."""
    connection = make_connection(alice, failures=failures)
    make_run(connection, state=SyncRun.State.FAILED)
    assert due(NOW + timedelta(hours=hours) * 0.89) == []
    assert due(NOW + timedelta(hours=hours, seconds=1)) == [connection.pk]


def test_a_slow_rhythm_is_never_made_faster(alice: Tenant) -> None:
    connection = make_connection(alice, failures=9, sync_every=timedelta(days=7))
    make_run(connection, state=SyncRun.State.FAILED)
    assert due(NOW + timedelta(days=6)) == []
    assert due(NOW + timedelta(days=7, seconds=1)) == [connection.pk]


def test_two_schedulers_at_once_queue_once(alice: Tenant, second_session) -> None:
    make_connection(alice)
    second_session.execute("SELECT pg_advisory_lock(%s, %s)", [LOCK_CLASS, queue.SCHEDULING])
    assert sync_due() == 0
    second_session.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK_CLASS, queue.SCHEDULING])
    assert sync_due() == 1


def test_nothing_reads_history(alice: Tenant) -> None:
    """Twenty thousand runs of two hundred connections: the plans have no scan of the table of runs."""
    make_connections(alice, 200)
    with all_tenants():
        sql(
            "INSERT INTO reporting_syncrun (tenant_id, connection_id, state, feed, queued_at, started_at, requests_done,"
            " requests_total, facts_written, waiting, errors, notes, cancel_requested) SELECT tenant_id, id, 'succeeded', '',"
            " now() - n * interval '1 hour', now() - n * interval '1 hour', 0, 0, 0, '', '[]', '[]', false"
            " FROM reporting_connection, generate_series(100, 1, -1) n"
        )
    with owner():
        sql("ANALYZE reporting_syncrun")
    assert sync_due() == 200
    common = {"lock_class": LOCK_CLASS, "now": NOW, "every": queue.EVERY, "longest": queue.EVERY}
    parameters = common | {"died": queue.DIED, "too_often": 3, "woken_from": 30}
    for statement, index in ((queue.DUE, "run_newest"), (queue.CLAIM, "run_turn"), (queue.LOST, "run_under_way")):
        plan = plan_of(statement, parameters)
        assert index in plan
        assert "Seq Scan on reporting_syncrun" not in plan
