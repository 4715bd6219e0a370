"""CallFire's side: the list of broadcasts, and each one's statistics by interval, in XML of its schema or in JSON."""

import base64
from collections.abc import Iterator
from datetime import UTC, date, datetime

from ...truth import FIRST_DAY, Moment
from ...vendor_accounts import Asset
from ...wire import Answer, Request, instant, whole
from .accounts import ACCOUNTS, NAME
from .figures import Stats, life_of, state, states, stats
from .replies import exception, listed, stats_answer

LIST_CAP = 100


def _account(request: Request) -> str | None:
    """Whose login and password the Basic header holds."""
    request.credential = request.headers.get("Authorization", "")
    try:
        text = base64.b64decode(request.credential.removeprefix("Basic "), validate=True).decode()
    except ValueError:
        return None
    login, _, password = text.partition(":")
    account = ACCOUNTS.account_of("login", login)
    return account if account and password == ACCOUNTS.credentials[account]["password"] else None


def _list(request: Request, account: str, as_json: bool) -> Answer:
    """At most 100 rows a page, whatever MaxResults says."""
    moment, query = request.moment, request.query
    first = request.page(whole(query.get("FirstResult"), 0), 0)
    most = min(whole(query.get("MaxResults"), LIST_CAP), LIST_CAP)
    everything = [] if request.empties() else ACCOUNTS.assets(account, moment.assets)
    return listed([_row(moment, account, row) for row in everything[first : first + most]], len(everything), as_json)


def _row(moment: Moment, account: str, row: Asset) -> tuple[str, str, str, datetime | None, str]:
    """(id, name, status, modified, type) of a broadcast."""
    return (row[0], row[2], *state(moment, account, row[0]), life_of(moment, account, row[0]).type)


def _interval(request: Request) -> Iterator[date]:
    """The first and last day that the interval touches, both its ends included. ValueError where it is not a time."""
    for name, default in (("IntervalBegin", FIRST_DAY), ("IntervalEnd", request.moment.today(NAME))):
        text = request.query.get(name)
        found = instant(text) if text else datetime(default.year, default.month, default.day, tzinfo=UTC)
        if found is None:
            raise ValueError(f"{name} is not a date and time")
        yield found.date()


def answer(request: Request) -> Answer:
    """Routes a request; a path that ends in `.json` gets JSON."""
    as_json = request.path.endswith(".json")
    account = _account(request)
    if account is None:
        return exception(401, "Unauthorized", as_json)
    parts = request.path.removesuffix(".json").removeprefix("/api/1.1/rest/").split("/")
    if parts == ["broadcast"]:
        return _list(request, account, as_json)
    known = ACCOUNTS.index_of(account, request.moment.assets)
    if len(parts) != 3 or (parts[0], parts[2]) != ("broadcast", "stats") or parts[1] not in known:
        return exception(404, "Resource was not found", as_json)
    try:
        first, last = _interval(request)
    except ValueError as error:
        return exception(400, str(error), as_json)
    found, now = stats(request.moment, account, parts[1], first, last), states(request.moment, account, parts[1])
    if request.empties():
        found, now = Stats(0, 0, {}), dict.fromkeys(now, 0)
    return stats_answer(found, now, as_json)
