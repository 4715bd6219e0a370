"""Several requests in flight: faster, within the limit, and gone soon when the run is cancelled."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise

import orjson
import pytest
import requests

from providers import registry
from providers.http.client import AnswerPage, Client
from providers.http.fetcher import Fetcher
from providers.http.pending import PendingReading
from providers.sandbox import Sandbox
from providers.sandbox.accounts import ACCOUNTS
from providers.sandbox.vendors.scaleengine.accounts import APPS
from providers.scheduling.run import make
from providers.toolkit.provider import Limit
from providers.toolkit.requests import Pages, Request
from reporting.models import Connection, RateWindow, SnapshotPart, SyncRun, Tenant
from reporting.tenancy.scoping import tenant_scope
from tests.support.line import connect, fault, ledger, run, truth


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


MANY_ROWS, PAGES = 5200, 7  # of a day: four pages of the first application, three of the second


@pytest.fixture
def wide_sandbox() -> Iterator[Sandbox]:
    with Sandbox(rows=MANY_ROWS, now=datetime.now(UTC)) as running:
        yield running


def parts_of(connection: Connection) -> list[tuple[str, int]]:
    """Which page each stored part is, as it was asked for: (application, offset)."""
    with tenant_scope(connection.tenant_id):
        parts = SnapshotPart.objects.order_by("snapshot", "number")
        asked = [orjson.loads(orjson.loads(part.request["body"])["json"]) for part in parts]
    return [(question["app"], question["offset"]) for question in asked]


def test_pages_of_one_reading_overlap(alice: Tenant, wide_sandbox: Sandbox) -> None:
    """Once the first says how many there are; they are kept in their order, whichever comes first."""
    connection = connect(alice, wide_sandbox, "scaleengine", days=1)
    fault(wide_sandbox, provider="scaleengine", kind="slow", seconds=0.3, probability=0.5, match="/stable")
    assert run(connection).state == SyncRun.State.SUCCEEDED
    assert any(later - first < 0.1 for first, later in pairwise(starts(wide_sandbox)))
    assert ledger(connection) == truth(wide_sandbox, connection)
    first, second = APPS["north"]
    offsets = [(first, 0), (first, 1000), (first, 2000), (first, 3000), (second, 0), (second, 1000), (second, 2000)]
    assert parts_of(connection) == offsets


def test_one_page_that_fails_is_tried_again_alone(alice: Tenant, wide_sandbox: Sandbox) -> None:
    connection = connect(alice, wide_sandbox, "scaleengine", days=1)
    fault(wide_sandbox, provider="scaleengine", kind="error500", probability=0.35)
    assert run(connection).state == SyncRun.State.SUCCEEDED
    assert len(wide_sandbox.requests) == PAGES + 4  # by the sandbox's draws, the first, second, eighth and tenth
    assert ledger(connection) == truth(wide_sandbox, connection)


def test_a_page_that_fails_for_good_ends_its_reading(alice: Tenant, wide_sandbox: Sandbox) -> None:
    """Nothing of it is stored, and the run goes on with the next reading."""
    connection = connect(alice, wide_sandbox, "scaleengine", days=2)
    fault(wide_sandbox, provider="scaleengine", kind="repeated_page", times=1)
    assert run(connection).state == SyncRun.State.PARTIAL
    whole, found = truth(wide_sandbox, connection), ledger(connection)
    read, of_all = ({(cell[3], cell[5].partition("/")[0]) for cell in cells} for cells in (found, whole))
    assert read < of_all  # days of applications
    assert found == {cell: value for cell, value in whole.items() if (cell[3], cell[5].partition("/")[0]) in read}
    requests.delete(f"{wide_sandbox.url}/_faults", timeout=10)
    assert run(connection).state == SyncRun.State.SUCCEEDED
    assert ledger(connection) == whole


def test_no_more_are_in_flight_than_may_be(sandbox: Sandbox) -> None:
    """Also where a feed asks for many at once: one alone, then two at a time."""
    fault(sandbox, provider="callfire", kind="slow", seconds=0.3, probability=1.0)
    credentials = {name: str(value) for name, value in ACCOUNTS["north"]["callfire"].items()}
    client = Client(registry.get("callfire"), f"{sandbox.url}/callfire", credentials)
    pages: list[AnswerPage] = []

    def ask() -> Pages:
        yield [
            Request("/api/1.1/rest/broadcast", params={"MaxResults": 1, "FirstResult": number}) for number in range(5)
        ]

    (reading,) = Fetcher(client, in_flight=2).run([PendingReading(None, ask, pages.append)])
    assert reading.error is None
    assert len(pages) == 5
    first, second, third, fourth, fifth = starts(sandbox)
    assert second - first > 0.25
    assert fourth - second > 0.25
    assert fifth - third > 0.25


def test_a_feed_that_asks_for_nothing_fails(sandbox: Sandbox) -> None:
    client = Client(registry.get("callfire"), f"{sandbox.url}/callfire", {})

    def ask() -> Pages:
        yield []

    (reading,) = Fetcher(client, in_flight=1).run([PendingReading(None, ask, print)])
    assert "asks for nothing" in str(reading.error)


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
    assert make(queued, lambda run: seen.append(run.waiting)).state == SyncRun.State.SUCCEEDED
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

    assert make(queued, cancel).state == SyncRun.State.CANCELLED
    assert asked
    assert queued.requests_done < 30
    requests.delete(f"{sandbox.url}/_faults", timeout=10)
    assert run(connection).state == SyncRun.State.SUCCEEDED  # nothing was lost by it
    assert ledger(connection) == truth(sandbox, connection)
