"""Corrections: restatements added up by day, connection and metric. For the API and the pages.

summary(restatements_of(customer_id)) -> [RestatementSummary(day, connection, metric, …, old, new), …], the newest days first
"""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from django.db import connection as database
from django.db.models import QuerySet

from reporting.ledger.daily_totals import LEVEL
from reporting.ledger.holdings import held_by
from reporting.metrics import METRICS, SUMMABLE, Metric
from reporting.models import Restatement
from reporting.tenancy.scoping import current_tenant_id

MOST = 10_000

# Of a figure that was changed twice, the first old value and the last new value count.
SUMMARY = f"""
    SELECT l.day, c.slug, c.name, l.metric, l.interval, l.dimension, l.level, c.currency, sum(times)::int, count(*)::int,
           sum(l.old), sum(l.new), min(l.first), max(l.last), array_agg(DISTINCT l.cause)
    FROM (
        SELECT r.connection_id, r.day, r.metric, r.interval, r.dimension, {LEVEL} AS level, count(*) AS times,
               (array_agg(r.old ORDER BY r.noticed_at, r.id))[1] AS old,
               (array_agg(r.new ORDER BY r.noticed_at DESC, r.id DESC))[1] AS new,
               min(r.noticed_at) AS first, max(r.noticed_at) AS last, max(r.cause) AS cause
        FROM reporting_restatement r
        JOIN reporting_asset a ON a.tenant_id = %s AND a.id = r.asset_id
        WHERE r.tenant_id = %s AND r.id IN ({{chosen}})
        GROUP BY r.connection_id, r.day, r.metric, r.interval, r.dimension, level, r.asset_id, r.minute, r.key
    ) l
    JOIN reporting_connection c ON c.tenant_id = %s AND c.id = l.connection_id
    GROUP BY l.day, c.slug, c.name, l.metric, l.interval, l.dimension, l.level, c.currency
    ORDER BY l.day DESC, c.slug, l.metric, l.interval, l.dimension, l.level
    LIMIT {MOST}
"""


class RestatementSummary(NamedTuple):
    """Figures of one day, connection, metric, stored interval, dimension and level (account, asset, playlist: they measure
    the same thing, so they are not added). `old` and `new` are sums; None where there was, or is, no figure, or where the
    metric does not add up."""

    day: date
    connection: str
    connection_name: str
    metric: str
    interval: str
    dimension: str
    level: str
    currency: str
    restatements: int
    figures: int
    old: Decimal | None
    new: Decimal | None
    first_noticed: datetime
    last_noticed: datetime
    causes: list[str]

    @property
    def about(self) -> Metric:
        return METRICS[self.metric]

    @property
    def difference(self) -> Decimal | None:
        if self.old is None and self.new is None:
            return None
        return (self.new or Decimal(0)) - (self.old or Decimal(0))


def restatements_of(customer_id: int | None) -> QuerySet[Restatement]:
    """Inside the tenant's scope. A customer's: of its assets, on the days that they were assigned to it."""
    found = Restatement.objects.select_related("connection", "asset__parent")
    return found if customer_id is None else found.filter(held_by("asset", customer=customer_id))


def summary(chosen: QuerySet[Restatement]) -> list[RestatementSummary]:
    """The newest days first, 10,000 lines at most."""
    return list(_lines(chosen))


def _lines(chosen: QuerySet[Restatement]) -> Iterator[RestatementSummary]:
    within, values = chosen.order_by().values("pk").query.sql_with_params()
    tenant = current_tenant_id()
    with database.cursor() as cursor:
        cursor.execute(SUMMARY.format(chosen=within), [tenant, tenant, *values, tenant])
        rows = cursor.fetchall()
    for change in map(RestatementSummary._make, rows):
        is_one = change.figures == 1
        yield change if change.metric in SUMMABLE or is_one else change._replace(old=None, new=None)
