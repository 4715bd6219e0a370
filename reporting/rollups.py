"""Keeps DailyTotal in step with the facts. Two ways, and both give the same rows:

    apply_changes()  adds the differences that a store has just made (in its temporary table `changed`)
    rebuild()        computes a connection's days anew: after assignments changed, after a replay, and as the check

Both run inside a tenant_scope, under the lock of the connection's row, so that no store comes between.
"""

from collections.abc import Collection
from datetime import date
from typing import Any

from django.db import connection as database
from django.db.backends.utils import CursorWrapper

from reporting.metrics import SUMMABLE
from reporting.models import Asset, Connection, DailyTotal
from reporting.scoping import current_tenant_id

FIRST_DAY, LAST_DAY = date(1, 1, 1), date(9999, 12, 31)

LEVEL = "CASE a.kind WHEN 'account' THEN 'account' WHEN 'playlist' THEN 'playlist' ELSE 'asset' END"
OWNER = """
    LEFT JOIN reporting_assignment s ON s.tenant_id = %(tenant)s AND s.asset_id = {rows}.asset_id
        AND coalesce(s.from_day, '-infinity') <= {rows}.day AND {rows}.day <= coalesce(s.to_day, 'infinity')
"""

LEVEL_OF_EACH = f"(SELECT {LEVEL} FROM reporting_asset a WHERE a.tenant_id = %(tenant)s AND a.id = c.asset_id)"

APPLY_CHANGES = f"""
    INSERT INTO reporting_dailytotal AS t
        (tenant_id, metric, dimension, day, connection_id, level, customer_id, key, value, facts)
    SELECT %(tenant)s, c.metric, c.dimension, c.day, %(connection)s, {{level}}, coalesce(s.customer_id, 0), c.key,
           sum(coalesce(c.new, 0) - coalesce(c.old, 0)), count(c.new) - count(c.old)
    FROM changed c {OWNER.format(rows="c")}
    WHERE c.interval = 'day' AND c.metric = ANY(%(summable)s)
    GROUP BY c.metric, c.dimension, c.day, {{level}}, coalesce(s.customer_id, 0), c.key
    ON CONFLICT (tenant_id, metric, dimension, day, connection_id, level, customer_id, key)
    DO UPDATE SET value = t.value + excluded.value, facts = t.facts + excluded.facts
"""

DROP_EMPTY = """
    DELETE FROM reporting_dailytotal t USING (SELECT DISTINCT metric, dimension, day, key FROM changed WHERE new IS NULL) c
    WHERE t.tenant_id = %(tenant)s AND t.metric = c.metric AND t.dimension = c.dimension AND t.day = c.day
      AND t.connection_id = %(connection)s AND t.key = c.key AND t.facts = 0
"""

FROM_FACTS = f"""
    SELECT f.tenant_id, f.metric, f.dimension, f.day, f.connection_id, {LEVEL} AS level,
           coalesce(s.customer_id, 0) AS customer_id, f.key, sum(f.value) AS value, count(*) AS facts
    FROM reporting_fact f JOIN reporting_asset a ON a.tenant_id = %(tenant)s AND a.id = f.asset_id {OWNER.format(rows="f")}
    WHERE f.tenant_id = %(tenant)s AND f.connection_id = %(connection)s AND f.interval = 'day'
      AND f.metric = ANY(%(summable)s) AND f.day BETWEEN %(first)s AND %(last)s
    GROUP BY f.tenant_id, f.metric, f.dimension, f.day, f.connection_id, {LEVEL}, coalesce(s.customer_id, 0), f.key
"""


def level_of(kind: str) -> str:
    """The level on which an asset of this kind counts."""
    return kind if kind in (DailyTotal.Level.ACCOUNT, DailyTotal.Level.PLAYLIST) else DailyTotal.Level.ASSET.value


def apply_changes(cursor: CursorWrapper, connection_id: int, kind: str = "") -> None:
    """Adds what `changed` (metric, interval, dimension, day, asset_id, key, old, new) says. Its assets are all of this kind,
    or of several where it is empty."""
    values = _parameters(connection_id) | {"level": level_of(kind)}
    cursor.execute(APPLY_CHANGES.format(level="%(level)s::varchar" if kind else LEVEL_OF_EACH), values)
    cursor.execute(DROP_EMPTY, values)


def rebuild(connection_id: int, first: date | None = None, last: date | None = None) -> int:
    """Computes the totals of a connection's days anew from its facts; returns the number of totals."""
    Connection.objects.select_for_update().get(pk=connection_id)
    values = _parameters(connection_id) | {"first": first or FIRST_DAY, "last": last or LAST_DAY}
    with database.cursor() as cursor:
        cursor.execute(
            """
            DELETE FROM reporting_dailytotal WHERE tenant_id = %(tenant)s AND connection_id = %(connection)s
                AND day BETWEEN %(first)s AND %(last)s
            """,
            values,
        )
        cursor.execute(
            "INSERT INTO reporting_dailytotal "
            f"(tenant_id, metric, dimension, day, connection_id, level, customer_id, key, value, facts) {FROM_FACTS}",
            values,
        )
        return cursor.rowcount


def reassign(asset_ids: Collection[int], first: date | None = None, last: date | None = None) -> None:
    """The assignments of these assets changed on these days (open ends: all): mend the totals of their connections."""
    connections = Asset.objects.filter(pk__in=asset_ids).values_list("connection_id", flat=True)
    for connection_id in sorted(set(connections.order_by().distinct())):
        rebuild(connection_id, first, last)


def _parameters(connection_id: int) -> dict[str, Any]:
    return {"tenant": current_tenant_id(), "connection": connection_id, "summable": sorted(SUMMABLE)}
