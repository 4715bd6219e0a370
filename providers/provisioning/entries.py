"""What each table of a provisioning file means. An entry holds what the file gives: a key that is left out leaves what is
stored as it is. Identities that are missing or wrong are empty, which was noted already.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError

from providers.provisioning.connections import ConnectionEntry, read_connection
from providers.provisioning.programmes import (
    ProgrammeEntry,
    ProgrammeRuleEntry,
    read_programme_rules,
    read_programmes,
)
from providers.provisioning.reading import Table, note_repetitions
from providers.provisioning.values import Wrong, column, flag, number, time_zone, word
from reporting.models import AssignmentRule, Customer, Membership, Tenant, User

KEYS = (
    "slug", "name", "time_zone", "users", "customers", "connections", "assignment_rules", "programmes", "programme_rules",
)  # fmt: skip


@dataclass
class UserEntry:
    table: Table
    email: str
    role: str
    customer: str
    password: str | None = field(repr=False)
    names: dict[str, Any]
    rights: dict[str, Any]


@dataclass
class CustomerEntry:
    table: Table
    slug: str
    values: dict[str, Any]


@dataclass
class RuleEntry:
    table: Table
    customer: str
    connection: str
    parent: str
    pattern: str
    values: dict[str, Any]


@dataclass
class TenantEntry:
    table: Table
    slug: str
    values: dict[str, Any]
    users: list[UserEntry]
    customers: list[CustomerEntry]
    connections: list[ConnectionEntry]
    rules: list[RuleEntry]
    programmes: list[ProgrammeEntry]
    programme_rules: list[ProgrammeRuleEntry]

    @property
    def programmes_named(self) -> Iterator[str]:
        """By its assets and rules."""
        yield from (asset.programme for connection in self.connections for asset in connection.assets)
        yield from (rule.programme for rule in self.programme_rules)


def read_tenants(file: Table) -> list[TenantEntry]:
    """All of the file; what is wrong is noted in its source."""
    file.only("tenants")
    file.require("tenants")
    tenants = [_tenant(table) for table in file.tables("tenants")]
    note_repetitions(((tenant.table, tenant.slug) for tenant in tenants), "tenant")
    return tenants


def _tenant(table: Table) -> TenantEntry:
    table.only(*KEYS)
    table.require("slug", "name")
    values = table.columns(Tenant, "name")
    if zone := table.read("time_zone", time_zone):
        values["time_zone"] = zone
    entry = TenantEntry(
        table,
        table.read("slug", column(Tenant, "slug")) or "",
        values,
        users=[_user(user) for user in table.tables("users")],
        customers=[_customer(customer) for customer in table.tables("customers")],
        connections=[read_connection(connection) for connection in table.tables("connections")],
        rules=[_rule(rule) for rule in table.tables("assignment_rules")],
        programmes=read_programmes(table),
        programme_rules=read_programme_rules(table),
    )
    note_repetitions(((user.table, user.email) for user in entry.users), "user")
    note_repetitions(((customer.table, customer.slug) for customer in entry.customers), "customer")
    note_repetitions(((connection.table, connection.slug) for connection in entry.connections), "connection")
    note_repetitions(
        (
            (rule.table, (rule.customer, rule.connection, rule.parent, rule.pattern))
            for rule in entry.rules
            if rule.pattern
        ),
        "rule",
    )
    return entry


def _user(table: Table) -> UserEntry:
    table.only("email", "role", "customer", "password", "first_name", "last_name", "personal_data")
    table.require("email", "role")
    role = table.read("role", column(Membership, "role")) or ""
    customer = table.read("customer") or ""
    if role == Membership.Role.CUSTOMER and "customer" not in table.values:
        table.problem('the role customer needs a customer; add customer = "slug".')
    if role and role != Membership.Role.CUSTOMER and customer:
        table.problem(
            f"the role {role} sees every customer; take this key out, or write role = “customer”.", "customer"
        )
    password = table.read("password")
    if password == "":
        table.problem("the password is empty; give one.", "password")
    return UserEntry(
        table,
        (table.read("email", column(User, "email")) or "").lower(),
        role,
        customer,
        password,
        table.columns(User, "first_name", "last_name"),
        _personal_data(table),
    )


def _personal_data(table: Table) -> dict[str, Any]:
    given = table.read("personal_data", flag)
    return {} if given is None else {"sees_personal_data": given}


def _customer(table: Table) -> CustomerEntry:
    table.only("slug", "name", "cost_view", "cost_markup", "personal_data")
    table.require("slug", "name")
    values = table.columns(Customer, "name") | _costs(table) | _personal_data(table)
    return CustomerEntry(table, table.read("slug", column(Customer, "slug")) or "", values)


def _costs(table: Table) -> dict[str, Any]:
    """Both keys go together, so that a view never gets the markup of another."""
    values = table.columns(Customer, "cost_view")
    markup = table.read("cost_markup", _markup)
    is_given, view = "cost_markup" in table.values, values.get("cost_view")
    if view == Customer.CostView.MARKUP and not is_given:
        table.problem("costs with a markup need one; add cost_markup = 15, in per cent.", "cost_view")
    if is_given and "cost_view" not in table.values:
        table.problem('a markup is for costs that are shown with one; add cost_view = "markup".', "cost_markup")
    elif is_given and view and view != Customer.CostView.MARKUP:
        table.problem(f"costs that are {view} have no markup; take this key out.", "cost_markup")
    return values | {"cost_markup": markup} if values else {}


def _markup(value: Any, folder: Path) -> Decimal:
    """As many digits, and as large, as the column takes."""
    field = Customer._meta.get_field("cost_markup")
    try:
        return Decimal(field.clean(number(value, folder), None))
    except ValidationError as error:
        raise Wrong(" ".join(error.messages)) from None


def _rule(table: Table) -> RuleEntry:
    table.only("customer", "connection", "parent", "pattern", "priority")
    table.require("customer", "pattern")
    return RuleEntry(
        table,
        table.read("customer", word) or "",
        table.read("connection", word) or "",
        table.read("parent", column(AssignmentRule, "parent")) or "",
        table.read("pattern", column(AssignmentRule, "pattern")) or "",
        table.columns(AssignmentRule, "priority"),
    )
