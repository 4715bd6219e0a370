"""The list of pay-per-view sessions, for the API, the customer's page and its files. The caller checks who may see it at all;
what of it is personal data is shown here to those readers only who may see that.

sessions(SessionFilter(customers=("norte",)), reader, today) -> a queryset, newest first, with `connection_slug`, `asset`,
                                   `asset_title` and `access_label` on each session
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Case, CharField, F, QuerySet, Value, When
from django.db.models.functions import Cast, Concat

from reporting.ledger.holdings import held_by
from reporting.models import PpvSession
from reporting.query import NotShown
from reporting.reports.as_shown import as_shown
from reporting.reports.personal_data import family_of, network_of
from reporting.tenancy.reader import Reader
from reporting.vendor_text import address

MASKED = "viewers' addresses are personal data, which you see masked"
FUTURE = "in the future when the provider was asked"


@dataclass(frozen=True)
class SessionFilter:
    """Empty filters leave all. `accesses` are labels as they are shown, `assets` external ids, `ips` addresses in any spelling;
    days are the provider's."""

    customers: tuple[str, ...] = ()
    assets: tuple[str, ...] = ()
    accesses: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    ips: tuple[str, ...] = ()
    first: date | None = None
    last: date | None = None


def sessions(wanted: SessionFilter, reader: Reader, today: date) -> QuerySet[PpvSession]:
    """Inside the tenant's scope. A customer's reader gets those of its assets, on the days that they were assigned to it, if
    that has begun: `today` is the tenant's, and a session may be of a day to come. Without the right to personal data
    addresses are networks, and agents are families of browsers. `access_label` is the access's label, or its number: never the
    viewer's password. Raises NotShown for a filter by what is masked, which would tell it."""
    if wanted.ips and not reader.sees_personal_data:
        raise NotShown("ip", wanted.ips, MASKED)
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
    if reader.customer_id is not None:
        found = found.filter(held_by("access__asset", begun_by=today, customer=reader.customer_id))
    found = found.order_by("-started_at", "-id")
    return found if reader.sees_personal_data else as_shown(found, _mask)


def _mask(session: PpvSession) -> None:
    session.ip, session.user_agent = network_of(session.ip), family_of(session.user_agent)
