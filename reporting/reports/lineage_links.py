"""The addresses of the lineage of a page's figures, for readers who may see lineage."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from urllib.parse import urlencode

from django.urls import reverse

from reporting.models import Connection, Tenant
from reporting.periods import Range, ReportInterval
from reporting.query.arithmetic import MONEY
from reporting.reports.headline import HeadlineFigure
from reporting.reports.overview import OverviewColumn

# The parameters that name a row: `at`, or connection, parent and asset, or a programme, or a dimension's key, or `row` and
# what goes with it.
RowParameters = Mapping[str, str | tuple[str, ...]]


def all_others(
    metrics: Iterable[str], group: str, limit: int, order: tuple[str, ...] = (), provider: str = ""
) -> RowParameters:
    """The row beyond the limit: which rows are in it depends on the report's metrics, order and filters."""
    words: dict[str, str | tuple[str, ...]] = {
        "group_by": group,
        "order_by": order,
        "report_limit": f"{limit}",
        "provider": provider,
    }
    words |= {"row": "other", "metrics": tuple(metrics)}
    return {name: word for name, word in words.items() if word}


@dataclass(frozen=True)
class LineageLinks:
    """The report whose figures are shown: `every` is the interval of rows with a period, `whole` that of all others."""

    tenant: Tenant
    days: Range
    connections: Iterable[Connection]
    every: ReportInterval = ReportInterval.TOTAL
    whole: ReportInterval = ReportInterval.TOTAL
    fixed: RowParameters = field(default_factory=dict)
    as_of: date | None = None

    def address(self, figure: HeadlineFigure | OverviewColumn, row: RowParameters) -> str:
        asked = {
            "metric" if "metrics" in row else "metrics": figure.metric.name,
            "from": f"{self.days.start}",
            "to": f"{self.days.end}",
            "interval": (self.every if "at" in row else self.whole).value,
            **self._part(figure, row),
            **({"as_of": f"{self.as_of}"} if self.as_of else {}),
            **{name: _words(value) for name, value in {**self.fixed, **row}.items()},
        }
        return f"{reverse('lineage', args=[self.tenant.slug])}?{urlencode(asked)}"

    def _part(self, figure: HeadlineFigure | OverviewColumn, row: RowParameters) -> dict[str, str]:
        """The filter for a figure that is one provider's bytes or one currency's money."""
        if "connection" in row or "report_limit" in row:
            return {}
        part = {"provider": figure.provider} if figure.provider else {}
        if figure.metric.name in MONEY and (figure.source or not figure.currency):
            slugs = [connection.slug for connection in self.connections if connection.currency == figure.currency]
            part |= {"connection": ",".join(slugs)} if slugs else {}
        return part


def _words(value: str | tuple[str, ...]) -> str:
    """Values, comma-separated; a comma in a value is escaped."""
    return ",".join(word.replace(",", "\\,") for word in ([value] if isinstance(value, str) else value))
