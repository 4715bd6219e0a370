"""`GET /api/v1/ppv-sessions`: personal data, for tokens with the scope `ppv`."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from reporting.models import Tenant
from tests.support.api import bearer, problem
from tests.support.factories import give, make_asset, make_connection, make_customer, make_session


def rows_of(client: Client, tenant: Tenant, words: str = "") -> list[dict]:
    response = client.get(f"/api/v1/ppv-sessions?{words}", headers=bearer(tenant, "ppv"))
    assert response.status_code == 200, response.content
    return response.json()["results"]


def test_it_works(alice: Tenant, client: Client) -> None:
    session = make_session(make_asset(make_connection(alice), "final"), "2026-01-02T12:00:00+00:00")
    assert rows_of(client, alice) == [
        {
            "id": session.pk,
            "connection": "boom",
            "asset": "final",
            "asset_title": "Title of final",
            "access": "order 1001",
            "ip": "192.0.2.1",
            "country": "ES",
            "user_agent": "Firefox",
            "place": "",
            "started_at": "2026-01-02T12:00:00Z",
            "is_future": False,
            "number": 1,
            "left_activations": 2,
        }
    ]


def test_sessions_need_ppv(alice: Tenant, client: Client) -> None:
    problem(client.get("/api/v1/ppv-sessions", headers=bearer(alice, "read,manage")), 403)


def test_an_access_without_a_label_is_its_number(alice: Tenant, client: Client) -> None:
    session = make_session(make_asset(make_connection(alice)), "2026-01-02T12:00:00+00:00", label="")
    (row,) = rows_of(client, alice)
    assert row["access"] == f"access {session.access_id}"
    assert "digest" not in json.dumps(row)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("asset=final", {"a", "b"}),
        ("asset=final,semi", {"a", "b", "c"}),
        ("asset=nothing", set()),
        ("access=order+1002", {"b"}),
        ("customer=norte", {"a"}),
        ("customer=sur", set()),
        ("country=jp", {"b"}),
        ("ip=192.0.2.9", {"c"}),
        ("ip=::ffff:192.0.2.9", {"c"}),
        ("ip=%20192.0.2.9:443", {"c"}),
        ("ip=192.0.2.9,2001:DB8::1", {"c"}),
        ("ip=nobody", set()),
        ("from=2026-01-03", {"b", "c"}),
        ("from=2026-01-03&to=2026-01-03", {"b"}),
        ("country=ES&to=2026-01-02", {"a"}),
    ],
)
def test_filters_of_sessions(alice: Tenant, client: Client, words: str, found: set[str]) -> None:
    boom, norte = make_connection(alice), make_customer(alice, "norte")
    final, semi = make_asset(boom, "final"), make_asset(boom, "semi")
    give(final, norte, None, "2026-01-02")
    make_session(final, "2026-01-02T12:00:00+00:00", user_agent="a")
    make_session(final, "2026-01-03T12:00:00+00:00", label="order 1002", country="JP", user_agent="b")
    make_session(semi, "2026-01-04T12:00:00+00:00", ip="192.0.2.9", user_agent="c")
    rows = rows_of(client, alice, words)
    assert {row["user_agent"] for row in rows} == found


def test_sessions_of_a_customer_are_those_of_its_days(alice: Tenant, client: Client) -> None:
    final, norte = make_asset(make_connection(alice)), make_customer(alice)
    give(final, norte, "2026-01-03")
    for day in (2, 3):
        make_session(final, f"2026-01-0{day}T12:00:00+00:00")
    rows = client.get("/api/v1/ppv-sessions", headers=bearer(alice, "ppv", norte)).json()["results"]
    assert [row["started_at"] for row in rows] == ["2026-01-03T12:00:00Z"]


def test_pages_of_sessions_that_started_at_once(alice: Tenant, client: Client) -> None:
    final, headers = make_asset(make_connection(alice)), bearer(alice, "ppv")
    start = datetime(2026, 1, 2, 12, tzinfo=UTC)
    for number in range(4):
        make_session(final, (start + timedelta(hours=number // 3)).isoformat(), user_agent=f"agent {number}")
    seen, address = [], "/api/v1/ppv-sessions?limit=2"
    while address:
        page = client.get(address, headers=headers).json()
        seen += [row["user_agent"] for row in page["results"]]
        address = page["next"]
    assert seen == ["agent 3", "agent 2", "agent 1", "agent 0"]


def test_what_is_alike_or_in_the_future_says_so(alice: Tenant, client: Client) -> None:
    final = make_asset(make_connection(alice))
    make_session(final, "2026-01-02T12:00:00+00:00")
    make_session(final, "2026-01-02T12:00:00+00:00", number=2)
    make_session(final, "2030-01-02T12:00:00+00:00", is_future=True)
    assert [(row["number"], row["is_future"]) for row in rows_of(client, alice)] == [(1, True), (2, False), (1, False)]
