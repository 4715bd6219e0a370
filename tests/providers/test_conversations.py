"""Several requests in flight: faster, within the limit, and gone soon when the run is cancelled."""

import time
from itertools import pairwise

import pytest
import requests

from providers import registry
from providers.limits import Limit
from providers.sandbox import Sandbox
from providers.sync import sync
from reporting.models import RateWindow, SyncRun, Tenant
from reporting.scoping import tenant_scope

from .line import connect, fault, ledger, run, truth


def starts(sandbox: Sandbox) -> list[float]:
    return sorted(record.started for record in sandbox.requests)


def test_it_works(alice: Tenant, sandbox: Sandbox) -> None:
    """Slow answers overlap, and every figure is right all the same."""
    connection = connect(alice, sandbox, "callfire", days=8)
    fault(sandbox, provider="callfire", kind="slow", seconds=0.2, probability=1.0, match="/stats")
    assert run(connection).state == SyncRun.State.SUCCEEDED
    gaps = [later - first for first, later in pairwise(starts(sandbox))]
    assert sum(gap < 0.2 for gap in gaps) > len(gaps) / 2  # one after the other, none would be as short
    assert ledger(connection) == truth(sandbox, connection)


def test_the_limit_holds_in_every_window(alice: Tenant, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(registry.get("smartstream")), "limit", Limit(10, 0.5, key="api_key"))
    connection = connect(alice, sandbox, "smartstream", days=2)
    assert run(connection).state == SyncRun.State.SUCCEEDED
    sent = starts(sandbox)
    assert len(sent) > 20
    assert all(later - first > 0.5 for first, later in zip(sent, sent[10:], strict=False))


def test_one_request_alone_until_the_credentials_are_taken(alice: Tenant, sandbox: Sandbox) -> None:
    connection = connect(alice, sandbox, "boomstream", credentials={"apikey": "no-such-key"})
    run(connection)
    assert len(sandbox.requests) == 1


def test_retry_after_is_honoured_and_shown(alice: Tenant, sandbox: Sandbox) -> None:
    connection = connect(alice, sandbox, "callfire", days=1)
    fault(sandbox, provider="callfire", kind="rate_limited", retry_after=1, times=1, match="/stats")
    seen: list[str] = []
    with tenant_scope(alice):
        queued = SyncRun.objects.create(tenant=alice, connection=connection)

    clock = time.perf_counter()
    assert sync(queued, lambda run: seen.append(run.waiting)).state == SyncRun.State.SUCCEEDED
    assert time.perf_counter() - clock >= 1
    assert any("trying again" in text for text in seen)
    assert queued.waiting == ""


def test_a_cancelled_run_stops_within_the_requests_in_flight(alice: Tenant, sandbox: Sandbox) -> None:
    RateWindow.objects.all().delete()
    connection = connect(alice, sandbox, "callfire", days=60)
    fault(sandbox, provider="callfire", kind="slow", seconds=0.3, probability=1.0, match="/stats")
    with tenant_scope(alice):
        queued = SyncRun.objects.create(tenant=alice, connection=connection)
    asked: list[int] = []

    def cancel(progress: SyncRun) -> None:
        if progress.requests_done > 3 and not asked:
            asked.append(progress.requests_done)
            with tenant_scope(alice):
                SyncRun.objects.filter(pk=queued.pk).update(cancel_requested=True)

    assert sync(queued, cancel).state == SyncRun.State.CANCELLED
    assert asked
    assert queued.requests_done < 30
    requests.delete(f"{sandbox.url}/_faults", timeout=10)
    assert run(connection).state == SyncRun.State.SUCCEEDED  # nothing was lost by it
    assert ledger(connection) == truth(sandbox, connection)
