"""Logs beside lifetime counters: how many of the views they list.

What a log lists is a metric of its own (`logged_plays`), whether the log is whole or not.
"""

from collections.abc import Collection, Iterator
from decimal import Decimal

from reporting.ledger.daily_totals import FIRST_DAY
from reporting.metrics import METRICS
from reporting.periods import Range, ReportInterval
from reporting.query.notes.readings import readings_of
from reporting.query.question import ReportQuery
from reporting.query.report import Note
from reporting.query.sql.cells import By
from reporting.query.sql.reader import CellReader

VIEWS, LOGGED_VIEWS = "plays", "logged_plays"
LOGGED = tuple(name for name in METRICS if name.startswith("logged_"))
COUNTERS_WITH_LOG = tuple(name.removeprefix("logged_") for name in LOGGED)


def notes_of_logs(query: ReportQuery, cells: CellReader, metrics: Collection[str]) -> Iterator[Note]:
    """Not where the customers held an asset for a part of its life only: what its log has of their days, and its lifetime
    count, are no measure of each other."""
    asked = [name for name in LOGGED if name in metrics]
    if not asked:
        return
    links = cells.scope.connections
    newest, _ = readings_of(cells, [VIEWS], query.days)
    lives = {one.connection: one for one in newest if not links[one.connection].for_a_time}
    if not lives:
        return
    ever = Range(FIRST_DAY, query.days.end)
    logged: dict[int, Decimal] = {}
    for cell in cells.sums([LOGGED_VIEWS], ever, By(), ReportInterval.DAY, "", ()):
        if cell.level == "asset":
            logged[cell.connection] = logged.get(cell.connection, Decimal(0)) + (cell.value or 0)
    for connection, reading in lives.items():
        slug = links[connection].slug
        if logged.get(connection, reading.value).is_nan():
            continue
        covered, views = int(logged.get(connection, 0)), int(reading.value)
        yield Note(
            "log_coverage",
            f"The log of {slug} lists {covered:,} of {views:,} views.",
            asked[0],
            {"connection": slug, "covered": covered, "of": views},
        )
