"""A CDN's applications hold its streams: each is asked for by itself, and ledgers from before that are brought over."""

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from importlib import import_module
from typing import Any

import pytest
import time_machine
from django.db import connection as database

from providers.catalog.scaleengine import ScaleEngine, Usage
from providers.connections.account import same_account
from providers.pipeline.replay import replay
from providers.sandbox import Sandbox
from providers.sandbox.vendors.scaleengine.accounts import APPS
from providers.toolkit.feeds import Per
from providers.toolkit.requests import Ask, AssetRef, Pages
from reporting.ledger import daily_totals
from reporting.ledger.assignments import apply_rule, assign
from reporting.models import (
    Asset,
    Assignment,
    AssignmentRule,
    Connection,
    DailyTotal,
    Fact,
    FeedProgress,
    SyncRun,
    Tenant,
)
from reporting.tenancy.scoping import all_tenants, tenant_scope
from tests.support.factories import make_asset, make_connection, make_customer, report
from tests.support.line import connect, fault, ledger, run, truth

pytestmark = pytest.mark.vendors(rows=100)  # of which two name a video that the other application has, too
State = SyncRun.State
FIRST, SECOND = APPS["north"]
Sums = dict[tuple[str, str], Decimal]


def sums(cells: dict[Any, Decimal]) -> Sums:
    """By metric and day, over all assets."""
    found: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for (metric, _, _, day, *_), value in cells.items():
        found[metric, day] += value
    return dict(found)


def test_it_works(alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller) -> None:
    """One stream of two applications is two assets; each application is asked for by itself, and its pages are one reading."""
    connection = connect(alice, vendors, "scaleengine", days=3)
    assert run(connection).state == State.SUCCEEDED
    assert ledger(connection) == truth(vendors, connection)
    with tenant_scope(alice):
        streams = Asset.objects.filter(kind=Asset.Kind.VIDEO)
        names = Counter(streams.values_list("external_id", flat=True))
        assert set(streams.values_list("parent__external_id", flat=True)) == {FIRST, SECOND}
        assert max(names.values()) == 2
        read = FeedProgress.objects.filter(feed="usage").values_list("asset__external_id", flat=True)
        assert sorted(read) == sorted([FIRST, SECOND])
    before = ledger(connection)
    replay(connection)
    assert ledger(connection) == before


def test_a_report_by_application_is_what_the_vendor_counted(
    alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller
) -> None:
    """Of each application the sum over its streams, as fresh as its own feed."""
    connection = connect(alice, vendors, "scaleengine", days=3)
    assert run(connection).state == State.SUCCEEDED
    counted: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for (metric, interval, _, _, _, asset, _), value in truth(vendors, connection).items():
        if interval == "day":
            counted[asset.partition("/")[0], metric] += value
    assert len(counted) == 4
    first = {
        "from_": f"{connection.history_from}",
        "to": f"{datetime.now(UTC).date()}",
        "metrics": "data_transfer,requests",
    }
    by_application = report(alice, **first, group_by="parent")
    assert {
        (row["parent"], name): row[name] for row in by_application["rows"] for name in ("data_transfer", "requests")
    } == counted
    of_one = report(alice, **first, parent=SECOND)
    assert of_one["totals"] == {name: counted[SECOND, name] for name in ("data_transfer", "requests")}
    assert of_one["freshness"][0]["complete"]


def test_an_application_that_is_added_later_has_a_history(
    alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller
) -> None:
    connection = connect(alice, vendors, "scaleengine", days=6, options={"apps": [FIRST]})
    run(connection)
    whole = truth(vendors, connection)
    assert ledger(connection) == {cell: value for cell, value in whole.items() if cell[5].startswith(FIRST)}
    with tenant_scope(alice):
        Connection.objects.update(options={"apps": [FIRST, SECOND]})
    run(connection)
    assert ledger(connection) == whole
    with tenant_scope(alice):
        Connection.objects.update(options={"apps": [SECOND]})
    vendors.requests.clear()
    clock.shift(timedelta(hours=1))
    run(connection)  # the first is not asked for any more, and its figures stay
    assert not any(FIRST in record.body for record in vendors.requests)
    assert set(whole) <= set(ledger(connection))


def test_an_answer_of_one_leaves_the_other_alone(
    alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller
) -> None:
    connection = connect(alice, vendors, "scaleengine", days=3)
    run(connection)
    day = connection.history_from
    before = ledger(connection)
    fault(vendors, restate={"provider": "scaleengine", "day": day.isoformat(), "factor": 2})
    with tenant_scope(alice):
        Connection.objects.update(options={"apps": [FIRST]})
    run(connection, from_day=day, to_day=day)
    after = ledger(connection)
    assert {cell for cell in before if after[cell] != before[cell]} == {
        cell for cell, value in before.items() if cell[3] == day.isoformat() and FIRST in cell[5] and value
    }


# --- Ledgers from before applications were assets ---------------------------------------------------------------------


class Together(Usage):
    """As they were read then: all applications at once."""

    per, kinds = Per.CONNECTION, ()

    def ask(self, ask: Ask) -> Pages:
        for app in ask.options["apps"]:
            yield from super().ask(replace(ask, asset=AssetRef(app, "application")))


@pytest.fixture
def read_before(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Connection]:
    """Makes a connection with a ledger of then, and migrates it."""

    def read(tenant: Tenant, vendors: Sandbox, apps: list[str], days: int = 4) -> Connection:
        connection = connect(tenant, vendors, "scaleengine", days=days, options={"apps": apps})
        with monkeypatch.context() as patch:
            patch.setattr(ScaleEngine, "feeds", (Together("usage", "day"),))
            patch.setattr(ScaleEngine, "applications", lambda self, options: ())
            assert run(connection).state == State.SUCCEEDED
        with tenant_scope(tenant):
            assert not Asset.objects.exclude(parent=None).exists()
        return connection

    return read


def migrate() -> None:
    steps = import_module("reporting.migrations.0012_streams_of_applications")
    with all_tenants(), database.cursor() as cursor:
        for statement in (steps.APPLICATIONS, steps.READINGS, steps.STREAMS, steps.PROGRESS, steps.ANEW):
            cursor.execute(statement)


def test_streams_of_one_application_get_it(
    alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller, read_before: Callable[..., Connection]
) -> None:
    """Nothing is fetched anew, and a replay comes to the same."""
    connection = read_before(alice, vendors, [FIRST])
    before = sums(ledger(connection))
    migrate()
    whole = {cell: value for cell, value in truth(vendors, connection).items() if cell[5].startswith(FIRST)}
    assert ledger(connection) == whole
    replay(connection)
    assert ledger(connection) == whole
    assert sums(whole) == before
    vendors.requests.clear()
    assert run(connection).state == State.SUCCEEDED
    assert len(vendors.requests) == 3  # today, and the days that may still change
    with tenant_scope(alice):
        assert Asset.objects.filter(kind=Asset.Kind.VIDEO, parent=None).count() == 0


@pytest.mark.parametrize("factor", [1, 2])
def test_those_of_several_are_fetched_anew(
    alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller, read_before: Callable[..., Connection], factor: int
) -> None:
    """No byte is counted twice or lost at any moment, also where the vendor has changed a day since; customers stay."""
    connection = read_before(alice, vendors, [FIRST, SECOND])
    day = connection.history_from
    with tenant_scope(alice):
        customer = make_customer(alice)
        for stream in Asset.objects.filter(kind=Asset.Kind.VIDEO):
            assign(stream, customer)
    before, totals = sums(ledger(connection)), of_customers(connection)
    migrate()
    assert sums(ledger(connection)) == before
    fault(vendors, restate={"provider": "scaleengine", "day": day.isoformat(), "factor": factor})
    with tenant_scope(alice):
        Connection.objects.update(options={"apps": [FIRST]})
    assert run(connection).state == State.SUCCEEDED
    if factor == 1:
        assert sums(ledger(connection)) == before
        assert of_customers(connection) == totals
    check_totals(connection)
    with tenant_scope(alice):
        Connection.objects.update(options={"apps": [FIRST, SECOND]})
    assert run(connection).state == State.SUCCEEDED
    whole = truth(vendors, connection)
    found = {cell: value for cell, value in ledger(connection).items() if value}
    assert found == {cell: value for cell, value in whole.items() if value}
    check_totals(connection)
    with tenant_scope(alice):
        parentless = Asset.objects.filter(kind=Asset.Kind.VIDEO, parent=None)
        assert not Fact.objects.filter(asset__in=parentless).exists()
        assert not parentless.filter(unlisted_since=None).exists()
        streams = Asset.objects.filter(kind=Asset.Kind.VIDEO).exclude(parent=None)
        assert Assignment.objects.filter(asset__in=streams, customer=customer).count() == streams.count()
    before_replay = ledger(connection)
    replay(connection)
    assert ledger(connection) == before_replay


def test_one_that_nobody_asks_for_any_more_holds_no_growth_back(
    alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller, read_before: Callable[..., Connection]
) -> None:
    """What the vendor counts more than then is added; nothing goes below zero."""
    connection = read_before(alice, vendors, [FIRST, SECOND])
    day = connection.history_from
    with tenant_scope(alice):
        of_day = Fact.objects.filter(metric="data_transfer", interval="day", day=day)
        old = dict(of_day.values_list("asset__external_id", "value"))
        Connection.objects.update(options={"apps": [FIRST]})
    migrate()
    fault(vendors, restate={"provider": "scaleengine", "day": day.isoformat(), "factor": 3})
    assert run(connection).state == State.SUCCEEDED
    with tenant_scope(alice):
        of_first = of_day.filter(asset__parent__external_id=FIRST)
        new = dict(of_first.values_list("asset__external_id", "value"))
        values = list(of_day.values_list("value", flat=True))
    assert min(values) >= 0
    assert sum(values) == sum(max(old.get(name, 0), new.get(name, 0)) for name in old.keys() | new.keys())
    check_totals(connection)


def of_customers(connection: Connection) -> dict[Any, Decimal]:
    found: defaultdict[Any, Decimal] = defaultdict(Decimal)
    with tenant_scope(connection.tenant_id):
        rows = DailyTotal.objects.filter(connection=connection).exclude(customer_id=None)
        for customer, metric, day, value in rows.values_list("customer_id", "metric", "day", "value"):
            found[customer, metric, day] += value
    return dict(found)


def check_totals(connection: Connection) -> None:
    with tenant_scope(connection.tenant_id):
        mine = DailyTotal.objects.filter(connection=connection)
        kept = set(mine.values_list("pk", "value", "facts"))
        daily_totals.rebuild(connection.pk)
        assert set(mine.values_list("pk", "value", "facts")) == kept


# --- Whose they are ---------------------------------------------------------------------------------------------------


def test_rules_name_the_application(alice: Tenant, vendors: Sandbox, clock: time_machine.Traveller) -> None:
    """New streams and known ones; an application itself is nobody's."""
    with tenant_scope(alice):
        customer, other = make_customer(alice, "live"), make_customer(alice, "vod")
        rule = AssignmentRule.objects.create(tenant=alice, customer=customer, parent="*-live", pattern="*")
    connection = connect(alice, vendors, "scaleengine", days=1)
    run(connection)
    assert held_by(alice) == {(SECOND, "live")}
    with tenant_scope(alice):
        rule.parent, rule.customer = "north-or*", other
        rule.save()
    apply_rule(rule, history=True)
    assert held_by(alice) == {(FIRST, "vod")}


def held_by(tenant: Tenant) -> set[tuple[str, str]]:
    with tenant_scope(tenant):
        return set(Assignment.objects.values_list("asset__parent__external_id", "customer__slug"))


def test_two_connections_of_one_account_with_other_applications_are_no_twins(alice: Tenant) -> None:
    login = {"cdn": "158", "api_key": "key", "secret": "secret"}
    with tenant_scope(alice):
        one, other = (make_connection(alice, slug, "scaleengine", options={"apps": [slug]}) for slug in ("a", "b"))
        for connection in (one, other):
            connection.credentials = login
            connection.save()
        assert same_account(one, [other]) == []
        other.options = {"apps": ["b", "a"]}
        assert same_account(one, [other]) == [other]


def test_equal_names_are_unique_within_a_parent_only(alice: Tenant) -> None:
    connection = make_connection(alice, provider="scaleengine")
    app = make_asset(connection, "app", Asset.Kind.APPLICATION)
    with tenant_scope(alice):
        for parent in (None, app):
            Asset.objects.create(tenant=alice, connection=connection, external_id="x", kind="video", parent=parent)
        with pytest.raises(Exception, match="asset_external_id"):
            Asset.objects.create(tenant=alice, connection=connection, external_id="x", kind="video")
