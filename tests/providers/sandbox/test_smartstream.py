"""SmartSTREAM: log-in, refusals, the 50 requests a minute, and how its 7 × 7 × 4 aggregations fit together."""

from datetime import timedelta
from itertools import product

import pytest
import requests

from providers.sandbox import Sandbox
from providers.sandbox.accounts import ACCOUNTS, external_ids
from providers.sandbox.vendors.smartstream.figures import GROUPS, INTERVALS, TARGETS
from tests.support.vendors import NOON, STREAKS, Client

OWN = ACCOUNTS["north"]["smartstream"]
LOGIN = {"mail_address": OWN["mail_address"], "password": OWN["password"]}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def figures(client: Client, key: str = "all", **query: str) -> dict[str, int]:
    return {row["date"]: row.get(key, 0) for row in client.smartstream(**query).json()}


def test_it_works(client: Client) -> None:
    answer = client.post(f"{STREAKS}/auth-token/", json=LOGIN).json()
    assert answer["expiration"] == "2026-01-20T13:00:00.000Z"
    rows = client.smartstream(headers=bearer(answer["token"])).json()
    assert [row["date"] for row in rows] == ["2026/01/10", "2026/01/11", "2026/01/12"]
    assert all(row.keys() == {"date", "all"} and row["all"] > 0 for row in rows)


def test_a_token_lives_an_hour(client: Client) -> None:
    token = client.post(f"{STREAKS}/auth-token/", json=LOGIN).json()["token"]
    client.sandbox.pinned = NOON + timedelta(minutes=61)
    assert client.smartstream(headers=bearer(token)).status_code == 401
    assert client.smartstream(headers=bearer(OWN["token"])).status_code == 200  # the fixed one stays


def test_refusals(client: Client) -> None:
    south = ACCOUNTS["south"]["smartstream"]
    assert client.smartstream(headers=bearer("wrong")).status_code == 401
    assert client.smartstream(headers={"X-Streaks-Api-Key": "wrong"}).status_code == 401
    assert client.smartstream(headers={"X-Streaks-Api-Key": south["api_key"]}).status_code == 401
    assert client.smartstream(headers=bearer(south["token"])).status_code == 401
    wrong = client.post(f"{STREAKS}/auth-token/", json=LOGIN | {"password": "wrong"})
    assert (wrong.status_code, wrong.json()["code"]) == (401, "UNAUTHORIZED")
    assert client.post(f"{STREAKS}/auth-token/", data="{").status_code == 400
    assert client.post(f"{STREAKS}/auth-token", json=LOGIN).status_code == 404  # the slash is needed
    assert client.smartstream(media_id=external_ids("south", "smartstream", 1)[0][0]).json() == []


@pytest.mark.parametrize(
    "wrong",
    [{"target": "views"}, {"interval": "week"}, {"group": "city"}, {"from": "2026-01-01"}, {"from": "20260201000000"}],
)
def test_bad_requests(client: Client, wrong: dict[str, str]) -> None:
    answer = client.smartstream(**wrong)
    assert (answer.status_code, answer.json()["code"]) == (400, "BAD_REQUEST")


def test_every_combination_is_served_but_the_forbidden(client: Client) -> None:
    media = external_ids("north", "smartstream", 1)[0][0]
    for target, group, interval in product(TARGETS, GROUPS, INTERVALS):
        period = {"from": "20260110120000", "to": "20260110125959"}
        answer = client.smartstream(media_id=media, target=target, group=group, interval=interval, **period)
        forbidden = target == "key_delivery_count" and (group != "all" or interval in ("hour", "minute"))
        assert answer.status_code == (400 if forbidden else 200), (target, group, interval)
        assert forbidden or answer.json()


def test_parts_sum_to_the_whole(client: Client) -> None:
    days = figures(client)
    hours, minutes = figures(client, interval="hour"), figures(client, interval="minute")
    for day, total in days.items():
        assert sum(count for hour, count in hours.items() if hour.startswith(day)) == total
        assert sum(count for minute, count in minutes.items() if minute.startswith(day)) == total
    assert len(minutes) < 3 * 1440  # minutes with nothing are left out
    for group in GROUPS:
        rows = client.smartstream(group=group).json()
        assert {row["date"]: sum(row[key] for key in row if key != "date") for row in rows} == days
    month = figures(client, interval="month", **{"from": "20251201000000", "to": "20251231235959"})
    december = figures(client, **{"from": "20251201000000", "to": "20251231235959"})
    assert month == {"2025/12": sum(december.values())}


def test_the_merchant_is_at_least_its_media(client: Client) -> None:
    media = [row[0] for row in external_ids("north", "smartstream", 6)]
    for query in ({}, {"group": "country", "key": "JP"}, {"interval": "hour"}):
        merchant, parts = figures(client, **query), [figures(client, media_id=one, **query) for one in media]
        assert all(total >= sum(part.get(time, 0) for part in parts) for time, total in merchant.items())


def test_devices_do_not_add_up(client: Client) -> None:
    period = {"from": "20251201000000", "to": "20251231235959", "target": "device_count"}
    days = figures(client, **period)
    (month,) = figures(client, interval="month", **period).values()
    assert max(days.values()) <= month < sum(days.values())


def test_days_are_tokyos(client: Client) -> None:
    period = {"from": "20260120000000", "to": "20260121235959", "interval": "hour"}
    assert max(figures(client, **period)) == "2026/01/20 21:00"


def test_three_shapes_of_a_group(client: Client) -> None:
    (one, *_) = client.smartstream(group="os").json()
    client.fault(smartstream_shape=2)
    (two, *_) = client.smartstream(group="os").json()
    client.fault(smartstream_shape=3)
    (three, *_) = client.smartstream(group="os").json()
    counts = {key: count for key, count in one.items() if key != "date"}
    assert two["os"] == counts
    assert {entry["os"]: entry["count"] for entry in three["os"]} == counts
    assert client.fault(smartstream_shape=4).status_code == 400


def test_fifty_a_minute_for_each_key(http: requests.Session) -> None:
    with Sandbox(now=NOON) as sandbox:
        client = Client(sandbox, http)
        client.post(f"{STREAKS}/auth-token/", json=LOGIN)  # counts
        assert client.smartstream(headers=bearer("wrong")).status_code == 401  # counts
        assert {client.smartstream().status_code for _ in range(48)} == {200}
        refused = client.smartstream()
        assert refused.status_code == 429
        assert 50 <= int(refused.headers["Retry-After"]) <= 60
        assert client.post(f"{STREAKS}/auth-token/", json=LOGIN).status_code == 429
        other = {"X-Streaks-Api-Key": ACCOUNTS["south"]["smartstream"]["api_key"]}
        assert client.smartstream(headers=other).status_code == 401  # another key is not limited
