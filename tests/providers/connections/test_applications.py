"""A connection's applications are chosen from the vendor's own list, in the console, over HTTP to the vendor."""

import json

import pytest
from django.test import Client
from django.urls import reverse

from providers.connections.applications import listed
from providers.sandbox import Sandbox
from providers.sandbox.vendors.scaleengine.accounts import APPS
from providers.toolkit.errors import AskPerson, Unreadable
from providers.toolkit.requests import Answer, Request
from reporting.models import Connection, Tenant
from reporting.tenancy.scoping import tenant_scope
from tests.support.answers import answers_change
from tests.support.line import connect, fault


def page_of(connection: Connection) -> str:
    return f"{reverse('admin:reporting_connection_change', args=[connection.pk]).removesuffix('change/')}applications/"


def apps_of(connection: Connection) -> list[str]:
    with tenant_scope(connection.tenant_id):
        return list(Connection.objects.get(pk=connection.pk).options["apps"])


def test_it_works(staff: Client, alice: Tenant, sandbox: Sandbox) -> None:
    """From the connection's form to the options that the next sync asks for."""
    first, second = APPS["north"]
    connection = connect(alice, sandbox, "scaleengine", options={"apps": [first, "typed-before"]})
    form = staff.get(reverse("admin:reporting_connection_change", args=[connection.pk])).content.decode()
    assert page_of(connection) in form
    page = staff.get(page_of(connection)).content.decode()
    assert f'value="{first}" checked' in page
    assert f'value="{second}">' in page
    assert 'value="typed-before"' in page
    answer = staff.post(page_of(connection), {"app": [second], "more": "by-hand, by-hand"})
    assert answer.status_code == 302
    assert apps_of(connection) == [second, "by-hand"]


def test_they_are_chosen_also_where_the_credentials_can_not_be_opened(
    staff: Client, alice: Tenant, sandbox: Sandbox
) -> None:
    """The page says why there is no list, and keeps what is typed."""
    connection = connect(alice, sandbox, "scaleengine", options={"apps": ["one"]})
    with tenant_scope(alice):
        Connection.objects.update(sealed_credentials="of another key")
    assert "The list can’t be read" in staff.get(page_of(connection)).content.decode()
    assert staff.post(page_of(connection), {"more": "two"}).status_code == 302
    assert apps_of(connection) == ["two"]


def test_none_is_refused(staff: Client, alice: Tenant, sandbox: Sandbox) -> None:
    connection = connect(alice, sandbox, "scaleengine", options={"apps": ["one"]})
    answer = staff.post(page_of(connection), {"more": " , "})
    assert "Choose at least one" in answer.content.decode()
    assert apps_of(connection) == ["one"]


def test_names_are_typed_where_the_list_can_not_be_read(
    staff: Client, alice: Tenant, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = connect(alice, sandbox, "scaleengine", options={"apps": ["one"]})
    fault(sandbox, provider="scaleengine", kind="failed_status", code="0001")
    page = staff.get(page_of(connection)).content.decode()
    assert "The list can’t be read" in page
    assert 'value="one"' in page
    assert connection.credentials["secret"] not in page


@pytest.mark.parametrize(
    "body",
    [
        {"status": "success", "apps": ["one", "two"]},
        {"status": "success", "apps": {"0": {"app": "one"}, "2": {"app": "two"}}},
        {"status": "success", "count": 2, "applications": [{"app_name": "one"}, {"app_name": "two"}]},
    ],
)
def test_any_list_of_names_is_read(
    alice: Tenant, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, body: dict[str, object]
) -> None:
    connection = connect(alice, sandbox, "scaleengine")
    answers_change(monkeypatch, lambda request, answer: json.dumps(body).encode())
    assert listed(connection) == ["one", "two"]


def test_the_other_command_is_tried(alice: Tenant, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    connection = connect(alice, sandbox, "scaleengine")

    def unknown(request: Request, answer: Answer) -> bytes | None:
        is_first = "video.getapps" in str(request.form)
        return b'{"status":"failure","message":"Unknown command","code":"0000"}' if is_first else None

    answers_change(monkeypatch, unknown)
    assert listed(connection) == APPS["north"]
    with monkeypatch.context() as patch:
        answers_change(patch, lambda request, answer: b'{"status":"success","apps":[]}')
        with pytest.raises(Unreadable, match="lists no applications"):
            listed(connection)


def test_wrong_credentials_are_said(alice: Tenant, sandbox: Sandbox) -> None:
    connection = connect(alice, sandbox, "scaleengine", credentials={"secret": "of-another-account"})
    with pytest.raises(AskPerson, match="The private key is wrong"):
        listed(connection)


def test_other_providers_have_no_such_page(staff: Client, alice: Tenant, sandbox: Sandbox) -> None:
    connection = connect(alice, sandbox, "boomstream")
    assert staff.get(page_of(connection)).status_code == 404
    assert (
        "applications/"
        not in staff.get(reverse("admin:reporting_connection_change", args=[connection.pk])).content.decode()
    )
