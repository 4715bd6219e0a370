"""`manage.py provision`: what a right file does. `test_provision_refusals.py` has the wrong ones."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from django.core.management import call_command

from reporting.encryption import new_key
from reporting.ledger.assignments import today
from reporting.models import (
    Asset,
    Assignment,
    AssignmentRule,
    Connection,
    Customer,
    Membership,
    PpvAccess,
    Tenant,
    User,
)
from reporting.tenancy.scoping import all_tenants, tenant_scope
from tests.support.provisioning import ACME, PPV_PASSWORD, SECRETS, Provision, provision

__all__ = ["provision"]  # a fixture

DAY = timedelta(days=1)


def acme() -> Tenant:
    with all_tenants():
        return Tenant.objects.get(slug="acme")


def test_it_works(provision: Provision) -> None:
    said = provision()
    assert "created connection acme/boom\n" in said
    assert said.endswith("8 created, 0 updated, 0 unchanged.\n")
    with tenant_scope(acme()) as tenant_id:
        connection = Connection.objects.get()
        assert connection.credentials == {"apikey": SECRETS["BOOMSTREAM_KEY"]}
        assert connection.options == {"project": "all"}
        assert (connection.time_zone, connection.currency) == ("Europe/Moscow", "EUR")
        assert (connection.base_url, connection.history_from) == ("http://127.0.0.1:9000/boomstream", date(2026, 1, 1))
        access = PpvAccess.objects.get()
        assert (access.hash, access.label, access.asset.external_id) == (PPV_PASSWORD, "order 1001", "XXXXXXXX")
        membership = Membership.objects.select_related("user").get()
        assert (membership.role, membership.user.email) == ("manager", "olga@acme.example")
        assert membership.user.check_password(SECRETS["OLGA_PASSWORD"])
        owners = {
            row.asset.external_id: (row.customer.slug, row.rule_id is not None) for row in Assignment.objects.all()
        }
        assert owners == {"XXXXXXXX": ("fc-norte", False), "final-2": ("fc-norte", True)}
        assert AssignmentRule.objects.get().priority == 10
        assert tenant_id


def test_a_second_run_changes_nothing(provision: Provision) -> None:
    provision()
    with all_tenants():
        before = [list(model.objects.values()) for model in (Tenant, User, Connection, Asset, Assignment, PpvAccess)]
    assert provision() == "Nothing changed: 0 created, 0 updated, 8 unchanged.\n"
    with all_tenants():
        assert before == [
            list(model.objects.values()) for model in (Tenant, User, Connection, Asset, Assignment, PpvAccess)
        ]


def test_a_dry_run_says_the_same_and_changes_nothing(provision: Provision) -> None:
    said = provision(dry_run=True)
    assert "would create tenant acme\n" in said
    assert said.endswith("It would be 8 created, 0 updated, 0 unchanged.\n")
    assert not User.objects.exists()
    with all_tenants():
        assert not Tenant.objects.exists()


def test_what_the_file_changes_is_updated_and_the_rest_stays(provision: Provision, tmp_path: Path) -> None:
    provision()
    with tenant_scope(acme()):
        Connection.objects.update(lookback_days=9, state="needs_attention", state_message="refused", sealed_session="x")
    said = provision(
        ('"env:BOOMSTREAM_KEY"', '"another key"'),
        ('"FC Norte"', '"FC Norte 1912"'),
        ('"The final"', '"The grand final"'),
        ("priority = 10", "priority = 11"),
        ('label = "order 1001"', 'label = "order 1002"'),
    )
    for line in (
        "updated connection acme/boom (credentials, state)",
        "updated customer acme/fc-norte (name)",
        "updated asset acme/boom/XXXXXXXX (title)",
        "updated rule acme/fc-norte “final-*” (priority)",
        "updated PPV access of acme/boom/XXXXXXXX “order 1002” (label)",
        "0 created, 5 updated, 3 unchanged.",
    ):
        assert line in said.splitlines()
    with tenant_scope(acme()):
        connection = Connection.objects.get()
        assert (connection.credentials, connection.session) == ({"apikey": "another key"}, {})
        assert (connection.state, connection.state_message, connection.lookback_days) == ("active", "", 9)


def test_secrets_that_no_key_opens_are_sealed_anew(provision: Provision, settings: object) -> None:
    provision()
    settings.CREDENTIALS_KEYS = [new_key()]  # type: ignore[attr-defined]
    assert "1 unchanged" not in provision()
    with tenant_scope(acme()):
        assert Connection.objects.get().credentials == {"apikey": SECRETS["BOOMSTREAM_KEY"]}
        assert PpvAccess.objects.get().hash == PPV_PASSWORD


def test_an_assets_customer_changes_from_today_on(provision: Provision) -> None:
    provision()
    sur = '  [[tenants.customers]]\n  slug = "sur"\n  name = "FC Sur"\n  [[tenants.connections]]'
    change = (("  [[tenants.connections]]", sur), ('    customer = "fc-norte"\n    [[', '    customer = "sur"\n    [['))
    assert "updated asset acme/boom/XXXXXXXX (customer)" in provision(*change)
    assert provision(*change).startswith("Nothing changed")
    with tenant_scope(acme()) as tenant:
        now = today(Tenant.objects.get(pk=tenant))
        rows = Assignment.objects.filter(asset__external_id="XXXXXXXX").values_list(
            "customer__slug", "from_day", "to_day"
        )
        assert list(rows) == [("fc-norte", None, now - DAY), ("sur", now, None)]


def test_a_new_rule_with_precedence_takes_its_assets(provision: Provision) -> None:
    provision()
    rule = '  [[tenants.assignment_rules]]\n  customer = "sur"\n  pattern = "final-2"\n  priority = 11\n'
    said = provision(
        (
            "  [[tenants.connections]]",
            '  [[tenants.customers]]\n  slug = "sur"\n  name = "FC Sur"\n  [[tenants.connections]]',
        ),
        text=ACME + rule,
    )
    assert "moved 1 assets of acme" in said
    with tenant_scope(acme()):
        last = Assignment.objects.filter(asset__external_id="final-2").latest("from_day")
        assert Assignment.objects.filter(asset__external_id="final-2").count() == 2
        assert last.rule is not None


def test_a_person_of_two_tenants_keeps_password_and_name(provision: Provision, bob: Tenant) -> None:
    person = User.objects.create_user("olga@acme.example", "bobs own password", first_name="Olga")
    with tenant_scope(bob):
        Membership.objects.create(tenant=bob, user=person, role="analyst")
    said = provision(('role = "manager"', 'role = "analyst"\n  first_name = "Eve"'))
    assert "line 6, tenants[0].users[0]: first_name, password stay as they are" in said
    assert "created user acme/olga@acme.example" in said
    person.refresh_from_db()
    assert person.check_password("bobs own password")
    assert person.first_name == "Olga"
    with tenant_scope(bob):
        assert Membership.objects.get().role == "analyst"


def test_a_person_of_this_tenant_alone_gets_a_new_password(
    provision: Provision, monkeypatch: pytest.MonkeyPatch
) -> None:
    provision()
    monkeypatch.setenv("OLGA_PASSWORD", "another long password")
    assert "updated user acme/olga@acme.example (password)" in provision()
    assert User.objects.get().check_password("another long password")
    User.objects.update(is_staff=True)
    monkeypatch.setenv("OLGA_PASSWORD", "yet another password")
    assert "password stay as they are" in provision()
    assert User.objects.get().check_password("another long password")


def test_a_weak_password_is_set_with_a_warning(provision: Provision, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLGA_PASSWORD", "short")
    said = provision()
    assert "warning: acme.toml line 9, tenants[0].users[0].password: a weak password" in said
    assert "short\n" not in said


def test_two_connections_to_one_account_get_a_warning(provision: Provision) -> None:
    again = ACME[ACME.index("  [[tenants.connections]]") : ACME.index("    [[tenants.connections.assets]]")]
    said = provision(text=ACME + again.replace('"boom"', '"again"'))
    assert "tenants[0].connections[1]: this connection leads to the same account as boom" in said
    assert "warning" not in provision(text=ACME + again.replace('"boom"', '"again"').replace("env:BOOM", "other:BOOM"))


def test_numbers_do_for_texts_and_lists_come_from_the_environment(
    provision: Provision, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("APPS", "demo-origin, live")
    start = ACME[: ACME.index("  [[tenants.connections]]")]
    scale = """
  [[tenants.connections]]
  slug = "scale"
  name = "ScaleEngine"
  provider = "scaleengine"
  history_from = "2026-01-01"
  lookback_days = 5
  sync_every = "06:00:00"
  reread_every = "7 00:00:00"
  credentials = { cdn = 158, api_key = "k", secret = "s" }
  options = { apps = "env:APPS" }
"""
    provision(text=start + scale)
    with tenant_scope(acme()):
        connection = Connection.objects.get()
        assert connection.credentials["cdn"] == "158"
        assert connection.options == {"apps": ["demo-origin", "live"]}
        assert (connection.lookback_days, connection.time_zone) == (5, "UTC")
        assert (connection.sync_every, connection.reread_every) == (timedelta(hours=6), timedelta(days=7))


def test_thousands_of_assets_are_quick(provision: Provision, django_assert_max_num_queries: object) -> None:
    many = "".join(
        f'[[tenants.connections.assets]]\nexternal_id = "a{n}"\nkind = "video"\ncustomer = "fc-norte"\n'
        for n in range(2000)
    )
    text = ACME.replace("    [[tenants.connections.ppv_accesses]]", many + "    [[tenants.connections.ppv_accesses]]")
    with django_assert_max_num_queries(250):  # type: ignore[operator]
        assert "2008 created" in provision(text=text)
    with django_assert_max_num_queries(250):  # type: ignore[operator]
        assert "2008 unchanged" in provision(text=text)
    with tenant_scope(acme()):
        assert Assignment.objects.filter(customer=Customer.objects.get()).count() == 2002


def test_the_commands_own_output_holds_no_secret(provision: Provision) -> None:
    said = provision() + provision(('"env:BOOMSTREAM_KEY"', '"typed-in-key-4711"'))
    for secret in (*SECRETS.values(), PPV_PASSWORD, "typed-in-key-4711"):
        assert secret not in said


def test_the_command_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        call_command("provision", "--help")
    assert "--dry-run" in capsys.readouterr().out
