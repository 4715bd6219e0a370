"""Views whose author said nothing: shut, to customers' tokens and, without a scope, to all."""

from typing import Any

import pytest
from django.test import Client
from django.urls import include, path
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter
from rest_framework.serializers import ModelSerializer
from rest_framework.views import APIView

from reporting.api.base import LIST, TenantViewSet, TokenView
from reporting.models import Customer, Tenant
from tests.support.api import bearer, problem
from tests.support.factories import make_customer


class Named(ModelSerializer):
    class Meta:
        model = Customer
        fields = ["slug"]


class Silent(mixins.ListModelMixin, TenantViewSet):
    """Names its scope, and nothing of customers."""

    model, scope, serializer_class = Customer, "read", Named

    def rows(self) -> Any:
        return Customer.objects.all()


class Opened(Silent):
    """Its list is open; what was added to it later is not."""

    open_to_customers = LIST

    @action(detail=False)
    def added(self, request: Request) -> Response:
        return Response({})

    def create(self, request: Request) -> Response:
        return Response({}, status=201)


class SilentView(TokenView):
    scope = "read"

    def get(self, request: Request) -> Response:
        return Response({})


class Plain(APIView):
    """Not even of our base."""

    scope = "read"

    def get(self, request: Request) -> Response:
        return Response({})


class WithoutScope(TokenView):
    open_to_customers = ("get",)

    def get(self, request: Request) -> Response:
        return Response({})


router = SimpleRouter(trailing_slash=False)
router.register("silent", Silent, "silent")
router.register("opened", Opened, "opened")
made_up = [
    *router.urls,
    path("view", SilentView.as_view()),
    path("plain", Plain.as_view()),
    path("without-scope", WithoutScope.as_view()),
]
urlpatterns = [path("api/v1/", include(made_up))]
pytestmark = pytest.mark.urls(__name__)


@pytest.mark.parametrize("name", ["silent", "view", "plain", "opened/added"])
def test_what_says_nothing_is_shut_to_customers(alice: Tenant, client: Client, name: str) -> None:
    norte = make_customer(alice, "norte")
    for method in (client.get, client.head, client.options):
        assert method(f"/api/v1/{name}", headers=bearer(alice)).status_code == 200
    problem(client.get(f"/api/v1/{name}", headers=bearer(alice, "read", norte)), 404)
    assert client.head(f"/api/v1/{name}", headers=bearer(alice, "read", norte)).status_code == 404


def test_what_is_named_is_open_and_no_more(alice: Tenant, client: Client) -> None:
    norte = make_customer(alice, "norte")
    theirs = bearer(alice, "read,manage", norte)
    assert [row["slug"] for row in client.get("/api/v1/opened", headers=theirs).json()["results"]] == ["norte"]
    assert client.head("/api/v1/opened", headers=theirs).status_code == 200
    assert client.post("/api/v1/opened", headers=bearer(alice, "read,manage")).status_code == 201
    problem(client.post("/api/v1/opened", headers=theirs), 404)
    problem(client.put("/api/v1/opened", headers=theirs), 405)
    problem(client.post("/api/v1/opened", headers=bearer(alice)), 403)  # `scope` is for reading only


def test_without_a_scope_nobody_may(alice: Tenant, client: Client) -> None:
    for headers in (bearer(alice, "read,ppv,sync,manage"), bearer(alice, "read", make_customer(alice, "norte"))):
        assert "names no scope" in problem(client.get("/api/v1/without-scope", headers=headers), 403)["detail"]
