"""Keeps ReportedSeries in step with the facts: which metrics, intervals and dimensions a connection has figures of, since when.

    note_changes()  widens them by what a store has just made (in its temporary table `changed`)
    rebuild()       makes a connection's anew from its facts, and from what is kept of facts that were there

Both run where the daily totals are kept in step (`daily_totals.py`), in the same transaction. They may name more days than
there are facts of, never fewer: a figure that goes leaves them as they are.
"""

from typing import Any

from django.db.backends.utils import CursorWrapper

from reporting.ledger.sql_template import Sql, Template

NOTE = Template("""
    INSERT INTO reporting_reportedseries AS t (tenant_id, connection_id, metric, interval, dimension, first_day, last_day)
    SELECT %(tenant)s, %(connection)s, metric, interval, dimension, min(day), max(day) FROM ({facts}) f
    GROUP BY metric, interval, dimension
    ON CONFLICT (tenant_id, connection_id, metric, interval, dimension) DO UPDATE
    SET first_day = least(t.first_day, excluded.first_day), last_day = greatest(t.last_day, excluded.last_day)
    WHERE t.first_day > excluded.first_day OR t.last_day < excluded.last_day
""")

OF_CHANGES = Sql("SELECT metric, interval, dimension, day FROM changed WHERE new IS NOT NULL")
OF_CONNECTION = Template("""
    {facts}
    UNION ALL SELECT metric, interval, dimension, day FROM reporting_restatement
    WHERE tenant_id = %(tenant)s AND connection_id = %(connection)s
    UNION ALL SELECT metric, interval, dimension, day FROM reporting_withdrawal
    WHERE tenant_id = %(tenant)s AND connection_id = %(connection)s
""")
FORGET = "DELETE FROM reporting_reportedseries WHERE tenant_id = %(tenant)s AND connection_id = %(connection)s"


def note_changes(cursor: CursorWrapper, values: dict[str, Any]) -> None:
    """`values` name the tenant and the connection."""
    cursor.execute(NOTE.fill(facts=OF_CHANGES), values)


def rebuild(cursor: CursorWrapper, values: dict[str, Any], facts: Sql) -> None:
    """`facts`: the statement of all facts of the connection."""
    cursor.execute(FORGET, values)
    cursor.execute(NOTE.fill(facts=OF_CONNECTION.fill(facts=facts)), values)
