"""Every provider of the catalog keeps the contract; their published figures come out exactly; their oddities are served."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from lxml import etree

from providers import registry
from providers.toolkit.errors import AskPerson, Incomplete, SessionRefused, SyncError, Unreadable
from providers.toolkit.formats import parse_json, parse_xml
from providers.toolkit.php_json import php_json
from providers.toolkit.requests import Answer, Ask, AssetRef, Document, Reading, Request, Window
from providers.toolkit.rows import Figure
from tests.support.contract import Case, add_up, check_provider, load_cases, made_up, steps

FIXTURES = Path(__file__).parents[2] / "fixtures"
VENDOR_DATA = Path(__file__).parents[4] / "shared" / "vendor-data" / "callfire"
NOW = datetime(2026, 1, 20, 12, tzinfo=UTC)
DAY = date(2026, 1, 20)


@pytest.mark.parametrize("slug", registry.all_providers())
def test_it_works(slug: str) -> None:
    check_provider(registry.get(slug), FIXTURES / slug)


def test_five_providers_are_found() -> None:
    assert list(registry.all_providers()) == ["247platform", "boomstream", "callfire", "scaleengine", "smartstream"]
    with pytest.raises(registry.UnknownProvider, match="no provider “vimeo”; there are 247platform, boomstream"):
        registry.get("vimeo")


# --- The figures that the vendors published ---------------------------------------------------------------------------


def case_of(slug: str, name: str) -> Case:
    return next(case for case in load_cases(registry.get(slug), FIXTURES / slug) if case.name == name)


def rows_of(slug: str, name: str) -> list[Any]:
    case = case_of(slug, name)
    return [row for body in case.bodies for row in case.feed.read(case.document(body), case.reading)]


LIFE = ("lifetime", "2013-07-23", 0, "")
VIDEO = "sestore/jb/my_video.mp4"


@pytest.mark.parametrize(
    ("slug", "case", "metric", "dimension", "key", "place", "value"),
    [
        ("247platform", "lifetime", "plays", "", "", LIFE, 15821),
        ("247platform", "lifetime", "watch_time", "", "", LIFE, 6558840),
        ("247platform", "lifetime", "data_out", "", "", LIFE, 160794485510),
        ("247platform", "lifetime", "cost", "", "", LIFE, Decimal("23.564220929056")),
        ("247platform", "lifetime", "cost", "cost_type", "transcode", LIFE, Decimal("2.00")),
        ("247platform", "lifetime", "cost", "cost_type", "bandwidth", LIFE, Decimal("21.564220929056")),
        ("247platform", "lifetime", "unique_ips", "country", "ES", LIFE, 64),
        ("247platform", "lifetime", "unique_ips", "city", "ES|Murcia|Los Alc", LIFE, 1),
        ("247platform", "lifetime", "logged_watch_time", "", "", ("hour", "2013-05-09", 18 * 60, ""), 720),
        ("boomstream", "project_all", "watch_time", "", "", ("day", "2019-12-23", 0, ""), Decimal("965.6")),
        ("boomstream", "target", "watch_time", "", "", ("day", "2019-12-23", 0, ""), Decimal("965.6")),
        ("smartstream", "minutes", "plays", "", "", ("minute", "2018-12-01", 14 * 60 + 34, ""), 10),
        ("smartstream", "minutes", "plays", "", "", ("minute", "2018-12-01", 14 * 60 + 35, ""), 12),
        ("callfire", "stats", "attempts", "", "", ("day", "2026-01-01", 0, ""), 1),
        ("callfire", "stats", "unattempted", "", "", ("day", "2026-01-03", 0, ""), 2),
        ("scaleengine", "usage", "data_transfer", "", "", ("day", "2025-01-20", 0, VIDEO), 7981635),
    ],
)
def test_published_figures(
    slug: str, case: str, metric: str, dimension: str, key: str, place: tuple[str, str, int, str], value: Any
) -> None:
    interval, day, minute, asset = place
    figures = add_up(rows_of(slug, case), case)
    assert figures[metric, interval, dimension, key, day, minute, asset] == value


def test_the_published_cost_is_the_sum_of_its_types() -> None:
    costs = [row for row in rows_of("247platform", "lifetime") if row.metric == "cost"]
    assert sum(row.value for row in costs if row.dimension == "cost_type") == costs[0].value
    assert "storage" not in {row.key for row in costs}, "{} is nothing, not 0"


def test_the_published_session() -> None:
    (session,) = rows_of("boomstream", "sessions")
    assert (session.ip, session.country, session.left_activations) == ("192.168.0.1", "RU", 1)


# --- What a plain sync asks for ---------------------------------------------------------------------------------------

BY_DAY = ["play_count", "device_count", "session_count", "play_time", "average_play_time", "player_count"]


@pytest.mark.parametrize(
    ("slug", "options", "names"),
    [
        ("247platform", {}, {"statistics"}),
        ("boomstream", {}, {"project.day", "target.day", "sessions", "media", "live", "playlists"}),
        ("callfire", {}, {"broadcasts", "stats"}),
        ("scaleengine", {"apps": ["a"]}, {"usage"}),
        (
            "smartstream",
            {},
            {*(f"{target}.all.day" for target in (*BY_DAY, "key_delivery_count")), "device_count.all.month"},
        ),
        (
            "smartstream",
            {"groups": ["all", "country"]},
            {
                *(f"{target}.all.day" for target in (*BY_DAY, "key_delivery_count")),
                "device_count.all.month",
                "play_count.country.day",
                "play_time.country.day",
            },
        ),
    ],
)
def test_defaults(slug: str, options: dict[str, Any], names: set[str]) -> None:
    assert {feed.name for feed in registry.get(slug).feeds if feed.is_default(options)} == names


def test_smartstream_splits_the_merchant_only_unless_asked() -> None:
    feed = registry.get("smartstream").feed("play_count.country.day")
    assert feed.kinds_for({"groups": ["country"]}) == ("account",)
    assert feed.kinds_for({"groups": ["country"], "groups_of_media": True}) == ("account", "video")
    assert "video" in feed.kinds
    assert registry.get("smartstream").feed("play_count.all.day").kinds_for({}) == ("account", "video")


def test_smartstream_never_asks_what_the_vendor_does_not_serve() -> None:
    names = {feed.name for feed in registry.get("smartstream").feeds}
    assert {name for name in names if name.startswith("key_delivery_count")} == {
        "key_delivery_count.all.day",
        "key_delivery_count.all.month",
    }
    assert len(names) == 6 * 7 * 4 + 2


def test_states_and_lifetime_readings_belong_to_the_day_of_asking() -> None:
    spans = {one.metric: one.span for one in registry.get("callfire").feed("stats").series if not one.dimension}
    assert (spans["attempts"], spans["unattempted"]) == ("window", "reading")
    lived = {(one.metric, one.interval): one.span for one in registry.get("247platform").feed("statistics").series}
    assert (lived["plays", "lifetime"], lived["logged_plays", "day"]) == ("reading", "log")
    assert lived["plays", "day"] == "whole log"


@pytest.mark.parametrize(
    ("views", "listed", "is_whole"),
    [("100", 100, True), ("100", 99, True), ("100", 98, False), ("101", 99, False), ("0", 0, True), (None, 3, False)],
)
def test_247platforms_log_is_whole_where_it_lists_99_of_100_views(
    views: str | None, listed: int, is_whole: bool
) -> None:
    began = {"unix": int(NOW.timestamp())}
    log = {str(number): {"count": {"total": 1}, "from": began, "diff": 60} for number in range(listed)}
    by_day = {figure.metric: figure.value for figure in log_figures(views, log) if figure.interval == "day"}
    assert ("plays" in by_day, "watch_time" in by_day) == (is_whole, is_whole)


def test_a_log_whose_entries_lack_something_is_not_whole() -> None:
    began = {"unix": int(NOW.timestamp())}
    figures = log_figures("1", {"1": {"count": {"total": 1}, "from": began}})
    assert {figure.metric for figure in figures if figure.interval == "day"} == {"logged_plays"}


def log_figures(views: str | None, log: dict[str, Any]) -> list[Figure]:
    reading = Reading(Window(DAY, DAY), ZoneInfo("UTC"), NOW, {}, AssetRef("1", "video"))
    document = {"views": {"total": views}, "times": {"log": log}}
    return list(registry.get("247platform").feed("statistics").read(document, reading))


@pytest.mark.parametrize(
    ("credentials", "options", "external_id"),
    [
        ({"apikey": "k"}, {}, "current"),
        ({"apikey": "k"}, {"project": "all"}, "all"),
        ({"apikey": "k", "project_apikey": "other"}, {"project": "all"}, "all"),
        ({"apikey": "k", "project_apikey": "other"}, {"project": "current"}, "current"),
        ({"apikey": "k", "project_apikey": "other"}, {"project": ""}, hashlib.sha256(b"other").hexdigest()[:12]),
    ],
)
def test_boomstream_names_its_project(credentials: dict[str, str], options: dict[str, str], external_id: str) -> None:
    account = registry.get("boomstream").account(credentials, options)
    assert account is not None
    assert account.external_id == external_id


# --- Credentials and sessions -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("slug", "credentials", "complaint"),
    [
        ("247platform", {"user_id": "1", "api_key": "k"}, ""),
        ("247platform", {"user_id": "1", "session_id": "s"}, ""),
        ("247platform", {"user_id": "1"}, "one of the credentials api_key and session_id is needed"),
        ("247platform", {"api_key": "k"}, "the credential user_id is missing"),
        ("boomstream", {"apikey": "k"}, ""),
        ("boomstream", {"project_apikey": "k"}, "the credential apikey is missing"),
        ("smartstream", {"merchant_id": "m", "api_key": "k", "token": "t"}, ""),
        ("smartstream", {"merchant_id": "m", "api_key": "k", "mail_address": "a@b", "password": "p"}, ""),
        ("smartstream", {"merchant_id": "m", "api_key": "k", "mail_address": "a@b"}, "mail_address and password"),
        ("callfire", {"login": "l", "password": "p"}, ""),
        ("callfire", {"login": "l"}, "the credential password is missing"),
        ("scaleengine", {"cdn": "158", "api_key": "k", "secret": "s"}, ""),
        ("scaleengine", {"cdn": "one", "api_key": "k", "secret": "s"}, "the credential cdn is a number"),
    ],
)
def test_credentials_are_checked_before_anything_is_asked(
    slug: str, credentials: dict[str, str], complaint: str
) -> None:
    found = registry.get(slug).check_credentials(credentials)
    assert found.startswith(complaint) if complaint else found == ""


def test_what_is_secret() -> None:
    plain = {
        (provider.slug, one.name)
        for provider in registry.all_providers().values()
        for one in provider.credentials
        if not one.secret
    }
    assert plain == {
        ("247platform", "user_id"),
        ("callfire", "login"),
        ("scaleengine", "cdn"),
        ("smartstream", "mail_address"),
        ("smartstream", "merchant_id"),
    }


class Vendor:
    """The other side of a log-in: one answer, or error, after the other."""

    def __init__(self, *answers: bytes | SyncError) -> None:
        self.answers, self.requests = list(answers), list[Request]()

    def send(self, request: Request) -> Answer:
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, SyncError):
            raise answer
        return Answer(200, {}, answer, lambda: parse_json(answer))


def answer_file(slug: str, name: str) -> bytes:
    return (FIXTURES / slug / "answers" / name).read_bytes()


PERSON = {"merchant_id": "nttsmc", "api_key": "key", "mail_address": "smartstream@nttsmc.jp", "password": "nttsmc12345"}


def test_247platform_opens_a_session_with_a_salted_key() -> None:
    vendor = Vendor(
        answer_file("247platform", "identify_get.json"), answer_file("247platform", "authenticate_get.json")
    )
    auth = registry.get("247platform").auth
    session = auth.log_in(vendor.send, {"user_id": "7", "api_key": "key"})
    assert session == {"token": "0ce433ffcca7e3410ds4ssa3317d44c19"}
    code = hashlib.md5(b"key560b4j4b", usedforsecurity=False).hexdigest()
    assert vendor.requests == [
        Request("/api/identify/get/7"),
        Request("/api/authenticate/get/7", params={"salt": "560b4j4b", "code": code}),
    ]
    signed = auth.sign(Request("/api/statistics/get/1", params={"reportType": "vod"}), {"user_id": "7"}, session, NOW)
    assert list(signed.params.items()) == [
        ("sessionId", "0ce433ffcca7e3410ds4ssa3317d44c19"),
        ("userId", "7"),
        ("reportType", "vod"),
    ]


def test_smartstream_logs_in_for_a_token() -> None:
    vendor = Vendor(b'{"token": "T", "expiration": "2099-10-01T00:00:00.000Z"}')
    auth = registry.get("smartstream").auth
    session = auth.log_in(vendor.send, PERSON)
    assert session == {"token": "T", "expires": "2099-10-01T00:00:00+00:00"}
    (request,) = vendor.requests
    assert (request.method, request.path) == ("POST", "/v1/merchants/nttsmc/auth-token/")
    assert request.json == json.loads(answer_file("smartstream", "auth_token_request.json"))
    assert auth.is_fresh(session, NOW)
    assert not auth.is_fresh(session, datetime(2099, 10, 1, tzinfo=UTC))
    signed = auth.sign(Request("/"), PERSON, session, NOW)
    assert signed.headers == {"X-Streaks-Api-Key": "key", "Authorization": "Bearer T"}


def test_a_token_that_is_over_when_it_comes_is_used_until_refused() -> None:
    """The published one ended in 2017; a vendor's clock may differ from ours."""
    vendor = Vendor(answer_file("smartstream", "auth_token_response.json"))
    auth = registry.get("smartstream").auth
    session = auth.log_in(vendor.send, PERSON)
    assert list(session) == ["token"]
    assert auth.is_fresh(session, NOW)


@pytest.mark.parametrize(
    ("slug", "credentials", "sent"),
    [
        ("247platform", {"user_id": "7", "session_id": "mine"}, {"sessionId": "mine", "userId": "7"}),
        (
            "smartstream",
            {"merchant_id": "m", "api_key": "k", "token": "mine"},
            {"X-Streaks-Api-Key": "k", "Authorization": "Bearer mine"},
        ),
    ],
)
def test_a_session_of_ones_own_needs_no_log_in_until_it_is_refused(
    slug: str, credentials: dict[str, str], sent: dict[str, str]
) -> None:
    auth = registry.get(slug).auth
    assert auth.has_session
    assert auth.is_fresh({}, NOW)
    signed = auth.sign(Request("/"), credentials, {}, NOW)
    assert {**signed.params, **signed.headers} == sent
    with pytest.raises(AskPerson, match=r"refuses this .* Enter a new one"):
        auth.log_in(Vendor().send, credentials)


@pytest.mark.parametrize(
    ("slug", "credentials"), [("247platform", {"user_id": "7", "api_key": "k"}), ("smartstream", PERSON)]
)
def test_without_any_session_signing_asks_for_one(slug: str, credentials: dict[str, str]) -> None:
    with pytest.raises(SessionRefused):
        registry.get(slug).auth.sign(Request("/"), credentials, {}, NOW)


@pytest.mark.parametrize(
    ("slug", "credentials", "answers"),
    [
        ("247platform", {"user_id": "7", "api_key": "k"}, [SessionRefused("AuthenticationFailed")]),
        ("247platform", {"user_id": "7", "api_key": "k"}, [b'{"response":{"salt":"s"}}', SessionRefused("no")]),
        ("247platform", {"user_id": "7", "api_key": "k"}, [b'{"response":{"salt":"s"}}', b'{"response":{}}']),
        ("smartstream", PERSON, [SessionRefused("refused (401)")]),
    ],
)
def test_a_refused_log_in_is_a_matter_for_a_person(slug: str, credentials: dict[str, str], answers: list[Any]) -> None:
    with pytest.raises(
        AskPerson, match=r"user_id and api_key|merchant_id, api_key, mail_address and password"
    ) as error:
        registry.get(slug).auth.log_in(Vendor(*answers).send, credentials)
    assert not {value for value in credentials.values() if len(value) > 4} & set(str(error.value).split())


# --- ScaleEngine's signature and pages --------------------------------------------------------------------------------

# The vendor's page publishes both; they open nothing.
PUBLISHED = {
    "cdn": "158",
    "api_key": "APX4GKLM0RKQLSP2FBO1ROPKSSW47DZE",
    "secret": "8fc8c48da81e6a2a06a9556379bf798af508dc0792497c678b4c3532ba8b637f",
}
AT = datetime.fromtimestamp(1737331200, UTC)


@pytest.mark.parametrize(
    ("url", "signature"),
    [
        ({"url": "sestore/jb/my_video.mp4"}, "epgVbfrKTYErii9XxIfgNdD/p3X6W0RjBEBmrjkDMh0="),
        ({}, "pZHIthdn/DEbRpfyvCJ1S2+YXT+m67LcQ5+hV1HaWYw="),
    ],
)
def test_signatures_are_those_that_php_makes(url: dict[str, str], signature: str) -> None:
    fields = {"command": "usage.vse", "app": "demo-origin", **url, "year": 2025, "month": 1, "day": 20}
    signed = registry.get("scaleengine").auth.sign(Request("/stable/", "POST", json=fields), PUBLISHED, {}, AT)
    assert signed.json is None
    assert signed.form is not None
    body = json.loads(signed.form["json"])
    assert body["signature"] == signature
    order = ["command", "api_key", "timestamp", "cdn", "app", *url, "year", "month", "day", "signature"]
    assert list(body) == order
    assert '"cdn":158,' in signed.form["json"]


def test_each_try_is_signed_anew() -> None:
    request = Request("/stable/", "POST", json={"command": "usage.vse", "app": "é/😀", "year": 2025, "month": 1})
    auth = registry.get("scaleengine").auth
    forms = [auth.sign(request, PUBLISHED, {}, now).form for now in (AT, NOW)]
    for form, now in zip(forms, (AT, NOW), strict=True):
        assert form is not None
        body = json.loads(form["json"])
        given = body.pop("signature")
        assert body["timestamp"] == int(now.timestamp())
        made = hmac.new(PUBLISHED["secret"].encode(), php_json(body).encode(), hashlib.sha256).digest()
        assert base64.b64decode(given, validate=True) == made
    assert forms[0] != forms[1]


def ask_for(options: Mapping[str, Any], asset: AssetRef | None = None, slug: str = "scaleengine") -> Ask:
    credentials = made_up(registry.get(slug))
    return Ask(Window(DAY, DAY), ZoneInfo("UTC"), NOW, credentials, options, asset)


def usage_page(offset: int, rows: int, count: int) -> dict[str, Any]:
    usage = [{"video_url": f"v/{offset + n}", "bytes_total": "1", "requests_total": "1"} for n in range(rows)]
    return {"status": "success", "usage": usage, "count": count}


@pytest.mark.parametrize(("total", "offsets"), [(0, [0]), (999, [0]), (1000, [0, 1000]), (2001, [0, 1000, 2000])])
def test_scaleengine_asks_until_a_page_is_not_full(total: int, offsets: list[int]) -> None:
    pages = (
        registry.get("scaleengine")
        .feed("usage")
        .ask(ask_for({"apps": ["demo-origin"]}, AssetRef("demo-origin", "application")))
    )

    def answer(request: Request) -> dict[str, Any]:
        assert request.json["limit"] == 1000
        return usage_page(request.json["offset"], min(1000, max(0, total - request.json["offset"])), total)

    asked = [request.json["offset"] for together in steps(pages, answer) for request in together]
    assert asked == offsets


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (lambda offset: usage_page(0, 1000, 3000), Unreadable),
        (lambda offset: usage_page(offset, 1000 if offset == 0 else 10, 3000), Incomplete),
    ],
)
def test_scaleengine_notices_repeated_and_missing_rows(
    answer: Callable[[int], dict[str, Any]], error: type[SyncError]
) -> None:
    pages = (
        registry.get("scaleengine")
        .feed("usage")
        .ask(ask_for({"apps": ["demo-origin"]}, AssetRef("demo-origin", "application")))
    )
    with pytest.raises(error):
        list(steps(pages, lambda request: answer(request.json["offset"])))


# --- CallFire's own data, which its SDK publishes ---------------------------------------------------------------------

needs_vendor_data = pytest.mark.skipif(
    not VENDOR_DATA.is_dir(), reason="CallFire's published answers and schema lie beside a checkout, not in it"
)


def schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(VENDOR_DATA / "callfire-data.xsd"))


def reading_of(asset: AssetRef | None = None) -> Reading:
    return Reading(Window(DAY, DAY), ZoneInfo("UTC"), NOW, {}, asset)


@needs_vendor_data
def test_callfires_published_list() -> None:
    document = parse_xml((VENDOR_DATA / "broadcast-list.xml").read_bytes())
    feed = registry.get("callfire").feed("broadcasts")
    pages = feed.ask(ask_for({}, slug="callfire"))
    next(pages)
    with pytest.raises(StopIteration):
        pages.send(document)
    found: list[Any] = list(feed.read(document, reading_of()))
    assert [seen.external_id for seen in found] == [str(n) for n in range(1057444001, 1057444006)]
    assert {(seen.title, seen.status, seen.modified_at, seen.settled) for seen in found} == {
        ("Testing Broadcast", "FINISHED", None, True)
    }


def as_xml(name: str, told: Any) -> str:
    """The SDK's JSON as the XML that the API gives by default: `@name` is an attribute."""
    if isinstance(told, list):
        return "".join(as_xml(name, each) for each in told)
    if not isinstance(told, dict):
        return f"<{name}>{told}</{name}>"
    attributes = "".join(f' {key[1:]}="{value}"' for key, value in told.items() if key.startswith("@"))
    inner = "".join(as_xml(key, value) for key, value in told.items() if not key.startswith("@"))
    return f"<{name}{attributes}>{inner}</{name}>"


def resource(name: str, inner: str, attributes: str = "") -> Document:
    spaces = 'xmlns="http://api.callfire.com/data" xmlns:r="http://api.callfire.com/resource"'
    return parse_xml(f"<r:{name} {spaces}{attributes}>{inner}</r:{name}>".encode())


@needs_vendor_data
def test_callfires_published_statistics() -> None:
    told = parse_json((VENDOR_DATA / "broadcast-stats.json").read_bytes())["Resource"]["BroadcastStats"]
    document = resource("Resource", as_xml("BroadcastStats", told))
    assert schema().validate(document[0]), schema().error_log
    asset = AssetRef("18", "broadcast")
    figures = add_up(list(registry.get("callfire").feed("stats").read(document, reading_of(asset))), "published")
    plain = {metric: value for (metric, _, dimension, *_), value in figures.items() if not dimension}
    assert plain == {
        "call_duration": 1,
        "billed_duration": 1,
        "billed_credits": Decimal("20.0"),
        "attempts": 24,
        "actions": 24,
        "unattempted": 25,
        "retry_wait": 1,
        "finished": 1,
    }
    by_result = {(metric, key): value for (metric, _, _, key, *_), value in figures.items() if key}
    assert by_result == {
        (metric, result): value
        for metric in ("attempts", "actions")
        for result, value in (("SENT", 20), ("CARRIER_ERROR", 4))
    }


@needs_vendor_data
def test_callfires_list_in_json_says_when_each_was_modified() -> None:
    told = parse_json((VENDOR_DATA / "broadcast-list.json").read_bytes())["ResourceList"]
    rows = [{key: row[key] for key in ("@id", "Name", "Status", "LastModified", "Type")} for row in told["Broadcast"]]
    document = resource("ResourceList", as_xml("Broadcast", rows), f' totalResults="{told["@totalResults"]}"')
    found: list[Any] = list(registry.get("callfire").feed("broadcasts").read(document, reading_of()))
    assert [seen.settled for seen in found] == [False, False, True]
    assert found[2].title == "Text Broadcast, 7/3/15 3:26 PM"
    assert found[2].modified_at == datetime(2015, 7, 3, 12, 29, 1, tzinfo=UTC)


def test_scaleengine_needs_an_application() -> None:
    with pytest.raises(AskPerson, match="No application is named"):
        registry.get("scaleengine").applications({"apps": []})
    named = registry.get("scaleengine").applications({"apps": ["one", "two", "one"]})
    assert [(seen.external_id, seen.kind) for seen in named] == [("one", "application"), ("two", "application")]
