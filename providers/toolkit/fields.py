"""The normaliser's words: what a catalog file says of a field. All raise Unreadable for what they can't read."""

from datetime import UTC, date, datetime
from decimal import Context, Decimal, InvalidOperation
from typing import Any

from providers.toolkit.errors import Unreadable

MOST_DIGITS = 40  # 1e999999999 is a short text, and would be a number of a gigabyte
EXACT = Context(prec=100)  # Python rounds to 28 digits by default


def counter(value: Any) -> int:
    """A whole number, also as a numeric string: "15821" is 15821."""
    if type(value) is str and len(value) < MOST_DIGITS and value.isascii() and value.isdigit():
        return int(value)  # the plain case, which ScaleEngine's thousands of rows are
    number = decimal(value)
    if number != number.to_integral_value():
        raise Unreadable(f"{value!r} should be a whole number.")
    return int(number)


def decimal(value: Any) -> Decimal:
    """A number exactly as it came. JSON floats are Decimal already; a Python float never comes here."""
    if isinstance(value, bool) or value is None:
        raise Unreadable(f"{value!r} should be a number.")
    try:
        number = Decimal(value.strip() if isinstance(value, str) else value)
    except (InvalidOperation, TypeError, ValueError):
        raise Unreadable(f"{value!r} should be a number.") from None
    if not number.is_finite() or abs(number.adjusted()) > MOST_DIGITS:
        raise Unreadable(f"{value!r} should be a number.")
    return number


def number(value: Any) -> Decimal | int:
    """`counter` where it is whole as written, else `decimal`."""
    exact = decimal(value)
    return int(exact) if exact.as_tuple().exponent == 0 else exact


def milliseconds(value: Any) -> Decimal:
    """Milliseconds to seconds, exactly."""
    return decimal(value).scaleb(-3, EXACT)


def minutes(value: Any) -> Decimal | int:
    """Minutes to seconds, exactly."""
    seconds = EXACT.multiply(decimal(value), 60)
    return int(seconds) if seconds == seconds.to_integral_value() else seconds


def is_blank(value: Any) -> bool:
    """Null, "", {} and []: PHP writes an empty map as [] or {}, and a missing one as null."""
    return value is None or value == "" or value == [] or value == {}


def mapping(value: Any) -> dict[str, Any]:
    """A map; anything blank is an empty one."""
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
    """A list; anything blank is an empty one, a single thing a list of one."""
    if is_blank(value):
        return []
    return value if isinstance(value, list) else [value]


def moment(text: str | None, *patterns: str) -> datetime:
    """A date, maybe with a clock, in the first of strptime's `patterns` that fits. Naive: the provider's wall clock."""
    for pattern in patterns:
        try:
            return datetime.strptime((text or "").strip(), pattern)  # noqa: DTZ007  (the provider's wall clock)
        except ValueError:
            continue
    raise Unreadable(f"{text!r} should be a date like {' or '.join(patterns)}.")


def instant(text: Any) -> datetime:
    """An ISO 8601 time; UTC where it names no zone."""
    try:
        found = datetime.fromisoformat(text.strip())
    except (AttributeError, ValueError):
        raise Unreadable(f"{text!r} should be a time like 2026-01-01T00:00:00Z.") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def day_and_minute(when: datetime) -> tuple[date, int]:
    """The day, and the minute of the day."""
    return when.date(), when.hour * 60 + when.minute
