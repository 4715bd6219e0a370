"""A broker that is down or hangs holds nobody up: what is asked for stands in the database, and is taken up later."""

import logging
import shutil
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from celery import current_app
from django.conf import settings
from django.test import Client

from providers.sandbox import Sandbox
from providers.scheduling.wake_up import SYNC_CONNECTION, SYNC_NEXT, send
from providers.tasks import sync_connection, sync_due, sync_next
from reporting.models import SyncRun, Tenant
from reporting.tenancy.scoping import tenant_scope
from tests.support import workers
from tests.support.api import bearer
from tests.support.line import connect

HOW_LONG = 8.0  # seconds, on a busy machine; without the settings' patience it would be for ever
SetBroker = Callable[[str, dict[str, Any]], None]


@pytest.fixture
def set_broker() -> Iterator[SetBroker]:
    """Makes this process send to another broker, with the settings' own patience."""
    names = ("broker_url", "broker_transport_options")
    before = {name: current_app.conf[name] for name in names}

    def set_to(*values: Any) -> None:
        current_app.conf.update(zip(names, values, strict=True))
        current_app._after_fork()  # forgets the connections that it has

    yield set_to
    set_to(*before.values())


@pytest.fixture
def hanging() -> Iterator[int]:
    """A port where connections are taken and nothing is ever answered."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def patience() -> dict[str, Any]:
    return settings.REDIS_PATIENCE


def test_it_works(
    alice: Tenant,
    sandbox: Sandbox,
    client: Client,
    set_broker: SetBroker,
    django_capture_on_commit_callbacks: Any,
    caplog,
) -> None:
    """The run is queued and the answer is 202; the next look of the scheduler has it made."""
    connection = connect(alice, sandbox, "scaleengine", days=1)
    set_broker(f"redis://127.0.0.1:{free_port()}/0", patience())
    headers = bearer(alice, "sync")
    with (
        django_capture_on_commit_callbacks(execute=True),
        caplog.at_level(logging.WARNING, "providers.scheduling.wake_up"),
    ):
        answer = client.post(f"/api/v1/connections/{connection.pk}/sync", headers=headers)
    assert answer.status_code == 202
    assert "The broker took no message" in caplog.text
    assert sync_due() == 0  # it waits already
    assert sync_next() == SyncRun.State.SUCCEEDED
    with tenant_scope(alice):
        assert SyncRun.objects.get().pk == answer.json()["id"]


@pytest.mark.parametrize("scheme", ["redis", "amqp"])
def test_a_broker_that_refuses_or_hangs_is_not_waited_for(scheme: str, set_broker: SetBroker, hanging: int) -> None:
    for port in (free_port(), hanging):
        set_broker(f"{scheme}://127.0.0.1:{port}//", patience() if scheme == "redis" else {})
        began = time.monotonic()
        assert not send(SYNC_NEXT)
        assert time.monotonic() - began < HOW_LONG


def test_a_broker_that_freezes(set_broker: SetBroker, tmp_path: Path) -> None:
    """The connection stands, and nothing is heard of it any more."""
    with workers.broker("redis", tmp_path) as address:
        set_broker(address, patience())
        assert send(SYNC_NEXT)
        (server,) = [child for child in psutil.Process().children() if child.name() == "redis-server"]
        server.suspend()
        began = time.monotonic()
        assert not send(SYNC_NEXT)
        assert time.monotonic() - began < HOW_LONG
        server.resume()
        assert send(SYNC_NEXT)


def test_an_embedded_broker_whose_folder_is_gone(set_broker: SetBroker, tmp_path: Path) -> None:
    folders = {"data_folder_in": tmp_path / "queue", "data_folder_out": tmp_path / "queue", "control_folder": tmp_path}
    (tmp_path / "queue").mkdir()
    set_broker("filesystem://", {name: str(path) for name, path in folders.items()})
    assert send(SYNC_NEXT)
    shutil.rmtree(tmp_path / "queue")
    assert not send(SYNC_NEXT)


def test_tasks_are_woken_by_the_names_that_they_have() -> None:
    assert [sync_next.name, sync_connection.name] == [SYNC_NEXT, SYNC_CONNECTION]
