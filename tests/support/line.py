"""Helpers for tests of the line: connect a tenant to the sandbox, sync, and compare the ledger with the truth."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import requests

from providers import registry
from providers.sandbox import Sandbox
from providers.sandbox.vendor import Vendor
from providers.sandbox.vendors import VENDORS
from providers.scheduling.run import make
from reporting.models import Asset, Connection, Fact, PpvAccess, RateWindow, SyncRun, Tenant
from reporting.tenancy.scoping import tenant_scope

Cell = tuple[str, str, str, str, int, str, str]  # metric, interval, dimension, day, minute, asset, key
# An asset is written with what holds it, where something does: "north-live/sestore/jb/my_video_001.mp4".


def connect(
    tenant: Tenant, sandbox: Sandbox, provider: str, days: int = 8, account: str = "north", **fields: Any
) -> Connection:
    """A connection to the sandbox with the account's assets, of the last `days` days."""
    today = datetime.now(UTC).date()
    vendor = VENDORS[provider]
    with tenant_scope(tenant):
        connection = Connection(
            tenant=tenant,
            slug=fields.pop("slug", provider),
            name=provider,
            provider=provider,
            base_url=fields.pop("base_url", f"{sandbox.url}/{provider}"),
            time_zone=registry.get(provider).time_zone,
            currency="EUR",
            history_from=today - timedelta(days=days - 1),
            options=fields.pop("options", vendor.options(account)),
        )
        connection.credentials = vendor.login(account) | fields.pop("credentials", {})
        for name, value in fields.items():
            setattr(connection, name, value)
        connection.save()
        if not vendor.lists_assets:
            _add_assets(connection, vendor, sandbox.assets, account)
    return connection


def _add_assets(connection: Connection, vendor: Vendor, assets: int, account: str) -> None:
    for external_id, kind, title in vendor.accounts.assets(account, assets):
        Asset.objects.create(
            tenant_id=connection.tenant_id, connection=connection, external_id=external_id, kind=kind, title=title
        )
    for sold in vendor.accesses(account):
        asset = Asset.objects.get(connection=connection, external_id=sold.media)
        access = PpvAccess(tenant_id=connection.tenant_id, asset=asset, label=sold.label)
        access.hash = sold.hash
        access.save()


def run(connection: Connection, **fields: Any) -> SyncRun:
    """One run of the line, as a worker makes it; the provider's limit is as fresh as after a minute's rest."""
    RateWindow.objects.all().delete()
    with tenant_scope(connection.tenant_id):
        connection.refresh_from_db()
        queued = SyncRun.objects.create(tenant_id=connection.tenant_id, connection=connection, **fields)
    return make(queued)


def ledger(connection: Connection, **filters: Any) -> dict[Cell, Decimal]:
    """The connection's facts."""
    with tenant_scope(connection.tenant_id):
        facts = Fact.objects.filter(connection=connection, **filters).select_related("asset__parent")
        return {
            (f.metric, f.interval, f.dimension, f.day.isoformat(), f.minute, full_name(f.asset), f.key): f.value
            for f in facts
        }


def full_name(asset: Asset) -> str:
    return f"{asset.parent.external_id}/{asset.external_id}" if asset.parent else asset.external_id


def truth(sandbox: Sandbox, connection: Connection, account: str = "north", **parameters: str) -> dict[Cell, Decimal]:
    """What the sandbox says that it serves, of the days of the connection."""
    asked = {"provider": connection.provider, "account": account, "from": connection.history_from.isoformat()}
    answer = requests.get(f"{sandbox.url}/_ledger", params=asked | parameters, timeout=60)
    found = answer.json()["facts"]
    names = [f"{f['parent']}/{f['asset']}" if f["parent"] else f["asset"] for f in found]
    return {
        (f["metric"], f["interval"], f["dimension"], f["day"], f["minute"], name, f["key"]): Decimal(f["value"])
        for f, name in zip(found, names, strict=True)
    }


def since(connection: Connection, cells: dict[Cell, Decimal]) -> dict[Cell, Decimal]:
    """Only the days that the connection asks for: 247platform's log tells of earlier ones too. A month is whole."""
    first = connection.history_from.isoformat()
    return {cell: value for cell, value in cells.items() if cell[1] == "month" or cell[3] >= first}


def fault(sandbox: Sandbox, **what: Any) -> None:
    """Sets a fault at the sandbox."""
    requests.post(f"{sandbox.url}/_faults", json=what, timeout=10).raise_for_status()


def day(text: str) -> date:
    return date.fromisoformat(text)
