"""247platform: sessions, refusals, the odd forms of its one document."""

import hashlib
import json
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from providers.sandbox.accounts import ACCOUNTS
from tests.support.vendors import NOON, Client

KEY = ACCOUNTS["north"]["247platform"]["api_key"]


def log_in(client: Client, key: str = KEY, user: str = "1001") -> dict[str, object]:
    salt = client.get(f"/247platform/api/identify/get/{user}").json()["response"]["salt"]
    code = hashlib.md5(f"{key}{salt}".encode()).hexdigest()
    return client.get(f"/247platform/api/authenticate/get/{user}", params={"salt": salt, "code": code}).json()


def test_it_works(client: Client) -> None:
    answer = log_in(client)
    assert (answer["code"], answer["response"]["response"]) == ("200", "ok")
    document = client.platform247(sessionId=answer["response"]["sessionId"]).json()
    views, log = int(document["views"]["total"]), document["times"]["log"].values()
    assert views == sum(entry["count"]["total"] for entry in log)
    assert 1000 > views > len(log) > 100


def test_a_session_lives_an_hour(client: Client) -> None:
    session = log_in(client)["response"]["sessionId"]
    client.sandbox.pinned = NOON + timedelta(minutes=59)
    assert client.platform247(sessionId=session).status_code == 200
    client.sandbox.pinned = NOON + timedelta(minutes=61)
    refused = client.platform247(sessionId=session)
    assert (refused.status_code, "AuthenticationFailed" in refused.text) == (400, True)


@pytest.mark.parametrize(
    ("query", "status", "name"),
    [
        ({"sessionId": ""}, 400, "AuthenticationRequired"),
        ({"sessionId": "wrong"}, 400, "AuthenticationFailed"),
        ({"userId": "2002"}, 400, "AuthenticationFailed"),
        ({"reportType": ""}, 400, "MissingRequiredQueryParameter"),
        ({"video": "50001"}, 404, "ResourceNotFound"),  # the other account's
    ],
)
def test_refusals(client: Client, query: dict[str, str], status: int, name: str) -> None:
    answer = client.platform247(**query)
    assert answer.status_code == status
    assert name in json.dumps(answer.json())


def test_wrong_keys_get_no_session(client: Client) -> None:
    assert "AuthenticationFailed" in json.dumps(log_in(client, key="wrong"))
    assert client.get("/247platform/api/identify/get/9").status_code == 400
    missing = client.get("/247platform/api/authenticate/get/1001")
    assert "MissingRequiredQueryParameter" in missing.text
    assert client.get("/247platform/api/video/list").status_code == 404


def test_the_odd_forms(client: Client) -> None:
    documents = [client.platform247(video) for video in ("40001", "40002")]
    first, second = (json.loads(document.text, parse_float=str) for document in documents)
    assert isinstance(first["views"]["total"], str)
    assert (first["storageCosts"], second["storageCosts"] == {}) == ({}, False)
    assert re.search(r'"bandwidthCosts":\d+\.\d{12}[,}]', documents[0].text)
    assert '"transcodeCosts":2.00' in documents[0].text
    assert first["cost"]["total"] == str(Decimal(first["bandwidthCosts"]) + 2)
    spain = first["geo"]["locations"]["EU"]["Spain|ES"]
    assert "Los Alc" in spain["full"]["Murcia"]
    assert spain["full"]["unknown"].keys() == {"unknown"}
    assert spain["countryCount"] == sum(spain["cities"].values())
    assert first["created"]["timestamp"] == NOON.timestamp()


def test_a_log_that_lists_a_part(client: Client) -> None:
    whole = client.platform247().json()["times"]["log"]
    client.fault(log_percent=50)
    half = client.platform247().json()["times"]["log"]
    assert half.items() < whole.items()
    assert 0.4 < len(half) / len(whole) < 0.6
    client.fault(log_percent=0)
    assert client.platform247().json()["times"]["log"] == {}


def test_a_log_that_rolls(client: Client) -> None:
    """It holds the viewings of the last so many times 24 hours, so its first day is cut."""
    whole = client.platform247().json()["times"]["log"]
    client.fault(log_days=3)
    rolled = client.platform247().json()["times"]["log"]
    assert rolled.items() < whole.items()
    begins = (NOON - timedelta(days=3)).timestamp()
    assert rolled == {key: entry for key, entry in whole.items() if entry["from"]["unix"] >= begins}
    assert client.fault(log_days=5).status_code == 400


def test_the_log_has_odd_keys(client: Client) -> None:
    times = client.platform247().json()["times"]
    for key, entry in times["log"].items():
        start, end = entry["from"]["unix"], entry["created"]["unix"]
        assert end - start == entry["diff"]
        assert int(key) == entry["mean"]["unix"]
        assert int(key) % 60 == 0
        assert abs(int(key) - (start + end) / 2) <= 30
        assert end <= NOON.timestamp()
    assert times["startTime"]["unix"] < min(entry["from"]["unix"] for entry in times["log"].values())
    first = min(times["log"].values(), key=lambda entry: entry["from"]["unix"])
    assert datetime.fromtimestamp(first["from"]["unix"], UTC).strftime("%Y-%m-%d %H:%M:%S") == first["from"]["readable"]


def test_a_video_that_is_not_there_yet_has_empty_maps(client: Client) -> None:
    client.sandbox.pinned = datetime(2023, 5, 1, tzinfo=UTC)
    document = client.platform247().json()
    assert (document["times"]["log"], document["geo"]["locations"]) == ({}, {})
    assert document["views"]["total"] == "0"
