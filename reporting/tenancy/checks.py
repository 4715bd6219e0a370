"""System checks: a misconfiguration is reported at start, with an id and a hint.

E001  a model with a tenant has a table without row-level security
E002  the app's own role owns tables, is a superuser, or bypasses policies
E003  the app's role inherits the staff's policy, or can't become staff
E004  a page of a tenant does not say who may see it
"""

from collections.abc import Iterable, Iterator
from typing import Any

from django.apps import apps
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections
from django.db.backends.utils import CursorWrapper
from django.urls import URLPattern, URLResolver, get_resolver

from reporting.models import Tenant, TenantModel
from reporting.tenancy.decorators import opened_to
from reporting.tenancy.scoping import OWNER_ROLE, STAFF_ROLE

BOOTSTRAP_HINT = "Run reporting/bootstrap.sql as a superuser (docs/operations.md), then `manage.py migrate`."


def guarded_tables() -> list[str]:
    """The tables that must have a policy: the tenants' own, and that of every model with a tenant."""
    return [Tenant._meta.db_table] + [m._meta.db_table for m in apps.get_models() if issubclass(m, TenantModel)]


@register(Tags.database)
def check_row_level_security(databases: Iterable[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Runs with `check --database default` and before each `migrate`."""
    messages: list[CheckMessage] = []
    for alias in databases or []:
        with connections[alias].cursor() as cursor:
            messages += [*_open_tables(cursor), *_powers(cursor)]
    return messages


def _open_tables(cursor: CursorWrapper) -> list[CheckMessage]:
    cursor.execute(
        """
        SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity
               AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'tenant')
        FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relname = ANY(%s)
        """,
        [guarded_tables()],
    )
    return [
        Error(
            f"Table {table} holds tenants' rows and has no row-level security.",
            hint="Add `row_level_security(…)` from reporting/tenancy/scoping.py to the migration that creates it.",
            id="viewledger.E001",
        )
        for table, is_closed in cursor.fetchall()
        if not is_closed
    ]


def _powers(cursor: CursorWrapper) -> list[CheckMessage]:
    """What the role we log in as could do past the policies. `session_user`, since `migrate` becomes the owner."""
    cursor.execute(
        """
        SELECT r.rolname, r.rolsuper OR r.rolbypassrls,
               EXISTS (SELECT FROM pg_class c WHERE c.relowner = r.oid AND c.relname = ANY(%(tables)s)),
               (SELECT count(*) FROM pg_roles g WHERE g.rolname IN (%(staff)s, %(owner)s)
                AND pg_has_role(r.oid, g.oid, 'MEMBER') AND NOT pg_has_role(r.oid, g.oid, 'USAGE'))
        FROM pg_roles r WHERE r.rolname = session_user
        """,
        {"tables": guarded_tables(), "staff": STAFF_ROLE, "owner": OWNER_ROLE},
    )
    role, passes_policies, owns_tables, proper_memberships = cursor.fetchone()
    messages: list[CheckMessage] = []
    if passes_policies or owns_tables:
        messages.append(
            Error(
                f"The database role {role} is not held by row-level security: it owns tables or is a superuser.",
                hint=BOOTSTRAP_HINT,
                id="viewledger.E002",
            )
        )
    if proper_memberships != 2:
        messages.append(
            Error(
                f"The database role {role} must be able to become {STAFF_ROLE} and {OWNER_ROLE} without inheriting them.",
                hint=BOOTSTRAP_HINT,
                id="viewledger.E003",
            )
        )
    return messages


@register(Tags.urls)
def check_pages_are_opened(**kwargs: Any) -> list[CheckMessage]:
    """Such a page is 404 for everybody; here its author learns why."""
    return [
        Error(
            f"The page {route} does not say who may see it, so nobody may.",
            hint="Put @for_tenant, @for_customer or @for_members of reporting/tenancy/decorators.py on its view.",
            id="viewledger.E004",
        )
        for route, page in _addresses(get_resolver())
        if route.startswith("t/") and not opened_to(page.callback)
    ]


def _addresses(resolver: URLResolver, before: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in resolver.url_patterns:
        route = f"{before}{pattern.pattern}"
        if isinstance(pattern, URLResolver):
            yield from _addresses(pattern, route)
        else:
            yield route, pattern
