"""What the tests of tenancy stand on: raw SQL, refusals, the role that owns the tables, and one row of everything."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from reporting.models import (
    ApiToken,
    Asset,
    Assignment,
    AssignmentRule,
    Connection,
    CounterReset,
    Customer,
    DailyTotal,
    DismissedSuggestion,
    Fact,
    FeedProgress,
    Membership,
    PpvAccess,
    PpvSession,
    Programme,
    ProgrammeRule,
    ReportedSeries,
    Restatement,
    Snapshot,
    SnapshotPart,
    SyncRun,
    Tenant,
    User,
    Withdrawal,
)
from reporting.tenancy.scoping import OWNER_ROLE, all_tenants

DAY, NOW = date(2026, 1, 5), datetime(2026, 1, 5, 12, tzinfo=UTC)


def sql(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    """Rows of a query, or [(number of rows,)] of anything else."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else [(cursor.rowcount,)]


@contextmanager
def refused(error: type[DatabaseError] = DatabaseError) -> Iterator[None]:
    """The statement fails, and the transaction goes on."""
    with pytest.raises(error), transaction.atomic():
        yield


@contextmanager
def owner() -> Iterator[None]:
    """As `migrate` does it."""
    sql(f"SET ROLE {OWNER_ROLE}")
    yield
    sql("RESET ROLE")


def one_of_everything(tenant: Tenant) -> None:
    """One row at least in each table of the tenant's."""
    with all_tenants():
        of: dict[str, Any] = {"tenant": tenant}
        customer = Customer.objects.create(**of, slug="c", name="C")
        Membership.objects.create(**of, user=User.objects.create_user(f"x@{tenant.slug}.example"), role="analyst")
        ApiToken.issue(**of, customer=customer)
        link = Connection(**of, slug="boom", name="Boom", provider="boomstream", time_zone="UTC", history_from=DAY)
        link.credentials = {"apikey": "k"}
        link.save()
        of_link = of | {"connection": link}
        programme = Programme.objects.create(**of, slug="p", name="P")
        catching = ProgrammeRule.objects.create(**of_link, programme=programme, pattern="*")
        DismissedSuggestion.objects.create(**of, title="t")
        of_programme = {"programme": programme, "programme_rule": catching}
        asset = Asset.objects.create(**of_link, external_id="a", kind="video", **of_programme)
        rule = AssignmentRule.objects.create(**of_link, customer=customer, pattern="*")
        Assignment.objects.create(**of, asset=asset, customer=customer, rule=rule)
        run = SyncRun.objects.create(**of_link)
        snapshot = Snapshot.objects.create(
            **of_link,
            run=run,
            feed="f",
            asset=asset,
            from_day=DAY,
            to_day=DAY,
            fetched_at=NOW,
            last_seen_at=NOW,
            content_hash="h",
            state="read",
            reader_version=1,
            time_zone="UTC",
        )
        SnapshotPart.objects.create(
            **of, snapshot=snapshot, number=1, request={}, status=200, fetched_at=NOW, compressed=b"", size=0, sha256=""
        )
        FeedProgress.objects.create(**of_link, feed="f", asset=asset)
        access = PpvAccess(**of, asset=asset)
        access.hash = "p"
        access.save()
        PpvSession.objects.create(
            **of_link, access=access, snapshot=snapshot, started_at=NOW, day=DAY, started_text="t", agent_digest="d"
        )
        cell = {"metric": "plays", "day": DAY, "connection": link}
        Fact.objects.create(**of, **cell, interval="day", asset=asset, value=1, snapshot=snapshot)
        DailyTotal.objects.create(**of, **cell, level="asset", customer_id=customer.pk, value=1, facts=1)
        ReportedSeries.objects.create(**of_link, metric="plays", interval="day", first_day=DAY, last_day=DAY)
        Restatement.objects.create(
            **of, **cell, asset=asset, snapshot=snapshot, interval="day", noticed_at=NOW, cause="provider"
        )
        Withdrawal.objects.create(**of, **cell, asset=asset, interval="day", old=1, noticed_at=NOW)
        CounterReset.objects.create(
            **of, **cell, asset=asset, snapshot=snapshot, day_before=DAY, old=2, new=1, noticed_at=NOW
        )
