"""What happens as days go by: provisional days, lifetime counters, restatements."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine

from providers.sandbox import Sandbox
from reporting.models import FeedProgress, Restatement, SyncRun, Tenant
from reporting.scoping import tenant_scope

from .line import connect, fault, ledger, run, truth

START = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """Our time; the sandbox's follows it, as it is not pinned."""
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


@pytest.fixture
def vendors(clock: time_machine.Traveller) -> Iterator[Sandbox]:
    with Sandbox(assets=2, rows=8, smartstream_limit=None) as running:
        yield running


def test_provisional_days_are_asked_again_until_they_are_final(
    alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller
) -> None:
    connection = connect(alice, vendors, "scaleengine", days=10)
    run(connection)
    with tenant_scope(alice):
        progress = FeedProgress.objects.get(connection=connection)
    assert progress.final.last == START.date() - timedelta(days=3)
    assert progress.covered.last == START.date()
    clock.shift(timedelta(days=2))
    vendors.requests.clear()
    assert run(connection).state == SyncRun.State.SUCCEEDED
    assert len(vendors.requests) == 5 * 2  # three provisional days and two new ones, two apps each
    assert ledger(connection) == truth(vendors, connection)


def test_lifetime_counters_become_day_figures_by_difference(
    alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller
) -> None:
    """Signed differences, so that the days sum to the last reading minus the first; the first has none."""
    connection = connect(alice, vendors, "247platform")
    readings = []
    for days in (1, 3, 1):
        run(connection)
        readings.append(ledger(connection, interval="lifetime"))
        clock.shift(timedelta(days=days))
    lifetime = ledger(connection, interval="lifetime")
    by_day = ledger(connection, interval="day")
    assert not [cell for cell in by_day if cell[0] == "cost" and cell[3] == "2026-03-10"]
    for metric, dimension, key in [("data_out", "", ""), ("cost", "", ""), ("cost", "cost_type", "bandwidth")]:
        for asset in {cell[5] for cell in lifetime}:
            first, last = (
                lifetime[metric, "lifetime", dimension, day, 0, asset, key] for day in ("2026-03-10", "2026-03-14")
            )
            days = [v for c, v in by_day.items() if (c[0], c[2], c[5], c[6]) == (metric, dimension, asset, key)]
            assert len(days) == 2
            assert sum(days) == last - first
    assert not [cell for cell in by_day if cell[0].startswith("unique_")]


def test_the_last_reading_of_a_day_wins(alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller) -> None:
    connection = connect(alice, vendors, "247platform")
    run(connection)
    morning = ledger(connection, metric="data_out", interval="lifetime")
    clock.shift(timedelta(hours=6))
    run(connection)
    evening = ledger(connection, metric="data_out", interval="lifetime")
    assert morning.keys() == evening.keys()
    assert all(evening[cell] > morning[cell] for cell in morning)
    assert not ledger(connection, metric="data_out", interval="day")


def test_a_changed_final_day_is_a_restatement(alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller) -> None:
    connection = connect(alice, vendors, "boomstream", days=10)
    run(connection)
    before = ledger(connection)
    fault(vendors, restate={"provider": "boomstream", "day": "2026-03-04", "factor": 2})
    run(connection, from_day=START.date() - timedelta(days=8), to_day=START.date())
    after = ledger(connection)
    changed = {cell for cell in after if after[cell] != before.get(cell)}
    assert changed
    assert {cell[3] for cell in changed} == {"2026-03-04"}
    with tenant_scope(alice):
        noted = {(r.asset.external_id, r.day.isoformat()): (r.old, r.new, r.cause) for r in Restatement.objects.all()}
    assert noted == {(cell[5], cell[3]): (before[cell], after[cell], "provider") for cell in changed}


def test_a_changed_provisional_day_is_none(alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller) -> None:
    connection = connect(alice, vendors, "boomstream", days=10)
    run(connection)
    fault(vendors, restate={"provider": "boomstream", "day": "2026-03-09", "factor": 2})
    assert run(connection).facts_written > 0
    with tenant_scope(alice):
        assert not Restatement.objects.exists()
    assert ledger(connection) == truth(vendors, connection)


def test_states_are_those_of_the_moment_of_asking(
    alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller
) -> None:
    connection = connect(alice, vendors, "callfire", days=2)
    run(connection)
    clock.shift(timedelta(days=1))
    run(connection)
    days = {cell[3] for cell in ledger(connection, metric="unattempted")}
    assert days == {"2026-03-10", "2026-03-11"}
    assert all(isinstance(value, Decimal) for value in ledger(connection).values())
