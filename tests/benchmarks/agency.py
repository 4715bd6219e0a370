"""A tenant as an agency has it, with any number of facts: a video platform (plays and watch time by day, plays by country) and
one of lifetime counters (readings, and the differences by day), a year long, 17 assets for a customer, progress for each asset.

Made by statements, not by the line, in a minute for ten million facts; daily totals by `rollups.rebuild()`, as in life.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

FIRST, LAST = date(2025, 1, 1), date(2025, 12, 31)
ASSETS_OF_A_CUSTOMER = {"boomstream": 4, "247platform": 13}
OURS = "customer-1"

CUSTOMERS = """
    INSERT INTO reporting_customer (tenant_id, slug, name, created_at)
    SELECT %(tenant)s, 'customer-' || n, 'Customer ' || n, now() FROM generate_series(1, %(customers)s) n
"""
ASSETS = """
    INSERT INTO reporting_asset (tenant_id, connection_id, external_id, kind, title, status, listed_by, created_at)
    SELECT %(tenant)s, %(connection)s, 'asset-' || n, 'video', 'Asset ' || n, '', '', now()
    FROM generate_series(1, %(assets)s) n ORDER BY hashint8(n)
"""
ASSIGNMENTS = """
    INSERT INTO reporting_assignment (tenant_id, asset_id, customer_id)
    SELECT a.tenant_id, a.id, c.id FROM reporting_asset a
    JOIN reporting_customer c ON c.tenant_id = a.tenant_id
        AND c.slug = 'customer-' || 1 + substr(a.external_id, 7)::int %% %(customers)s
    WHERE a.tenant_id = %(tenant)s AND a.connection_id = %(connection)s
"""
PROGRESS = """
    INSERT INTO reporting_feedprogress ({columns})
    SELECT {values} FROM reporting_asset a WHERE a.tenant_id = %(tenant)s AND a.connection_id = %(connection)s
"""
FACTS = """
    INSERT INTO reporting_fact
        (tenant_id, metric, interval, dimension, day, minute, asset_id, key, value, connection_id, snapshot_id)
    SELECT a.tenant_id, %(metric)s, %(interval)s, %(dimension)s, day::date, 0, a.id, key,
           1 + (hashint8(a.id * 1000 + (day::date - date '2025-01-01')) & 4095), a.connection_id, 0
    FROM generate_series(%(first)s, %(last)s, interval '1 day') day, reporting_asset a, unnest(%(keys)s::text[]) key
    WHERE a.tenant_id = %(tenant)s AND a.connection_id = %(connection)s
    ORDER BY day, a.id
"""
COUNTRIES = [first + second for first in "ABCDEFGHIJ" for second in "ELMNRU"]  # 60, where a customer's viewers sit
SERIES = {
    "boomstream": [("plays", "day", "", [""]), ("watch_time", "day", "", [""]), ("plays", "day", "country", COUNTRIES)],
    "247platform": [("plays", "day", "", [""]), ("plays", "lifetime", "", [""])],
}


@dataclass(frozen=True)
class Agency:
    """A tenant that has been filled, and the one of its customers that the reports are about."""

    tenant: Any
    customer_id: int
    facts: int


def fill(tenant: Any, customers: int) -> Agency:
    """As many customers, each with 100,010 facts."""
    from reporting.ledger import daily_totals
    from reporting.models import Customer, Fact
    from reporting.tenancy.scoping import tenant_scope
    from tests.benchmarks import stage

    values: dict[str, Any] = {"tenant": tenant.pk, "customers": customers, "first": FIRST, "last": LAST}
    with tenant_scope(tenant):
        run(CUSTOMERS, values)
        for provider, series in SERIES.items():
            made = stage.new_connection(tenant, slug=provider, name=provider, provider=provider, history_from=FIRST)
            of_it = values | {"connection": made.pk, "assets": customers * ASSETS_OF_A_CUSTOMER[provider]}
            run(ASSETS, of_it)
            run(ASSIGNMENTS, of_it)
            run(_progress(), of_it)
            for metric, interval, dimension, keys in series:
                run(FACTS, of_it | {"metric": metric, "interval": interval, "dimension": dimension, "keys": keys})
            daily_totals.rebuild(made.pk)
        return Agency(tenant, Customer.objects.get(slug=OURS).pk, Fact.objects.count())


def run(statement: str, values: dict[str, Any]) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def _progress() -> str:
    """One row for each asset, with the model's own defaults, however many columns it has."""
    from reporting.models import FeedProgress

    special = {"tenant": "%(tenant)s", "connection": "%(connection)s", "asset": "a.id", "feed": "'statistics'"}
    special |= dict.fromkeys(("covered", "final"), "datemultirange(daterange(%(first)s, %(last)s, '[]'))")
    special |= {"last_success": "now()"}
    columns, found = [], []
    for field in FeedProgress._meta.concrete_fields:
        if not field.primary_key:
            columns.append(field.column)
            found.append(special.get(field.name) or _default(field))
    return PROGRESS.format(columns=", ".join(columns), values=", ".join(found))


def _default(field: Any) -> str:
    if field.null:
        return "NULL"
    default = field.get_default()
    return "'{}'" if field.get_internal_type() == "DaysField" or "Days" in type(field).__name__ else f"'{default}'"
