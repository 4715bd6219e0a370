"""`report?…&format=json` of 365,000 rows, through the API's own view, against what a competent person would write by hand for
the same rows: `values_list()` and orjson. Theirs has no totals, notes or freshness."""

import cProfile
import pstats
from datetime import date
from decimal import Decimal
from typing import Any

from tests.benchmarks import stage
from tests.benchmarks.stage import Outcome

ASSETS, FIRST, LAST = 1000, date(2025, 1, 1), date(2025, 12, 31)
ROWS = ASSETS * 365
ASKED = {"metrics": "plays", "from": str(FIRST), "to": str(LAST), "interval": "day", "group_by": "asset"}
TRIES = 3

ASSETS_OF = """
    INSERT INTO reporting_asset (tenant_id, connection_id, external_id, kind, title, status, listed_by, created_at)
    SELECT %s, %s, 'video-' || n, 'video', 'Video number ' || n, '', '', now() FROM generate_series(1, %s) n
"""
FACTS_OF = """
    INSERT INTO reporting_fact
        (tenant_id, metric, interval, dimension, day, minute, asset_id, key, value, connection_id, snapshot_id)
    SELECT a.tenant_id, 'plays', 'day', '', day::date, 0, a.id, '', 1 + (random() * 5000)::int, a.connection_id, 0
    FROM generate_series(%s, %s, interval '1 day') day, reporting_asset a WHERE a.tenant_id = %s AND a.connection_id = %s
"""


def measure() -> list[Outcome]:
    tenant = stage.new_tenant("wide")
    fill(tenant, stage.new_connection(tenant))
    stage.analyze()
    headers = bearer(tenant)
    assert ours(headers) == ROWS
    assert theirs(tenant) == ROWS
    mine = stage.best_of(TRIES, lambda: ours(headers))
    peer = stage.best_of(TRIES, lambda: theirs(tenant))
    sides = f"{ROWS / mine:,.0f} and {ROWS / peer:,.0f} rows a second"
    return [Outcome("365,000 rows as JSON against values_list() and orjson", peer / mine, 0.7, sides, shares(headers))]


def fill(tenant: Any, connection: Any) -> None:
    from django.db import connection as database

    from reporting.ledger import daily_totals
    from reporting.tenancy.scoping import tenant_scope

    with tenant_scope(tenant), database.cursor() as cursor:
        cursor.execute(ASSETS_OF, [tenant.pk, connection.pk, ASSETS])
        cursor.execute(FACTS_OF, [FIRST, LAST, tenant.pk, connection.pk])
        daily_totals.rebuild(connection.pk)


def bearer(tenant: Any) -> dict[str, str]:
    from reporting.models import ApiToken
    from reporting.tenancy.scoping import tenant_scope

    with tenant_scope(tenant):
        _, word = ApiToken.issue(tenant=tenant, scopes=["read"])
    return {"Authorization": f"Bearer {word}"}


def ours(headers: dict[str, str]) -> int:
    from django.test import Client

    answer = Client(SERVER_NAME="localhost").get("/api/v1/report", ASKED, headers=headers)
    assert answer.status_code == 200, answer.content[:500]
    return answer.content.count(b'"period"') - 1  # one is the column's


def theirs(tenant: Any) -> int:
    import orjson

    from reporting.models import Fact
    from reporting.tenancy.scoping import tenant_scope

    with tenant_scope(tenant):
        facts = Fact.objects.filter(metric="plays", interval="day", dimension="", day__range=(FIRST, LAST))
        columns = ("day", "connection__slug", "asset__external_id", "asset__title", "value")
        rows = list(facts.order_by("day", "connection__slug", "asset__external_id").values_list(*columns))
    return orjson.dumps(rows, default=number).count(b'"video-')


def number(value: Decimal) -> int:
    return int(value)


def shares(headers: dict[str, str]) -> str:
    """What the time of one answer goes into, by a profile."""
    profile = cProfile.Profile()
    profile.runcall(ours, headers)
    known = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    whole = max(cumulative for _, _, _, cumulative, _ in known.values())
    own = sorted(((spent, name) for (_, _, name), (_, _, spent, _, _) in known.items()), reverse=True)[:5]
    return ", ".join(f"{name.strip('<>')} {100 * spent / whole:.0f} %" for spent, name in own)
