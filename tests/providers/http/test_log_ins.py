"""Log-ins and signatures: a session that is over is opened once more, one that is never taken is a person's business, and each
try proves anew who asks."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest
import time_machine

from providers import registry
from providers.http.client import Client
from providers.http.transport import Arrived, Transport
from providers.sandbox import Sandbox
from providers.toolkit.requests import Request
from reporting.models import Connection, Snapshot, SnapshotPart, SyncRun, Tenant
from reporting.tenancy.scoping import tenant_scope
from tests.support.line import connect, fault, ledger, run, truth


def log_ins(sandbox: Sandbox) -> int:
    return sum("auth-token" in record.path for record in sandbox.requests)


def test_it_works(alice: Tenant, sandbox: Sandbox) -> None:
    """A session of yesterday's that looks fresh is refused; one new log-in, which the next run uses too."""
    connection = connect(alice, sandbox, "smartstream", days=2)
    connection.session = {"token": "of yesterday"}
    with tenant_scope(alice):
        connection.save()
    for _ in range(2):
        assert run(connection).state == SyncRun.State.SUCCEEDED
    assert log_ins(sandbox) == 1
    assert ledger(connection) == truth(sandbox, connection)


def test_a_session_of_an_earlier_run_is_hidden_too(alice: Tenant, sandbox: Sandbox) -> None:
    """247platform wants it in the address, and the address is kept with the answer."""
    connection = connect(alice, sandbox, "247platform", days=1)
    for _ in range(2):
        with tenant_scope(alice):
            SnapshotPart.objects.all().delete()
            Snapshot.objects.all().delete()
        run(connection)
    with tenant_scope(alice):
        kept = str(list(SnapshotPart.objects.values_list("request", flat=True)))
        connection.refresh_from_db()
    assert sum("authenticate" in record.path for record in sandbox.requests) <= 2  # of the first run
    assert "***" in kept
    assert connection.session["token"] not in kept


def test_several_that_are_refused_at_once_open_one_session(
    alice: Tenant, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The vendor ends the session in the midst of the run, while several questions are on their way."""
    connection = connect(alice, sandbox, "smartstream", days=2)
    fault(sandbox, provider="smartstream", kind="slow", seconds=0.2, match="aggregations")
    send = Transport.send

    def ending(self: Transport, request: Request, parse: Callable[[bytes], Any]) -> Any:
        if len(sandbox.requests) == 6 and sandbox.pinned:
            sandbox.pinned += timedelta(hours=2)
        return send(self, request, parse)

    monkeypatch.setattr(Transport, "send", ending)
    assert run(connection).state == SyncRun.State.SUCCEEDED
    assert [record.status for record in sandbox.requests].count(401) > 1
    assert log_ins(sandbox) == 2


def test_a_session_that_is_refused_when_it_was_just_opened_needs_a_person(
    alice: Tenant, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    send = Transport.send

    def refuse(self: Transport, request: Request, parse: Callable[[bytes], Any]) -> Arrived:
        arrived = send(self, request, parse)
        refused = arrived._replace(answer=arrived.answer._replace(status=401))
        return refused if "aggregations" in request.path else arrived

    monkeypatch.setattr(Transport, "send", refuse)
    connection = connect(alice, sandbox, "smartstream", days=2)
    ended = run(connection)
    assert (ended.state, [error["error"] for error in ended.errors]) == (SyncRun.State.FAILED, ["AskPerson"])
    assert "refuses a session that it has just opened" in ended.errors[0]["detail"]
    assert log_ins(sandbox) == 2
    with tenant_scope(alice):
        connection.refresh_from_db()
    assert connection.state == Connection.State.NEEDS_ATTENTION


def test_each_try_is_signed_anew(alice: Tenant, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """ScaleEngine takes a signature for some minutes only, and a second try may come later than that."""
    connection = connect(alice, sandbox, "scaleengine", days=1)
    fault(sandbox, provider="scaleengine", kind="error500", times=2)
    send = Transport.send
    with time_machine.travel(datetime.now(UTC), tick=False) as clock:

        def late(self: Transport, request: Request, parse: Callable[[bytes], Any]) -> Any:
            arrived = send(self, request, parse)
            clock.shift(timedelta(seconds=10))
            return arrived

        monkeypatch.setattr(Transport, "send", late)
        assert run(connection).state == SyncRun.State.SUCCEEDED
    stamps = [json.loads(parse_qs(record.body)["json"][0])["timestamp"] for record in sandbox.requests]
    assert [later - stamps[0] for later in stamps[:3]] == [0, 10, 20]


@pytest.mark.django_db
def test_smartstream_takes_fifty_a_minute_for_each_api_key() -> None:
    """Whatever merchants it stands for."""
    one, other = (
        Client(registry.get("smartstream"), "http://127.0.0.1", {"api_key": "shared", "merchant_id": merchant})
        for merchant in ("north", "south")
    )
    assert [client.take_place() for client in (one, other) for _ in range(25)] == [0.0] * 50
    assert one.take_place() > 50
    assert other.take_place() > 50
