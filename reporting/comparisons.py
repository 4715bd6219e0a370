"""Which days a range is compared with, and which period of them with each of its own. Pure functions of days.

A comparison is fair where both sides are as long as they can be: whole months are compared with whole months, a period that is
still running with as many days of the one before.
"""

from collections.abc import Callable
from datetime import date

from reporting.periods import DAY, Range, ReportInterval, first_day, last_day, periods

COMPARED = ("previous_period", "previous_year", "previous_weekdays")
WEEK, QUARTER, YEAR = 7, 3, 12  # days; months
MONTHS_OF = {"this_month": 1, "this_quarter": QUARTER, "this_year": YEAR}
BY_DATE = (ReportInterval.DAY, ReportInterval.HOUR, ReportInterval.MINUTE)


def compared(days: Range, how: str, today: date | None = None, named: str = "") -> Range:
    """The range to compare with. Of a range that reaches beyond today, the days up to today are compared; `named` is the period
    by whose name it was asked for, if any. Raises ValueError where the calendar has no such days."""
    if today and days.start <= today < days.end:
        days, is_running = Range(days.start, today), True
    else:
        is_running = days.end == today
    ways: dict[str, Callable[[], Range]] = {
        "previous_period": lambda: _running(days, named) if is_running else _period_before(days),
        "previous_year": lambda: _year_before(days),
        "previous_weekdays": lambda: _shifted(days, -(-days.days // WEEK) * WEEK),
    }
    try:
        return ways[how]()
    except (OverflowError, ValueError):
        raise ValueError(f"There is nothing before {days.start} to compare with.") from None


def counterparts(interval: ReportInterval, days: Range, before: Range, how: str) -> dict[date, date]:
    """{the first day of a period: that of the period that it is compared with}: the first with the first, the second with the
    second; days of a year before with the same dates, where the 29th of February has none."""
    interval = ReportInterval.DAY if interval in BY_DATE else interval
    every = periods(interval, days)
    if how == "previous_year" and interval is ReportInterval.DAY:
        dated = {day: day.replace(year=day.year - 1) for day in every if (day.month, day.day) != (2, 29)}
        return {day: then for day, then in dated.items() if before.start <= then <= before.end}
    return dict(zip(every, periods(interval, before), strict=False))


def _running(days: Range, named: str) -> Range:
    """Of a week, month, quarter or year that ends today, as many days of the one before; else as any range."""
    if named == "this_week":
        return _shifted(days, WEEK)
    months = MONTHS_OF.get(named, 0)
    if not named and days.days > 1 and not _whole_months(days):
        months = next((number for number in MONTHS_OF.values() if _is_begun(days, number)), 0)
    if not months or days.end == _months_later(days.start, months) - DAY:
        return _period_before(days)
    first = _months_later(days.start, -months)
    return Range(first, min(first + (days.days - 1) * DAY, days.start - DAY))


def _is_begun(days: Range, months: int) -> bool:
    """Whether it begins with a month, quarter or year, and does not reach beyond it."""
    begins = days.start.day == 1 and (days.start.month - 1) % months == 0
    return begins and days.end < _months_later(days.start, months)


def _period_before(days: Range) -> Range:
    """As many days just before; before whole months as many months."""
    if months := _whole_months(days):
        return Range(_months_later(days.start, -months), days.start - DAY)
    return _shifted(days, days.days)


def _year_before(days: Range) -> Range:
    """The same dates. February stays whole where the range holds all of it; a range never begins with the 28th for the 29th,
    which would count the 28th twice, unless the 29th is all of it."""
    (start, end), february = days, date(days.end.year, 2, 1)
    if (start.month, start.day) == (2, 29):
        start = start - DAY if start == end else start + DAY
    if (start <= february and end == last_day(ReportInterval.MONTH, february)) or (end.month, end.day) == (2, 29):
        end = last_day(ReportInterval.MONTH, date(end.year - 1, 2, 1))
    else:
        end = end.replace(year=end.year - 1)
    return Range(start.replace(year=start.year - 1), end)


def _whole_months(days: Range) -> int:
    """How many; 0 where it is not of whole months."""
    last = first_day(ReportInterval.MONTH, days.end)
    if days.start.day > 1 or days.end != last_day(ReportInterval.MONTH, last):
        return 0
    return _month_number(last) - _month_number(days.start) + 1


def _shifted(days: Range, number: int) -> Range:
    return Range(days.start - number * DAY, days.end - number * DAY)


def _month_number(day: date) -> int:
    return 12 * day.year + day.month - 1


def _months_later(first: date, months: int) -> date:
    """The first day of the month so many months later. Raises ValueError beyond the calendar."""
    year, month = divmod(_month_number(first) + months, 12)
    return date(year, month + 1, 1)
