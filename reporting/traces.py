"""Where the figures of a page's tables lead: the address of the lineage of each, for those who may see how it came about."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.urls import reverse

from reporting.headline import Figure
from reporting.models import Connection, Tenant
from reporting.overview import Column
from reporting.periods import Every, Range
from reporting.query.adding import MONEY

Row = Mapping[
    str, str
]  # the parameters that tell a row from the others: `at`, or connection and asset, or a dimension's key


@dataclass(frozen=True)
class Trace:
    """The report whose figures are shown: `every` is the interval of rows with a period, `whole` that of all others."""

    tenant: Tenant
    days: Range
    connections: Iterable[Connection]
    every: Every = Every.TOTAL
    whole: Every = Every.TOTAL
    fixed: Row = field(default_factory=dict)

    def address(self, figure: Figure | Column, row: Row) -> str:
        asked = {
            "metrics": figure.metric.name,
            "from": f"{self.days.start}",
            "to": f"{self.days.end}",
            "interval": (self.every if "at" in row else self.whole).value,
            **self._part(figure, row),
            **{name: _one(value) for name, value in {**self.fixed, **row}.items()},
        }
        return f"{reverse('lineage', args=[self.tenant.slug])}?{urlencode(asked)}"

    def _part(self, figure: Figure | Column, row: Row) -> dict[str, str]:
        """What tells the figure from those it must not be added to: one provider's bytes, one currency's money."""
        if "connection" in row:
            return {}
        part = {"provider": figure.provider} if figure.provider else {}
        if figure.metric.name in MONEY and (figure.source or not figure.currency):
            slugs = [link.slug for link in self.connections if link.currency == figure.currency]
            part |= {"connection": ",".join(slugs)} if slugs else {}
        return part


def _one(value: str) -> str:
    """A comma that belongs to a value does not part two."""
    return value.replace(",", "\\,")
