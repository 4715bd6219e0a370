"""What happens as days go by: provisional days, lifetime counters, restatements."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine

from providers import registry
from providers.catalog.callfire import SETTLED
from providers.http.transport import Transport
from providers.pipeline import rows
from providers.pipeline.replay import replay
from providers.sandbox import Sandbox
from providers.toolkit.requests import Answer, Request
from providers.toolkit.rows import Figure
from reporting.models import Asset, Fact, FeedProgress, Restatement, Snapshot, SyncRun, Tenant
from reporting.tenancy.scoping import tenant_scope
from tests.support.answers import answers_change
from tests.support.line import connect, fault, full_name, ledger, run, truth

START = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
pytestmark = pytest.mark.clock(START)


def test_provisional_days_are_asked_again_until_they_are_final(
    alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller
) -> None:
    connection = connect(alice, vendors, "scaleengine", days=10)
    run(connection)
    with tenant_scope(alice):
        applications = list(FeedProgress.objects.filter(connection=connection))
    assert {one.final.last for one in applications} == {START.date() - timedelta(days=3)}
    assert {one.covered.last for one in applications} == {START.date()}
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
    clock.shift(timedelta(hours=11))
    run(connection)
    evening = ledger(connection, metric="data_out", interval="lifetime")
    assert morning.keys() == evening.keys()
    assert all(evening[cell] >= morning[cell] for cell in morning)
    assert evening != morning
    assert evening == truth(vendors, connection, metric="data_out", interval="lifetime")
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


def test_what_is_answered_after_midnight_is_of_the_new_day(
    alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though it was planned before."""
    connection = connect(alice, vendors, "247platform")
    zone = ZoneInfo(connection.time_zone)
    clock.move_to(datetime(2026, 3, 10, 23, 59, 59, tzinfo=zone))
    send = Transport.send

    def late(*question: Any) -> Any:
        clock.shift(timedelta(seconds=1))
        return send(*question)

    monkeypatch.setattr(Transport, "send", late)
    assert run(connection).state == SyncRun.State.SUCCEEDED
    with tenant_scope(alice):
        snapshots = list(Snapshot.objects.all())
    assert {snapshot.fetched_at.astimezone(zone).date() for snapshot in snapshots} == {date(2026, 3, 11)}
    assert {(snapshot.from_day, snapshot.to_day) for snapshot in snapshots} == {(date(2026, 3, 11),) * 2}


def test_a_month_is_final_when_its_last_day_is(alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller) -> None:
    connection = connect(alice, vendors, "scaleengine", days=40)
    run(connection, feed="usage.month")
    for day in ("2026-02-20", "2026-03-04"):
        fault(vendors, restate={"provider": "scaleengine", "day": day, "factor": 2})
    assert run(connection, feed="usage.month", from_day=connection.history_from).facts_written > 0
    with tenant_scope(alice):
        noted = Restatement.objects.values_list("interval", "day").distinct().order_by()
        assert list(noted) == [("month", date(2026, 2, 1))]


def test_a_value_that_goes_or_comes_is_a_restatement_too(
    alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = connect(alice, vendors, "scaleengine", days=10)
    day = {"from_day": date(2026, 3, 4), "to_day": date(2026, 3, 4)}
    run(connection)
    before = ledger(connection)

    def forget_one(request: Request, answer: Answer) -> bytes:
        document = json.loads(answer.body)
        kept = [row for row in document["usage"] if row["video_url"] != document["usage"][0]["video_url"]]
        return json.dumps(document | {"usage": kept, "count": len(kept)}).encode()

    with monkeypatch.context() as patch:
        answers_change(patch, forget_one)
        run(connection, **day)
    lost = {cell: before[cell] for cell in before.keys() - ledger(connection).keys()}
    assert {cell[3] for cell in lost} == {"2026-03-04"}
    run(connection, **day)
    assert ledger(connection) == before
    with tenant_scope(alice):
        noted = Restatement.objects.select_related("asset__parent").order_by("id")
        told = [(r.metric, full_name(r.asset), r.old, r.new, r.cause) for r in noted]
    went = {(cell[0], cell[5], value, None, "provider") for cell, value in lost.items()}
    came = {(cell[0], cell[5], None, value, "provider") for cell, value in lost.items()}
    assert (set(told[: len(lost)]), set(told[len(lost) :])) == (went, came)


@pytest.mark.parametrize("provider", ["boomstream", "callfire"])
def test_what_another_reader_changes_is_no_doing_of_the_providers(
    alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch, provider: str
) -> None:
    """It is told of all that it changes, once; a replay by the same reader tells of nothing. Of a log it is in
    `test_reader_before.py`."""
    connection = connect(alice, vendors, provider, days=5)
    run(connection)
    kind, read = type(registry.get(provider)), rows.read
    monkeypatch.setattr(kind, "reader_version", kind.reader_version + 1)

    def doubled(*question: Any) -> Iterator[Any]:
        for row in read(*question):
            yield row._replace(value=2 * row.value) if isinstance(row, Figure) else row

    with monkeypatch.context() as patch:
        patch.setattr(rows, "read", doubled)
        replay(connection)
    changed = {cell[:5] for cell, value in ledger(connection).items() if value}
    with tenant_scope(alice):
        noted = list(Restatement.objects.all())
    assert {restatement.cause for restatement in noted} == {"reader"}
    assert {(r.metric, r.interval, r.dimension, r.day.isoformat(), r.minute) for r in noted} == changed
    assert replay(connection).facts_written > 0
    with tenant_scope(alice):
        assert Restatement.objects.count() == len(noted)


@pytest.mark.parametrize("provider", ["247platform", "callfire"])
def test_states_and_lifetimes_of_final_days_are_no_restatements(
    alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller, provider: str
) -> None:
    """They belong to the moment of asking. A reader that was mended finds them later, as it does the days' own figures."""
    connection = connect(alice, vendors, provider, days=5)
    run(connection)
    clock.shift(timedelta(days=10))
    run(connection)
    with tenant_scope(alice):
        Snapshot.objects.update(state=Snapshot.State.UNREADABLE, reader_version=0)
        Fact.objects.all().delete()
    replay(connection)
    with tenant_scope(alice):
        told = list(Restatement.objects.values_list("metric", "interval", "day", "cause"))
        final = FeedProgress.objects.filter(connection=connection, asset__isnull=False).first()
    assert final
    assert {cause for *_, cause in told} == {"reader"}
    assert max(day for *_, day, _ in told) <= final.final.last
    assert not {metric for metric, *_ in told} & {"unattempted", "retry_wait", "finished"}
    assert "lifetime" not in {interval for _, interval, *_ in told}


@pytest.mark.parametrize("was_known", [False, True])
def test_a_finished_broadcast_is_not_asked_for_again(
    alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller, was_known: bool
) -> None:
    """CallFire's list says which have ended: of new ones in its first answer, of others in a later one."""
    connection = connect(alice, vendors, "callfire", days=5)
    if was_known:
        run(connection)
    clock.shift(timedelta(days=3))  # one of the vendor's two runs until the 10th
    run(connection)
    with tenant_scope(alice):
        ended = set(Asset.objects.filter(status__in=SETTLED).values_list("external_id", flat=True))
        going_on = set(Asset.objects.exclude(status__in=SETTLED).values_list("external_id", flat=True))
    assert ended
    assert going_on
    vendors.requests.clear()
    clock.shift(timedelta(hours=1))
    run(connection)
    assert {record.path.split("/")[5] for record in vendors.requests if "/stats" in record.path} == going_on


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
