"""CallFire: each broadcast's usage and results by day, and how many of its contacts are still to be called."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from providers.toolkit.auth import Basic
from providers.toolkit.complaints import complaint
from providers.toolkit.errors import AskPerson, NotFound, RateLimited, SyncError, TryAgain, UnknownFailure, Unreadable
from providers.toolkit.feeds import Cadence, Feed, Per, Series, Span
from providers.toolkit.fields import counter, decimal, instant, mapping
from providers.toolkit.formats import parse_json
from providers.toolkit.pagination import by_offset
from providers.toolkit.provider import Credential, Provider
from providers.toolkit.requests import Answer, Ask, Document, Pages, Reading, Request
from providers.toolkit.rows import AssetSeen, Figure

# Prefixes and the order of attributes vary: elements are known by their namespace.
DATA, RESOURCE = "{http://api.callfire.com/data}", "{http://api.callfire.com/resource}"

USAGE: dict[str, tuple[str, Callable[[Any], Decimal | int]]] = {
    "Duration": ("call_duration", counter),
    "BilledDuration": ("billed_duration", counter),
    "BilledAmount": ("billed_credits", decimal),
    "Attempts": ("attempts", counter),
    "Actions": ("actions", counter),
}
BY_RESULT = {"Attempts": "attempts", "Actions": "actions"}
STATES = {"Unattempted": "unattempted", "RetryWait": "retry_wait", "Finished": "finished"}
SETTLED = {"FINISHED", "ARCHIVED"}


class Broadcasts(Feed):
    """The list of all broadcasts: https://developers.callfire.com/api_1_1_broadcast_service_query_broadcasts.html"""

    name = "broadcasts"
    per = Per.CONNECTION
    cadence = Cadence.NOW
    discovers = True

    def ask(self, ask: Ask) -> Pages:
        """The server may give fewer than MaxResults at once."""

        def page_at(offset: int) -> Request:
            return Request("/api/1.1/rest/broadcast", params={"MaxResults": 1000, "FirstResult": offset})

        yield from by_offset(page_at, _ids, are_unique=True)

    def read(self, document: Document, reading: Reading) -> Iterator[AssetSeen]:
        _ids(document)
        for broadcast in document.iterfind(f"{DATA}Broadcast"):
            status, modified = _text(broadcast, "Status") or "", _text(broadcast, "LastModified")
            yield AssetSeen(
                broadcast.get("id"),
                "broadcast",
                _text(broadcast, "Name") or "",
                status,
                instant(modified) if modified else None,
                status in SETTLED,
            )


class Stats(Feed):
    """One broadcast's statistics, a day at a time. Its states are those of the moment of asking."""

    name = "stats"
    kinds = ("broadcast",)
    cadence = Cadence.DAY
    series = (
        *(Series(metric) for metric, _ in USAGE.values()),
        *(Series(metric, "day", "result") for metric in BY_RESULT.values()),
        *(Series(metric, "day", "", Span.READING) for metric in STATES.values()),
    )

    def ask(self, ask: Ask) -> Pages:
        """To the day's last second, so that no call counts twice."""
        assert ask.asset
        begin = datetime.combine(ask.window.start, time(), ask.zone)
        end = datetime.combine(ask.window.end + timedelta(days=1), time(), ask.zone).astimezone(UTC) - timedelta(
            seconds=1
        )
        params = {"IntervalBegin": _stamp(begin), "IntervalEnd": _stamp(end)}
        yield Request(f"/api/1.1/rest/broadcast/{quote(ask.asset.external_id, safe='')}/stats", params=params)

    def read(self, document: Document, reading: Reading) -> Iterator[Figure]:
        stats = document.find(f"{DATA}BroadcastStats")
        if document.tag != f"{RESOURCE}Resource" or stats is None:
            raise Unreadable(f"A Resource with BroadcastStats was expected, and {document.tag} came.")
        day = reading.window.start
        for name, (metric, read) in USAGE.items():
            if value := _text(stats, "UsageStats", name):
                yield Figure(metric, read(value), day)
        words = set()
        for result in stats.iterfind(f"{DATA}ResultStat"):
            if not (word := _text(result, "Result")):
                raise Unreadable("A ResultStat has no Result.")
            if word in words:
                raise Unreadable(f"The Result {word} comes twice.")
            words.add(word)
            for name, metric in BY_RESULT.items():
                if value := _text(result, name):
                    yield Figure(metric, counter(value), day, dimension="result", key=word)
        for name, metric in STATES.items():
            if value := _text(stats, "ActionStatistics", name):
                yield Figure(metric, counter(value), reading.day)


def _text(element: Document, *path: str) -> str | None:
    """The text at a path of names of the data namespace."""
    found = element.findtext("/".join(DATA + name for name in path))
    return (found or "").strip() or None


def _ids(document: Document) -> tuple[list[str], int | None]:
    """The broadcasts of a page, and how many there are in all."""
    if document.tag != f"{RESOURCE}ResourceList":
        raise Unreadable(f"A ResourceList was expected, and {document.tag} came.")
    total = document.get("totalResults")
    ids = [broadcast.get("id") for broadcast in document.iterfind(f"{DATA}Broadcast")]
    if not all(ids):
        raise Unreadable("A Broadcast has no id.")
    return ids, None if total is None else counter(total)


def _stamp(when: datetime) -> str:
    return f"{when.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


class CallFire(Provider):
    slug = "callfire"
    name = "CallFire"
    docs = "https://developers.callfire.com/api_1_1_broadcast_service_get_broadcast_stats.html"
    base_url = "https://www.callfire.com"
    time_zone = "UTC"  # its stamps end in Z
    format = "xml"
    auth = Basic("login", "password")
    credentials = (
        Credential("login", "API login", False, help="Of an API credential: Settings, API Access."),
        Credential("password", "API password", help="Shown when the API credential is made.", of_person=True),
    )
    feeds = (Broadcasts(), Stats())

    def failure(self, answer: Answer) -> None:
        """A ResourceException, whatever form it comes in."""
        if answer.body.lstrip().startswith(b"{"):
            refusal = mapping(mapping(parse_json(answer.body)).get("ResourceException"))
            status, message = refusal.get("HttpStatus"), refusal.get("Message")
        else:
            root = answer.document()
            if root.tag != f"{RESOURCE}ResourceException":
                if (said := complaint(root)) and 200 <= answer.status < 300:
                    raise UnknownFailure(f"CallFire answers with {said}")
                return
            status, message = (root.findtext(RESOURCE + name) for name in ("HttpStatus", "Message"))
        if status or message:
            raise _refusal(str(status or answer.status).strip(), f"CallFire says: {message} ({status}).")


def _refusal(status: str, text: str) -> SyncError:
    """What the vendor's status means, which is HTTP's."""
    if status in ("401", "403"):
        return AskPerson(f"{text} Check login and password.")
    if status.startswith("5"):
        return TryAgain(text)
    return {"404": NotFound, "429": RateLimited}.get(status, UnknownFailure)(text)
