"""Which series a connection reports is kept in step with its facts, and never less than they are."""

from datetime import UTC, date, datetime
from importlib import import_module
from typing import Any

from django.db import connection as database

from providers.pipeline.facts_sql import TABLES
from reporting.ledger import daily_totals
from reporting.models import Asset, Fact, ReportedSeries, Tenant
from reporting.tenancy.scoping import tenant_scope
from tests.support.factories import make_asset, make_connection, make_restatement, tell
from tests.support.tenancy import owner, sql

CHANGE = """
    INSERT INTO changed (metric, interval, dimension, day, minute, asset_id, key, old, new)
    VALUES (%s, %s, '', %s, 0, %s, '', %s, %s)
"""


def series() -> set[tuple[Any, ...]]:
    """Inside the tenant's scope."""
    names = ("metric", "interval", "dimension", "first_day", "last_day")
    return {(*row[:3], f"{row[3]}", f"{row[4]}") for row in ReportedSeries.objects.values_list(*names)}


def store(asset: Asset, *changes: tuple[str, str, str, int | None, int | None]) -> None:
    with database.cursor() as cursor:
        cursor.execute(TABLES)
        for metric, interval, day, old, new in changes:
            cursor.execute(CHANGE, (metric, interval, day, asset.pk, old, new))
        daily_totals.apply_changes(cursor, asset.connection_id)


def test_it_works(alice: Tenant) -> None:
    video = make_asset(make_connection(alice))
    tell(video, "plays", {"2026-01-05": 1, "2026-01-07": 2})
    tell(video, "plays", {"2026-01-06T14:00": 1}, "hour")
    tell(video, "plays", {"2026-01-05 JP": 1}, dimension="country")
    with tenant_scope(alice):
        assert series() == {
            ("plays", "day", "", "2026-01-05", "2026-01-07"),
            ("plays", "hour", "", "2026-01-06", "2026-01-06"),
            ("plays", "day", "country", "2026-01-05", "2026-01-05"),
        }


def test_a_store_widens_them_and_what_goes_leaves_them(alice: Tenant) -> None:
    video = make_asset(make_connection(alice))
    with tenant_scope(alice):
        store(video, ("plays", "day", "2026-01-05", None, 1), ("devices", "month", "2026-01-01", None, 4))
        store(video, ("plays", "day", "2026-01-02", None, 1))
        store(video, ("plays", "day", "2026-01-09", None, 1), ("plays", "hour", "2026-01-01", 3, None))
        store(video, ("plays", "day", "2026-01-09", 1, None), ("plays", "day", "2026-01-05", 1, 2))
        assert series() == {
            ("plays", "day", "", "2026-01-02", "2026-01-09"),
            ("devices", "month", "", "2026-01-01", "2026-01-01"),
        }


def test_they_are_made_anew_with_what_was_there_once(alice: Tenant) -> None:
    """A report as of an earlier day asks for what went since."""
    video = make_asset(make_connection(alice))
    tell(video, "plays", {"2026-01-05": 1})
    make_restatement(video, "plays", "2026-01-08", 4, None, datetime(2026, 2, 1, tzinfo=UTC))
    with tenant_scope(alice):
        ReportedSeries.objects.all().delete()
        Fact.objects.filter(day=date(2026, 1, 5)).update(day=date(2026, 1, 6))
        daily_totals.rebuild(video.connection_id)
        assert series() == {("plays", "day", "", "2026-01-06", "2026-01-08")}


def test_the_migration_makes_those_of_all_tenants(alice: Tenant, bob: Tenant) -> None:
    for tenant in (alice, bob):
        tell(make_asset(make_connection(tenant)), "plays", {"2026-01-05": 1, "2026-01-07": 2})
        with tenant_scope(tenant):
            ReportedSeries.objects.all().delete()
    with owner():
        sql(import_module("reporting.migrations.0017_reported_series").FROM_FACTS)
    for tenant in (alice, bob):
        with tenant_scope(tenant):
            assert series() == {("plays", "day", "", "2026-01-05", "2026-01-07")}
