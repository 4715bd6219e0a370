"""Boomstream: projects, media, pages, sessions, folders, and its refusals with HTTP 200."""

from datetime import timedelta

import pytest
from lxml import etree

from providers.sandbox.accounts import ACCOUNTS, external_ids
from providers.sandbox.vendors.boomstream.accounts import ppv_accesses
from tests.support.vendors import NOON, Client

OWN = ACCOUNTS["north"]["boomstream"]
MEDIA = external_ids("north", "boomstream", 6)
WEEK = {"start": "2026-01-05", "end": "2026-01-11"}


def times(answer: dict) -> dict[str, int]:
    return {item["date"]: item["time"] for item in answer["Items"]}


def test_it_works(client: Client) -> None:
    key = OWN["apikey"]
    answer = client.get(f"/boomstream/api/stats?apikey={key}&start=2026-01-05&end=2026-01-05")
    root = etree.fromstring(answer.content)
    names = [
        "Period",
        "Start",
        "End",
        "GroupBy",
        "SourceType",
        "Page",
        "PageLimit",
        "PageCount",
        "ItemCount",
        "ItemFormat",
        "Items",
        "Status",
        "Version",
        "RequestURI",
    ]
    assert [child.tag for child in root] == names
    assert root.findtext("Period") == "05.01.2026 - 05.01.2026"
    assert root.findtext("Items/Item/date") == "05.01.2026"
    milliseconds = int(root.findtext("Items/Item/time"))
    assert root.findtext("Items/Item/time_dim") == f"{milliseconds / 3_600_000:.2f} hours"
    assert key in root.findtext("RequestURI")  # the vendor echoes it
    assert times(client.boomstream(start="2026-01-05", end="2026-01-05")) == {"05.01.2026": milliseconds}


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"apikey": "wrong"}, "Invalid API key"),
        ({"apikey": ""}, "Invalid API key"),
        ({"project": "another"}, "Unauthorized"),
        ({"project": ACCOUNTS["south"]["boomstream"]["apikey"]}, "Unauthorized"),
        ({"code": external_ids("south", "boomstream", 6)[0][0]}, "Media not found"),
        ({"method": "no/such"}, "Method not found"),
        ({"method": "ppv/sessions", "code": MEDIA[0][0], "hash": "wrong"}, "Unauthorized"),
        ({"method": "ppv/sessions", "code": "XXXXXXXX", "hash": "wrong"}, "Media not found"),
    ],
)
def test_refusals(client: Client, query: dict[str, str], message: str) -> None:
    assert client.boomstream(**query) == {"Status": "Failed", "Message": message}


def test_refusals_are_xml_by_default(client: Client) -> None:
    root = etree.fromstring(client.get("/boomstream/api/stats?apikey=wrong").content)
    assert (root.findtext("Status"), root.findtext("Message")) == ("Failed", "Invalid API key")


def test_a_project_is_more_than_its_media(client: Client) -> None:
    project = times(client.boomstream(**WEEK))
    media = [times(client.boomstream(code=id_, **WEEK)) for id_, kind, _ in MEDIA if kind != "playlist"]
    for day, total in project.items():
        assert total > sum(each.get(day, 0) for each in media) > 0
    live = times(client.boomstream(code=MEDIA[1][0], **WEEK))
    assert list(live) == ["10.01.2026", "11.01.2026"]  # weekends only; other days have no item


def test_all_is_the_sum_of_both_projects(client: Client) -> None:
    own, everything = times(client.boomstream(**WEEK)), times(client.boomstream(project="all", **WEEK))
    named = times(client.boomstream(project=OWN["project_apikey"], **WEEK))
    assert times(client.boomstream(apikey=OWN["project_apikey"], **WEEK)) == named
    assert everything == {day: own[day] + named[day] for day in own}
    assert times(client.boomstream(project=OWN["apikey"], **WEEK)) == own


def test_pages_of_a_thousand(client: Client) -> None:
    period = {"start": "2025-10-01", "end": "2025-12-29", "group": "hour"}
    pages = [client.boomstream(page=page, **period) for page in (1, 2, 3, 4)]
    assert [(page["Page"], page["PageCount"], page["ItemCount"]) for page in pages] == [
        (number, 3, 90 * 24) for number in (1, 2, 3, 4)
    ]
    assert [len(page["Items"]) for page in pages] == [1000, 1000, 160, 0]
    hours = [item["date"] for page in pages for item in page["Items"]]
    assert len(set(hours)) == 90 * 24
    assert hours[0] == "01.10.2025 00:00"
    newest = client.boomstream(order="desc", **period)["Items"][0]
    assert newest["date"] == hours[-1] == "29.12.2025 23:00"


def test_hours_sum_to_their_day(client: Client) -> None:
    client.sandbox.pinned = NOON
    period = {"start": "2026-01-19", "end": "2026-01-20"}
    days, hours = times(client.boomstream(**period)), times(client.boomstream(group="hour", **period))
    for day, total in days.items():
        assert sum(time for hour, time in hours.items() if hour.startswith(day)) == total
    assert max(hours) == "20.01.2026 15:00"  # Moscow's hour of the clock


def test_sessions(client: Client) -> None:
    media, hash_, label = ppv_accesses("north")[0]
    query = {"code": media, "hash": hash_, "start": "2025-10-01", "end": "2026-01-21"}
    found, page = [], 1
    while items := client.boomstream("ppv/sessions", page=page, **query)["Items"]:
        assert len(items) <= 100
        found += [(item["Start"], item["ip"], item["UserAgent"], item["LeftActivations"]) for item in items]
        page += 1
    truth = [one for one in client.ledger("/_ledger/sessions", account="north") if one["access"] == label]
    expected = [(one["started_at"], one["ip"], one["user_agent"], one["left_activations"]) for one in truth]
    assert page > 2
    assert found == [row for row in expected if row[0] >= "2025-10-01"]
    assert max(found)[0] <= f"{NOON + timedelta(hours=3):%Y-%m-%d %H:%M:%S}"


def test_sessions_by_default_are_todays_and_the_end_is_left_out(client: Client) -> None:
    media, hash_, _ = ppv_accesses("north")[0]
    client.sandbox.pinned = NOON + timedelta(hours=8, minutes=59)  # 23:59 in Moscow
    today = client.boomstream("ppv/sessions", code=media, hash=hash_)["Items"]
    assert {item["Start"][:10] for item in today} <= {"2026-01-20"}
    assert (
        today
        == client.boomstream("ppv/sessions", code=media, hash=hash_, start="2026-01-20", end="2026-01-21")["Items"]
    )
    assert (
        client.boomstream("ppv/sessions", code=media, hash=hash_, start="2026-01-19", end="2026-01-19")["Items"] == []
    )


def test_session_items_stand_in_the_response_itself(client: Client) -> None:
    media, hash_, _ = ppv_accesses("north")[0]
    query = {"apikey": OWN["apikey"], "code": media, "hash": hash_, "start": "2026-01-01"}
    root = etree.fromstring(client.get("/boomstream/api/ppv/sessions", params=query).content)
    assert len(root.findall("Item")) > 3
    fields = ["Place", "ip", "Country", "UserAgent", "Start", "LeftActivations"]
    assert [child.tag for child in root.find("Item")] == fields
    assert root.find("Status") is None


def test_folders(client: Client) -> None:
    folder, lives = client.boomstream("media/folder"), client.boomstream("live/folder")
    lists = client.boomstream("playlist/list")
    codes = [row["Code"] for row in [*folder["Medias"], *lives["Medias"], *lists["Items"]]]
    assert sorted(codes) == sorted(id_ for id_, _, _ in MEDIA)
    assert folder["Folders"] is None
    second = {"apikey": OWN["project_apikey"]}
    assert client.boomstream("live/folder", **second)["Medias"] is None
    assert len(client.boomstream("media/folder", **second)["Medias"]) == 1
