"""A page whose author did not say who may see it is nobody's."""

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from reporting.models import Customer, Membership, Tenant, User
from reporting.tenancy.access import Right
from reporting.tenancy.checks import check_pages_are_opened
from reporting.tenancy.decorators import for_customer, for_members, for_tenant, needs
from reporting.tenancy.requests import TenantRequest
from reporting.tenancy.scoping import tenant_scope
from tests.support.factories import make_customer


def said(request: HttpRequest, tenant: str) -> HttpResponse:
    return HttpResponse("seen")


@never_cache
@require_safe
def silent(request: HttpRequest, tenant: str) -> HttpResponse:
    return HttpResponse("seen")


@never_cache
@require_safe
@for_tenant
def tenants(request: TenantRequest) -> HttpResponse:
    return HttpResponse(request.access.tenant.slug)


@for_members
def members(request: TenantRequest) -> HttpResponse:
    return HttpResponse("seen")


@for_customer
def customers(request: TenantRequest, customer: Customer, number: int) -> HttpResponse:
    return HttpResponse(f"{customer.name} {number}")


@for_tenant
@needs(Right.PERSONAL_DATA)
def personal(request: TenantRequest) -> HttpResponse:
    return HttpResponse("seen")


made_up = [
    path("said/", said),
    path("silent/", silent),
    path("tenants/", tenants),
    path("members/", members),
    path("c/<slug:customer>/<int:number>/", customers),
    path("personal/", personal),
]
urlpatterns = [
    path("t/<slug:tenant>/", include(made_up)),
    path("accounts/", include("allauth.urls")),
    path("", silent, name="home"),
]
handler404 = "reporting.api.problems.not_found"


@pytest.fixture
def norte(alice: Tenant) -> Customer:
    return make_customer(alice, "norte")


def enter(tenant: Tenant, role: str, customer: Customer | None = None) -> Client:
    user = User.objects.create_user(f"{role}@{tenant.slug}.example")
    with tenant_scope(tenant):
        Membership.objects.create(tenant=tenant, user=user, role=role, customer=customer)
    return signed_in(user)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("name", ["said", "silent"])
def test_a_page_that_says_nothing_is_nobodys(alice: Tenant, norte: Customer, name: str) -> None:
    superuser = User.objects.create_superuser("super@viewledger.example")
    for client in (enter(alice, "manager"), enter(alice, "customer", norte), signed_in(superuser)):
        assert client.get("/t/alice/members/").status_code == 200
        answer = client.get(f"/t/alice/{name}/")
        assert answer.status_code == 404
        assert b"seen" not in answer.content


@pytest.mark.urls(__name__)
def test_its_author_learns_of_it_at_start() -> None:
    assert [message.msg.split()[2] for message in check_pages_are_opened()] == [
        "t/<slug:tenant>/said/",
        "t/<slug:tenant>/silent/",
    ]


def test_every_page_that_is_there_says_who_may_see_it() -> None:
    assert check_pages_are_opened() == []


@pytest.mark.urls(__name__)
def test_whom_the_decorators_let_in(alice: Tenant, bob: Tenant, norte: Customer) -> None:
    make_customer(alice, "sur")
    manager, member, other = enter(alice, "manager"), enter(alice, "customer", norte), enter(bob, "manager")
    table = {
        "tenants/": (200, 404),
        "members/": (200, 200),
        "c/norte/7/": (200, 200),
        "c/sur/7/": (200, 404),
        "c/nobody/7/": (404, 404),
        "personal/": (200, 404),
    }
    for address, codes in table.items():
        assert tuple(client.get(f"/t/alice/{address}").status_code for client in (manager, member)) == codes, address
        assert other.get(f"/t/alice/{address}").status_code == 404
    assert manager.get("/t/alice/tenants/").content == b"alice"
    assert member.get("/t/alice/c/norte/7/").content == b"Norte 7"
    assert enter(alice, "analyst").get("/t/alice/personal/").status_code == 404
