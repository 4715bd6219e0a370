"""Where a figure comes from: the facts that make it, so that anybody can add them up again.

    parse_lineage({"metrics": ["plays"], "at": ["2026-01-05"], …}, tenant) -> Lineage
    Lineage.figure        the report's own figure: of a row, or the total
    Lineage.facts(page)   the facts behind it, some at a time

lineage_parameters.py   which figure is meant
lineage_rows.py         its row in the report, and the cells of that row
lineage_wanted.py       which facts such cells were read from
lineage_facts.py        their statements
lineage_pages.py        cursors
lineage_beside.py       whether each may still change, what it was before, what it was made of
lineage_then.py         the same of figures as of an earlier day

Which level of a connection counts is chosen for the whole range of a report, not for each row: so a lineage takes the range
and the row, and lets the report choose. The facts are sought by their place (metric, connection, level) and added to
nothing, so their sum is a check of the figure, not a copy of it. A figure that is a difference has facts that are added and
others that are taken off. A figure that is unknown has none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, localcontext
from functools import cached_property
from typing import Any

from reporting.metrics import METRICS, Metric
from reporting.models import Tenant
from reporting.query.arithmetic import ALL_DIGITS, MONEY, operands
from reporting.query.lineage.fact_choice import wanted_of
from reporting.query.lineage.facts import FactReader
from reporting.query.lineage.pages import FactPage, Page, page_of
from reporting.query.lineage.parameters import Asked, Place, Which, asked_of
from reporting.query.lineage.rows import Made, made_of
from reporting.query.question import ReportQuery
from reporting.query.report import Note, ReportResult
from reporting.query.run import Report
from reporting.query.scope import Link, scope_of


def parse_lineage(
    parameters: Mapping[str, Sequence[str]],
    tenant: Tenant,
    *,
    customer_id: int | None = None,
    today: date | None = None,
) -> "Lineage":
    """The report's parameters, and those that say which of its figures. Raises WrongParameters."""
    return Lineage(asked_of(parameters, tenant, customer_id, today))


@dataclass(frozen=True)
class Side:
    """What the facts of one metric add up to, and how many they are."""

    metric: Metric
    value: Decimal
    facts: int
    is_taken_off: bool = False


@dataclass(frozen=True)
class Lineage:
    """One figure of a report. Asked inside the tenant's scope; raises NotThere and TooMuch, as the report does."""

    asked: Asked

    @property
    def query(self) -> ReportQuery:
        return self.asked.query

    @property
    def metric(self) -> Metric:
        return self.asked.metric

    @property
    def place(self) -> Place | None:
        return self.asked.place

    @property
    def which(self) -> Which:
        return self.asked.which

    @property
    def moment(self) -> datetime | None:
        return self.query.moment

    @cached_property
    def report(self) -> Report:
        return Report(self.query, scope_of(self.query))

    @cached_property
    def result(self) -> ReportResult:
        with localcontext(ALL_DIGITS):
            return self.report.result()

    @property
    def notes(self) -> list[Note]:
        """Of what the report says, what is about this figure."""
        mine = {"", self.metric.name, *(operand.name for operand in operands(self.metric))}
        return [note for note in self.result.notes if note.metric in mine]

    @property
    def links(self) -> dict[int, Link]:
        return self.report.links

    @cached_property
    def figure(self) -> Decimal | None:
        """None also where it is not known as of the day asked for."""
        figure = self._made.row.figure(self.metric)
        return None if figure is None or figure.is_nan() else figure

    @property
    def currency(self) -> str | None:
        return self._made.currency if self.metric.name in MONEY else None

    @cached_property
    def sides(self) -> list[Side]:
        """One for each metric of the facts: two where the figure is a ratio of two sums, or where facts are taken off."""
        return [
            Side(METRICS[name], value, count, reader.wanted.is_taken_off)
            for reader in self._readers
            for name, value, count in reader.sums()
        ]

    @property
    def is_difference(self) -> bool:
        return any(reader.wanted.is_taken_off for reader in self._readers)

    def facts(self, page: Page) -> FactPage:
        """In the order of their time, those that are taken off last. Raises WrongParameters for a cursor that is none of
        ours."""
        return page_of(self._readers, page)

    def echo(self) -> dict[str, Any]:
        said = self.query.echo()
        if not self.query.group_by:
            del said["group_by"]
        if "limit" in said:
            said["report_limit"] = said.pop("limit")
        if len(self.query.metrics) > 1:
            said["metric"] = self.metric.name
        own = {"row": self.which.value, "at": self.place.name if self.place else ""}
        return said | {name: word for name, word in own.items() if word}

    @cached_property
    def _made(self) -> Made:
        with localcontext(ALL_DIGITS):
            return made_of(self.report, self.metric, self.place, self.which)

    @cached_property
    def _readers(self) -> list[FactReader]:
        if self.figure is None:
            return []
        wanted = wanted_of(self.query, self.metric, self.place, self._made)
        return [FactReader(self.report.scope, one, self.moment) for one in wanted]
