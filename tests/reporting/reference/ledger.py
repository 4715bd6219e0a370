"""The facts as the reference reads them: one by one, each with whose it was on its day."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from reporting.models import Asset, Assignment, Connection, Customer, Fact, Programme

LEVELS = {"account": "account", "playlist": "playlist", "application": "playlist"}


class Told(NamedTuple):
    """A fact. `owner` is the customer who held the asset on its day (None: nobody). Of a month, `holders` are those who held
    it in the month, and whether they did throughout; `is_part` is a fact for one who did not. `period` is the first day of
    the period that it counts in, `at` the minute of that day."""

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
    owner: Customer | None
    holders: tuple[tuple[Customer, bool], ...]
    is_part: bool = False
    period: date | None = None
    at: int = 0

    @property
    def programme(self) -> Programme | None:
        """An account is a copy of nothing."""
        return None if self.level == "account" else self.asset.programme

    def of_each_holder(self) -> list["Told"]:
        if self.interval != "month":
            return [self]
        return [self._replace(owner=owner, is_part=not is_whole) for owner, is_whole in self.holders]


class Owners:
    def __init__(self) -> None:
        self.rows = list(Assignment.objects.select_related("customer"))

    def on(self, asset: Asset, day: date) -> Customer | None:
        for row in self.rows:
            if row.asset_id == asset.pk and (row.from_day or date.min) <= day <= (row.to_day or date.max):
                return row.customer
        return None

    def in_month(self, asset: Asset, month: date) -> tuple[tuple[Customer, bool], ...]:
        owners = [self.on(asset, day) for day in days_of_month(month)]
        return tuple((owner, owners.count(owner) == len(owners)) for owner in set(owners) if owner)


def days_of_month(first: date) -> Iterator[date]:
    day = first
    while day.month == first.month:
        yield day
        day += timedelta(days=1)


def ledger() -> list[Told]:
    """All facts of the tenant whose scope is open."""
    assets = {asset.pk: asset for asset in Asset.objects.select_related("connection", "parent", "programme")}
    owners = Owners()
    found = []
    for fact in Fact.objects.all():
        asset = assets[fact.asset_id]
        owner = owners.on(asset, fact.day)
        holders = owners.in_month(asset, fact.day) if fact.interval == "month" else ()
        cell = (fact.metric, fact.interval, fact.dimension, fact.day, fact.minute, fact.key, fact.value)
        found.append(Told(*cell, asset, asset.connection, LEVELS.get(asset.kind, "asset"), owner, holders))
    return found
