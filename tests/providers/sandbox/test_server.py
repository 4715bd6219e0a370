"""The sandbox as a server: it answers, remembers, keeps its clock, and is gone when it is stopped."""

from datetime import UTC, datetime, timedelta

import pytest
import requests

from providers.sandbox import Sandbox
from tests.support.vendors import NOON, Client


def test_it_works() -> None:
    with Sandbox() as sandbox:
        answer = requests.get(f"{sandbox.url}/boomstream/api/stats?apikey=sandbox-north-boomstream-key", timeout=10)
    assert answer.status_code == 200
    assert "<Status>Success</Status>" in answer.text
    assert answer.text.count("<Item>") == 8  # a week before today, and today
    assert [record.provider for record in sandbox.requests] == ["boomstream"]


def test_a_stopped_sandbox_is_gone(http: requests.Session) -> None:
    sandbox = Sandbox().start()
    assert http.get(f"{sandbox.url}/", timeout=10).status_code == 200  # and the connection stays open
    sandbox.stop()
    with pytest.raises(requests.ConnectionError):
        http.get(f"{sandbox.url}/", timeout=10)


def test_a_sandbox_that_never_started_can_be_stopped() -> None:
    sandbox = Sandbox()
    sandbox.stop()
    with Sandbox(port=sandbox.port) as other:  # the port is free again
        assert other.port == sandbox.port


def test_requests_are_recorded(client: Client) -> None:
    client.boomstream()
    client.boomstream(apikey="wrong")
    first, second = client.get("/_requests").json()["requests"]
    assert (first["provider"], first["method"], first["status"]) == ("boomstream", "GET", 200)
    assert first["path"].startswith("/api/stats?apikey=")
    assert first["started"] <= second["started"]
    assert first["digest"] != second["digest"]
    assert "sandbox-north" not in first["digest"]


def test_unknown_addresses_are_404(client: Client) -> None:
    assert client.get("/nobody/api").status_code == 404
    assert client.get("/247platform").status_code == 404


def test_the_clock_can_be_pinned_and_let_go(client: Client) -> None:
    assert client.post("/_clock", json={"now": "2025-06-01T08:00:00Z"}).json()["pinned"] is True
    assert client.sandbox.clock() == datetime(2025, 6, 1, 8, tzinfo=UTC)
    assert client.boomstream()["End"] == "01.06.2025"
    assert client.post("/_clock", json={"now": None}).json()["pinned"] is False
    assert abs(client.sandbox.clock() - datetime.now(UTC)) < timedelta(seconds=10)
    assert client.post("/_clock", json={"now": "soon"}).status_code == 400
    assert client.post("/_clock", data="[").status_code == 400


def test_the_same_seed_says_the_same(client: Client) -> None:
    with Sandbox(now=NOON) as twin, Sandbox(now=NOON, seed=2) as stranger, requests.Session() as http:
        same, other = Client(twin, http), Client(stranger, http)
        assert same.boomstream()["Items"] == client.boomstream()["Items"]
        assert same.platform247().json() == client.platform247().json()
        assert same.scaleengine()["usage"] == client.scaleengine()["usage"]
        assert other.boomstream()["Items"] != client.boomstream()["Items"]


def test_past_days_stay_and_today_grows(client: Client) -> None:
    period = {"start": "2026-01-18", "end": "2026-01-21"}
    at_noon = {item["date"]: item["time"] for item in client.boomstream(**period)["Items"]}
    client.sandbox.pinned = NOON + timedelta(hours=2)
    later = {item["date"]: item["time"] for item in client.boomstream(**period)["Items"]}
    client.sandbox.pinned = NOON + timedelta(days=3)
    at_last = {item["date"]: item["time"] for item in client.boomstream(**period)["Items"]}
    assert list(at_noon) == ["18.01.2026", "19.01.2026", "20.01.2026"]  # the 21st is in the future
    assert at_noon["19.01.2026"] == later["19.01.2026"] == at_last["19.01.2026"]
    assert 0 < at_noon["20.01.2026"] < later["20.01.2026"] < at_last["20.01.2026"]
    assert client.boomstream(start="2023-01-01", end="2023-12-31")["ItemCount"] == 0  # before the first day
