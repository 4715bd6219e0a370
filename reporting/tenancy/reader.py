"""Who reads: what each question about figures, sessions or facts carries, so that the query shows nobody more than is theirs.

    access.reader, reader_of_token(token)     of a person or a bearer, made in `access.py`
    of_customer(customer)                     a customer, as its own people and tokens read
    OPERATOR                                  whoever has the machine: the command line

Nothing of it has a default that shows more: who makes one says all of it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import cached_property

from reporting.currencies import digits_of
from reporting.metrics import COSTS, METRICS, Metric, Unit
from reporting.models import Customer

EXACT = Context(prec=400)  # a product loses no digit before it is rounded
UNITS = [Decimal(1).scaleb(-digits) for digits in range(5)]  # the smallest amount, by a currency's digits


@dataclass(frozen=True)
class Costs:
    """How costs are shown, if they are. `markup` is in per cent, exact; None shows what the vendor charges."""

    is_shown: bool = False
    markup: Decimal | None = None

    def shows(self, metric: str) -> bool:
        """Credits are a vendor's own unit, which no customer is charged in: they are not marked up, so not shown."""
        if metric not in COSTS:
            return True
        return self.is_shown and (self.markup is None or METRICS[metric].unit is not Unit.CREDITS)

    @cached_property
    def factor(self) -> Decimal:
        """By which what the vendor charges is multiplied."""
        return 1 + (self.markup or Decimal(0)).scaleb(-2)

    def marks_up(self, metric: Metric) -> bool:
        return self.markup is not None and metric.name in COSTS

    def amount(self, metric: Metric, value: Decimal, currency: str) -> Decimal:
        """A figure of the ledger as it is shown. With a markup an amount of money is rounded, once, to its currency's own
        digits; a half is rounded away from zero, as invoices do. A ratio is not rounded here: it is no amount."""
        if not self.marks_up(metric) or value.is_nan():
            return value
        exact = EXACT.multiply(value, self.factor)
        if metric.is_ratio:
            return exact
        return exact.quantize(UNITS[digits_of(currency)], ROUND_HALF_UP, EXACT)


HIDDEN, VENDORS = Costs(), Costs(is_shown=True)


@dataclass(frozen=True)
class Reader:
    """`customer_id` is the one customer that the reader sees, only on the days its assets were assigned to it; None sees the
    whole tenant. `sees_personal_data`: viewers' addresses and browsers in full."""

    role: str
    customer_id: int | None
    sees_personal_data: bool
    costs: Costs

    @property
    def is_of_customer(self) -> bool:
        return self.customer_id is not None

    def shown(self, metrics: Iterable[str]) -> tuple[str, ...]:
        """Those of the metrics that this reader may ask for."""
        return tuple(name for name in metrics if self.costs.shows(name))


OPERATOR = Reader("operator", customer_id=None, sees_personal_data=True, costs=VENDORS)


def costs_of(customer: Customer | None) -> Costs:
    """As the tenant chose for the customer; who is of no customer sees what the vendor charges."""
    if customer is None or customer.cost_view == Customer.CostView.VENDOR:
        return VENDORS
    if customer.cost_view == Customer.CostView.MARKUP and customer.cost_markup is not None:
        return Costs(is_shown=True, markup=Decimal(customer.cost_markup))
    return HIDDEN


def of_customer(customer: Customer, *, sees_personal_data: bool = False) -> Reader:
    return Reader("customer", customer.pk, sees_personal_data, costs_of(customer))
