"""247platform: the statistics of one video.

An answer is about the video's lifetime so far, not a period: nearly all of it are readings of lifetime counters. Only
the log of viewings has days of its own. The vendor says that it holds each viewing; its published example has 12 entries beside
15,821 views. So what it lists are metrics of their own (`logged_plays`, `logged_watch_time`), and only where it is *whole* they
are the plays and watch time of their days too; else those are differences between readings (`pipeline/log_days.py`).
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import quote

from providers.toolkit.auth import Auth, Credentials, Send
from providers.toolkit.complaints import complaint
from providers.toolkit.countries import country
from providers.toolkit.errors import AskPerson, NotFound, SessionRefused, SyncError, UnknownFailure, Unreadable
from providers.toolkit.feeds import Cadence, Feed, Series, Span
from providers.toolkit.fields import counter, decimal, field, is_blank, mapping, minutes
from providers.toolkit.provider import Credential, Provider
from providers.toolkit.requests import Answer, Ask, Document, Pages, Reading, Request
from providers.toolkit.rows import Figure

# Our metric: the field's place in the answer ("uniqie" is their spelling), and how it is read. Beside `total` there may be
# `vod`, `live` and others: the total is what counts.
LIFETIME = {
    "plays": (("views", "total"), counter),
    "watch_time": (("views", "totalMinutes"), minutes),
    "unique_ips": (("geo", "uniqieIps", "total"), counter),
    "unique_countries": (("views", "uniqieCountries"), counter),
    "data_out": (("data", "total", "out"), counter),
    "data_in": (("data", "total", "in"), counter),
    "data_transfer": (("data", "total", "sum"), counter),
    "cost": (("cost", "total"), decimal),
}
COST_TYPES = {"transcode": "transcodeCosts", "bandwidth": "bandwidthCosts", "storage": "storageCosts"}
LOGGED = ("plays", "watch_time")  # what each entry of the log has, too
WHOLE = 99  # per cent of the views that a log must list to be whole
EARLIEST = date(2000, 1, 1)  # days without a viewing are named from then on
PLACES = ("continent", "country", "region", "city")
SECTIONS = {"views", "geo", "data", "cost", "times"}

# The body of an error is not documented, but its name is: we look for it anywhere.
ERRORS: dict[str, type[SyncError]] = {
    "AuthenticationRequired": SessionRefused,
    "AuthenticationFailed": SessionRefused,  # at the log-in itself, `log_in` makes a matter for a person of it
    "ResourceNotFound": NotFound,
    "MissingRequiredQueryParameter": UnknownFailure,
}


class SaltedSession(Auth):
    """A session for the md5 of key and salt, which is the vendor's way; or the one that a person entered."""

    has_session = True

    def sign(self, request: Request, credentials: Credentials, session: Mapping[str, Any], now: datetime) -> Request:
        token = session.get("token") or credentials.get("session_id")
        if not token:
            raise SessionRefused("No session is open yet.")
        return replace(request, params={"sessionId": token, "userId": credentials["user_id"], **request.params})

    def log_in(self, send: Send, credentials: Credentials) -> dict[str, Any]:
        """`identify` gives a salt, `authenticate` the session for it."""
        if not credentials.get("api_key"):
            raise AskPerson("247platform refuses this session_id. Enter a new one, or the api_key.")
        client = quote(str(credentials["user_id"]), safe="")
        try:
            salt = field(send(Request(f"/api/identify/get/{client}")).document(), "response", "salt") or ""
            code = hashlib.md5(f"{credentials['api_key']}{salt}".encode(), usedforsecurity=False).hexdigest()
            opened = send(Request(f"/api/authenticate/get/{client}", params={"salt": salt, "code": code})).document()
        except (SessionRefused, NotFound) as refusal:
            raise AskPerson(f"247platform refuses the log-in ({refusal}). Check user_id and api_key.") from None
        token = field(opened, "response", "sessionId")
        if not token:
            raise AskPerson("247platform opened no session for this user_id and api_key. Enter them again.")
        return {"token": str(token)}


class Statistics(Feed):
    """All that is known of a video, whatever period one asks for."""

    name = "statistics"
    kinds = ("video",)
    cadence = Cadence.NOW
    series = (
        *(Series(metric, "lifetime", "", Span.READING) for metric in LIFETIME),
        Series("cost", "lifetime", "cost_type", Span.READING),
        *(Series("unique_ips", "lifetime", place, Span.READING) for place in PLACES),
        *(Series(f"logged_{metric}", each, "", Span.LOG) for metric in LOGGED for each in ("day", "hour")),
        *(Series(metric, each, "", Span.WHOLE_LOG) for metric in LOGGED for each in ("day", "hour")),
    )
    differences = (*LOGGED, "data_out", "data_in", "data_transfer", "cost")

    def ask(self, ask: Ask) -> Pages:
        assert ask.asset
        video = quote(ask.asset.external_id, safe="")
        yield Request(f"/api/statistics/get/{video}", params={"reportType": "vod"})

    def read(self, document: Document, reading: Reading) -> Iterator[Figure]:
        if not SECTIONS & mapping(document).keys():
            raise Unreadable(f"This is no video's statistics: it has none of {', '.join(sorted(SECTIONS))}.")
        day = _day_of(document, reading)
        yield from _readings(document, day)
        yield from _log(document, reading, day)


def _day_of(document: Document, reading: Reading) -> date:
    """The day on which the vendor made the answer."""
    stamp = field(document, "created", "timestamp")
    return reading.day if stamp is None else _instant(stamp, reading).date()


def _instant(stamp: Any, reading: Reading) -> datetime:
    return datetime.fromtimestamp(counter(stamp), UTC).astimezone(reading.zone)


def _readings(document: Document, day: date) -> Iterator[Figure]:
    for metric, (path, read) in LIFETIME.items():
        value = field(document, *path)
        if value is not None:
            yield Figure(metric, read(value), day, 0, "lifetime")
    for kind, name in COST_TYPES.items():
        value = field(document, name)  # {} where nothing was stored
        if value is not None:
            yield Figure("cost", decimal(value), day, 0, "lifetime", "cost_type", kind)
    for (dimension, key), addresses in _places(document).items():
        yield Figure("unique_ips", addresses, day, 0, "lifetime", dimension, key)


def _places(document: Document) -> Counter[tuple[str, str]]:
    """Addresses by place. An address is in one place only, so those of places that we can't tell apart (each continent has
    its own "unknown") add up. `cities` are regions, `full` has the cities in them; names come cut at their first non-ASCII
    letter ("Los Alc") and stay so. A continent, too, is the vendor's own word; it has what its countries have."""
    found: Counter[tuple[str, str]] = Counter()
    for continent, countries in mapping(field(document, "geo", "locations")).items():
        for name, place in mapping(countries).items():
            code = country(name.rpartition("|")[2])
            if (addresses := field(place, "countryCount")) is not None:
                found["continent", continent or "unknown"] += counter(addresses)
                found["country", code] += counter(addresses)
            for region, addresses in mapping(field(place, "cities")).items():
                found["region", f"{code}|{region}"] += counter(addresses)
            for region, cities in mapping(field(place, "full")).items():
                for city, addresses in mapping(cities).items():
                    found["city", f"{code}|{region}|{city}"] += counter(addresses)
    return found


def _log(document: Document, reading: Reading, day: date) -> Iterator[Figure]:
    """Viewings by the day and hour of their beginning. `startTime` and `endTime` are rounded outwards: not used. What `diff`
    means for more than one viewing is not documented: it is taken once."""
    log: dict[str, Counter[tuple[date, int]]] = {metric: Counter() for metric in LOGGED}
    has_all_fields = True
    for entry in mapping(field(document, "times", "log")).values():
        began = _instant(field(entry, "from", "unix"), reading)
        for metric, value in (("plays", field(entry, "count", "total")), ("watch_time", field(entry, "diff"))):
            if value is None:
                has_all_fields = False
            else:
                log[metric][began.date(), began.hour * 60] += counter(value)
    views, listed = field(document, "views", "total"), log["plays"].total()
    is_whole = has_all_fields and views is not None and 100 * listed >= WHOLE * counter(views)
    for metric, hours in log.items():
        yield from _by_time(f"logged_{metric}", hours)
        if is_whole:
            yield from _by_time(metric, hours, _all_days(hours, day, reading))


def _by_time(metric: str, hours: Mapping[tuple[date, int], int], days: Iterable[date] = ()) -> Iterator[Figure]:
    """By hour, and by day; these days also where they have no hour."""
    by_day = dict.fromkeys(days, 0)
    for (day, minute), value in hours.items():
        by_day[day] = by_day.get(day, 0) + value
        yield Figure(metric, value, day, minute, "hour")
    for day, value in by_day.items():
        yield Figure(metric, value, day)


def _all_days(hours: Mapping[tuple[date, int], int], day: date, reading: Reading) -> set[date]:
    """From the first viewing to the day of the reading: a whole log says of the others that nobody watched."""
    first = max(min(hours, default=(day, 0))[0], EARLIEST).toordinal()
    return {day, *map(date.fromordinal, range(first, min(day, reading.day).toordinal() + 1))}


class Platform247(Provider):
    slug = "247platform"
    name = "247platform"
    docs = (
        "https://console.247platform.com/component/content/article/9-documentation/api-documentation/13-api-statistics"
    )
    base_url = "http://console.247platform.com"  # as on that page
    time_zone = "UTC"  # the page's readable times beside its unix stamps
    format = "json"
    auth = SaltedSession()
    credentials = (
        Credential(
            "user_id",
            "Client id",
            False,
            help="The number of the account: Client Id in the vendor's API pages.",
            names_account=True,
        ),
        Credential(
            "api_key",
            "API key",
            needed=False,
            help="The account's key. With it, sessions are opened as they are needed.",
        ),
        Credential("session_id", "Session id", needed=False, help="A session of your own, instead of the API key."),
    )
    feeds = (Statistics(),)
    reader_version = (
        2  # the first had plays and watch time by day from the log, however little it listed, and no continents
    )
    volatile = ("created",)

    def check_credentials(self, credentials: Mapping[str, str]) -> str:
        if complaint := super().check_credentials(credentials):
            return complaint
        has_one = credentials.get("api_key") or credentials.get("session_id")
        return "" if has_one else "one of the credentials api_key and session_id is needed"

    def failure(self, answer: Answer) -> None:
        for name, error in ERRORS.items():
            if name.encode() in answer.body:
                raise error(f"247platform answers {name}.")
        document = answer.document()
        if not isinstance(document, dict) or not 200 <= answer.status < 300:
            return
        if str(document.get("code", "200")) != "200":
            raise UnknownFailure(f"247platform answers with code {document['code']}.")
        message = document.get("message")  # no success has one
        if said := complaint(document) or ("" if is_blank(message) else f"message: {message!s:.200}"):
            raise UnknownFailure(f"247platform answers with {said}")
