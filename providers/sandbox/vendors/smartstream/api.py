"""SmartSTREAM's side: `aggregations` of a merchant or one of its media, behind the log-in of `smartstream_gate`."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from ...wire import Answer, Request, json_answer
from .accounts import ACCOUNTS
from .figures import GROUPS, INTERVALS, TARGETS, Aggregation, media_ids, series
from .gate import Refused, identified, log_in

SHAPES = (1, 2, 3)  # in which a group's figures may come: the vendor's page shows `all` only
# The vendor's page shows a minute, `2018/12/01 14:34`; the other three are its beginning.
_FORMATS = {"month": "%Y/%m", "day": "%Y/%m/%d", "hour": "%Y/%m/%d %H:00", "minute": "%Y/%m/%d %H:%M"}


def _stamp(text: str) -> datetime:
    """`YYYYMMDDhhmmss`; Refused where it is not one."""
    try:
        return datetime.strptime(text, "%Y%m%d%H%M%S")  # noqa: DTZ007
    except ValueError as error:
        raise Refused(400, "BAD_REQUEST") from error


def _aggregation(query: dict[str, str], account: str) -> Aggregation:
    """The vendor's page: target is play_count and interval is day by default. Refused where it cannot be served."""
    target, interval = query.get("target") or "play_count", query.get("interval") or "day"
    group = query.get("group") or "all"
    first, last = _stamp(query.get("from", "")), _stamp(query.get("to", ""))
    known = target in TARGETS and interval in INTERVALS and group in GROUPS and first <= last
    # "Only DRM key retrieval count cannot be retrieved hourly or per minute", nor "with options other than all".
    if not known or (target == "key_delivery_count" and (group != "all" or interval in ("hour", "minute"))):
        raise Refused(400, "BAD_REQUEST")
    first = first.replace(minute=0 if interval == "hour" else first.minute, second=0)
    return Aggregation(account, query.get("media_id") or None, target, interval, group, first, last)


def _shaped(group: str, figures: dict[str, int | Decimal], shape: int) -> dict[str, Any]:
    """A group's figures in one of the three forms."""
    if group == "all" or shape == 1:
        return dict(figures)
    if shape == 2:
        return {group: figures}
    return {group: [{group: key, "count": figure} for key, figure in figures.items()]}


def _aggregations(request: Request, account: str) -> Answer:
    """A bare array of times; an unknown media has none."""
    asked = _aggregation(request.query, account)
    is_unknown = asked.media and asked.media not in media_ids(request.moment, account)
    if is_unknown or request.empties():
        return json_answer([])
    label = _FORMATS[asked.interval]
    return json_answer(
        [
            {
                "date": time.strftime(label),
                **_shaped(asked.group, figures, request.settings.get("smartstream_shape", SHAPES[0])),
            }
            for time, figures in series(request.moment, asked)
        ]
    )


def answer(request: Request) -> Answer:
    """Routes a request; every one counts for its key, log-ins and refused ones too."""
    key = request.credential = request.headers.get("X-Streaks-Api-Key", "")
    merchant, _, rest = request.path.removeprefix("/v1/merchants/").partition("/")
    account = ACCOUNTS.account_of("merchant_id", merchant)
    if wait := request.wait(key or (ACCOUNTS.credentials[account]["api_key"] if account else merchant)):
        return Refused(429, "TOO_MANY_REQUESTS").answer(Retry_After=str(wait))
    try:
        if not request.path.startswith("/v1/merchants/") or rest not in ("aggregations", "auth-token/"):
            raise Refused(404, "NOT_FOUND")
        if rest == "aggregations":
            return _aggregations(request, identified(request, merchant))
        if account is None:
            raise Refused(401, "UNAUTHORIZED")
        return log_in(request, account)
    except Refused as refused:
        return refused.answer()
