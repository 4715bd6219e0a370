"""247platform's truth, as facts."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

from ...ledger_fact import Fact, FactFilter
from ...truth import Moment, days
from .accounts import ACCOUNTS, NAME
from .figures import is_whole, lifetime, log
from .locations import located


def facts(moment: Moment, account: str, asked: FactFilter) -> Iterator[Fact]:
    """Lifetime readings of now, and the log by day and hour. Where the log is not whole, plays and watch time by day are what
    came between two readings, and only who made them knows those."""
    today = moment.today(NAME)
    for video, _, _ in ACCOUNTS.assets(account, moment.assets):
        if asked.first <= today <= asked.last and asked.interval in (None, "lifetime"):
            for metric, value, dimension, key in _readings(moment, account, video):
                yield Fact(NAME, account, video, metric, value, today, "lifetime", dimension, key)
        for (metric, interval, day, minute), total in _by_time(moment, account, video).items():
            if asked.first <= day <= asked.last and asked.allows(interval):
                yield Fact(NAME, account, video, metric, total, day, interval, minute=minute)


def _by_time(moment: Moment, account: str, video: str) -> dict[tuple[str, str, date, int], int]:
    """What the log lists, by metric, interval, day and minute; where it is whole, all days since its first have figures."""
    sums: dict[tuple[str, str, date, int], int] = defaultdict(int)
    viewings, today = log(moment, account, video), moment.today(NAME)
    prefixes = ["logged_"]
    if is_whole(moment, account, video):
        prefixes.append("")
        for day in days(min((viewing.day for viewing in viewings), default=today), today):
            sums["plays", "day", day, 0] = sums["watch_time", "day", day, 0] = 0
    for viewing in viewings:
        hour = datetime.fromtimestamp(viewing.start, UTC).hour * 60
        for prefix in prefixes:
            for interval, minute in (("day", 0), ("hour", hour)):
                sums[f"{prefix}plays", interval, viewing.day, minute] += viewing.count
                sums[f"{prefix}watch_time", interval, viewing.day, minute] += viewing.seconds
    return sums


def _readings(moment: Moment, account: str, video: str) -> Iterator[tuple[str, int | Decimal, str, str]]:
    """(metric, value, dimension, key) of a video's lifetime."""
    so_far = lifetime(moment, account, video)
    countries = located(moment.seed, account, video, so_far.unique_ips)
    yield "plays", so_far.views, "", ""
    yield "watch_time", so_far.minutes * 60, "", ""
    yield "unique_ips", so_far.unique_ips, "", ""
    yield "unique_countries", len(countries), "", ""
    yield "data_in", so_far.data_in, "", ""
    yield "data_out", so_far.data_out, "", ""
    yield "data_transfer", so_far.data_in + so_far.data_out, "", ""
    yield "cost", so_far.cost, "", ""
    costs = {"transcode": so_far.transcode, "bandwidth": so_far.bandwidth, "storage": so_far.storage}
    for kind, cost in costs.items():
        if cost is not None:
            yield "cost", cost, "cost_type", kind
    of_continents: dict[str, int] = defaultdict(int)
    for (continent, _), regions in countries.items():
        of_continents[continent] += sum(sum(cities.values()) for cities in regions.values())
    for continent, count in of_continents.items():
        yield "unique_ips", count, "continent", continent
    for (_, country), regions in countries.items():
        code = country.partition("|")[2]
        yield "unique_ips", sum(sum(cities.values()) for cities in regions.values()), "country", code
        for region, cities in regions.items():
            yield "unique_ips", sum(cities.values()), "region", f"{code}|{region}"
            for city, count in cities.items():
                yield "unique_ips", count, "city", f"{code}|{region}|{city}"
