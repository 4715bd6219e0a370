"""Days and periods: "last 30 days", the edges of weeks and months, and how a period is written.

Pure functions of days. A range is a first and a last day, both included.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
FIRST_DAY, LAST_DAY = date(1990, 1, 1), date(2999, 12, 31)  # what may be asked for: far from where the calendar ends
EARLIEST = date(2000, 1, 1)  # nothing is fetched of days before: no provider counted then


class ReportInterval(StrEnum):
    """The interval of a report: how long a time each of its rows is for."""

    TOTAL = "total"
    MONTH = "month"
    WEEK = "week"  # ISO: from Monday
    DAY = "day"
    HOUR = "hour"
    MINUTE = "minute"
    LIFETIME = "lifetime"  # since the asset exists, as last read


WITHOUT_PERIODS = (ReportInterval.TOTAL, ReportInterval.LIFETIME)


class Range(NamedTuple):
    start: date
    end: date

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1

    def __str__(self) -> str:
        return f"{self.start}" if self.start == self.end else f"{self.start} to {self.end}"


NAMED = (
    "today",
    "yesterday",
    "last_7_days",
    "last_28_days",
    "last_30_days",
    "last_90_days",
    "this_week",
    "last_week",
    "this_month",
    "last_month",
    "this_quarter",
    "last_quarter",
    "this_year",
    "last_year",
    "last_12_months",
)


def today_in(time_zone: str) -> date:
    return datetime.now(ZoneInfo(time_zone)).date()


def named(period: str, today: date) -> Range:
    """The days of a named period: `this_…` ends today; `last_…` are whole ones, the newest that are over: `last_7_days` ends
    yesterday, `last_12_months` with the month before this one. Raises KeyError."""
    if period not in NAMED:
        raise KeyError(period)
    if period in ("today", "yesterday"):
        return Range(*[today if period == "today" else today - DAY] * 2)
    if period.endswith("_days"):
        return Range(today - int(period.split("_")[1]) * DAY, today - DAY)
    which, *_, unit = period.split("_")
    first = first_of(unit.removesuffix("s"), today)
    if which == "this":
        return Range(first, today)
    last = first - DAY
    return Range(first.replace(year=first.year - 1) if period == "last_12_months" else first_of(unit, last), last)


def first_of(unit: str, day: date) -> date:
    """The first day of the week, month, quarter or year that a day is in."""
    if unit == "week":
        return day - day.weekday() * DAY
    month = {"month": day.month, "quarter": (day.month - 1) // 3 * 3 + 1, "year": 1}[unit]
    return day.replace(month=month, day=1)


def first_day(interval: ReportInterval, day: date) -> date:
    """The first day of the period that a day is in."""
    if interval is ReportInterval.MONTH:
        return day.replace(day=1)
    if interval is ReportInterval.WEEK:
        return day - day.weekday() * DAY
    return day


def last_day(interval: ReportInterval, first: date) -> date:
    """The last day of the period that begins on `first`."""
    if interval is ReportInterval.MONTH:
        return (first.replace(day=28) + 4 * DAY).replace(day=1) - DAY
    if interval is ReportInterval.WEEK:
        return first + 6 * DAY
    return first


def periods(interval: ReportInterval, days: Range) -> Iterator[date]:
    """The first day of every period that the range touches."""
    first = first_day(interval, days.start)
    while first <= days.end:
        yield first
        first = last_day(interval, first) + DAY


def partial(interval: ReportInterval, days: Range) -> Iterator[tuple[date, Range]]:
    """The first and last week or month that the range holds only a part of: its first day, and the days it does hold."""
    if interval not in (ReportInterval.WEEK, ReportInterval.MONTH):
        return
    for first in dict.fromkeys(first_day(interval, edge) for edge in days):
        held = Range(max(first, days.start), min(last_day(interval, first), days.end))
        if held != (first, last_day(interval, first)):
            yield first, held


def label(interval: ReportInterval, first: date, minute: int = 0) -> str:
    """`2026-01`, `2026-W05`, `2026-01-01`, `2026-01-01T14`, `2026-01-01T14:35`."""
    match interval:
        case ReportInterval.MONTH:
            return first.isoformat()[:7]
        case ReportInterval.WEEK:
            year, week, _ = first.isocalendar()
            return f"{year:04}-W{week:02}"
        case ReportInterval.HOUR:
            return f"{first.isoformat()}T{minute // 60:02}"
        case ReportInterval.MINUTE:
            return f"{first.isoformat()}T{minute // 60:02}:{minute % 60:02}"
    return first.isoformat()


def start_of(interval: ReportInterval, first: date, minute: int = 0) -> str:
    """The first day of a period, or its first moment, in ISO 8601 and without a zone: by the provider's clock."""
    if interval in (ReportInterval.HOUR, ReportInterval.MINUTE):
        return f"{first.isoformat()}T{minute // 60:02}:{minute % 60:02}:00"
    return first.isoformat()


def labelled(interval: ReportInterval, text: str) -> tuple[date, int]:
    """The first day and minute of the period of that label. Raises ValueError where there is no such period."""
    day, _, clock = text.partition("T")
    if interval is ReportInterval.WEEK:
        year, _, week = text.partition("-W")
        first = date.fromisocalendar(int(year), int(week), 1)
    else:
        first = date.fromisoformat(f"{day}-01" if interval is ReportInterval.MONTH else day)
    hour, _, past = clock.partition(":")
    minute = 60 * int(hour or 0) + int(past or 0)
    if interval in (ReportInterval.TOTAL, ReportInterval.LIFETIME) or label(interval, first, minute) != text:
        raise ValueError(text)
    return first, minute
