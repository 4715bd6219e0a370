"""How fresh and how final a report's figures are, by connection: from what its feeds have covered.

A feed that has been left alone for a day, without a failure, while others of its connection went on, is not asked any more
(its asset is finished, or it was asked for once): it holds nobody up. Nor does one that was never answered, but then the
connection is not complete. Where all rest, the figures are as final as those of their connection can be. Of feeds that are
asked for each asset, those of the report's own assets count, where it is about some customers' or assets' figures only.
"""

from datetime import date
from typing import Any

from django.db import connection as database

from reporting.periods import Range
from reporting.query.result import Freshness
from reporting.query.scope import HELD, Link, Scope

# Of several ranges, the final days that count are those that begin with the history: a hole ends them.
PROGRESS = """
    WITH newest AS (
        SELECT p.connection_id, max(p.last_success) AS last_success, max(upper(p.final)) - 1 AS final_through
        FROM reporting_feedprogress p
        WHERE p.tenant_id = %(tenant)s AND p.access_id IS NULL AND p.connection_id = ANY(%(connections)s)
        GROUP BY p.connection_id
    ), progress AS (
        SELECT p.connection_id, p.covered, NOT isempty(p.covered) AS is_begun, c.history_from,
               p.failures = 0 AND p.last_success < n.last_success - interval '1 day' AS rests,
               n.final_through AS of_others,
               (SELECT upper(r) - 1 FROM unnest(p.final) r WHERE r @> c.history_from) AS final_through,
               (now() AT TIME ZONE c.time_zone)::date AS today
        FROM reporting_feedprogress p
        JOIN reporting_connection c ON c.tenant_id = %(tenant)s AND c.id = p.connection_id
        JOIN newest n ON n.connection_id = p.connection_id
        WHERE p.tenant_id = %(tenant)s AND p.access_id IS NULL AND p.connection_id = ANY(%(connections)s) {only}
    )
    SELECT connection_id, min(lower(covered)) FILTER (WHERE is_begun),
           CASE WHEN bool_and(final_through IS NOT NULL) FILTER (WHERE is_begun AND rests IS NOT TRUE)
                THEN min(final_through) FILTER (WHERE is_begun AND rests IS NOT TRUE)
                WHEN bool_and(rests IS TRUE) FILTER (WHERE is_begun) THEN max(of_others) END,
           bool_and(rests IS TRUE OR covered @> CASE
               WHEN greatest(history_from, %(first)s::date) <= least(today, %(last)s::date)
               THEN daterange(greatest(history_from, %(first)s::date), least(today, %(last)s::date), '[]')
               ELSE 'empty' END)
    FROM progress GROUP BY connection_id
"""


def freshness_of(scope: Scope, days: Range) -> list[Freshness]:
    """`complete` is meant for the days of the report, from the connection's first day to its today."""
    values: dict[str, Any] = {
        "tenant": scope.tenant_id,
        "connections": list(scope.connections),
        "first": days.start,
        "last": days.end,
        "assets": list(scope.assets or ()),
        "customers": list(scope.customers or ()),
    }
    with database.cursor() as cursor:
        cursor.execute(PROGRESS.format(only=_only(scope)), values)
        found = {row[0]: row[1:] for row in cursor.fetchall()}
    return [_freshness(link, *found.get(link.id, (None, None, False))) for link in scope.connections.values()]


def _freshness(link: Link, covered_from: date | None, final_through: date | None, complete: bool) -> Freshness:
    return Freshness(link.slug, link.last_success, covered_from, final_through, complete)


def _only(scope: Scope) -> str:
    """The assets whose feeds count; those without an asset always do."""
    only = ""
    if scope.assets is not None:
        only += " AND (p.asset_id IS NULL OR p.asset_id = ANY(%(assets)s))"
    if scope.customers is not None:
        only += f" AND (p.asset_id IS NULL OR p.asset_id IN ({HELD}))"
    return only
