"""The truth of the three video platforms, as facts: 247platform, Boomstream, SmartSTREAM."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import partial

from .accounts import ACCOUNTS, external_ids
from .fact import Fact, Wanted, within
from .truth import Moment
from .vendors.boomstream import api as boomstream
from .vendors.platform247 import figures as platform247_figures
from .vendors.platform247.locations import located
from .vendors.smartstream import figures as smartstream


def platform247_facts(moment: Moment, account: str, wanted: Wanted) -> Iterator[Fact]:
    """Lifetime readings of now, and the log by day and hour."""
    name, today = platform247_figures.NAME, moment.today(platform247_figures.NAME)
    for video, _, _ in external_ids(account, name, moment.assets):
        if wanted.first <= today <= wanted.last and wanted.interval in (None, "lifetime"):
            for metric, value, dimension, key in _readings(moment, account, video):
                yield Fact(name, account, video, metric, value, today, "lifetime", dimension, key)
        sums: dict[tuple[str, date, int, str], int] = defaultdict(int)
        for viewing in platform247_figures.log(moment, account, video):
            if wanted.first <= viewing.day <= wanted.last:
                hour = datetime.fromtimestamp(viewing.start, UTC).hour * 60
                for interval, minute in (("day", 0), ("hour", hour)):
                    sums[interval, viewing.day, minute, "plays"] += viewing.count
                    sums[interval, viewing.day, minute, "watch_time"] += viewing.seconds
        for (interval, day, minute, metric), total in sums.items():
            if wanted.may(interval):
                yield Fact(name, account, video, metric, total, day, interval, minute=minute)


def _readings(moment: Moment, account: str, video: str) -> Iterator[tuple[str, int | Decimal, str, str]]:
    """(metric, value, dimension, key) of a video's lifetime."""
    so_far = platform247_figures.lifetime(moment, account, video)
    places = located(moment.seed, account, video, so_far.unique_ips)
    yield "plays", so_far.views, "", ""
    yield "watch_time", so_far.minutes * 60, "", ""
    yield "unique_ips", so_far.unique_ips, "", ""
    yield "unique_countries", len(places), "", ""
    yield "data_in", so_far.data_in, "", ""
    yield "data_out", so_far.data_out, "", ""
    yield "data_transfer", so_far.data_in + so_far.data_out, "", ""
    yield "cost", so_far.cost, "", ""
    costs = {"transcode": so_far.transcode, "bandwidth": so_far.bandwidth, "storage": so_far.storage}
    for kind, cost in costs.items():
        if cost is not None:
            yield "cost", cost, "cost_type", kind
    for (_, country), regions in places.items():
        code = country.partition("|")[2]
        yield "unique_ips", sum(sum(cities.values()) for cities in regions.values()), "country", code
        for region, cities in regions.items():
            yield "unique_ips", sum(cities.values()), "region", f"{code}|{region}"
            for city, count in cities.items():
                yield "unique_ips", count, "city", f"{code}|{region}|{city}"


def boomstream_facts(moment: Moment, account: str, wanted: Wanted) -> Iterator[Fact]:
    """Watch time by day of the current project and each media; by name also by hour, and all projects' together."""
    name = boomstream.NAME
    series: dict[str, Callable[[date], int]] = {}
    for project in ["current", "all"] if wanted.by_name else ["current"]:
        series[project] = partial(boomstream.project_ms, moment, account, project)
    for media, kind, _ in external_ids(account, name, moment.assets):
        series[media] = partial(boomstream.media_ms, moment, account, media, kind)
    for asset, of_day in series.items():
        for day in within(moment, name, wanted):
            total = of_day(day)
            if total and wanted.may("day"):
                yield Fact(name, account, asset, "watch_time", Decimal(total) / 1000, day)
            if total and wanted.interval == "hour" and wanted.may("hour"):
                for hour, part in enumerate(boomstream.hours(moment, day, total)):
                    if part:
                        yield Fact(
                            name, account, asset, "watch_time", Decimal(part) / 1000, day, "hour", minute=hour * 60
                        )


SMARTSTREAM_METRICS = {
    "play_count": "plays",
    "device_count": "devices",
    "session_count": "sessions",
    "play_time": "watch_time",
    "average_play_time": "average_watch_time",
    "player_count": "player_displays",
    "key_delivery_count": "drm_key_deliveries",
}


def smartstream_facts(moment: Moment, account: str, wanted: Wanted) -> Iterator[Fact]:
    """All targets by day and devices by month, of the merchant and its media; by name every group and interval."""
    name = smartstream.NAME
    media_ids: list[str | None] = [None, *(row[0] for row in external_ids(account, name, moment.assets))]
    for interval in (wanted.interval,) if wanted.interval in smartstream.INTERVALS else ("day", "month"):
        if wanted.interval not in (None, interval):
            continue
        group = wanted.dimension or "all"
        for target, metric in SMARTSTREAM_METRICS.items():
            plain = target == "device_count" or interval != "month" or wanted.interval == "month"
            key_only = target == "key_delivery_count" and (group != "all" or interval in ("hour", "minute"))
            if wanted.metric not in (None, metric) or group not in smartstream.GROUPS or not plain or key_only:
                continue
            for media in media_ids:
                if wanted.asset not in (None, media or ACCOUNTS[account][name]["merchant_id"]):
                    continue
                yield from _smartstream(moment, account, media, (target, metric, interval, group), wanted)


def _smartstream(
    moment: Moment, account: str, media: str | None, kind: tuple[str, str, str, str], wanted: Wanted
) -> Iterator[Fact]:
    """Facts of one target, interval and group; a month is a whole one, whatever the days asked for."""
    target, metric, interval, group = kind
    first, last = wanted.first, wanted.last
    if interval == "month":
        first, last = (
            first.replace(day=1),
            (last.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1),
        )
    begin, end = datetime.combine(first, time()), datetime.combine(last, time(23, 59, 59))
    asked = smartstream.Wanted(account, media, target, interval, group, begin, end)
    asset = media or ACCOUNTS[account][smartstream.NAME]["merchant_id"]
    dimension = "" if group == "all" else group
    for at, figures in smartstream.series(moment, asked):
        for key, value in figures.items():
            minute = at.hour * 60 + at.minute
            yield Fact(
                smartstream.NAME,
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
