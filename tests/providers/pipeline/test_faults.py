"""The fault run: vendors that fail in every way, and workers killed at any moment. Afterwards the ledger is the truth exactly.

It goes through real Celery workers, over each broker, and through `manage.py sync`. `FULL_FAULT_RUN=1` makes it long: ten
connections over 90 days, a fifth of all answers faulty, ten kills.
"""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests

from providers.sandbox import Sandbox
from reporting.ledger import daily_totals
from reporting.models import Connection, DailyTotal, Fact, PpvSession, RateWindow, Snapshot, SyncRun, Tenant
from reporting.tenancy.scoping import all_tenants, tenant_scope
from tests.support import processes, workers
from tests.support.line import connect, fault, ledger, since, truth

FULL = os.environ.get("FULL_FAULT_RUN") == "1"
DAYS, KILLS = (90, 10) if FULL else (6, 3)
QUIET_LOOKS = 8
PATIENCE = 1800.0 if FULL else 60.0  # seconds until everything must be there
pytestmark = pytest.mark.timeout(2 * PATIENCE)
FAULTS = ["error500", "rate_limited", "slow", "cut_body", "malformed", "failed_status", "repeated_page"]
SHARE = 0.2  # of all answers
TIMEOUT = 0.4  # seconds that our side waits for an answer; a slow one takes longer
ACCOUNTS = {"alice": "north", "bob": "south"}
PROVIDERS = ["247platform", "boomstream", "callfire", "scaleengine", "smartstream"]
State = SyncRun.State


@pytest.fixture
def vendors(transactional_db: None) -> Iterator[Sandbox]:
    with Sandbox(assets=3, rows=12, now=datetime.now(UTC), smartstream_limit=None) as running:
        yield running


@pytest.fixture
def connections(vendors: Sandbox) -> list[Connection]:
    """Each tenant with all five providers, in a rhythm of a second."""
    made = []
    for slug, account in ACCOUNTS.items():
        with all_tenants():
            tenant = Tenant.objects.create(slug=slug, name=slug)
        providers = PROVIDERS if FULL else ["boomstream", "callfire", "scaleengine"]
        often = timedelta(seconds=1)
        made += [
            connect(tenant, vendors, provider, days=DAYS, account=account, sync_every=often) for provider in providers
        ]
    return made


@pytest.fixture
def faulty(vendors: Sandbox) -> None:
    for kind in FAULTS:
        fault(vendors, kind=kind, probability=SHARE / len(FAULTS), retry_after=0, seconds=2 * TIMEOUT)


def rest() -> None:
    """The provider's limit is as fresh as after a minute's rest."""
    RateWindow.objects.update(starts=[], closed_until=None)


def heal(vendors: Sandbox) -> None:
    requests.delete(f"{vendors.url}/_faults", timeout=10)


# --- Through Celery ---------------------------------------------------------------------------------------------------


@pytest.fixture(params=["embedded", pytest.param("redis", marks=pytest.mark.long)])
def fleet(request: pytest.FixtureRequest, tmp_path: Path, transactional_db: None) -> Iterator[workers.Workers]:
    with workers.broker(request.param, tmp_path) as address:
        fleet = workers.Workers(tmp_path, address, PROVIDER_TIMEOUT_SECONDS=str(TIMEOUT))
        fleet.start()
        yield fleet
        fleet.stop()


def all_ended(connections: list[Connection], *states: str) -> Callable[[], bool]:
    """Whether each connection has a whole run that began from now on and ended so."""
    with all_tenants():
        newest = SyncRun.objects.order_by("-id").values_list("id", flat=True).first() or 0

    def look() -> bool:
        rest()
        with all_tenants():
            ended = SyncRun.objects.filter(pk__gt=newest, state__in=states)
            return set(ended.values_list("connection", flat=True)) >= {connection.pk for connection in connections}

    return look


def some_run() -> bool:
    """Whether every process of the pool is making a run, and some of it is stored."""
    with all_tenants():
        return SyncRun.objects.filter(state=State.RUNNING).count() == 2 and Fact.objects.exists()


def none_under_way() -> Callable[[], bool]:
    """Whether nothing is asked for any more, many looks in a row: a scheduler that had looked for what is due before the
    connections were paused may queue it yet."""
    with all_tenants():
        Connection.objects.update(state=Connection.State.PAUSED)
    quiet = 0

    def look() -> bool:
        nonlocal quiet
        with all_tenants():
            under_way = SyncRun.objects.filter(state__in=[State.QUEUED, State.RUNNING]).exists()
        quiet = 0 if under_way else quiet + 1
        return quiet >= QUIET_LOOKS

    return look


def test_it_works(
    fleet: workers.Workers, vendors: Sandbox, connections: list[Connection], faulty: None, capsys: pytest.CaptureFixture
) -> None:
    began, chance = time.monotonic(), random.Random(20)
    for _ in range(KILLS):
        fleet.work_for(chance.uniform(1.5, 15.0 if FULL else 3.5), meanwhile=rest)
        fleet.kill()
        fleet.start()
    fleet.tick_until(all_ended(connections, State.SUCCEEDED, State.PARTIAL), PATIENCE)
    heal(vendors)
    fleet.tick_until(all_ended(connections, State.SUCCEEDED), PATIENCE)
    fleet.tick_until(none_under_way(), 60)
    check(vendors, connections)
    if FULL:
        with capsys.disabled():
            tell(vendors, time.monotonic() - began)


def test_a_pool_that_is_killed_is_made_anew(
    fleet: workers.Workers, vendors: Sandbox, connections: list[Connection]
) -> None:
    """Only the processes that make the runs are killed, all at once: their parent starts others, and the runs go on."""
    fault(vendors, kind="slow", seconds=0.1, probability=1.0)
    fleet.tick_until(lambda: len(fleet.pool()) == fleet.concurrency and some_run(), 30)
    for process in (killed := fleet.pool()):
        process.kill()
    heal(vendors)
    fleet.tick_until(all_ended(connections, State.SUCCEEDED), 30)
    assert not set(killed) & set(fleet.pool())
    fleet.tick_until(none_under_way(), 60)
    check(vendors, connections)
    with all_tenants():
        died = SyncRun.objects.filter(errors__0__error="WorkerDied")
        assert died.count() == fleet.concurrency


# --- Through the command line -----------------------------------------------------------------------------------------


def test_syncs_on_the_command_line(vendors: Sandbox, connections: list[Connection], faulty: None) -> None:
    chance = random.Random(20)
    for _ in range(KILLS):
        kill_at_a_random_moment(chance)
    heal(vendors)
    rest()
    assert processes.output("sync").returncode == 0
    check(vendors, connections)


def kill_at_a_random_moment(chance: random.Random) -> None:
    rest()
    worker = processes.start("sync", PROVIDER_TIMEOUT_SECONDS=str(TIMEOUT))
    time.sleep(chance.uniform(1.0, 3.0))
    worker.kill()
    worker.wait(timeout=30)


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
    heal(vendors)
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


# --- Afterwards -------------------------------------------------------------------------------------------------------


def check(vendors: Sandbox, connections: list[Connection]) -> None:
    """The ledger is the truth, the totals are its sums, and each run that did not succeed says why."""
    for connection in connections:
        account = ACCOUNTS[connection.tenant.slug]
        assert since(connection, ledger(connection)) == truth(vendors, connection, account), connection
        if connection.provider == "boomstream":
            assert sessions(connection) == sessions_of(vendors, connection, account)
        check_totals(connection)
    with all_tenants():
        unended = SyncRun.objects.filter(state__in=[State.QUEUED, State.RUNNING])
        assert list(unended) == []
        assert [run for run in SyncRun.objects.exclude(state=State.SUCCEEDED) if not run.errors] == []


def sessions(connection: Connection) -> list[tuple[str, ...]]:
    with tenant_scope(connection.tenant_id):
        found = PpvSession.objects.filter(connection=connection)
        return sorted(found.values_list("access__label", "started_text", "ip", "user_agent"))


def sessions_of(vendors: Sandbox, connection: Connection, account: str) -> list[tuple[str, ...]]:
    asked = {"account": account, "from": connection.history_from.isoformat()}
    told = requests.get(f"{vendors.url}/_ledger/sessions", params=asked, timeout=60).json()["sessions"]
    return sorted((one["access"], one["started_at"], one["ip"], one["user_agent"]) for one in told)


def check_totals(connection: Connection) -> None:
    with tenant_scope(connection.tenant_id):
        mine = DailyTotal.objects.filter(connection=connection)
        kept = set(mine.values_list("pk", "value", "facts"))
        daily_totals.rebuild(connection.pk)
        assert kept == set(mine.values_list("pk", "value", "facts"))


def tell(vendors: Sandbox, seconds: float) -> None:
    with all_tenants():
        states = Counter(SyncRun.objects.values_list("state", flat=True))
        errors = Counter(entry["error"] for run in SyncRun.objects.all() for entry in run.errors)
        answers = Counter(record.status for record in vendors.requests)
        print(f"\n{seconds:.0f} s, {KILLS} kills, {len(vendors.requests)} requests {dict(answers)},")
        print(f"runs {dict(states)}, errors {dict(errors)},")
        print(f"{Fact.objects.count()} facts, {PpvSession.objects.count()} sessions, as the vendors have them")
