"""Figures as people read them, with the exact value one hover away: 1 234 567; 12 h 34 min; 160.8 GB; 23.56 EUR.

The last step from a ReportResult to the screen. A missing value is a dash that says why; it never looks like 0.
"""

from datetime import date, timedelta
from decimal import Decimal

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from reporting.metrics import Unit

register = template.Library()

Value = Decimal | int | float | str | None

THIN = "\u202f"  # narrow no-break space, between groups of three digits
SPACE = "\u00a0"
BYTE_STEPS = ((10**15, "PB"), (10**12, "TB"), (10**9, "GB"), (10**6, "MB"), (10**3, "kB"))
NOT_REPORTED = "The provider does not say."


@register.simple_tag
def figure(value: Value, unit: str, currency: str = "", why: str = "") -> SafeString:
    """One figure as HTML. `why` is the reason shown where there is none."""
    if value is None or value == "":
        reason = why or NOT_REPORTED
        return format_html('<span class="none" title="{0}">—<span class="unseen"> {0}</span></span>', reason)
    number = Decimal(str(value))
    short, full = shown(number, unit, currency), exact(number, unit, currency)
    if short == full:
        return format_html("<span>{}</span>", short)
    return format_html('<span title="{}">{}</span>', full, short)


@register.simple_tag
def exactly(value: Decimal, unit: str, currency: str = "") -> str:
    """Every digit, for figures that somebody may want to add up."""
    return exact(value, unit, currency)


@register.simple_tag
def change(value: Value, before: Value) -> SafeString:
    """How much a figure differs from the period before; a dash where either is missing. No colours: whether more is better,
    nobody knows (cost)."""
    if value in (None, "") or before in (None, ""):
        return format_html('<span class="none" title="{}">—</span>', "One of the two periods has no figure.")
    words = changed(Decimal(str(value)), Decimal(str(before)))
    return format_html('<span class="change">{}</span>' if "%" in words else "<span>{}</span>", words)


def changed(now: Decimal, then: Decimal) -> str:
    """`+12.4 %`; `new` where there was nothing."""
    if then == 0:
        return "±0" + SPACE + "%" if now == 0 else "new"
    share = (now - then) / abs(then) * 100
    sign = "+" if share > 0 else "−" if share < 0 else "±"
    digits = 0 if abs(share) >= 100 else 1
    return f"{sign}{grouped(abs(share), digits)}{SPACE}%"


def shown(number: Decimal, unit: str, currency: str = "") -> str:
    """Short enough for a tile or a table."""
    match unit:
        case Unit.SECONDS:
            return duration(number)
        case Unit.BYTES:
            return bytes_(number)
        case Unit.MONEY:
            return f"{grouped(number, _money_digits(number))}{SPACE}{currency}".rstrip()
        case Unit.CREDITS:
            return grouped(number, 2)
        case Unit.SHARE:
            return f"{grouped(number * 100, 1)}{SPACE}%"
    return grouped(number, 0 if number == number.to_integral_value() else 2)


def exact(number: Decimal, unit: str, currency: str = "") -> str:
    """Every digit that there is."""
    digits = max(0, -int(number.normalize().as_tuple().exponent))
    word = {Unit.SECONDS: "s", Unit.BYTES: "bytes", Unit.MONEY: currency}.get(Unit(unit), "")
    return f"{grouped(number, digits)}{SPACE}{word}".rstrip()


def grouped(number: Decimal, digits: int = 0) -> str:
    """Groups of three digits with a narrow space, as ISO 80000-1 writes them; a proper minus."""
    return f"{number:,.{digits}f}".replace(",", THIN).replace("-", "−")


def duration(seconds: Decimal) -> str:
    """The two largest parts of hours, minutes and seconds."""
    sign, left = ("−" if seconds < 0 else ""), abs(seconds)
    if left < 60:
        whole = left == left.to_integral_value()
        return f"{sign}{left:.{0 if whole else 1}f}{SPACE}s"
    total = int(left.to_integral_value(rounding="ROUND_HALF_UP"))
    hours, minutes, rest = total // 3600, total // 60 % 60, total % 60
    if hours >= 1000:
        return f"{sign}{grouped(Decimal(total) / 3600)}{SPACE}h"
    if hours:
        return f"{sign}{hours}{SPACE}h{SPACE}{minutes}{SPACE}min"
    return f"{sign}{minutes}{SPACE}min{SPACE}{rest}{SPACE}s"


def bytes_(number: Decimal) -> str:
    """Decimal steps: a GB is 10⁹ bytes, as CDNs bill them."""
    for step, name in BYTE_STEPS:
        if abs(number) >= step:
            return f"{grouped(number / step, 1)}{SPACE}{name}"
    return f"{grouped(number)}{SPACE}B"


@register.filter
def period(text: str) -> str:
    """A row's `period` for people: `Thu 1 Jan 2026`, `week 5 of 2026`, `Jan 2026`, with the hour where it has one."""
    if "-W" in text:
        year, _, week = text.partition("-W")
        return f"week {int(week)} of {year}"
    day, _, clock = text.partition("T")
    if len(day) == 7:
        return f"{date.fromisoformat(day + '-01'):%b %Y}"
    shown_day = date.fromisoformat(day)
    words = f"{shown_day:%a} {shown_day.day} {shown_day:%b %Y}"
    return f"{words}, {clock if ':' in clock else clock + ':00'}" if clock else words


def tick(text: str) -> str:
    """A row's `period` short enough for an axis: `5 Jan`, `W05`, `Jan 2026`, `14:00`."""
    if "-W" in text:
        return text.partition("-")[2]
    day, _, clock = text.partition("T")
    if clock:
        return clock if ":" in clock else f"{clock}:00"
    if len(day) == 7:
        return f"{date.fromisoformat(day + '-01'):%b %Y}"
    at = date.fromisoformat(day)
    return f"{at.day} {at:%b}"


@register.filter
def day(value: date | str | None) -> str:
    """`1 Jan 2026`."""
    if not value:
        return "—"
    shown_day = date.fromisoformat(value) if isinstance(value, str) else value
    return f"{shown_day.day} {shown_day:%b %Y}"


@register.filter
def next_day(value: date | str) -> date:
    """The day after, e.g. the first provisional one after the last final one."""
    return (date.fromisoformat(value) if isinstance(value, str) else value) + timedelta(days=1)


def _money_digits(number: Decimal) -> int:
    """Cents, and more only where cents would say little: a price for each gigabyte, say."""
    if number == 0 or abs(number) >= Decimal("0.1"):
        return 2
    return 4 if abs(number) >= Decimal("0.01") else 8
