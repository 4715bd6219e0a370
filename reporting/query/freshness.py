"""How fresh and how final a report's figures are, by connection: from what its feeds have covered.

A feed that has been left alone for a day, without a failure, while others of its connection were read, is not asked any more
(its asset is finished, or it was asked for once): it holds nobody up; nor does one that the connection does not choose any
more. One that was never answered says nothing of how final the others are, but the connection is not complete; one that was not
asked for yet is neither final nor complete. Where all rest, the figures are as final as those of their connection can be. Of
feeds that are asked for each asset, those of the report's own assets count, where it is about some customers' or assets'
figures only; of feeds that are asked for what holds assets (an application), those of what holds the report's own. Days whose
last reading is held are neither covered nor final.

What can't be read, or was not read yet, is said of the days of the report; how a connection is doing just now (whether it
fails, and since when; whether a run is under way) of now.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import connection as database

from reporting.ledger.sql_template import Sql, Template
from reporting.models import Days, DaysField
from reporting.periods import Range
from reporting.query.report import Freshness, Syncing
from reporting.query.scope import Link, Scope

# Of several ranges, the final days that count are those that begin with the history: a hole ends them.
# Readings of all a connection's assets are looked at for the newest only, by an index, and where all rest.
# One that has no progress at all was never asked: all of its days are missing.
FRESHNESS = Template("""
    WITH link AS MATERIALIZED (
        SELECT c.id, c.history_from, c.failing_since, c.state = 'needs_attention' AS needs_a_person, (
                SELECT p.last_success FROM reporting_feedprogress p
                WHERE p.tenant_id = %(tenant)s AND p.connection_id = c.id AND p.access_id IS NULL
                  AND p.last_success IS NOT NULL
                ORDER BY p.last_success DESC LIMIT 1) AS newest,
            CASE WHEN greatest(c.history_from, %(first)s::date) <= least(now() AT TIME ZONE c.time_zone, %(last)s)::date
            THEN datemultirange(daterange(greatest(c.history_from, %(first)s::date),
                                          least(now() AT TIME ZONE c.time_zone, %(last)s)::date, '[]'))
            ELSE '{{}}' END AS wanted
        FROM reporting_connection c WHERE c.tenant_id = %(tenant)s AND c.id = ANY(%(connections)s)
    ), progress AS (
        SELECT p.connection_id, p.covered, p.held * datemultirange(daterange(%(first)s, %(last)s, '[]')) AS held,
               NOT isempty(p.covered) OR p.failures = 0 AS counts, p.failures > 0 AS fails, l.wanted - p.covered AS missing,
               (p.failures = 0 AND p.last_success < l.newest - interval '1 day') IS TRUE AS rests,
               (SELECT upper(r) - 1 FROM unnest(p.final) r WHERE r @> l.history_from) AS final_through
        FROM ({rows}) p JOIN link l ON l.id = p.connection_id
    ), reach AS (
        SELECT connection_id, min(lower(covered)) AS covered_from,
               CASE WHEN bool_and(final_through IS NOT NULL) FILTER (WHERE counts AND NOT rests)
                    THEN min(final_through) FILTER (WHERE counts AND NOT rests)
                    WHEN bool_and(rests) FILTER (WHERE counts)
                    THEN (SELECT max(upper(o.final)) - 1 FROM reporting_feedprogress o
                          WHERE o.tenant_id = %(tenant)s AND o.connection_id = progress.connection_id AND o.access_id IS NULL
                          AND o.is_chosen) END AS final_through,
               bool_and(rests OR isempty(missing)) AS complete, range_agg(held) AS held,
               range_agg(missing - held) FILTER (WHERE NOT rests) AS missing,
               coalesce(bool_or(fails AND NOT isempty(missing)), false) AS fails
        FROM progress GROUP BY connection_id
    )
    SELECT l.id, r.covered_from, r.final_through, coalesce(r.complete, false), r.held,
           CASE WHEN r.connection_id IS NULL THEN l.wanted ELSE r.missing END, coalesce(r.fails, false), l.failing_since,
           CASE WHEN l.failing_since IS NULL THEN NULL WHEN l.needs_a_person THEN 'ask a person'
                ELSE (SELECT s.errors -> -1 ->> 'group' FROM reporting_syncrun s
                      WHERE s.tenant_id = %(tenant)s AND s.connection_id = l.id AND s.state IN ('failed', 'partial')
                      ORDER BY s.id DESC LIMIT 1) END,
           run.started_at, run.requests_done, run.requests_total
    FROM link l LEFT JOIN reach r ON r.connection_id = l.id
    LEFT JOIN LATERAL (
        SELECT s.started_at, s.requests_done, s.requests_total FROM reporting_syncrun s
        WHERE s.tenant_id = %(tenant)s AND s.connection_id = l.id AND s.state = 'running' ORDER BY s.id DESC LIMIT 1
    ) run ON true
""")
COLUMNS = 12

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

# With what another statement gives, of as many columns as it says.
WITH_ANOTHER = Template("""
    SELECT f.*, {no_other} FROM ({freshness}) f UNION ALL SELECT {no_freshness}, o.* FROM ({other}) o
""")

# The words of DESIGN.md for what to do next; what else a run may have noted is tried again, too.
GROUPS = ("try again", "ask a person", "fix the code", "ours")


class Other(NamedTuple):
    """A statement that is asked along with that of the freshness, with its values and how many columns it gives."""

    statement: Sql
    values: Mapping[str, Any]
    columns: int


def freshness_beside(
    scope: Scope, days: Range, other: Other | None, *, with_held: bool = False
) -> tuple[list[Freshness], list[tuple[Any, ...]]]:
    """The freshness, and the rows of another statement that is asked along with it: both in one. `with_held`: as if no reading
    were held, for days before that."""
    statement = FRESHNESS.fill(rows=_rows(scope))
    values = scope.values | {"first": days.start, "last": days.end, "with_held": with_held}
    if other is not None:
        statement = WITH_ANOTHER.fill(
            freshness=statement, other=other.statement, no_other=_nulls(other.columns), no_freshness=_nulls(COLUMNS)
        )
        values = {**other.values, **values}
    with database.cursor() as cursor:
        cursor.execute(statement, values)
        rows = cursor.fetchall()
    found = {row[0]: row[1:COLUMNS] for row in rows if row[0] is not None}
    fresh = [_freshness(link, *found[link.id]) for link in scope.connections.values()]
    return fresh, [row[COLUMNS:] for row in rows if row[0] is None]


def _nulls(count: int) -> Sql:
    return Sql(", ".join(["NULL"] * count))


def _freshness(
    link: Link,
    covered_from: date | None,
    final_through: date | None,
    complete: bool,
    held: Any,
    missing: Any,
    fails: bool,
    failing_since: datetime | None,
    group: str | None,
    run_since: datetime | None,
    requests_done: int | None,
    requests_total: int | None,
) -> Freshness:
    return Freshness(
        link.slug,
        link.last_success,
        covered_from,
        final_through,
        complete,
        held=_days(held),
        missing=_days(missing),
        fails=fails or failing_since is not None,
        failing_since=failing_since,
        error=(group if group in GROUPS else GROUPS[0]) if failing_since else None,
        syncing=Syncing(run_since, requests_done or 0, requests_total or 0) if run_since else None,
    )


def _days(text: Any) -> Days:
    return DaysField().from_db_value(text, None, None) or Days()


def _rows(scope: Scope) -> Sql:
    """Of feeds that are asked for assets those of the scope's; the others always count."""
    if scope.assets is None and scope.customers is None:
        return ROWS
    which = "AND a.id = ANY(%(assets)s)" if scope.assets is not None else ""
    which += f" AND {scope.is_held('a.id')}" if scope.customers is not None else ""
    return Sql(f"{ROWS} AND asset_id IS NULL UNION ALL {ROWS} AND asset_id IN ({OF_ASSETS.fill(which=Sql(which))})")
