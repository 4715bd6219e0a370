"""The fault run: vendors that fail in every way, and workers killed at any moment. Afterwards the ledger is the truth exactly.

`FULL_FAULT_RUN=1` makes it long: ten connections over 90 days, a fifth of all answers faulty, ten kills.
"""

import os
import random
import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import requests

from providers.sandbox import Sandbox
from reporting import rollups
from reporting.models import Connection, DailyTotal, Fact, RateWindow, Snapshot, SyncRun, Tenant
from reporting.scoping import all_tenants, tenant_scope
from tests import processes

from .line import connect, fault, ledger, since, truth

FULL = os.environ.get("FULL_FAULT_RUN") == "1"
DAYS, KILLS = (90, 10) if FULL else (6, 3)
FAULTS = ["error500", "rate_limited", "cut_body", "malformed", "failed_status"]
ACCOUNTS = {"alice": "north", "bob": "south"}
PROVIDERS = ["247platform", "boomstream", "callfire", "scaleengine", "smartstream"]


@pytest.fixture
def vendors(transactional_db: None) -> Iterator[Sandbox]:
    with Sandbox(assets=3, rows=12, now=datetime.now(UTC), smartstream_limit=None) as running:
        yield running


@pytest.fixture
def connections(vendors: Sandbox) -> list[Connection]:
    """Each tenant with all five providers."""
    made = []
    for slug, account in ACCOUNTS.items():
        with all_tenants():
            tenant = Tenant.objects.create(slug=slug, name=slug)
        providers = PROVIDERS if FULL else ["247platform", "callfire", "scaleengine"]
        made += [connect(tenant, vendors, provider, days=DAYS, account=account) for provider in providers]
    return made


def kill_at_a_random_moment(chance: random.Random, number: int) -> None:
    RateWindow.objects.all().delete()
    worker = processes.start("sync")
    time.sleep(chance.uniform(1.0, 4.0))
    worker.send_signal(number)
    worker.wait(timeout=30)


def sync_until_done(connections: list[Connection]) -> int:
    """Whole runs until all succeed; returns how many were needed."""
    for number in range(1, 20):
        RateWindow.objects.all().delete()
        if processes.output("sync").returncode == 0:
            return number
        with all_tenants():
            Connection.objects.update(state=Connection.State.ACTIVE)
    raise AssertionError("the runs never came to an end")


def test_it_works(vendors: Sandbox, connections: list[Connection]) -> None:
    chance = random.Random(20)
    for kind in FAULTS:
        fault(vendors, kind=kind, probability=0.2 / len(FAULTS), retry_after=0)
    for _ in range(KILLS):
        kill_at_a_random_moment(chance, signal.SIGKILL)
    sync_until_done(connections)
    requests.delete(f"{vendors.url}/_faults", timeout=10)
    assert processes.output("sync").returncode == 0
    for connection in connections:
        account = ACCOUNTS[connection.tenant.slug]
        assert since(connection, ledger(connection)) == truth(vendors, connection, account), connection
        check_totals(connection)
    with all_tenants():
        for run in SyncRun.objects.exclude(state=SyncRun.State.SUCCEEDED):
            assert run.errors or run.state in (SyncRun.State.RUNNING, SyncRun.State.QUEUED), run


def check_totals(connection: Connection) -> None:
    with tenant_scope(connection.tenant_id):
        mine = DailyTotal.objects.filter(connection=connection)
        kept = set(mine.values_list("pk", "value", "facts"))
        rollups.rebuild(connection.pk)
        assert kept == set(mine.values_list("pk", "value", "facts"))


def test_a_killed_run_goes_on_where_it_was(vendors: Sandbox) -> None:
    """The next run asks only for what is missing."""
    with all_tenants():
        alice = Tenant.objects.create(slug="alice", name="alice")
    connection = connect(alice, vendors, "callfire", days=40)
    fault(vendors, provider="callfire", kind="slow", seconds=0.1, probability=1.0, match="/stats")
    worker = processes.start("sync")
    wait_for_facts(connection)
    worker.kill()
    worker.wait(timeout=30)
    requests.delete(f"{vendors.url}/_faults", timeout=10)
    with tenant_scope(alice):
        stored = Snapshot.objects.filter(feed="stats").count()
        assert Fact.objects.exists()
    before = len(vendors.requests)
    assert processes.output("sync").returncode == 0
    asked = [record for record in list(vendors.requests)[before:] if "/stats" in record.path]
    assert len(asked) <= 3 * 40 - stored + 3 * 3  # each broadcast's provisional days are asked again
    assert ledger(connection) == truth(vendors, connection)


def test_sigterm_lets_the_request_in_flight_finish(vendors: Sandbox) -> None:
    with all_tenants():
        alice = Tenant.objects.create(slug="alice", name="alice")
    connection = connect(alice, vendors, "callfire", days=40)
    fault(vendors, provider="callfire", kind="slow", seconds=0.2, probability=1.0, match="/stats")
    worker = processes.start("sync")
    wait_for_facts(connection)
    worker.terminate()
    clock = time.monotonic()
    assert worker.wait(timeout=10) == -signal.SIGTERM
    assert time.monotonic() - clock < 3
    with tenant_scope(alice):
        assert SyncRun.objects.get().state == SyncRun.State.CANCELLED


def wait_for_facts(connection: Connection) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        with tenant_scope(connection.tenant_id):
            if Fact.objects.filter(connection=connection).exists():
                return
        time.sleep(0.05)
    raise AssertionError("the worker stored nothing in 30 s")
