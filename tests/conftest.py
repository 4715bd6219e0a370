"""What all tests share: tenants, a sandbox, and short waits."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.conf import settings as django_settings

from providers.sandbox import Sandbox
from reporting.models import Tenant
from reporting.tenancy.scoping import all_tenants


@pytest.fixture(autouse=True, scope="session")
def _settings_for_tests() -> None:
    """The sandbox stands on loopback, where a connection may not point unless this is set; waits are short."""
    django_settings.ALLOW_PRIVATE_PROVIDER_URLS = True
    django_settings.SYNC_BACKOFF_SECONDS = 0.01


@pytest.fixture
def alice(db: None) -> Tenant:
    """The tenant whose figures a test is about."""
    with all_tenants():
        return Tenant.objects.create(slug="alice", name="Alice Sports", time_zone="Europe/Madrid")


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
def second_session(db: None) -> Iterator[Any]:
    """A cursor on a database session of its own: another process, as the first one sees it."""
    import psycopg
    from django.db import connection

    with psycopg.connect(**connection.get_connection_params(), autocommit=True) as session, session.cursor() as cursor:
        yield cursor
