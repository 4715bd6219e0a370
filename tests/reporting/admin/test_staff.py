"""Platform staff see in the console what their permissions name, and nothing where they have none."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from reporting.models import SyncRun, Tenant, User
from reporting.tenancy.scoping import tenant_scope
from tests.support.console import console_models
from tests.support.factories import make_connection

SECRET_NAME = "Boomstream of Alice"


@pytest.fixture
def run(alice: Tenant) -> SyncRun:
    """A failed run of a connection that needs attention: both are on the first page."""
    boom = make_connection(alice, "boom", name=SECRET_NAME, state="needs_attention")
    with tenant_scope(alice):
        return SyncRun.objects.create(tenant=alice, connection=boom, state="failed")


def enter(*permissions: str) -> Client:
    user = User.objects.create_user("staff@viewledger.example", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


def test_it_works(run: SyncRun) -> None:
    client = enter("view_connection", "view_syncrun")
    assert client.get("/admin/").content.decode().count(SECRET_NAME) == 2
    assert SECRET_NAME in client.get(reverse("admin:reporting_connection_changelist")).content.decode()


@pytest.mark.parametrize("permissions", [(), ("view_connection",), ("view_syncrun",)])
def test_the_first_page_needs_what_its_lists_need(run: SyncRun, permissions: tuple[str, ...]) -> None:
    page = enter(*permissions).get("/admin/")
    assert page.status_code == 200
    assert SECRET_NAME not in page.content.decode()


def test_without_permissions_nothing_opens(alice: Tenant, run: SyncRun) -> None:
    client = enter()
    for model in console_models():
        for page in ("changelist", "add"):
            name = f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}"
            assert client.get(reverse(name)).status_code == 403, name
    for model, field in (("ppvaccess", "asset"), ("membership", "user")):
        query = f"app_label=reporting&model_name={model}&field_name={field}&term="
        assert client.get(f"/admin/autocomplete/?{query}").status_code == 403, model
    for address in ("/admin/reporting/syncrun/", "/admin/reporting/connection/"):
        assert client.get(f"{address}{run.pk}/change/").status_code == 403
    assert client.get("/admin/facts/?tenant=1&metric=plays&interval=day").status_code == 403
    assert client.get("/admin/reporting/").status_code == 404
    for words in ("boom", "Alice", "tenant"):
        found = client.get(f"/admin/search/?s={words}").content.decode()
        assert SECRET_NAME not in found
        assert "/admin/reporting/" not in found
