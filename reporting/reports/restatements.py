"""What changed afterwards: restatements, one by one and added up by day, connection and metric, and counters that went
backwards. For the API and the pages; costs as the reader sees them.

summary(restatements_of(reader), reader) -> [RestatementSummary(day, connection, metric, …, old, new), …], the newest days first
"""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple, TypeVar

from django.db import connection as database
from django.db.models import QuerySet

from reporting.ledger.daily_totals import LEVEL
from reporting.ledger.holdings import held_by
from reporting.metrics import COSTS, METRICS, SUMMABLE, Metric
from reporting.models import CounterReset, Restatement
from reporting.reports.as_shown import as_shown
from reporting.tenancy.reader import Reader
from reporting.tenancy.scoping import current_tenant_id

MOST = 10_000
Change = TypeVar("Change", Restatement, CounterReset)

# Of a figure that was changed twice, the first old value and the last new value count.
SUMMARY = f"""
    SELECT l.day, c.slug, c.name, l.metric, l.interval, l.dimension, l.level, c.currency, sum(times)::int, count(*)::int,
           sum(l.old), sum(l.new),
           CASE WHEN count(l.old) + count(l.new) > 0 THEN coalesce(sum(l.new), 0) - coalesce(sum(l.old), 0) END,
           min(l.first), max(l.last), array_agg(DISTINCT l.cause)
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
    the same thing, so they are not added). `old` and `new` are sums, `difference` theirs; None where there was, or is, no
    figure, or where the metric does not add up."""

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
    difference: Decimal | None
    first_noticed: datetime
    last_noticed: datetime
    causes: list[str]

    @property
    def about(self) -> Metric:
        return METRICS[self.metric]


def restatements_of(reader: Reader) -> QuerySet[Restatement]:
    """Inside the tenant's scope. A customer's: of its assets, on the days that they were assigned to it."""
    found = Restatement.objects.select_related("connection", "asset__parent").exclude(metric__in=_hidden(reader))
    if reader.customer_id is not None:
        found = found.filter(held_by("asset", customer=reader.customer_id))
    return _priced(found, reader)


def resets_of(reader: Reader) -> QuerySet[CounterReset]:
    """Inside the tenant's scope. A customer's: where both readings are of days on which the asset was its own."""
    found = CounterReset.objects.select_related("connection", "asset__parent").exclude(metric__in=_hidden(reader))
    if reader.customer_id is not None:
        both = (held_by("asset", day, customer=reader.customer_id) for day in ("day", "day_before"))
        found = found.filter(*both)
    return _priced(found, reader)


def summary(chosen: QuerySet[Restatement], reader: Reader) -> list[RestatementSummary]:
    """The newest days first, 10,000 lines at most."""
    return list(_lines(chosen, reader))


def _priced(changes: QuerySet[Change], reader: Reader) -> QuerySet[Change]:
    """The same rows with their amounts as the reader sees them."""

    def price(row: Change) -> None:
        row.old, row.new = (_amount(reader, row.metric, value, row.connection.currency) for value in (row.old, row.new))

    return as_shown(changes, price) if reader.costs.markup is not None else changes


def _hidden(reader: Reader) -> list[str]:
    return [name for name in sorted(COSTS) if not reader.costs.shows(name)]


def _amount(reader: Reader, metric: str, value: Decimal | None, currency: str) -> Decimal | None:
    return None if value is None else reader.costs.amount(METRICS[metric], value, currency)


def _lines(chosen: QuerySet[Restatement], reader: Reader) -> Iterator[RestatementSummary]:
    stored = Restatement.objects.filter(pk__in=chosen.order_by()).order_by()  # each sum is marked up, not its parts
    within, values = stored.values("pk").query.sql_with_params()
    tenant = current_tenant_id()
    with database.cursor() as cursor:
        cursor.execute(SUMMARY.format(chosen=within), [tenant, tenant, *values, tenant])
        rows = cursor.fetchall()
    for change in map(RestatementSummary._make, rows):
        is_one = change.figures == 1
        adds_up = change.metric in SUMMABLE or is_one
        figures = (change.old, change.new, change.difference) if adds_up else (None, None, None)
        old, new, difference = (_amount(reader, change.metric, figure, change.currency) for figure in figures)
        yield change._replace(old=old, new=new, difference=difference)
