"""Tenancy at both layers: django-scopes refuses a query without a scope, and PostgreSQL hides the rows even from raw SQL.

Alice and Bob are tenants; Charlie is a person whom both invited.
"""

from contextlib import suppress
from typing import Any

import pytest
from django.db import IntegrityError, connection, migrations, models
from django.db.migrations.executor import MigrationExecutor
from django_scopes import ScopeError

from reporting.models import ApiToken, Customer, Membership, Tenant, User
from reporting.tenancy.checks import guarded_tables
from reporting.tenancy.scoping import STAFF_ROLE, all_tenants, current_tenant_id, tenant_scope
from tests.support.tenancy import one_of_everything, owner, refused, sql


@pytest.fixture
def norte(alice: Tenant) -> Customer:
    with tenant_scope(alice):
        return Customer.objects.create(tenant=alice, slug="norte", name="FC Norte")


@pytest.fixture
def sur(bob: Tenant) -> Customer:
    with tenant_scope(bob):
        return Customer.objects.create(tenant=bob, slug="sur", name="FC Sur")


def test_it_works(alice: Tenant, norte: Customer, sur: Customer) -> None:
    with tenant_scope(alice):
        assert list(Customer.objects.all()) == [norte]
        assert sql("SELECT slug FROM reporting_customer") == [("norte",)]
        assert current_tenant_id() == alice.pk
    assert current_tenant_id() is None


# --- Without a scope --------------------------------------------------------------------------------------------------


def test_without_a_scope_the_models_refuse(norte: Customer) -> None:
    with pytest.raises(ScopeError):
        Customer.objects.first()


@pytest.mark.parametrize("table", guarded_tables())
def test_without_a_scope_no_table_has_rows(alice: Tenant, bob: Tenant, table: str) -> None:
    for tenant in (alice, bob):
        one_of_everything(tenant)
    with all_tenants():
        ((there,),) = sql(f"SELECT count(*) FROM {table}")
    assert there >= 2
    assert sql(f"SELECT count(*) FROM {table}") == [(0,)]
    assert sql(f"DELETE FROM {table}") == [(0,)]


def test_without_a_scope_nothing_can_be_inserted(alice: Tenant) -> None:
    with refused():
        sql("INSERT INTO reporting_customer (tenant_id, slug, name, created_at) VALUES (%s, 'x', 'X', now())", alice.pk)


# --- Alice and Bob ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", guarded_tables())
def test_alice_sees_none_of_bobs_rows(alice: Tenant, bob: Tenant, table: str) -> None:
    for tenant in (alice, bob):
        one_of_everything(tenant)
    column = "id" if table == "reporting_tenant" else "tenant_id"
    with tenant_scope(alice):
        assert sql(f"SELECT DISTINCT {column} FROM {table}") == [(alice.pk,)]
        assert sql(f"SELECT count(*) FROM {table} WHERE {column} = %s", bob.pk) == [(0,)]


def test_alice_changes_none_of_bobs_rows(alice: Tenant, sur: Customer) -> None:
    with tenant_scope(alice):
        assert Customer.objects.filter(pk=sur.pk).update(name="mine") == 0
        assert sql("UPDATE reporting_customer SET name = 'mine' WHERE id = %s", sur.pk) == [(0,)]
        assert sql("DELETE FROM reporting_customer WHERE id = %s", sur.pk) == [(0,)]
    with all_tenants():
        sur.refresh_from_db()
    assert sur.name == "FC Sur"


def test_alice_makes_no_row_bobs(alice: Tenant, bob: Tenant, norte: Customer) -> None:
    with tenant_scope(alice):
        with refused():
            Customer.objects.create(tenant=bob, slug="x", name="X")
        with refused():
            sql("UPDATE reporting_customer SET tenant_id = %s WHERE id = %s", bob.pk, norte.pk)
        with refused():
            sql("INSERT INTO reporting_tenant (slug, name, time_zone, created_at) VALUES ('c', 'C', 'UTC', now())")


def test_charlie_is_one_person_with_two_memberships(alice: Tenant, bob: Tenant) -> None:
    charlie = User.objects.create_user("charlie@example.org", "long enough a password")
    for tenant in (alice, bob):
        with tenant_scope(tenant):
            Membership.objects.create(tenant=tenant, user=charlie, role="analyst")
    with tenant_scope(alice):
        assert [membership.tenant for membership in charlie.memberships.all()] == [alice]
    with all_tenants():
        assert charlie.memberships.count() == 2


# --- Nested, staff, after errors --------------------------------------------------------------------------------------


def test_nested_scopes_name_one_tenant(alice: Tenant, bob: Tenant, norte: Customer) -> None:
    with tenant_scope(alice), tenant_scope(alice.pk):
        assert Customer.objects.get() == norte
    with tenant_scope(alice), pytest.raises(RuntimeError, match="can't be opened inside it"), tenant_scope(bob):
        pass


def test_staff_sees_all_and_comes_back_from_a_tenant(alice: Tenant, norte: Customer, sur: Customer) -> None:
    with all_tenants():
        assert Customer.objects.count() == 2
        assert sql("SELECT current_user") == [(STAFF_ROLE,)]
        with tenant_scope(alice):
            assert list(Customer.objects.all()) == [norte]
            assert sql("SELECT current_user = session_user, count(*) FROM reporting_customer") == [(True, 1)]
        assert Customer.objects.count() == 2
        assert sql("SELECT count(*) FROM reporting_customer") == [(2,)]
    assert sql("SELECT current_user = session_user, current_setting('app.tenant', true)") == [(True, "")]


def test_the_tenants_scope_returns_after_staff(alice: Tenant, norte: Customer, sur: Customer) -> None:
    with tenant_scope(alice):
        with all_tenants():
            assert Customer.objects.count() == 2
        assert list(Customer.objects.all()) == [norte]
        assert sql("SELECT slug FROM reporting_customer") == [("norte",)]


def test_an_error_undoes_and_restores_the_outer_scope(alice: Tenant, norte: Customer, sur: Customer) -> None:
    with all_tenants():
        with suppress(ZeroDivisionError), tenant_scope(alice):
            Customer.objects.update(name="changed")
            _ = 1 / 0
        assert sql("SELECT count(*) FROM reporting_customer WHERE name = 'changed'") == [(0,)]
        assert Customer.objects.count() == 2
    with pytest.raises(IntegrityError), tenant_scope(alice):
        Customer.objects.create(tenant=alice, slug="norte", name="a second one")
    assert current_tenant_id() is None
    assert sql("SELECT count(*) FROM reporting_customer") == [(0,)]


@pytest.mark.django_db(transaction=True)
def test_nothing_stays_open_after_the_transaction(alice: Tenant) -> None:
    """The next one may be another tenant's, on the same pooled connection."""
    for scope in (tenant_scope(alice), all_tenants()):
        with scope:
            assert Tenant.objects.count() == 1
        assert sql("SELECT count(*) FROM reporting_tenant") == [(0,)]
        assert sql("SELECT current_user = session_user, coalesce(current_setting('app.tenant', true), '')") == [
            (True, "")
        ]


# --- The owner of the tables ------------------------------------------------------------------------------------------


def test_a_data_migration_reaches_all_tenants(alice: Tenant, bob: Tenant, norte: Customer, sur: Customer) -> None:
    """A new foreign key, filled for both tenants and checked under policies, by the role that `migrate` acts as."""
    with all_tenants():
        for tenant in (alice, bob):
            ApiToken.issue(tenant=tenant)
        sql("SET CONSTRAINTS ALL IMMEDIATE")

    def fill(registry: Any, editor: Any) -> None:
        token, customer = (registry.get_model("reporting", name)._base_manager for name in ("ApiToken", "Customer"))
        for row in token.all():
            token.filter(pk=row.pk).update(first=customer.get(tenant_id=row.tenant_id))

    class Later(migrations.Migration):
        operations = [
            migrations.AddField(
                "apitoken",
                "first",
                models.ForeignKey("reporting.Customer", models.CASCADE, null=True, related_name="+"),
            ),
            migrations.RunPython(fill),
        ]

    state = MigrationExecutor(connection).loader.project_state()
    with owner(), connection.schema_editor() as editor:
        Later("later", "reporting").apply(state, editor)
    with all_tenants():
        assert sql("SELECT tenant_id, first_id FROM reporting_apitoken ORDER BY tenant_id") == [
            (alice.pk, norte.pk),
            (bob.pk, sur.pk),
        ]
    with tenant_scope(alice), refused(IntegrityError):
        sql("UPDATE reporting_apitoken SET first_id = 0")
        sql("SET CONSTRAINTS ALL IMMEDIATE")


def test_deleting_a_tenant_deletes_all_of_its_rows(alice: Tenant, bob: Tenant) -> None:
    for tenant in (alice, bob):
        one_of_everything(tenant)
    gone = alice.pk
    with all_tenants():
        alice.delete()
        sql("SET CONSTRAINTS ALL IMMEDIATE")
        for table in guarded_tables():
            column = "id" if table == "reporting_tenant" else "tenant_id"
            left = sql(f"SELECT count(*) FILTER (WHERE {column} = %s), count(*) FROM {table}", gone)
            assert left[0][0] == 0, table
            assert left[0][1] > 0, f"Bob's rows of {table} went too"
