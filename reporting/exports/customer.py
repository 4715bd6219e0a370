"""CustomerReport -> Document: a customer's page as a file, with all its parts and all rows of tables that the page cuts."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils import timezone

from reporting.exports.document import Chart, Document, ExportColumn, Kind, Source, Table
from reporting.exports.plain import MOST_BARS, MOST_CHARTS, chart_of, table_of
from reporting.metrics import SUMMABLE
from reporting.models import PpvSession
from reporting.periods import ReportInterval, today_in
from reporting.query.result_rows import RowDict, RowType
from reporting.reports.customer import CustomerReport
from reporting.reports.formatting import day
from reporting.reports.headline import HeadlineFigure
from reporting.reports.ppv_sessions import FUTURE, SessionFilter, sessions
from reporting.reports.tables import country_named

SESSIONS = [
    ExportColumn("started_at", "Start", Kind.MOMENT),
    ExportColumn("time_zone", "Time zone"),
    ExportColumn("access", "Access"),
    ExportColumn("connection", "Connection"),
    ExportColumn("asset", "Asset"),
    ExportColumn("asset_title", "Title"),
    ExportColumn("country", "Country"),
    ExportColumn("ip", "Address"),
    ExportColumn("user_agent", "Browser"),
    ExportColumn("left_activations", "Activations left", Kind.COUNT),
    ExportColumn("remark", "Remark"),
]
UNPRINTED = ("connection", "parent", "asset", "asset_kind", "currency")
BY = {"asset": "By asset", "parent": "By application"}
PERSONAL = "Personal data: handle it as such."
MASKED = "Addresses are shown as their networks, browsers by their family."


def customer_document(
    report: CustomerReport,
    made: datetime | None = None,
    table: str = "period",
    with_sessions: bool = False,
    with_addresses: bool = False,
) -> Document:
    """Inside the tenant's scope: sessions are read while the file is written. The report's choice must show the table by
    period, to have all figures; `table` (one of TABLES) is the one for formats of one table. `with_sessions`: for those who may
    see the list of them; `with_addresses`: with viewers' addresses, if the report's reader may see those."""
    series, assets, parents = _series(report), _by(report, "asset"), None
    if report.has_parents:
        parents = _by(report, "parent")
    programmes = _programmes(report) if report.has_programmes else None
    parts = (
        series,
        assets,
        programmes,
        parents,
        _countries(report),
        _sessions(report, with_addresses) if with_sessions else None,
    )
    tables = [part for part in parts if part]
    return Document(
        tenant=report.tenant,
        customer=report.customer.name,
        days=report.choice.days,
        made=made or timezone.now(),
        asked=[
            ("Customer", report.customer.name),
            ("By", report.interval.value),
            *([("As it was", f"at the end of {day(report.choice.as_of)}")] if report.choice.as_of else []),
        ],
        figures=report.figures,
        previous=report.previous_days,
        main={"asset": assets, "programme": programmes or assets, "parent": parents or assets}.get(table)
        or series
        or assets,
        tables=tables,
        sources=[Source(connection, fresh) for connection, fresh in report.freshness],
        charts=_charts(report),
        notes=report.notes,
    )


def _series(report: CustomerReport) -> Table | None:
    if not report.has_series:
        return None
    columns = [ExportColumn("period", report.interval.value.title(), Kind.PERIOD)]
    columns += [ExportColumn(f.key, f.label, Kind.FIGURE, f.metric, f.currency) for f in report.figures]
    state = [ExportColumn("state", "State")] if report.provisional_from else []
    rows = [
        {"period": line.name, "state": "provisional" if line.is_provisional else "final"}
        | {cell.figure.key: cell.value for cell in line.cells}
        for line in report.series
    ]
    hint = "Provisional: the provider may still change it." if state else ""
    return Table(f"By {report.interval.value}", columns + state, rows, hint=hint)


def _by(report: CustomerReport, group: str) -> Table:
    """All assets, or all that hold some, the largest first."""
    title = BY[group]
    metrics = [figure.metric.name for figure in report.figures] or ["plays"]
    order = (f"-{report.chosen.metric.name}",) if report.chosen else ()
    table = table_of(report.ask(metrics, interval=report.whole, group_by=(group,), order_by=order), title)
    names = {connection.slug: connection.name for connection, _ in report.freshness}
    name = f"{group}_title"
    rows = [row | {"source": _source(row, names, group), name: row[name] or row[group]} for row in table.rows]
    first = [ExportColumn(name, title.removeprefix("By ").title()), ExportColumn("source", "Source")]
    rest = [column for column in table.columns if column.name != name]
    return Table(title, first + [_unprinted(column) for column in rest], rows)


def _programmes(report: CustomerReport) -> Table:
    """All of them, the largest first."""
    columns = [ExportColumn("programme_name", "Programme"), ExportColumn("programme", "Slug", is_printed=False)]
    columns += [ExportColumn(f.key, f.label, Kind.FIGURE, f.metric, f.currency) for f in report.figures]
    rows = [
        {"programme_name": line.name, "programme": line.detail} | {cell.figure.key: cell.value for cell in line.cells}
        for line in report.all_programmes
    ]
    return Table("By programme", columns, rows)


def _source(row: RowDict, names: Mapping[str, str], group: str) -> str:
    """The connection's name; of an asset also what holds it, as assets of one name may be several."""
    held_by = [row["parent"]] if group == "asset" and row["parent"] else []
    return " · ".join([names.get(row["connection"], row["connection"]), *held_by])


def _countries(report: CustomerReport) -> Table | None:
    """Of the chosen figure, where it adds up and its provider splits it by country."""
    figure = report.chosen
    if figure is None or figure.metric.name not in SUMMABLE or report.interval is ReportInterval.LIFETIME:
        return None
    result = report.asked([figure], group_by=("country",), order_by=(f"-{figure.metric.name}",))
    found = [row for row in result.rows if not figure.source or figure.of(row)]
    if not any(row["row_type"] == RowType.PLAIN for row in found):
        return None
    name = figure.metric.name
    rows = [{"country_name": country_named(row), "country": row["country"], name: row[name]} for row in found]
    columns = [ExportColumn("country_name", "Country"), ExportColumn("country", "Code", is_printed=False)]
    columns += [ExportColumn(name, figure.label, Kind.FIGURE, figure.metric, figure.currency)]
    return Table("By country", columns, rows)


def _sessions(report: CustomerReport, with_addresses: bool) -> Table | None:
    reader, days = report.reader, report.choice.days
    if not with_addresses:
        reader = replace(reader, sees_personal_data=False)
    wanted = SessionFilter(customers=(report.customer.slug,), first=days.start, last=days.end)
    found = sessions(wanted, reader, today_in(report.tenant.time_zone))
    if not found.exists():
        return None
    hint = PERSONAL if reader.sees_personal_data else MASKED
    return Table("PPV sessions", SESSIONS, _session_rows(found), is_printed=False, hint=hint)


def _session_rows(found: QuerySet[PpvSession]) -> Iterator[RowDict]:
    for one in found.select_related("connection").iterator(chunk_size=2000):
        zone = one.connection.time_zone
        yield {
            "started_at": one.started_at.astimezone(ZoneInfo(zone)),
            "time_zone": zone,
            "access": one.access_label,  # type: ignore[attr-defined]
            "connection": one.connection.slug,
            "asset": one.asset,  # type: ignore[attr-defined]
            "asset_title": one.asset_title,  # type: ignore[attr-defined]
            "country": one.country,
            "ip": one.ip,
            "user_agent": one.user_agent,
            "left_activations": one.left_activations,
            "remark": FUTURE if one.is_future else "",
        }


def _charts(report: CustomerReport) -> list[Chart]:
    """The chosen figure first, then the others."""
    if not report.has_series or len(report.series) > MOST_BARS:
        return []
    figures: list[HeadlineFigure] = sorted(report.figures, key=lambda figure: figure != report.chosen)
    drawn = (chart_of(report.series, one, report.interval, report.first_provisional(one)) for one in figures)
    return [chart for chart in drawn if chart][:MOST_CHARTS]


def _unprinted(column: ExportColumn) -> ExportColumn:
    return replace(column, is_printed=column.name not in UNPRINTED)
