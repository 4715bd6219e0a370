"""The provider's limit: a sliding window over the starts of requests, on the database's clock, shared by all."""

import os
import subprocess
import sys
import threading
from collections import Counter
from datetime import UTC, datetime

import pytest
from django.db import connection

from providers import registry
from providers.http.client import Client
from providers.http.rate_limit import SLACK, SharedWindow
from providers.sandbox import Sandbox
from providers.toolkit.provider import Limit
from reporting.models import RateWindow, SyncRun, Tenant
from reporting.tenancy.scoping import all_tenants
from tests.support import processes
from tests.support.line import connect

# The vendor's own with FULL_FAULT_RUN=1, which takes two minutes; else one of the same form.
REQUESTS, SECONDS = (50, 60) if os.environ.get("FULL_FAULT_RUN") == "1" else (20, 2)

SYNC = """
import sys, django
django.setup()
from django.core.management import call_command
from providers import registry
from providers.toolkit.provider import Limit
type(registry.get("smartstream")).limit = Limit(int(sys.argv[2]), float(sys.argv[3]), key="api_key")
call_command("sync", tenant=sys.argv[1])
"""


def window(requests: int = 3, seconds: float = 60, key: str = "key-of-alice") -> SharedWindow:
    return SharedWindow("smartstream", Limit(requests, seconds, key="api_key"), key)


@pytest.mark.django_db
def test_it_works() -> None:
    one = window()
    assert [one.take() for _ in range(3)] == [0, 0, 0]
    assert 59 < one.take() - SLACK <= 60


@pytest.mark.django_db
def test_a_start_that_is_older_than_the_window_makes_a_place() -> None:
    """A full token bucket would let 99 requests of 50 a minute through; here only the oldest start falls out."""
    one = window()
    for _ in range(3):
        one.take()
    row = RateWindow.objects.get()
    row.starts = [row.starts[0] - 60 - SLACK, *row.starts[1:]]
    row.save()
    assert one.take() == 0
    assert one.take() > 0


@pytest.mark.django_db
def test_another_key_has_its_own_and_the_same_key_shares() -> None:
    for _ in range(3):
        window().take()
    assert window(key="key-of-bob").take() == 0
    assert window().take() > 0
    assert "key-of-alice" not in str(list(RateWindow.objects.values()))


@pytest.mark.django_db
def test_a_429_closes_it_for_everyone() -> None:
    window().close_for(40)
    assert 39 < window().take() <= 40
    window().close_for(10)
    assert window().take() > 30


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_exceed_it() -> None:
    taken: list[float] = []

    def work() -> None:
        try:
            taken.extend(window(requests=10).take() for _ in range(10))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == 40
    assert taken.count(0) == 10


@pytest.mark.django_db(transaction=True)
def test_two_processes_of_two_tenants_with_one_key_never_exceed_it_at_the_vendors_door() -> None:
    with Sandbox(assets=4, rows=12, now=datetime.now(UTC), smartstream_limit=REQUESTS) as vendor:
        vendor.limiters["smartstream"].seconds = SECONDS
        for slug in ("alice", "bob"):
            with all_tenants():
                tenant = Tenant.objects.create(slug=slug, name=slug)
            connect(tenant, vendor, "smartstream", days=30, account="north")
        both = [start_sync(slug) for slug in ("alice", "bob")]
        assert [process.wait(timeout=300) for process in both] == [0, 0]
        asked = sorted(vendor.requests, key=lambda record: record.started)
    assert Counter(record.status for record in asked).keys() == {200}
    assert len(asked) > 3 * REQUESTS or SECONDS == 60
    together = zip(asked, asked[REQUESTS:], strict=False)
    assert min(later.started - first.started for first, later in together) > SECONDS
    with all_tenants():
        one, other = SyncRun.objects.all()
    assert one.state == other.state == SyncRun.State.SUCCEEDED
    assert max(one.started_at, other.started_at) < min(one.finished_at, other.finished_at)  # at the same time


def start_sync(slug: str) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-c", SYNC, slug, str(REQUESTS), str(SECONDS)]
    environment = processes.environment(DJANGO_SETTINGS_MODULE="reporting.settings")
    return subprocess.Popen(command, cwd=processes.ROOT, env=environment, stdout=subprocess.DEVNULL)


def test_a_429_of_somebodys_own_server_closes_nothing_for_the_vendors(db: None) -> None:
    """Bob types an address of his own and the merchant's id of Alice: his 429 is none of hers."""
    provider, key = registry.get("smartstream"), {"merchant_id": "alices", "api_key": "k", "token": "t"}
    assert provider.limit
    named = {provider.limit.key: "alices"}
    at_the_vendors = Client(provider=provider, base_url=provider.base_url, credentials=key | named)
    spelt_out = Client(provider=provider, base_url=f"{provider.base_url}/x", credentials=key | named)
    own = Client(provider=provider, base_url="http://127.0.0.1:9/smartstream", credentials=key | named)
    assert own.window
    assert spelt_out.window
    own.window.close_for(86_400)
    assert own.take_place() > 80_000
    assert at_the_vendors.take_place() == 0
    spelt_out.window.close_for(600)
    assert at_the_vendors.take_place() > 500
