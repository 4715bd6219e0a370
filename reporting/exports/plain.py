"""ReportResult -> Document: what the API and the command export."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from itertools import islice

from django.utils import timezone

from reporting.exports.document import MOST_PRINTED, Chart, Document, ExportColumn, Kind, Source, Table
from reporting.metrics import DIMENSIONS, METRICS
from reporting.models import Connection, Customer, Tenant
from reporting.periods import Range, ReportInterval
from reporting.query import GROUPS, Freshness, ReportResult
from reporting.query.result_rows import RowType
from reporting.reports.charts import COLOURS_ON_PAPER, spec
from reporting.reports.formatting import day
from reporting.reports.headline import HeadlineFigure, named_by, parts_of
from reporting.reports.tables import TableRow, bars, period_rows

MOST_CHARTS, MOST_BARS = 4, 400
CHART_WIDTH, CHART_HEIGHT = 680, 170
WITHOUT_SERIES = (ReportInterval.TOTAL, ReportInterval.LIFETIME)
FIRST_COLUMNS = {
    "asset_title": "Title",
    "parent_title": "Title of parent",
    "programme_name": "Name of programme",
    "connection_name": "Name",
}


def document_of(
    result: ReportResult, tenant: Tenant, customer: Customer | None = None, made: datetime | None = None
) -> Document:
    """Inside the tenant's scope; nothing is read from the database after it. `customer`: the one that the reader may see."""
    customer = customer or _only_customer(result)
    sources = sources_of(result.freshness)
    named = named_by(source.connection for source in sources)
    found = {name: parts_of(METRICS[name], result, named) for name in result.query["metrics"]}
    table = table_of(result, "Report")
    return Document(
        tenant=tenant,
        customer=customer.name if customer else "",
        days=days_of(result),
        made=made or timezone.now(),
        asked=asked(result),
        figures=[figure for name, parts in found.items() for figure in parts or [HeadlineFigure(METRICS[name])]],
        previous=result.previous[0] if result.previous else None,
        main=table,
        tables=[table],
        sources=sources,
        charts=_charts(result, [figure for parts in found.values() for figure in parts]),
        notes=list(dict.fromkeys(note.detail for note in result.notes)),
    )


def _only_customer(result: ReportResult) -> Customer | None:
    """The customer that was asked for, if it was one."""
    slugs = result.query.get("customer", [])
    return Customer.objects.filter(slug=slugs[0]).first() if len(slugs) == 1 else None


def days_of(result: ReportResult) -> Range:
    return Range(date.fromisoformat(result.query["from"]), date.fromisoformat(result.query["to"]))


def sources_of(freshness: Iterable[Freshness]) -> list[Source]:
    by_slug = {fresh.connection: fresh for fresh in freshness}
    connections = Connection.objects.filter(slug__in=by_slug).defer("sealed_credentials", "sealed_session")
    found = {connection.slug: connection for connection in connections}
    return [Source(found[slug], fresh) for slug, fresh in by_slug.items() if slug in found]


def table_of(result: ReportResult, title: str) -> Table:
    """The rows as the JSON report has them, one column each."""
    columns = [
        ExportColumn(
            column.name,
            FIRST_COLUMNS.get(column.name, column.label),
            Kind.FIGURE if column.name in METRICS else Kind.PERIOD if column.name == "period" else Kind.TEXT,
            METRICS.get(column.name),
            is_printed=_is_printed(column.name, result),
        )
        for column in result.columns
    ]
    return Table(title, columns, result.rows)


def _is_printed(column: str, result: ReportResult) -> bool:
    """Of assets that nothing holds, paper has no empty column."""
    if column == "parent" and column not in result.query["group_by"]:
        return any(row["parent"] for row in islice(result.rows, MOST_PRINTED))
    return column != "asset_kind"


def asked(result: ReportResult) -> list[tuple[str, str]]:
    """The interval, groups, filters and order, in words."""
    query = result.query
    interval = ReportInterval(query["interval"])
    words = [
        ("By", ", ".join([*([interval.value] if interval is not ReportInterval.TOTAL else []), *query["group_by"]]))
    ]
    words += [(label_of(name), ", ".join(query[name])) for name in (*GROUPS, *DIMENSIONS) if query.get(name)]
    words += [("As it was", f"at the end of {day(query['as_of'])}" if query.get("as_of") else "")]
    words += [("Order", ", ".join(query.get("order_by", [])))]
    words += [("Rows", f"the first {query['limit']:,}, the others added up" if query.get("limit") else "")]
    return [(label, text) for label, text in words if text]


def label_of(name: str) -> str:
    return DIMENSIONS[name].label if name in DIMENSIONS else name.title()


def chart_of(
    lines: Sequence[TableRow], figure: HeadlineFigure, interval: ReportInterval, provisional: date | None
) -> Chart | None:
    """None where the figure has no value in any of the periods."""
    drawn = bars(lines, figure, provisional)
    if all(bar.value is None for bar in drawn):
        return None
    pale = f" Pale: provisional, from {day(provisional)} on." if provisional else ""
    return Chart(
        f"{figure.label} by {interval}",
        f"{figure.metric.definition} A gap means that nothing was reported.{pale}",
        spec(figure.metric, drawn, figure.currency, COLOURS_ON_PAPER) | {"width": CHART_WIDTH, "height": CHART_HEIGHT},
    )


def _charts(result: ReportResult, figures: list[HeadlineFigure]) -> list[Chart]:
    """Charts of a plain series; each group would need a chart of its own."""
    interval = ReportInterval(result.query["interval"])
    if interval in WITHOUT_SERIES or result.query["group_by"] or not 0 < len(result.rows) <= MOST_BARS:
        return []
    provisional = next((note.more["from"] for note in result.notes if note.code == "provisional"), None)
    first = date.fromisoformat(provisional) if provisional else None
    figures = [figure for figure in figures if _is_one_line(figure, result)]
    rows = [row for row in result.rows if row["row_type"] == RowType.PLAIN]
    lines = period_rows([(figures, rows)], figures, first)
    drawn = (chart_of(lines, figure, interval, first) for figure in figures)
    return [chart for chart in drawn if chart][:MOST_CHARTS]


def _is_one_line(figure: HeadlineFigure, result: ReportResult) -> bool:
    """False where rows are split by provider or currency and the figure is not: its parts are not added up here."""
    periods = [row["period"] for row in result.rows if not figure.source or figure.of(row)]
    return len(periods) == len(set(periods))
