"""Numbers, dates and durations as people read them: 1,234,567; 12 h 34 min; 160.8 GB; 23.56 EUR; Thu 1 Jan 2026.

Pages (through `templatetags/`), charts, notes and exports all write them with these functions, so that they look alike.

    shown(), exact(), changed()              a figure: short, with every digit, as a change from another
    grouped(), duration(), data_volume()     numbers, seconds, bytes
    period(), tick(), day(), wall_clock()    a row's period, a day, a moment
    prose()                                  a sentence that has days in it
    country(), user_agent()                  a provider's codes in words
"""

import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel import Locale

from reporting.metrics import Unit

SPACE = "\u00a0"
BYTE_STEPS = ((10**15, "PB"), (10**12, "TB"), (10**9, "GB"), (10**6, "MB"), (10**3, "kB"))
ENGLISH = Locale("en")
QUOTED_OR_PERIOD = re.compile(r"“[^”]*”|(?<![\w./-])\d{4}-(?:W\d\d|\d\d(?:-\d\d)?)(?![\w/-])")

# The order matters: Edge and Opera call themselves Chrome too, and Chrome calls itself Safari.
BROWSERS = [("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Version", "Safari")]
SYSTEMS = ["iPhone", "iPad", "Android", "Windows", "Mac OS X", "Linux"]

# --- Figures ----------------------------------------------------------------------------------------------------------


def changed(now: Decimal, then: Decimal) -> str:
    """`+12.4 %`; `new` where there was nothing."""
    if then == 0:
        return "±0" + SPACE + "%" if now == 0 else "new"
    share = (now - then) / abs(then) * 100
    sign = "+" if share > 0 else "−" if share < 0 else "±"
    digits = 0 if abs(share) >= 100 else 1
    return f"{sign}{grouped(abs(share), digits)}{SPACE}%"


def shown(number: Decimal, unit: str, currency: str = "") -> str:
    """A figure, short enough for a tile or a table."""
    match unit:
        case Unit.SECONDS:
            return duration(number)
        case Unit.BYTES:
            return data_volume(number)
        case Unit.MONEY:
            return f"{grouped(number, _money_digits(number))}{SPACE}{currency}".rstrip()
        case Unit.CREDITS:
            return grouped(number, 2)
        case Unit.SHARE:
            return f"{grouped(number * 100, 1)}{SPACE}%"
    return grouped(number, 0 if number == number.to_integral_value() else 2)


def exact(number: Decimal, unit: str, currency: str = "") -> str:
    """A figure with all its digits."""
    word = {Unit.SECONDS: "s", Unit.BYTES: "bytes", Unit.MONEY: currency}.get(Unit(unit), "")
    return f"{grouped(number, _places(number))}{SPACE}{word}".rstrip()


def _places(number: Decimal) -> int:
    """Digits after the point, without zeros at the end."""
    return len(f"{number:f}".partition(".")[2].rstrip("0"))


def grouped(number: Decimal, digits: int = 0) -> str:
    """Groups of three digits, as English has them; a proper minus."""
    return f"{number:,.{digits}f}".replace("-", "−")


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


def data_volume(number: Decimal) -> str:
    """Decimal steps: a GB is 10⁹ bytes, as CDNs bill them."""
    for step, name in BYTE_STEPS:
        if abs(number) >= step:
            return f"{grouped(number / step, 1)}{SPACE}{name}"
    return f"{grouped(number)}{SPACE}B"


def _money_digits(number: Decimal) -> int:
    """Cents; more digits for small amounts, e.g. a cost per GB."""
    if number == 0 or abs(number) >= Decimal("0.1"):
        return 2
    return 4 if abs(number) >= Decimal("0.01") else 8


# --- Days and periods -------------------------------------------------------------------------------------------------


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


def day(value: date | str | None) -> str:
    """`1 Jan 2026`."""
    if not value:
        return "—"
    shown_day = date.fromisoformat(value) if isinstance(value, str) else value
    return f"{shown_day.day} {shown_day:%b %Y}"


def prose(sentence: str) -> str:
    """A sentence whose days and periods are ISO 8601, as notes have them, with these as people write them: `1 Jan 2026`,
    `week 5 of 2026`. What is quoted (an external id) stays as it is."""
    written = QUOTED_OR_PERIOD.sub(_period_in_words, sentence)
    return written[:1].upper() + written[1:]


def _period_in_words(found: re.Match[str]) -> str:
    text = found[0]
    if text.startswith("“"):
        return text
    try:
        return day(text) if len(text) == len("2026-01-01") else period(text)
    except ValueError:  # an external id that only looks like a day
        return text


def next_day(value: date | str) -> date:
    """The day after, e.g. the first provisional one after the last final one."""
    return (date.fromisoformat(value) if isinstance(value, str) else value) + timedelta(days=1)


def next_step(error: str) -> str:
    """What is done next about a connection that fails: the group of its error, in words."""
    return {
        "ask a person": "needs attention",
        "fix the code": "its answer can't be read yet",
        "ours": "our own fault; it is tried again",
    }.get(error, "it is tried again")


def wall_clock(moment: datetime, zone: str) -> str:
    """A moment on the clock of a time zone: `Fri 20 Nov 2026, 20:00`."""
    at = moment.astimezone(ZoneInfo(zone))
    return f"{at:%a} {at.day} {at:%b %Y, %H:%M}"


# --- Codes ------------------------------------------------------------------------------------------------------------


def country(code: str) -> str:
    """`Spain`; `Unknown` for none."""
    if code in ("", "ZZ"):
        return "Unknown"
    return ENGLISH.territories.get(code, code)


def user_agent(text: str) -> str:
    """`Chrome 126, Windows`; anything but a browser stays as it is."""
    found = [match for word, name in BROWSERS if (match := _version(text, word, name))]
    system = next((system for system in SYSTEMS if system in text), "")
    return ", ".join(part for part in (*found[:1], system) if part) if found else text


def browser_of(text: str) -> tuple[str, str]:
    """Browser and system, without versions: (`Chrome`, `Windows`). Both empty where it is no browser."""
    browser = next((name for word, name in BROWSERS if _version(text, word, name)), "")
    return (browser, next((system for system in SYSTEMS if system in text), "")) if browser else ("", "")


def _version(text: str, word: str, name: str) -> str:
    found = re.search(rf"\b{word}[a-zA-Z]*/(\d+)", text)
    return f"{name} {found[1]}" if found else ""
