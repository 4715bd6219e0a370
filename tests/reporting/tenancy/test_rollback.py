"""What ends with an error status leaves nothing behind in the database, wherever it was asked for; what succeeds stays."""

from typing import Any

import pytest
from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from reporting.api.base import TokenView
from reporting.models import Customer, Tenant, User
from reporting.tenancy.decorators import for_tenant
from reporting.tenancy.requests import TenantRequest
from reporting.tenancy.scoping import all_tenants, current_tenant_id
from tests.support.api import bearer
from tests.support.pages import Enter

REFUSALS = [400, 403, 404, 409, 422, 429, 500, 503]


def make(tenant_id: int) -> None:
    Customer.objects.create(tenant_id=tenant_id, slug="made", name="Made")


@for_tenant
def page(request: TenantRequest, status: int) -> HttpResponse:
    make(request.access.tenant.pk)
    return HttpResponse(status=status)


@for_tenant
def raising(request: TenantRequest, status: int) -> HttpResponse:
    make(request.access.tenant.pk)
    raise Http404


def console(request: HttpRequest, status: int) -> HttpResponse:
    make(Tenant.objects.get(slug="alice").pk)
    return HttpResponse(status=status)


class Answering(TokenView):
    scope = scope_to_write = "manage"

    def post(self, request: Request, status: int) -> Response:
        make(current_tenant_id() or 0)
        return Response({}, status=status)


class Raising(Answering):
    def post(self, request: Request, status: int) -> Response:
        make(current_tenant_id() or 0)
        error: APIException = ValidationError({"slug": ["It is wrong."]})
        error.status_code = status
        raise error


urlpatterns = [
    path("t/<slug:tenant>/page/<int:status>", page),
    path("t/<slug:tenant>/raising/<int:status>", raising),
    path("admin/made/<int:status>", admin.site.admin_view(console)),
    path("admin/", admin.site.urls),
    path("api/v1/answering/<int:status>", Answering.as_view()),
    path("api/v1/raising/<int:status>", Raising.as_view()),
    path("", page, name="home"),
]
handler404 = "reporting.api.problems.not_found"
pytestmark = pytest.mark.urls(__name__)


def made() -> int:
    with all_tenants():
        return Customer.objects.count()


@pytest.fixture
def send(alice: Tenant, enter: Enter) -> Any:
    """Asks for an address as whoever may, and returns the status."""
    headers, clients = bearer(alice, "manage"), {"t": enter(alice), "api": Client(), "admin": Client()}
    clients["admin"].force_login(User.objects.create_superuser("staff@viewledger.example"))

    def send(address: str) -> int:
        client = clients[address.split("/")[1]]
        client.raise_request_exception = False
        return client.post(address, headers=headers if address.startswith("/api/") else {}).status_code

    return send


@pytest.mark.parametrize("address", ["/t/alice/page", "/admin/made", "/api/v1/answering"])
def test_it_works(send: Any, address: str) -> None:
    assert send(f"{address}/200") == 200
    assert made() == 1


@pytest.mark.parametrize("status", REFUSALS)
@pytest.mark.parametrize("address", ["/t/alice/page", "/admin/made", "/api/v1/answering", "/api/v1/raising"])
def test_a_refusal_undoes_what_came_before_it(send: Any, address: str, status: int) -> None:
    assert send(f"{address}/{status}") == status
    assert made() == 0


def test_an_exception_does_too(send: Any) -> None:
    assert send("/t/alice/raising/404") == 404
    assert made() == 0
