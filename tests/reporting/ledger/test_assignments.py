"""Whose asset on which days: the rules, the hand, and the totals that follow them."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from pytest_django import DjangoAssertNumQueries

from reporting.ledger import daily_totals
from reporting.ledger.assignments import apply_rule, assign, assign_all, assign_new, today
from reporting.models import Asset, Assignment, AssignmentRule, Connection, Customer, DailyTotal, Fact, Tenant
from reporting.tenancy.scoping import all_tenants, tenant_scope

DAY = timedelta(days=1)
LONG_AGO = date(2020, 1, 1)


@pytest.fixture
def open_alice(alice: Tenant) -> Iterator[Tenant]:
    with tenant_scope(alice):
        yield alice


@pytest.fixture
def norte(open_alice: Tenant) -> Customer:
    return Customer.objects.create(tenant=open_alice, slug="norte", name="FC Norte")


@pytest.fixture
def sur(open_alice: Tenant) -> Customer:
    return Customer.objects.create(tenant=open_alice, slug="sur", name="FC Sur")


def connection_of(tenant: Tenant, slug: str = "boom") -> Connection:
    row = Connection(
        tenant=tenant, slug=slug, name=slug, provider="boomstream", time_zone="UTC", history_from=date(2026, 1, 1)
    )
    row.credentials = {"apikey": "k"}
    row.save()
    return row


@pytest.fixture
def boom(open_alice: Tenant) -> Connection:
    return connection_of(open_alice)


def asset_of(connection: Connection, external_id: str, title: str = "", kind: str = "video") -> Asset:
    return Asset.objects.create(
        tenant=connection.tenant, connection=connection, external_id=external_id, title=title, kind=kind
    )


def rule_of(
    customer: Customer, pattern: str, priority: int = 0, connection: Connection | None = None
) -> AssignmentRule:
    return AssignmentRule.objects.create(
        tenant=customer.tenant, customer=customer, pattern=pattern, priority=priority, connection=connection
    )


def days(asset: Asset) -> list[tuple[str, date | None, date | None, bool]]:
    """(customer, from, to, by a rule) of an asset's assignments."""
    return [(row.customer.slug, row.from_day, row.to_day, row.rule_id is not None) for row in asset.assignments.all()]


def test_it_works(boom: Connection, norte: Customer) -> None:
    rule = rule_of(norte, "final-*")
    final, other = asset_of(boom, "final-1"), asset_of(boom, "semi-1")
    assert assign_new([final, other]) == [final]
    assert Assignment.objects.get().rule == rule
    assert days(final) == [("norte", None, None, True)]


def test_the_highest_priority_wins_then_the_oldest(boom: Connection, norte: Customer, sur: Customer) -> None:
    rule_of(norte, "*", priority=1)
    rule_of(sur, "*", priority=1)
    high, plain = asset_of(boom, "goal-1"), asset_of(boom, "talk-1")
    rule_of(sur, "goal-*", priority=2)
    assign_new([high, plain])
    assert days(high) == [("sur", None, None, True)]
    assert days(plain) == [("norte", None, None, True)]


@pytest.mark.parametrize(
    ("pattern", "external_id", "title", "matches"),
    [
        ("final-*", "final-1", "", True),
        ("Final*", "final-1", "", False),
        ("The *", "x", "The final", True),
        ("store/*", "store/jb/a.mp4", "", True),
        ("?", "ab", "", False),
    ],
)
def test_a_pattern_is_a_glob_on_id_or_title(
    boom: Connection, norte: Customer, pattern: str, external_id: str, title: str, matches: bool
) -> None:
    rule_of(norte, pattern)
    assert bool(assign_new([asset_of(boom, external_id, title)])) is matches


def test_a_rule_of_a_connection_and_accounts_are_left_out(boom: Connection, norte: Customer) -> None:
    other = connection_of(boom.tenant, "other")
    rule_of(norte, "*", connection=boom)
    ours, theirs = asset_of(boom, "a"), asset_of(other, "a")
    account = asset_of(boom, "all", kind="account")
    assert assign_new([ours, theirs, account]) == [ours]


def test_a_rule_gives_what_nobody_has_always(boom: Connection, norte: Customer) -> None:
    asset = asset_of(boom, "final-1")
    assert apply_rule(rule_of(norte, "final-*")) == [asset]
    assert days(asset) == [("norte", None, None, True)]


def test_a_higher_rule_takes_from_today_on_and_history_stays(boom: Connection, norte: Customer, sur: Customer) -> None:
    asset, now = asset_of(boom, "final-1"), today(boom.tenant)
    apply_rule(rule_of(norte, "final-*"))
    assert apply_rule(rule_of(sur, "final-1", priority=5)) == [asset]
    assert days(asset) == [("norte", None, now - DAY, True), ("sur", now, None, True)]


def test_a_lower_rule_takes_nothing(boom: Connection, norte: Customer, sur: Customer) -> None:
    asset = asset_of(boom, "final-1")
    apply_rule(rule_of(norte, "final-*", priority=5))
    assert apply_rule(rule_of(sur, "final-1")) == []
    assert days(asset) == [("norte", None, None, True)]


def test_history_moves_when_someone_asks(boom: Connection, norte: Customer, sur: Customer) -> None:
    asset = asset_of(boom, "final-1")
    apply_rule(rule_of(norte, "final-*"))
    higher = rule_of(sur, "final-1", priority=5)
    apply_rule(higher, from_day=date(2026, 2, 1))
    assert days(asset) == [("norte", None, date(2026, 1, 31), True), ("sur", date(2026, 2, 1), None, True)]
    apply_rule(higher, history=True)
    assert {(slug, by_rule) for slug, _, _, by_rule in days(asset)} == {("sur", True)}


def test_a_changed_rule_lets_go_from_today_on(boom: Connection, norte: Customer, sur: Customer) -> None:
    asset, now = asset_of(boom, "final-1"), today(boom.tenant)
    rule = rule_of(norte, "final-*")
    apply_rule(rule)
    rule.pattern = "semi-*"
    rule.save()
    assert apply_rule(rule) == [asset]
    assert days(asset) == [("norte", None, now - DAY, True)]
    rule.pattern, rule.customer = "final-*", sur
    rule.save()
    assert apply_rule(rule) == [], "an ended assignment is not opened again"


def test_another_rule_of_the_same_customer_changes_no_days(boom: Connection, norte: Customer) -> None:
    asset = asset_of(boom, "final-1")
    apply_rule(rule_of(norte, "final-*"))
    higher = rule_of(norte, "*", priority=3)
    assert apply_rule(higher) == []
    assert days(asset) == [("norte", None, None, True)]
    assert asset.assignments.get().rule == higher


def test_what_a_deleted_rule_gave_stays_as_if_by_hand(boom: Connection, norte: Customer, sur: Customer) -> None:
    """Deleting moves no figures. To let go of its assets, change the rule first, or give them away by hand."""
    asset, rule = asset_of(boom, "final-1"), rule_of(norte, "final-*")
    apply_rule(rule)
    rule.delete()
    assert days(asset) == [("norte", None, None, False)]
    assert apply_rule(rule_of(sur, "*", priority=9), history=True) == []
    assert assign(asset, sur) == [asset]
    assert days(asset) == [("sur", None, None, False)]


def test_the_hand_is_never_overruled(boom: Connection, norte: Customer, sur: Customer) -> None:
    asset = asset_of(boom, "final-1")
    assign(asset, norte, date(2026, 1, 1), date(2026, 1, 31))
    assert apply_rule(rule_of(sur, "*", priority=9), history=True) == []
    assert days(asset) == [("norte", date(2026, 1, 1), date(2026, 1, 31), False)]


def test_by_hand_splits_what_was_said_before(boom: Connection, norte: Customer, sur: Customer) -> None:
    asset = asset_of(boom, "final-1")
    apply_rule(rule_of(norte, "final-*"))
    assert assign(asset, sur, date(2026, 3, 1), date(2026, 3, 31)) == [asset]
    assert days(asset) == [
        ("norte", None, date(2026, 2, 28), True),
        ("sur", date(2026, 3, 1), date(2026, 3, 31), False),
        ("norte", date(2026, 4, 1), None, True),
    ]
    assert assign(asset, sur, date(2026, 3, 1), date(2026, 3, 31)) == [], "said already"
    assert assign(asset, None, date(2026, 3, 15)) == [asset], "nobody's from then on"
    assert days(asset)[1:] == [("sur", date(2026, 3, 1), date(2026, 3, 14), False)]


def test_by_hand_refuses_what_makes_no_sense(boom: Connection, norte: Customer, bob: Tenant) -> None:
    asset = asset_of(boom, "final-1")
    with pytest.raises(ValidationError, match="is before the first"):
        assign(asset, norte, date(2026, 2, 1), date(2026, 1, 1))
    stranger = Customer(tenant=bob, slug="x", name="Charlie FC")
    with pytest.raises(ValidationError, match="another tenant"):
        assign(asset, stranger)


def fact(asset: Asset, day: date, value: int) -> Fact:
    return Fact(
        tenant=asset.tenant, metric="plays", interval="day", day=day, asset=asset, value=value,
        connection=asset.connection, snapshot_id=0,
    )  # fmt: skip


def plays(boom: Connection) -> dict[int, int]:
    """Customer's id -> plays, over all days; 0 is nobody's."""
    sums: dict[int, int] = {}
    for total in DailyTotal.objects.filter(connection=boom):
        sums[total.customer_id] = sums.get(total.customer_id, 0) + int(total.value)
    return sums


def test_the_totals_follow(boom: Connection, norte: Customer, sur: Customer) -> None:
    asset, now = asset_of(boom, "final-1"), today(boom.tenant)
    Fact.objects.bulk_create([fact(asset, LONG_AGO, 7), fact(asset, now, 5)])
    daily_totals.rebuild(boom.pk)
    assert plays(boom) == {0: 12}
    assert assign_new([asset], counted=True) == []
    apply_rule(rule_of(norte, "final-*"))
    assert plays(boom) == {norte.pk: 12}
    apply_rule(rule_of(sur, "final-1", priority=1))
    assert plays(boom) == {norte.pk: 7, sur.pk: 5}
    assign(asset, None, None, LONG_AGO)
    assert plays(boom) == {0: 7, sur.pk: 5}
    with daily_totals.moving([asset.pk]):
        Assignment.objects.all().delete()
    assign_new([asset], counted=True)
    assert plays(boom) == {sur.pk: 12}


def test_staff_may_not_mix_tenants(alice: Tenant, bob: Tenant) -> None:
    """The console runs with every tenant open; a rule stays in its own tenant all the same."""
    with all_tenants():
        customer = Customer.objects.create(tenant=alice, slug="norte", name="FC Norte")
        ours, theirs = (asset_of(connection_of(tenant), "final-1") for tenant in (alice, bob))
        assert apply_rule(rule_of(customer, "*")) == [ours]
        assert assign_new([theirs]) == []
        assert list(Assignment.objects.values_list("asset_id", flat=True)) == [ours.pk]


def test_thousands_need_few_queries(
    boom: Connection, norte: Customer, sur: Customer, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    rule_of(norte, "a-*")
    made = Asset.objects.bulk_create(
        Asset(tenant=boom.tenant, connection=boom, external_id=f"{'ab'[n % 2]}-{n}", kind="video") for n in range(3000)
    )
    with django_assert_max_num_queries(12):
        assert len(assign_new(made)) == 1500
    higher = rule_of(sur, "*", priority=1)
    with django_assert_max_num_queries(40):
        assert len(apply_rule(higher)) == 3000
    with django_assert_max_num_queries(40):
        assert len(assign_all(made, norte)) == 3000
