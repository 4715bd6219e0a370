"""Costs that a reader does not see: what is refused.

The ledger is read as it is, for every reader. A markup comes last, where sums become figures (`Sum.figure`, and for rows that
are those of a statement `sql/marked_up.py`); amounts in notes and lists go through `Costs.amount` as well. The facts behind a
cost are the vendor's own figures, so they are shown to none who sees it with a markup.
"""

from collections.abc import Iterable

from reporting.metrics import DIMENSIONS, METRICS, Metric
from reporting.query.question import ReportQuery
from reporting.tenancy.reader import Reader


class NotShown(Exception):
    """The reader asks for what is kept from it. `name` is the parameter's."""

    def __init__(self, name: str, what: Iterable[str], why: str = "the tenant decides who sees costs") -> None:
        words = ", ".join(f"“{word}”" for word in what)
        super().__init__(f"{words} is not shown to you: {why}.")
        self.name = name


def refuse_hidden(query: ReportQuery) -> None:
    """Raises NotShown for a cost, or a split of costs, that the reader of the question does not see."""
    refuse_metrics(query.reader, query.metrics)
    if query.reader.costs.is_shown:
        return
    asked: list[tuple[str, tuple[str, ...]]] = [("group_by", query.group_by), *((one, (one,)) for one in query.filters)]
    for name, words in asked:
        if hidden := [word for word in words if word in DIMENSIONS and DIMENSIONS[word].is_of_costs]:
            raise NotShown(name, hidden)


def refuse_metrics(reader: Reader, metrics: Iterable[str], name: str = "metrics") -> None:
    """Raises NotShown for those that the reader does not see."""
    if hidden := [metric for metric in metrics if metric in METRICS and not reader.costs.shows(metric)]:
        raise NotShown(name, hidden)


def refuse_facts(reader: Reader, metric: Metric) -> None:
    """Raises NotShown where the facts behind the figure are what the vendor charges, and the reader sees something else."""
    refuse_metrics(reader, [metric.name])
    if reader.costs.marks_up(metric):
        raise NotShown("metric", [metric.name], "there are no facts of costs for you to see, only the costs themselves")
