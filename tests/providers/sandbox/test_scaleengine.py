"""ScaleEngine: the signature over PHP's JSON, refusals by code, pages, filters, repeated rows."""

import json
from collections import Counter
from datetime import timedelta

import pytest
import requests

from providers.sandbox import Sandbox
from providers.sandbox.accounts import ACCOUNTS
from providers.sandbox.vendors.scaleengine.accounts import APPS
from providers.sandbox.vendors.scaleengine.php import php_json, signature
from tests.support.vendors import NOON, Client

SECRET = "8fc8c48da81e6a2a06a9556379bf798af508dc0792497c678b4c3532ba8b637f"
EXAMPLE = {
    "command": "usage.vse",
    "api_key": "APX4GKLM0RKQLSP2FBO1ROPKSSW47DZE",
    "timestamp": 1737331200,
    "cdn": 158,
    "app": "demo-origin",
    "url": "sestore/jb/my_video.mp4",
    "year": 2025,
    "month": 1,
    "day": 20,
}


def totals(answer: dict) -> Counter[str]:
    sums: Counter[str] = Counter()
    for row in answer["usage"]:
        sums[row["video_url"]] += int(row["bytes_total"])
    return sums


def test_it_works(client: Client) -> None:
    answer = client.scaleengine()
    assert (answer["status"], answer["count"], len(answer["usage"])) == ("success", 40, 40)
    row = answer["usage"][0]
    assert row["video_url"] == "sestore/jb/my_video_001.mp4"
    assert isinstance(row["bytes_total"], str)
    assert isinstance(row["requests_total"], str)
    assert int(row["bytes_total"]) > 0


def test_the_published_signatures() -> None:
    without = {name: value for name, value in EXAMPLE.items() if name != "url"}
    assert signature(EXAMPLE, SECRET) == "epgVbfrKTYErii9XxIfgNdD/p3X6W0RjBEBmrjkDMh0="
    assert signature(EXAMPLE | {"signature": "ignored"}, SECRET) == "epgVbfrKTYErii9XxIfgNdD/p3X6W0RjBEBmrjkDMh0="
    assert signature(without, SECRET) == "pZHIthdn/DEbRpfyvCJ1S2+YXT+m67LcQ5+hV1HaWYw="


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("a/b", r'"a\/b"'),
        ("é€", r'"\u00e9\u20ac"'),
        ("😀", r'"\ud83d\ude00"'),
        ('\b\f\n\r\t"\\', r'"\b\f\n\r\t\"\\"'),
        ("\x00\x1f", r'"\u0000\u001f"'),
        ("\x7f", '"\x7f"'),  # DEL stays
        ([1, True, None, "x"], '[1,true,null,"x"]'),
        ({}, "[]"),  # decoded as a PHP array, an empty object is an empty list
    ],
)
def test_json_as_php_writes_it(value: object, written: str) -> None:
    assert php_json(value) == written


def test_slashes_and_letters_can_be_signed(client: Client) -> None:
    assert client.scaleengine(url="sestore/jb/my_video_001.mp4")["count"] in (1, 2)
    assert client.scaleengine(url="sestore/jb/señal.mp4")["count"] == 0


def test_multipart_as_php_sends_it(client: Client) -> None:
    assert client.scaleengine(multipart=True)["usage"] == client.scaleengine()["usage"]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"command": "usage.none"}, "0000"),
        ({"api_key": "wrong"}, "0001"),
        ({"cdn": ACCOUNTS["south"]["scaleengine"]["cdn"]}, "0001"),
        ({"timestamp": int((NOON - timedelta(minutes=16)).timestamp())}, "0002"),
        ({"secret": "wrong"}, "0003"),
        ({"app": APPS["south"]}, "0005"),
        ({"cdn": None, "cdn_id": 158}, "0006"),
        ({"app": None}, "0006"),
        ({"month": 13}, "0006"),
    ],
)
def test_refusals(client: Client, fields: dict[str, object], code: str) -> None:
    answer = client.scaleengine(**fields)
    assert (answer["status"], answer["code"]) == ("failure", code)
    assert "usage" not in answer


def test_a_body_that_is_no_json_is_refused(client: Client) -> None:
    for text in ("{", "[]", ""):
        assert client.post("/scaleengine/stable/", data={"json": text}).json()["code"] == "0006"
    assert client.get("/scaleengine/stable/").status_code == 404


def test_a_fresh_stamp_passes(client: Client) -> None:
    for minutes in (-14, 14):
        stamp = int((NOON + timedelta(minutes=minutes)).timestamp())
        assert client.scaleengine(timestamp=stamp)["status"] == "success"


def test_apps_can_be_asked_together_or_apart(client: Client) -> None:
    first, second = (client.scaleengine(app=app) for app in APPS["north"])
    both = client.scaleengine()
    assert first["count"] + second["count"] == both["count"] == 40
    assert totals(first) + totals(second) == totals(both)
    assert client.scaleengine(command="app.list")["count"] == 2


def test_rows_repeat_a_video(client: Client) -> None:
    answer = client.scaleengine()
    urls = Counter(row["video_url"] for row in answer["usage"])
    ((repeated, times),) = urls.most_common(1)
    assert (times, len(urls)) == (2, 39)
    only = client.scaleengine(url=[repeated, "sestore/jb/none.mp4"])
    assert only["count"] == 2
    assert totals(only) == Counter({repeated: totals(answer)[repeated]})


def test_a_month_is_the_sum_of_its_days(client: Client) -> None:
    month = totals(client.scaleengine(month=1, day=None))
    days = sum((totals(client.scaleengine(day=day)) for day in range(1, 32)), Counter())
    assert month == days  # the 20th is still running, later ones have nothing
    assert client.scaleengine(day=21) | {"handle_time": ""} == {
        "status": "success",
        "usage": [],
        "count": 0,
        "message": "Found Video Usage",
        "handle_time": "",
    }


def test_pages(http: requests.Session) -> None:
    with Sandbox(now=NOON, rows=200_000) as sandbox:
        client = Client(sandbox, http)
        first, last = client.scaleengine(), client.scaleengine(limit=5000, offset=199_500)
        assert (len(first["usage"]), len(last["usage"]), first["count"]) == (1000, 500, 200_000)
        assert client.scaleengine(offset=200_000)["usage"] == []
        second = client.scaleengine(limit=10, offset=990)
        assert second["usage"] == first["usage"][990:]
    urls = {row["video_url"] for row in first["usage"]}
    assert len(urls) == 980
    assert json.dumps(last).count("my_video_196") >= 1
