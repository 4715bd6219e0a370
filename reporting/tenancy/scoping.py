"""Tenancy, closed by default and opened in this one place.

Two layers guard every row of a tenant: django-scopes (a query without a scope raises) and PostgreSQL's row-level security
(a query without `app.tenant` finds nothing). Both are opened together, for one database step, by

    tenant_scope(tenant)   one tenant's rows
    all_tenants()          every row, for platform staff, log-in look-ups and the scheduler

Each opens a transaction, because `SET LOCAL` lives as long as one. Never hold one over HTTP or any other wait.
`row_level_security()` gives the migration operation that closes a table; `checks.py` fails for a table without it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

import django_scopes
from django.db import connection, migrations, transaction

if TYPE_CHECKING:
    from reporting.models import Tenant

OWNER_ROLE = "viewledger_owner"  # owns the tables; only migrations become it
STAFF_ROLE = "viewledger_staff"  # the second policy says `true` for it

# What the current transaction has been opened for: None (closed), a tenant's id, or "all".
_opened: ContextVar[int | str | None] = ContextVar("viewledger_opened", default=None)


def current_tenant_id() -> int | None:
    """The tenant whose scope is open, or None where no scope (or every tenant's) is."""
    opened = _opened.get()
    return opened if isinstance(opened, int) else None


@contextmanager
def tenant_scope(tenant: "Tenant | int") -> Iterator[int]:
    """Opens one tenant's rows in a transaction. Nested scopes must name the same tenant, or `all_tenants` be outside."""
    tenant_id = tenant if isinstance(tenant, int) else tenant.pk
    outer = _opened.get()
    if isinstance(outer, int) and outer != tenant_id:
        raise RuntimeError(f"The scope of tenant {outer} is open; tenant {tenant_id} can't be opened inside it.")
    with transaction.atomic(), django_scopes.scope(tenant=tenant_id), _open(tenant_id, outer):
        yield tenant_id


@contextmanager
def all_tenants() -> Iterator[None]:
    """Opens every tenant's rows in a transaction, as the database role `viewledger_staff`."""
    with transaction.atomic(), django_scopes.scopes_disabled(), _open("all", _opened.get()):
        yield


@contextmanager
def _open(what: int | str, outer: int | str | None) -> Iterator[None]:
    token = _opened.set(what)
    try:
        _tell_database(what)
        yield
        # After an error the rollback of the savepoint restores the outer settings by itself, and at the end of the transaction
        # (where there is no savepoint) they are gone: that saves a statement for each step.
        if what != outer and connection.savepoint_ids and not connection.needs_rollback:
            _tell_database(outer)
    finally:
        _opened.reset(token)


def _tell_database(opened: int | str | None) -> None:
    """`SET LOCAL` as a statement: `set_config()` does not reach the workers of a Citus cluster."""
    role = STAFF_ROLE if opened == "all" else "NONE"
    tenant = str(opened) if isinstance(opened, int) else ""
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {role}; SET LOCAL app.tenant = '{tenant}'")


def row_level_security(table: str, column: str = "tenant_id") -> migrations.RunSQL:
    """The migration operation that closes a table. The policy compares the column with the setting and nothing else:
    anything cleverer turns an index scan into a sequential one."""
    return migrations.RunSQL(
        sql=f"""
            ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
            ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
            CREATE POLICY tenant ON {table}
                USING ({column} = nullif(current_setting('app.tenant', true), '')::int);
            CREATE POLICY staff ON {table} TO {STAFF_ROLE}, {OWNER_ROLE} USING (true);
        """,
        reverse_sql=f"""
            DROP POLICY staff ON {table};
            DROP POLICY tenant ON {table};
            ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY;
            ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;
        """,
    )
