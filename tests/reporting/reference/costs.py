"""What a customer sees of costs, worked out with fractions: hidden, with its markup, or as they are."""

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

from reporting.metrics import Metric
from reporting.models import Customer
from reporting.query import ReportQuery
from tests.reporting.reference.ledger import Told

MONEY = ("cost", "cost_per_hour_watched", "cost_per_gb")
CREDITS = ("billed_credits",)  # a vendor's own unit: shown to those only who see what the vendor charges
DECIMALS = {"EUR": 2, "USD": 2, "JPY": 0, "KWD": 3, "": 2}


def is_refused(query: ReportQuery, bearer: Customer | None) -> bool:
    """Whether the question names what is kept from whom asks."""
    if bearer is None or bearer.cost_view == "vendor":
        return False
    if bearer.cost_view == "markup":
        return bool(set(CREDITS) & set(query.metrics))
    return bool({*MONEY, *CREDITS} & set(query.metrics)) or "cost_type" in (*query.group_by, *query.filters)


def factor_of(bearer: Customer | None) -> Fraction:
    is_marked_up = bearer is not None and bearer.cost_view == "markup"
    return 1 + Fraction(bearer.cost_markup) / 100 if bearer and is_marked_up else Fraction(1)


def as_seen(metric: Metric, value: Decimal | None, cells: Iterable[Told], bearer: Customer | None) -> Decimal | None:
    """The figure that is made of these cells. An amount is rounded to its currency's decimals, a half away from zero."""
    if value is None or metric.name != "cost" or bearer is None or bearer.cost_view != "markup":
        return value
    (decimals,) = {DECIMALS[cell.link.currency] for cell in cells}
    units = abs(Fraction(value)) * factor_of(bearer) * 10**decimals
    whole = (2 * units + 1) // 2
    return Decimal(int(whole) if value >= 0 else -int(whole)).scaleb(-decimals)
