"""A customer's report as its page shows it: what the form asks -> a few report queries -> tiles, a chart, tables, notes.

Nothing is added up here. Where the query tells a metric's providers or currencies apart, each part is a figure of its own.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from itertools import product
from typing import Any

from reporting import charts
from reporting.metrics import METRICS, Metric, Unit
from reporting.models import Connection, Customer, Tenant
from reporting.page_forms import ReportForm
from reporting.periods import Every, Range, last_day
from reporting.query import Freshness, ReportQuery, ReportResult, Totals
from reporting.query.adding import BYTES, MONEY
from reporting.templatetags.figures import period as period_words
from reporting.templatetags.figures import shown

ASSETS_SHOWN = 50
COUNTRIES_SHOWN = 20
WITHOUT_SERIES = (Every.TOTAL, Every.LIFETIME)
SAID_ELSEWHERE = {"no_figures", "not_reported_together", "provisional"}  # by what the page leaves out, and by its marks

# Asked for apart, so that money does not split bytes by currency, nor bytes money by provider.
FAMILIES = (
    tuple(name for name in METRICS if name not in MONEY),
    tuple(name for name in METRICS if name in MONEY - BYTES),
    tuple(name for name in METRICS if name in MONEY & BYTES),
)


@dataclass(frozen=True)
class Figure:
    """A metric, or the part of it that one provider or one currency has. `key` stands in the page's address."""

    metric: Metric
    provider: str = ""
    currency: str = ""
    value: Decimal | None = None
    before: Decimal | None = None
    source: str = ""

    @property
    def key(self) -> str:
        parts = (self.provider, self.currency) if self.provider or self.metric.unit is Unit.MONEY else ()
        return ".".join([self.metric.name, *(part for part in parts if part)])

    @property
    def label(self) -> str:
        return f"{self.metric.label} · {self.source}" if self.source else self.metric.label

    def of(self, row: dict[str, Any]) -> bool:
        """True where a row is about this part. What the row is not split by, its query was narrowed to."""
        mine = {"provider": self.provider, "currency": self.currency}
        return all((row[name] or "") == part for name, part in mine.items() if name in row)


@dataclass(frozen=True)
class Cell:
    value: Decimal | None
    figure: Figure
    currency: str = ""


@dataclass(frozen=True)
class Line:
    """A row of a table."""

    name: str
    detail: str
    cells: list[Cell]
    is_provisional: bool = False
    share: int = 0


@dataclass
class CustomerReport:
    """What the template reads; each part is asked for once."""

    tenant: Tenant
    customer: Customer
    form: ReportForm
    customer_id: int | None  # the bearer's own

    # --- Headline -----------------------------------------------------------------------------------------------------

    @cached_property
    def headlines(self) -> list[ReportResult]:
        """One for each family, in their order."""
        return [self.ask(family, interval=self.whole, compare=self.form.compared_with) for family in FAMILIES]

    @cached_property
    def figures(self) -> list[Figure]:
        """Those that the customer has data for."""
        totals = {name: result for family, result in zip(FAMILIES, self.headlines, strict=True) for name in family}
        return [figure for name in METRICS for figure in self._parts(METRICS[name], totals[name])]

    @cached_property
    def chosen(self) -> Figure | None:
        by_key = {figure.key: figure for figure in self.figures}
        return by_key.get(self.form.metric_key) or next(iter(self.figures), None)

    @property
    def previous_days(self) -> Range | None:
        previous = self.headlines[0].previous
        return previous[0] if previous else None

    def _parts(self, metric: Metric, result: ReportResult) -> list[Figure]:
        totals, before = result.totals, result.previous[1] if result.previous else None
        parts = [row for row in totals.by if row.get(metric.name) is not None]
        whole = totals.figures[metric.name]
        if parts and (whole is None or metric.unit is Unit.MONEY):
            return [self._part(metric, row, before) for row in parts]
        if whole is None:
            return []
        is_like = before and (metric.unit is not Unit.MONEY or before.currency == totals.currency)
        earlier = before.figures[metric.name] if before and is_like else None
        return [Figure(metric, currency=_currency(metric, totals), value=whole, before=earlier)]

    def _part(self, metric: Metric, row: dict[str, Any], before: Totals | None) -> Figure:
        provider, currency = row.get("provider") or "", row.get("currency") or ""
        figure = Figure(metric, provider, currency, row[metric.name])
        earlier = next((r.get(metric.name) for r in (before.by if before else []) if figure.of(r)), None)
        return replace(figure, before=earlier, source=self._source(provider, currency))

    def _source(self, provider: str, currency: str) -> str:
        """The provider by the names that the tenant gave its connections to it."""
        names = [link.name for link in self.links.values() if link.provider == provider]
        return " and ".join(names) or provider or currency

    # --- By period ----------------------------------------------------------------------------------------------------

    @property
    def interval(self) -> Every:
        return self.form.interval_chosen

    @property
    def whole(self) -> Every:
        """The interval of headline and assets: the whole range as one."""
        return Every.LIFETIME if self.interval is Every.LIFETIME else Every.TOTAL

    @property
    def has_series(self) -> bool:
        return bool(self.figures) and self.interval not in WITHOUT_SERIES

    @property
    def by_asset(self) -> bool:
        return self.form.by_asset or not self.has_series

    @cached_property
    def series(self) -> list[Line]:
        """One line for each period, with every figure; split metrics are asked for apart, so that the others stay whole."""
        wanted = [self.chosen] if self.by_asset and self.chosen else self.figures
        found: dict[str, dict[str, Decimal | None]] = {}
        for family, is_split in product(FAMILIES, (False, True)):
            figures = [f for f in wanted if f.metric.name in family and bool(f.source) == is_split]
            for row in self._asked(figures, interval=self.interval).rows if figures else []:
                line = found.setdefault(row["period"], {})
                line |= {f.key: row[f.metric.name] for f in figures if not is_split or f.of(row)}
        return [
            Line(name, "", [Cell(line.get(f.key), f, f.currency) for f in wanted], self._may_change(name))
            for name, line in sorted(found.items())
        ]

    @cached_property
    def chart(self) -> dict[str, Any] | None:
        figure = self.chosen
        if figure is None or not self.has_series:
            return None
        bars = [self._bar(line, figure) for line in self.series]
        return charts.spec(figure.metric, bars, figure.currency) if any(bar.value is not None for bar in bars) else None

    @property
    def svg(self) -> str:
        return charts.svg(self.chart) if self.chart else ""

    def _bar(self, line: Line, figure: Figure) -> charts.Bar:
        value = next(cell.value for cell in line.cells if cell.figure.key == figure.key)
        words = "not reported" if value is None else shown(value, figure.metric.unit, figure.currency)
        return charts.Bar(period_words(line.name), _tick(line.name), value, words, line.is_provisional)

    def _may_change(self, period: str) -> bool:
        return self.provisional_from is not None and _last_day_of(period) >= self.provisional_from

    @cached_property
    def provisional_from(self) -> date | None:
        found = [note.more["from"] for note in self.headlines[0].notes if note.code == "provisional"]
        return date.fromisoformat(found[0]) if found else None

    # --- By asset, by country -----------------------------------------------------------------------------------------

    @cached_property
    def assets(self) -> list[Line]:
        """An asset has one provider and one currency, so nothing is split; the largest come first."""
        metrics = {figure.metric.name: figure for figure in self.figures}
        order = (f"-{self.chosen.metric.name}",) if self.chosen else ()
        rows = self.ask(metrics, interval=self.whole, group_by=("asset",), order_by=order, limit=ASSETS_SHOWN).rows
        return [self._asset_line(row, list(metrics.values())) for row in rows]

    def _asset_line(self, row: dict[str, Any], figures: list[Figure]) -> Line:
        cells = [Cell(row[f.metric.name], f, row.get("currency") or "") for f in figures]
        if row["asset"] == "other" and not row["connection"]:
            return Line("All others", "", cells)
        connection = self.links.get(row["connection"])
        detail = f"{row['asset']} · {connection.name}" if connection else row["asset"]
        return Line(row["asset_title"] or row["asset"], detail, cells)

    @cached_property
    def countries(self) -> list[Line]:
        """Of the chosen figure; none where the provider does not split it by country."""
        if self.chosen is None or self.interval is Every.LIFETIME:
            return []
        figure = self.chosen
        result = self._asked([figure], group_by=("country",), limit=COUNTRIES_SHOWN)
        rows = [row for row in result.rows if not figure.source or figure.of(row)]
        values = [row[figure.metric.name] for row in rows]
        if not any(row["country"] for row in rows) or not (total := sum(value or 0 for value in values)):
            return []
        return [
            Line(
                row["country"] or "",
                "",
                [Cell(value, figure, figure.currency)],
                share=round(100 * (value or 0) / total),
            )
            for row, value in zip(rows, values, strict=True)
        ]

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
        found = [note for result in self.headlines for note in result.notes if note.code not in SAID_ELSEWHERE]
        return list(dict.fromkeys(note.detail for note in found if not note.metric or note.metric in metrics))

    # --- Asking -------------------------------------------------------------------------------------------------------

    def ask(self, metrics: Iterable[str], **options: Any) -> ReportResult:
        return ReportQuery(
            tenant=self.tenant,
            metrics=tuple(dict.fromkeys(metrics)),
            days=self.form.days,
            today=self.form.today,
            customer_id=self.customer_id,
            **{"filters": {"customer": (self.customer.slug,)}} | options,
        ).run()

    def _asked(self, figures: list[Figure], **options: Any) -> ReportResult:
        """With split figures of one provider only, no other provider is read."""
        providers = {figure.provider for figure in figures}
        filters = {"customer": (self.customer.slug,)}
        if len(providers) == 1 and figures[0].provider:
            filters["provider"] = (figures[0].provider,)
        return self.ask([figure.metric.name for figure in figures], filters=filters, **options)


def _currency(metric: Metric, totals: Totals) -> str:
    return totals.currency or "" if metric.unit is Unit.MONEY else ""


def _last_day_of(period: str) -> date:
    """The last day of a row's `period`, as the report query writes it."""
    if "-W" in period:
        year, _, week = period.partition("-W")
        return date.fromisocalendar(int(year), int(week), 7)
    day = period.partition("T")[0]
    return last_day(Every.MONTH, date.fromisoformat(f"{day}-01")) if len(day) == 7 else date.fromisoformat(day)


def _tick(period: str) -> str:
    """Short words for the axis: `5 Jan`, `W05`, `Jan 2026`, `14:00`."""
    if "-W" in period:
        return period.partition("-")[2]
    day, _, clock = period.partition("T")
    if clock:
        return clock if ":" in clock else f"{clock}:00"
    if len(day) == 7:
        return f"{date.fromisoformat(day + '-01'):%b %Y}"
    at = date.fromisoformat(day)
    return f"{at.day} {at:%b}"
