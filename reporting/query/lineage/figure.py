"""One figure of a report, and what it was made of: its facts, and what they add up to (`Side`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, localcontext
from functools import cached_property
from typing import Any

from reporting.metrics import METRICS, Metric
from reporting.models import Tenant
from reporting.query.arithmetic import ALL_DIGITS, MONEY, operands
from reporting.query.lineage.fact_choice import selections_of
from reporting.query.lineage.facts import FactReader
from reporting.query.lineage.pages import FactPage, PageRequest, page_of
from reporting.query.lineage.parameters import LineageQuestion, PeriodSlot, RowChoice, question_of
from reporting.query.lineage.rows import FigureOrigin, origin_of
from reporting.query.question import ReportQuery
from reporting.query.report import Note, ReportResult
from reporting.query.run import Report
from reporting.query.scope import Link, scope_of
from reporting.tenancy.reader import Reader


def parse_lineage(
    parameters: Mapping[str, Sequence[str]],
    tenant: Tenant,
    reader: Reader,
    *,
    today: date | None = None,
) -> "Lineage":
    """The report's parameters, and those that say which of its figures. Raises WrongParameters, and NotShown for the facts
    behind costs that the reader does not see as they are."""
    return Lineage(question_of(parameters, tenant, reader, today))


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

    asked: LineageQuestion

    @property
    def query(self) -> ReportQuery:
        return self.asked.query

    @property
    def metric(self) -> Metric:
        return self.asked.metric

    @property
    def place(self) -> PeriodSlot | None:
        return self.asked.place

    @property
    def which(self) -> RowChoice:
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

    def facts(self, page: PageRequest) -> FactPage:
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
    def _made(self) -> FigureOrigin:
        with localcontext(ALL_DIGITS):
            return origin_of(self.report, self.metric, self.place, self.which)

    @cached_property
    def _readers(self) -> list[FactReader]:
        if self.figure is None:
            return []
        wanted = selections_of(self.query, self.metric, self.place, self._made)
        return [FactReader(self.report.scope, one, self.moment) for one in wanted]
