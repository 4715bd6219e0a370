"""Which sources the figures of a report lack: connections in scope that report a metric, but not as it was asked for.

Only what would add something is lacking: figures other than 0, of an account or an asset. A connection lacks as a whole where
nothing of it counts; in a report by hours or minutes also for the days of which an asset has figures by day and no others.
"""

from collections.abc import Collection, Iterable
from datetime import date
from typing import NamedTuple

from reporting.metrics import SUMMABLE, Adds, Metric
from reporting.models import Connection, Customer, Days
from reporting.periods import Range, ReportInterval, last_day
from tests.reporting.reference.choice import SHORT, Choice
from tests.reporting.reference.figures import operands
from tests.reporting.reference.ledger import Told

ALL = frozenset({"minute", "hour", "day", "month", "lifetime"})


class Lack(NamedTuple):
    """`intervals`: at which it has the metric; none where it only does not split it by the dimension asked for. `days`: those
    of which it lacks; None for all. `customers`: whose figures these are; None for anybody's. `is_unread`: its counter was
    first read later."""

    metric: str
    link: Connection
    intervals: frozenset[str]
    days: Days | None
    customers: frozenset[Customer | None] | None
    is_unread: bool = False


class Lacks:
    def __init__(self, choice: Choice, days: Range, dimension: str, keys: Collection[str]) -> None:
        self.choice, self.query, self.days = choice, choice.query, days
        self.dimension, self.keys = dimension, keys

    def of(self, metric: Metric, present: Collection[Connection]) -> Iterable[Lack]:
        """`present`: the connections of which something counts in the totals."""
        for link in {told.link for told in self.choice.told}:
            if link in present:
                yield from self.partly(metric, link)
            elif lost := self.elsewhere(metric, link, self.dimension):
                yield self.lack(metric, link, lost, frozenset(t.interval for t in lost))
            elif self.dimension and (lost := self.of_interval(metric, link, "", self.here(metric))):
                yield self.lack(metric, link, lost, frozenset())

    def lack(
        self,
        metric: Metric,
        link: Connection,
        lost: list[Told],
        intervals: frozenset[str],
        days: frozenset | None = None,
    ) -> Lack:
        return Lack(metric.name, link, intervals, days, frozenset(told.owner for told in lost))

    def here(self, metric: Metric) -> frozenset[str]:
        """The stored intervals that count in the report."""
        interval = self.query.interval
        if metric.adds is Adds.LAST:
            return frozenset() if interval in SHORT else frozenset({"day", "lifetime"})
        if metric.adds is not Adds.NEVER:
            return frozenset({interval.value if interval in (*SHORT, ReportInterval.LIFETIME) else "day"})
        if interval in (*SHORT, ReportInterval.LIFETIME):
            return frozenset({interval.value})
        return frozenset({"day", "month"}) if not self.is_exact() else self.exact()

    def exact(self) -> frozenset[str]:
        is_day = self.query.interval is ReportInterval.DAY or self.days.start == self.days.end
        return frozenset({"day"} if is_day else {"month"})

    def is_exact(self) -> bool:
        """Whether a provider could give the very cells that are asked for: days, months, or one month."""
        if self.query.interval in (ReportInterval.DAY,) or self.days.start == self.days.end:
            return True
        if self.query.interval is ReportInterval.WEEK:
            return False
        whole = [first for first in months(self.days) if self.choice.is_whole(first, self.days)]
        if self.query.interval is ReportInterval.MONTH:
            return bool(whole)
        return len(months(self.days)) == 1 and bool(whole)

    def elsewhere(self, metric: Metric, link: Connection, dimension: str) -> list[Told]:
        """What it reports of the metric at other intervals; of a ratio, where both of its sides are, or the ratio itself."""
        found: list[Told] = []
        for interval in sorted(ALL):
            if metric.adds is Adds.RATIO:
                if interval not in self.here(metric):
                    found += self.of_interval(metric, link, dimension, frozenset({interval}))
            elif interval not in self.here(metric):
                found += self.told(metric.name, link, dimension, frozenset({interval}))
        if metric.cell:
            here = self.own_here()
            found += self.told(metric.name, link, dimension, ALL - here)
        if metric.adds is Adds.NEVER and self.told(metric.name, link, dimension, self.here(metric)):
            return []  # it is there, and does not add up
        return found

    def own_here(self) -> frozenset[str]:
        interval = self.query.interval
        if interval in (*SHORT, ReportInterval.LIFETIME):
            return frozenset({interval.value})
        return self.exact() if self.is_exact() else frozenset({"day", "month"})

    def of_interval(self, metric: Metric, link: Connection, dimension: str, intervals: frozenset[str]) -> list[Told]:
        sides = [self.told(one.name, link, dimension, intervals) for one in operands(metric)]
        return [told for side in sides for told in side] if all(sides) else []

    def told(self, name: str, link: Connection, dimension: str, intervals: Collection[str]) -> list[Told]:
        """Figures other than 0 in the days of the report, of accounts and assets, of these keys, and of the customers."""
        mine = [
            told
            for told in self.choice.told
            if (told.link, told.metric, told.dimension) == (link, name, dimension)
            and told.interval in intervals
            and told.level in ("account", "asset")
            and told.value != 0
            and self.touches(told)
            and (not dimension or not self.keys or told.key in self.keys)
        ]
        return [told for part in mine for told in self.of_customers(part)]

    def touches(self, told: Told) -> bool:
        first = date.min if self.query.interval is ReportInterval.LIFETIME else self.days.start
        last = last_day(ReportInterval.MONTH, told.day) if told.interval == "month" else told.day
        return told.day <= self.days.end and first <= last

    def of_customers(self, told: Told) -> list[Told]:
        choice, query = self.choice, self.query
        if not ("customer" in query.group_by or choice.customers or query.customer_id is not None):
            return [told]
        parts = told.of_each_holder() or [told]  # a month may be nobody's
        if query.customer_id is not None:
            parts = [part for part in parts if part.owner and part.owner.pk == query.customer_id]
        if choice.customers:
            parts = [part for part in parts if part.owner and part.owner.slug in choice.customers]
        return parts

    def partly(self, metric: Metric, link: Connection) -> Iterable[Lack]:
        """Assets that have a day's figure, and none of its hours."""
        if self.query.interval not in SHORT or metric.adds not in (Adds.SUM, Adds.SUM_WITHIN_PROVIDER):
            return
        by_day = self.told(metric.name, link, self.dimension, {"day"})
        short = [
            part
            for told in self.choice.told
            if (told.link, told.metric, told.dimension) == (link, metric.name, self.dimension)
            and told.interval == self.query.interval.value
            for part in self.of_customers(told)
        ]
        there = {(told.day, told.asset) for told in short}
        accounts = {told.day for told in short if told.level == "account"}
        any_of_day = {told.day for told in short if told.level != "playlist"}
        lost = []
        for told in by_day:
            is_there = (told.day, told.asset) in there or told.day in accounts
            if not is_there and not (told.level == "account" and told.day in any_of_day):
                lost.append(told)
        if lost:
            yield self.lack(metric, link, lost, frozenset({"day"}), Days((told.day, told.day) for told in lost))

    def unread(self, metric: Metric) -> Iterable[Lack]:
        """Counters that were first read in the days of the report, or later, by their connection's first reading: what came
        before is in no day."""
        days = self.days
        if self.query.interval in (*SHORT, ReportInterval.LIFETIME):
            return
        for name in {one.name for one in operands(metric)} & SUMMABLE:
            of_it = [t for t in self.choice.all if (t.metric, t.interval, t.dimension) == (name, "lifetime", "")]
            for link in {told.link for told in of_it}:
                of_link = [told for told in of_it if told.link == link]
                first = min(told.day for told in of_link)
                begun = {told.asset: min(t.day for t in of_link if t.asset == told.asset) for told in of_link}
                openings = [
                    part
                    for told in of_link
                    if told.day == begun[told.asset] and self.choice.is_wanted(told)
                    for part in self.of_customers(told)
                    if part.day >= days.start and (part.day <= days.end or part.day == first)
                ]
                if sum(part.value for part in openings) and min(part.day for part in openings) == first:
                    before = Days([(days.start, min(first, days.end))])
                    yield Lack(metric.name, link, frozenset(), before, None, is_unread=True)


def months(days: Range) -> list[date]:
    first, found = days.start.replace(day=1), []
    while first <= days.end:
        found.append(first)
        first = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return found
