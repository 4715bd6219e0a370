"""Which sources the figures of a report lack: connections in scope that report a metric, but not as it was asked for.

    not_at_this_interval   at other intervals only: by day, where hours are asked for; or hours of some days only
    not_by_this_dimension  the plain figure only, where those of some keys are asked for
    before_first_reading   counters that were first read on a later day (`sql/readings.py`)

A connection lacks as a whole where nothing of it counts in the totals. In a report by hours or minutes it also lacks for those
days of which an asset has a figure by day and none by hour. What a connection has at all is known from its series (`scope.py`),
so that nothing is asked where nothing can be lacking.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cached_property
from typing import NamedTuple

from reporting.ledger.daily_totals import FIRST_DAY
from reporting.metrics import Metric
from reporting.models import Days
from reporting.periods import Range, ReportInterval, last_day
from reporting.query.arithmetic import operands
from reporting.query.scope import Link, Series
from reporting.query.selection import SHORT, CountedCells, Gatherer, exact_source
from reporting.query.sql.cells import stored_interval
from reporting.query.sql.readings import Readings
from reporting.query.sql.reported import Reported, ReportedReader

INTERVALS = ("minute", "hour", "day", "month", "lifetime")  # the shortest first
AT_INTERVAL, BY_DIMENSION, FIRST_READING = "not_at_this_interval", "not_by_this_dimension", "before_first_reading"


class Missing(NamedTuple):
    """A connection whose figures of a metric are not in those of the report. `intervals`: at which it has them; `days`:
    those of which they are missing, None for all; `customers`: whose they are, where rows are by customer."""

    reason: str
    metric: str
    connection: int
    intervals: tuple[str, ...] = ()
    days: Days | None = None
    customers: frozenset[int] = frozenset()


class Place(NamedTuple):
    """Where figures of a connection may be: a metric, a stored interval, a dimension."""

    metric: str
    interval: str
    dimension: str


def missing_of(gather: Gatherer, in_all: CountedCells, readings: Readings) -> list[Missing]:
    sources = Sources(gather, in_all)
    return [*sources.elsewhere(), *sources.partly(), *unread(gather, readings)]


def unread(gather: Gatherer, readings: Readings) -> Iterator[Missing]:
    """Counters whose connection was first read in these days, or after them: what came before is in none of them."""
    query, links = gather.query, gather.scope.connections
    if query.interval in (*SHORT, ReportInterval.LIFETIME):
        return
    for reading in readings.openings:
        if links[reading.connection].history_from > query.days.end:
            continue
        series = [s for s in links[reading.connection].series if s[:3] == (reading.metric, "lifetime", "")]
        if reading.value and any(one.first == reading.first for one in series):
            days = Days([(query.days.start, min(reading.first, query.days.end))])
            names = [metric.name for metric in gather.metrics if reading.metric in {o.name for o in operands(metric)}]
            yield from (Missing(FIRST_READING, name, reading.connection, ("lifetime",), days) for name in names)


def totals_of(
    gather: Gatherer, in_all: CountedCells, missing: Iterable[Missing], awaited: Iterable[int]
) -> dict[str, list[str]]:
    """By metric whose totals lack a source: the connections that they are of. `awaited` are those that would have figures
    and are not read."""
    present, links = present_in(in_all), gather.scope.connections
    lacking = {one.metric for one in missing}
    lacking |= {metric.name for metric in gather.metrics if any(one not in present[metric.name] for one in awaited)}
    return {name: sorted(links[one].slug for one in present[name]) for name in gather.query.metrics if name in lacking}


class Sources:
    """Of one report. `present`: by metric the connections of which something counts in its totals."""

    def __init__(self, gather: Gatherer, in_all: CountedCells) -> None:
        self.gather, self.query, self.links = gather, gather.query, gather.scope.connections
        self.dimension, self.keys = self.query.plain
        self.days = self.query.days
        if self.query.interval is ReportInterval.LIFETIME:
            self.days = Range(FIRST_DAY, self.days.end)
        self.present = present_in(in_all)

    def elsewhere(self) -> Iterator[Missing]:
        """Connections that lack as a whole."""
        for metric in self.gather.metrics:
            for link in self.links.values():
                if link.id in self.present[metric.name]:
                    continue
                if found := self._others(metric, link):
                    intervals = tuple(name for name in INTERVALS if name in found)
                    customers = frozenset().union(*found.values())
                    yield Missing(AT_INTERVAL, metric.name, link.id, intervals, customers=customers)
                elif plain := self._plain(metric, link):
                    yield Missing(BY_DIMENSION, metric.name, link.id, customers=frozenset(plain))

    def partly(self) -> Iterator[Missing]:
        """Days of which a connection that is there has assets without hours, or minutes."""
        names, short = self.gather.sums, self.query.interval
        if short not in SHORT:
            return
        known = {
            (name, link.id)
            for name in names
            for link in self.links.values()
            if link.id in self.present[name] and self._may_have(link, Place(name, "day", self.dimension))
        }
        if not known:
            return
        reader = self._reader({link for _, link in known})
        found = reader.without_short(
            sorted({name for name, _ in known}),
            self.days,
            stored_interval(short),
            self.query.plain,
            by_customer=self.gather.by.customer,
        )
        whole: dict[tuple[str, int], tuple[Days, set[int]]] = {}
        for place, days in found.items():
            if place[:2] in known:
                before, customers = whole.get(place[:2], (Days(), set()))
                whole[place[:2]] = (before | days, customers | {place.customer})
        for (name, link), (days, customers) in sorted(whole.items()):
            yield Missing(AT_INTERVAL, name, link, ("day",), days, frozenset(customers))

    # --- What a connection has elsewhere ------------------------------------------------------------------------------

    def _others(self, metric: Metric, link: Link) -> dict[str, set[int]]:
        """Whose figures it has at which intervals that are not those of the report. A ratio is where both of its sides are, or
        where the provider gives itself."""
        here, exact, found = self._here(metric), self._exact(), dict[str, set[int]]()
        if metric.is_distinct and any(self._whose(metric, link, interval, self.dimension) for interval in here):
            return found  # it is there, and does not add up
        for interval in INTERVALS:
            whose = self._whose(metric, link, interval, self.dimension) if interval not in here else set()
            if metric.cell and interval not in exact:
                whose = whose | self._of(Place(metric.name, interval, self.dimension), link)
            if whose:
                found[interval] = whose
        return found

    def _plain(self, metric: Metric, link: Link) -> set[int]:
        """Whose plain figures it has, where those of a dimension's keys are asked for."""
        if not self.dimension:
            return set()
        whole = (self._whose(metric, link, interval, "") for interval in self._here(metric))
        return set().union(*whole)

    def _whose(self, metric: Metric, link: Link, interval: str, dimension: str) -> set[int]:
        sides = [self._of(Place(side.name, interval, dimension), link) for side in operands(metric)]
        return set().union(*sides) if all(sides) else set()

    def _here(self, metric: Metric) -> frozenset[str]:
        """The stored intervals that count in the report."""
        if metric.is_distinct:
            return self._exact()
        if metric.is_state:
            return frozenset() if self.query.interval in SHORT else frozenset(("day", "lifetime"))
        return frozenset((stored_interval(self.query.interval),))

    def _exact(self) -> frozenset[str]:
        """Those of figures that add to nothing. Where no provider could give the very ones, they are there all the same."""
        source = exact_source(self.query.interval, self.query.days, self.query.today)
        return frozenset((source[0],) if source else ("day", "month"))

    def _of(self, place: Place, link: Link) -> set[int]:
        return self._probed[place].get(link.id, set()) if place in self._probed else set()

    @cached_property
    def _probed(self) -> dict[Place, dict[int, set[int]]]:
        """By place and connection, whose figures there are: of those connections that are not there, and may have any."""
        asked: defaultdict[tuple[str, str], set[tuple[str, int]]] = defaultdict(set)
        for metric in self.gather.metrics:
            for link in self.links.values():
                if link.id not in self.present[metric.name]:
                    for place in self._places(metric, link):
                        asked[place.interval, place.dimension].add((place.metric, link.id))
        found: dict[Place, dict[int, set[int]]] = {}
        for (interval, dimension), pairs in asked.items():
            for name, link_id, customer in self._reported(interval, dimension, pairs):
                found.setdefault(Place(name, interval, dimension), {}).setdefault(link_id, set()).add(customer)
        return found

    def _places(self, metric: Metric, link: Link) -> Iterator[Place]:
        names = {metric.name, *(side.name for side in operands(metric))}
        for series in link.series:
            place = Place(*series[:3])
            plain = self.dimension and place.dimension == "" and place.interval in self._here(metric)
            if place.metric in names and (place.dimension == self.dimension or plain) and self._touches(series):
                yield place

    def _reported(self, interval: str, dimension: str, pairs: set[tuple[str, int]]) -> Iterable[Reported]:
        reader = self._reader({link for _, link in pairs})
        split = (dimension, self.keys if dimension else ())
        names = sorted({name for name, _ in pairs})
        found = reader.reported(names, self.days, interval, split, by_customer=self.gather.by.customer)
        return [one for one in found if one[:2] in pairs]

    def _reader(self, connections: set[int]) -> ReportedReader:
        scope = self.gather.scope
        links = {one: link for one, link in scope.connections.items() if one in connections}
        return ReportedReader(replace(scope, connections=links, narrowed=True), self.query.moment)

    def _may_have(self, link: Link, place: Place) -> bool:
        return any(Place(*series[:3]) == place and self._touches(series) for series in link.series)

    def _touches(self, series: Series) -> bool:
        """Whether it may have figures of days of the report."""
        last = last_day(ReportInterval.MONTH, series.last) if series.interval == "month" else series.last
        return series.first <= self.days.end and self.days.start <= last


def present_in(counted: CountedCells) -> defaultdict[str, set[int]]:
    """By metric the connections of which something counts. A count that nobody knows is there, too."""
    found: defaultdict[str, set[int]] = defaultdict(set)
    for cell in counted.adding:
        if cell.value is not None:
            found[cell.metric].add(cell.connection)
    for cell in (*counted.exact, *counted.stand_ins):
        if cell.value is not None or cell.alone != 0:
            found[cell.metric].add(cell.connection)
    return found
