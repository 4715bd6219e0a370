"""Small makers of what reports are about. Each opens its tenant's scope by itself; facts keep the daily totals in step."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import orjson

from reporting.api.renderers import to_json
from reporting.ledger import daily_totals
from reporting.models import (
    Asset,
    Assignment,
    Connection,
    Customer,
    Days,
    Fact,
    FeedProgress,
    PpvAccess,
    PpvSession,
    Restatement,
    Snapshot,
    Tenant,
)
from reporting.query import ReportResult, run
from reporting.query.parameters import parse
from reporting.tenancy.scoping import tenant_scope

TODAY = date(2026, 3, 1)
MARKS = ("row_type", "period_start", "final", "restated", "previous", "previous_start", "previous_marks")


def make_customer(tenant: Tenant, slug: str = "norte") -> Customer:
    with tenant_scope(tenant):
        return Customer.objects.create(tenant=tenant, slug=slug, name=slug.title())


def make_connection(tenant: Tenant, slug: str = "boom", provider: str = "boomstream", **more: Any) -> Connection:
    values = {"name": slug.title(), "time_zone": "UTC", "history_from": date(2026, 1, 1), "currency": "EUR"} | more
    with tenant_scope(tenant):
        return Connection.objects.create(tenant=tenant, slug=slug, provider=provider, **values)


def make_asset(
    connection: Connection,
    external_id: str = "final",
    kind: str = "video",
    title: str = "",
    parent: Asset | None = None,
) -> Asset:
    with tenant_scope(connection.tenant_id):
        return Asset.objects.create(
            tenant_id=connection.tenant_id,
            connection=connection,
            external_id=external_id,
            kind=kind,
            parent=parent,
            title=title or f"Title of {external_id}",
        )


def give(asset: Asset, customer: Customer, first: str | None = None, last: str | None = None) -> Assignment:
    """The asset is the customer's, from a day to a day; the totals follow."""
    with tenant_scope(asset.tenant_id):
        assignment = Assignment.objects.create(
            tenant_id=asset.tenant_id,
            asset=asset,
            customer=customer,
            from_day=date.fromisoformat(first) if first else None,
            to_day=date.fromisoformat(last) if last else None,
        )
        daily_totals.rebuild(asset.connection_id)
    return assignment


def tell(asset: Asset, metric: str, values: Mapping[str, Any], interval: str = "day", dimension: str = "") -> None:
    """Facts: `{"2026-01-01": 3}`; with a dimension `{"2026-01-01 JP": 3}`; for hours `{"2026-01-01T14:00": 3}`."""
    with tenant_scope(asset.tenant_id):
        for text, value in values.items():
            stamp, _, key = text.partition(" ")
            moment = datetime.fromisoformat(stamp)
            Fact.objects.create(
                tenant_id=asset.tenant_id,
                connection_id=asset.connection_id,
                asset_id=asset.pk,
                snapshot_id=0,
                metric=metric,
                interval=interval,
                dimension=dimension,
                day=moment.date(),
                minute=moment.hour * 60 + moment.minute,
                key=key,
                value=Decimal(str(value)),
            )
        daily_totals.rebuild(asset.connection_id)


def cover(connection: Connection, first: str, last: str, final: str | None, asset: Asset | None = None) -> FeedProgress:
    """A feed's progress: covered from a day to a day, final up to one."""
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    with tenant_scope(connection.tenant_id):
        return FeedProgress.objects.create(
            tenant_id=connection.tenant_id,
            connection=connection,
            feed="plays",
            asset=asset,
            covered=Days([(start, end)]),
            final=Days([(start, date.fromisoformat(final))] if final else []),
            last_success=datetime.fromisoformat(f"{last}T05:00:00+00:00"),
        )


def make_snapshot(connection: Connection, fetched_at: datetime, **more: Any) -> Snapshot:
    day = fetched_at.date()
    values = {"from_day": day, "to_day": day, "state": "read", "feed": "plays", "is_personal": False} | more
    with tenant_scope(connection.tenant_id):
        return Snapshot.objects.create(
            tenant_id=connection.tenant_id,
            connection=connection,
            fetched_at=fetched_at,
            last_seen_at=fetched_at,
            content_hash="",
            reader_version=1,
            time_zone=connection.time_zone,
            **values,
        )


def make_restatement(
    asset: Asset, metric: str, day: str, old: Any, new: Any, noticed_at: datetime, **more: Any
) -> None:
    values = {"interval": "day", "cause": "provider"} | more
    with tenant_scope(asset.tenant_id):
        Restatement.objects.create(
            tenant_id=asset.tenant_id,
            connection_id=asset.connection_id,
            asset=asset,
            metric=metric,
            day=date.fromisoformat(day),
            old=old,
            new=new,
            noticed_at=noticed_at,
            **values,
        )


def make_session(asset: Asset, started: str, label: str = "order 1001", **more: Any) -> PpvSession:
    """A pay-per-view session; the access of that label is made where it is missing."""
    with tenant_scope(asset.tenant_id):
        access, _ = PpvAccess.objects.get_or_create(
            tenant_id=asset.tenant_id, asset=asset, label=label, defaults={"digest": f"digest of {label}"}
        )
        moment = datetime.fromisoformat(started)
        values = {"ip": "192.0.2.1", "country": "ES", "user_agent": "Firefox", "left_activations": 2} | more
        return PpvSession.objects.create(
            tenant_id=asset.tenant_id,
            access=access,
            connection_id=asset.connection_id,
            started_at=moment,
            started_text=started,
            day=moment.date(),
            agent_digest=values["user_agent"],
            **values,
        )


def report(
    tenant: Tenant, bearer: Customer | None = None, *, marks: bool = False, **parameters: str | int
) -> dict[str, Any]:
    """The JSON of a report, on January 2026 unless days are named; its rows without what each has beside its columns (`MARKS`)
    unless `marks`.
    `bearer`: the one customer whose token asks."""
    texts = {name.removesuffix("_"): [str(value)] for name, value in parameters.items()}
    if not texts.keys() & {"from", "to", "period"}:
        texts |= {"from": ["2026-01-01"], "to": ["2026-01-31"]}
    with tenant_scope(tenant):
        query = parse(texts, tenant, customer_id=bearer.pk if bearer else None, today=TODAY)
        result = run(query)
        answer = result.as_json()
        same_when_written(result)
    for row in answer["rows"]:
        for name in MARKS if not marks else ():
            row.pop(name, None)
    return answer


def same_when_written(result: ReportResult) -> None:
    """The API writes the rows in a quicker way."""
    assert orjson.loads(to_json(result.as_json(rows_as_text=True))) == orjson.loads(to_json(result.as_json()))


def codes(answer: dict[str, Any]) -> set[str]:
    return {note["code"] for note in answer["notes"]}
