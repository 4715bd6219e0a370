"""247platform's figures: a video's lifetime so far, and the log of its viewings.

Days of UTC. The log holds up to four viewings a day of the last 100 days, so it covers only a part of the views. A
restated day changes its views and bytes, and how many viewings each of its log's entries counts.
"""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from ...truth import FIRST_DAY, Moment, days, draw, whole_day
from .accounts import ACCOUNTS, NAME

LOG_DAYS, LOG_SLOTS = 100, 4
PER_GIB = Decimal("0.144")  # what the published example comes to
PLACES = Decimal("0.000000000001")  # its costs have twelve digits


@dataclass(frozen=True)
class Lifetime:
    """A video's figures from its first day to now; costs in the account's currency."""

    views: int
    minutes: int
    data_in: int
    data_out: int
    transcode: Decimal
    bandwidth: Decimal
    storage: Decimal | None

    @property
    def unique_ips(self) -> int:
        return self.views * 546 // 1000

    @property
    def cost(self) -> Decimal:
        return self.transcode + self.bandwidth + (self.storage or 0)


@dataclass(frozen=True)
class Viewing:
    """An entry of the log: it began at `start` (unix), lasted `seconds`, and counts for `count` views."""

    start: int
    seconds: int
    count: int

    @property
    def middle(self) -> int:
        """The entry's key: the middle, rounded to the minute."""
        return round((self.start + self.seconds / 2) / 60) * 60

    @property
    def day(self) -> date:
        return datetime.fromtimestamp(self.start, UTC).date()


def first_day(seed: int, account: str, video: str) -> date:
    """The day a video was put up: some day of the first three months."""
    return FIRST_DAY + timedelta(days=draw(seed, NAME, account, video, "first") % 90)


def _columns(seed: int, account: str, video: str, day: date, views: int) -> tuple[int, int, int, int]:
    """(views, minutes, bytes in, bytes out) of a day with so many views."""
    chance = draw(seed, NAME, account, video, day, "columns")
    minutes = views * (4 + chance % 6)
    return views, minutes, views * (chance >> 8 & 0x3FF), minutes * (1_200_000 + (chance >> 20 & 0x3FFFF))


def day_columns(moment: Moment, account: str, video: str, day: date) -> tuple[int, int, int, int]:
    """(views, minutes, bytes in, bytes out) of a day as stated now; nothing before the video's first day."""
    views = moment.figure(NAME, account, video, day, 120) if day >= first_day(moment.seed, account, video) else 0
    return _columns(moment.seed, account, video, day, views)


@lru_cache(maxsize=1 << 12)
def _whole_days(seed: int, account: str, video: str, until: date) -> tuple[int, ...]:
    """The columns' sums over all whole days before `until`, as they were before any restatement."""
    sums = [0, 0, 0, 0]
    for day in days(first_day(seed, account, video), until - timedelta(days=1)):
        views = whole_day(seed, NAME, account, video, day, 120)
        sums = [total + figure for total, figure in zip(sums, _columns(seed, account, video, day, views), strict=True)]
    return tuple(sums)


def lifetime(moment: Moment, account: str, video: str) -> Lifetime:
    """Everything until now: the whole days, what was restated of them, and today so far."""
    today, first = moment.today(NAME), first_day(moment.seed, account, video)
    sums = list(_whole_days(moment.seed, account, video, today))
    restated = [day for provider, day in moment.restated if provider == NAME and first <= day < today]
    for day in restated:
        before = _columns(moment.seed, account, video, day, whole_day(moment.seed, NAME, account, video, day, 120))
        after = day_columns(moment, account, video, day)
        sums = [total + new - old for total, new, old in zip(sums, after, before, strict=True)]
    sums = [total + now for total, now in zip(sums, day_columns(moment, account, video, today), strict=True)]
    views, minutes, data_in, data_out = sums
    bandwidth = (Decimal(data_out) / 2**30 * PER_GIB).quantize(PLACES)
    return Lifetime(
        views, minutes, data_in, data_out, Decimal("2.00"), bandwidth, _storage(moment, account, video, first)
    )


def _storage(moment: Moment, account: str, video: str, first: date) -> Decimal | None:
    """Five hundredths for each day; every second video is stored for nothing, which the vendor writes as `{}`."""
    if ACCOUNTS.index_of(account, moment.assets)[video] % 2 == 0:
        return None
    return max(0, (moment.today(NAME) - first).days) * Decimal("0.05")


@lru_cache(maxsize=1 << 14)
def _viewings(seed: int, account: str, video: str, day: date) -> tuple[Viewing, ...]:
    """A whole day's entries, one in each quarter of the day at most."""
    midnight = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
    found = []
    for slot in range(LOG_SLOTS):
        chance = draw(seed, NAME, account, video, day, "log", slot)
        if chance % 8:
            start = midnight + slot * 21_600 + (chance >> 8) % 18_000
            found.append(Viewing(start, 60 + (chance >> 32) % 3_000, 2 if chance % 19 == 0 else 1))
    return tuple(found)


def log(moment: Moment, account: str, video: str) -> list[Viewing]:
    """The viewings of the last 100 days that had ended by now, in order."""
    today, now = moment.today(NAME), int(moment.now.timestamp())
    found = []
    first = max(first_day(moment.seed, account, video), today - timedelta(days=LOG_DAYS - 1))
    for day in days(first, today):
        factor = moment.restated.get((NAME, day))
        for viewing in _viewings(moment.seed, account, video, day):
            if viewing.start + viewing.seconds <= now:
                found.append(viewing if factor is None else replace(viewing, count=int(viewing.count * factor)))
    return found
