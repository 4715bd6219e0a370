"""Connections over the API: made, changed, their feeds and what these cost, as a client does it."""

import json
from datetime import date, timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from providers.sandbox import Sandbox
from reporting.models import Connection, FeedProgress, Tenant
from reporting.tenancy.scoping import all_tenants, tenant_scope
from tests.support.api import bearer, problem
from tests.support.factories import make_asset, make_customer
from tests.support.line import connect, ledger, run

NEW = {
    "slug": "boom",
    "name": "Boomstream",
    "provider": "boomstream",
    "history_from": "2026-01-01",
    "reread_every": "0",
    "credentials": {"apikey": "a-secret-key"},
    "options": {"project": "all"},
    "feeds": ["target.hour", "-live"],
}
Ask = Any  # (method, address, body) -> response


@pytest.fixture
def ask(alice: Tenant, client: Client) -> Ask:
    headers = bearer(alice, "read,manage")

    def send(method: str, address: str, body: Any = None) -> HttpResponse:
        text = json.dumps(body) if body is not None else ""
        return client.generic(method, f"/api/v1/{address}", text, content_type="application/json", headers=headers)

    return send


def stored() -> Connection:
    with all_tenants():
        return Connection.objects.get()


def test_it_works(ask: Ask, alice: Tenant) -> None:
    answer = ask("POST", "connections", NEW)
    assert answer.status_code == 201
    shown, connection = answer.json(), stored()
    assert answer["Location"] == f"/api/v1/connections/{connection.pk}"
    assert (shown["feeds"], shown["requests_a_day"], shown["warnings"]) == (["target.hour", "-live"], 120, [])
    assert "a-secret-key" not in answer.content.decode()
    assert connection.credentials == {"apikey": "a-secret-key"}
    assert (connection.tenant_id, connection.time_zone, connection.state) == (alice.pk, "Europe/Moscow", "active")
    assert (connection.history_from, connection.reread_every) == (date(2026, 1, 1), timedelta(0))
    assert ask("GET", f"connections/{connection.pk}").json()["feeds"] == ["target.hour", "-live"]


def test_a_change_of_feeds_counts_at_once(ask: Ask, alice: Tenant, sandbox: Sandbox) -> None:
    """And the next sync asks for it."""
    connection = connect(alice, sandbox, "boomstream", days=3)
    run(connection)
    answer = ask("PATCH", f"connections/{connection.pk}", {"feeds": ["target.hour"]})
    assert answer.status_code == 200, answer.content
    with tenant_scope(alice):
        assert FeedProgress.objects.filter(feed="target.hour", is_chosen=True).count() == 3
    run(connection)
    assert ledger(connection, interval="hour")
    ask("PATCH", f"connections/{connection.pk}", {"feeds": []})
    with tenant_scope(alice):
        assert not FeedProgress.objects.filter(feed="target.hour", is_chosen=True).exists()


def test_what_is_left_out_stays(ask: Ask) -> None:
    ask("POST", "connections", NEW)
    before = stored()
    answer = ask("PATCH", f"connections/{before.pk}", {"name": "Another", "sync_every": "06:00:00"})
    after = stored()
    assert (after.name, after.sync_every, answer.json()["requests_a_day"]) == ("Another", timedelta(hours=6), 20)
    for name in ("slug", "options", "feeds", "sealed_credentials", "history_from", "reread_every", "time_zone"):
        assert getattr(after, name) == getattr(before, name), name
    ask("PATCH", f"connections/{before.pk}", {"credentials": {"apikey": "another-key"}, "sync_every": None})
    assert (stored().credentials, stored().sync_every) == ({"apikey": "another-key"}, None)
    ask("PATCH", f"connections/{before.pk}", {"options": {}})
    assert stored().options == {}


def test_options_that_are_true_or_false(ask: Ask) -> None:
    keys = {"merchant_id": "m", "api_key": "k", "token": "t"}
    options = {"groups": ["country"], "groups_of_media": True}
    answer = ask(
        "POST", "connections", NEW | {"provider": "smartstream", "credentials": keys, "options": options, "feeds": []}
    )
    assert answer.status_code == 201, answer.content
    assert stored().options == options


@pytest.mark.parametrize(
    ("change", "name", "says"),
    [
        ({"feeds": ["taget.hour"]}, "feeds", "Boomstream has no feed “taget.hour”. Did you mean target.hour?"),
        ({"feeds": ["*.week", "target.day"]}, "feeds", "Boomstream has no feed “*.week”."),
        ({"feeds": ["-*"]}, "feeds", "No feed is left to sync."),
        ({"feeds": [1]}, "feeds", "feeds is a list of names or globs."),
        ({"feeds": "target.day"}, "feeds", "This is a list of names or globs."),
        ({"provider": "vimeo"}, "provider", "There is no provider “vimeo”"),
        ({"credentials": {}}, "credentials", "apikey: The credential apikey is missing."),
        ({"credentials": {"key": "x"}}, "credentials", "key: There is no such key; there are apikey, project_apikey."),
        ({"credentials": "x"}, "credentials", "This is an object."),
        ({"options": {"project": "mine"}}, "options", "project: "),
        ({"options": {"project": ["all"]}}, "options", "project: This is a text."),
        ({"options": {"apps": ["a"]}}, "options", "apps: There is no such key; there are project."),
        ({"base_url": "http://127.0.0.1:1"}, "base_url", ""),
        ({"currency": "EURO"}, "currency", ""),
        ({"time_zone": "Mars/One"}, "time_zone", "“Mars/One” is no time zone"),
        ({"history_from": "yesterday"}, "history_from", "Enter a valid date."),
        ({"sync_every": [1]}, "sync_every", "This is a text or a whole number."),
        ({"slug": "no slug"}, "slug", ""),
        ({"name": ""}, "name", "This field is required."),
        ({"feed": []}, "feed", "There is no such key; there are base_url, credentials"),
    ],
)
def test_what_is_wrong_is_named(ask: Ask, settings: Any, change: dict[str, Any], name: str, says: str) -> None:
    settings.ALLOW_PRIVATE_PROVIDER_URLS = False
    body = problem(ask("POST", "connections", NEW | change), 400)
    (texts,) = [texts for key, texts in body["errors"].items() if key == name]
    assert texts[0].startswith(says)
    with all_tenants():
        assert not Connection.objects.exists()


def test_a_change_that_is_wrong_changes_nothing(ask: Ask, alice: Tenant, sandbox: Sandbox) -> None:
    ask("POST", "connections", NEW)
    connection = stored()
    for body in ({"feeds": ["no.such"], "name": "X"}, {"provider": "callfire"}, {"credentials": {"x": "y"}}, []):
        problem(ask("PATCH", f"connections/{connection.pk}", body), 400)
    after = stored()
    assert (after.name, after.feeds) == (connection.name, connection.feeds)
    twice = problem(ask("POST", "connections", NEW), 400)
    assert twice["errors"] == {"slug": ["There is a connection “boom” already; choose another slug."]}
    synced = connect(alice, sandbox, "boomstream", days=2)
    run(synced)
    fixed = problem(ask("PATCH", f"connections/{synced.pk}", {"time_zone": "UTC"}), 400)
    assert fixed["errors"] == {"time_zone": ["The time zone is fixed: figures were stored with it."]}
    taken = problem(ask("PATCH", f"connections/{synced.pk}", {"slug": "boom"}), 400)
    assert "slug" in taken["errors"]


def test_what_each_feed_costs(ask: Ask, alice: Tenant) -> None:
    ask("POST", "connections", NEW)
    connection = stored()
    make_asset(connection, "one")
    answer = ask("GET", f"connections/{connection.pk}/feeds").json()
    feeds = {feed["name"]: feed for feed in answer["results"]}
    assert feeds["target.hour"] == {
        "name": "target.hour",
        "default": False,
        "per": "asset",
        "kinds": ["video", "live", "playlist"],
        "metrics": ["watch_time"],
        "intervals": ["hour"],
        "dimensions": [],
        "chosen": True,
        "requests_a_day": 24,
    }
    assert (feeds["live"]["default"], feeds["live"]["chosen"]) == (True, False)
    chosen = [feed["requests_a_day"] for feed in feeds.values() if feed["chosen"]]
    assert answer["requests_a_day"] == sum(chosen)
    assert (answer["requests_a_day_left"], answer["warnings"]) == (None, [])


def test_a_limit_that_can_not_carry_them_is_told(ask: Ask) -> None:
    keys = {"merchant_id": "m", "api_key": "k", "token": "t"}
    new = NEW | {"provider": "smartstream", "credentials": keys, "options": {"groups_of_media": True}, "feeds": ["*"]}
    assert ask("POST", "connections", new).json()["warnings"] == []
    connection = stored()
    for number in range(20):
        make_asset(connection, f"media-{number}")
    (warning,) = ask("PATCH", f"connections/{connection.pk}", {}).json()["warnings"]
    assert warning.startswith("SmartSTREAM takes 50 requests in 60 s")
    answer = ask("GET", f"connections/{connection.pk}/feeds").json()
    assert answer["warnings"] == [warning]
    assert answer["requests_a_day"] > answer["requests_a_day_left"] == 70_819


def test_it_is_closed_to_others(client: Client, alice: Tenant, bob: Tenant, ask: Ask) -> None:
    ask("POST", "connections", NEW)
    address = f"/api/v1/connections/{stored().pk}"
    for headers, status in (
        (bearer(alice, "read,sync"), 403),
        (bearer(bob, "read,manage"), 404),
        (bearer(alice, "read,manage", customer=make_customer(alice)), 404),
    ):
        answer = client.patch(address, {"name": "X"}, content_type="application/json", headers=headers)
        assert answer.status_code == status
    assert stored().name == "Boomstream"
    customers = bearer(alice, "read", customer=make_customer(alice, "sur"))
    assert client.get(f"{address}/feeds", headers=customers).status_code == 404
