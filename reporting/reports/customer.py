"""A customer's report as its page shows it: a ReportChoice -> a few report queries -> tiles, a chart, tables, notes.

Nothing is added up here. Where the query splits a metric by provider or currency, each part is a figure of its own.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import product
from typing import Any

from reporting.ledger.holdings import assets_of
from reporting.metrics import SUMMABLE
from reporting.models import Connection, Customer, Tenant
from reporting.periods import DAY, Range, ReportInterval
from reporting.query import Freshness, ReportQuery, ReportResult, run
from reporting.query.missing import BY_DIMENSION
from reporting.reports import charts
from reporting.reports.choice import ReportChoice
from reporting.reports.formatting import prose
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
from reporting.reports.tables import TableRow, bars, country_rows, grouped_rows, period_rows, programme_rows
from reporting.tenancy.reader import Reader

ASSETS_SHOWN = 50
COUNTRIES_SHOWN = 20
SHORT = (ReportInterval.HOUR, ReportInterval.MINUTE)
WITHOUT_SERIES = (ReportInterval.TOTAL, ReportInterval.LIFETIME)
# By empty places, marks and the data status of the page.
SHOWN_ELSEWHERE = {"no_figures", "not_reported_together", "provisional", "not_fetched", "failing"}


@dataclass
class CustomerReport:
    """What the template reads; each query runs once, when it is first needed."""

    tenant: Tenant
    customer: Customer
    choice: ReportChoice
    reader: Reader

    # --- Headline -----------------------------------------------------------------------------------------------------

    @cached_property
    def headlines(self) -> list[ReportResult]:
        """One for each family of metrics that the reader sees, in their order; cost per GB only where anything has a cost. A
        series and its total are of the same sources."""
        interval = self.interval if self.interval in SHORT else self.whole
        options = {"interval": interval, "compare": self.choice.compare}
        found = [self.ask(self.reader.shown(WITHOUT_MONEY), **options)]
        if money := self.reader.shown(MONEY_ALONE):
            found.append(self.ask(money, **options))
            if found[-1].rows:
                found.append(self.ask(MONEY_FOR_BYTES, **options))
        return found

    @cached_property
    def figures(self) -> list[HeadlineFigure]:
        return figures_of(self.headlines, named_by(connection for connection, _ in self.freshness))

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
        """The interval of the headline and of assets: the whole range."""
        return ReportInterval.LIFETIME if self.interval is ReportInterval.LIFETIME else ReportInterval.TOTAL

    @property
    def has_series(self) -> bool:
        return bool(self.figures) and self.interval not in WITHOUT_SERIES

    @property
    def table(self) -> str:
        """Which table is shown: by period where there is a series, by programme or parent where there are any, or by asset."""
        offered = {
            "period": self.has_series,
            "asset": True,
            "programme": self.has_programmes,
            "parent": self.has_parents,
        }
        return self.choice.table if offered[self.choice.table] else "asset"

    @cached_property
    def has_parents(self) -> bool:
        """Whether anything, such as an application, holds some of the customer's assets."""
        held = assets_of(self.customer.pk, self.choice.today)
        return bool(self.figures) and held.filter(parent__isnull=False).exists()

    @cached_property
    def has_programmes(self) -> bool:
        """Whether some of the customer's assets are copies of any."""
        held = assets_of(self.customer.pk, self.choice.today)
        return bool(self.figures) and held.filter(programme__isnull=False).exists()

    @cached_property
    def parts(self) -> list[tuple[list[HeadlineFigure], ReportResult]]:
        """Split metrics have their own query, so that others stay whole; beside other tables, only the chosen figure."""
        wanted = [self.chosen] if self.table != "period" and self.chosen else self.figures
        return self._in_parts(wanted, interval=self.interval)

    def _in_parts(
        self, wanted: list[HeadlineFigure], **options: Any
    ) -> list[tuple[list[HeadlineFigure], ReportResult]]:
        groups = [
            [figure for figure in wanted if figure.metric.name in family and bool(figure.source) == is_split]
            for family, is_split in product(FAMILIES, (False, True))
        ]
        return [(figures, self.asked(figures, **options)) for figures in groups if figures]

    @cached_property
    def series(self) -> list[TableRow]:
        asked = [figure for figure in self.figures if any(figure in figures for figures, _ in self.parts)]
        rows = ((figures, result.rows) for figures, result in self.parts)
        return period_rows(rows, asked, self.provisional_from, self.restated)

    @cached_property
    def restated(self) -> dict[str, int]:
        """{period: how many restatements it has}."""
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
        """The first provisional day, of all connections."""
        return self.first_provisional(None)

    @cached_property
    def chosen_provisional_from(self) -> date | None:
        return self.first_provisional(self.chosen)

    def first_provisional(self, figure: HeadlineFigure | None) -> date | None:
        """Where a figure is one provider's, only the connections to that provider count."""
        provider = figure.provider if figure else ""
        days = [fresh.final_through for connection, fresh in self.freshness if provider in ("", connection.provider)]
        firsts = [day + DAY if day else self.choice.days.start for day in days]
        first = max(min(firsts), self.choice.days.start) if firsts else None
        return first if first and first <= min(self.choice.days.end, self.choice.today) else None

    # --- By asset, by country -----------------------------------------------------------------------------------------

    @cached_property
    def assets(self) -> list[TableRow]:
        """The largest first."""
        return self._by("asset")

    @cached_property
    def parents(self) -> list[TableRow]:
        """What holds the assets. Those that nothing holds are in none."""
        return self._by("parent")

    @cached_property
    def all_programmes(self) -> list[TableRow]:
        """The largest first. A programme has copies at several providers, so figures are split as they are by period."""
        parts = self._in_parts(self.figures, interval=self.whole, group_by=("programme",))
        return programme_rows(((figures, result.rows) for figures, result in parts), self.figures, self.chosen)

    @property
    def programmes(self) -> list[TableRow]:
        return self.all_programmes[:ASSETS_SHOWN]

    def _by(self, group: str) -> list[TableRow]:
        """An asset, or what holds it, has one provider and one currency, so nothing is split."""
        metrics = {figure.metric.name: figure for figure in self.figures}
        order = (f"-{self.chosen.metric.name}",) if self.chosen else ()
        rows = self.ask(metrics, interval=self.whole, group_by=(group,), order_by=order, limit=ASSETS_SHOWN).rows
        others = all_others(metrics, group, ASSETS_SHOWN, order)
        return grouped_rows(group, rows, list(metrics.values()), self.connections, others)

    @cached_property
    def countries(self) -> list[TableRow]:
        """Of the chosen figure, where it adds up and its provider splits it by country."""
        figure = self.chosen
        if figure is None:
            return []
        rows = self.by_country.rows if self.by_country else []
        others = all_others([figure.metric.name], "country", COUNTRIES_SHOWN, provider=figure.provider)
        return country_rows(rows, figure, others)

    @cached_property
    def by_country(self) -> ReportResult | None:
        figure = self.chosen
        if figure is None or figure.metric.name not in SUMMABLE or self.interval is ReportInterval.LIFETIME:
            return None
        return self.asked([figure], group_by=("country",), limit=COUNTRIES_SHOWN)

    # --- Beside the figures -------------------------------------------------------------------------------------------

    @cached_property
    def connections(self) -> dict[str, Connection]:
        return {
            connection.slug: connection
            for connection in Connection.objects.defer("sealed_credentials", "sealed_session")
        }

    @property
    def freshness(self) -> list[tuple[Connection, Freshness]]:
        return [(self.connections[one.connection], one) for one in self.headlines[0].freshness]

    @property
    def notes(self) -> list[str]:
        """The notes on what is shown, each once."""
        metrics = {figure.metric.name for figure in self.figures}
        results = [*self.headlines, *(result for _, result in (self.parts if self.has_series else []))]
        found = [note for result in results for note in result.notes if note.code not in SHOWN_ELSEWHERE]
        if self.by_country and self.countries:
            found += [note for note in self.by_country.notes if note.code == BY_DIMENSION]
        return list(dict.fromkeys(prose(note.detail) for note in found if not note.metric or note.metric in metrics))

    @property
    def lineage_links(self) -> LineageLinks:
        """The addresses of the lineage of the tables' figures."""
        fixed = {"customer": self.customer.slug}
        days, as_of = self.choice.days, self.choice.as_of
        return LineageLinks(self.tenant, days, self.connections.values(), self.interval, self.whole, fixed, as_of)

    # --- Asking -------------------------------------------------------------------------------------------------------

    def ask(self, metrics: Iterable[str], **options: Any) -> ReportResult:
        question = ReportQuery(
            tenant=self.tenant,
            metrics=tuple(dict.fromkeys(metrics)),
            days=self.choice.days,
            today=self.choice.today,
            reader=self.reader,
            as_of=self.choice.as_of,
            period=self.choice.period,
            **{"filters": {"customer": (self.customer.slug,)}} | options,
        )
        return run(question)

    def asked(self, figures: list[HeadlineFigure], **options: Any) -> ReportResult:
        """A query for figures. Where all are one provider's, only that provider is read."""
        providers = {figure.provider for figure in figures}
        filters = {"customer": (self.customer.slug,)}
        if len(providers) == 1 and figures[0].provider:
            filters["provider"] = (figures[0].provider,)
        return self.ask([figure.metric.name for figure in figures], filters=filters, **options)
