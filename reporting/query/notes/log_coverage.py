"""Lifetime counters that also have a log, from which their figures by time come: how much of them the log covers."""

from collections.abc import Iterator
from decimal import Decimal

from reporting.ledger.daily_totals import FIRST_DAY
from reporting.periods import Range, ReportInterval
from reporting.query.notes.readings import Reading, readings_of
from reporting.query.question import ReportQuery
from reporting.query.report import Note
from reporting.query.sql.cells import By
from reporting.query.sql.reader import CellReader

LOGGED = ("plays", "watch_time")  # their day figures are the log's, not differences between readings


def notes_of_logs(query: ReportQuery, cells: CellReader, readings: list[Reading]) -> Iterator[Note]:
    """Not where the customers held an asset for a part of its life only: what its log has of their days, and its lifetime
    count, are no measure of each other."""
    asked = [name for name in LOGGED if any(reading.metric == name for reading in readings)]
    if not asked:
        return
    of_views = readings if "plays" in asked else readings_of(cells, ["plays"], query.days)[0]
    links = cells.scope.connections
    lives = {one.connection: one for one in of_views if one.metric == "plays" and not links[one.connection].for_a_time}
    if not lives:
        return
    ever = Range(FIRST_DAY, query.days.end)
    logged: dict[int, Decimal] = {}
    for cell in cells.sums(["plays"], ever, By(), ReportInterval.DAY, "", ()):
        if cell.level == "asset":
            logged[cell.connection] = logged.get(cell.connection, Decimal(0)) + (cell.value or 0)
    for connection, reading in lives.items():
        slug = links[connection].slug
        if logged.get(connection, reading.value).is_nan():
            continue
        covered, views = int(logged.get(connection, 0)), int(reading.value)
        yield Note(
            "log_coverage",
            f"Figures of {slug} by time come from its log, which covers {covered:,} of {views:,} views.",
            asked[0],
            {"connection": slug, "covered": covered, "of": views},
        )
