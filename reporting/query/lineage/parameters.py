"""The words of an address -> which figure of which report a lineage is about. Every wrong one is named, by its field."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from reporting.metrics import METRICS, Metric
from reporting.models import Tenant
from reporting.periods import Range, ReportInterval, first_day, label, labelled, last_day
from reporting.query.parameters import WrongParameters, parse
from reporting.query.question import ReportQuery

WITHOUT = ("compare", "limit")  # of the report's parameters, these say nothing about one figure
OWN = ("at", "row", "metric", "report_limit")
NO_SUCH = "There is no such parameter here."
MINUTES = {ReportInterval.HOUR: 60, ReportInterval.MINUTE: 1}
WHOLE_DAY = (0, 1439)
WITHOUT_PERIODS = (ReportInterval.TOTAL, ReportInterval.LIFETIME)


class RowChoice(StrEnum):
    """A row that its values name, or the total; else the rows beyond a limit, or a difference of two figures."""

    NAMED = ""
    OTHER = "other"
    REMAINDER = "remainder"
    UNATTRIBUTED = "unattributed"


class PeriodSlot(NamedTuple):
    """The row of a report that a figure is in: its period, as days and minutes of the day, both ends included."""

    name: str
    days: Range
    minutes: tuple[int, int]


@dataclass(frozen=True)
class LineageQuestion:
    """`query` is the report's, narrowed to the row where the row has values of its own."""

    query: ReportQuery
    metric: Metric
    place: PeriodSlot | None = None
    which: RowChoice = RowChoice.NAMED


def question_of(
    parameters: Mapping[str, Sequence[str]], tenant: Tenant, customer_id: int | None, today: date | None
) -> LineageQuestion:
    """The report's parameters and OWN. Raises WrongParameters."""
    return Parser(parameters).asked(tenant, customer_id, today)


class Parser:
    def __init__(self, parameters: Mapping[str, Sequence[str]]) -> None:
        self.parameters, self.errors = parameters, dict[str, list[str]]()

    def asked(self, tenant: Tenant, customer_id: int | None, today: date | None) -> LineageQuestion:
        which = self.which()
        query = self.query(which, tenant, customer_id, today)
        self.refuse_meaningless(which)
        metric = self.metric(query)
        place = self.place(query)
        {
            RowChoice.NAMED: self.of_named,
            RowChoice.OTHER: self.of_other,
            RowChoice.REMAINDER: self.of_remainder,
            RowChoice.UNATTRIBUTED: self.of_unattributed,
        }[which](query)
        if self.errors:
            raise WrongParameters(self.errors)
        if which is not RowChoice.OTHER:  # which rows those are, hangs on all of the report
            query = replace(query, metrics=(metric,), group_by=self.groups(query, which))
        return LineageQuestion(query, METRICS[metric], place, which)

    def groups(self, query: ReportQuery, which: RowChoice) -> tuple[str, ...]:
        """Those that say anything: with all their values as filters, groups change nothing."""
        if which is RowChoice.REMAINDER:
            return (query.grouped_dimension,)
        has_owners = which is RowChoice.UNATTRIBUTED and {"customer", "parent"} & set(query.group_by)
        return tuple(name for name in query.group_by if has_owners and name in ("customer", "parent", "asset"))

    def word(self, name: str) -> str:
        return "".join(self.parameters.get(name, ()))

    def which(self) -> RowChoice:
        try:
            return RowChoice(self.word("row"))
        except ValueError:
            known = ", ".join(word for word in RowChoice if word)
            self.errors["row"] = [f"“{self.word('row')}” is none of {known}."]
            return RowChoice.NAMED

    def query(self, which: RowChoice, tenant: Tenant, customer_id: int | None, today: date | None) -> ReportQuery:
        """A page of facts has a limit of its own, so that the report's has another name here."""
        rest = {name: values for name, values in self.parameters.items() if name not in OWN}
        if which is RowChoice.OTHER and self.word("report_limit"):
            rest["limit"] = self.parameters["report_limit"]
        try:
            return parse(rest, tenant, customer_id=customer_id, today=today)
        except WrongParameters as error:
            is_ours = "limit" not in self.parameters
            raise WrongParameters(
                {"report_limit" if name == "limit" and is_ours else name: texts for name, texts in error.errors.items()}
            ) from None

    def refuse_meaningless(self, which: RowChoice) -> None:
        only_of_other = () if which is RowChoice.OTHER else ("order_by", "report_limit", "limit_per")
        self.errors |= {name: [NO_SUCH] for name in (*WITHOUT, *only_of_other) if name in self.parameters}

    def metric(self, query: ReportQuery) -> str:
        word = self.word("metric")
        if word and word not in query.metrics:
            self.errors["metric"] = [f"“{word}” is none of the report's: {', '.join(query.metrics)}."]
        elif not word and len(query.metrics) > 1:
            self.errors["metrics"] = ["A figure is of one metric: name one, or say which as `metric`."]
        return word or query.metrics[0]

    def place(self, query: ReportQuery) -> PeriodSlot | None:
        text = self.word("at")
        if not text:
            return None
        try:
            first, minute = labelled(query.interval, text)
            days = Range(max(first, query.days.start), min(last_day(query.interval, first), query.days.end))
            if days.start > days.end:
                raise ValueError
        except (ValueError, OverflowError):
            example = f", like {label(query.interval, first_day(query.interval, query.days.start))}"
            if query.interval in WITHOUT_PERIODS:
                example = "; such a report has none"
            self.errors["at"] = [
                f"“{text}” is the period of no row by {query.interval} in {query.days}{example}.",
            ]
            return None
        length = MINUTES.get(query.interval)
        return PeriodSlot(text, days, (minute, minute + length - 1) if length else WHOLE_DAY)

    # --- By row -------------------------------------------------------------------------------------------------------

    def of_named(self, query: ReportQuery) -> None:
        missing = [name for name in query.group_by if len(query.filters.get(name, ())) != 1]
        if missing:
            self.errors["group_by"] = [
                f"A figure is of one row: give the row's own {', '.join(missing)} as a filter.",
            ]

    def of_remainder(self, query: ReportQuery) -> None:
        dimension = query.grouped_dimension
        self.of_named(replace(query, group_by=tuple(name for name in query.group_by if name != dimension)))
        if not dimension or query.filters.get(dimension):
            self.errors["row"] = [
                "Only a report that is grouped by a dimension, and shows all its keys, has a remainder."
            ]
        if query.interval not in WITHOUT_PERIODS and "at" not in self.parameters:
            self.errors.setdefault("at", ["Give the row's period: each has its own remainder."])

    def of_other(self, query: ReportQuery) -> None:
        if query.limit is None:
            self.errors["report_limit"] = ["Give the report's `limit`: the row holds what is beyond it."]
        if not query.limit_per:
            self.refuse_period("The row `other` is of all rows beyond the limit, whatever their period.")
        elif query.interval not in WITHOUT_PERIODS and "at" not in self.parameters:
            self.errors.setdefault("at", ["Give the row's period: with `limit_per` each has its own."])

    def of_unattributed(self, query: ReportQuery) -> None:
        if query.is_of_customers_or_assets:
            self.errors["row"] = [
                "What no asset accounts for is told of whole connections, not of customers, parents or assets."
            ]
        self.refuse_period("What no asset accounts for is told of the whole range.")

    def refuse_period(self, why: str) -> None:
        if "at" in self.parameters:
            self.errors["at"] = [why]
