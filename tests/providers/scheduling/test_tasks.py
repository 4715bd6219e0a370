"""The Celery tasks run the same line, and what is due is computed from the database."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from celery import current_app
from django.utils import timezone

from providers import tasks
from providers.pipeline.connection_lock import LOCK_CLASS
from providers.sandbox import Sandbox
from providers.scheduling import queue
from providers.tasks import sync_connection, sync_due, sync_next
from reporting.models import Connection, SyncRun, Tenant
from reporting.tenancy.scoping import all_tenants, tenant_scope
from tests.support.line import connect, ledger, run, truth


@pytest.fixture
def in_process() -> Iterator[None]:
    """Tasks run where they are sent from."""
    current_app.conf.update(task_always_eager=True)
    yield
    current_app.conf.update(task_always_eager=False)


def due_now() -> list[str]:
    with all_tenants():
        return [connection.slug for connection in queue.due(timezone.now())]


def test_it_works(alice: Tenant, sandbox: Sandbox) -> None:
    connection = connect(alice, sandbox, "scaleengine", days=2)
    with tenant_scope(alice):
        queued = SyncRun.objects.create(tenant=alice, connection=connection)
    assert sync_connection(alice.pk, queued.pk) == SyncRun.State.SUCCEEDED
    assert ledger(connection) == truth(sandbox, connection)
    assert sync_connection(alice.pk, queued.pk) == "gone"  # a message that comes twice does nothing


def test_what_is_due_is_queued_once(
    alice: Tenant, bob: Tenant, sandbox: Sandbox, in_process: None, django_capture_on_commit_callbacks
) -> None:
    connections = [connect(tenant, sandbox, "boomstream", days=2) for tenant in (alice, bob)]
    with django_capture_on_commit_callbacks(execute=True):
        assert sync_due() == 2
    assert all(ledger(connection) for connection in connections)
    assert sync_due() == 0


def test_due_by_its_own_rhythm(alice: Tenant, sandbox: Sandbox) -> None:
    connection = connect(alice, sandbox, "boomstream", days=1)
    assert due_now() == ["boomstream"]
    ended = run(connection)
    assert due_now() == []
    with tenant_scope(alice):
        SyncRun.objects.filter(pk=ended.pk).update(queued_at=timezone.now() - timedelta(minutes=61))
    assert due_now() == ["boomstream"]
    with tenant_scope(alice):
        Connection.objects.filter(pk=connection.pk).update(sync_every=timedelta(hours=2))
    assert due_now() == []


@pytest.mark.parametrize("state", [Connection.State.PAUSED, Connection.State.NEEDS_ATTENTION, Connection.State.DELETED])
def test_a_connection_that_rests_is_not_due(alice: Tenant, sandbox: Sandbox, state: str) -> None:
    connect(alice, sandbox, "boomstream", days=1, state=state)
    assert due_now() == []


def test_what_a_person_asked_for_waits_for_its_turn(alice: Tenant, sandbox: Sandbox, second_session) -> None:
    """The connection is being replayed on the command line, say: the run is neither lost nor made twice."""
    connection = connect(alice, sandbox, "boomstream", days=1)
    with tenant_scope(alice):
        asked = queue.queue(connection)
    second_session.execute("SELECT pg_advisory_lock(%s, %s)", [LOCK_CLASS, connection.pk])
    assert sync_connection(alice.pk, asked.pk) == "gone"
    second_session.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK_CLASS, connection.pk])
    assert sync_connection(alice.pk, asked.pk) == SyncRun.State.SUCCEEDED


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The wake-ups that are sent."""
    messages: list[str] = []
    monkeypatch.setattr(tasks, "send", lambda task: messages.append(task))
    return messages


def test_runs_whose_messages_were_lost_are_woken_for(alice: Tenant, sandbox: Sandbox, sent: list[str]) -> None:
    connection = connect(alice, sandbox, "boomstream", days=1)
    assert sync_due() == 1
    assert sent
    sent.clear()
    assert sync_due() == 0  # nothing new, but nobody has taken the run
    assert sent
    sent.clear()
    assert sync_next() == SyncRun.State.SUCCEEDED
    assert sent  # it wakes up for the next one
    sent.clear()
    assert sync_next() == "nothing waits"
    assert sync_due() == 0
    assert not sent
    assert ledger(connection)


def test_no_more_wake_ups_while_workers_take_runs_up(alice: Tenant, sandbox: Sandbox, sent: list[str]) -> None:
    for number in range(3):
        connect(alice, sandbox, "callfire", days=1, slug=f"fire-{number}")
    assert sync_due() == 3
    with queue.claimed():
        sent.clear()
        assert sync_due() == 0
        assert not sent


def test_a_worker_that_died_took_its_wake_up_along(alice: Tenant, sandbox: Sandbox, sent: list[str]) -> None:
    """Its run began a moment ago, but nobody is awake."""
    for number in range(3):
        connect(alice, sandbox, "callfire", days=1, slug=f"fire-{number}")
    assert sync_due() == 3
    with queue.claimed():
        sent.clear()
    assert sync_due() == 1  # the run that was lost
    assert sent
