"""Every fault does what it says, to the requests it is meant for, the same way every time."""

import time

import pytest
import requests
from lxml import etree

from providers.sandbox import Sandbox
from providers.sandbox.accounts import external_ids
from providers.sandbox.vendors.boomstream.accounts import ppv_accesses
from tests.support.vendors import NOON, Client

HOURS = {"start": "2025-10-01", "end": "2025-12-29", "group": "hour"}


def plain(client: Client) -> requests.Response:
    return client.get("/boomstream/api/stats", params={"apikey": "sandbox-north-boomstream-key"})


def test_it_works(client: Client) -> None:
    listed = client.fault(provider="boomstream", kind="error500", times=1).json()["faults"]
    assert [(fault["kind"], fault["provider"]) for fault in listed] == [("error500", "boomstream")]
    assert [plain(client).status_code for _ in range(2)] == [500, 200]
    assert client.get("/_faults").json()["faults"][0]["hits"] == 1
    assert client.http.delete(client.sandbox.url + "/_faults", timeout=10).json() == {"faults": []}


@pytest.mark.parametrize(
    "wrong", [{"kind": "flood"}, {"kind": "slow", "colour": "red"}, {}, {"restate": {"provider": "callfire"}}]
)
def test_a_wrong_fault_is_refused(client: Client, wrong: dict[str, object]) -> None:
    assert client.post("/_faults", json=wrong).status_code == 400
    assert client.get("/_faults").json() == {"faults": []}


def test_rate_limited(client: Client) -> None:
    client.fault(kind="rate_limited", retry_after=7)
    answer = plain(client)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")


def test_slow(client: Client) -> None:
    client.fault(kind="slow", seconds=0.2, times=1)
    began = time.monotonic()
    assert plain(client).status_code == 200
    assert time.monotonic() - began >= 0.2


def test_cut_body(client: Client) -> None:
    client.fault(kind="cut_body", times=1)
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.ConnectionError)):
        plain(client)
    assert plain(client).status_code == 200


def test_malformed(client: Client) -> None:
    client.fault(kind="malformed")
    with pytest.raises(etree.XMLSyntaxError):
        etree.fromstring(plain(client).content)
    for broken in (client.boomstream, client.scaleengine, client.platform247().json):
        with pytest.raises(requests.JSONDecodeError):
            broken()


def test_repeated_page(client: Client) -> None:
    client.fault(kind="repeated_page", times=1)
    first, repeated, second = (client.boomstream(page=page, **HOURS) for page in (1, 2, 2))
    assert (repeated["Page"], repeated["Items"]) == (1, first["Items"])
    assert second["Page"] == 2
    client.fault(kind="repeated_page", provider="scaleengine")
    assert client.scaleengine(offset=20)["usage"] == client.scaleengine()["usage"]


def test_failed_status(client: Client) -> None:
    client.fault(kind="failed_status")
    assert client.boomstream() == {"Status": "Failed", "Message": "Internal error"}
    assert etree.fromstring(plain(client).content).findtext("Message") == "Internal error"
    busy = client.scaleengine()
    assert (busy["status"], busy["code"]) == ("failure", "1000")
    assert client.platform247().status_code == 500
    client.sandbox.faults.clear()
    client.fault(kind="failed_status", code="0002")
    assert client.scaleengine()["code"] == "0002"


def test_wrong_content(client: Client) -> None:
    client.fault(kind="wrong_content")
    answer = client.platform247()
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html")


def test_only_what_matches_is_hit(client: Client) -> None:
    client.fault(kind="error500", match="start=2026-01-02")
    assert client.get("/boomstream/api/stats?apikey=x&start=2026-01-02").status_code == 500
    assert plain(client).status_code == 200
    assert client.platform247().status_code == 200


def test_probability_hits_the_same_requests_every_time(http: requests.Session) -> None:
    runs = []
    for _ in range(2):
        with Sandbox(now=NOON, seed=5) as sandbox:
            client = Client(sandbox, http)
            client.fault(kind="error500", probability=0.3)
            runs.append([plain(client).status_code for _ in range(60)])
    assert runs[0] == runs[1]
    assert 6 <= runs[0].count(500) <= 32


def test_restating_a_day_changes_history(client: Client) -> None:
    day, next_day = {"start": "2026-01-05", "end": "2026-01-05"}, {"start": "2026-01-06", "end": "2026-01-06"}
    before, after = client.boomstream(**day)["Items"][0]["time"], client.boomstream(**next_day)["Items"][0]["time"]
    views = int(client.platform247().json()["views"]["total"])
    client.fault(restate={"provider": "boomstream", "day": "2026-01-05", "factor": 2})
    assert client.boomstream(**day)["Items"][0]["time"] == 2 * before
    assert client.boomstream(**next_day)["Items"][0]["time"] == after
    assert int(client.platform247().json()["views"]["total"]) == views
    client.fault(restate={"provider": "247platform", "day": "2026-01-05", "factor": 3})
    assert int(client.platform247().json()["views"]["total"]) > views
    client.sandbox.faults.clear()
    assert client.boomstream(**day)["Items"][0]["time"] == before


def listed(client: Client) -> dict[str, int]:
    """How much each of the vendors' answers lists."""
    access = ppv_accesses("north")[0]
    sold = {"code": access.media, "hash": access.hash, "start": "2025-12-01", "end": "2026-01-20"}
    video, broadcast = client.platform247().json(), external_ids("north", "callfire", 1)[0].external_id
    stats = etree.fromstring(client.callfire(f"broadcast/{broadcast}/stats").content)
    broadcasts = etree.fromstring(client.callfire("broadcast").content)
    return {
        "log": len(video["times"]["log"]),
        "views": int(video["views"]["total"]),
        "places": len(video["geo"]["locations"]),
        "project": len(client.boomstream()["Items"]),
        "media": len(client.boomstream("media/folder")["Medias"] or ()),
        "playlists": len(client.boomstream("playlist/list")["Items"] or ()),
        "sessions": len(client.boomstream("ppv/sessions", **sold)["Items"]),
        "attempts": int(stats.findtext(".//{*}UsageStats/{*}Attempts") or "-1"),
        "results": len(stats.findall(".//{*}ResultStat")),
        "broadcasts": len(broadcasts.findall("{*}Broadcast")),
        "usage": client.scaleengine()["count"],
        "aggregations": len(client.smartstream(target="play_count").json()),
    }


def test_emptied(client: Client) -> None:
    """Each vendor answers in its own form that there is nothing: for good, or once."""
    whole = listed(client)
    assert all(count > 0 for count in whole.values()), whole
    client.fault(kind="emptied")
    assert listed(client) == dict.fromkeys(whole, 0)
    client.sandbox.faults.clear()
    client.fault(kind="emptied", provider="scaleengine", times=1)
    assert [client.scaleengine()["count"] for _ in range(3)] == [0, whole["usage"], whole["usage"]]
    assert listed(client) == whole


def test_emptied_is_not_used_up_by_a_log_in(client: Client) -> None:
    """It waits for an answer that lists something."""
    client.fault(kind="emptied", times=1)
    assert client.get("/247platform/api/identify/get/1001").status_code == 200
    assert client.get("/_faults").json()["faults"][0]["hits"] == 0
    assert client.platform247().json()["views"]["total"] == "0"
