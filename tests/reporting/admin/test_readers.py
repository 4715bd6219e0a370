"""The console says who sees costs and personal data: forms, and what a person of the platform may give away."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from reporting.models import ApiToken, Customer, Membership, PpvAccess, Tenant, User
from reporting.tenancy.scoping import tenant_scope
from tests.support.factories import make_asset, make_connection, make_customer

CHARLIE = {"name": "Charlie", "slug": "charlie"}


@pytest.fixture
def helper(db: None) -> Client:
    """Somebody of the platform who may do everything but see viewers' sessions."""
    user = User.objects.create_user("helper@viewledger.example", is_staff=True)
    user.user_permissions.set(Permission.objects.exclude(codename="view_ppvsession"))
    client = Client()
    client.force_login(user)
    return client


def test_it_works(staff: Client, alice: Tenant) -> None:
    form = CHARLIE | {"tenant": alice.pk, "cost_view": "markup", "cost_markup": "12.5", "sees_personal_data": "on"}
    assert staff.post(reverse("admin:reporting_customer_add"), form).status_code == 302
    with tenant_scope(alice):
        charlie = Customer.objects.get()
    assert (charlie.cost_view, charlie.cost_markup, charlie.sees_personal_data) == ("markup", Decimal("12.5"), True)
    assert "With a markup of 12.5 %" in staff.get(reverse("admin:reporting_customer_changelist")).content.decode()


@pytest.mark.parametrize(
    ("view", "markup", "said"),
    [
        ("markup", "", "Give the per cent that are put on top"),
        ("hidden", "15", "Only costs that are shown with a markup have one"),
        ("vendor", "0", "Only costs that are shown with a markup have one"),
        ("markup", "-1", "greater than or equal to 0"),
        ("markup", "x", "Enter a number"),
    ],
)
def test_a_markup_that_is_none_is_refused(staff: Client, alice: Tenant, view: str, markup: str, said: str) -> None:
    form = CHARLIE | {"tenant": alice.pk, "cost_view": view, "cost_markup": markup}
    answer = staff.post(reverse("admin:reporting_customer_add"), form)
    assert said in str(answer.context["adminform"].form.errors["cost_markup"])
    with tenant_scope(alice):
        assert not Customer.objects.exists()


def test_a_membership_is_given_the_right(staff: Client, alice: Tenant) -> None:
    user = User.objects.create_user("analyst@alice.example")
    form = {"tenant": alice.pk, "user": user.pk, "role": "analyst", "customer": ""}
    for given in ({}, {"sees_personal_data": "on"}):
        staff.post(reverse("admin:reporting_membership_add"), form | given)
        with tenant_scope(alice):
            assert Membership.objects.get().sees_personal_data == bool(given)
            Membership.objects.all().delete()


def test_who_sees_no_personal_data_makes_no_token_that_does(helper: Client, staff: Client, alice: Tenant) -> None:
    form = {"tenant": alice.pk, "name": "export", "customer": "", "scopes": ["read", "ppv"]}
    answer = helper.post(reverse("admin:reporting_apitoken_add"), form)
    assert "ppv is not one of the available choices" in str(answer.context["adminform"].form.errors["scopes"])
    assert helper.post(reverse("admin:reporting_apitoken_add"), form | {"scopes": ["read"]}).status_code == 200
    staff.post(reverse("admin:reporting_apitoken_add"), form)
    with tenant_scope(alice):
        assert sorted(token.scopes for token in ApiToken.objects.all()) == [["read"], ["read", "ppv"]]


def test_who_holds_an_access_is_personal_data(helper: Client, staff: Client, alice: Tenant) -> None:
    make_customer(alice)
    asset = make_asset(make_connection(alice))
    with tenant_scope(alice):
        access = PpvAccess.objects.create(
            tenant=alice, asset=asset, label="order 1", holder="mr-smith@example.org", digest="d"
        )
    addresses = [
        reverse("admin:reporting_ppvaccess_changelist"),
        reverse("admin:reporting_ppvaccess_change", args=[access.pk]),
    ]
    for address in addresses:
        assert "mr-smith" in staff.get(address).content.decode()
        assert "mr-smith" not in helper.get(address).content.decode()
    found = {client: client.get(addresses[0], {"q": "mr-smith"}).content.decode() for client in (staff, helper)}
    assert ["order 1" in found[staff], "order 1" in found[helper]] == [True, False]
