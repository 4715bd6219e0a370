"""What a customer held, and when: the one place that says which of the ledger's rows, assets and accesses are a customer's.

Used inside the tenant's scope by reports, pages, exports and the API alike.

    held_by()       a condition on rows that have a day: their asset was the customer's on that day
    assets_of()     the assets that are, or once were, the customer's
    accesses_of()   the pay-per-view accesses of which the customer may see a session
"""

from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from reporting.models import Asset, Assignment, PpvAccess, PpvSession


def held_by(asset: str, day: str = "day", begun_by: date | None = None, **customer: Any) -> Exists:
    """A condition on rows with a day and an asset at these paths: it was the customer's on that day, by an assignment that had
    begun by the other one, where rows may be of days to come."""
    held = Assignment.objects.filter(
        Q(from_day__isnull=True) | Q(from_day__lte=OuterRef(day)),
        Q(to_day__isnull=True) | Q(to_day__gte=OuterRef(day)),
        asset=OuterRef(asset),
        **customer,
    )
    return Exists(held if begun_by is None else held.filter(_has_begun(begun_by)))


def assets_of(customer_id: int, today: date) -> QuerySet[Asset]:
    """One that is to become the customer's on a later day is not among them: until then it is somebody else's business."""
    begun = Assignment.objects.filter(_has_begun(today), customer=customer_id)
    return Asset.objects.filter(pk__in=begun.values("asset_id"))


def _has_begun(today: date) -> Q:
    return Q(from_day__isnull=True) | Q(from_day__lte=today)


def accesses_of(customer_id: int, today: date) -> QuerySet[PpvAccess]:
    """Those with a session on a day on which the asset was the customer's. Labels name orders and people: those of the
    asset's holders before and after are theirs."""
    own = held_by("access__asset", begun_by=today, customer=customer_id)
    seen = PpvSession.objects.filter(own, access=OuterRef("pk"))
    return PpvAccess.objects.filter(Exists(seen.order_by()))
