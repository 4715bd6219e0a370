"""A ledger that 247platform's first reader wrote, which took plays and watch time by day from any log: a replay brings it to
what the present one would have written, and a restatement tells of each figure that changes."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from providers.catalog.platform247 import LIFETIME, PLACES, Platform247, Statistics
from providers.pipeline.replay import replay
from providers.sandbox import Sandbox
from providers.toolkit.feeds import Series, Span
from reporting.ledger import daily_totals
from reporting.models import Connection, DailyTotal, Fact, FeedProgress, Restatement, Snapshot, SyncRun, Tenant
from reporting.tenancy.scoping import tenant_scope
from tests.support.line import Cell, connect, fault, ledger, run

START = datetime(2025, 5, 10, 1, 0, tzinfo=UTC)
pytestmark = [pytest.mark.clock(START), pytest.mark.vendors(assets=1)]

BY_LOG = ("plays", "watch_time")
OLD_SERIES = (
    *(Series(metric, "lifetime", "", Span.READING) for metric in LIFETIME),
    Series("cost", "lifetime", "cost_type", Span.READING),
    *(Series("unique_ips", "lifetime", place, Span.READING) for place in PLACES),
    *(Series(metric, each, "", Span.LOG) for metric in BY_LOG for each in ("day", "hour")),
)


@pytest.fixture
def first_reader(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Until it is undone."""
    read = Statistics.read

    def old(self: Statistics, document: Any, reading: Any) -> Iterator[Any]:
        for figure in read(self, document, reading):
            if figure.interval == "lifetime":
                yield figure
            elif figure.metric.startswith("logged_"):
                yield figure._replace(metric=figure.metric.removeprefix("logged_"))

    with monkeypatch.context() as patch:
        patch.setattr(Statistics, "read", old)
        patch.setattr(Statistics, "series", OLD_SERIES)
        patch.setattr(Statistics, "differences", ("data_out", "data_in", "data_transfer", "cost"))
        patch.setattr(Platform247, "reader_version", 1)
        patch.setattr("providers.pipeline.loss.check", lambda *question: None)  # nothing was held then
        yield patch


def live(vendors: Sandbox, connection: Connection, clock: time_machine.Traveller, logs: list[dict[str, int]]) -> None:
    for log in logs:
        vendors.faults.clear()
        if log:
            fault(vendors, **log)
        if run(connection).state != SyncRun.State.SUCCEEDED:  # held, until it comes twice
            clock.shift(timedelta(minutes=11))
            assert run(connection).state == SyncRun.State.SUCCEEDED
        clock.shift(timedelta(hours=9))


def forget_logs(connection: Connection) -> None:
    """As a ledger was before the progress knew of logs."""
    with tenant_scope(connection.tenant_id):
        FeedProgress.objects.update(log_from=None, whole_log={})


def from_nothing(connection: Connection) -> dict[Cell, Any]:
    """What the present reader makes of the same answers."""
    with tenant_scope(connection.tenant_id):
        Fact.objects.filter(connection=connection).delete()
        DailyTotal.objects.filter(connection=connection).delete()
    forget_logs(connection)
    replay(connection)
    return ledger(connection)


HALF, NONE, ROLLS, WHOLE = {"log_percent": 50}, {"log_percent": 0}, {"log_days": 2}, dict[str, int]()


@pytest.mark.parametrize(
    "logs",
    [
        [HALF, HALF, HALF, HALF, HALF],
        [WHOLE, WHOLE, WHOLE, WHOLE],
        [ROLLS, HALF, NONE, ROLLS, HALF, ROLLS],
        [HALF, ROLLS, WHOLE, HALF, ROLLS, HALF],
    ],
)
def test_it_works(
    alice: Tenant,
    vendors: Sandbox,
    clock: time_machine.Traveller,
    first_reader: pytest.MonkeyPatch,
    logs: list[dict[str, int]],
) -> None:
    connection = connect(alice, vendors, "247platform")
    live(vendors, connection, clock, logs)
    forget_logs(connection)
    old = ledger(connection)
    with tenant_scope(alice):
        Restatement.objects.all().delete()  # of the provider's doing
    first_reader.undo()
    replay(connection)
    new = ledger(connection)
    with tenant_scope(alice):
        told = list(Restatement.objects.select_related("asset"))
        assert not daily_totals.deviations(connection.pk)
        assert set(Snapshot.objects.values_list("reader_version", flat=True)) == {2}
    changes = {
        (r.metric, r.interval, r.dimension, r.day.isoformat(), r.minute, r.asset.external_id, r.key): (r.old, r.new)
        for r in told
    }
    assert {r.cause for r in told} == {"reader"}
    assert len(changes) == len(told), "one restatement for each figure"
    assert changes == {
        cell: (old.get(cell), new.get(cell)) for cell in old.keys() | new.keys() if old.get(cell) != new.get(cell)
    }
    assert {cell[0] for cell in changes} <= {"plays", "watch_time", "logged_plays", "logged_watch_time"}
    assert "lifetime" not in {cell[1] for cell in changes}
    replay(connection)
    assert ledger(connection) == new
    with tenant_scope(alice):
        assert Restatement.objects.count() == len(told)
    assert from_nothing(connection) == new


def test_its_last_days_go_on_as_differences(
    alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller, first_reader: pytest.MonkeyPatch
) -> None:
    """A sync that comes before the replay reads with the present reader; the replay mends the rest."""
    connection = connect(alice, vendors, "247platform")
    live(vendors, connection, clock, [HALF, HALF, HALF])
    forget_logs(connection)
    first_reader.undo()
    live(vendors, connection, clock, [HALF, HALF])
    replay(connection)
    mended = ledger(connection)
    assert from_nothing(connection) == mended
