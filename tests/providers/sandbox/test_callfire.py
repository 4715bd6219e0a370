"""CallFire: its schema, its pages, its intervals, and both of its formats."""

import os
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest
import requests
from lxml import etree

from providers.sandbox import Sandbox
from providers.sandbox.accounts import external_ids
from tests.support.vendors import NOON, Client

DATA, RESOURCE = "{http://api.callfire.com/data}", "{http://api.callfire.com/resource}"
ROOT = Path(__file__).resolve().parents[3]
SHARED = Path(os.environ.get("VIEWLEDGER_SHARED", ROOT.parent / "shared"))
DAY = {"IntervalBegin": "2026-01-05T00:00:00Z", "IntervalEnd": "2026-01-05T23:59:59Z"}
IDS = [row[0] for row in external_ids("north", "callfire", 6)]


@cache
def schema() -> etree.XMLSchema:
    path = SHARED / "vendor-data" / "callfire" / "callfire-data.xsd"
    if not path.exists():
        pytest.skip(f"the vendor's schema is not at {path}")
    return etree.XMLSchema(etree.parse(path))


def numbers(stats: etree._Element, name: str) -> dict[str, Decimal]:
    return {child.tag.removeprefix(DATA): Decimal(child.text) for child in stats.find(f"{DATA}{name}")}


def stats_of(client: Client, broadcast: str = IDS[0], **interval: str) -> etree._Element:
    answer = client.callfire(f"broadcast/{broadcast}/stats", **(interval or DAY))
    return etree.fromstring(answer.content).find(f"{DATA}BroadcastStats")


def test_it_works(client: Client) -> None:
    stats = stats_of(client)
    usage = numbers(stats, "UsageStats")
    results = [[child.text for child in result] for result in stats.findall(f"{DATA}ResultStat")]
    assert usage["Attempts"] == sum(int(attempts) for _, attempts, _ in results) > 0
    assert usage["Actions"] == sum(int(actions) for _, _, actions in results) <= usage["Attempts"]
    assert usage["BilledDuration"] >= usage["Duration"] > 0
    assert numbers(stats, "ActionStatistics").keys() == {"Unattempted", "RetryWait", "Finished"}


def test_refusals(client: Client) -> None:
    wrong = client.get("/callfire/api/1.1/rest/broadcast", auth=("sandbox-north-callfire-login", "wrong"))
    root = etree.fromstring(wrong.content)
    assert (wrong.status_code, root.tag) == (401, f"{RESOURCE}ResourceException")
    assert root.findtext(f"{RESOURCE}HttpStatus") == "401"
    assert client.get("/callfire/api/1.1/rest/broadcast").status_code == 401
    missing = client.callfire(f"broadcast/{external_ids('south', 'callfire', 1)[0][0]}/stats.json")
    assert (missing.status_code, missing.json()["ResourceException"]["HttpStatus"]) == (404, 404)
    assert client.callfire(f"broadcast/{IDS[0]}/stats", IntervalBegin="today").status_code == 400


def test_statistics_validate(client: Client) -> None:
    for broadcast in IDS:
        stats = stats_of(client, broadcast)
        for result in stats.findall(f"{DATA}ResultStat/{DATA}Result"):
            result.text = "LA"  # the vendor's results are more than its schema knows
        schema().assertValid(stats)


def test_the_list_validates(client: Client) -> None:
    root = etree.fromstring(client.callfire("broadcast").content)
    broadcasts = root.findall(f"{DATA}Broadcast")
    assert [broadcast.get("id") for broadcast in broadcasts] == IDS
    assert root.get("totalResults") == "6"
    for broadcast in broadcasts:
        schema().assertValid(broadcast)


def test_states_with_and_without_a_stamp(client: Client) -> None:
    listed = client.callfire("broadcast.json").json()["ResourceList"]["Broadcast"]
    assert {row["Status"] for row in listed} == {"RUNNING", "FINISHED", "ARCHIVED", "STOPPED"}
    finished = [row for row in listed if row["Status"] == "FINISHED"]
    assert {"LastModified" in row for row in finished} == {True, False}
    assert all(row["LastModified"] <= "2026-01-20T12:00:00Z" for row in listed if "LastModified" in row)


def test_an_ended_broadcast_makes_no_calls_after_its_end(client: Client) -> None:
    stats = stats_of(client, IDS[3])  # stopped in March 2025
    assert set(numbers(stats, "UsageStats").values()) == {0}
    assert stats.find(f"{DATA}ResultStat") is None
    before = stats_of(client, IDS[3], IntervalBegin="2025-03-01T00:00:00Z", IntervalEnd="2025-03-31T23:59:59Z")
    assert numbers(before, "UsageStats")["Attempts"] > 0


def test_both_ends_of_an_interval_count(client: Client) -> None:
    first, second = (
        numbers(
            stats_of(client, IntervalBegin=f"2026-01-0{n}T00:00:00Z", IntervalEnd=f"2026-01-0{n}T23:59:59Z"),
            "UsageStats",
        )
        for n in (5, 6)
    )
    both = stats_of(client, IntervalBegin="2026-01-05T12:00:00Z", IntervalEnd="2026-01-06T00:00:00Z")
    assert numbers(both, "UsageStats") == {name: first[name] + second[name] for name in first}


def test_json_says_the_same(client: Client) -> None:
    stats = client.callfire(f"broadcast/{IDS[0]}/stats.json", **DAY).json()["Resource"]["BroadcastStats"]
    assert stats["UsageStats"] == {k: float(v) for k, v in numbers(stats_of(client), "UsageStats").items()}
    assert len(stats["ResultStat"]) == len(stats_of(client).findall(f"{DATA}ResultStat"))


def test_a_list_page_has_at_most_a_hundred(http: requests.Session) -> None:
    with Sandbox(now=NOON, assets=250) as sandbox:
        client, found = Client(sandbox, http), []
        while True:
            page = client.callfire("broadcast.json", MaxResults=1000, FirstResult=len(found)).json()["ResourceList"]
            assert page["@totalResults"] == 250
            if not page["Broadcast"]:
                break
            assert len(page["Broadcast"]) <= 100
            found += [row["@id"] for row in page["Broadcast"]]
    assert len(set(found)) == len(found) == 250
