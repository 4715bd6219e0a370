"""How many days of a range a connection was read for: whether two ranges may be compared is seen from that."""

from collections.abc import Iterable
from datetime import date

from django.db import connection as database

from reporting.ledger.sql_template import Sql
from reporting.models import Days, DaysField
from reporting.periods import Range
from reporting.query.scope import Link, Scope

COVERED = Sql("""
    SELECT connection_id, range_agg(covered) FROM reporting_feedprogress
    WHERE tenant_id = %(tenant)s AND connection_id = ANY(%(connections)s) AND access_id IS NULL AND is_chosen
    GROUP BY connection_id
""")


class Coverage:
    """Of all feeds of each connection together. One that keeps no progress is taken to be read from its first day to today."""

    def __init__(self, scope: Scope, today: date) -> None:
        with database.cursor() as cursor:
            cursor.execute(COVERED, scope.values)
            known = {row[0]: DaysField().from_db_value(row[1], None, None) or Days() for row in cursor.fetchall()}
        self.days = {link.id: known.get(link.id, _all(link, today)) for link in scope.connections.values()}

    def of(self, connections: Iterable[int], days: Range) -> dict[int, int]:
        return {one: len(self.days[one] & Days([days])) for one in connections}


def _all(link: Link, today: date) -> Days:
    return Days([(link.history_from, today)])
