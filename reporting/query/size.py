"""Refuses a report of more cells than fit before the database works for it: from the question, and from counts that are cheap.

Rows of assets by day, hour or minute have a cell for each fact: they are counted, no further than what fits, and only where
assets and periods are so many that they might not. Of what is put together (months, countries of all assets) it is seen when it
is read.
"""

from django.db import connection as database

from reporting.ledger.sql_template import Sql
from reporting.periods import ReportInterval
from reporting.query.selection import Gatherer
from reporting.query.sql import reader

PERIODS_A_DAY = {ReportInterval.DAY: 1, ReportInterval.HOUR: 24, ReportInterval.MINUTE: 1440}
MANY_KEYS = 250  # of a dimension
MANY_ASSETS = 5_000  # a question that fits with so many is not held up

ASSETS = Sql("""
    SELECT count(*) FROM (
        SELECT FROM reporting_asset WHERE tenant_id = %(tenant)s AND connection_id = ANY(%(connections)s) LIMIT %(most)s
    ) counted
""")


def refuse_too_much(gather: Gatherer) -> None:
    """Raises TooMuch."""
    if not _has_a_cell_for_each_fact(gather):
        return
    of_an_asset = _cells_of_an_asset(gather)
    if of_an_asset * MANY_ASSETS > reader.MAX_CELLS and of_an_asset * _assets(gather) > reader.MAX_CELLS:
        query = gather.query
        split = (query.dimension, query.keys)
        gather.cells.refuse_more_facts(gather.sums, query.days, gather.by, query.interval, *split)


def _has_a_cell_for_each_fact(gather: Gatherer) -> bool:
    query = gather.query
    is_as_stored = query.groups_assets and query.interval in PERIODS_A_DAY and query.as_of is None
    return bool(is_as_stored and gather.sums and not query.keys and (query.grouped_dimension or not query.dimension))


def _cells_of_an_asset(gather: Gatherer) -> int:
    query = gather.query
    keys = MANY_KEYS if query.grouped_dimension else 1
    return query.days.days * PERIODS_A_DAY[query.interval] * len(gather.sums) * keys


def _assets(gather: Gatherer) -> int:
    """How many there are, or one more than could matter."""
    known = gather.scope.assets if gather.scope.assets is not None else gather.scope.held
    if known is not None:
        return len(known)
    with database.cursor() as cursor:
        cursor.execute(ASSETS, {**gather.scope.values, "most": reader.MAX_CELLS // _cells_of_an_asset(gather) + 1})
        found: int = cursor.fetchone()[0]
        return found
