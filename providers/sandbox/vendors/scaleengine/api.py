"""ScaleEngine's side: `usage.vse`, bandwidth by video, signed with HMAC-SHA256 over PHP's JSON."""

import hmac
import json
from datetime import date
from time import perf_counter, time
from typing import Any

from ...truth import Moment, days
from ...wire import Answer, Request, json_answer, whole
from .accounts import ACCOUNTS, APPS, video_url
from .figures import Weights, period_weights, selected, usage, video_number
from .php import signature

MAX_LIMIT = 1000
SKEW = 15 * 60
CODES = {  # the vendor's table of response codes
    "0000": "Unrecognized API Command",
    "0001": "CDN Authorization failed. Invalid API Key or not authorized for that account.",
    "0002": "Timestamp outside valid range. Make sure your timestamp is in UTC not local time",
    "0003": "Failed HMAC-SHA256 Signature. Check your Private Key",
    "0004": "ScaleEngine API encountered an unexpected error",
    "0005": "Unauthorized Access to API",
    "0006": "One or more required fields are missing:",
    "0100": "Your Operation has been queued",
    "1000": "ScaleEngine Servers are experiencing a larger than usual volume of traffic, "
    "please try again in a few minutes",
}


def failure(code: str, what: str = "") -> Answer:
    message = f"{CODES.get(code, 'Unknown error')} {what}".strip()
    return json_answer({"status": "failure", "message": message, "code": code, "handle_time": "0.0012 seconds"})


def failed(request: Request, code: str) -> Answer:
    """A fault, with its code."""
    return failure(code)


def _period(body: dict[str, Any]) -> list[date]:
    """The asked day, or all days of the month. ValueError where there is no such day."""
    year, month = int(body["year"]), int(body["month"])
    if body.get("day"):
        return [date(year, month, int(body["day"]))]
    first = date(year, month, 1)
    following = date(year + month // 12, month % 12 + 1, 1)
    return list(days(first, date.fromordinal(following.toordinal() - 1)))


def _refusal(moment: Moment, body: dict[str, Any]) -> tuple[str, str] | None:
    """Why the vendor would not answer: the code of its table, and what is missing."""
    missing = [name for name in ("command", "api_key", "timestamp", "cdn", "signature") if body.get(name) in (None, "")]
    if missing:
        return "0006", ", ".join(missing)
    account = ACCOUNTS.account_of("api_key", body["api_key"])
    if account is None or str(body["cdn"]) != str(ACCOUNTS.credentials[account]["cdn"]):
        return "0001", ""
    # A pinned clock moves the data, not the client's watch: a stamp of the real time is fresh as well.
    stamp = whole(body["timestamp"], 0)
    if min(abs(stamp - moment.now.timestamp()), abs(stamp - time())) > SKEW:
        return "0002", ""
    if not hmac.compare_digest(signature(body, ACCOUNTS.credentials[account]["secret"]), str(body["signature"])):
        return "0003", ""
    return None


def _usage(request: Request, body: dict[str, Any], account: str) -> Answer:
    """usage.vse: a page of rows, `count` being all there are."""
    started, moment = perf_counter(), request.moment
    missing = [name for name in ("app", "year", "month") if not body.get(name)]
    if missing:
        return failure("0006", ", ".join(missing))
    apps, urls = ([value] if isinstance(value, str) else list(value or ()) for value in (body["app"], body.get("url")))
    if not set(apps) <= set(APPS[account]):
        return failure("0005")
    try:
        weights = period_weights(moment, account, _period(body))
    except (TypeError, ValueError):
        return failure("0006", "year, month, day")
    limit = min(whole(body.get("limit"), MAX_LIMIT) or MAX_LIMIT, MAX_LIMIT)
    offset = request.page(whole(body.get("offset"), 0), 0)
    has_any = weights and not request.empties()
    count, rows = selected(moment, account, apps, urls, offset, limit) if has_any else (0, [])
    return Answer(_page(moment, account, weights, rows, count, started))


def _page(moment: Moment, account: str, weights: Weights, rows: list[int], count: int, started: float) -> bytes:
    """The answer as PHP writes it: figures as strings, slashes escaped."""
    prefix = video_url(account, 0).removesuffix("000.mp4").replace("/", "\\/")
    shown = []
    for row in rows:
        total, asked = usage(moment, account, weights, row)
        shown.append(
            f'{{"video_url":"{prefix}{video_number(row):03d}.mp4","bytes_total":"{total}","requests_total":"{asked}"}}'
        )
    text = f'{{"status":"success","usage":[{",".join(shown)}],"count":{count},"message":"Found Video Usage",'
    return f'{text}"handle_time":"{perf_counter() - started:.4f} seconds"}}'.encode()


def answer(request: Request) -> Answer:
    """Every command is a POST to /stable/ with one form field, `json`."""
    if request.path.rstrip("/") != "/stable" or request.method != "POST":
        return Answer(b"Not Found", "text/plain", 404)
    try:
        body = json.loads(request.form("json") or "{}")
    except ValueError:
        body = {}
    if not isinstance(body, dict):
        body = {}
    request.credential = str(body.get("api_key", ""))
    if refused := _refusal(request.moment, body):
        return failure(*refused)
    account = ACCOUNTS.account_of("api_key", body["api_key"]) or ""
    if body["command"] == "usage.vse":
        return _usage(request, body, account)
    if body["command"] in ("app.list", "video.getapps"):
        listed = [{"id": number, "name": name} for number, name in enumerate(APPS[account], 1)]
        return json_answer({"status": "success", "apps": listed, "count": len(listed), "message": "Found Applications"})
    return failure("0000")
