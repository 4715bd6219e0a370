"""What a provisioning file says of who sees costs and personal data."""

from decimal import Decimal

import pytest

from reporting.models import Customer, Membership, Tenant
from reporting.tenancy.scoping import all_tenants, tenant_scope
from tests.support.provisioning import Provision, problems, provision

__all__ = ["provision"]  # a fixture

NAME = '  name = "FC Norte"\n'
ROLE = 'role = "manager" '
MARKUP = '  cost_view = "markup"\n  cost_markup = 12.5\n'


def norte() -> Customer:
    with all_tenants():
        tenant = Tenant.objects.get(slug="acme")
    with tenant_scope(tenant):
        return Customer.objects.get()


def test_it_works(provision: Provision) -> None:
    provision((NAME, f"{NAME}{MARKUP}  personal_data = true\n"), (ROLE, "personal_data = true\n  role = 'analyst' "))
    assert (norte().cost_view, norte().cost_markup, norte().sees_personal_data) == ("markup", Decimal("12.5"), True)
    with tenant_scope(norte().tenant_id):
        assert Membership.objects.get().sees_personal_data
    again = provision(
        (NAME, f"{NAME}{MARKUP}  personal_data = true\n"), (ROLE, "personal_data = true\n  role = 'analyst' ")
    )
    assert again.endswith("0 created, 0 updated, 8 unchanged.\n")


def test_what_is_left_out_is_hidden_at_first_and_stays_later(provision: Provision) -> None:
    provision()
    assert (norte().cost_view, norte().cost_markup, norte().sees_personal_data) == ("hidden", None, False)
    provision((NAME, NAME + MARKUP))
    provision()
    assert (norte().cost_view, norte().cost_markup) == ("markup", Decimal("12.5"))


def test_another_view_takes_the_markup_away(provision: Provision) -> None:
    provision((NAME, NAME + MARKUP))
    said = provision((NAME, f'{NAME}  cost_view = "vendor"\n'))
    assert "updated customer acme/fc-norte (cost_view, cost_markup)" in said
    assert (norte().cost_view, norte().cost_markup) == ("vendor", None)


@pytest.mark.parametrize(
    ("written", "markup"),
    [("15", "15"), ("12.5", "12.5"), ("0.1", "0.1"), ("0", "0"), ('"33.3333"', "33.3333")],
)
def test_a_markup_is_exact(provision: Provision, written: str, markup: str) -> None:
    provision((NAME, f'{NAME}  cost_view = "markup"\n  cost_markup = {written}\n'))
    assert norte().cost_markup == Decimal(markup)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ('cost_view = "markup"', "customers[0].cost_view: costs with a markup need one; add cost_markup = 15"),
        ("cost_markup = 15", "customers[0].cost_markup: a markup is for costs that are shown with one; add cost_view"),
        ('cost_view = "hidden"\n  cost_markup = 15', "customers[0].cost_markup: costs that are hidden have no markup"),
        ('cost_view = "all"', "customers[0].cost_view: this must be one of hidden, markup, vendor."),
        ('cost_view = "markup"\n  cost_markup = -1', "cost_markup: Ensure this value is greater than or equal to 0."),
        ('cost_view = "markup"\n  cost_markup = 1.23456', "cost_markup: Ensure that there are no more than 4 decimal"),
        ('cost_view = "markup"\n  cost_markup = nan', "cost_markup: this must be a number, like 15 or 12.5."),
        ('cost_view = "markup"\n  cost_markup = "much"', "cost_markup: this must be a number, like 15 or 12.5."),
        ('cost_view = "markup"\n  cost_markup = true', "cost_markup: this must be a text, not true or false"),
        ('personal_data = "yes"', "customers[0].personal_data: this must be true or false, without quotes."),
    ],
)
def test_one_mistake(provision: Provision, keys: str, said: str) -> None:
    found = problems(provision, (NAME, f"{NAME}  {keys}\n"))
    assert len(found) == 1
    assert said in found[0]
