"""Puts a provisioning file into the database, all or nothing: tenants, people, customers, connections, programmes, rules."""

from math import ceil
from pathlib import Path

from django.db import connection as database
from django.db import transaction
from django.utils import timezone

from providers.connections.account import opened, passwords_closed, same_account
from providers.pipeline import chosen_progress, request_costs
from providers.provisioning.belongings import write_accesses, write_assets
from providers.provisioning.connections import ConnectionEntry
from providers.provisioning.entries import RuleEntry, TenantEntry, read_tenants
from providers.provisioning.people import write_people
from providers.provisioning.programmes import apply_rules, write_programmes
from providers.provisioning.programmes import write_rules as write_programme_rules
from providers.provisioning.reading import open_file
from providers.provisioning.references import check_references
from providers.provisioning.report import Report, set_all
from reporting.ledger.assignments import apply_rule
from reporting.models import AssignmentRule, Connection, Customer, Tenant
from reporting.tenancy.scoping import all_tenants, tenant_scope

MOST_NAMED = 20  # feeds in a line
LOCK = 0x766C70  # "vlp": two runs at once would both find a row missing
SAVED_TOO = ("sealed_credentials", "sealed_session", "state", "state_message")


def provision(path: Path, dry_run: bool = False) -> Report:
    """Returns what was done, or with `dry_run` what would be. Raises WrongFile with every problem; then nothing is."""
    file = open_file(path)
    tenants = read_tenants(file)
    report = Report(file.source.warnings, dry_run)
    with all_tenants():
        with database.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        check_references(tenants)
        file.source.stop_if_wrong()
        for entry in tenants:
            _write_tenant(entry, report)
        if dry_run:
            transaction.set_rollback(True)
    return report


def _write_tenant(entry: TenantEntry, report: Report) -> None:
    tenant = Tenant.objects.filter(slug=entry.slug).first() or Tenant(slug=entry.slug)
    report.put(f"tenant {tenant.slug}", tenant, entry.values)
    with tenant_scope(tenant):
        for customer in entry.customers:
            row = Customer.objects.filter(slug=customer.slug).first() or Customer(tenant=tenant, slug=customer.slug)
            report.put(f"customer {tenant.slug}/{row.slug}", row, customer.values)
    write_people(tenant, entry, report)
    with tenant_scope(tenant):
        connections = [_write_connection(tenant, connection, report) for connection in entry.connections]
        changed = [rule for rule in (_write_rule(tenant, rule, report) for rule in entry.rules) if rule]
        programmes = write_programmes(tenant, entry.programmes, entry.programmes_named, report)
        changed_too = list(write_programme_rules(tenant, entry.programme_rules, programmes, report))
        customers = {customer.slug: customer for customer in Customer.objects.select_related("tenant")}
        for connection, stored in zip(entry.connections, connections, strict=True):
            write_assets(stored, connection, customers, programmes, report)
            write_accesses(stored, connection, report)
            _warn_of_double_count(stored, connection)
            _warn_of_closed_passwords(stored, connection)
            _tell_costs(stored, connection, report)
        for rule in changed:
            if given := apply_rule(rule):
                report.say("move", f"{len(given)} assets of {tenant.slug} to the customers that the rules now name")
        apply_rules(tenant, changed_too, report)


def _write_connection(tenant: Tenant, entry: ConnectionEntry, report: Report) -> Connection:
    assert entry.provider
    row = Connection.objects.select_for_update(of=["self"]).filter(slug=entry.slug).select_related("tenant").first()
    what, values = f"connection {tenant.slug}/{entry.slug}", dict(entry.values)
    if row is None or row.provider != entry.provider.slug:
        values.setdefault("time_zone", entry.provider.time_zone)
    if row is None:
        row = Connection(tenant=tenant, slug=entry.slug, **values)
        row.credentials = entry.credentials
        row.save()
        report.note_created(what)
        return row
    changed = set_all(row, values)
    if opened(row) != entry.credentials:
        changed.append("credentials")
    if row.state == Connection.State.DELETED or (changed and row.state == Connection.State.NEEDS_ATTENTION):
        row.state, row.state_message = Connection.State.ACTIVE, ""
        changed.append("state")
    if changed:
        row.credentials = entry.credentials  # ends the session too, which may be another address's
        row.save(update_fields=[*(values.keys() & set(changed)), *SAVED_TOO])
    report.note_rest(what, changed)
    return row


def _write_rule(tenant: Tenant, entry: RuleEntry, report: Report) -> AssignmentRule | None:
    """The rule, if it is to be applied."""
    key = {
        "customer": Customer.objects.get(slug=entry.customer),
        "connection": Connection.objects.get(slug=entry.connection) if entry.connection else None,
        "parent": entry.parent,
        "pattern": entry.pattern,
    }
    row = AssignmentRule.objects.filter(**key).first() or AssignmentRule(tenant=tenant, **key)
    return row if report.put(f"rule {tenant.slug}/{entry.customer} “{entry.pattern}”", row, entry.values) else None


def _tell_costs(row: Connection, entry: ConnectionEntry, report: Report) -> None:
    """What the named feeds cost with the assets that there are; and where the provider's limit can't carry them."""
    assert entry.provider
    chosen_progress.settle(row, entry.provider)
    now = timezone.now()
    if text := request_costs.warning(row, now):
        entry.table.warn(text)
    if not row.feeds:
        return
    costs = request_costs.costs_of(row, now)
    named = [cost for cost in costs.feeds if cost.is_chosen]
    each = ", ".join(f"{cost.feed.name} {ceil(cost.requests):,}" for cost in named[:MOST_NAMED])
    more = f", and {len(named) - MOST_NAMED} more" if len(named) > MOST_NAMED else ""
    report.say("schedule", f"{costs.total:,} requests a day for {row.tenant.slug}/{row.slug}: {each}{more}")


def _warn_of_double_count(row: Connection, entry: ConnectionEntry) -> None:
    others = Connection.objects.exclude(state=Connection.State.DELETED)
    if twins := same_account(row, others):
        names = ", ".join(twin.slug for twin in twins)
        entry.table.warn(f"this connection leads to the same account as {names}: what both fetch counts twice.")


def _warn_of_closed_passwords(row: Connection, entry: ConnectionEntry) -> None:
    if "base_url" in entry.table.values and (closed := passwords_closed(row)):
        entry.table.warn(
            f"{closed} viewers' passwords are of another address; they are not sent until this file gives them."
        )
