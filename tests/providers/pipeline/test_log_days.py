"""Figures by day beside a log: each view on one day, whenever the log is whole, partial or rolling, and again in a replay."""

import random
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine

from providers.pipeline.prune import prune
from providers.pipeline.replay import replay
from providers.sandbox import Sandbox
from reporting.ledger import daily_totals
from reporting.models import Connection, CounterReset, FeedProgress, Restatement, SyncRun, Tenant
from reporting.tenancy.scoping import tenant_scope
from tests.support.factories import codes, report
from tests.support.line import Cell, connect, fault, ledger, run, truth

START = datetime(2025, 5, 10, 1, 0, tzinfo=UTC)
pytestmark = [pytest.mark.clock(START), pytest.mark.vendors(assets=1)]

METRICS = ("plays", "watch_time")
LOGS: list[dict[str, int]] = [{}, {"log_percent": 50}, {"log_percent": 0}, {"log_days": 2}, {"log_days": 7}]
ByDay = dict[tuple[str, str, str], Decimal]  # metric, asset, day


def set_log(vendors: Sandbox, setting: Mapping[str, int]) -> None:
    vendors.faults.clear()
    if setting:
        fault(vendors, **setting)


def by_day(cells: Mapping[Cell, Decimal], *metrics: str, interval: str = "day") -> ByDay:
    return {(c[0], c[5], c[3]): value for c, value in cells.items() if c[0] in metrics and c[1] == interval}


def read(connection: Connection, clock: time_machine.Traveller) -> None:
    """A log that lists a day no more is believed when it says so twice."""
    if run(connection).state != SyncRun.State.SUCCEEDED:
        clock.shift(timedelta(minutes=11))
        assert run(connection).state == SyncRun.State.SUCCEEDED


class Bookkeeper:
    """Keeps the days in step in another way than the line: each reading adds what came since the one before it."""

    def __init__(self) -> None:
        self.days: ByDay = {}
        self.logged: ByDay = {}
        self.counter: dict[tuple[str, str], Decimal] = {}
        self.opened: dict[tuple[str, str], str] = {}
        self.log_from: dict[str, str] = {}

    def read(self, said: Mapping[Cell, Decimal], day: str) -> None:
        listed = by_day(said, *METRICS)
        for (metric, asset, _), counter in by_day(said, *METRICS, interval="lifetime").items():
            of_asset = {(m, a, d): v for (m, a, d), v in listed.items() if (m, a) == (metric, asset)}
            before = self.counter.get((metric, asset))
            if of_asset:
                self.days = {cell: v for cell, v in self.days.items() if cell[:2] != (metric, asset)} | of_asset
            elif before is None:
                self.opened[metric, asset] = day
            elif self.opened.get((metric, asset)) != day:
                self.days[metric, asset, day] = self.days.get((metric, asset, day), Decimal(0)) + counter - before
            self.counter[metric, asset] = counter
        self._read_log(by_day(said, "logged_plays", "logged_watch_time"))

    def _read_log(self, listed: ByDay) -> None:
        for asset in {asset for _, asset, _ in listed}:
            own = {cell: value for cell, value in listed.items() if cell[1] == asset}
            first, last = min(cell[2] for cell in own), max(cell[2] for cell in own)
            if self.log_from.get(asset, first) < first:  # it rolls: of its first day what is known stays
                kept = {cell: v for cell, v in self.logged.items() if cell[1] == asset and cell[2] == first}
                own |= kept
            self.logged = {
                cell: value for cell, value in self.logged.items() if cell[1] != asset or not first <= cell[2] <= last
            } | own
            self.log_from[asset] = min(first, self.log_from.get(asset, first))


def everything(vendors: Sandbox, connection: Connection) -> dict[Cell, Decimal]:
    return truth(vendors, connection, **{"from": "2024-01-01"})


def live(vendors: Sandbox, connection: Connection, clock: time_machine.Traveller, seed: int) -> Bookkeeper:
    """Readings, hours or days apart, of a log that is whole, partial or rolling as it comes."""
    chance, books = random.Random(seed), Bookkeeper()
    for number in range(9):
        set_log(vendors, LOGS[0] if (number, seed % 3) == (0, 0) else chance.choice(LOGS))
        read(connection, clock)
        books.read(everything(vendors, connection), datetime.now(UTC).date().isoformat())
        clock.shift(timedelta(hours=chance.choice([3, 5, 11, 24, 50])))
    return books


@pytest.mark.parametrize("seed", range(3))
def test_it_works(alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller, seed: int) -> None:
    connection = connect(alice, vendors, "247platform")
    books = live(vendors, connection, clock, seed)
    before = ledger(connection)
    assert by_day(before, *METRICS) == books.days
    assert by_day(before, "logged_plays", "logged_watch_time") == books.logged
    with tenant_scope(alice):
        assert not daily_totals.deviations(connection.pk)
    replay(connection)
    assert ledger(connection) == before
    prune(connection, datetime.now(UTC) + timedelta(days=1))
    assert ledger(connection) == before
    replay(connection)
    assert ledger(connection) == before
    with tenant_scope(alice):
        assert not Restatement.objects.filter(cause="reader").exists()


def test_days_sum_to_the_newest_reading_once_a_log_was_whole(
    alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller
) -> None:
    """Whole in the morning of the 11th, partial in its afternoon: nothing is counted twice, and nothing is lost."""
    connection = connect(alice, vendors, "247platform")
    for hours, setting in ((0, LOGS[1]), (20, LOGS[0]), (9, LOGS[1]), (12, LOGS[2]), (40, LOGS[3])):
        clock.shift(timedelta(hours=hours))
        set_log(vendors, setting)
        read(connection, clock)
    cells = ledger(connection)
    last = max(cell[3] for cell in cells if cell[1] == "lifetime")
    for asset in {cell[5] for cell in cells}:
        for metric in METRICS:
            total = cells[metric, "lifetime", "", last, 0, asset, ""]
            days = sum(value for (m, a, _), value in by_day(cells, metric).items() if (m, a) == (metric, asset))
            # The counter has whole minutes, the log seconds.
            assert total == days if metric == "plays" else abs(total - days) < 60, (metric, asset, total, days)


def test_the_opening_reading_is_told_until_a_log_is_whole(
    alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller
) -> None:
    connection = connect(alice, vendors, "247platform")
    set_log(vendors, {"log_percent": 50})
    run(connection)
    clock.shift(timedelta(days=1))
    run(connection)
    asked: dict[str, Any] = {"metrics": "plays", "from_": "2025-05-01", "to": "2025-05-11"}
    assert "opening_reading" in codes(report(alice, **asked))
    assert "log_coverage" in codes(report(alice, **asked | {"metrics": "logged_plays"}))
    clock.shift(timedelta(days=1))
    set_log(vendors, {})
    run(connection)
    assert "opening_reading" not in codes(report(alice, **asked | {"to": "2025-05-12"}))
    assert "opening_reading" in codes(report(alice, **asked, as_of="2025-05-11"))


def test_a_range_of_days_from_a_whole_log(alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller) -> None:
    """Asked for by a person: just these days, and no reading."""
    connection = connect(alice, vendors, "247platform")
    days = {"from_day": date(2025, 4, 1), "to_day": date(2025, 4, 3)}
    run(connection, **days)
    said = {
        cell: value
        for cell, value in everything(vendors, connection).items()
        if "2025-04-01" <= cell[3] <= "2025-04-03"
    }
    assert ledger(connection) == said
    assert {cell[0] for cell in said} == {"plays", "watch_time", "logged_plays", "logged_watch_time"}
    with tenant_scope(alice):
        assert not FeedProgress.objects.exclude(whole_log={}).exists()
    run(connection)
    assert ledger(connection) == everything(vendors, connection)


def test_a_replay_of_some_days_leaves_the_others(
    alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller
) -> None:
    connection = connect(alice, vendors, "247platform")
    live(vendors, connection, clock, 0)
    before = ledger(connection)
    for first in (date(2025, 4, 1), date(2025, 5, 10), date(2025, 5, 12)):
        replay(connection, first, first + timedelta(days=1))
        assert ledger(connection) == before


def test_views_that_were_taken_back_are_a_reset(alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller) -> None:
    connection = connect(alice, vendors, "247platform")
    set_log(vendors, {"log_percent": 0})
    run(connection)
    before = by_day(ledger(connection), "plays", interval="lifetime")
    clock.shift(timedelta(days=1))
    fault(vendors, restate={"provider": "247platform", "day": "2025-05-01", "factor": 0})
    fault(vendors, restate={"provider": "247platform", "day": "2025-05-02", "factor": 0})
    run(connection)
    cells = ledger(connection)
    after, days = by_day(cells, "plays", interval="lifetime"), by_day(cells, "plays")
    for (metric, asset, day), value in days.items():
        assert value == after[metric, asset, day] - before[metric, asset, "2025-05-10"]
    with tenant_scope(alice):
        assert CounterReset.objects.filter(metric="plays").exists() == any(value < 0 for value in days.values())
    assert any(value < 0 for value in days.values())
