"""How fresh and how final a report's figures are, by connection: from what its feeds have covered.

A feed that has been left alone for a day, without a failure, while others of its connection were read, is not asked any more
(its asset is finished, or it was asked for once): it holds nobody up; nor does one that the connection does not choose any
more. One that was never answered says nothing of how final the others are, but the connection is not complete; one that was not
asked for yet is neither final nor complete. Where all rest, the figures are as final as those of their connection can be. Of
feeds that are asked for each asset, those of the report's own assets count, where it is about some customers' or assets'
figures only; of feeds that are asked for what holds assets (an application), those of what holds the report's own. Days whose
last reading is held are neither covered nor final.
"""

from datetime import date
from typing import Any

from django.db import connection as database

from reporting.ledger.sql_template import Sql, Template
from reporting.models import Days, DaysField
from reporting.periods import Range
from reporting.query.report import Freshness
from reporting.query.scope import Link, Scope

# Of several ranges, the final days that count are those that begin with the history: a hole ends them.
# Readings of all a connection's assets are looked at for the newest only, by an index, and where all rest.
PROGRESS = Template("""
    WITH newest AS MATERIALIZED (
        SELECT id AS connection_id, (
            SELECT p.last_success FROM reporting_feedprogress p
            WHERE p.tenant_id = %(tenant)s AND p.connection_id = l.id AND p.access_id IS NULL AND p.last_success IS NOT NULL
            ORDER BY p.last_success DESC LIMIT 1) AS last_success
        FROM unnest(%(connections)s::bigint[]) l (id)
    ), progress AS (
        SELECT p.connection_id, p.covered, p.held * datemultirange(daterange(%(first)s, %(last)s, '[]')) AS held,
               NOT isempty(p.covered) OR p.failures = 0 AS counts, c.history_from,
               p.failures = 0 AND p.last_success < n.last_success - interval '1 day' AS rests,
               (SELECT upper(r) - 1 FROM unnest(p.final) r WHERE r @> c.history_from) AS final_through,
               (now() AT TIME ZONE c.time_zone)::date AS today
        FROM ({rows}) p
        JOIN reporting_connection c ON c.tenant_id = %(tenant)s AND c.id = p.connection_id
        JOIN newest n ON n.connection_id = p.connection_id
    )
    SELECT connection_id, min(lower(covered)),
           CASE WHEN bool_and(final_through IS NOT NULL) FILTER (WHERE counts AND rests IS NOT TRUE)
                THEN min(final_through) FILTER (WHERE counts AND rests IS NOT TRUE)
                WHEN bool_and(rests IS TRUE) FILTER (WHERE counts)
                THEN (SELECT max(upper(o.final)) - 1 FROM reporting_feedprogress o
                      WHERE o.tenant_id = %(tenant)s AND o.connection_id = progress.connection_id AND o.access_id IS NULL
                      AND o.is_chosen) END,
           bool_and(rests IS TRUE OR covered @> CASE
               WHEN greatest(history_from, %(first)s::date) <= least(today, %(last)s::date)
               THEN daterange(greatest(history_from, %(first)s::date), least(today, %(last)s::date), '[]')
               ELSE 'empty' END),
           range_agg(held)
    FROM progress GROUP BY connection_id
""")

ROWS = Sql("""
    SELECT connection_id, asset_id, covered - held AS covered, final - held AS final, held, failures, last_success
    FROM (
        SELECT connection_id, asset_id, covered, final, failures, last_success,
               CASE WHEN %(with_held)s THEN '{}' ELSE held END AS held
        FROM reporting_feedprogress
        WHERE tenant_id = %(tenant)s AND access_id IS NULL AND connection_id = ANY(%(connections)s) AND is_chosen
    ) known
    WHERE true
""")


# Themselves, and what holds them.
OF_ASSETS = Template("""
    SELECT unnest(ARRAY[a.id, a.parent_id]) FROM reporting_asset a WHERE a.tenant_id = %(tenant)s {which}
""")


def freshness_of(scope: Scope, days: Range, *, with_held: bool = False) -> list[Freshness]:
    """`complete` is meant for the days of the report, from the connection's first day to its today. `with_held`: as if no
    reading were held, for days before that."""
    values = scope.values | {"first": days.start, "last": days.end, "with_held": with_held}
    with database.cursor() as cursor:
        cursor.execute(PROGRESS.fill(rows=_rows(scope)), values)
        found = {row[0]: row[1:] for row in cursor.fetchall()}
    return [_freshness(link, *found.get(link.id, (None, None, False, None))) for link in scope.connections.values()]


def _freshness(
    link: Link, covered_from: date | None, final_through: date | None, complete: bool, held: Any
) -> Freshness:
    days = DaysField().from_db_value(held, None, None) or Days()
    return Freshness(link.slug, link.last_success, covered_from, final_through, complete, days)


def _rows(scope: Scope) -> Sql:
    """Of feeds that are asked for assets those of the scope's; the others always count."""
    if scope.assets is None and scope.customers is None:
        return ROWS
    which = "AND a.id = ANY(%(assets)s)" if scope.assets is not None else ""
    which += f" AND {scope.is_held('a.id')}" if scope.customers is not None else ""
    return Sql(f"{ROWS} AND asset_id IS NULL UNION ALL {ROWS} AND asset_id IN ({OF_ASSETS.fill(which=Sql(which))})")
