"""`manage.py provision`: assets under what holds them, and rules that name it."""

from reporting.models import Asset, Assignment, AssignmentRule, Tenant
from reporting.tenancy.scoping import all_tenants, tenant_scope
from tests.support.provisioning import ACME, Provision, provision

__all__ = ["provision"]  # a fixture

CDN = """
  [[tenants.connections]]
  slug = "cdn"
  name = "ScaleEngine"
  provider = "scaleengine"
  history_from = 2026-01-01
  credentials = { cdn = "158", api_key = "key", secret = "secret" }
  options = { apps = ["app-one", "app-two"] }
    [[tenants.connections.assets]]
    external_id = "live/final"
    parent = "app-one"
    kind = "video"
    customer = "fc-norte"
    [[tenants.connections.assets]]
    external_id = "live/final"
    parent = "app-two"
    kind = "video"
  [[tenants.assignment_rules]]
  customer = "fc-norte"
  parent = "app-t*"
  pattern = "*"
"""
BOTH = ACME.replace("  [[tenants.assignment_rules]]", CDN + "  [[tenants.assignment_rules]]", 1)


def streams() -> dict[tuple[str, str], tuple[str, bool]]:
    """(application, stream) -> its customer, and whether a rule gave it."""
    with all_tenants():
        acme = Tenant.objects.get(slug="acme")
    with tenant_scope(acme):
        held = Assignment.objects.select_related("asset__parent", "customer").exclude(asset__parent=None)
        return {
            (a.asset.parent.external_id, a.asset.external_id): (a.customer.slug, a.rule_id is not None) for a in held
        }


def test_it_works(provision: Provision) -> None:
    """Two of one name are two assets; what holds them is made; a second run changes nothing."""
    said = provision(text=BOTH)
    assert "created asset acme/cdn/app-one/live/final\n" in said
    wanted = {("app-one", "live/final"): ("fc-norte", False), ("app-two", "live/final"): ("fc-norte", True)}
    assert streams() == wanted
    with all_tenants():
        assert set(Asset.objects.filter(kind="application").values_list("external_id", "parent")) == {
            ("app-one", None),
            ("app-two", None),
        }
        assert AssignmentRule.objects.filter(parent="app-t*").count() == 1
    again = provision(text=BOTH)
    assert "0 created, 0 updated" in again
    assert streams() == wanted


def test_the_only_application_need_not_be_named(provision: Provision) -> None:
    lone = BOTH.replace('["app-one", "app-two"]', '["app-one"]').replace('    parent = "app-one"\n', "")
    provision(text=lone.replace('    parent = "app-two"\n', '    parent = "app-elsewhere"\n'))
    assert ("app-one", "live/final") in streams()
