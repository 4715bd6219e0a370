"""The normaliser's words: what a catalog file says of a field. All raise Unreadable for what they can't read."""

from datetime import UTC, date, datetime
from decimal import Context, Decimal, InvalidOperation
from typing import Any

from providers.toolkit.errors import Unreadable

MOST_DIGITS = 40  # 1e999999999 is a short text, and would be a number of a gigabyte
MOST = 10**MOST_DIGITS
MOST_PLACES = 60  # after the point
LONGEST_DATE = 60  # letters
EXACT = Context(prec=100)  # Python rounds to 28 digits by default


def counter(value: Any) -> int:
    """A whole number not below zero, also as a numeric string: "15821" is 15821."""
    if type(value) is str and len(value) < MOST_DIGITS and value.isascii() and value.isdigit():
        return int(value)  # the plain case, which ScaleEngine's thousands of rows are
    if type(value) is int and 0 <= value < MOST:
        return value
    number = amount(value)
    if number != number.to_integral_value():
        raise Unreadable(f"{_quoted(value)} should be a whole number.")
    return int(number)


def decimal(value: Any) -> Decimal:
    """A number exactly as it came. JSON floats are Decimal already; a Python float never comes here."""
    if isinstance(value, bool) or value is None:
        raise Unreadable(f"{value!r} should be a number.")
    try:
        number = Decimal(value.strip() if isinstance(value, str) else value)
    except (InvalidOperation, TypeError, ValueError):
        raise Unreadable(f"{_quoted(value)} should be a number.") from None
    if not number.is_finite() or abs(number.adjusted()) > MOST_DIGITS or _places(number) > MOST_PLACES:
        raise Unreadable(f"{_quoted(value)} should be a number.")
    return number


def amount(value: Any) -> Decimal:
    """A number of things, seconds or bytes: nobody has fewer than none."""
    number = decimal(value)
    if number < 0:
        raise Unreadable(f"{_quoted(value)} should not be below zero.")
    return number


def _places(number: Decimal) -> int:
    """Digits after the point, without going through them."""
    return -int(number.as_tuple().exponent)


def _quoted(value: Any) -> str:
    """The beginning of what came, for a message. Python refuses to write a whole number of thousands of digits."""
    if isinstance(value, int) and value.bit_length() > 1000:
        return "A number of hundreds of digits"
    return repr(value[:LONGEST_DATE] if isinstance(value, str) else value)[:100]


def number(value: Any) -> Decimal | int:
    """`counter` where it is whole as written, else `decimal`."""
    exact = amount(value)
    return int(exact) if exact.as_tuple().exponent == 0 else exact


def milliseconds(value: Any) -> Decimal:
    """Milliseconds to seconds, exactly."""
    return amount(value).scaleb(-3, EXACT)


def minutes(value: Any) -> Decimal | int:
    """Minutes to seconds, exactly."""
    seconds = EXACT.multiply(amount(value), 60)
    return int(seconds) if seconds == seconds.to_integral_value() else seconds


def is_blank(value: Any) -> bool:
    """Null, false, "", {} and []: PHP writes an empty map as [] or {}, a missing one as null, and false where it found none."""
    return value is False or (not value and not isinstance(value, int | Decimal))


def text(value: Any) -> str:
    """A name: also one that PHP took for a number, as it writes the digits of a text. Anything blank is an empty one."""
    if isinstance(value, str):
        return value
    if is_blank(value):
        return ""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise Unreadable(f"A text was expected, and {type(value).__name__} came.")
    return str(value)


def mapping(value: Any) -> dict[str, Any]:
    """A map; anything blank is an empty one."""
    if type(value) is dict:
        return value
    if is_blank(value):
        return {}
    if not isinstance(value, dict):
        raise Unreadable(f"A map was expected, and {type(value).__name__} came.")
    return value


def field(document: Any, *path: str) -> Any:
    """The value at the path of names; None where a step is missing or anything blank."""
    for name in path:
        document = mapping(document).get(name)
    return None if is_blank(document) else document


def sequence(value: Any) -> list[Any]:
    """A list; anything blank is an empty one, a single thing a list of one. PHP writes a list with holes as a map of numbers:
    {"0": …, "2": …}."""
    if is_blank(value):
        return []
    if has_holes(value):
        return [value[number] for number in sorted(value, key=int)]
    return value if isinstance(value, list) else [value]


def has_holes(value: Any) -> bool:
    """Whether it may be a list with holes, as PHP writes it: a map of numbers."""
    is_map = isinstance(value, dict) and bool(value)
    return is_map and all(name.isascii() and name.isdigit() and len(name) < MOST_DIGITS for name in value)


def moment(text: str | None, *patterns: str) -> datetime:
    """A date, maybe with a clock, in the first of strptime's `patterns` that fits. Naive: the provider's wall clock."""
    word = (text or "").strip() if len(text or "") <= LONGEST_DATE else ""
    for pattern in patterns:
        try:
            return datetime.strptime(word, pattern)  # noqa: DTZ007  (the provider's wall clock)
        except ValueError:
            continue
    raise Unreadable(f"{_quoted(text)} should be a date like {' or '.join(patterns)}.")


def instant(text: Any) -> datetime:
    """An ISO 8601 time; UTC where it names no zone."""
    try:
        found = datetime.fromisoformat(text.strip())
    except (AttributeError, ValueError):
        raise Unreadable(f"{_quoted(text)} should be a time like 2026-01-01T00:00:00Z.") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def day_and_minute(when: datetime) -> tuple[date, int]:
    """The day, and the minute of the day."""
    return when.date(), when.hour * 60 + when.minute
