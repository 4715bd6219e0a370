"""Boomstream's side: watch time by project and by media, PPV sessions, and what its folders list."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

from ...truth import FIRST_DAY, Moment, days
from ...vendor_accounts import Asset
from ...wire import Answer, Request, day_of, whole
from .accounts import ACCOUNTS, NAME, second_media
from .figures import hours, media_ms, project_ms
from .ppv import sessions_answer
from .replies import failure, reply

PAGE_LIMIT = 1000
LISTED = 100  # at once, unless `limit` says otherwise
DayFigures = Callable[[date], int]  # day -> milliseconds


def answer(request: Request) -> Answer:
    """Routes a request. Every failure is HTTP 200 with a Status, as the vendor does it."""
    key = request.credential = request.query.get("apikey", "")
    account, project = ACCOUNTS.account_of("apikey", key), "current"
    if account is None:
        account, project = ACCOUNTS.account_of("project_apikey", key), "second"
    if account is None:
        return failure(request, "Invalid API key")
    if request.path == "/api/stats":
        return _stats(request, account, project)
    if request.path == "/api/ppv/sessions":
        return sessions_answer(request, account, project)
    listing = _listing(request, [] if request.empties() else _media(request.moment, account, project))
    return reply(request, listing) if listing else failure(request, "Method not found")


def _media(moment: Moment, account: str, project: str) -> list[Asset]:
    """(code, kind, title) of a project's media."""
    if project == "second":
        return [Asset(second_media(account), "video", "From the archive")]
    return ACCOUNTS.assets(account, moment.assets)


def _series(request: Request, account: str, project: str) -> DayFigures | str:
    """The figures that are asked for, as a function of the day; or the vendor's refusal."""
    moment, wanted = request.moment, request.query.get("project", "")
    if media := request.query.get("code"):
        kinds = {id_: kind for id_, kind, _ in _media(moment, account, project)}
        if media not in kinds:
            return "Media not found"
        return lambda day: media_ms(moment, account, media, kinds[media], day)
    named = {"": project, "all": "all"}
    named |= {
        ACCOUNTS.credentials[account]["apikey"]: "current",
        ACCOUNTS.credentials[account]["project_apikey"]: "second",
    }
    if wanted not in named:
        return "Unauthorized"
    return lambda day: project_ms(moment, account, named[wanted], day)


def _period(request: Request) -> tuple[date, date] | None:
    """The vendor's page: end is today by default, start a week before the end."""
    query = request.query
    end = day_of(query["end"]) if query.get("end") else request.moment.today(NAME)
    start = day_of(query["start"]) if query.get("start") else end and end - timedelta(days=7)
    return (start, end) if start and end else None


def _items(moment: Moment, series: DayFigures, first: date, last: date, by_hour: bool) -> Iterator[tuple[str, int]]:
    """(date as the vendor writes it, ms), none where nothing was watched."""
    for day in days(max(first, FIRST_DAY), min(last, moment.today(NAME))):
        label, total = f"{day:%d.%m.%Y}", series(day)
        if not by_hour:
            yield label, total
            continue
        for hour, part in enumerate(hours(moment, day, total)):
            yield f"{label} {hour:02d}:00", part


def _stats(request: Request, account: str, project: str) -> Answer:
    """`project` and `target` of the vendor's page: 1,000 items a page; a page past the end has none."""
    series, period = _series(request, account, project), _period(request)
    if isinstance(series, str) or period is None:
        return failure(request, series if isinstance(series, str) else "Wrong date")
    by_hour = request.query.get("group") == "hour"
    items = [item for item in _items(request.moment, series, *period, by_hour) if item[1]]
    items = [] if request.empties() else items
    if request.query.get("order") == "desc":
        items.reverse()
    page = request.page(whole(request.query.get("page"), 1) or 1, 1)
    start, end = (f"{day:%d.%m.%Y}" for day in period)
    return reply(
        request,
        {
            "Period": f"{start} - {end}",
            "Start": start,
            "End": end,
            "GroupBy": "hour" if by_hour else "day",
            "SourceType": "media" if request.query.get("code") else "project",
            "Page": page,
            "PageLimit": PAGE_LIMIT,
            "PageCount": -(-len(items) // PAGE_LIMIT),
            "ItemCount": len(items),
            "ItemFormat": {"date": "Date", "time": "Time", "time_dim": "Time (hours)"},
            "Items": [
                {"date": label, "time": ms, "time_dim": f"{ms / 3_600_000:.2f} hours"}
                for label, ms in items[(page - 1) * PAGE_LIMIT : page * PAGE_LIMIT]
            ],
        },
    )


def _listing(request: Request, media: list[Asset]) -> dict[str, Any] | None:
    """What a folder holds from `offset` on, in the vendor's mixed case and with its nulls; nothing for an unknown method."""
    method, first = request.path.removeprefix("/api/"), whole(request.query.get("offset"), 0) or 0
    rest = slice(first, first + (whole(request.query.get("limit"), LISTED) or LISTED))
    if method == "playlist/list":
        lists = [(id_, title) for id_, kind, title in media if kind == "playlist"]
        return {
            "Items": [
                {
                    "Code": id_,
                    "Name": title,
                    "Duration": "244000",
                    "AmountFiles": 4,
                    "AddedDate": "2024-01-01 10:00:00",
                    "Description": "",
                }
                for id_, title in lists[rest]
            ]
            or None
        }
    kind = {"media/folder": "video", "live/folder": "live"}.get(method)
    listed: list[dict[str, Any]] = [{"Title": title, "Code": id_} for id_, of_kind, title in media if of_kind == kind]
    if kind == "video":
        for row in listed:
            row |= {"Type": "video", "Duration": 5400, "MediaStatus": "Done", "Description": None, "Poster": None}
    elif kind == "live":
        for row in listed:
            row |= {"OnlineStatus": "False", "Type": "live", "Poster": None}
    else:
        return None
    return {"countTotal": len(listed), "Folders": None, "Medias": listed[rest] or None}
