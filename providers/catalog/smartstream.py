"""SmartSTREAM: seven figures of a merchant or one of its media, each by month, day, hour or minute, whole or split.

Every combination that the vendor serves is a feed, `target.group.interval`. How a split is written is not documented, nor are
the dates but a minute's: three shapes and the natural dates are read, anything else is unreadable.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from providers.toolkit.auth import Auth, Credentials, Send
from providers.toolkit.complaints import refuse_repeats
from providers.toolkit.countries import country
from providers.toolkit.errors import AskPerson, NotFound, SessionRefused, UnknownFailure, Unreadable
from providers.toolkit.feeds import Cadence, Feed, Series
from providers.toolkit.fields import (
    counter,
    day_and_minute,
    field,
    has_holes,
    instant,
    is_blank,
    mapping,
    moment,
    number,
    sequence,
)
from providers.toolkit.provider import Credential, Limit, Option, Provider
from providers.toolkit.requests import Answer, Ask, Document, Pages, Reading, Request
from providers.toolkit.rows import AssetSeen, Figure

# The vendor's word, ours, and how its values are read.
TARGETS: dict[str, tuple[str, Callable[[Any], Decimal | int]]] = {
    "play_count": ("plays", counter),
    "device_count": ("devices", counter),
    "session_count": ("sessions", counter),
    "play_time": ("watch_time", number),
    "average_play_time": ("average_watch_time", number),
    "player_count": ("player_displays", counter),
    "key_delivery_count": ("drm_key_deliveries", counter),
}
GROUPS = ("all", "country", "player", "site", "device", "os", "percentage")
DATES = ("%Y/%m", "%Y/%m/%d", "%Y/%m/%d %H", "%Y/%m/%d %H:%M")
# How many days one request covers (the vendor's example asks for a year), and what its dates are the beginning of.
INTERVALS: dict[str, tuple[int, dict[str, Any]]] = {
    "month": (366, {"day": 1, "hour": 0, "minute": 0}),
    "day": (366, {"hour": 0, "minute": 0}),
    "hour": (31, {"minute": 0}),
    "minute": (7, {}),
}


class Token(Auth):
    """The API key, and the bearer token of a log-in; or the token that a person entered."""

    has_session = True

    def sign(self, request: Request, credentials: Credentials, session: Mapping[str, Any], now: datetime) -> Request:
        token = session.get("token") or credentials.get("token")
        if not token:
            raise SessionRefused("No session is open yet.")
        ours = {"X-Streaks-Api-Key": credentials["api_key"], "Authorization": f"Bearer {token}"}
        return replace(request, headers={**request.headers, **ours})

    def log_in(self, send: Send, credentials: Credentials) -> dict[str, Any]:
        """A token and when it ends. One that comes expired means that the clocks differ: it is used until refused."""
        pair = {name: credentials.get(name) for name in ("mail_address", "password")}
        if not all(pair.values()):
            raise AskPerson("SmartSTREAM refuses this token. Enter a new one, or mail_address and password.")
        path = f"{_merchant(credentials)}/auth-token/"
        headers = {"Content-Type": "application/json", "X-Streaks-Api-Key": credentials["api_key"]}
        try:
            opened = send(Request(path, "POST", headers=headers, json=pair)).document()
        except (SessionRefused, NotFound) as refusal:
            wrong = "merchant_id, api_key, mail_address and password"
            raise AskPerson(f"SmartSTREAM refuses the log-in ({refusal}). Check {wrong}.") from None
        if (token := field(opened, "token")) is None:
            raise Unreadable("SmartSTREAM's log-in gave no token.")
        expires = field(opened, "expiration")
        session = {"token": str(token)} | ({"expires": instant(expires).isoformat()} if expires else {})
        return session if self.is_fresh(session, datetime.now(UTC)) else {"token": str(token)}

    def is_fresh(self, session: Mapping[str, Any], now: datetime) -> bool:
        return not session.get("expires") or datetime.fromisoformat(session["expires"]) > now


class Aggregation(Feed):
    """One target by one group and interval, of the merchant (an account) or of a media."""

    kinds = ("account", "video")
    nothing = b"[]"  # a time without plays

    def __init__(self, target: str, group: str, interval: str) -> None:
        self.name = f"{target}.{group}.{interval}"
        self.target, self.group, self.interval = target, group, interval
        self.metric, self.value = TARGETS[target]
        self.dimension = "" if group == "all" else group
        self.series = (Series(self.metric, interval, self.dimension),)
        self.cadence = Cadence.MONTH if interval == "month" else Cadence.RANGE
        self.chunk_days, self.beginning = INTERVALS[interval]
        self.dates = DATES[list(INTERVALS).index(interval) :]  # as precise as the interval, or more

    def is_default(self, options: Mapping[str, Any]) -> bool:
        if self.group == "all":
            return self.interval == "day" or self.name == "device_count.all.month"
        wanted = self.interval == "day" and self.target in ("play_count", "play_time")
        return wanted and self.group in (options.get("groups") or ())

    def kinds_for(self, options: Mapping[str, Any]) -> Sequence[str]:
        return self.kinds if self.group == "all" or options.get("groups_of_media") else ("account",)

    def ask(self, ask: Ask) -> Pages:
        """Without media_id the answer is the whole merchant."""
        assert ask.asset
        params = {"target": self.target, "interval": self.interval, "group": self.group}
        params |= {"from": f"{ask.window.start:%Y%m%d}000000", "to": f"{ask.window.end:%Y%m%d}235959"}
        if ask.asset.kind != "account":
            params = {"media_id": ask.asset.external_id, **params}
        headers = {"Content-Type": "application/json"}
        yield Request(f"{_merchant(ask.credentials)}/aggregations", params=params, headers=headers)

    def read(self, document: Document, reading: Reading) -> Iterator[Figure]:
        named = []
        for item in _items(document):
            day, minute = self.when(item.get("date"))
            named.append((day, minute))
            for key, value in self.split(item):
                if not is_blank(value):
                    yield Figure(self.metric, self.value(value), day, minute, self.interval, self.dimension, key)
        refuse_repeats(named, self.interval)

    def when(self, text: Any) -> tuple[date, int]:
        """The day and minute of a date, which must begin one of the intervals."""
        found = moment(str(text), *self.dates)
        if found != found.replace(**self.beginning):
            raise Unreadable(f"{text!r} is not the beginning of a {self.interval}.")
        return day_and_minute(found)

    def split(self, item: dict[str, Any]) -> Iterator[tuple[str, Any]]:
        """Key and value: of {"all": 7}, {"JP": 7}, {"country": {"JP": 7}} or {"country": [{"name": "JP", "count": 7}]}."""
        named = field(item, self.group)
        if self.group == "all":
            yield "", named
        elif isinstance(named, list) or (has_holes(named) and all(map(_is_part, named.values()))):
            for part in map(mapping, sequence(named)):
                yield self.key(_first(part, self.group, "name", "key")), _first(part, "count", "value")
        elif isinstance(named, dict):
            yield from ((self.key(key), value) for key, value in named.items())
        elif "all" in item:
            raise Unreadable(f"The answer is not split by {self.group}.")
        elif self.group not in item or not is_blank(item[self.group]):
            yield from ((self.key(key), value) for key, value in item.items() if key != "date")

    def key(self, word: Any) -> str:
        """Words are kept as they come, but for countries."""
        if self.group == "country":
            return country(str(word or ""))
        return "unknown" if is_blank(word) else str(word)


def _merchant(credentials: Mapping[str, str]) -> str:
    return f"/v1/merchants/{quote(str(credentials['merchant_id']), safe='')}"


def _first(part: dict[str, Any], *names: str) -> Any:
    """The value of the first of these names that is there."""
    for name in names:
        if name in part:
            return part[name]
    raise Unreadable(f"One of {', '.join(names)} was expected, and {', '.join(part) or 'nothing'} came.")


def _items(document: Document) -> Iterator[dict[str, Any]]:
    """The published example, `{ [ … ] }`, is no JSON: it is a bare list, or one in a map that has nothing else."""
    if isinstance(document, dict) and document and not _is_list(document):
        if len(document) != 1:
            raise Unreadable(f"A list was expected, and a map of {', '.join(document)} came.")
        document = next(iter(document.values()))
    if not _is_list(document) and document != {}:
        raise Unreadable(f"A list was expected, and {type(document).__name__} came.")
    yield from map(mapping, sequence(document))


def _is_list(value: Any) -> bool:
    """Also one with holes, as PHP writes it: {"0": {…}, "2": {…}}."""
    return isinstance(value, list) or (has_holes(value) and all(map(_is_part, value.values())))


def _is_part(value: Any) -> bool:
    return isinstance(value, dict) or is_blank(value)


class SmartStream(Provider):
    slug = "smartstream"
    name = "SmartSTREAM"
    docs = "https://www.smartstream.ne.jp/en/manual/support-manual/05-00_api-top/05-06_analysis-api/"
    base_url = "https://ovp-s-api.smartstream.ne.jp"
    time_zone = "Asia/Tokyo"  # not documented; the vendor and its customers are there
    format = "json"
    auth = Token()
    credentials = (
        Credential(
            "merchant_id", "Merchant id", False, help="As in the addresses of the vendor's API.", names_account=True
        ),
        Credential("api_key", "API key", help="From the vendor; sent as X-Streaks-Api-Key."),
        Credential("mail_address", "Mail address", False, False, "Of a user of the merchant.", of_person=True),
        Credential("password", "Password", needed=False, of_person=True),
        Credential("token", "Token", needed=False, help="A token of your own, instead of mail address and password."),
    )
    options = (
        Option("groups", "Also split by", True, choices=GROUPS, help="Daily plays and watch time, of the merchant."),
        Option(
            "groups_of_media",
            "Split each media too",
            is_flag=True,
            help="Every feed that splits figures is then asked for each media as well: many more requests.",
        ),
    )
    feeds = tuple(
        Aggregation(target, group, interval)
        for target in TARGETS
        for group in GROUPS
        for interval in INTERVALS
        # "Only DRM key retrieval count cannot be retrieved hourly or per minute", nor "with options other than all".
        if target != "key_delivery_count" or (group == "all" and interval in ("month", "day"))
    )
    limit = Limit(50, 60, key="api_key")  # "Default 50/min"

    def account(self, credentials: Mapping[str, str], options: Mapping[str, Any]) -> AssetSeen:
        merchant = str(credentials["merchant_id"])
        return AssetSeen(merchant, "account", f"Merchant {merchant}")

    def failure(self, answer: Answer) -> None:
        """How it fails is not documented, but what an answer is: a list, bare or alone in a map; or the token of a log-in.
        Anything beside the list says that something is wrong."""
        if not 200 <= answer.status < 300:
            return
        document = answer.document()
        if isinstance(document, dict) and "token" not in document and not _is_list(document):
            beside = [name for name, value in document.items() if len(document) > 1 or not _is_list(value)]
            if beside:
                raise UnknownFailure(f"SmartSTREAM answers with {', '.join(beside)} where only a list is expected.")

    def check_credentials(self, credentials: Mapping[str, str]) -> str:
        if complaint := super().check_credentials(credentials):
            return complaint
        can_log_in = credentials.get("mail_address") and credentials.get("password")
        return "" if can_log_in or credentials.get("token") else "mail_address and password are needed, or a token"
