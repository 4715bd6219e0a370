"""The facts as the reference reads them: one by one, each with whose it was on its day."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from reporting.models import Asset, Assignment, Connection, Customer, Fact

LEVELS = {"account": "account", "playlist": "playlist"}


class Told(NamedTuple):
    """A fact. `owner` is the customer who held the asset on its day (None: nobody); `period` is the first day of the
    period that it counts in, `at` the minute of that day."""

    metric: str
    interval: str
    dimension: str
    day: date
    minute: int
    key: str
    value: Decimal
    asset: Asset
    link: Connection
    level: str
    owner: Customer | None = None
    period: date | None = None
    at: int = 0


class Owners:
    def __init__(self) -> None:
        self.rows = list(Assignment.objects.select_related("customer"))

    def on(self, asset: Asset, day: date) -> Customer | None:
        for row in self.rows:
            if row.asset_id == asset.pk and (row.from_day or date.min) <= day <= (row.to_day or date.max):
                return row.customer
        return None

    def throughout(self, asset: Asset, month: date) -> Customer | None:
        """Who held the asset on every day of the month."""
        owners = {self.on(asset, day) for day in days_of_month(month)}
        return owners.pop() if len(owners) == 1 else None


def days_of_month(first: date) -> Iterator[date]:
    day = first
    while day.month == first.month:
        yield day
        day += timedelta(days=1)


def ledger() -> list[Told]:
    """All facts of the tenant whose scope is open."""
    assets = {asset.pk: asset for asset in Asset.objects.select_related("connection")}
    owners = Owners()
    found = []
    for fact in Fact.objects.all():
        asset = assets[fact.asset_id]
        found.append(
            Told(
                fact.metric,
                fact.interval,
                fact.dimension,
                fact.day,
                fact.minute,
                fact.key,
                fact.value,
                asset,
                asset.connection,
                LEVELS.get(asset.kind, "asset"),
                (owners.throughout if fact.interval == "month" else owners.on)(asset, fact.day),
            )
        )
    return found
