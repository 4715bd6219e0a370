"""A report's headline: one figure for each metric that there is data for, and for each part of it that can't be added.

Bytes of two providers, and money in two currencies, are figures of their own, each with a tile, a chart and a column.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from reporting.metrics import METRICS, Metric, Unit
from reporting.models import Connection
from reporting.query import ReportResult, Totals
from reporting.query.arithmetic import BYTES, MONEY

SourceName = Callable[[str, str], str]  # (provider, currency) -> the words for it

# Each family is a query of its own, so that money does not split bytes by currency, nor bytes money by provider.
FAMILIES = WITHOUT_MONEY, MONEY_ALONE, MONEY_FOR_BYTES = (
    tuple(name for name in METRICS if name not in MONEY),
    tuple(name for name in METRICS if name in MONEY - BYTES),
    tuple(name for name in METRICS if name in MONEY & BYTES),
)


@dataclass(frozen=True)
class HeadlineFigure:
    """A metric, or the part of it that is one provider's or in one currency. `key` is its name in the page's address; `before`
    the figure of the range compared with, and `unlike` what makes that another than it looks (PREVIOUS_MARKS)."""

    metric: Metric
    provider: str = ""
    currency: str = ""
    value: Decimal | None = None
    before: Decimal | None = None
    source: str = ""
    unlike: tuple[str, ...] = ()

    @property
    def unlike_words(self) -> str:
        """Why the figure before is not quite like this one."""
        return ", ".join(mark.replace("_", " ") for mark in self.unlike)

    @property
    def key(self) -> str:
        parts = (self.provider, self.currency) if self.provider or self.metric.unit is Unit.MONEY else ()
        return ".".join([self.metric.name, *(part for part in parts if part)])

    @property
    def label(self) -> str:
        return f"{self.metric.label} · {self.source}" if self.source else self.metric.label

    def of(self, row: dict[str, Any]) -> bool:
        """True where a row is about this part. A row that is not split comes from a query with a filter for the part."""
        mine = {"provider": self.provider, "currency": self.currency}
        return all((row[name] or "") == part for name, part in mine.items() if name in row)


def figures_of(results: list[ReportResult], source: SourceName) -> list[HeadlineFigure]:
    """`results`: one for each family, in their order; the last may be missing. What nobody reports is left out."""
    by_metric = {name: result for family, result in zip(FAMILIES, results, strict=False) for name in family}
    return [
        figure for name in METRICS if name in by_metric for figure in parts_of(METRICS[name], by_metric[name], source)
    ]


def named_by(connections: Iterable[Connection]) -> SourceName:
    """A provider by the names that the tenant gave its connections to it."""
    names: dict[str, list[str]] = {}
    for connection in connections:
        names.setdefault(connection.provider, []).append(connection.name)
    return lambda provider, currency: " and ".join(names.get(provider, [])) or provider or currency


def parts_of(metric: Metric, result: ReportResult, source: SourceName) -> list[HeadlineFigure]:
    """One figure, or one for each provider or currency that must not be added; none where nobody reports the metric."""
    totals, before = result.totals, result.previous[1] if result.previous else None
    unlike = tuple(result.previous_marks.get(metric.name, ()))
    parts = [row for row in totals.by if row.get(metric.name) is not None]
    whole = totals.figures[metric.name]
    if parts and (whole is None or metric.unit is Unit.MONEY):
        return [replace(_part(metric, row, before, source), unlike=unlike) for row in parts]
    if whole is None and metric.name not in totals.unknown:
        return []
    is_like = before and (metric.unit is not Unit.MONEY or before.currency == totals.currency)
    earlier = before.figures[metric.name] if before and is_like else None
    currency = totals.currency or "" if metric.unit is Unit.MONEY else ""
    return [HeadlineFigure(metric, currency=currency, value=whole, before=earlier, unlike=unlike)]


def _part(metric: Metric, row: dict[str, Any], before: Totals | None, source: SourceName) -> HeadlineFigure:
    provider, currency = row.get("provider") or "", row.get("currency") or ""
    figure = HeadlineFigure(metric, provider, currency, row[metric.name])
    earlier = next((r.get(metric.name) for r in (before.by if before else []) if figure.of(r)), None)
    return replace(figure, before=earlier, source=source(provider, currency))
