"""The list of pay-per-view sessions, for the API and the customer's page. Personal data: the caller checks who may see it.

sessions(SessionFilter(customer_id=7)) -> a queryset, newest first, with `connection_slug`, `asset`, `asset_title` and
                                   `access_label` on each session
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Case, CharField, F, QuerySet, Value, When
from django.db.models.functions import Cast, Concat

from reporting.ledger.holdings import held_by
from reporting.models import PpvSession
from reporting.vendor_text import address

FUTURE = "in the future when the provider was asked"


@dataclass(frozen=True)
class SessionFilter:
    """Empty filters leave all. `accesses` are labels as they are shown, `assets` external ids, `ips` addresses in any spelling;
    days are the provider's."""

    customer_id: int | None = (
        None  # the reader's own: only sessions of its assets, on the days that they were assigned to it
    )
    customers: tuple[str, ...] = ()
    assets: tuple[str, ...] = ()
    accesses: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    ips: tuple[str, ...] = ()
    first: date | None = None
    last: date | None = None


def sessions(wanted: SessionFilter) -> QuerySet[PpvSession]:
    """Inside the tenant's scope. `access_label` is the access's label, or its number: never the viewer's password."""
    found = PpvSession.objects.annotate(
        connection_slug=F("connection__slug"),
        asset=F("access__asset__external_id"),
        asset_title=F("access__asset__title"),
        access_label=Case(
            When(access__label="", then=Concat(Value("access "), Cast("access_id", CharField()))),
            default="access__label",
        ),
    )
    fields: dict[str, Any] = {
        "asset__in": wanted.assets,
        "access_label__in": wanted.accesses,
        "country__in": [country.upper() for country in wanted.countries],
        "ip__in": [address(ip) for ip in wanted.ips],
        "day__gte": wanted.first,
        "day__lte": wanted.last,
    }
    found = found.filter(**{name: value for name, value in fields.items() if value})
    if wanted.customers:
        found = found.filter(held_by("access__asset", customer__slug__in=wanted.customers))
    if wanted.customer_id is not None:
        found = found.filter(held_by("access__asset", customer=wanted.customer_id))
    return found.order_by("-started_at", "-id")
