"""A quarter by application, against the same figures by customer: 2,000 streams in 20 applications, each of one customer.

By customer the figures are read from the daily totals; by application from the facts, which are 100 times as many.
"""

from functools import partial
from typing import Any

from tests.benchmarks import stage
from tests.benchmarks.agency import CUSTOMERS, FACTS, run
from tests.benchmarks.report_against_sql import Statements
from tests.benchmarks.stage import Outcome

FIRST, LAST = "2025-10-03", "2025-12-31"
APPLICATIONS, STREAMS = 20, 2000
TRIES = 10
MOST = 25  # times as slow as by customer

HOLDERS = """
    INSERT INTO reporting_asset (tenant_id, connection_id, external_id, kind, title, status, listed_by, created_at)
    SELECT %(tenant)s, %(connection)s, 'app-' || n, 'application', '', '', '', now()
    FROM generate_series(1, %(applications)s) n
"""
HELD = """
    INSERT INTO reporting_asset
        (tenant_id, connection_id, external_id, parent_id, kind, title, status, listed_by, created_at)
    SELECT %(tenant)s, %(connection)s, 'stream-' || n, p.id, 'stream', '', '', '', now()
    FROM generate_series(1, %(streams)s) n
    JOIN reporting_asset p ON p.tenant_id = %(tenant)s AND p.external_id = 'app-' || 1 + n %% %(applications)s
    ORDER BY hashint8(n)
"""
GIVEN = """
    INSERT INTO reporting_assignment (tenant_id, asset_id, customer_id)
    SELECT a.tenant_id, a.id, c.id FROM reporting_asset a JOIN reporting_asset p ON p.id = a.parent_id
    JOIN reporting_customer c ON c.tenant_id = a.tenant_id AND c.slug = 'customer-' || substr(p.external_id, 5)
    WHERE a.tenant_id = %(tenant)s
"""


def measure() -> list[Outcome]:
    tenant = stage.new_tenant("cdn")
    fill(tenant)
    stage.analyze()
    outcomes = []
    for interval in ("total", "day"):
        by_parent = partial(ask, tenant, group_by="parent", interval=interval)
        by_customer = partial(ask, tenant, group_by="customer", interval=interval)
        assert figures(by_parent()) == figures(by_customer())
        mine, peer = stage.best_of(TRIES, by_parent), stage.best_of(TRIES, by_customer)
        sides = f"{1000 * mine:.1f} and {1000 * peer:.1f} ms"
        what = f"{STREAMS:,} streams of 90 days by application ({interval}), against by customer"
        outcomes.append(Outcome(what, mine / peer, MOST, sides, limited_by(by_parent), is_most=True))
    return outcomes


def fill(tenant: Any) -> None:
    from reporting.ledger import daily_totals
    from reporting.tenancy.scoping import tenant_scope

    with tenant_scope(tenant):
        cdn = stage.new_connection(tenant, slug="cdn", name="cdn", provider="scaleengine", history_from=FIRST)
        values = {"tenant": tenant.pk, "connection": cdn.pk, "customers": APPLICATIONS, "first": FIRST, "last": LAST}
        values |= {"applications": APPLICATIONS, "streams": STREAMS}
        for statement in (CUSTOMERS, HOLDERS, HELD, GIVEN):
            run(statement, values)
        for metric in ("data_transfer", "requests"):
            run(FACTS, values | {"metric": metric, "interval": "day", "dimension": "", "keys": [""]})
        run(
            "DELETE FROM reporting_fact f USING reporting_asset a WHERE a.id = f.asset_id AND a.kind = 'application'",
            {},
        )
        daily_totals.rebuild(cdn.pk)


def ask(tenant: Any, **asked: str) -> dict[str, Any]:
    from reporting.query import run as report
    from reporting.query.parameters import parse
    from reporting.tenancy.reader import OPERATOR
    from reporting.tenancy.scoping import tenant_scope

    words = {"metrics": "data_transfer,requests", "from": FIRST, "to": LAST} | asked
    with tenant_scope(tenant):
        return report(parse({name: [value] for name, value in words.items()}, tenant, OPERATOR)).as_json()


def figures(answer: dict[str, Any]) -> list[tuple[Any, ...]]:
    return sorted((row.get("period"), row["data_transfer"], row["requests"]) for row in answer["rows"])


def limited_by(asked: partial[dict[str, Any]]) -> str:
    from django.db import connection

    shares = Statements()
    with connection.execute_wrapper(shares.statement):
        whole = stage.seconds_of(lambda: [asked() for _ in range(TRIES)])
    return f"{shares.count // TRIES} statements; {shares.said(whole)}"
