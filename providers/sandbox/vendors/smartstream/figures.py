"""SmartSTREAM's figures: seven targets by seven groups by four intervals, of the merchant or one of its media.

Days of Tokyo. Plays are drawn, the other targets follow from them. The merchant is the sum of its media and of some
that were deleted since. Parts of a day sum to the day, and the keys of a group to the whole; but the keys of an hour
are rounded apart from those of its day.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from functools import lru_cache
from itertools import chain
from operator import add
from typing import NamedTuple

from ...truth import FIRST_DAY, Moment, days, draw, remembered, split
from .accounts import ACCOUNTS, NAME

ZONE = timezone(timedelta(hours=9))  # Tokyo does not change its clocks
INTERVALS = ("month", "day", "hour", "minute")
TARGETS = {  # the vendor's word -> the counters that it is made of
    "play_count": ("plays",),
    "device_count": ("plays",),
    "session_count": ("sessions",),
    "play_time": ("seconds",),
    "average_play_time": ("seconds", "plays"),
    "player_count": ("displays",),
    "key_delivery_count": ("keys",),
}
GROUPS: dict[str, tuple[str, ...]] = {
    "all": ("all",),
    "country": ("JP", "US", "TW", "KR", "TH", "FR", "GB", "BR"),
    "player": ("default", "embedded", "low-latency"),
    "site": ("www.example.jp", "shop.example.jp", "news.example.jp", "partner.example.com"),
    "device": ("smartphone", "pc", "tablet", "tv"),
    "os": ("iOS", "Android", "Windows", "macOS", "Linux", "other"),
    "percentage": ("0", "25", "50", "75", "100"),
}
TimeSeries = Iterator[tuple[datetime, dict[str, int | Decimal]]]  # time -> key of the group -> figure
Table = list[list[int]]  # slot of the day -> index of the key -> figure


class Aggregation(NamedTuple):
    """What an aggregation is asked for; `media` is None for the whole merchant."""

    account: str
    media: str | None
    target: str
    interval: str
    group: str
    first: datetime
    last: datetime


class KeyCounters:
    """One key's counters at one time, gathered day by day, and the devices of its busiest day."""

    def __init__(self) -> None:
        self.counters: Counter[str] = Counter()
        self.busiest = 0

    def gain(self, figures: dict[str, int]) -> None:
        self.counters.update(figures)
        self.busiest = max(self.busiest, devices(figures.get("plays", 0)))

    def value(self, asked: Aggregation) -> int | Decimal:
        """The target's figure. A month has no fewer devices than its busiest day, nor more than all days together."""
        if asked.target == "device_count":
            return max(self.busiest, self.counters["plays"] * 2 // 5 if asked.interval == "month" else 0)
        if asked.target == "average_play_time":
            return round(Decimal(self.counters["seconds"]) / max(1, self.counters["plays"]), 2)
        return self.counters[TARGETS[asked.target][0]]


def devices(plays: int) -> int:
    """Different devices among the plays of a day, an hour or a minute: three of five, rounded up."""
    return -(-plays * 3 // 5)


def day_counters(moment: Moment, account: str, part: str, day: date) -> dict[str, int]:
    """All counters of one media's day."""
    plays = moment.figure(NAME, account, part, day, 30 if part == "deleted" else 160)
    seconds = 60 + draw(moment.seed, NAME, account, part, day, "seconds") % 240
    return {
        "plays": plays,
        "sessions": plays * 87 // 100,
        "seconds": plays * seconds,
        "displays": plays * 163 // 100,
        "keys": plays * 31 // 100,
    }


@lru_cache(maxsize=1 << 12)
def group_weights(seed: int, account: str, part: str, group: str) -> list[int]:
    """How a media's figures fall on the keys of a group: the first keys have most."""
    return [600 // (index + 1) + draw(seed, account, part, group, key) % 40 for index, key in enumerate(GROUPS[group])]


def media_ids(moment: Moment, account: str) -> list[str]:
    return [row[0] for row in ACCOUNTS.assets(account, moment.assets)]


def _slots(moment: Moment, day: date, interval: str, hours: range, total: int) -> list[int]:
    """A day's figure over its hours, or the minutes of the asked hours, where the interval is so short."""
    if interval in ("month", "day"):
        return [total]
    by_hour = split(total, moment.hour_weights(NAME, day))
    if interval == "hour":
        return by_hour
    asked = [part if hour in hours else 0 for hour, part in enumerate(by_hour)]
    minutes = (split(part, moment.minute_weights(NAME, day, hour)) for hour, part in enumerate(asked))
    return list(chain.from_iterable(minutes))


def _tables(
    moment: Moment, account: str, media: str | None, target: str, interval: str, group: str, hours: range, day: date
) -> dict[str, Table]:
    """counter -> its table of the day, summed over the media."""
    tables: dict[str, Table] = {}
    parts = [media] if media else [*media_ids(moment, account), "deleted"]
    for part in parts:
        figures = day_counters(moment, account, part, day)
        weights = group_weights(moment.seed, account, part, group)
        for name in TARGETS[target]:
            slots = _slots(moment, day, interval, hours, figures[name])
            table = [split(figure, weights) if len(weights) > 1 else [figure] for figure in slots]
            sums = tables.get(name)
            tables[name] = [list(map(add, *rows)) for rows in zip(sums, table, strict=True)] if sums else table
    return tables


def _hours(asked: Aggregation, day: date) -> range:
    """The hours of a day that the period touches."""
    first = asked.first.hour if day == asked.first.date() else 0
    return range(first, asked.last.hour + 1 if day == asked.last.date() else 24)


_remembered_tables = remembered(NAME)(_tables)


def _gathered(moment: Moment, asked: Aggregation) -> dict[datetime, dict[str, KeyCounters]]:
    """Counters by time and key, of the times that begin within [first, last]; of a month, its days within."""
    found: dict[datetime, dict[str, KeyCounters]] = {}
    minutes = {"hour": 60, "minute": 1}.get(asked.interval, 0)
    for day in days(max(asked.first.date(), FIRST_DAY), min(asked.last.date(), moment.today(NAME))):
        if asked.interval == "minute":  # a day has many: they are worked out for the asked hours, and not kept
            tables = _tables(moment, *asked[:5], _hours(asked, day), day)
        else:
            tables = _remembered_tables(moment, *asked[:5], range(24), day)
        midnight = datetime(day.year, day.month, 1 if asked.interval == "month" else day.day)  # noqa: DTZ001
        for slot, columns in enumerate(zip(*tables.values(), strict=True)):
            if not any(map(any, columns)):
                continue
            time = midnight + timedelta(minutes=slot * minutes)
            if minutes and not asked.first <= time <= asked.last:
                continue
            by_key = found.setdefault(time, {})
            for key, *figures in zip(GROUPS[asked.group], *columns, strict=True):
                by_key.setdefault(key, KeyCounters()).gain(dict(zip(tables, figures, strict=True)))
    return found


def series(moment: Moment, asked: Aggregation) -> TimeSeries:
    """Figures by time and key in order of time; what is nothing is left out."""
    found = _gathered(moment, asked)
    for time in sorted(found):
        values = {key: counters.value(asked) for key, counters in found[time].items()}
        if shown := {key: value for key, value in values.items() if value}:
            yield time, shown
