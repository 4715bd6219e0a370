"""Which facts count for a metric, in the rows of a report or in its totals."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from datetime import date
from typing import NamedTuple

from reporting.metrics import Adds, Metric
from reporting.periods import Range, ReportInterval, first_day, last_day, periods
from reporting.query import ReportQuery
from tests.reporting.reference.ledger import Told, days_of_month

RANKS = {"account": 0, "asset": 1, "playlist": 2}
BELOW_ACCOUNT = {"asset": 0, "playlist": 1}
COPIES = {"asset": 0}
SHORT = (ReportInterval.HOUR, ReportInterval.MINUTE)
OWN_INTERVAL = (*SHORT, ReportInterval.LIFETIME)


class Grain(NamedTuple):
    """What figures are told apart by, and which split of them is read."""

    interval: ReportInterval
    dimension: str
    keys: tuple[str, ...]
    customer: bool = False
    programme: bool = False
    parent: bool = False
    asset: bool = False
    key: bool = False


def grouped(cells: Iterable[Told], by: Callable[[Told], Hashable]) -> dict[Hashable, list[Told]]:
    groups: defaultdict[Hashable, list[Told]] = defaultdict(list)
    for cell in cells:
        groups[by(cell)].append(cell)
    return groups


def highest(cells: Iterable[Told], ranks: Mapping[str, int] = RANKS, grain: Grain | None = None) -> list[Told]:
    """An account and its assets measure the same thing twice: of each connection (and customer, programme and parent, where
    figures are told apart by those) one level counts."""
    found = []

    def place(cell: Told) -> Hashable:
        return cell.link, *(owner for owner, is_asked in (owners(cell, grain) if grain else ()) if is_asked)

    for group in grouped(cells, place).values():
        known = [cell for cell in group if cell.level in ranks]
        best = min((ranks[cell.level] for cell in known), default=None)
        found += [cell for cell in known if ranks[cell.level] == best]
    return found


def owners(cell: Told, grain: Grain) -> Iterable[tuple[object, bool]]:
    """The customer, programme and parent of a fact, and whether figures are told apart by it."""
    return (cell.owner, grain.customer), (cell.programme, grain.programme), (cell.asset.parent, grain.parent)


class Choice:
    def __init__(self, query: ReportQuery, told: Iterable[Told]) -> None:
        self.query, self.customers = query, query.filters.get("customer")
        self.names_assets = any(query.filters.get(name) for name in ("asset", "parent", "programme"))
        self.all = list(told)
        self.told = [t for t in self.all if self.is_wanted(t)]

    def is_wanted(self, told: Told) -> bool:
        words = {"connection": told.link.slug, "provider": told.link.provider, "asset": told.asset.external_id}
        words["parent"] = told.asset.parent.external_id if told.asset.parent else "-"
        words["programme"] = told.programme.slug if told.programme else "-"
        filters = self.query.filters
        of_some = filters.get("parent") or filters.get("programme")
        if of_some and not filters.get("asset") and told.level == "account":
            return False  # nothing holds an account, but it is not one of the assets
        return all(not filters.get(name) or word in filters[name] for name, word in words.items())

    def counted(self, metric: Metric, days: Range, grain: Grain, own: bool = False) -> list[Told]:
        """The facts that count. `own`: the provider's own figures of a ratio."""
        cells = self.of_customers(metric, days, grain, own)
        cells = belonging(cells, grain)
        if not grain.asset:
            cells = highest(cells, self.ranks(grain), grain)
        elif not self.names_assets:
            cells = [cell for cell in cells if cell.level != "account"]
        return self.of_keys(metric, cells, grain, own)

    def attributed(self, metric: Metric, days: Range, grain: Grain, by_asset: bool) -> list[Told]:
        """What the report's rows of assets, customers, programmes or parents are made of."""
        cells = belonging(self.of_customers(metric, days, grain, own=False), grain)
        if (grain.customer or grain.programme or grain.parent) and not by_asset:
            cells = highest(cells, self.ranks(grain), grain)
        else:
            cells = highest(cells, BELOW_ACCOUNT)
        return self.of_keys(metric, cells, grain, own=False)

    def ranks(self, grain: Grain) -> Mapping[str, int]:
        """A programme is its copies: a playlist in it adds nothing, unless it is asked for by its name."""
        of_programmes = grain.programme or self.query.filters.get("programme")
        return COPIES if of_programmes and not self.query.filters.get("asset") else RANKS

    def of_customers(self, metric: Metric, days: Range, grain: Grain, own: bool) -> list[Told]:
        names = {metric.numerator, metric.denominator} if metric.adds is Adds.RATIO and not own else {metric.name}
        mine = [t for t in self.told if t.metric in names and t.dimension == grain.dimension]
        if own or metric.adds is Adds.NEVER:
            cells = self.exact(mine, days, grain.interval)
            if self.is_above_series(grain):
                links = {cell.link for cell in self.of_customers(metric, days, self.series_of(grain), own)}
                cells = [cell for cell in cells if cell.link in links]
        elif metric.adds is Adds.LAST:
            cells = self.carried(mine, days, grain.interval)
        else:
            cells = self.within(mine, days, grain.interval)
        if grain.customer or self.customers or self.query.customer_id is not None:
            cells = [part for cell in cells for part in cell.of_each_holder()]
        if self.query.customer_id is not None:
            cells = [cell for cell in cells if cell.owner and cell.owner.pk == self.query.customer_id]
        if self.customers:
            cells = [cell for cell in cells if cell.owner and cell.owner.slug in self.customers]
        return self.both(metric, cells, grain) if metric.adds is Adds.RATIO and not own else cells

    def is_above_series(self, grain: Grain) -> bool:
        """A total, of rows that have periods: it is of no source that they lack."""
        whole = (ReportInterval.TOTAL, ReportInterval.LIFETIME)
        return grain.interval is ReportInterval.TOTAL and self.query.interval not in whole

    def series_of(self, grain: Grain) -> Grain:
        return grain._replace(interval=self.query.interval)

    def of_keys(self, metric: Metric, cells: list[Told], grain: Grain, own: bool) -> list[Told]:
        """The level was chosen by the dimension, whatever keys are asked for."""
        cells = [cell for cell in cells if not grain.keys or cell.key in grain.keys]
        return self.both(metric, cells, grain) if metric.adds is Adds.RATIO and not own else cells

    def both(self, metric: Metric, cells: list[Told], grain: Grain) -> list[Told]:
        """Of the assets that report both: in a period, by a customer where rows are by customer, of a key where by key."""
        found = []
        owner, key = grain.customer, grain.key  # an asset has one programme and parent
        by = grouped(cells, lambda c: (c.asset, c.period, c.at, c.owner if owner else None, c.key if key else None))
        for group in by.values():
            if {cell.metric for cell in group} == {metric.numerator, metric.denominator}:
                found += group
        return found

    def within(self, mine: list[Told], days: Range, interval: ReportInterval) -> list[Told]:
        """Facts of the report's one interval. Of lifetimes the newest reading of each asset, whatever keys it names."""
        own = self.query.interval in OWN_INTERVAL
        mine = [t for t in mine if t.interval == (self.query.interval.value if own else "day") and t.day <= days.end]
        if self.query.interval is ReportInterval.LIFETIME:
            readings = grouped(mine, lambda t: (t.metric, t.asset)).values()
            return [t for group in readings for t in group if t.day == max(other.day for other in group)]
        return [dated(t, interval) for t in mine if t.day >= days.start]

    def exact(self, mine: list[Told], days: Range, interval: ReportInterval) -> list[Told]:
        """The provider's own cells that are just the periods asked for."""
        if interval in OWN_INTERVAL:
            return self.within(mine, days, interval)
        if self.query.interval in SHORT:  # no total of days, or of months, above rows of hours
            return []
        if interval is ReportInterval.DAY or days.start == days.end:
            return [dated(t, interval) for t in mine if t.interval == "day" and days.start <= t.day <= days.end]
        months = [t for t in mine if t.interval == "month" and self.is_whole(t.day, days)]
        if interval is ReportInterval.MONTH:
            return [dated(t, interval) for t in months]
        if interval is ReportInterval.TOTAL:
            return [t for t in months if t.day == days.start and days.end <= last_day(ReportInterval.MONTH, t.day)]
        return []

    def is_whole(self, month: date, days: Range) -> bool:
        """The current month is whole up to today."""
        held = [day for day in days_of_month(month) if day <= self.query.today] or [
            last_day(ReportInterval.MONTH, month)
        ]
        return days.start <= month and held[-1] <= days.end

    def carried(self, mine: list[Told], days: Range, interval: ReportInterval) -> list[Told]:
        """States: at the end of each period the newest reading of each asset, whoever held the asset before."""
        if self.query.interval in SHORT:
            return []
        start = date.min if interval is ReportInterval.LIFETIME else days.start
        mine = [t for t in mine if t.interval in ("day", "lifetime") and start <= t.day <= days.end]
        if interval in (ReportInterval.TOTAL, ReportInterval.LIFETIME):
            return newest(mine)
        found = []
        for first in periods(interval, days):
            if first <= self.query.today:
                known = [t for t in mine if t.day <= last_day(interval, first)]
                found += [t._replace(period=first) for t in newest(known)]
        return found


def belonging(cells: list[Told], grain: Grain) -> list[Told]:
    """To a customer, a programme, a parent, where rows are by those."""
    return [c for c in cells if all(owner or not is_asked for owner, is_asked in owners(c, grain))]


def newest(readings: Iterable[Told]) -> list[Told]:
    groups = grouped(readings, lambda t: (t.asset, t.key)).values()
    return [max(group, key=lambda t: (t.day, t.minute)) for group in groups]


def dated(told: Told, interval: ReportInterval) -> Told:
    """With the period that it counts in."""
    if interval is ReportInterval.TOTAL:
        return told
    at = {ReportInterval.HOUR: told.minute // 60 * 60, ReportInterval.MINUTE: told.minute}.get(interval, 0)
    return told._replace(period=first_day(interval, told.day), at=at)
