"""What only the database can tell of a provisioning file: names of other rows, what is fixed, who exists already. Changes
nothing; runs with every tenant's rows open.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from django.core.exceptions import ValidationError

from providers.connections.account import leads_elsewhere
from providers.provisioning.connections import AssetEntry, ConnectionEntry
from providers.provisioning.entries import RuleEntry, TenantEntry, UserEntry
from providers.provisioning.reading import Table
from providers.toolkit import feed_choice
from reporting.models import Asset, Connection, Customer, Tenant, User


@dataclass
class KnownNames:
    """What a tenant has, or will have by this file."""

    customers: set[str]
    connections: set[str]
    stored: dict[str, Connection]


def check_references(tenants: Iterable[TenantEntry]) -> None:
    """Notes every problem in the file's source."""
    invited: set[str] = set()
    for entry in tenants:
        tenant = Tenant.objects.filter(slug=entry.slug).first()
        names = _names(entry, tenant)
        _check_customers(entry, names)
        _check_people(entry, invited)
        for rule in entry.rules:
            _known(rule.table, "connection", rule.connection, names.connections, "connections")
        for programme_rule in entry.programme_rules:
            _known(programme_rule.table, "connection", programme_rule.connection, names.connections, "connections")
        for connection in entry.connections:
            _check_accesses(connection, names.stored.get(connection.slug))
            _check_feeds(connection, names.stored.get(connection.slug))
            if connection.slug in names.stored:
                _check_fixed(connection, names.stored[connection.slug])


def _names(entry: TenantEntry, tenant: Tenant | None) -> KnownNames:
    stored = {connection.slug: connection for connection in Connection.objects.filter(tenant=tenant)}
    customers = set(Customer.objects.filter(tenant=tenant).values_list("slug", flat=True))
    return KnownNames(
        customers | {customer.slug for customer in entry.customers},
        set(stored) | {connection.slug for connection in entry.connections},
        stored,
    )


def _known(table: Table, key: str, slug: str, known: set[str], tables: str) -> None:
    if slug and slug not in known:
        near = get_close_matches(slug, known, 1)
        hint = f"did you mean {near[0]}?" if near else f"add it as [[tenants.{tables}]]."
        table.problem(f"this tenant has no such {key}; {hint}", key)


def _check_customers(entry: TenantEntry, names: KnownNames) -> None:
    assets = [asset for connection in entry.connections for asset in connection.assets]
    holders: list[UserEntry | AssetEntry | RuleEntry] = [*entry.users, *assets, *entry.rules]
    for holder in holders:
        _known(holder.table, "customer", holder.customer, names.customers, "customers")


def _check_people(entry: TenantEntry, invited: set[str]) -> None:
    """A new person needs a password; one of the file's tables is enough."""
    for user in entry.users:
        if user.password is not None:
            invited.add(user.email)
        elif user.email not in invited and "password" not in user.table.values and _is_new(user.email):
            user.table.problem('a new user needs a password; add password = "env:NAME" or "file:PATH".')


def _is_new(email: str) -> bool:
    return bool(email) and not User.objects.filter(email__iexact=email).exists()


def _check_accesses(entry: ConnectionEntry, stored: Connection | None) -> None:
    wanted = {access.asset for access in entry.accesses if access.asset}
    known = {asset.external_id for asset in entry.assets}
    if stored and wanted - known:
        found = Asset.objects.filter(connection=stored, external_id__in=wanted - known)
        known |= set(found.values_list("external_id", flat=True))
    for access in entry.accesses:
        _known(access.table, "asset", access.asset, known, "connections.assets")


def _check_feeds(entry: ConnectionEntry, stored: Connection | None) -> None:
    """By the options that the connection will have."""
    if entry.provider is None:
        return
    feeds = entry.values.get("feeds", stored.feeds if stored else [])
    options = entry.values.get("options", stored.options if stored else {})
    for complaint in feed_choice.complaints(entry.provider, feeds, options):
        entry.table.problem(complaint, "feeds" if "feeds" in entry.table.values else None)


def _check_fixed(entry: ConnectionEntry, stored: Connection) -> None:
    """`Connection.clean` on the row as it would become, and the account, which only the provider's declaration knows."""
    candidate = Connection.objects.get(pk=stored.pk)
    for name, value in entry.values.items():
        setattr(candidate, name, value)
    try:
        candidate.clean()
    except ValidationError as error:
        for key, messages in error.message_dict.items():
            remedy = "Put it back, or make a new connection with a slug of its own."
            entry.table.problem(f"{' '.join(messages)} {remedy}", key if key in entry.table.values else None)
    if (
        entry.provider is None
        or entry.provider.slug != stored.provider
        or entry.provider.check_credentials(entry.credentials)
    ):
        return
    if stored.has_facts() and leads_elsewhere(stored, entry.credentials, candidate.options):
        entry.table.problem("this leads to another account; its figures need a connection of their own.", "credentials")
