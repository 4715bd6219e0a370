"""The Celery tasks run the same line, and what is due is computed from the database."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from celery import current_app
from django.utils import timezone

from providers import runs
from providers.sandbox import Sandbox
from providers.tasks import sync_connection, sync_due
from reporting.models import Connection, SyncRun, Tenant
from reporting.scoping import all_tenants, tenant_scope

from .line import connect, ledger, run, truth


@pytest.fixture
def in_process() -> Iterator[None]:
    """Tasks run where they are sent from."""
    current_app.conf.update(task_always_eager=True)
    yield
    current_app.conf.update(task_always_eager=False)


def due_now() -> list[str]:
    with all_tenants():
        return [connection.slug for connection in runs.due(timezone.now())]


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


def test_a_run_under_way_holds_the_next_until_it_must_be_lost(alice: Tenant, sandbox: Sandbox) -> None:
    connection = connect(alice, sandbox, "boomstream", days=1)
    with tenant_scope(alice):
        lost = SyncRun.objects.create(tenant=alice, connection=connection, state=SyncRun.State.RUNNING)
        SyncRun.objects.filter(pk=lost.pk).update(queued_at=timezone.now() - timedelta(hours=2))
    assert due_now() == []
    with tenant_scope(alice):
        SyncRun.objects.filter(pk=lost.pk).update(queued_at=timezone.now() - timedelta(hours=7))
    assert due_now() == ["boomstream"]
