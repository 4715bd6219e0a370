"""Counters since ever that also have a log, from which their figures by time come: how much of them the log covers."""

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import connection as database

from reporting.periods import Every, Range
from reporting.query.cells import By, Cells
from reporting.query.readings import Reading, readings_of
from reporting.query.result import Note
from reporting.query.scope import Scope
from reporting.rollups import FIRST_DAY

if TYPE_CHECKING:
    from reporting.query import ReportQuery

LOGGED = ("plays", "watch_time")  # their day figures are the log's, not differences between readings

HELD_FOR_A_TIME = """
    SELECT DISTINCT a.connection_id FROM reporting_assignment h
    JOIN reporting_asset a ON a.tenant_id = %(tenant)s AND a.id = h.asset_id
    WHERE h.tenant_id = %(tenant)s AND h.customer_id = ANY(%(customers)s)
      AND (h.from_day IS NOT NULL OR h.to_day IS NOT NULL)
"""


def notes_of_logs(query: "ReportQuery", cells: Cells, readings: list[Reading]) -> Iterator[Note]:
    asked = [name for name in LOGGED if any(reading.metric == name for reading in readings)]
    if not asked:
        return
    of_views = readings if "plays" in asked else readings_of(cells, ["plays"], query.days)[0]
    apart = _held_for_a_time(cells.scope)
    lives = {one.connection: one for one in of_views if one.metric == "plays" and one.connection not in apart}
    if not lives:
        return
    ever = Range(FIRST_DAY, query.days.end)
    logged: dict[int, Decimal] = {}
    for cell in cells.sums(["plays"], ever, By(), Every.DAY, "", ()):
        if cell.level == "asset":
            logged[cell.connection] = logged.get(cell.connection, Decimal(0)) + (cell.value or 0)
    for connection, reading in lives.items():
        slug = cells.scope.connections[connection].slug
        if logged.get(connection, reading.value).is_nan():
            continue
        covered, views = int(logged.get(connection, 0)), int(reading.value)
        yield Note(
            "log_coverage",
            f"Figures of {slug} by time come from its log, which covers {covered:,} of {views:,} views.",
            asked[0],
            {"connection": slug, "covered": covered, "of": views},
        )


def _held_for_a_time(scope: Scope) -> set[int]:
    """The connections of which the customers held an asset for a part of its life only: what its log has of their days, and
    what was seen of it since ever, are no measure of each other."""
    if scope.customers is None:
        return set()
    values: dict[str, Any] = {"tenant": scope.tenant_id, "customers": list(scope.customers)}
    with database.cursor() as cursor:
        cursor.execute(HELD_FOR_A_TIME, values)
        return {row[0] for row in cursor.fetchall()}
