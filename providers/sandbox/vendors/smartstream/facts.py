"""SmartSTREAM's truth, as facts."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta

from ...ledger_fact import Fact, FactFilter
from ...truth import Moment
from .accounts import ACCOUNTS, NAME
from .figures import GROUPS, INTERVALS, Aggregation, series

METRICS = {
    "play_count": "plays",
    "device_count": "devices",
    "session_count": "sessions",
    "play_time": "watch_time",
    "average_play_time": "average_watch_time",
    "player_count": "player_displays",
    "key_delivery_count": "drm_key_deliveries",
}


def facts(moment: Moment, account: str, asked: FactFilter) -> Iterator[Fact]:
    """All targets by day and devices by month, of the merchant and its media; by name every group and interval."""
    media_ids: list[str | None] = [None, *(row[0] for row in ACCOUNTS.assets(account, moment.assets))]
    for interval in (asked.interval,) if asked.interval in INTERVALS else ("day", "month"):
        if asked.interval not in (None, interval):
            continue
        group = asked.dimension or "all"
        for target, metric in METRICS.items():
            plain = target == "device_count" or interval != "month" or asked.interval == "month"
            key_only = target == "key_delivery_count" and (group != "all" or interval in ("hour", "minute"))
            if asked.metric not in (None, metric) or group not in GROUPS or not plain or key_only:
                continue
            for media in media_ids:
                if asked.asset not in (None, media or ACCOUNTS.credentials[account]["merchant_id"]):
                    continue
                yield from _of_kind(moment, account, media, (target, metric, interval, group), asked)


def _of_kind(
    moment: Moment, account: str, media: str | None, kind: tuple[str, str, str, str], asked: FactFilter
) -> Iterator[Fact]:
    """Facts of one target, interval and group; a month is a whole one, whatever the days asked for."""
    target, metric, interval, group = kind
    first, last = asked.first, asked.last
    if interval == "month":
        first, last = (
            first.replace(day=1),
            (last.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1),
        )
    begin, end = datetime.combine(first, time()), datetime.combine(last, time(23, 59, 59))
    aggregation = Aggregation(account, media, target, interval, group, begin, end)
    asset = media or ACCOUNTS.credentials[account]["merchant_id"]
    dimension = "" if group == "all" else group
    for at, figures in series(moment, aggregation):
        for key, value in figures.items():
            minute = at.hour * 60 + at.minute
            yield Fact(
                NAME,
                account,
                asset,
                metric,
                value,
                at.date(),
                interval,
                dimension,
                key if dimension else "",
                minute,
            )
