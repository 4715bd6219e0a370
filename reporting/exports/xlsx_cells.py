"""Values -> the cells of a workbook: a number with a number format, a real date, or text that stays text.

A number in Excel is a float. Beyond 2**53, where not even whole numbers are exact, a figure is text with all its digits; a
fraction with more than 15 digits is the nearest number, with its exact digits as text beside the row.
"""

import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from reporting.exports.document import ExportColumn, Kind
from reporting.exports.texts import clean, in_words
from reporting.metrics import Metric, Unit
from reporting.query.json_figures import EXACT

DIGITS = 15
LONGEST_TEXT = 32_767  # signs in a cell
SECONDS_A_DAY = 86_400
MOST_DAYS = 2_958_465  # the 31st of December 9999: the last moment that Excel can show as time

# How a number looks; its value does not change: bytes stay bytes, and times are Excel's own, in days.
FORMATS = {
    "whole": "#,##0",
    "broken": "#,##0.00####",
    "bytes": '[>=1000000000]#,##0.00,,," GB";[>=1000000]#,##0.00,," MB";#,##0" B"',
    "time": "[h]:mm:ss",
    "short time": "[h]:mm:ss.0",
    "days": '#,##0.000000" days"',  # for times that Excel can't show: negative ones, and thousands of years
    "money": "#,##0.00##########",
    "share": "0.0%",
    "day": "yyyy-mm-dd",
    "month": "mmm yyyy",
    "moment": "yyyy-mm-dd hh:mm",
}
BROKEN = (Unit.MONEY, Unit.CREDITS, Unit.SECONDS)
WIDTHS = {"day": 11, "month": 11, "moment": 17, "bytes": 14, "time": 13, "money": 14}


class SheetCell(NamedTuple):
    """`value` is None, a str, a number, a date or a datetime without a zone; `format` a key of FORMATS."""

    value: str | float | date | None
    format: str = ""


def cell(column: ExportColumn, value: Any) -> SheetCell:
    if value is None or value in ("", []):
        return SheetCell(None)
    if column.metric:
        return figure(column.metric, value)
    match column.kind:
        case Kind.PERIOD:
            return period(value)
        case Kind.MOMENT:
            return SheetCell(value.replace(tzinfo=None), "moment")
        case Kind.COUNT:
            return SheetCell(value, "whole")
        case Kind.WORDS:
            return SheetCell(in_words(value))
        case Kind.MARK:
            return SheetCell("yes" if value else "no")
    return text(value)


def text(value: str) -> SheetCell:
    """XlsxWriter writes text that looks like its own rich text as XML; a space at the end prevents that."""
    shown = clean(value)[:LONGEST_TEXT]
    return SheetCell(f"{shown} " if shown.startswith("<r>") and shown.endswith("</r>") else shown)


def figure(metric: Metric, value: Decimal) -> SheetCell:
    if abs(value) > EXACT and not metric.is_ratio:
        return SheetCell(f"{value:f}")
    match metric.unit:
        case Unit.SECONDS:
            return time(value)
        case Unit.BYTES:
            return SheetCell(float(value), "bytes")
        case Unit.MONEY | Unit.CREDITS:
            return SheetCell(float(value), "money")
        case Unit.SHARE:
            return SheetCell(float(value), "share")
    return SheetCell(float(value), "whole" if value == value.to_integral_value() else "broken")


def time(seconds: Decimal) -> SheetCell:
    days = float(seconds / SECONDS_A_DAY)
    if not 0 <= days <= MOST_DAYS:
        return SheetCell(days, "days")
    is_short = seconds < 60 and seconds != seconds.to_integral_value()
    return SheetCell(days, "short time" if is_short else "time")


def period(shown: str) -> SheetCell:
    """A row's `period` as the date that it begins with; words stay words."""
    if found := re.fullmatch(r"(\d{4})-W(\d\d)", shown):
        return SheetCell(date.fromisocalendar(int(found[1]), int(found[2]), 1), "day")
    if re.fullmatch(r"\d{4}-\d\d", shown):
        return SheetCell(date.fromisoformat(f"{shown}-01"), "month")
    if re.fullmatch(r"\d{4}-\d\d-\d\d", shown):
        return SheetCell(date.fromisoformat(shown), "day")
    if re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d(:\d\d)?", shown):
        day, _, clock = shown.partition("T")
        hours, _, minutes = clock.partition(":")
        start = datetime.fromisoformat(day) + timedelta(hours=int(hours), minutes=int(minutes or 0))
        return SheetCell(start, "moment")
    return text(shown)


def may_need_digits(column: ExportColumn) -> bool:
    """Whether its figures may be fractions with more digits than a number has. Ratios are rounded anyway."""
    return column.metric is not None and column.metric.unit in BROKEN and not column.metric.is_ratio


def exactly(column: ExportColumn, value: Decimal | None) -> str:
    """`Cost: 1234567890123.456789` where an Excel number can't hold the fraction, else empty."""
    if value is None or abs(value) > EXACT or not may_need_digits(column):
        return ""
    if len(value.normalize().as_tuple().digits) <= DIGITS:
        return ""
    return f"{column.label}: {value:f}"
