"""What workers and vendors see of the scheduler, the limit and the run: whose turn it is, who may ask, what stays when it
breaks off. Runs are made by the tasks or by `sync()`, and judged by rows and by what arrived at the vendor."""

import os
import pty
import re
import signal
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import psycopg
import pytest
import time_machine
from django.db import connection as database
from django.utils import timezone

from providers import registry
from providers.http.rate_limit import SharedWindow
from providers.pipeline import run_progress
from providers.pipeline.connection_lock import LOCK_CLASS
from providers.sandbox import Sandbox
from providers.scheduling.run import make
from providers.tasks import sync_next
from providers.toolkit.errors import NotFound
from providers.toolkit.provider import Limit
from reporting.models import Connection, RateWindow, Snapshot, SyncRun, Tenant
from reporting.tenancy.scoping import all_tenants, tenant_scope
from tests.support import processes
from tests.support.line import connect, fault, ledger, truth

State = SyncRun.State
PLAYS = {"feed": "play_count.all.day"}  # one question about the merchant, and one log-in


def queued(connection: Connection, **fields: Any) -> SyncRun:
    with tenant_scope(connection.tenant_id):
        return SyncRun.objects.create(tenant_id=connection.tenant_id, connection=connection, **fields)


def states(*made: SyncRun) -> list[str]:
    with all_tenants():
        return [SyncRun.objects.get(pk=run.pk).state for run in made]


def wait_until(happens: Callable[[], object]) -> None:
    until = time.monotonic() + 30
    while not happens():
        assert time.monotonic() < until, "it never happened"
        time.sleep(0.02)


# --- Whose turn it is -------------------------------------------------------------------------------------------------


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> None:
    """No broker: the messages are not what these tests are about."""
    monkeypatch.setattr(sync_next, "apply_async", lambda *message, **options: None)


def test_the_tenant_with_the_fewest_runs_under_way_comes_first(
    alice: Tenant, bob: Tenant, sandbox: Sandbox, silent: None
) -> None:
    """Though its last turn was later than that of the tenant whose run still goes on."""
    now = timezone.now()
    long, short = (connect(tenant, sandbox, "scaleengine", days=1) for tenant in (alice, bob))
    queued(long, state=State.RUNNING, started_at=now - timedelta(seconds=100))
    queued(short, state=State.SUCCEEDED, started_at=now - timedelta(seconds=50))
    alices, bobs = (queued(connect(tenant, sandbox, "scaleengine", days=1, slug="next")) for tenant in (alice, bob))
    assert sync_next() == State.SUCCEEDED
    assert states(alices, bobs) == [State.QUEUED, State.SUCCEEDED]


@pytest.mark.django_db(transaction=True)
def test_workers_choose_one_after_the_other(alice: Tenant, sandbox: Sandbox, silent: None, second_session: Any) -> None:
    """Each must see what the one before has taken, or both would serve the same tenant."""
    run = queued(connect(alice, sandbox, "scaleengine", days=1))
    second_session.execute("SELECT pg_advisory_lock(%s, -1)", [LOCK_CLASS])
    worker = threading.Thread(target=lambda: (sync_next(), database.close()))
    worker.start()
    wait_until(lambda: second_session.execute("SELECT FROM pg_locks WHERE NOT granted").rowcount)
    assert states(run) == [State.QUEUED]
    second_session.execute("SELECT pg_advisory_unlock(%s, -1)", [LOCK_CLASS])
    worker.join(timeout=30)
    assert states(run) == [State.SUCCEEDED]


def test_locks_in_another_database_of_the_server_hold_nobody_up(alice: Tenant, sandbox: Sandbox, silent: None) -> None:
    """Two sites on one server have connections with the same ids."""
    connection = connect(alice, sandbox, "scaleengine", days=1)
    queued(connection)
    elsewhere = database.get_connection_params() | {"dbname": "postgres"}
    with psycopg.connect(**elsewhere, autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(%s, %s)", [LOCK_CLASS, connection.pk])
        assert sync_next() == State.SUCCEEDED


# --- Who may ask ------------------------------------------------------------------------------------------------------


def window(provider: str = "smartstream", requests: int = 3, seconds: float = 60) -> SharedWindow:
    return SharedWindow(provider, Limit(requests, seconds, key="api_key"), "one-key")


@pytest.mark.django_db
def test_one_waits_until_the_oldest_start_has_left_the_window() -> None:
    for _ in range(3):
        window().take()
    row = RateWindow.objects.get()
    row.starts = [row.starts[0] - 40, row.starts[1] - 20, row.starts[2]]
    row.save()
    assert 19 < window().take() <= 21.1


@pytest.mark.django_db
def test_one_word_may_be_the_key_at_two_providers() -> None:
    for _ in range(3):
        window().take()
    assert window("boomstream").take() == 0


@pytest.mark.django_db
def test_the_databases_clock_counts_and_not_ours() -> None:
    """A machine whose clock is an hour ahead gets no place more; nor does a long transaction stop the time."""
    for _ in range(3):
        window().take()
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=1), tick=False):
        assert window().take() > 50
    (row,) = RateWindow.objects.all()
    assert row.starts == sorted(set(row.starts))


@pytest.mark.django_db
def test_no_provider_closes_it_for_longer_than_a_day() -> None:
    window().close_for(10**9)
    assert 86_000 < window().take() <= 86_400


def test_whoever_has_the_key_stops_at_a_429(alice: Tenant, bob: Tenant, sandbox: Sandbox) -> None:
    """Alice is told to wait for longer than a run does; Bob has the same key, and asks for nothing with it until then."""
    theirs, others = (connect(tenant, sandbox, "smartstream", days=1) for tenant in (alice, bob))
    fault(sandbox, provider="smartstream", kind="rate_limited", retry_after=400, times=1, match="aggregations")
    ended = make(queued(theirs, **PLAYS))
    assert (ended.state, {error["error"] for error in ended.errors}) == (State.FAILED, {"RateLimited"})
    asked = len(sandbox.requests)
    ended = make(queued(others, **PLAYS))
    assert (ended.state, {error["error"] for error in ended.errors}) == (State.FAILED, {"RateLimited"})
    assert len(sandbox.requests) == asked
    another_key = connect(bob, sandbox, "smartstream", days=1, account="south", slug="south")
    assert make(queued(another_key, **PLAYS)).state == State.SUCCEEDED


def test_every_request_takes_a_place(alice: Tenant, sandbox: Sandbox) -> None:
    """Log-ins too, and what the vendor refuses."""
    for fields in ({}, {"slug": "wrong", "credentials": {"password": "no-such-password"}}):
        ended = make(queued(connect(alice, sandbox, "smartstream", days=1, **fields), **PLAYS))
        assert (ended.state == State.FAILED) is bool(fields)
    starts = [start for row in RateWindow.objects.all() for start in row.starts]
    assert len(starts) == len(sandbox.requests) > 3


def test_what_a_run_waits_for_stands_in_its_row(
    alice: Tenant, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(registry.get("smartstream")), "limit", Limit(1, 0.5, key="api_key"))
    monkeypatch.setattr(run_progress, "EVERY_SECONDS", 0.0)
    run = queued(connect(alice, sandbox, "smartstream", days=1), **PLAYS)
    said: list[str] = []
    seen: list[str] = []

    def look(run: SyncRun) -> None:
        if run.state == State.RUNNING:
            said.append(run.waiting)
            with tenant_scope(alice):
                seen.append(SyncRun.objects.values_list("waiting", flat=True).get(pk=run.pk))

    assert make(run, look).state == State.SUCCEEDED
    assert any(text.startswith("waiting for the provider's limit") for text in seen)
    assert seen == said  # at once, not when it is over
    assert said[-1] == ""  # since the request went out


# --- Several at once --------------------------------------------------------------------------------------------------


def test_what_has_arrived_is_stored_while_a_slow_answer_is_waited_for(alice: Tenant, sandbox: Sandbox) -> None:
    connection = connect(alice, sandbox, "smartstream", days=1)
    fault(sandbox, provider="smartstream", kind="slow", seconds=1.5, times=1, match="target=play_time&")
    assert make(queued(connection)).state == State.SUCCEEDED
    with tenant_scope(alice):
        slow = Snapshot.objects.order_by("-parts__milliseconds").first()
        assert slow is not None
        meanwhile = Snapshot.objects.filter(pk__lt=slow.pk, fetched_at__gt=slow.fetched_at).count()
    assert meanwhile > 2 * registry.get("smartstream").in_flight


def test_states_of_one_asset_are_asked_for_one_after_the_other(alice: Tenant, sandbox: Sandbox) -> None:
    """The reading that is stored last must be the newest; other assets are asked meanwhile."""
    connection = connect(alice, sandbox, "callfire", days=4)
    fault(sandbox, provider="callfire", kind="slow", seconds=0.15, match="/stats")
    assert make(queued(connection)).state == State.SUCCEEDED
    starts: dict[str, list[float]] = {}
    for record in sandbox.requests:
        starts.setdefault(record.path.partition("?")[0], []).append(record.started)
    lanes = [sorted(found) for path, found in starts.items() if path.endswith("/stats")]
    assert len(lanes) == 3
    for lane in lanes:
        assert min(later - earlier for earlier, later in pairwise(lane)) > 0.14
    assert any(abs(one - other) < 0.1 for one in lanes[0] for other in lanes[1])


def test_one_alone_until_an_answer_is_accepted_and_not_just_any(alice: Tenant, sandbox: Sandbox) -> None:
    connection = connect(alice, sandbox, "boomstream", days=1)
    fault(sandbox, provider="boomstream", kind="error500", times=3)
    assert make(queued(connection)).state == State.SUCCEEDED
    first = list(sandbox.requests)[:4]
    assert [record.status for record in first] == [500, 500, 500, 200]
    assert len({record.path for record in first}) == 1


# --- What stays when it breaks off, and how far it is -----------------------------------------------------------------


def test_ctrl_c_leaves_what_has_arrived_and_no_run_that_says_running(
    alice: Tenant, sandbox: Sandbox, second_session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_progress, "EVERY_SECONDS", 0.0)
    connection = connect(alice, sandbox, "scaleengine", days=10)
    run = queued(connection)

    def interrupt(run: SyncRun) -> None:
        if run.requests_done == 15 and run.state == State.RUNNING:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make(run, interrupt)
    assert states(run) == [State.PARTIAL]
    assert 0 < len(ledger(connection)) == run.facts_written
    assert run.errors[-1]["error"] == "KeyboardInterrupt"
    assert second_session.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCK_CLASS, connection.pk]).fetchone()[0]


def test_a_run_that_waits_is_cancelled_soon(alice: Tenant, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not when the minutes are over that the vendor asked it to wait."""
    monkeypatch.setattr(run_progress, "EVERY_SECONDS", 0.1)
    run = queued(connect(alice, sandbox, "scaleengine", days=5))
    fault(sandbox, provider="scaleengine", kind="rate_limited", retry_after=250)

    waits: list[str] = []

    def cancel(run: SyncRun) -> None:
        if run.waiting:
            waits.append(run.waiting)
            with tenant_scope(alice):
                SyncRun.objects.filter(pk=run.pk).update(cancel_requested=True)

    clock = time.monotonic()
    assert make(run, cancel).state == State.CANCELLED
    assert time.monotonic() - clock < 20
    assert waits[0].startswith("trying again in 250 s: ScaleEngine")
    assert (run.requests_done, run.requests_total, run.waiting) == (1, 1, "")


def test_what_sigterm_does_afterwards_is_what_it_did_before(alice: Tenant, sandbox: Sandbox) -> None:
    during: list[Any] = []
    before = signal.getsignal(signal.SIGTERM)
    make(queued(connect(alice, sandbox, "scaleengine", days=1)), lambda run: during.append(signal.getsignal(15)))
    assert during[0] is not before
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_run_counts_its_requests(alice: Tenant, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each that arrived at the vendor, log-ins and second tries too; how many there will be is known from the start."""
    monkeypatch.setattr(run_progress, "EVERY_SECONDS", 0.0)
    connection = connect(alice, sandbox, "smartstream", days=2)
    fault(sandbox, provider="smartstream", kind="error500", times=2, match="aggregations")
    told: list[tuple[int, int]] = []
    ended = make(queued(connection), lambda run: told.append((run.requests_done, run.requests_total)))
    assert ended.requests_done == ended.requests_total == len(sandbox.requests)
    assert {done for done, _ in told} == set(range(len(sandbox.requests) + 1))
    assert all(done <= total for done, total in told)
    planned = next(total for _, total in told if total)
    assert len(sandbox.requests) - 3 == planned  # but for the log-in and the two tries
    assert ended.facts_written == len(ledger(connection)) == len(truth(sandbox, connection))


def test_a_row_holds_no_more_errors_than_anyone_reads(alice: Tenant, sandbox: Sandbox) -> None:
    run = queued(connect(alice, sandbox, "scaleengine", days=1))
    kept = run_progress.RunProgress(run, lambda *end: None, lambda run: None)
    for number in range(300):
        kept.error(None, NotFound(f"No. {number}"))
    kept.end()
    with all_tenants():
        run.refresh_from_db()
    assert (run.state, len(run.errors), run.errors[0]["detail"]) == (State.FAILED, 200, "No. 0")


@pytest.fixture
def vendors(transactional_db: None) -> Any:
    with Sandbox(assets=3, rows=12, now=datetime.now(UTC)) as running:
        yield running


def test_a_terminal_shows_how_far_it_is_and_a_file_does_not(vendors: Sandbox) -> None:
    with all_tenants():
        alice = Tenant.objects.create(slug="alice", name="alice")
    connect(alice, vendors, "callfire", days=3)
    quiet = processes.output("sync")
    assert (quiet.returncode, quiet.stderr) == (0, "")
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 120))
    command = [sys.executable, "manage.py", "sync"]
    terminal = subprocess.run(
        command, cwd=processes.ROOT, env=processes.environment(), stdout=subprocess.DEVNULL, stderr=theirs, timeout=60
    )
    os.set_blocking(ours, False)
    shown = os.read(ours, 100_000).decode()  # while it is still open on the other side, or it is lost
    os.close(theirs)
    os.close(ours)
    assert terminal.returncode == 0
    assert "callfire: 100%" in shown
    assert re.search(r"[1-9]\d*/\d+ .* facts", shown)
