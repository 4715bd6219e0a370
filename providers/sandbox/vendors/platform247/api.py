"""247platform's side: sessions by salt and code, and `statistics/get`, one video's lifetime so far."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from ...truth import Moment, draw
from ...wire import Answer, Request, json_answer
from .accounts import ACCOUNTS, NAME
from .figures import Lifetime, Viewing, lifetime, log
from .locations import located

SESSION_LIFE = timedelta(hours=1)
NOTHING = Lifetime(0, 0, 0, 0, Decimal(0), Decimal(0), None)
Places = dict[tuple[str, str], dict[str, dict[str, int]]]  # (continent, country) -> region -> city -> addresses


class Refused(Exception):
    """One of the vendor's named errors."""


def _error(name: str) -> Answer:
    """HTTP 400 with the name in the body, but 404 for what does not exist; the body's form is not published."""
    status = 404 if name == "ResourceNotFound" else 400
    return json_answer({"response": {"error": name, "code": str(status), "isOk": False}, "code": str(status)}, status)


def _required(request: Request, *names: str) -> list[str]:
    if not all(request.query.get(name) for name in names):
        raise Refused("MissingRequiredQueryParameter")
    return [request.query[name] for name in names]


def _salt(moment: Moment, user_id: str) -> str:
    """A client's salt of the day."""
    return f"{draw(moment.seed, 'salt', user_id, moment.today(NAME)) & 0xFFFFFFFF:08x}"


def _session(moment: Moment, account: str, expires: int) -> str:
    """A session id says when it ends and proves that the sandbox wrote it, so none need be remembered."""
    proof = hashlib.sha256(f"{draw(moment.seed, 'session', account)}|{expires}".encode()).hexdigest()
    return f"{expires:08x}{proof[:24]}"


def _is_valid(moment: Moment, account: str, session: str) -> bool:
    """The fixed session, or one that was handed out and has not run out."""
    if session == ACCOUNTS.credentials[account]["session_id"]:
        return True
    try:
        expires = int(session[:8], 16)
    except ValueError:
        return False
    return expires > moment.now.timestamp() and session == _session(moment, account, expires)


def _identify(request: Request, user_id: str) -> Answer:
    """GET identify/get/{clientId}: the salt to hash the key with."""
    if ACCOUNTS.account_of("user_id", user_id) is None:
        raise Refused("AuthenticationFailed")
    salt = _salt(request.moment, user_id)
    return json_answer({"response": {"salt": salt, "code": "200", "isOk": True}, "code": "200"})


def _authenticate(request: Request, user_id: str) -> Answer:
    """GET authenticate/get/{clientId}: a session of an hour for md5(apiKey + salt)."""
    salt, code = _required(request, "salt", "code")
    account = ACCOUNTS.account_of("user_id", user_id)
    if account is None or salt != _salt(request.moment, user_id):
        raise Refused("AuthenticationFailed")
    expected = hashlib.md5(f"{ACCOUNTS.credentials[account]['api_key']}{salt}".encode()).hexdigest()  # noqa: S324
    if not hmac.compare_digest(expected, code.lower()):
        raise Refused("AuthenticationFailed")
    session = _session(request.moment, account, int((request.moment.now + SESSION_LIFE).timestamp()))
    return json_answer({"response": {"response": "ok", "sessionId": session}, "code": "200"})


def _statistics(request: Request, video: str) -> Answer:
    """GET statistics/get/{videoId}."""
    session, user_id = request.query.get("sessionId", ""), request.query.get("userId", "")
    if not session:
        raise Refused("AuthenticationRequired")
    _required(request, "userId", "reportType")
    account = ACCOUNTS.account_of("user_id", user_id)
    if account is None or not _is_valid(request.moment, account, session):
        raise Refused("AuthenticationFailed")
    if video not in ACCOUNTS.index_of(account, request.moment.assets):
        raise Refused("ResourceNotFound")
    if request.empties():
        return json_answer(_written(request.moment, NOTHING, [], {}))
    return json_answer(_document(request.moment, account, video))


def _document(moment: Moment, account: str, video: str) -> dict[str, Any]:
    so_far, entries = lifetime(moment, account, video), log(moment, account, video)
    return _written(moment, so_far, entries, located(moment.seed, account, video, so_far.unique_ips))


def _written(moment: Moment, so_far: Lifetime, entries: list[Viewing], places: Places) -> dict[str, Any]:
    """The answer in the order of the published example; what is empty is `{}`, as PHP writes it there."""
    data = {"sum": so_far.data_in + so_far.data_out, "in": so_far.data_in, "out": so_far.data_out}
    return {
        "logs": {"total": len(entries), "vod": len(entries)},
        "cost": {"total": so_far.cost, "vod": so_far.cost},
        "data": {"total": data, "vod": data},
        "views": {"total": str(so_far.views), "totalMinutes": so_far.minutes, "uniqieCountries": len(places)},
        "times": _times(entries),
        "geo": {
            "uniqieIps": {"total": so_far.unique_ips, "vod": so_far.unique_ips},
            "locations": _locations(places),
        },
        "created": {
            "timestamp": int(moment.now.timestamp()),
            "readable": f"{moment.now:%Y-%m-%dT%H:%M:%S}+00:00",
        },
        "transcodeCosts": so_far.transcode,
        "bandwidthCosts": so_far.bandwidth,
        "storageCosts": {} if so_far.storage is None else so_far.storage,
    }


def _readable(unix: int) -> str:
    return datetime.fromtimestamp(unix, UTC).isoformat(" ").removesuffix("+00:00")


@lru_cache(maxsize=1 << 16)
def _entry(viewing: Viewing) -> dict[str, Any]:
    """One viewing; `created` is its end."""
    end = viewing.start + viewing.seconds
    return {
        "count": {"total": viewing.count, "vod": viewing.count},
        "created": {"readable": _readable(end), "unix": end},
        "from": {"readable": _readable(viewing.start), "unix": viewing.start},
        "mean": {"readable": _readable(viewing.middle), "unix": viewing.middle},
        "diff": viewing.seconds,
    }


def _times(entries: list[Viewing]) -> dict[str, Any]:
    """The log, and its ends: their unix stamps are rounded outwards, unlike their readable twins."""
    if not entries:
        return {"startTime": {}, "endTime": {}, "log": {}}
    start, end = entries[0].start, max(entry.start + entry.seconds for entry in entries)
    return {
        "startTime": {"unix": (start // 60 - 1) * 60, "human": _readable(start)},
        "endTime": {"unix": -(-end // 60) * 60, "human": _readable(end)},
        "log": {str(entry.middle): _entry(entry) for entry in entries},
    }


def _locations(places: Places) -> dict[str, Any]:
    """Continent -> country -> its count, its regions (which the vendor calls cities), and all in full."""
    found: dict[str, Any] = {}
    for (continent, country), regions in places.items():
        counts = {region: sum(cities.values()) for region, cities in regions.items()}
        found.setdefault(continent, {})[country] = {
            "countryCount": sum(counts.values()),
            "cities": counts,
            "full": regions,
        }
    return found


_ROUTES = {"statistics": _statistics, "identify": _identify, "authenticate": _authenticate}


def answer(request: Request) -> Answer:
    """Routes a request: /api/{what}/get/{id}."""
    request.credential = request.query.get("sessionId") or request.query.get("code", "")
    parts = request.path.strip("/").split("/")
    try:
        if len(parts) != 4 or (parts[0], parts[2]) != ("api", "get") or parts[1] not in _ROUTES:
            raise Refused("ResourceNotFound")
        return _ROUTES[parts[1]](request, parts[3])
    except Refused as refused:
        return _error(str(refused))
