"""`GET /api/v1/providers`: what a client needs to offer a form for a connection."""

import pytest
from django.test import Client

from providers import registry
from reporting.models import ApiToken, Tenant
from reporting.tenancy.scoping import tenant_scope


@pytest.fixture
def bearer(alice: Tenant) -> dict[str, str]:
    with tenant_scope(alice):
        return {"Authorization": f"Bearer {ApiToken.issue(tenant=alice, scopes=['read'])[1]}"}


def test_it_works(client: Client, bearer: dict[str, str]) -> None:
    answer = client.get("/api/v1/providers", headers=bearer)
    assert answer.status_code == 200
    assert answer.json()["next"] is None
    found = {provider["slug"]: provider for provider in answer.json()["results"]}
    assert list(found) == list(registry.all_providers())
    assert found["callfire"]["credentials"] == [
        {
            "name": "login",
            "label": "API login",
            "help": "Of an API credential: Settings, API Access.",
            "secret": False,
            "required": True,
        },
        {
            "name": "password",
            "label": "API password",
            "help": "Shown when the API credential is made.",
            "secret": True,
            "required": True,
        },
    ]
    assert found["boomstream"]["time_zone"] == "Europe/Moscow"
    (apps,) = found["scaleengine"]["options"]
    assert (apps["name"], apps["type"], apps["required"]) == ("apps", "list", True)
    assert any(feed["default"] and feed["metrics"] == ["watch_time"] for feed in found["boomstream"]["feeds"])


def test_it_is_read_only_and_needs_a_token(client: Client, bearer: dict[str, str]) -> None:
    assert client.get("/api/v1/providers").status_code == 401
    for method in (client.post, client.put, client.patch, client.delete):
        assert method("/api/v1/providers", headers=bearer).status_code == 405


def test_feeds_say_what_they_are_of(client: Client, bearer: dict[str, str]) -> None:
    answer = client.get("/api/v1/providers", headers=bearer)
    found = {provider["slug"]: provider for provider in answer.json()["results"]}
    feeds = {feed["name"]: feed for feed in found["smartstream"]["feeds"]}
    assert len(feeds) == 6 * 7 * 4 + 2
    assert [name for name, feed in feeds.items() if feed["default"] and not name.endswith(".all.day")] == [
        "device_count.all.month"
    ]
    split = feeds["play_count.country.hour"]
    assert (split["metrics"], split["intervals"], split["dimensions"]) == (["plays"], ["hour"], ["country"])
    assert {option["name"]: option["type"] for option in found["smartstream"]["options"]} == {
        "groups": "list",
        "groups_of_media": "boolean",
    }
