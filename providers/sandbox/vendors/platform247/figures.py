"""247platform's figures: a video's viewings one by one, its lifetime so far, and the log.

Days of UTC. A video has one to five viewings a day, so that all of its life's are some hundreds, and its log lists them all.
Faults may set a log that lists only a part (`log_percent`), or that rolls (`log_days`: it holds the viewings that began in the
last so many days). A restated day changes how many views each of its viewings counts, and their bytes.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from ...truth import FIRST_DAY, Moment, days, draw
from .accounts import ACCOUNTS, NAME

PER_GIB = Decimal("0.144")  # what the published example comes to
PLACES = Decimal("0.000000000001")  # its costs have twelve digits
SETTINGS = {"log_percent": (100, 99, 50, 10, 0), "log_days": (0, 1, 2, 3, 7, 30)}  # the first is the usual one


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
    """The day a video was put up: some day of the first year and a half."""
    return FIRST_DAY + timedelta(days=draw(seed, NAME, account, video, "first") % 540)


@lru_cache(maxsize=1 << 17)
def _viewings(seed: int, account: str, video: str, day: date) -> tuple[Viewing, ...]:
    """A whole day's, each in a part of the day of its own."""
    midnight = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
    chance = draw(seed, NAME, account, video, day, "viewings")
    number = 5 if chance % 53 == 0 else 1 + chance % 2
    length = 86_400 // number
    found = []
    for slot in range(number):
        chance = draw(seed, NAME, account, video, day, "log", slot)
        start = midnight + slot * length + (chance >> 8) % (length - 3_600)
        found.append(Viewing(start, 60 + (chance >> 32) % 3_000, 2 if chance % 19 == 0 else 1))
    return tuple(found)


def _as_stated(moment: Moment, account: str, video: str, day: date) -> list[Viewing]:
    """A day's viewings that had ended by now, as the vendor counts them now: what it counts no more is gone. Nothing before the
    video's first day."""
    if day < first_day(moment.seed, account, video):
        return []
    factor, now = moment.restated.get((NAME, day), Fraction(1)), int(moment.now.timestamp())
    counted = [
        viewing if factor == 1 else replace(viewing, count=int(viewing.count * factor))
        for viewing in _viewings(moment.seed, account, video, day)
        if viewing.start + viewing.seconds <= now
    ]
    return [viewing for viewing in counted if viewing.count]


def _columns(viewings: Iterable[Viewing]) -> list[int]:
    """(views, seconds, bytes in, bytes out) of viewings; the seconds are taken once, however many views one counts."""
    sums = [0, 0, 0, 0]
    for viewing in viewings:
        bytes_in = viewing.count * (viewing.start & 0x3FF)
        bytes_out = viewing.count * viewing.seconds * (20_000 + viewing.start % 4_000)
        figures = (viewing.count, viewing.seconds, bytes_in, bytes_out)
        sums = [total + figure for total, figure in zip(sums, figures, strict=True)]
    return sums


@lru_cache(maxsize=1 << 12)
def _whole_days(seed: int, account: str, video: str, until: date) -> tuple[int, ...]:
    """The columns' sums over all whole days before `until`, as they were before any restatement."""
    whole = days(first_day(seed, account, video), until - timedelta(days=1))
    return tuple(_columns(viewing for day in whole for viewing in _viewings(seed, account, video, day)))


def lifetime(moment: Moment, account: str, video: str) -> Lifetime:
    """Everything until now: the whole days, what was restated of them, and today so far."""
    today, first = moment.today(NAME), first_day(moment.seed, account, video)
    sums = list(_whole_days(moment.seed, account, video, today))
    for day in (day for provider, day in moment.restated if provider == NAME and first <= day < today):
        before, after = _viewings(moment.seed, account, video, day), _as_stated(moment, account, video, day)
        columns = zip(sums, _columns(after), _columns(before), strict=True)
        sums = [total + new - old for total, new, old in columns]
    now = _columns(_as_stated(moment, account, video, today))
    views, seconds, data_in, data_out = (total + figure for total, figure in zip(sums, now, strict=True))
    bandwidth = (Decimal(data_out) / 2**30 * PER_GIB).quantize(PLACES)
    storage = _storage(moment, account, video, first)
    return Lifetime(views, seconds // 60, data_in, data_out, Decimal("2.00"), bandwidth, storage)


def _storage(moment: Moment, account: str, video: str, first: date) -> Decimal | None:
    """Five hundredths for each day; every second video is stored for nothing, which the vendor writes as `{}`."""
    if ACCOUNTS.index_of(account, moment.assets)[video] % 2 == 0:
        return None
    return max(0, (moment.today(NAME) - first).days) * Decimal("0.05")


def log(moment: Moment, account: str, video: str) -> list[Viewing]:
    """The viewings that the vendor lists, in order: all that had ended by now, unless a fault says otherwise."""
    today, first = moment.today(NAME), first_day(moment.seed, account, video)
    listed, kept = moment.settings.get("log_percent", 100), moment.settings.get("log_days", 0)
    begins = int((moment.now - timedelta(days=kept)).timestamp()) if kept else 0
    return [
        viewing
        for day in days(max(first, today - timedelta(days=kept)) if kept else first, today)
        for viewing in _as_stated(moment, account, video, day)
        if viewing.start >= begins
        and (listed == 100 or draw(moment.seed, NAME, account, video, viewing.start, "listed") % 100 < listed)
    ]


def is_whole(moment: Moment, account: str, video: str) -> bool:
    """Whether the log lists all views but a hundredth."""
    listed = sum(viewing.count for viewing in log(moment, account, video))
    return 100 * listed >= 99 * lifetime(moment, account, video).views
