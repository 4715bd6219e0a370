"""Readings of counters since ever, for the notes of a report: the newest, and those with which the days begin."""

from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection as database

from reporting.periods import Range
from reporting.query.cells import Cells
from reporting.query.statements import as_it_stood
from reporting.rollups import FIRST_DAY, OWNER

# Of each asset the newest reading up to a day, and the first ever if it lies in these days; for customers, where they held
# the asset on the day of the reading.
READINGS = """
    WITH edges AS (
        SELECT n.metric, n.asset_id, max(n.day) AS last_day,
               CASE WHEN min(n.day) >= %(first)s THEN min(n.day) END AS opening_day
        FROM reporting_fact n
        WHERE n.tenant_id = %(tenant)s AND n.metric = ANY(%(metrics)s) AND n.interval = 'lifetime' AND n.dimension = ''
          AND n.day <= %(last)s GROUP BY n.metric, n.asset_id
    )
    SELECT f.metric, f.connection_id,
           min(f.day) FILTER (WHERE f.day = last_day), max(f.day) FILTER (WHERE f.day = last_day),
           sum(f.value) FILTER (WHERE f.day = last_day),
           min(f.day) FILTER (WHERE f.day = opening_day), max(f.day) FILTER (WHERE f.day = opening_day),
           sum(f.value) FILTER (WHERE f.day = opening_day)
    FROM edges e
    CROSS JOIN LATERAL (SELECT last_day AS day UNION SELECT opening_day) edge
    JOIN reporting_fact f ON (f.tenant_id, f.metric, f.interval, f.dimension, f.day, f.minute, f.asset_id, f.key)
        = (%(tenant)s, e.metric, 'lifetime', '', edge.day, 0, e.asset_id, '')
    {owner}
    WHERE f.connection_id = ANY(%(connections)s) {only}
    GROUP BY f.metric, f.connection_id
    ORDER BY f.metric, f.connection_id
"""


class Reading(NamedTuple):
    """Lifetime readings of a metric of one connection, made from the first to the last day, added up over its assets."""

    metric: str
    connection: int
    first: date
    last: date
    value: Decimal


def readings_of(cells: Cells, metrics: list[str], days: Range) -> tuple[list[Reading], list[Reading]]:
    """The newest up to the last day, and the first ever of assets that were first read in these days. Without those that are
    not known as of the day that is asked for."""
    if not metrics:
        return [], []
    with database.cursor() as cursor:
        statement, values = _question(cells, metrics, days)
        cursor.execute(as_it_stood(statement) if cells.moment else statement, values)
        rows = cursor.fetchall()
    return _known([row[:5] for row in rows]), _known([(*row[:2], *row[5:]) for row in rows])


def _known(rows: list[tuple[Any, ...]]) -> list[Reading]:
    return [reading for reading in map(Reading._make, rows) if reading.value is not None and not reading.value.is_nan()]


def _question(cells: Cells, metrics: list[str], days: Range) -> tuple[str, dict[str, Any]]:
    scope, only, owner = cells.scope, "", ""
    if scope.assets is not None:
        only += " AND f.asset_id = ANY(%(assets)s)"
    if scope.customers is not None:
        owner = OWNER.format(rows="f")
        only += " AND s.customer_id = ANY(%(customers)s)"
    return READINGS.format(owner=owner, only=only), {
        "tenant": scope.tenant_id,
        "metrics": metrics,
        "intervals": ["lifetime"],
        "dimension": "",
        "moment": cells.moment,
        "earliest": FIRST_DAY,
        "first": days.start,
        "last": days.end,
        "connections": list(scope.connections),
        "assets": list(scope.assets or ()),
        "customers": list(scope.customers or ()),
    }
