"""What a reader is made of: the view of costs, the right to personal data, and amounts with a markup."""

from decimal import Decimal
from typing import Any

import pytest
from babel.numbers import list_currencies
from django.contrib.auth.models import Permission
from django.db import IntegrityError, transaction

from reporting.currencies import DIGITS, digits_of
from reporting.metrics import COSTS, METRICS
from reporting.models import ApiToken, Customer, Membership, Tenant, User
from reporting.tenancy.access import person_in_tenant, reader_of_token
from reporting.tenancy.reader import HIDDEN, OPERATOR, VENDORS, Costs, Reader, of_customer
from reporting.tenancy.scoping import tenant_scope
from tests.support.factories import make_customer
from tests.support.pages import person
from tests.support.tenancy import sql

COST, RATE = METRICS["cost"], METRICS["cost_per_gb"]


def test_it_works(alice: Tenant) -> None:
    norte = make_customer(alice, cost_view="markup", cost_markup=Decimal("12.5"))
    reader = of_customer(norte)
    assert reader == Reader("customer", norte.pk, False, Costs(is_shown=True, markup=Decimal("12.5")))
    assert reader.costs.amount(COST, Decimal("23.564220929056"), "EUR") == Decimal("26.51")
    assert str(reader.costs.amount(COST, Decimal(2), "EUR")) == "2.25"


@pytest.mark.parametrize(
    ("value", "currency", "shown"),
    [
        ("1.5", "EUR", "1.73"),  # 1.725: a half is rounded away from zero
        ("-1.5", "EUR", "-1.73"),
        ("1.5", "JPY", "2"),
        ("1.5", "KWD", "1.725"),
        ("1.5", "CLF", "1.7250"),
        ("1.5", "", "1.73"),
        ("0", "EUR", "0.00"),
        ("0.001", "EUR", "0.00"),
        ("1234567890123456789012345678901234567890.01", "EUR", "1419753073641975307364197530736419753073.51"),
    ],
)
def test_an_amount_is_rounded_to_its_currencys_digits(value: str, currency: str, shown: str) -> None:
    assert str(Costs(is_shown=True, markup=Decimal(15)).amount(COST, Decimal(value), currency)) == shown


def test_what_is_no_amount_is_not_rounded() -> None:
    """A cost per GB of less than a cent would be nothing."""
    markup = Costs(is_shown=True, markup=Decimal(15))
    assert markup.amount(RATE, Decimal("0.004"), "EUR") == Decimal("0.0046")
    assert markup.amount(METRICS["plays"], Decimal(3), "EUR") == 3
    assert markup.amount(COST, Decimal("NaN"), "EUR").is_nan()
    assert VENDORS.amount(COST, Decimal("23.564220929056"), "EUR") == Decimal("23.564220929056")


def test_which_metrics_are_costs() -> None:
    """Credits are a vendor's own money: nobody can be charged in them, so with a markup they are not shown."""
    assert {"cost", "cost_per_gb", "cost_per_hour_watched", "billed_credits"} == COSTS
    assert OPERATOR.shown(METRICS) == tuple(METRICS)
    assert set(METRICS) - {name for name in METRICS if HIDDEN.shows(name)} == COSTS
    markup = Costs(is_shown=True, markup=Decimal(15))
    assert {name for name in METRICS if not markup.shows(name)} == {"billed_credits"}


def test_digits_are_of_currencies_that_there_are() -> None:
    assert set(DIGITS) <= set(list_currencies())
    assert [digits_of(code) for code in ("EUR", "JPY", "KWD", "CLF", "???")] == [2, 0, 3, 4, 2]


@pytest.mark.parametrize(
    ("view", "markup"),
    [("markup", None), ("markup", -1), ("markup", "NaN"), ("markup", 10_001), ("hidden", 15), ("vendor", 0)],
)
def test_the_database_refuses_a_markup_that_is_none(alice: Tenant, view: str, markup: Any) -> None:
    norte = make_customer(alice)
    with pytest.raises(IntegrityError), transaction.atomic(), tenant_scope(alice):
        sql("UPDATE reporting_customer SET cost_view = %s, cost_markup = %s WHERE id = %s", view, markup, norte.pk)


def test_who_was_there_before_sees_no_costs_and_no_addresses(alice: Tenant) -> None:
    """The database itself says so, for rows that know nothing of these columns."""
    with tenant_scope(alice):
        sql(
            "INSERT INTO reporting_customer (tenant_id, slug, name, created_at) VALUES (%s, 'old', 'Old', now())",
            alice.pk,
        )
        reader = of_customer(Customer.objects.get(slug="old"))
    assert (reader.costs, reader.sees_personal_data) == (HIDDEN, False)


# --- Who has which ----------------------------------------------------------------------------------------------------


def reader_of(user: User, tenant: Tenant) -> Reader:
    access = person_in_tenant(user, tenant.slug)
    assert access is not None
    return access.reader


@pytest.mark.parametrize("given", [False, True])
def test_people(alice: Tenant, given: bool) -> None:
    """Managers always see personal data; analysts and a customer's people where they were given the right."""
    norte = make_customer(alice, cost_view="markup", cost_markup=15)
    users = {role: person(alice, role, norte if role == "customer" else None) for role in Membership.Role.values}
    with tenant_scope(alice):
        Membership.objects.update(sees_personal_data=given)
    readers = {role: reader_of(user, alice) for role, user in users.items()}
    assert {role: one.sees_personal_data for role, one in readers.items()} == {
        "manager": True,
        "analyst": given,
        "customer": given,
    }
    assert (readers["manager"].costs, readers["analyst"].costs) == (VENDORS, VENDORS)
    assert (readers["customer"].costs.markup, readers["customer"].customer_id) == (15, norte.pk)


def test_platform_staff(alice: Tenant) -> None:
    """What their permissions name."""
    user = User.objects.create_user("staff@viewledger.example", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="view_tenant"))
    assert reader_of(user, alice) == Reader("staff", None, False, VENDORS)
    user = User.objects.get(pk=user.pk)
    user.user_permissions.add(Permission.objects.get(codename="view_ppvsession"))
    assert reader_of(user, alice) == Reader("staff", None, True, VENDORS)


@pytest.mark.parametrize("scopes", [["read"], ["read", "ppv"]])
@pytest.mark.parametrize("given", [False, True])
def test_tokens(alice: Tenant, scopes: list[str], given: bool) -> None:
    """Personal data needs the scope, and for a customer's token the customer's right; costs are the customer's."""
    norte = make_customer(alice, cost_view="vendor", sees_personal_data=given)
    with tenant_scope(alice):
        of_norte, _ = ApiToken.issue(tenant=alice, customer=norte, scopes=scopes)
        of_alice, _ = ApiToken.issue(tenant=alice, scopes=scopes)
        readers = reader_of_token(of_norte), reader_of_token(of_alice)
    assert [one.sees_personal_data for one in readers] == [given and "ppv" in scopes, "ppv" in scopes]
    assert [(one.customer_id, one.costs) for one in readers] == [(norte.pk, VENDORS), (None, VENDORS)]
