"""Keeps DailyTotal in step with the facts. Three ways, and all give the same rows:

    apply_changes()  adds the differences that a store has just made (in its temporary table `changed`)
    moving()         takes the figures of some assets out of the totals, and puts them in again where they belong now
    rebuild()        computes a connection's days anew: after a replay, and to mend what deviations() finds

The first and the last also keep what a connection reports at all (`reported.py`). All run inside a tenant_scope, under the lock
of the connection's row, so that no store comes between.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any, NamedTuple

from django.db import connection as database
from django.db.backends.utils import CursorWrapper

from reporting.ledger import reported
from reporting.ledger.planner import many_rows
from reporting.ledger.sql_template import NOTHING, Sql, Template
from reporting.metrics import SUMMABLE
from reporting.models import Connection, DailyTotal
from reporting.tenancy.scoping import current_tenant_id

FIRST_DAY, LAST_DAY = date(1, 1, 1), date(9999, 12, 31)

# Of an application the figure is the sum over its streams: what it may have of its own is beside that, as a playlist's is.
LEVELS = {"account": "account", "playlist": "playlist", "application": "playlist"}  # of a kind; of all others "asset"
_WHEN = " ".join(f"WHEN '{kind}' THEN '{level}'" for kind, level in LEVELS.items())
LEVEL = Sql(f"CASE a.kind {_WHEN} ELSE 'asset' END")
OWNER = Template("""
    LEFT JOIN reporting_assignment s ON s.tenant_id = %(tenant)s AND s.asset_id = {rows}.asset_id
        AND coalesce(s.from_day, '-infinity') <= {rows}.day AND {rows}.day <= coalesce(s.to_day, 'infinity')
""")

LEVEL_OF_EACH = Sql(f"(SELECT {LEVEL} FROM reporting_asset a WHERE a.tenant_id = %(tenant)s AND a.id = c.asset_id)")

APPLY_CHANGES = Template(f"""
    INSERT INTO reporting_dailytotal AS t
        (tenant_id, metric, dimension, day, connection_id, level, customer_id, key, value, facts)
    SELECT %(tenant)s, c.metric, c.dimension, c.day, %(connection)s, {{level}}, coalesce(s.customer_id, 0), c.key,
           sum(coalesce(c.new, 0) - coalesce(c.old, 0)), count(c.new) - count(c.old)
    FROM changed c {OWNER.fill(rows=Sql("c"))}
    WHERE c.interval = 'day' AND c.metric = ANY(%(summable)s)
    GROUP BY c.metric, c.dimension, c.day, {{level}}, coalesce(s.customer_id, 0), c.key
    ON CONFLICT (tenant_id, metric, dimension, day, connection_id, level, customer_id, key)
    DO UPDATE SET value = t.value + excluded.value, facts = t.facts + excluded.facts
""")

DROP_EMPTY = """
    DELETE FROM reporting_dailytotal t USING (SELECT DISTINCT metric, dimension, day, key FROM changed WHERE new IS NULL) c
    WHERE t.tenant_id = %(tenant)s AND t.metric = c.metric AND t.dimension = c.dimension AND t.day = c.day
      AND t.connection_id = %(connection)s AND t.key = c.key AND t.facts = 0
"""

FROM_FACTS = Template(f"""
    SELECT f.tenant_id, f.metric, f.dimension, f.day, f.connection_id, {LEVEL} AS level,
           coalesce(s.customer_id, 0) AS customer_id, f.key, {{sign}}sum(f.value) AS value, {{sign}}count(*) AS facts
    FROM reporting_fact f JOIN reporting_asset a ON a.tenant_id = %(tenant)s AND a.id = f.asset_id {OWNER.fill(rows=Sql("f"))}
    WHERE f.tenant_id = %(tenant)s AND {{these}} AND f.interval = 'day'
      AND f.metric = ANY(%(summable)s) AND f.day BETWEEN %(first)s AND %(last)s
    GROUP BY f.tenant_id, f.metric, f.dimension, f.day, f.connection_id, {LEVEL}, coalesce(s.customer_id, 0), f.key
""")
OF_CONNECTION = FROM_FACTS.fill(sign=NOTHING, these=Sql("f.connection_id = %(connection)s"))
SERIES_OF_CONNECTION = Sql("""
    SELECT metric, interval, dimension, day FROM reporting_fact WHERE tenant_id = %(tenant)s AND connection_id = %(connection)s
""")
COLUMNS = Sql("tenant_id, metric, dimension, day, connection_id, level, customer_id, key, value, facts")

MOVE = Template("""
    INSERT INTO reporting_dailytotal AS t ({columns}) {facts}
    ON CONFLICT (tenant_id, metric, dimension, day, connection_id, level, customer_id, key)
    DO UPDATE SET value = t.value + excluded.value, facts = t.facts + excluded.facts
""")
# Not `= ANY`: of an index scan that makes one descent for each asset, metric and dimension.
OF_ASSETS = Sql("f.asset_id IN (SELECT unnest(%(assets)s::bigint[]))")
TAKE_OUT = MOVE.fill(columns=COLUMNS, facts=FROM_FACTS.fill(sign=Sql("-"), these=OF_ASSETS))
PUT_IN = MOVE.fill(columns=COLUMNS, facts=FROM_FACTS.fill(sign=NOTHING, these=OF_ASSETS))
DROP_LEFT_EMPTY = """
    DELETE FROM reporting_dailytotal WHERE tenant_id = %(tenant)s AND connection_id = ANY(%(connections)s)
        AND day BETWEEN %(first)s AND %(last)s AND facts = 0
"""

DEVIATIONS = f"""
    SELECT metric, dimension, min(day), max(day), count(*) FROM ({OF_CONNECTION}) f
    FULL JOIN (
        SELECT {COLUMNS} FROM reporting_dailytotal WHERE tenant_id = %(tenant)s AND connection_id = %(connection)s
    ) t USING (tenant_id, metric, dimension, day, connection_id, level, customer_id, key)
    WHERE (f.value, f.facts) IS DISTINCT FROM (t.value, t.facts)
    GROUP BY metric, dimension ORDER BY metric, dimension
"""


class Deviation(NamedTuple):
    """Totals of one metric and dimension that are not what the facts add up to."""

    metric: str
    dimension: str
    first: date
    last: date
    totals: int


def level_of(kind: str) -> str:
    """The level on which an asset of this kind counts."""
    return LEVELS.get(kind, DailyTotal.Level.ASSET.value)


def apply_changes(cursor: CursorWrapper, connection_id: int, kind: str = "") -> None:
    """Adds what `changed` (metric, interval, dimension, day, asset_id, key, old, new) says. Its assets are all of this kind,
    or of several where it is empty."""
    values = _parameters(connection_id) | {"level": level_of(kind)}
    cursor.execute(APPLY_CHANGES.fill(level=Sql("%(level)s::varchar") if kind else LEVEL_OF_EACH), values)
    cursor.execute(DROP_EMPTY, values)
    reported.note_changes(cursor, values)


def rebuild(connection_id: int, first: date | None = None, last: date | None = None) -> int:
    """Computes the totals of a connection's days anew from its facts; returns the number of totals."""
    Connection.objects.select_for_update().get(pk=connection_id)
    values = _parameters(connection_id) | _days(first, last)
    with database.cursor() as cursor:
        cursor.execute(
            """
            DELETE FROM reporting_dailytotal WHERE tenant_id = %(tenant)s AND connection_id = %(connection)s
                AND day BETWEEN %(first)s AND %(last)s
            """,
            values,
        )
        with many_rows(cursor):
            cursor.execute(f"INSERT INTO reporting_dailytotal ({COLUMNS}) {OF_CONNECTION}", values)
            totals = cursor.rowcount
            reported.rebuild(cursor, values, SERIES_OF_CONNECTION)
    return totals


@contextmanager
def moving(asset_ids: Collection[int], first: date | None = None, last: date | None = None) -> Iterator[None]:
    """Around a change of these assets' customers (or kinds) on these days (open ends: all): their figures, and no others, are
    taken out of the totals before it and put in again after it."""
    connections = Connection.objects.filter(assets__in=asset_ids).order_by("pk").values_list("pk", flat=True)
    ids = list(dict.fromkeys(connections.select_for_update(of=("self",))))
    values = _parameters(0) | _days(first, last) | {"assets": list(asset_ids), "connections": ids}
    with database.cursor() as cursor:
        if ids:
            _move(cursor, TAKE_OUT, values)
        yield
        if ids:
            _move(cursor, PUT_IN, values)
            cursor.execute(DROP_LEFT_EMPTY, values)


def _move(cursor: CursorWrapper, statement: str, values: dict[str, Any]) -> None:
    with many_rows(cursor):
        cursor.execute(statement, values)


def deviations(connection_id: int) -> list[Deviation]:
    """Where the totals of a connection are not in step with its facts."""
    Connection.objects.select_for_update().get(pk=connection_id)
    with database.cursor() as cursor, many_rows(cursor):
        cursor.execute(DEVIATIONS, _parameters(connection_id) | _days(None, None))
        return [Deviation._make(row) for row in cursor.fetchall()]


def _days(first: date | None, last: date | None) -> dict[str, date]:
    return {"first": first or FIRST_DAY, "last": last or LAST_DAY}


def _parameters(connection_id: int) -> dict[str, Any]:
    return {"tenant": current_tenant_id(), "connection": connection_id, "summable": sorted(SUMMABLE)}
