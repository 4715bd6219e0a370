"""The system checks of row-level security fire for what they are there for."""

import pytest
from django.apps import apps

from reporting.models import TenantModel
from reporting.tenancy import checks
from reporting.tenancy.checks import check_row_level_security, guarded_tables
from tests.support.tenancy import owner, sql


@pytest.mark.django_db
def test_it_works() -> None:
    assert check_row_level_security(["default"]) == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    "opened",
    [
        "DROP POLICY tenant ON reporting_customer",
        "ALTER TABLE reporting_customer DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE reporting_customer NO FORCE ROW LEVEL SECURITY",
    ],
)
def test_e001_a_table_without_its_policy(opened: str) -> None:
    with owner():
        sql(opened)
    (message,) = check_row_level_security(["default"])
    assert message.id == "viewledger.E001"
    assert "reporting_customer" in message.msg


@pytest.mark.django_db
def test_e002_the_login_role_owns_a_table() -> None:
    sql("CREATE TEMPORARY TABLE reporting_restatement (tenant_id int)")  # anywhere: it is found by its name
    assert {message.id for message in check_row_level_security(["default"])} == {"viewledger.E002"}


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["pg_monitor", "session_user"], ids=["can't become it", "inherits it"])
def test_e003_the_login_role_is_no_proper_member_of_staff(monkeypatch: pytest.MonkeyPatch, role: str) -> None:
    monkeypatch.setattr(checks, "STAFF_ROLE", sql("SELECT session_user")[0][0] if role == "session_user" else role)
    (message,) = check_row_level_security(["default"])
    assert message.id == "viewledger.E003"
    assert message.hint


def test_every_model_with_a_tenant_is_guarded() -> None:
    tables = {
        model._meta.db_table
        for model in apps.get_app_config("reporting").get_models()
        if issubclass(model, TenantModel)
    }
    assert tables <= set(guarded_tables())
    assert len(tables) == 22
