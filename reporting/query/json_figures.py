"""How a figure is written in JSON: counts, bytes and whole seconds as integers, fractions and ratios as numbers, money as a
string with its exact decimals, unknown as null. As a value (`plain`), or as text at once (`text_writer`)."""

from collections.abc import Callable
from decimal import Decimal

import orjson

from reporting.metrics import Metric, Unit

Writer = Callable[[Decimal | None], int | float | str | None]
TextWriter = Callable[[Decimal | None], str]

ONE = Decimal(1)
LONGEST = 2**63  # longer integers no JSON reader keeps
LONGEST_PLAIN = 18  # digits that surely are no longer


def is_money(metric: Metric) -> bool:
    """Whether it is written as a string with its exact decimals."""
    return metric.unit is Unit.MONEY and not metric.is_ratio


def plain(metric: Metric, value: Decimal | None) -> int | float | str | None:
    """A figure as JSON knows it."""
    return writer(metric)(value)


def writer(metric: Metric) -> Writer:
    """`plain` of one metric, for many figures."""
    return _money if is_money(metric) else _number


def text_writer(metric: Metric) -> TextWriter:
    """The same as JSON text. Most figures are whole numbers, whose digits are their JSON."""
    write = writer(metric)

    def text(value: Decimal | None) -> str:
        return orjson.dumps(write(value)).decode()

    def number(value: Decimal | None) -> str:
        digits = str(value)
        return digits if digits.isdigit() and len(digits) <= LONGEST_PLAIN else text(value)

    return text if is_money(metric) else number


def _money(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:f}"


def _number(value: Decimal | None) -> int | float | None:
    if value is None:
        return None
    whole = int(value)
    is_whole = ONE.same_quantum(value) or whole == value  # the first is quick, and true of nearly all
    return whole if is_whole and -LONGEST < whole < LONGEST else float(value)
