"""A customer's report as its page shows it: a ReportChoice -> a few report queries -> tiles, a chart, tables, notes.

Nothing is added up here. Where the query tells a metric's providers or currencies apart, each part is a figure of its own.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import product
from typing import Any

from reporting.metrics import SUMMABLE
from reporting.models import Connection, Customer, Tenant
from reporting.periods import DAY, Range, ReportInterval
from reporting.query import Freshness, ReportQuery, ReportResult, run
from reporting.reports import charts
from reporting.reports.choice import ReportChoice
from reporting.reports.headline import (
    FAMILIES,
    MONEY_ALONE,
    MONEY_FOR_BYTES,
    WITHOUT_MONEY,
    HeadlineFigure,
    figures_of,
    named_by,
)
from reporting.reports.lineage_links import LineageLinks, all_others
from reporting.reports.tables import TableRow, asset_rows, bars, country_rows, period_rows

ASSETS_SHOWN = 50
COUNTRIES_SHOWN = 20
WITHOUT_SERIES = (ReportInterval.TOTAL, ReportInterval.LIFETIME)
SAID_ELSEWHERE = {"no_figures", "not_reported_together", "provisional"}  # by what the page leaves out, and by its marks


@dataclass
class CustomerReport:
    """What the template reads; each part is asked for once."""

    tenant: Tenant
    customer: Customer
    choice: ReportChoice
    customer_id: int | None  # the bearer's own

    # --- Headline -----------------------------------------------------------------------------------------------------

    @cached_property
    def headlines(self) -> list[ReportResult]:
        """One for each family, in their order; the price of bytes only where anything has a price."""
        options = {"interval": self.whole, "compare": self.choice.compare}
        found = [self.ask(WITHOUT_MONEY, **options), self.ask(MONEY_ALONE, **options)]
        return [*found, self.ask(MONEY_FOR_BYTES, **options)] if found[1].rows else found

    @cached_property
    def figures(self) -> list[HeadlineFigure]:
        return figures_of(self.headlines, named_by(link for link, _ in self.freshness))

    @cached_property
    def chosen(self) -> HeadlineFigure | None:
        by_key = {figure.key: figure for figure in self.figures}
        return by_key.get(self.choice.metric) or next(iter(self.figures), None)

    @property
    def previous_days(self) -> Range | None:
        previous = self.headlines[0].previous
        return previous[0] if previous else None

    # --- By period ----------------------------------------------------------------------------------------------------

    @property
    def interval(self) -> ReportInterval:
        return self.choice.interval

    @property
    def whole(self) -> ReportInterval:
        """The interval of headline and assets: the whole range as one."""
        return ReportInterval.LIFETIME if self.interval is ReportInterval.LIFETIME else ReportInterval.TOTAL

    @property
    def has_series(self) -> bool:
        return bool(self.figures) and self.interval not in WITHOUT_SERIES

    @property
    def by_asset(self) -> bool:
        return self.choice.by_asset or not self.has_series

    @cached_property
    def parts(self) -> list[tuple[list[HeadlineFigure], ReportResult]]:
        """Split metrics are asked for apart, so that the others stay whole; beside assets, only the chosen one."""
        wanted = [self.chosen] if self.by_asset and self.chosen else self.figures
        groups = [
            [figure for figure in wanted if figure.metric.name in family and bool(figure.source) == is_split]
            for family, is_split in product(FAMILIES, (False, True))
        ]
        return [(figures, self.asked(figures, interval=self.interval)) for figures in groups if figures]

    @cached_property
    def series(self) -> list[TableRow]:
        asked = [figure for figure in self.figures if any(figure in figures for figures, _ in self.parts)]
        rows = ((figures, result.rows) for figures, result in self.parts)
        return period_rows(rows, asked, self.provisional_from, self.restated)

    @cached_property
    def restated(self) -> dict[str, int]:
        """By period, how often a figure of it was changed after it was final."""
        found: Counter[str] = Counter()
        for _, result in self.parts:
            for row in result.rows:
                found[row["period"]] += row.get("restated", 0)
        return {period: number for period, number in found.items() if number}

    @cached_property
    def chart(self) -> dict[str, Any] | None:
        figure = self.chosen
        if figure is None or not self.has_series:
            return None
        drawn = bars(self.series, figure, self.chosen_provisional_from)
        return charts.spec(figure.metric, drawn, figure.currency) if any(b.value is not None for b in drawn) else None

    @property
    def svg(self) -> str:
        return charts.svg(self.chart) if self.chart else ""

    @cached_property
    def provisional_from(self) -> date | None:
        """The first day that may still change, of all that is shown."""
        return self.first_provisional(None)

    @cached_property
    def chosen_provisional_from(self) -> date | None:
        return self.first_provisional(self.chosen)

    def first_provisional(self, figure: HeadlineFigure | None) -> date | None:
        """Where a figure is one provider's, that provider's connections alone count."""
        provider = figure.provider if figure else ""
        days = [fresh.final_through for link, fresh in self.freshness if provider in ("", link.provider)]
        firsts = [day + DAY if day else self.choice.days.start for day in days]
        first = max(min(firsts), self.choice.days.start) if firsts else None
        return first if first and first <= min(self.choice.days.end, self.choice.today) else None

    # --- By asset, by country -----------------------------------------------------------------------------------------

    @cached_property
    def assets(self) -> list[TableRow]:
        """An asset has one provider and one currency, so nothing is split; the largest come first."""
        metrics = {figure.metric.name: figure for figure in self.figures}
        order = (f"-{self.chosen.metric.name}",) if self.chosen else ()
        rows = self.ask(metrics, interval=self.whole, group_by=("asset",), order_by=order, limit=ASSETS_SHOWN).rows
        others = all_others(metrics, "asset", ASSETS_SHOWN, order)
        return asset_rows(rows, list(metrics.values()), self.links, ASSETS_SHOWN, others)

    @cached_property
    def countries(self) -> list[TableRow]:
        """Of the chosen figure, where it adds up and its provider splits it by country."""
        figure = self.chosen
        if figure is None or figure.metric.name not in SUMMABLE or self.interval is ReportInterval.LIFETIME:
            return []
        rows = self.asked([figure], group_by=("country",), limit=COUNTRIES_SHOWN).rows
        others = all_others([figure.metric.name], "country", COUNTRIES_SHOWN, provider=figure.provider)
        return country_rows(rows, figure, others)

    # --- What is said beside ------------------------------------------------------------------------------------------

    @cached_property
    def links(self) -> dict[str, Connection]:
        return {link.slug: link for link in Connection.objects.defer("sealed_credentials", "sealed_session")}

    @property
    def freshness(self) -> list[tuple[Connection, Freshness]]:
        return [(self.links[one.connection], one) for one in self.headlines[0].freshness]

    @property
    def notes(self) -> list[str]:
        """Those about what is shown, each once."""
        metrics = {figure.metric.name for figure in self.figures}
        results = [*self.headlines, *(result for _, result in (self.parts if self.has_series else []))]
        found = [note for result in results for note in result.notes if note.code not in SAID_ELSEWHERE]
        return list(dict.fromkeys(note.detail for note in found if not note.metric or note.metric in metrics))

    @property
    def lineage_links(self) -> LineageLinks:
        """Where the figures of the tables come from."""
        fixed = {"customer": self.customer.slug}
        days, as_of = self.choice.days, self.choice.as_of
        return LineageLinks(self.tenant, days, self.links.values(), self.interval, self.whole, fixed, as_of)

    # --- Asking -------------------------------------------------------------------------------------------------------

    def ask(self, metrics: Iterable[str], **options: Any) -> ReportResult:
        question = ReportQuery(
            tenant=self.tenant,
            metrics=tuple(dict.fromkeys(metrics)),
            days=self.choice.days,
            today=self.choice.today,
            customer_id=self.customer_id,
            as_of=self.choice.as_of,
            **{"filters": {"customer": (self.customer.slug,)}} | options,
        )
        return run(question)

    def asked(self, figures: list[HeadlineFigure], **options: Any) -> ReportResult:
        """With split figures of one provider only, no other provider is read."""
        providers = {figure.provider for figure in figures}
        filters = {"customer": (self.customer.slug,)}
        if len(providers) == 1 and figures[0].provider:
            filters["provider"] = (figures[0].provider,)
        return self.ask([figure.metric.name for figure in figures], filters=filters, **options)
