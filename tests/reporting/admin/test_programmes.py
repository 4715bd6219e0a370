"""Programmes in the console: made by hand, assets put into them, rules applied, suggestions accepted and dismissed."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from reporting.models import Asset, DismissedSuggestion, Programme, ProgrammeRule, Tenant, User
from reporting.tenancy.scoping import tenant_scope
from tests.support.factories import make_asset, make_connection, make_programme

ASSETS, SUGGESTED = "/admin/reporting/asset/", "/admin/programme-suggestions/"
NO_INLINES = {f"assets-{name}_FORMS": "0" for name in ("TOTAL", "INITIAL")}


@pytest.fixture
def copies(alice: Tenant) -> list[Asset]:
    """Of one title at two connections."""
    boom, smart = make_connection(alice), make_connection(alice, "smart", "smartstream")
    return [make_asset(boom, "f1", title="The Final"), make_asset(smart, "f2", title="the final!")]


def stored(asset: Asset) -> tuple[str | None, bool]:
    """Its programme, and whether it was put there by hand."""
    with tenant_scope(asset.tenant_id):
        found = Asset.objects.select_related("programme").get(pk=asset.pk)
        return found.programme and found.programme.slug, found.is_placed_by_hand


def errors(answer: Any) -> str:
    return str(answer.context["adminform"].form.errors)


def test_it_works(staff: Client, alice: Tenant) -> None:
    """By clicking from the console's first page: a programme is made, with tags."""
    assert reverse("admin:reporting_programme_changelist") in staff.get("/admin/").content.decode()
    form = {"tenant": alice.pk, "name": "The final", "slug": "final-2026", "tags": '{"series": "Cup"}'} | NO_INLINES
    assert staff.post("/admin/reporting/programme/add/", form).status_code == 302
    with tenant_scope(alice):
        programme = Programme.objects.get()
    assert (programme.slug, programme.tags) == ("final-2026", {"series": "Cup"})
    page = staff.get("/admin/reporting/programme/").content.decode()
    assert "series: Cup" in page
    assert "The final" in staff.get("/admin/reporting/programme/?q=cup").content.decode()
    assert "The final" not in staff.get("/admin/reporting/programme/?q=league").content.decode()


@pytest.mark.parametrize(
    ("slug", "tags", "says"),
    [
        ("-", "{}", "in no programme"),
        ("final", '["Cup"]', "object of words"),
        ("final", '{"series": 1}', "a word in quotes"),
        ("taken", "{}", "already exists"),
    ],
)
def test_refusals(staff: Client, alice: Tenant, slug: str, tags: str, says: str) -> None:
    make_programme(alice, "taken")
    form = {"tenant": alice.pk, "name": "The final", "slug": slug, "tags": tags} | NO_INLINES
    answer = staff.post("/admin/reporting/programme/add/", form)
    assert answer.status_code == 200
    assert says in errors(answer)


def test_its_page_lists_its_copies(staff: Client, alice: Tenant, copies: list[Asset]) -> None:
    programme = make_programme(alice, "final", copies[0])
    page = staff.get(f"/admin/reporting/programme/{programme.pk}/change/").content.decode()
    assert "f1" in page
    assert "f2" not in page
    answer = staff.post(f"/admin/reporting/programme/{programme.pk}/delete/", {"post": "yes"})
    assert answer.status_code == 302
    assert stored(copies[0])[0] is None


# --- An asset's form --------------------------------------------------------------------------------------------------


def form_of(asset: Asset, **changes: Any) -> dict[str, Any]:
    inline = {f"assignments-{name}_FORMS": "0" for name in ("TOTAL", "INITIAL")}
    return {"title": asset.title, "programme": "", "give_to": "", "first_day": "", "last_day": ""} | inline | changes


def test_an_asset_is_put_by_its_form(staff: Client, alice: Tenant, copies: list[Asset]) -> None:
    """No rule takes it out then; nor does one put it back where a person took it out."""
    programme, address = make_programme(alice, "final"), f"{ASSETS}{copies[0].pk}/change/"
    assert staff.post(address, form_of(copies[0], programme=programme.pk)).status_code == 302
    assert stored(copies[0]) == ("final", True)
    assert staff.post(address, form_of(copies[0])).status_code == 302
    assert stored(copies[0]) == (None, True)
    assert staff.post(f"{ASSETS}{copies[1].pk}/change/", form_of(copies[1], title="Other")).status_code == 302
    assert stored(copies[1]) == (None, False)


def test_a_new_asset_goes_by_the_rules_unless_the_form_says(staff: Client, alice: Tenant, copies: list[Asset]) -> None:
    final, gala = make_programme(alice, "final"), make_programme(alice, "gala")
    with tenant_scope(alice):
        ProgrammeRule.objects.create(tenant=alice, programme=final, pattern="new-*")
    fixed = {"tenant": alice.pk, "connection": copies[0].connection_id, "kind": "video"}
    for name, programme in (("new-1", ""), ("new-2", gala.pk)):
        form = form_of(copies[0], external_id=name, programme=programme) | fixed
        assert staff.post(f"{ASSETS}add/", form).status_code == 302
    with tenant_scope(alice):
        found = [Asset.objects.get(external_id=name) for name in ("new-1", "new-2")]
    assert [stored(asset) for asset in found] == [("final", False), ("gala", True)]


def test_what_an_assets_form_refuses(staff: Client, alice: Tenant, bob: Tenant, copies: list[Asset]) -> None:
    foreign, address = make_programme(bob, "secret"), f"{ASSETS}{copies[0].pk}/change/"
    answer = staff.post(address, form_of(copies[0], programme=foreign.pk))
    assert answer.status_code == 200
    assert "programme" in errors(answer)
    account = make_asset(copies[0].connection, "all", "account")
    answer = staff.post(f"{ASSETS}{account.pk}/change/", form_of(account, programme=make_programme(alice).pk))
    assert "no copy of" in errors(answer)
    assert [stored(asset)[0] for asset in (*copies, account)] == [None, None, None]


# --- Selected assets --------------------------------------------------------------------------------------------------


def act(staff: Client, assets: list[Asset], **more: Any) -> Any:
    selected = {"action": "put_into_programme", "_selected_action": [asset.pk for asset in assets]}
    return staff.post(ASSETS, selected | more, follow=True)


def test_selected_assets_are_put_together(staff: Client, alice: Tenant, copies: list[Asset]) -> None:
    programme = make_programme(alice, "final")
    page = act(staff, copies).content.decode()
    assert "the final!" in page
    assert stored(copies[0]) == (None, False)  # it asks first
    assert f'value="{programme.pk}"' in page
    for asset in copies:
        assert f'name="_selected_action" value="{asset.pk}"' in page
    answer = act(staff, copies, put="1", programme=programme.pk, name="")
    assert "2 assets are in “Final” now" in answer.content.decode()
    assert [stored(asset) for asset in copies] == [("final", True)] * 2
    act(staff, copies[:1], put="1", programme="", name="The Gala")
    assert [stored(asset)[0] for asset in copies] == ["the-gala", "final"]
    act(staff, copies[:1], put="1", programme="none", name="")
    assert stored(copies[0]) == (None, True)


def test_all_that_a_filter_finds_are_put(staff: Client, alice: Tenant, copies: list[Asset]) -> None:
    programme = make_programme(alice, "final")
    act(staff, copies[:1], select_across="1", put="1", programme=programme.pk, name="")
    assert [stored(asset)[0] for asset in copies] == ["final", "final"]


def test_what_selected_assets_are_not_put_into(staff: Client, alice: Tenant, bob: Tenant, copies: list[Asset]) -> None:
    foreign = make_programme(bob, "secret")
    theirs = make_asset(make_connection(bob, "bobs"), "x")
    account = make_asset(copies[0].connection, "all", "account")
    final = make_programme(alice, "final")
    wrong: list[tuple[list[Asset], dict[str, Any], str]] = [
        (copies, {"programme": foreign.pk, "name": ""}, "Select a valid choice"),
        (copies, {"programme": "", "name": ""}, "Choose a programme"),
        (copies, {"programme": final.pk, "name": "Gala"}, "Choose a programme"),
        ([*copies, account], {"programme": final.pk, "name": ""}, "no copy of"),
        ([*copies, account], {"programme": "", "name": "Gala"}, "no copy of"),
        ([*copies, theirs], {"programme": final.pk, "name": ""}, "of several tenants"),
    ]
    for assets, asked, says in wrong:
        assert says in act(staff, assets, put="1", **asked).content.decode()
    assert {stored(asset)[0] for asset in (*copies, theirs, account)} == {None}
    with tenant_scope(alice):
        assert list(Programme.objects.values_list("slug", flat=True)) == ["final"]


# --- Rules ------------------------------------------------------------------------------------------------------------


def test_a_rule_looks_at_what_is_there_where_asked(staff: Client, alice: Tenant, copies: list[Asset]) -> None:
    programme = make_programme(alice, "final")
    form = {
        "tenant": alice.pk,
        "programme": programme.pk,
        "connection": "",
        "parent": "",
        "pattern": "f*",
        "priority": "0",
    }
    assert staff.post("/admin/reporting/programmerule/add/", form).status_code == 302
    assert stored(copies[0]) == (None, False)
    with tenant_scope(alice):
        rule = ProgrammeRule.objects.get()
    chosen = {"action": "apply", "_selected_action": [rule.pk]}
    answer = staff.post("/admin/reporting/programmerule/", chosen, follow=True)
    assert "2 assets are in another programme now" in answer.content.decode()
    assert [stored(asset) for asset in copies] == [("final", False)] * 2
    changed = form | {"pattern": "f1", "apply_now": "on"}
    assert staff.post(f"/admin/reporting/programmerule/{rule.pk}/change/", changed).status_code == 302
    assert [stored(asset)[0] for asset in copies] == ["final", None]


def test_another_tenants_programme_is_refused_for_a_rule(staff: Client, alice: Tenant, bob: Tenant) -> None:
    foreign = make_programme(bob, "secret")
    form = {
        "tenant": alice.pk,
        "programme": foreign.pk,
        "connection": "",
        "parent": "",
        "pattern": "*",
        "priority": "0",
    }
    answer = staff.post("/admin/reporting/programmerule/add/", form)
    assert "belongs to Bob Broadcasting" in errors(answer)


# --- Suggestions ------------------------------------------------------------------------------------------------------


def button(page: str, name: str) -> dict[str, Any]:
    """What a browser sends of the first form with that button."""
    form = next(form for form in re.findall(r"<form.*?</form>", page, re.S) if f'name="{name}"' in form)
    fields: dict[str, Any] = {name: "1"}
    for field, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form):
        fields.setdefault(field, []).append(value)
    return fields


def test_a_suggestion_is_accepted_with_one_click(staff: Client, copies: list[Asset]) -> None:
    assert SUGGESTED in staff.get("/admin/").content.decode()
    page = staff.get(SUGGESTED).content.decode()
    assert "The Final" in page
    assert stored(copies[0]) == (None, False)
    answer = staff.post(SUGGESTED, button(page, "accept"), follow=True)
    assert "2 assets are in “" in answer.content.decode()
    assert [stored(asset) for asset in copies] == [("the-final", True)] * 2
    assert "Nothing is proposed" in answer.content.decode()
    again = staff.post(SUGGESTED, button(page, "accept"), follow=True)
    assert "not proposed any more" in again.content.decode()


def test_a_suggestion_is_dismissed_and_may_come_back(staff: Client, alice: Tenant, copies: list[Asset]) -> None:
    page = staff.get(SUGGESTED).content.decode()
    after = staff.post(SUGGESTED, button(page, "dismiss"), follow=True).content.decode()
    assert "Nothing is proposed" in after
    with tenant_scope(alice):
        assert DismissedSuggestion.objects.count() == 1
    assert "Nothing is proposed" not in staff.post(SUGGESTED, button(after, "again"), follow=True).content.decode()
    assert stored(copies[0]) == (None, False)


def test_suggestions_are_of_one_tenant(staff: Client, alice: Tenant, bob: Tenant, copies: list[Asset]) -> None:
    """What is sent with another tenant's assets puts none of them anywhere."""
    page = staff.get(f"{SUGGESTED}?tenant={bob.pk}").content.decode()
    assert "Nothing is proposed" in page
    sent = button(staff.get(SUGGESTED).content.decode(), "accept") | {"tenant": bob.pk}
    staff.post(SUGGESTED, sent)
    for odd in ("0", "x", "-1", "9" * 30):
        assert staff.get(f"{SUGGESTED}?tenant={odd}").status_code == 200
        assert staff.post(SUGGESTED, sent | {"tenant": odd}).status_code == 302
    assert stored(copies[0]) == (None, False)


def test_who_may_only_look(alice: Tenant, copies: list[Asset]) -> None:
    viewer = Client()
    user = User.objects.create_user("viewer@viewledger.example", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    viewer.force_login(user)
    page = viewer.get(SUGGESTED).content.decode()
    assert "The Final" in page
    assert "Accept" not in page
    sent = {"tenant": alice.pk, "title": "the final", "accept": "1", "asset": [asset.pk for asset in copies]}
    assert viewer.post(SUGGESTED, sent).status_code == 403
    assert viewer.post(SUGGESTED, sent | {"dismiss": "1"}).status_code == 403
    assert stored(copies[0]) == (None, False)
