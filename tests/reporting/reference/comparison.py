"""What rows and totals are compared with: the figures of the same place in the earlier range, and what makes that unfair."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from reporting.metrics import Metric
from reporting.models import Connection, Days
from reporting.periods import Range, ReportInterval, last_day, periods
from tests.reporting.reference.figures import currencies_in, providers_in
from tests.reporting.reference.ledger import Told
from tests.reporting.reference.worlds import EVER

if TYPE_CHECKING:
    from tests.reporting.reference.report import Place, Reference

CLOCK = (ReportInterval.DAY, ReportInterval.HOUR, ReportInterval.MINUTE)
Cells = dict[str, list[Told]]


class Comparison:
    def __init__(self, now: Reference, then: Reference) -> None:
        self.now, self.then = now, then
        own, before = now.query, then.query
        unit = ReportInterval.DAY if own.interval in CLOCK else own.interval
        self.period_of: dict[date, date] = {}
        for first, other in zip(periods(unit, own.days), periods(unit, before.days), strict=False):
            self.period_of[first] = other
        if own.compare == "previous_year" and unit is ReportInterval.DAY:
            every = {(day.year + 1, day.month, day.day): day for day in periods(unit, before.days)}
            found = {day: every.get((day.year, day.month, day.day)) for day in periods(unit, own.days)}
            self.period_of = {day: other for day, other in found.items() if other and (day.month, day.day) != (2, 29)}

    def moved(self, place: Place) -> Place | None:
        """To the earlier range; None where that has no such period."""
        if place.period is None:
            return place
        return place._replace(period=self.period_of[place.period]) if place.period in self.period_of else None

    def of_row(self, row: dict[str, Any], place: Place) -> dict[str, Any]:
        self.then.split = self.now.split
        then = self.moved(place)
        figures = self.then.everything().get(then) if then else None
        there = [then] if then and figures else []
        found = {m.name: figures[m.name] if figures else None for m in self.now.metrics}
        return self.beside(row, found, [place], there, place, is_other=False)

    def of_others(self, row: dict[str, Any], slot: Place, rest: list[Place], seen: Collection[Place]) -> dict[str, Any]:
        """All that is not shown, in the earlier range: in that of the slot, where each period has its own."""
        self.then.split = self.now.split
        shown, place = {self.moved(one) for one in seen}, self.moved(slot)
        there = [] if place is None else [one for one in self.then.everything() if one not in shown]
        if place and place.period:
            there = [one for one in there if one[:2] == place[:2]]
        figures = self.then.everything()
        there = [
            one
            for one in there
            if not one.asset
            or not all(self.then.stands_beside(one, m) for m in self.now.metrics if figures[one][m.name] is not None)
        ]
        found = {m.name: self.then.of_others(m, set(there)) if there else None for m in self.now.metrics}
        return self.beside(row, found, rest, there, slot, is_other=True)

    def beside(
        self,
        row: dict[str, Any],
        figures: dict[str, Decimal | None],
        here: list[Place],
        there: list[Place],
        slot: Place,
        is_other: bool,
    ) -> dict[str, Any]:
        now = {m.name: self.now.cells_at(m, here) for m in self.now.metrics}
        then = {m.name: self.then.cells_at(m, there) for m in self.now.metrics}
        known = {
            m.name: figures[m.name] if self.is_alike(m, now[m.name], then[m.name], row.get("currency")) else None
            for m in self.now.metrics
        }
        place = self.moved(slot)
        start = self.then.start(place) if place and place.period else None
        days = (self.days_of(self.now, slot), self.days_of(self.then, place) if place else None)
        lacks = place is not None and self.then.is_lacking(place, is_other)
        marks = self.marks(now, then, *days, lacks) if any(value is not None for value in known.values()) else []
        return {"previous": known, "previous_start": start, "previous_marks": marks}

    def is_alike(self, metric: Metric, now: list[Told], then: list[Told], currency: str | None) -> bool:
        """In the same currency, from the same provider: else neither is more or less than the other."""
        for kind, usual in ((currencies_in, {currency}), (providers_in, None)):
            mine, theirs = kind(metric, now), kind(metric, then)
            if theirs and len(mine) > 1:
                return False
            expected = mine or usual
            if theirs and expected is not None and theirs != expected:
                return False
        return True

    def marks_of_totals(self) -> dict[str, list[str]]:
        """By metric, where the earlier figure is known."""
        known = [name for name, value in self.then.totals(self.then.query.days).items() if value is not None]
        now, then = self.now.totalled(), self.then.totalled()
        days = self.now.query.days, self.then.query.days
        return {name: self.marks({name: now[name]}, {name: then[name]}, *days, self.then.lacks(name)) for name in known}

    def marks(self, now: Cells, then: Cells, own: Range, before: Range | None, lacks: bool) -> list[str]:
        mine, theirs = sources(now), sources(then)
        links = {link for _, link in mine.keys() | theirs.keys()}
        number = [(covered(own), covered(before)) for _ in links]
        found = {
            "fewer_sources": bool(mine.keys() - theirs.keys()),
            "more_sources": bool(theirs.keys() - mine.keys()),
            "missing_sources": lacks,
            "other_level": any(mine[one] != theirs[one] for one in mine.keys() & theirs.keys()),
            "fewer_days": any(then < now for now, then in number),
            "more_days": any(then > now for now, then in number),
        }
        return [name for name, is_so in found.items() if is_so]

    def days_of(self, report: Reference, place: Place) -> Range:
        days = report.query.days
        if place.period is None:
            return days
        last = last_day(report.query.interval, place.period)
        return Range(max(place.period, days.start), min(last, days.end))


def covered(days: Range | None) -> int:
    """Of each connection all that is known was read."""
    return len(EVER & Days([days])) if days else 0


def sources(cells: Cells) -> dict[tuple[str, Connection], set[str]]:
    """The levels of each metric and connection."""
    found: dict[tuple[str, Connection], set[str]] = {}
    for name, some in cells.items():
        for cell in some:
            found.setdefault((name, cell.link), set()).add(cell.level)
    return found
