"""How a figure is written in JSON: counts, bytes and whole seconds as integers, fractions and ratios as numbers, money as a
string with its exact decimals, unknown as null; none loses a digit because it is long. As a value (`plain`), or as text at once
(`text_writer`); `dumps` writes what holds such values."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import orjson

from reporting.metrics import Metric, Unit


class LongNumber(Decimal):
    """A fraction so large that a float would lose digits before the point: a JSON number, too."""


Number = int | float | LongNumber
Writer = Callable[[Decimal | None], Number | str | None]
TextWriter = Callable[[Decimal | None], str]

ONE = Decimal(1)
EXACT = 2**53  # whole numbers up to here are floats that are exact


def is_money(metric: Metric) -> bool:
    """Whether it is written as a string with its exact decimals."""
    return metric.unit is Unit.MONEY and not metric.is_ratio


def plain(metric: Metric, value: Decimal | None) -> Number | str | None:
    """A figure as JSON knows it."""
    return writer(metric)(value)


def writer(metric: Metric) -> Writer:
    """`plain` of one metric, for many figures."""
    return _money if is_money(metric) else _number


def text_writer(metric: Metric) -> TextWriter:
    """The same as JSON text. Most figures are whole numbers, whose digits are their JSON."""
    write = writer(metric)

    def text(value: Decimal | None) -> str:
        return dumps(write(value)).decode()

    def number(value: Decimal | None) -> str:
        digits = str(value)
        return digits if digits.isdigit() else text(value)

    return text if is_money(metric) else number


def _money(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:f}"


def _number(value: Decimal | None) -> Number | None:
    if value is None:
        return None
    whole = int(value)
    is_whole = ONE.same_quantum(value) or whole == value  # the first is quick, and true of nearly all
    if is_whole:
        return whole
    return float(value) if -EXACT < whole < EXACT else LongNumber(value)


def dumps(value: Any, default: Callable[[Any], Any] | None = None, option: int = 0) -> bytes:
    """As orjson does it, but for whole numbers of more than 64 bits, which it refuses: they keep all their digits."""

    def written(other: Any) -> Any:
        if isinstance(other, LongNumber):
            return orjson.Fragment(f"{other:f}")
        if default is None:
            raise TypeError(f"{type(other).__name__} is no JSON")
        return default(other)

    try:
        return orjson.dumps(value, written, option)
    except TypeError:
        return orjson.dumps(_with_long_integers(value), written, option)


def _with_long_integers(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _with_long_integers(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_with_long_integers(item) for item in value]
    is_long = isinstance(value, int) and not -(2**63) <= value < 2**64
    return orjson.Fragment(str(value)) if is_long else value
