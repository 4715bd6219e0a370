"""The contract itself: a sixth provider keeps it from a class and a folder, and each way to break it is caught."""

import json
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from providers.toolkit.auth import QueryKey
from providers.toolkit.errors import AskPerson
from providers.toolkit.feeds import Cadence, Feed, Series
from providers.toolkit.provider import Credential, Provider
from providers.toolkit.requests import Answer, Ask, Document, Pages, Reading, Request
from providers.toolkit.rows import Figure, SessionSeen
from tests.support.contract import check_provider

DAY = date(2026, 1, 20)
SEVEN = {"metric": "plays", "value": 7, "day": "2026-01-20"}


class Views(Feed):
    name = "views"
    kinds = ("video",)
    cadence = Cadence.DAY
    series = (Series("plays"), Series("plays", "day", "country"))

    def ask(self, ask: Ask) -> Pages:
        yield Request("/views")

    def read(self, document: Document, reading: Reading) -> Iterator[Any]:
        yield Figure("plays", document["views"], reading.window.start)


class Sixth(Provider):
    slug, name, docs, base_url = "sixth", "Sixth", "https://docs.example/api", "https://api.example"
    time_zone, format, auth = "UTC", "json", QueryKey("key", "key")
    credentials = (Credential("key", "Key"),)
    feeds: Any = (Views(),)

    def failure(self, answer: Answer) -> None:
        if b"oops" in answer.body:
            raise AskPerson("Sixth says: oops")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "answers").mkdir()
    (tmp_path / "answers" / "views.json").write_text('{"views": 7}')
    write_case(tmp_path)
    write_failure(tmp_path)
    return tmp_path


def write_case(folder: Path, **changes: Any) -> None:
    case = {
        "feed": "views",
        "asset": {"external_id": "1", "kind": "video"},
        "window": ["2026-01-20", "2026-01-20"],
        "fetched_at": "2026-01-20T12:00:00+00:00",
        "parts": ["views.json"],
        "requests": [{"path": "/views"}],
        "figures": [SEVEN],
    }
    (folder / "views.json").write_text(json.dumps(case | changes))


def write_failure(folder: Path, **changes: str) -> None:
    told = {"text": "oops", "status": 400, "error": "AskPerson", "says": "oops"}
    (folder / "failures.json").write_text(json.dumps([told | changes]))


def test_it_works(folder: Path) -> None:
    check_provider(Sixth(), folder)


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("slug", "Sixth One", "a slug is"),
        ("docs", "http://docs.example", "docs is the address"),
        ("base_url", "https://api.example/", "without a slash at its end"),
        ("format", "yaml", "no format yaml"),
        ("credentials", (Credential("key", "Key", secret=False),), "must be secret"),
        ("credentials", (Credential("key", "Key", needed=False),), "no credentials at all"),
        ("credentials", (Credential("key", ""),), "forms show labels"),
        ("credentials", (Credential("key", "Key"), Credential("key", "Key")), "one name twice"),
        ("feeds", (Views(), Views()), "one name twice"),
    ],
)
def test_a_wrong_declaration_is_refused(folder: Path, name: str, value: Any, complaint: str) -> None:
    provider = Sixth()
    setattr(provider, name, value)
    with pytest.raises(AssertionError, match=complaint):
        check_provider(provider, folder)


def feed_like(**changes: Any) -> Feed:
    feed: Feed = type("Changed", (Views,), changes)()
    return feed


def test_a_feed_that_reads_sessions_must_be_personal(folder: Path) -> None:
    session = SessionSeen(datetime(2026, 1, 20, 12), "203.0.113.7", "Firefox", "JP", "Japan", "", None)
    write_case(folder, sessions=[session._asdict() | {"started": "2026-01-20T12:00:00"}], figures=[])
    provider = Sixth()
    provider.feeds = (feed_like(read=lambda self, document, reading: iter([session])),)
    with pytest.raises(AssertionError, match="must be declared personal"):
        check_provider(provider, folder)


def reads(**changes: Any) -> dict[str, Any]:
    """A `read` whose figure is changed."""
    figure = Figure("plays", 7, DAY)._replace(**changes)
    return {"read": lambda self, document, reading: iter([figure])}


def asks(*requests: Request, endless: bool = False) -> dict[str, Any]:
    def ask(self: Feed, ask: Ask) -> Pages:
        while True:
            for request in requests:  # noqa: UP028  (a tuple can't be sent answers)
                yield request
            if not endless:
                return

    return {"ask": ask}


def reads_only_once(self: Feed, document: Document, reading: Reading) -> Iterator[Figure]:
    yield Figure("plays", document.pop("views", 0), reading.window.start)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        (reads(value=8), "sixth/views"),
        (reads(value=7.0), "is not exact"),
        (reads(value=True), "is not exact"),
        (reads(day=datetime(2026, 1, 20)), "datetime"),
        (reads(day=date(2026, 1, 21)), "sixth/views"),
        (reads(minute=60), "begins no day"),
        (reads(asset="1"), "whose is"),
        (reads(interval="hour"), "nobody owns"),
        (reads(metric="sessions"), "nobody owns"),
        (reads(dimension="country"), "a key belongs to a dimension"),
        (reads(dimension="country", key="es"), "is in no country"),
        ({"read": reads_only_once}, "read again, the rows differ"),
        (asks(Request("/views"), Request("/more")), "asks for more than the case has parts"),
        (asks(Request("/views"), endless=True), "asks for more than the case has parts"),
        (asks(), "stops before the last part"),
        (asks(Request("/others")), "sixth/views"),
        (asks(Request("/views/contract-secret-key")), "a secret in the path"),
        (asks(Request("/views", headers={"Key": "contract-secret-key"})), "a secret in"),
        (asks(Request("views")), "is appended to the base"),
        ({"series": (Series("plays"), Series("plays"))}, "names a series twice"),
        ({"series": (Series("views"),)}, "no metric views"),
        ({"series": (Series("plays", "week"),)}, "no interval week"),
        ({"series": (Series("plays", "day", "weather"),)}, "no dimension weather"),
        ({"kinds": ("film",)}, "unknown kinds"),
        ({"kinds": ()}, "for which kinds"),
        ({"kinds": ("account",)}, "an account asset"),
        ({"differences": ("plays",)}, "differences need lifetime readings"),
        ({"default": False}, "a plain sync must fetch something"),
    ],
)
def test_a_wrong_feed_is_refused(folder: Path, changes: dict[str, Any], complaint: str) -> None:
    provider = Sixth()
    provider.feeds = (feed_like(**changes),)
    with pytest.raises(AssertionError, match=complaint):
        check_provider(provider, folder)


def test_a_feed_that_follows_an_endless_server_is_refused(folder: Path) -> None:
    """It ends with the case's two parts, and would go on with a server that repeats its first page."""

    def ask(self: Feed, ask: Ask) -> Pages:
        page = 0
        while (yield Request("/views", params={"page": page}))["views"] == 7:
            page += 1

    (folder / "answers" / "end.json").write_text('{"views": 0}')
    requests = [{"path": "/views", "params": {"page": page}} for page in (0, 1)]
    write_case(folder, parts=["views.json", "end.json"], requests=requests)
    provider = Sixth()
    provider.feeds = (feed_like(ask=ask),)
    with pytest.raises(AssertionError, match="asks on and on"):
        check_provider(provider, folder)


def test_two_owners_of_one_fact_are_refused(folder: Path) -> None:
    provider = Sixth()
    provider.feeds = (Views(), feed_like(name="again"))
    with pytest.raises(AssertionError, match="both own"):
        check_provider(provider, folder)


def test_each_kind_of_feed_needs_a_case(folder: Path) -> None:
    provider = Sixth()
    provider.feeds = (Views(), feed_like(name="other", series=(Series("sessions"),)))
    with pytest.raises(AssertionError, match="no case for Changed"):
        check_provider(provider, folder)


@pytest.mark.parametrize(
    "changes",
    [
        {"figures": []},
        {"figures": [SEVEN, SEVEN | {"day": "2026-01-19"}]},
        {"parts": ["views.json", "views.json"]},
        {"error": "Unreadable"},
        {"assets": [{"external_id": "1"}]},
        {"sessions": [{"ip": "192.0.2.1"}]},
    ],
)
def test_a_case_is_held_to_its_word(folder: Path, changes: dict[str, Any]) -> None:
    write_case(folder, **changes)
    with pytest.raises(AssertionError):
        check_provider(Sixth(), folder)


@pytest.mark.parametrize("changes", [{"error": "TryAgain"}, {"says": "sorry"}, {"text": "all is well"}])
def test_failures_are_held_to_their_words(folder: Path, changes: dict[str, str]) -> None:
    write_failure(folder, **changes)
    with pytest.raises(AssertionError):
        check_provider(Sixth(), folder)
