"""What all tests share: a tenant or three, a sandbox, and no network but loopback."""

from collections.abc import Iterator

import pytest

from reporting.models import Tenant
from reporting.scoping import all_tenants


@pytest.fixture(autouse=True, scope="session")
def _private_provider_urls() -> Iterator[None]:
    """The sandbox stands on loopback, where a connection may not point unless this is set."""
    from django.conf import settings

    settings.ALLOW_PRIVATE_PROVIDER_URLS = True
    yield


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
