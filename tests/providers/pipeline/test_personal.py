"""What a feed declares personal is kept as personal, whatever it is asked about."""

import pytest

from providers.catalog.boomstream import WatchTime
from providers.sandbox import Sandbox
from reporting.models import Snapshot, Tenant
from reporting.tenancy.scoping import tenant_scope
from tests.support.line import connect, run


def personal_feeds(tenant: Tenant) -> set[str]:
    with tenant_scope(tenant):
        return set(Snapshot.objects.filter(is_personal=True).values_list("feed", flat=True))


def test_it_works(alice: Tenant, sandbox: Sandbox) -> None:
    run(connect(alice, sandbox, "boomstream", days=2))
    assert personal_feeds(alice) == {"sessions"}


def test_an_equal_answer_of_a_feed_that_is_personal_by_now(
    alice: Tenant, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not kept twice, so the snapshot that is there becomes personal."""
    connection = connect(alice, sandbox, "boomstream", days=1)
    run(connection)
    with tenant_scope(alice):
        before = Snapshot.objects.count()
    monkeypatch.setattr(WatchTime, "personal", True)
    run(connection)
    assert personal_feeds(alice) == {"sessions", "project.day", "target.day"}
    with tenant_scope(alice):
        assert Snapshot.objects.count() == before
