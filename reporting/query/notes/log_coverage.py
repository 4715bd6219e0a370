"""Logs beside lifetime counters: how many of the views they list.

What a log lists is a metric of its own (`logged_plays`), whether the log is whole or not. How much it lists is said of all
that is known of it, wherever the days of the report end, beside each report that has its figures or begins before it does.
"""

from collections.abc import Collection, Iterator
from datetime import date
from decimal import Decimal

from reporting.ledger.daily_totals import FIRST_DAY
from reporting.metrics import LOGGED, VIEWS
from reporting.periods import Range, ReportInterval
from reporting.query.question import ReportQuery
from reporting.query.report import Note
from reporting.query.scope import Link
from reporting.query.sql.cells import By
from reporting.query.sql.reader import CellReader
from reporting.query.sql.readings import Reading

LOGGED_VIEWS = f"logged_{VIEWS}"
COUNTERS_WITH_LOG = tuple(name.removeprefix("logged_") for name in LOGGED)


def notes_of_logs(
    query: ReportQuery, cells: CellReader, newest: Collection[Reading], reporting: Collection[int]
) -> Iterator[Note]:
    """`reporting`: the connections whose logged figures are in the report. Not where the customers held an asset for a part
    of its life only: what its log has of their days, and its lifetime count, are no measure of each other."""
    asked = [name for name in LOGGED if name in query.metrics]
    links = cells.scope.connections
    lives = {one.connection: one for one in newest if one.metric == VIEWS and not links[one.connection].for_a_time}
    is_of_customers = cells.scope.customers is not None  # a connection's first day may be that of somebody else's asset
    begins = {one: None if is_of_customers else _begins(links[one], asked) for one in lives}
    lives = {one: lives[one] for one in lives if one in reporting or _is_before(query, links[one], begins[one])}
    if not asked or not lives:
        return
    ever = Range(FIRST_DAY, max(reading.last for reading in lives.values()))
    logged: dict[int, Decimal] = {}
    for cell in cells.sums([LOGGED_VIEWS], ever, By(), ReportInterval.DAY, "", ()):
        if cell.level == "asset":
            logged[cell.connection] = logged.get(cell.connection, Decimal(0)) + (cell.value or 0)
    for connection, reading in lives.items():
        if not logged.get(connection, reading.value).is_nan():
            covered, views = int(logged.get(connection, 0)), int(reading.value)
            yield _note(links[connection].slug, asked[0], covered, views, begins[connection])


def _begins(link: Link, metrics: Collection[str]) -> date | None:
    """The first day that its log ever named."""
    return min((one.first for one in link.series if one.metric in metrics and one.interval == "day"), default=None)


def _is_before(query: ReportQuery, link: Link, begins: date | None) -> bool:
    """Whether days of the report that are fetched lie before the log."""
    first = max(query.days.start, link.history_from)
    return begins is not None and first <= query.days.end and first < begins


def _note(slug: str, metric: str, covered: int, views: int, begins: date | None) -> Note:
    words = f"The log of {slug} lists {covered:,} of {views:,} views"
    words += f", none of them before {begins}." if begins else "."
    more = {"connection": slug, "covered": covered, "of": views, "from": begins.isoformat() if begins else None}
    return Note("log_coverage", words, metric, more)
