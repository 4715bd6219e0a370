"""What a customer held, and when: the one place that says which of the ledger's rows, assets and accesses are a customer's.

Used inside the tenant's scope by reports, pages, exports and the API alike.

    held_by()       a condition on rows that have a day: their asset was the customer's on that day
"""

from typing import Any

from django.db.models import Exists, OuterRef, Q

from reporting.models import Assignment


def held_by(asset: str, **customer: Any) -> Exists:
    """A condition on rows with a `day` and an asset at that path: it was the customer's on that day."""
    return Exists(
        Assignment.objects.filter(
            Q(from_day__isnull=True) | Q(from_day__lte=OuterRef("day")),
            Q(to_day__isnull=True) | Q(to_day__gte=OuterRef("day")),
            asset=OuterRef(asset),
            **customer,
        )
    )
