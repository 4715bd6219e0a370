"""ScaleEngine: the bytes and player requests of every video and stream of its applications, by day or by month.

All commands are posted to one address, as one form field of JSON that is signed with a shared secret.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from providers.toolkit.auth import Auth, Credentials
from providers.toolkit.complaints import complaint
from providers.toolkit.errors import AskPerson, SyncError, TryAgain, UnknownFailure, Unreadable
from providers.toolkit.feeds import Cadence, Feed, Per, Series
from providers.toolkit.fields import counter, field, mapping, sequence, text
from providers.toolkit.pagination import by_offset
from providers.toolkit.php_json import php_json
from providers.toolkit.provider import Credential, Option, Provider
from providers.toolkit.requests import Answer, Ask, Document, Pages, Reading, Request
from providers.toolkit.rows import AssetSeen, Figure

PAGE = 1000

# The vendor's table of response codes: what to do, and what it adds to the vendor's message.
CODES: dict[str, tuple[type[SyncError], str]] = {
    "0000": (Unreadable, "The command is gone."),
    "0001": (AskPerson, "Check cdn and api_key."),
    "0002": (AskPerson, "This machine's clock differs from the vendor's: set it by a time server, then sync again."),
    "0003": (AskPerson, "The private key is wrong: enter it again."),
    "0004": (TryAgain, "It has an error of its own."),
    "0005": (AskPerson, "Check that the API key may see these applications."),
    "0006": (Unreadable, "The request lacks something."),
    "0100": (TryAgain, "It has put the request in a queue."),
    "1000": (TryAgain, "It is busy."),
}


class Signature(Auth):
    """HMAC-SHA256 over the request's JSON as PHP writes it, which the receiver is."""

    def sign(self, request: Request, credentials: Credentials, session: Mapping[str, Any], now: datetime) -> Request:
        """The order of the keys is that of the vendor's example. The example sends `cdn`, its table calls it cdn_id."""
        fields = dict(request.json)
        body = {
            "command": fields.pop("command"),
            "api_key": credentials["api_key"],
            "timestamp": int(now.timestamp()),
            "cdn": int(credentials["cdn"]),
            **fields,
        }
        digest = hmac.new(credentials["secret"].encode(), php_json(body).encode(), hashlib.sha256).digest()
        body["signature"] = base64.b64encode(digest).decode()
        return replace(request, json=None, form={"json": php_json(body)})


class Usage(Feed):
    """Usage of one application in a day, or in a month where no day is named: all pages are one reading, and each application
    has its own. Its videos and streams are assets of their own, which the application holds."""

    per = Per.ASSET
    kinds = ("application",)
    asset_kind = "video"

    def __init__(self, name: str, interval: str) -> None:
        self.name, self.interval, self.default = name, interval, interval == "day"
        self.cadence, self.chunk_days = (Cadence.DAY, 1) if interval == "day" else (Cadence.MONTH, 31)
        self.series = (Series("data_transfer", interval), Series("requests", interval))

    def ask(self, ask: Ask) -> Pages:
        assert ask.asset
        day = ask.window.start
        period = {"year": day.year, "month": day.month} | ({"day": day.day} if self.interval == "day" else {})
        yield from by_offset(partial(_page_at, ask.asset.external_id, period), _rows, PAGE)

    def read(self, document: Document, reading: Reading) -> Iterator[Figure]:
        """A video_url may stand in several rows, as in the vendor's example: they add up."""
        day, interval = reading.window.start, self.interval
        for row in map(mapping, _rows(document)[0]):
            if not (url := text(row.get("video_url"))):
                raise Unreadable("A row of usage names no video_url.")
            if (transferred := field(row, "bytes_total")) is not None:
                yield Figure("data_transfer", counter(transferred), day, 0, interval, "", "", url)
            if (requests := field(row, "requests_total")) is not None:
                yield Figure("requests", counter(requests), day, 0, interval, "", "", url)


def _page_at(app: str, period: Mapping[str, int], offset: int) -> Request:
    fields = {"command": "usage.vse", "app": app, **period, "limit": PAGE, "offset": offset}
    return Request("/stable/", "POST", json=fields)


def _rows(document: Document) -> tuple[list[dict[str, Any]], int | None]:
    """The rows of a page, and the "total number of results available for request"."""
    answer = mapping(document)
    if answer.get("status") != "success":
        raise Unreadable(f"An answer with status success was expected, and {answer.get('status')!r} came.")
    if "usage" not in answer:
        raise Unreadable("A list of usage was expected, and none came.")
    count = field(answer, "count")
    return sequence(answer.get("usage")), None if count is None else counter(count)


def _name_of(item: Any) -> str:
    """Of an application; "" where it has none."""
    if isinstance(item, dict):
        item = next((item[key] for key in ("name", "app", "app_name", "application") if key in item), "")
    return item if isinstance(item, str) else ""


class ScaleEngine(Provider):
    slug = "scaleengine"
    name = "ScaleEngine"
    docs = "https://cp.scaleengine.net/docs/api/usage/vse"
    base_url = "https://api.scaleengine.net"
    time_zone = "UTC"
    format = "json"
    auth = Signature()
    credentials = (
        Credential("cdn", "CDN id", False, help="The number of the account, e.g. 158.", names_account=True),
        Credential("api_key", "API key", help="Provided by the vendor as part of the account."),
        Credential(
            "secret", "Private key", help="Given with the API key. Requests are signed with it; it is never sent."
        ),
    )
    options = (Option("apps", "Applications", many=True, needed=True, help="The names of the applications to fetch."),)
    feeds = (Usage("usage", "day"), Usage("usage.month", "month"))
    volatile = ("handle_time",)
    applications_option = "apps"
    # The vendor's page of usage.vse names the first, other pages of it the second.
    applications_questions = tuple(
        Request("/stable/", "POST", json={"command": command}) for command in ("video.getapps", "app.list")
    )

    def check_credentials(self, credentials: Mapping[str, str]) -> str:
        complaint = super().check_credentials(credentials)
        return complaint or ("" if str(credentials["cdn"]).isdecimal() else "the credential cdn is a number, like 158")

    def applications(self, options: Mapping[str, Any]) -> Sequence[AssetSeen]:
        """Raises AskPerson where none is named."""
        if not (apps := sequence(options.get("apps"))):
            raise AskPerson("No application is named. List them in the option apps.")
        return [AssetSeen(app, "application", app) for app in dict.fromkeys(map(str, apps))]

    def application_names(self, document: Document) -> list[str]:
        """The body is not documented: any list of names, or of objects that have one."""
        for value in mapping(document).values():
            items = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
            names = [_name_of(item) for item in items]
            if names and all(names):
                return list(dict.fromkeys(names))
        raise Unreadable("The answer lists no applications that we can read.")

    def failure(self, answer: Answer) -> None:
        document = answer.document()
        if not isinstance(document, dict):
            return
        if document.get("status") == "success":
            if said := complaint(document):
                raise UnknownFailure(f"ScaleEngine answers with {said}")
            return
        if (status := document.get("status")) != "failure":
            if not 200 <= answer.status < 300:  # HTTP's own word says more
                return
            raise UnknownFailure(f"ScaleEngine answers with the status {status!r}.")
        code = str(document.get("code") if "code" in document else "none").zfill(4)  # "0004", or the number 4
        error, remedy = CODES.get(code, (UnknownFailure, ""))
        raise error(f"ScaleEngine says: {document.get('message')} ({code}). {remedy}".strip())
