"""Boomstream: watch time of a project and of each media, and the sessions of pay-per-view accesses.

All of it is HTTP 200; whether it failed is said by `Status`. The statistics are XML; media, lives and playlists are asked for
as JSON, in which the vendor published them.
"""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from providers.toolkit.auth import QueryKey
from providers.toolkit.complaints import complaint, refuse_repeats
from providers.toolkit.countries import country
from providers.toolkit.errors import AskPerson, NotFound, SyncError, UnknownFailure, Unreadable
from providers.toolkit.feeds import Cadence, Feed, Per, Series
from providers.toolkit.fields import (
    counter,
    day_and_minute,
    field,
    is_blank,
    mapping,
    milliseconds,
    moment,
    sequence,
    text,
)
from providers.toolkit.formats import parse_json
from providers.toolkit.pagination import numbered, until_nothing_new
from providers.toolkit.provider import Credential, Option, Provider
from providers.toolkit.requests import Answer, Ask, Document, Pages, Reading, Request
from providers.toolkit.rows import AssetSeen, Figure, SessionSeen

# The vendor's message, what to do, and what we add to it.
MESSAGES: dict[str | None, tuple[type[SyncError], str]] = {
    "Invalid API key": (AskPerson, "Enter the API key again."),
    "Unauthorized": (AskPerson, "Check what the API key may see, and the viewer's password."),
    "Media not found": (NotFound, "Check its code, and that it belongs to the API key's project."),
    "Method not found": (Unreadable, "What we ask for is gone."),
}
# Requests take YYYY-MM-DD, answers write this. How an hour is written is not documented.
DATES = {"day": ("%d.%m.%Y",), "hour": ("%d.%m.%Y %H", "%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S")}
PROJECT_HELP = "all: the whole account; current: the API key's own project; empty: the other one whose key is given."
CHUNK_DAYS = {"day": 366, "hour": 31}  # which fit a page of 1,000 items


class WatchTime(Feed):
    """`project`: of a whole project; `target`: of one video, live or playlist. By day or by hour."""

    def __init__(self, method: str, interval: str) -> None:
        self.name, self.interval, self.method = f"{method}.{interval}", interval, method
        self.kinds = ("account",) if method == "project" else ("video", "live", "playlist")
        self.series = (Series("watch_time", interval),)
        self.chunk_days = CHUNK_DAYS[interval]
        self.default = interval == "day"

    def ask(self, ask: Ask) -> Pages:
        assert ask.asset
        params = {"start": ask.window.start.isoformat(), "end": ask.window.end.isoformat(), "group": self.interval}
        if self.method == "target":
            params["code"] = ask.asset.external_id
        elif project := project_of(ask.credentials, ask.options):
            params["project"] = project
        yield from numbered(Request("/api/stats", params={**params, "order": "asc"}), _page, _dates, _total)

    def read(self, document: Document, reading: Reading) -> Iterator[Figure]:
        _page(document)
        named = []
        for item in document.iterfind("Items/Item"):
            if (time := _text(item, "time")) is None:
                continue
            day, minute = day_and_minute(moment(_text(item, "date"), *DATES[self.interval]))
            named.append((day, minute))
            yield Figure("watch_time", milliseconds(time), day, minute // 60 * 60, self.interval)
        refuse_repeats(named, self.interval)


def _page(document: Document) -> tuple[int, int]:
    """The page that it is, and how many there are."""
    page, count = _text(document, "Page"), _text(document, "PageCount")
    if page is None or count is None:
        raise Unreadable(f"A page of statistics was expected, and a {document.tag} without Page and PageCount came.")
    return counter(page), counter(count)


def _total(document: Document) -> int | None:
    """How many items all pages have."""
    count = _text(document, "ItemCount")
    return None if count is None else counter(count)


def _dates(document: Document) -> list[str | None]:
    return [_text(item, "date") for item in document.iterfind("Items/Item")]


def _text(element: Document, *names: str) -> str | None:
    """The text of the first child of one of these names that has any."""
    texts = ((element.findtext(name) or "").strip() for name in names)
    return next((text for text in texts if text), None)


def _member(document: Document, name: str) -> Any:
    """What a map says of a name, None where it says nothing; `false` is a word."""
    value = mapping(document).get(name)
    return None if is_blank(value) and value is not False else value


class Sessions(Feed):
    """The sessions of one pay-per-view access, by the customer's password."""

    name = "sessions"
    per = Per.ACCESS
    kinds = ("video", "live", "playlist")
    chunk_days = 366
    personal = True
    requests_each = 2  # the second says that nothing follows
    nothing = b"<Response/>"  # an access that nobody used

    def ask(self, ask: Ask) -> Pages:
        assert ask.asset
        end = ask.window.end + timedelta(days=1)  # "Default: day after today": so the end itself may not be included
        params = {"code": ask.asset.external_id, "hash": ask.access, "start": ask.window.start.isoformat()}
        params |= {"end": end.isoformat(), "order": "asc"}
        yield from until_nothing_new(Request("/api/ppv/sessions", params=params), self.sessions)

    def read(self, document: Document, reading: Reading) -> Iterator[SessionSeen]:
        yield from self.sessions(document)

    def sessions(self, document: Document) -> Iterator[SessionSeen]:
        """The vendor's table says IP and CreatedAt, the example below it ip and Start."""
        if document.tag != "Response":
            raise Unreadable(f"A Response was expected, and {document.tag} came.")
        for item in (*document.iterfind("Item"), *document.iterfind("Items/Item")):
            name, left = _text(item, "Country"), _text(item, "LeftActivations")
            yield SessionSeen(
                started=moment(_text(item, "Start", "CreatedAt"), "%Y-%m-%d %H:%M:%S"),
                ip=_text(item, "ip", "IP") or "",
                user_agent=_text(item, "UserAgent") or "",
                country=country(name),
                country_name=name or "",
                place=_text(item, "Place") or "",
                left_activations=None if left is None else counter(left),
            )


class Listing(Feed):
    """What the project has, through all its folders. Their addresses are those of https://boomstream.com/documentation/api/"""

    per, cadence, discovers, format = Per.CONNECTION, Cadence.NOW, True, "json"
    requests_each = 2  # the second says that nothing follows
    kind_of = {"record_live": "live", "live": "live", "video": "video"}  # the vendor's Type; playlists have none

    def __init__(self, name: str, path: str, kind: str, listed: str = "Medias") -> None:
        self.name, self.path, self.kind, self.listed = name, path, kind, listed

    def ask(self, ask: Ask) -> Pages:
        waiting, known = [""], {""}

        def codes(document: Document) -> list[str]:
            """Folders have a `code`, media a `Code`."""
            folders = [text(folder["code"]) for folder in sequence(field(document, "Folders"))]
            waiting.extend(code for code in folders if code not in known)
            known.update(folders)
            return folders + [seen.external_id for seen in self.seen(document)]

        while waiting:
            folder = waiting.pop(0)
            params = {"format": "json", "limit": 100} | ({"code": folder} if folder else {})
            yield from until_nothing_new(Request(self.path, params=params), codes, "offset", by_items=True)

    def read(self, document: Document, reading: Reading) -> Iterator[AssetSeen]:
        yield from self.seen(document)

    def seen(self, document: Document) -> Iterator[AssetSeen]:
        """An empty list is written as null, but it is there."""
        if self.listed not in mapping(document):
            raise Unreadable(f"A list of {self.listed} was expected, and none came.")
        for media in (*sequence(field(document, "Medias")), *sequence(field(document, "Items"))):
            kind = self.kind_of.get(text(media.get("Type")), self.kind)
            title = text(media.get("Title")) or text(media.get("Name"))
            yield AssetSeen(text(media["Code"]), kind, title, text(media.get("MediaStatus")))


def project_of(credentials: Mapping[str, str], options: Mapping[str, Any]) -> str:
    """What the parameter `project` says; "" leaves it out, which is the key's own project. Raises AskPerson."""
    chosen = options.get("project")
    if chosen in ("all", "current"):
        return "all" if chosen == "all" else ""
    if chosen:
        raise AskPerson("The option project is all or current. Another project's key is the credential project_apikey.")
    return credentials.get("project_apikey") or ""


class Boomstream(Provider):
    slug = "boomstream"
    name = "Boomstream"
    docs = "https://boomstream.com/documentation/api/stats"
    base_url = "https://boomstream.com"
    time_zone = "Europe/Moscow"  # which its other endpoints use; the statistics do not say
    format = "xml"
    auth = QueryKey("apikey", "apikey")
    credentials = (
        Credential("apikey", "API key", help="Of a project: its settings, Integration."),
        Credential("project_apikey", "Another project's API key", needed=False, help="For the totals of that project."),
    )
    options = (Option("project", "Project totals", help=PROJECT_HELP, choices=("all", "current")),)
    feeds = (
        WatchTime("project", "day"),
        WatchTime("target", "day"),
        Sessions(),
        WatchTime("project", "hour"),
        WatchTime("target", "hour"),
        Listing("media", "/api/media/folder", "video"),
        Listing("live", "/api/live/folder", "live"),
        Listing("playlists", "/api/playlist/list", "playlist", "Items"),
    )
    volatile = ("RequestURI", "Version", "Versions")

    def account(self, credentials: Mapping[str, str], options: Mapping[str, Any]) -> AssetSeen:
        project = project_of(credentials, options)
        if not project:
            return AssetSeen("current", "account", "Current project")
        if project == "all":
            return AssetSeen("all", "account", "All projects")
        digest = hashlib.sha256(project.encode()).hexdigest()[:12]
        return AssetSeen(digest, "account", f"Project {digest}")

    def failure(self, answer: Answer) -> None:
        """An answer is a success where `Status` says so, or where it says nothing and there is no message instead. Looks at
        JSON too where XML was asked for: the vendor published its refusals so."""
        in_json = answer.body.lstrip().startswith(b"{")
        document = parse_json(answer.body) if in_json else answer.document()
        tag = "Response" if in_json else getattr(document, "tag", type(document).__name__)
        if tag != "Response":
            raise Unreadable(f"A Response was expected, and {tag} came.")
        said = {name: (_member if in_json else _text)(document, name) for name in ("Status", "Message", "Error")}
        status, message = said["Status"], said["Message"] or said["Error"]
        if status == "Success" or (status is None and message is None):
            if (contradiction := complaint(document)) and 200 <= answer.status < 300:
                raise UnknownFailure(f"Boomstream answers with {contradiction}")
            return
        if message not in MESSAGES and not 200 <= answer.status < 300:  # HTTP's own word says more
            return
        error, remedy = MESSAGES.get(message, (UnknownFailure, ""))
        raise error(f"Boomstream says: {message or status}. {remedy}".strip())
