"""Where a statement takes its facts from: all of them, those of few assets, or any of these as they were at a moment.

Every statement of the query that reads facts has a slot for its FactSource and no other way to them: nothing else here names
the table. Along the key of the facts one goes through all assets day by day; where a report is about a few assets only, each
asset's figure of each day is looked up by itself, and its lifetime readings by their index (measured with ten million facts,
a year of 17 assets: a tenth of the time).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from django.db import connection as database

from reporting.ledger.daily_totals import FIRST_DAY
from reporting.ledger.sql_template import Sql, Template
from reporting.query.scope import Scope

MOST_LOOKUPS = 50_000  # of one metric, day and asset each

FACTS_OF_FEW = Sql("""(
    SELECT p.* FROM (SELECT DISTINCT unnest(%(metrics)s::text[])) m (metric)
    CROSS JOIN generate_series(%(first_day)s::date, %(last)s::date, interval '1 day') d (day)
    CROSS JOIN (SELECT DISTINCT unnest(%(few)s::bigint[])) few (asset_id)
    CROSS JOIN LATERAL (
        SELECT * FROM reporting_fact p WHERE p.tenant_id = %(tenant)s AND p.metric = m.metric AND p.interval = 'day'
            AND p.dimension = %(dimension)s AND p.day = d.day::date AND p.minute = 0 AND p.asset_id = few.asset_id
        OFFSET 0
    ) p
)""")

READINGS_OF_FEW = Sql("""(
    SELECT p.* FROM (SELECT DISTINCT unnest(%(metrics)s::text[])) m (metric)
    CROSS JOIN unnest(%(connections)s::bigint[]) c (id)
    CROSS JOIN (SELECT DISTINCT unnest(%(few)s::bigint[])) few (asset_id)
    CROSS JOIN LATERAL (
        SELECT * FROM reporting_fact p WHERE p.tenant_id = %(tenant)s AND p.connection_id = c.id AND p.metric = m.metric
            AND p.interval = 'lifetime' AND p.dimension = %(dimension)s AND p.asset_id = few.asset_id
            AND p.day BETWEEN %(earliest)s AND %(last)s
        OFFSET 0
    ) p
)""")

FIRST_FACT = """
    SELECT min(f.day) FROM unnest(%(metrics)s::text[]) m (metric)
    CROSS JOIN LATERAL (
        SELECT p.day FROM reporting_fact p WHERE p.tenant_id = %(tenant)s AND p.metric = m.metric AND p.interval = 'day'
            AND p.dimension = %(dimension)s ORDER BY p.day LIMIT 1
    ) f
"""

# Facts as they were at a moment, by key: the old value of the first later change, where it was there since before the
# moment; else today's, where its answer was fetched before. NaN is unknown: it came or changed while its day was provisional,
# and its value of then was not kept. Days that had not come yet have nothing.
FACTS_THEN = Template("""(
    SELECT %(tenant)s AS tenant_id, metric, interval, dimension, day, minute, asset_id, key, connection_id, value,
           snapshot_id
    FROM (
        SELECT metric, interval, dimension, day, minute, asset_id, key, c.id AS connection_id,
               CASE WHEN r.is_noted AND r.old IS NULL THEN NULL
                    WHEN CASE WHEN r.is_noted THEN r.old_since ELSE f.since END <= %(moment)s
                    THEN CASE WHEN r.is_noted THEN r.old ELSE f.value END
                    WHEN day <= (%(moment)s AT TIME ZONE c.time_zone)::date THEN 'NaN' END AS value,
               CASE WHEN r.is_noted THEN NULL ELSE f.snapshot_id END AS snapshot_id
        FROM (
            SELECT p.metric, p.interval, p.dimension, p.day, p.minute, p.asset_id, p.key, p.connection_id, p.value,
                   p.snapshot_id, coalesce(s.read_at, s.fetched_at) AS since
            FROM {facts} p
            LEFT JOIN reporting_snapshot s ON s.tenant_id = %(tenant)s AND s.id = p.snapshot_id
            WHERE p.tenant_id = %(tenant)s AND p.metric = ANY(%(metrics)s) AND p.interval = ANY({intervals})
              AND p.dimension = %(dimension)s AND p.day BETWEEN %(earliest)s AND %(last)s
              AND p.connection_id = ANY(%(connections)s)
        ) f
        FULL JOIN (
            SELECT DISTINCT ON (metric, interval, dimension, day, minute, asset_id, key)
                   metric COLLATE "C" AS metric, interval COLLATE "C" AS interval, dimension COLLATE "C" AS dimension, day,
                   minute, asset_id, key COLLATE "C" AS key, connection_id, old, old_since, true AS is_noted
            FROM (
                SELECT id, metric, interval, dimension, day, minute, asset_id, key, connection_id, old, old_since, noticed_at,
                       tenant_id FROM reporting_restatement
                UNION ALL
                SELECT id, metric, interval, dimension, day, minute, asset_id, key, connection_id, old, old_since, noticed_at,
                       tenant_id FROM reporting_withdrawal
            ) n
            WHERE n.tenant_id = %(tenant)s AND n.noticed_at > %(moment)s AND n.metric = ANY(%(metrics)s)
              AND n.interval = ANY({intervals}) AND n.dimension = %(dimension)s AND n.day BETWEEN %(earliest)s AND %(last)s
              AND n.connection_id = ANY(%(connections)s)
            ORDER BY metric, interval, dimension, day, minute, asset_id, key, noticed_at, id
        ) r USING (metric, interval, dimension, day, minute, asset_id, key)
        JOIN reporting_connection c ON c.tenant_id = %(tenant)s AND c.id = coalesce(f.connection_id, r.connection_id)
    ) stood
    WHERE value IS NOT NULL
)""")


OF_STATEMENT = Sql("%(intervals)s")


@dataclass(frozen=True)
class FactSource:
    """`relation` is named in a FROM like a table; `values` are the parameters that it needs beside those of every statement:
    tenant, connections, metrics, intervals, dimension, earliest and last."""

    relation: Sql
    values: Mapping[str, Any] = field(default_factory=dict)
    is_of_few: bool = False

    def as_of(self, moment: datetime, intervals: Sql = OF_STATEMENT) -> "FactSource":
        """The same facts as they were then. NaN is a figure that is not known."""
        relation = FACTS_THEN.fill(facts=self.relation, intervals=intervals)
        return replace(self, relation=relation, values={**self.values, "moment": moment})


ALL_FACTS = FactSource(Sql("reporting_fact"))


def source_of(scope: Scope, moment: datetime | None, values: Mapping[str, Any]) -> FactSource:
    """The shortest way to the facts of a statement with these values, which are within the scope."""
    source = _of_few(scope, values) or ALL_FACTS
    return source if moment is None else source.as_of(moment)


def lifetime_readings_of(assets: list[int]) -> FactSource:
    """Lifetime readings of these assets."""
    return FactSource(READINGS_OF_FEW, {"few": assets}, is_of_few=True)


def _of_few(scope: Scope, values: Mapping[str, Any]) -> FactSource | None:
    if values["intervals"] not in (["day"], ["lifetime"]):
        return None
    most = MOST_LOOKUPS // len(values["metrics"])
    few = _assets_of(scope, most)
    if few is None:
        return None
    if values["intervals"] == ["lifetime"]:
        return lifetime_readings_of(few)
    first = _first_day(values) if values["earliest"] == FIRST_DAY else values["earliest"]
    if first is None or len(few) * ((values["last"] - first).days + 1) > most:
        return None
    return FactSource(FACTS_OF_FEW, {"few": few, "first_day": first}, is_of_few=True)


def _first_day(values: Mapping[str, Any]) -> date | None:
    """Of the facts of all assets, by their key."""
    with database.cursor() as cursor:
        cursor.execute(FIRST_FACT, dict(values))
        (first,) = cursor.fetchone()
        return first if isinstance(first, date) else None


def _assets_of(scope: Scope, most: int) -> list[int] | None:
    """Those that a scope is about, at least; None where they are more, or all."""
    assets = scope.held if scope.assets is None else scope.assets
    return list(assets) if assets is not None and len(assets) <= most else None
