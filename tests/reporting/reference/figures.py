"""The facts of one cell -> its figure: None where they must not be added, or where there are none."""

from collections.abc import Hashable, Iterable, Sequence
from decimal import Context, Decimal
from fractions import Fraction

from reporting.metrics import METRICS, Adds, Metric, Unit
from tests.reporting.reference.ledger import Told

FIFTEEN_DIGITS = Context(prec=15)


def operands(metric: Metric) -> list[Metric]:
    if metric.adds is Adds.RATIO:
        return [METRICS[metric.numerator], METRICS[metric.denominator]]
    return [metric]


def is_bytes(metric: Metric) -> bool:
    return any(one.adds is Adds.SUM_WITHIN_PROVIDER for one in operands(metric))


def is_money(metric: Metric) -> bool:
    return any(one.unit is Unit.MONEY for one in operands(metric))


def providers_in(metric: Metric, cells: Iterable[Told]) -> set[str]:
    """Of bytes: they add up within one."""
    return {cell.link.provider for cell in cells} if is_bytes(metric) else set()


def currencies_in(metric: Metric, cells: Iterable[Told]) -> set[Hashable]:
    """Of money; that of a connection without a currency adds to no other connection's."""
    return {cell.link.currency or cell.link.pk for cell in cells} if is_money(metric) else set()


def is_mixed(metric: Metric, cells: Iterable[Told]) -> bool:
    cells = list(cells)
    return len(providers_in(metric, cells)) > 1 or len(currencies_in(metric, cells)) > 1


def added(metric: Metric, cells: Sequence[Told], factor: Fraction = Fraction(1)) -> Decimal | None:
    """The sum, or the quotient of two sums; of money, times `factor`: a quotient is rounded once."""
    if not cells or is_mixed(metric, cells):
        return None
    if metric.adds is not Adds.RATIO:
        return sum((cell.value for cell in cells), Decimal(0))
    above = sum((cell.value for cell in cells if cell.metric == metric.numerator), Decimal(0))
    below = sum((cell.value for cell in cells if cell.metric == metric.denominator), Decimal(0))
    times = metric.scale * (factor if is_money(metric) else 1)
    return FIFTEEN_DIGITS.divide(above * times.numerator, below * times.denominator) if below else None


def alone(cells: Sequence[Told], series: Sequence[Sequence[Told]] = ()) -> Decimal | None:
    """A figure that adds to nothing: that of the one fact, where the whole series is of single facts of one asset."""
    if len(cells) != 1 or any(len(others) != 1 for others in series):
        return None
    is_known = len({others[0].asset for others in series}) <= 1 and not cells[0].is_part
    return cells[0].value if is_known else None
