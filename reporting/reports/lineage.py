"""A figure's lineage as its page shows it: the facts it is made of, and the readings they came from (`reading.py`).

For a tenant's managers and analysts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from reporting.metrics import DIMENSIONS, METRICS, Metric
from reporting.models import Customer, Interval, Snapshot, Tenant
from reporting.periods import ReportInterval
from reporting.query.lineage import (
    FactHistory,
    FactPage,
    Lineage,
    PageRequest,
    RowChoice,
    beside,
    notes_of_answers,
    parse_lineage,
    snapshots_behind,
)
from reporting.query.parameters import WrongParameters
from reporting.reports.formatting import prose
from reporting.tenancy.reader import Reader

FACTS_ON_A_PAGE = 50
SHOWN_BY_MARKS = {"provisional"}
ROWS = {
    RowChoice.OTHER: "all but the first {limit}{by}",
    RowChoice.REMAINDER: "not split by {dimension}",
    RowChoice.UNATTRIBUTED: "not attributed to an asset",
}


@dataclass(frozen=True)
class FactRow:
    """`clock` is empty where the fact is not for a time of day."""

    history: FactHistory
    metric: Metric
    connection: str
    currency: str
    clock: str


@dataclass
class LineagePage:
    tenant: Tenant
    reader: Reader
    parameters: Mapping[str, Sequence[str]]

    @cached_property
    def lineage(self) -> Lineage:
        """Raises WrongParameters."""
        if len(self.parameters.get("cursor", ())) > 1:
            raise WrongParameters({"cursor": ["Give one value."]})
        rest = {name: values for name, values in self.parameters.items() if name != "cursor"}
        return parse_lineage(rest, self.tenant, self.reader)

    @cached_property
    def page(self) -> FactPage:
        """Raises what a report raises."""
        return self.lineage.facts(PageRequest(FACTS_ON_A_PAGE, "".join(self.parameters.get("cursor", ()))))

    @cached_property
    def lines(self) -> list[FactHistory]:
        return beside(self.lineage, self.page.facts)

    @cached_property
    def rows(self) -> list[FactRow]:
        return [self._row(line) for line in self.lines]

    @cached_property
    def snapshots(self) -> list[Snapshot]:
        return snapshots_behind(self.lines)

    @property
    def customer(self) -> Customer | None:
        """The customer whose figure it is, if it is one customer's."""
        slugs = self.lineage.query.filters.get("customer", ())
        return Customer.objects.filter(slug__in=slugs).first() if len(slugs) == 1 else None

    @property
    def filters(self) -> list[tuple[str, str]]:
        """(label, values) of the figure's filters, without its customer."""
        filters = self.lineage.query.filters
        labels = {name: DIMENSIONS[name].label if name in DIMENSIONS else name.title() for name in filters}
        return [(labels[name], ", ".join(values)) for name, values in filters.items() if name != "customer"]

    @property
    def notes(self) -> list[str]:
        found = [*self.lineage.notes, *notes_of_answers(self.lineage, self.lines)]
        return [prose(note.detail) for note in found if note.code not in SHOWN_BY_MARKS]

    @property
    def row(self) -> str:
        """Which row of its report it is, where that row has no values that name it (all others, remainder)."""
        query = self.lineage.query
        named = {"dimension": query.grouped_dimension.replace("_", " "), "limit": query.limit or ""}
        by = f" by {' and '.join(query.group_by)}".replace("_", " ") if query.group_by else ""
        return ROWS.get(self.lineage.which, "").format(**named, by=by)

    @property
    def rule(self) -> str:
        """How the figure is made of these facts."""
        metric = self.lineage.metric
        if self.lineage.figure is None and self.lineage.query.as_of:
            return "It is not known as of that day, or no source reports it, so there are no facts behind it."
        if self.lineage.figure is None and self.row:
            return "The report has no such row, or has no figures that may be added, so there are no facts behind it."
        if self.lineage.figure is None:
            return "There are no figures that may be added, so there are no facts behind it."
        if self.lineage.is_difference:
            return "The sum of the facts of the whole, minus the sum of the facts of its parts. The parts come last."
        if len(self.lineage.sides) == 2:
            return f"One sum divided by the other, over the assets that report both. {metric.definition}"
        if metric.is_distinct or metric.is_ratio:
            return "The provider's own figure for exactly this; it is not made of other figures."
        number = self.lineage.sides[0].facts
        if metric.is_state or self.lineage.query.interval is ReportInterval.LIFETIME:
            return (
                f"The newest readings of each asset, {number:,} facts, added up."
                if number > 1
                else "The newest reading."
            )
        return f"The {number:,} facts below, added up." if number > 1 else "It is one fact."

    @property
    def has_keys(self) -> bool:
        return bool(self.lineage.query.dimension)

    @property
    def has_sides(self) -> bool:
        return len(self.lineage.sides) > 1

    @property
    def may_change(self) -> bool:
        return any(line.is_provisional for line in self.lines)

    def _row(self, line: FactHistory) -> FactRow:
        fact, connection = line.fact, self.lineage.links[line.fact.connection]
        timed = fact.interval in (Interval.HOUR, Interval.MINUTE)
        clock = f"{fact.minute // 60:02}:{fact.minute % 60:02}" if timed else ""
        return FactRow(line, METRICS[fact.metric], connection.name, connection.currency, clock)
