"""Lifetime readings: the newest, and the first ones, with which figures by day begin.

What they cost grows with the assets that the report is about, not with how many there are, nor with how long they were read.
"""

from contextlib import nullcontext
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection as database

from reporting.ledger.daily_totals import FIRST_DAY, OWNER
from reporting.ledger.planner import many_rows
from reporting.ledger.sql_template import NOTHING, Sql, Template
from reporting.periods import Range
from reporting.query.scope import Scope
from reporting.query.sql.fact_source import ALL_FACTS, FactSource
from reporting.query.sql.reader import CellReader

# Of each asset the newest reading up to a day, and the first ever where the report's days lack what came before it, unless
# a whole log has told since by day what that was; for customers, where they held the asset on the day of the reading. The
# days lack it where they begin before it: of assets that were first read in them, and of a connection that was first read
# after them.
READINGS = Template("""
    WITH {edges}, readings AS (
        SELECT metric, connection_id, asset_id, day, value, true AS is_newest FROM edges
        UNION ALL
        SELECT e.metric, e.connection_id, e.asset_id, e.first_day, e.opening, false FROM edges e
        JOIN reporting_reportedseries t ON (t.tenant_id, t.connection_id, t.metric, t.interval, t.dimension)
            = (%(tenant)s, e.connection_id, e.metric, 'lifetime', '')
        WHERE e.first_day >= %(first)s AND (e.first_day <= %(to)s OR e.first_day = t.first_day)
            AND NOT EXISTS (
                SELECT FROM reporting_feedprogress p WHERE p.tenant_id = %(tenant)s AND p.asset_id = e.asset_id
                    AND (p.whole_log -> e.metric ->> 'since')::timestamptz <= coalesce(%(moment)s::timestamptz, 'infinity'))
    )
    SELECT e.metric, e.connection_id,
           min(e.day) FILTER (WHERE is_newest), max(e.day) FILTER (WHERE is_newest), sum(e.value) FILTER (WHERE is_newest),
           min(e.day) FILTER (WHERE NOT is_newest), max(e.day) FILTER (WHERE NOT is_newest),
           sum(e.value) FILTER (WHERE NOT is_newest)
    FROM readings e {owner}
    WHERE e.connection_id = ANY(%(connections)s) {only}
    GROUP BY e.metric, e.connection_id
    ORDER BY e.metric, e.connection_id
""")

EDGES = Template("""
    days AS (
        SELECT n.metric, n.asset_id, min(n.day) AS first_day, max(n.day) AS day FROM {facts} n
        WHERE n.tenant_id = %(tenant)s AND n.metric = ANY(%(metrics)s) AND n.interval = 'lifetime' AND n.dimension = ''
          AND n.day <= %(last)s GROUP BY n.metric, n.asset_id
    ), edges AS (
        SELECT d.metric, f.connection_id, d.asset_id, d.first_day, o.value AS opening, d.day, f.value
        FROM days d
        JOIN {facts} f ON (f.tenant_id, f.metric, f.interval, f.dimension, f.day, f.minute, f.asset_id, f.key)
            = (%(tenant)s, d.metric, 'lifetime', '', d.day, 0, d.asset_id, '')
        JOIN {facts} o ON (o.tenant_id, o.metric, o.interval, o.dimension, o.day, o.minute, o.asset_id, o.key)
            = (%(tenant)s, d.metric, 'lifetime', '', d.first_day, 0, d.asset_id, '')
    )
""")

# The same, looked up asset by asset in the index of lifetime readings, but only where a connection has any: a CDN may have
# 200,000 assets and none. Materialized, each step: the planner would begin with all assets.
OF_CONNECTION = Template("""
    FROM {facts} n WHERE n.tenant_id = %(tenant)s AND n.connection_id = l.id AND n.metric = m.metric
        AND n.interval = 'lifetime' AND n.dimension = ''
""")
OF_ASSET = Template("""
    SELECT n.day, n.value FROM {facts} n WHERE n.tenant_id = %(tenant)s AND n.connection_id = c.id
        AND n.metric = c.metric AND n.interval = 'lifetime' AND n.dimension = '' AND n.asset_id = a.id AND n.day <= %(last)s
""")
EDGES_OF_SOME = Template(f"""
    counted AS MATERIALIZED (
        SELECT l.id, m.metric FROM unnest(%(metrics)s::text[]) m (metric) CROSS JOIN unnest(%(connections)s::bigint[]) l (id)
        WHERE EXISTS (SELECT {OF_CONNECTION.text})
    ), wanted AS MATERIALIZED (
        SELECT a.id, a.connection_id FROM reporting_asset a WHERE a.tenant_id = %(tenant)s {{which}}
    ), edges AS MATERIALIZED (
        SELECT c.metric, a.connection_id, a.id AS asset_id, first.day AS first_day, first.value AS opening, newest.day,
               newest.value
        FROM counted c JOIN wanted a ON a.connection_id = c.id
        CROSS JOIN LATERAL ({OF_ASSET.text} ORDER BY n.day LIMIT 1) first
        CROSS JOIN LATERAL ({OF_ASSET.text} ORDER BY n.day DESC LIMIT 1) newest
    )
""")


class Reading(NamedTuple):
    """Lifetime readings of a metric of one connection, made from the first to the last day, added up over its assets."""

    metric: str
    connection: int
    first: date
    last: date
    value: Decimal


class Readings(NamedTuple):
    """`openings`: the first readings, of which the days of the report lack what came before."""

    newest: list[Reading]
    openings: list[Reading]


def readings_of(cells: CellReader, metrics: list[str], days: Range, *, until: date) -> Readings:
    """The newest readings up to a day, and the first ones that concern the days of the report. Without those that are not
    known as of the day that is asked for."""
    if not metrics:
        return Readings([], [])
    values = _values(cells, metrics, days, until)
    source = cells.source(values) if cells.moment else ALL_FACTS
    with database.cursor() as cursor, many_rows(cursor) if cells.moment else nullcontext():
        cursor.execute(_statement(cells.scope, source), {**values, **source.values})
        rows = cursor.fetchall()
    return Readings(_known([row[:5] for row in rows]), _known([(*row[:2], *row[5:]) for row in rows]))


def _known(rows: list[tuple[Any, ...]]) -> list[Reading]:
    return [reading for reading in map(Reading._make, rows) if reading.value is not None and not reading.value.is_nan()]


def _values(cells: CellReader, metrics: list[str], days: Range, until: date) -> dict[str, Any]:
    return cells.scope.values | {
        "metrics": metrics,
        "intervals": ["lifetime"],
        "dimension": "",
        "moment": cells.moment,
        "earliest": FIRST_DAY,
        "first": days.start,
        "to": days.end,
        "last": until,
    }


def _statement(scope: Scope, source: FactSource) -> Sql:
    only, which, owner = "", "", NOTHING
    if scope.assets is not None:
        only += " AND e.asset_id = ANY(%(assets)s)"
        which += " AND a.id = ANY(%(assets)s)"
    if scope.customers is not None:
        owner = OWNER.fill(rows=Sql("e"))
        only += " AND s.customer_id = ANY(%(customers)s)"
        which += f" AND {scope.is_held('a.id')}"
    if which and source is ALL_FACTS:  # only the table itself has the index
        edges = EDGES_OF_SOME.fill(facts=source.relation, which=Sql(which))
    else:
        edges = EDGES.fill(facts=source.relation)
    return READINGS.fill(edges=edges, owner=owner, only=Sql(only))
