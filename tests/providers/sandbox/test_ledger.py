"""The ledger is what a small independent reading of the answers arrives at."""

import json
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from lxml import etree

from providers.sandbox.accounts import external_ids
from providers.sandbox.vendors.scaleengine.accounts import APPS
from tests.support.vendors import Client

Truth = dict[tuple[str, ...], Decimal]
JANUARY = {"from": "2026-01-01", "to": "2026-01-20"}
DATA = "{http://api.callfire.com/data}"


def iso(text: str) -> str:
    """`31.01.2026` as `2026-01-31`."""
    return "-".join(reversed(text.split(".")))


def read_247platform(client: Client) -> Truth:
    found: Counter[tuple[str, ...]] = Counter()
    for video, _, _ in external_ids("north", "247platform", 6):
        document = json.loads(client.platform247(video).text, parse_float=Decimal)
        listed = sum(entry["count"]["total"] for entry in document["times"]["log"].values())
        prefixes = ["logged_"]
        if listed >= int(document["views"]["total"]) * 0.99:
            prefixes.append("")
            for day in range(1, 21):
                for metric in ("plays", "watch_time"):
                    found[video, metric, "day", "", "", f"2026-01-{day:02d}", "0"] = 0
        for entry in document["times"]["log"].values():
            begin = datetime.fromtimestamp(entry["from"]["unix"], UTC)
            if f"{begin:%Y-%m-%d}" < "2026-01-01":
                continue
            for interval, minute in (("day", "0"), ("hour", str(begin.hour * 60))):
                for prefix in prefixes:
                    key = (interval, "", "", f"{begin:%Y-%m-%d}", minute)
                    found[video, f"{prefix}plays", *key] += entry["count"]["total"]
                    found[video, f"{prefix}watch_time", *key] += entry["diff"]
        for name, dimension, key, value in lifetime(document):
            found[video, name, "lifetime", dimension, key, "2026-01-20", "0"] = value
    return {key: Decimal(value) for key, value in found.items()}


def lifetime(document: dict) -> list[tuple[str, str, str, object]]:
    data, views = document["data"]["total"], document["views"]
    rows = [
        ("plays", "", "", int(views["total"])),
        ("watch_time", "", "", views["totalMinutes"] * 60),
        ("unique_ips", "", "", document["geo"]["uniqieIps"]["total"]),
        ("unique_countries", "", "", views["uniqieCountries"]),
        ("data_in", "", "", data["in"]),
        ("data_out", "", "", data["out"]),
        ("data_transfer", "", "", data["sum"]),
        ("cost", "", "", document["cost"]["total"]),
    ]
    for kind in ("transcode", "bandwidth", "storage"):
        if document[f"{kind}Costs"] != {}:
            rows.append(("cost", "cost_type", kind, document[f"{kind}Costs"]))
    for continent, countries in document["geo"]["locations"].items():
        rows.append(("unique_ips", "continent", continent, sum(one["countryCount"] for one in countries.values())))
        for name, country in countries.items():
            code = name.split("|")[1]
            rows.append(("unique_ips", "country", code, country["countryCount"]))
            rows += [("unique_ips", "region", f"{code}|{region}", n) for region, n in country["cities"].items()]
            rows += [
                ("unique_ips", "city", f"{code}|{region}|{city}", n)
                for region, cities in country["full"].items()
                for city, n in cities.items()
            ]
    return rows


def read_boomstream(client: Client) -> Truth:
    found = {}
    for code in ["", *(row[0] for row in external_ids("north", "boomstream", 6))]:
        for item in client.boomstream(code=code, start="2026-01-01", end="2026-01-20")["Items"]:
            key = (code or "current", "watch_time", "day", "", "", iso(item["date"]), "0")
            found[key] = Decimal(item["time"]) / 1000
    return found


def read_smartstream(client: Client) -> Truth:
    names = {
        "play_count": "plays",
        "device_count": "devices",
        "session_count": "sessions",
        "play_time": "watch_time",
        "average_play_time": "average_watch_time",
        "player_count": "player_displays",
        "key_delivery_count": "drm_key_deliveries",
    }
    found = {}
    for media in ["", *(row[0] for row in external_ids("north", "smartstream", 6))]:
        for target, metric in names.items():
            for interval in ("day", "month") if target == "device_count" else ("day",):
                period = {"from": "20260101000000", "to": "20260131235959", "interval": interval}
                answer = client.smartstream(media_id=media, target=target, **period).text
                for row in json.loads(answer, parse_float=Decimal):
                    day = row["date"].replace("/", "-") + ("-01" if interval == "month" else "")
                    key = (media or "sandbox-north", metric, interval, "", "", day, "0")
                    found[key] = Decimal(row["all"])
    return found


def read_callfire(client: Client) -> Truth:
    names = {
        "Duration": "call_duration",
        "BilledDuration": "billed_duration",
        "BilledAmount": "billed_credits",
        "Attempts": "attempts",
        "Actions": "actions",
        "Unattempted": "unattempted",
        "RetryWait": "retry_wait",
        "Finished": "finished",
    }
    found = {}
    for broadcast, _, _ in external_ids("north", "callfire", 6):
        for day in (f"2026-01-{number:02d}" for number in range(1, 21)):
            interval = {"IntervalBegin": f"{day}T00:00:00Z", "IntervalEnd": f"{day}T23:59:59Z"}
            root = etree.fromstring(client.callfire(f"broadcast/{broadcast}/stats", **interval).content)
            for child in root.iterfind(f".//{DATA}UsageStats/*"):
                metric = names[child.tag.removeprefix(DATA)]
                found[broadcast, metric, "day", "", "", day, "0"] = Decimal(child.text)
            for child in root.iterfind(f".//{DATA}ActionStatistics/*"):
                metric = names[child.tag.removeprefix(DATA)]
                found[broadcast, metric, "day", "", "", "2026-01-20", "0"] = Decimal(child.text)
            for stat in root.iterfind(f".//{DATA}ResultStat"):
                result, attempts, actions = (child.text for child in stat)
                found[broadcast, "attempts", "day", "result", result, day, "0"] = Decimal(attempts)
                found[broadcast, "actions", "day", "result", result, day, "0"] = Decimal(actions)
    return found


def read_scaleengine(client: Client) -> Truth:
    found: Counter[tuple[str, ...]] = Counter()
    for day in range(1, 21):
        for app in APPS["north"]:
            for row in client.scaleengine(app=app, day=day)["usage"]:
                key = ("day", "", "", f"2026-01-{day:02d}", "0")
                found[row["video_url"], "data_transfer", *key] += int(row["bytes_total"])
                found[row["video_url"], "requests", *key] += int(row["requests_total"])
    return {key: Decimal(value) for key, value in found.items()}


READERS = {
    "247platform": read_247platform,
    "boomstream": read_boomstream,
    "smartstream": read_smartstream,
    "callfire": read_callfire,
    "scaleengine": read_scaleengine,
}


@pytest.mark.parametrize("provider", READERS)
def test_it_works(client: Client, provider: str) -> None:
    read, truth = READERS[provider](client), client.truth(provider=provider, **JANUARY)
    assert len(truth) > 100
    assert read == truth


def test_a_restatement_is_in_the_ledger(client: Client) -> None:
    for provider in READERS:
        client.fault(restate={"provider": provider, "day": "2026-01-07", "factor": 2})
    for provider, reader in READERS.items():
        assert reader(client) == client.truth(provider=provider, **JANUARY)


@pytest.mark.parametrize("setting", [{"log_percent": 50}, {"log_percent": 0}, {"log_days": 3}])
def test_247platforms_log_may_list_a_part_only(client: Client, setting: dict[str, int]) -> None:
    """Then the ledger has no plays by day: they are differences between readings, of which it knows none."""
    client.fault(**setting)
    truth = client.truth(provider="247platform", **JANUARY)
    assert read_247platform(client) == truth
    assert not [key for key in truth if key[1] == "plays" and key[2] != "lifetime"]
    assert bool([key for key in truth if key[1] == "logged_plays"]) == (setting != {"log_percent": 0})


def test_it_says_when_and_of_which_seed(client: Client) -> None:
    answer = client.get("/_ledger", params={"provider": "boomstream", "from": "2026-01-20"}).json()
    assert (answer["now"], answer["seed"]) == ("2026-01-20T12:00:00+00:00", 1)
    names = {
        "provider",
        "account",
        "asset",
        "metric",
        "interval",
        "dimension",
        "key",
        "day",
        "minute",
        "value",
        "parent",
    }
    assert all(fact.keys() == names and isinstance(fact["value"], str) for fact in answer["facts"])
    assert {fact["account"] for fact in answer["facts"]} == {"north", "south"}


def test_accounts_differ(client: Client) -> None:
    values = {}
    for account in ("north", "south"):
        facts = client.ledger(provider="boomstream", account=account, asset="current", **JANUARY)
        values[account] = [fact["value"] for fact in facts]
    assert values["north"] != values["south"]


def test_filters(client: Client) -> None:
    assert set(client.truth(provider="callfire", metric="attempts", dimension="result", **JANUARY)) == {
        key for key in client.truth(provider="callfire", **JANUARY) if key[1] == "attempts" and key[3] == "result"
    }
    some = client.truth(provider="callfire", zeros="no", **JANUARY)
    assert some == {key: value for key, value in client.truth(provider="callfire", **JANUARY).items() if value}
    assert client.truth(provider="247platform", to="2026-01-19", interval="lifetime") == {}
    for wrong in ({"provider": "x"}, {"from": "soon"}, {"account": "west"}):
        assert client.get("/_ledger", params=wrong).status_code == 400


def test_what_a_plain_sync_leaves_out_can_be_asked_for(client: Client) -> None:
    day = {"from": "2026-01-10", "to": "2026-01-10"}
    hours = client.truth(provider="boomstream", interval="hour", asset="all", **day)
    answer = client.boomstream(project="all", group="hour", start="2026-01-10", end="2026-01-10")
    read = {item["date"][-5:-3]: Decimal(item["time"]) / 1000 for item in answer["Items"]}
    assert {f"{int(key[6]) // 60:02d}": value for key, value in hours.items()} == read
    countries = client.truth(provider="smartstream", interval="day", dimension="country", metric="plays", **day)
    rows = client.smartstream(group="country", **{"from": "20260110000000", "to": "20260110235959"}).json()
    assert {key[4]: value for key, value in countries.items() if key[0] == "sandbox-north"} == {
        key: count for key, count in rows[0].items() if key != "date"
    }
    minutes = client.truth(provider="smartstream", interval="minute", metric="plays", asset="sandbox-north", **day)
    plain = client.truth(provider="smartstream", interval="day", metric="plays", asset="sandbox-north", **day)
    assert sum(minutes.values()) == sum(plain.values())


def test_a_big_ledger_is_streamed(client: Client) -> None:
    answer = client.get("/_ledger", params={"provider": "scaleengine", "from": "2025-12-01"}, stream=True)
    assert answer.headers["Transfer-Encoding"] == "chunked"
    found = answer.json()["facts"]
    assert len(
        {(fact["account"], fact["metric"], fact["day"], fact["parent"], fact["asset"]) for fact in found}
    ) == len(found)
    assert len({(fact["account"], fact["metric"], fact["day"], fact["asset"]) for fact in found}) == 2 * 2 * 39 * 51
