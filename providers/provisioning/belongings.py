"""Puts what hangs on a connection into the database: assets, their customers, and PPV accesses; thousands in few queries."""

from collections import defaultdict
from collections.abc import Mapping

from providers.connections.account import has_password
from providers.provisioning.connections import ConnectionEntry
from providers.provisioning.report import Report, set_all
from reporting.ledger import daily_totals
from reporting.ledger.assignments import assign_all, today
from reporting.ledger.new_assets import catch_new
from reporting.ledger.programmes import put as put_into
from reporting.models import Asset, Assignment, Connection, Customer, PpvAccess, Programme

BATCH = 1000


def write_assets(
    connection: Connection,
    entry: ConnectionEntry,
    customers: Mapping[str, Customer],
    programmes: Mapping[str, Programme],
    report: Report,
) -> None:
    """Assets that the file gives to nobody, or puts into no programme, go by the rules, if they are new or renamed."""
    parents = _parents(connection, entry)
    wanted = {(asset.external_id, asset.parent): asset for asset in entry.assets}
    names = {external_id for external_id, _ in wanted}
    found = Asset.objects.filter(connection=connection, external_id__in=names).select_related("parent")
    known = {key: asset for asset in found if (key := _key(asset)) in wanted}
    new = [
        Asset(
            tenant_id=connection.tenant_id,
            connection=connection,
            external_id=external_id,
            parent=parents.get(parent),
            **asset.values,
        )
        for (external_id, parent), asset in wanted.items()
        if (external_id, parent) not in known
    ]
    changed = {key: set_all(row, wanted[key].values) for key, row in known.items()}
    with daily_totals.moving([known[key].pk for key, names in changed.items() if "kind" in names]):
        Asset.objects.bulk_update(
            [known[key] for key, names in changed.items() if names], ["kind", "title"], batch_size=200
        )
    rows = known | {_key(row): row for row in Asset.objects.bulk_create(new, batch_size=BATCH)}
    given = _give({rows[key]: customers[asset.customer] for key, asset in wanted.items() if asset.customer})
    put = _put({rows[key]: programmes[asset.programme] for key, asset in wanted.items() if asset.programme})
    catch_new(new)
    catch_new([known[key] for key, names in changed.items() if "title" in names], counted=True)
    said = {"customer": given, "programme": put}
    for (external_id, parent), row in rows.items():
        name = f"{parent}/{external_id}" if parent else external_id
        what = f"asset {connection.tenant.slug}/{connection.slug}/{name}"
        if (external_id, parent) in changed:
            report.note_rest(
                what, changed[external_id, parent] + [name for name, changed_by in said.items() if row in changed_by]
            )
        else:
            report.note_created(what)


def _key(asset: Asset) -> tuple[str, str]:
    return asset.external_id, asset.parent.external_id if asset.parent else ""


def _parents(connection: Connection, entry: ConnectionEntry) -> dict[str, Asset]:
    """Those that the file names, made as applications where they are not there yet."""
    names = {asset.parent for asset in entry.assets if asset.parent}
    found = {a.external_id: a for a in Asset.objects.filter(connection=connection, parent=None, external_id__in=names)}
    made = Asset.objects.bulk_create(
        Asset(
            tenant_id=connection.tenant_id,
            connection=connection,
            external_id=name,
            kind=Asset.Kind.APPLICATION,
            title=name[:500],
        )
        for name in sorted(names - found.keys())
    )
    return found | {asset.external_id: asset for asset in made}


def _give(wanted: Mapping[Asset, Customer]) -> set[Asset]:
    """By hand: always where nobody had the asset before, else from today on. Returns the assets whose customer that sets."""
    rows: defaultdict[int, list[Assignment]] = defaultdict(list)
    for row in Assignment.objects.filter(asset__in=list(wanted)):
        rows[row.asset_id].append(row)
    groups: defaultdict[tuple[Customer, bool], list[Asset]] = defaultdict(list)
    for asset, customer in wanted.items():
        if not any(_says(row, customer) for row in rows[asset.pk]):
            groups[customer, bool(rows[asset.pk])].append(asset)
    given: set[Asset] = set()
    for (customer, has_history), assets in groups.items():
        given.update(assign_all(assets, customer, today(customer.tenant) if has_history else None))
    return given


def _put(wanted: Mapping[Asset, Programme]) -> set[Asset]:
    """By hand. Returns the assets whose programme that sets."""
    groups: defaultdict[Programme, list[Asset]] = defaultdict(list)
    for asset, programme in wanted.items():
        groups[programme].append(asset)
    return {asset for programme, assets in groups.items() for asset in put_into(assets, programme)}


def _says(row: Assignment, customer: Customer) -> bool:
    """True where the asset is the customer's today, by hand."""
    day = today(customer.tenant)
    is_today = (row.from_day is None or row.from_day <= day) and (row.to_day is None or day <= row.to_day)
    return is_today and row.rule_id is None and row.customer_id == customer.pk


def write_accesses(connection: Connection, entry: ConnectionEntry, report: Report) -> None:
    """An access is known by its media and the viewer's password, which no line of the report names."""
    if not entry.accesses:
        return
    assets = {
        asset.external_id: asset
        for asset in Asset.objects.filter(connection=connection, external_id__in={a.asset for a in entry.accesses})
    }
    known = {(row.asset_id, row.digest): row for row in PpvAccess.objects.filter(asset__in=list(assets.values()))}
    by_id = {asset.pk: asset for asset in assets.values()}
    for asset in assets.values():
        asset.connection = connection  # a password is bound to its address
    for stored in known.values():
        stored.asset = by_id[stored.asset_id]
    new: list[PpvAccess] = []
    for access in entry.accesses:
        asset = assets[access.asset]
        row = known.get((asset.pk, PpvAccess.digest_of(access.hash)))
        what = f"PPV access of {connection.tenant.slug}/{connection.slug}/{access.asset}"
        what += f" “{access.values['label']}”" if access.values.get("label") else ""
        if row is None:
            row = PpvAccess(tenant_id=connection.tenant_id, asset=asset, **access.values)
            row.hash = access.hash
            new.append(row)
            report.note_created(what)
            continue
        changed = set_all(row, access.values)
        if not has_password(row):
            row.hash = access.hash
            changed.append("sealed_hash")
        if changed:
            row.save(update_fields=changed)
        report.note_rest(what, changed)
    PpvAccess.objects.bulk_create(new, batch_size=BATCH)
