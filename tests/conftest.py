"""What all tests share: tenants and their people, the vendors, a clock that stands still, and short waits.

Tests marked `long` take their time for what a shorter one shows too; `LONG_TESTS=1 make test` runs them.
"""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.conf import settings as django_settings
from django.test import Client

from providers.sandbox import Sandbox
from reporting.models import Customer, Tenant, User
from reporting.tenancy.scoping import all_tenants
from tests.support.clock import START
from tests.support.pages import Enter, person
from tests.support.tenancy import owner, sql


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "clock(start): the time at which `clock` stands still")
    config.addinivalue_line("markers", "vendors(**settings): how the sandbox of `vendors` is started")
    config.addinivalue_line("markers", "long: only with LONG_TESTS=1")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if os.environ.get("LONG_TESTS") != "1":
        long = {item for item in items if item.get_closest_marker("long")}
        config.hook.pytest_deselected(items=list(long))
        items[:] = [item for item in items if item not in long]


@pytest.fixture(autouse=True, scope="session")
def _settings_for_tests() -> None:
    """The sandbox stands on loopback, where a connection may not point unless this is set; waits are short."""
    django_settings.ALLOW_PRIVATE_PROVIDER_URLS = True
    django_settings.SYNC_BACKOFF_SECONDS = 0.01


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Nobody looks at the tables while they are empty for a moment: each test takes back its rows, and a planner that was told
    "no rows in these many pages" would go through all of them for each row (30 s instead of 0.1 s)."""
    with django_db_blocker.unblock(), owner():
        for table in sql("SELECT relname FROM pg_class WHERE relkind = 'r' AND relname LIKE 'reporting_%%'"):
            sql(f"ALTER TABLE {table[0]} SET (autovacuum_enabled = false)")


@pytest.fixture
def alice(db: None) -> Tenant:
    """The tenant whose figures a test is about."""
    with all_tenants():
        return Tenant.objects.create(slug="alice", name="Alice Sports", time_zone="Europe/Madrid")


@pytest.fixture
def staff(db: None) -> Client:
    """The browser of somebody of the platform who may do everything."""
    client = Client()
    client.force_login(User.objects.create_superuser("staff@viewledger.example"))
    return client


@pytest.fixture
def bob(db: None) -> Tenant:
    """Another tenant, who must never see Alice's."""
    with all_tenants():
        return Tenant.objects.create(slug="bob", name="Bob Broadcasting")


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """The vendors, with time standing still, so that what is fetched twice is the same."""
    with Sandbox(assets=3, rows=12, now=datetime.now(UTC), smartstream_limit=None) as running:
        yield running


@pytest.fixture
def clock(request: pytest.FixtureRequest) -> Iterator[time_machine.Traveller]:
    """Our time, which stands still until a test moves it; the time of `vendors` follows."""
    marked = request.node.get_closest_marker("clock")
    with time_machine.travel(marked.args[0] if marked else START, tick=False) as traveller:
        yield traveller


@pytest.fixture
def vendors(request: pytest.FixtureRequest, clock: time_machine.Traveller) -> Iterator[Sandbox]:
    """The vendors, whose time is `clock`."""
    marked = request.node.get_closest_marker("vendors")
    with Sandbox(**{"assets": 2, "rows": 8, "smartstream_limit": None} | (marked.kwargs if marked else {})) as running:
        yield running


@pytest.fixture
def enter(settings: Any, db: None) -> Enter:
    """Signs somebody in who has a role in a tenant."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

    def enter(tenant: Tenant, role: str = "manager", customer: Customer | None = None) -> Client:
        client = Client()
        client.force_login(person(tenant, role, customer))
        return client

    return enter


@pytest.fixture
def second_session(db: None) -> Iterator[Any]:
    """A cursor on a database session of its own: another process, as the first one sees it."""
    import psycopg
    from django.db import connection

    with psycopg.connect(**connection.get_connection_params(), autocommit=True) as session, session.cursor() as cursor:
        yield cursor
