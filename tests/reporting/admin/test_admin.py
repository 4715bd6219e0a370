"""The console: every list and form opens, what belongs to Bob can't be hung on Alice's rows, secrets go in and stay in."""

import hashlib
from datetime import date, timedelta

import pytest
import zstandard
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.db import connection as database
from django.db.models.signals import pre_save
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from reporting.ledger.daily_totals import rebuild
from reporting.models import (
    ApiToken,
    Asset,
    Assignment,
    Connection,
    Customer,
    DailyTotal,
    Fact,
    PpvAccess,
    Snapshot,
    SnapshotPart,
    SyncRun,
    Tenant,
    User,
)
from reporting.tenancy.scoping import all_tenants, tenant_scope
from tests.support.console import console_models
from tests.support.factories import make_asset

DAY = date(2026, 1, 5)
SECRET = "a-long-enough-password"
NO_MEMBERSHIPS: dict[str, str] = {"memberships-TOTAL_FORMS": "0", "memberships-INITIAL_FORMS": "0"}
KEY = "BOOM-KEY-1234567"


@pytest.fixture
def boom(alice: Tenant) -> Connection:
    return connect(alice, "boom")


def connect(tenant: Tenant, slug: str) -> Connection:
    with tenant_scope(tenant):
        made = Connection(
            tenant=tenant,
            slug=slug,
            name=f"Boomstream {slug}",
            provider="boomstream",
            time_zone="Europe/Moscow",
            history_from=DAY,
        )
        made.credentials = {"apikey": KEY}
        made.save()
    return made


def film(connection: Connection, external_id: str = "FILM") -> Asset:
    with tenant_scope(connection.tenant_id):
        return Asset.objects.create(
            tenant_id=connection.tenant_id, connection=connection, external_id=external_id, kind="video"
        )


def customer(tenant: Tenant, slug: str) -> Customer:
    with tenant_scope(tenant):
        return Customer.objects.create(tenant=tenant, slug=slug, name=slug.title())


def reading(connection: Connection, body: bytes = b"<Response/>") -> Snapshot:
    now = timezone.now()
    with tenant_scope(connection.tenant_id):
        snapshot = Snapshot.objects.create(
            tenant_id=connection.tenant_id,
            connection=connection,
            feed="media",
            from_day=DAY,
            to_day=DAY,
            fetched_at=now,
            last_seen_at=now,
            content_hash="0" * 64,
            state="read",
            reader_version=1,
            time_zone="Europe/Moscow",
            is_personal=False,
        )
        SnapshotPart.objects.create(
            tenant_id=connection.tenant_id,
            snapshot=snapshot,
            number=1,
            request={"method": "GET", "url": "https://boomstream.com/api/stats?apikey=***"},
            status=200,
            fetched_at=now,
            compressed=zstandard.compress(body),
            size=len(body),
            sha256=hashlib.sha256(body).hexdigest(),
        )
    return snapshot


def watched(asset: Asset, seconds: int, snapshot: Snapshot) -> None:
    with tenant_scope(asset.tenant_id):
        Fact.objects.create(
            tenant_id=asset.tenant_id,
            metric="watch_time",
            interval="day",
            dimension="",
            day=DAY,
            asset=asset,
            key="",
            value=seconds,
            connection_id=asset.connection_id,
            snapshot=snapshot,
        )
        rebuild(asset.connection_id)


def form_of(connection: Connection, **changes: str) -> dict[str, str]:
    values = {
        "tenant": str(connection.tenant_id),
        "name": connection.name,
        "slug": connection.slug,
        "history_from": "2026-01-05",
        "time_zone": connection.time_zone,
        "currency": "",
        "lookback_days": "3",
        "sync_every": "",
        "base_url": "",
        "credential_apikey": "",
        "credential_project_apikey": "",
        "option_project": "",
    }
    return values | changes


def change_of(row: Connection | Asset | PpvAccess | Customer) -> str:
    return reverse(f"admin:reporting_{row._meta.model_name}_change", args=[row.pk])


def test_it_works(staff: Client, boom: Connection) -> None:
    """Every list and every form opens, with rows in it."""
    reading(boom)
    film(boom)
    for model in console_models():
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        assert staff.get(reverse(f"{name}_changelist")).status_code == 200, model
        with all_tenants():
            row = model._default_manager.first()
        if row is not None:
            assert staff.get(reverse(f"{name}_change", args=[row.pk])).status_code == 200, model
        if admin.site.get_model_admin(model).has_add_permission(_request_of(staff)):
            assert staff.get(reverse(f"{name}_add")).status_code == 200, model


def _request_of(client: Client):
    request = client.get(reverse("admin:index")).wsgi_request
    request.user = User.objects.get()
    return request


def test_only_staff_gets_in(client: Client, alice: Tenant) -> None:
    """And the console has no log-in form of its own, past the second factor and the throttle."""
    answer = client.get("/admin/", follow=True)
    assert answer.redirect_chain[-1][0].startswith("/accounts/login/?next=")
    assert client.post("/admin/login/", {"username": "a@b.example", "password": "x"}).status_code == 302
    client.force_login(User.objects.create_user("someone@alice.example"))
    assert client.get("/admin/", follow=True).status_code == 403


def test_the_first_page_says_what_needs_a_person(staff: Client, boom: Connection) -> None:
    with tenant_scope(boom.tenant_id):
        Connection.objects.update(state="needs_attention", state_message="Boomstream refuses the key.")
    assert "Boomstream refuses the key." in staff.get("/admin/").content.decode()


# --- People -----------------------------------------------------------------------------------------------------------


def test_a_person_is_added_and_known_by_one_address(staff: Client) -> None:
    """Upper and lower case are one address, and a changed one signs in alone."""
    form = {"email": "Olga@Alice.Example", "usable_password": "true", "password1": SECRET, "password2": SECRET}
    form |= NO_MEMBERSHIPS
    assert staff.post(reverse("admin:reporting_user_add"), form).status_code == 302
    olga = User.objects.get(email="olga@alice.example")
    assert olga.check_password(SECRET)
    twin = staff.post(reverse("admin:reporting_user_add"), form | {"email": "OLGA@alice.example"})
    assert "email" in twin.context["adminform"].form.errors
    assert Client().post("/accounts/login/", {"login": olga.email, "password": SECRET}).status_code == 302
    change = reverse("admin:reporting_user_change", args=[olga.pk])
    assert staff.post(change, NO_MEMBERSHIPS | {"email": "new@alice.example", "is_active": "on"}).status_code == 302
    assert Client().post("/accounts/login/", {"login": "olga@alice.example", "password": SECRET}).status_code == 200
    assert Client().post("/accounts/login/", {"login": "new@alice.example", "password": SECRET}).status_code == 302


def test_helpers_among_staff_do_not_make_themselves_superusers(staff: Client) -> None:
    boss, helper = User.objects.get(), User.objects.create_user("helper@viewledger.example", is_staff=True)
    helper.user_permissions.set(Permission.objects.filter(content_type__model="user"))
    client = Client()
    client.force_login(helper)
    own = reverse("admin:reporting_user_change", args=[helper.pk])
    client.post(
        own, NO_MEMBERSHIPS | {"email": helper.email, "is_active": "on", "is_staff": "on", "is_superuser": "on"}
    )
    helper.refresh_from_db()
    assert not helper.is_superuser
    assert client.post(reverse("admin:reporting_user_change", args=[boss.pk]), NO_MEMBERSHIPS).status_code == 403
    assert client.get(reverse("admin:auth_user_password_change", args=[boss.pk])).status_code == 403


# --- Connections ------------------------------------------------------------------------------------------------------


def test_a_connection_is_made_for_a_provider(staff: Client, alice: Tenant) -> None:
    add = reverse("admin:reporting_connection_add")
    assert "?provider=boomstream" in staff.get(add).content.decode()
    form = staff.get(add, {"provider": "boomstream"}).content.decode()
    assert 'name="credential_apikey"' in form
    assert "Europe/Moscow" in form
    unsaved = Connection(tenant=alice, name="Boom", slug="boom", provider="boomstream", time_zone="Europe/Moscow")
    made = staff.post(f"{add}?provider=boomstream", form_of(unsaved, credential_apikey=KEY, option_project="all"))
    assert made.status_code == 302, made.context["adminform"].form.errors
    with tenant_scope(alice):
        stored = Connection.objects.get()
    assert (stored.provider, stored.credentials, stored.options) == ("boomstream", {"apikey": KEY}, {"project": "all"})


def test_a_missing_credential_is_refused(staff: Client, alice: Tenant) -> None:
    unsaved = Connection(tenant=alice, name="Boom", slug="boom", provider="boomstream", time_zone="Europe/Moscow")
    answer = staff.post(reverse("admin:reporting_connection_add") + "?provider=boomstream", form_of(unsaved))
    assert "credential_apikey" in answer.context["adminform"].form.errors


def test_a_stored_secret_is_never_shown_and_stays_where_the_field_is_empty(staff: Client, boom: Connection) -> None:
    assert KEY not in staff.get(change_of(boom)).content.decode()
    sealed = boom.sealed_credentials
    assert staff.post(change_of(boom), form_of(boom, name="New name")).status_code == 302
    with tenant_scope(boom.tenant_id):
        boom.refresh_from_db()
    assert (boom.name, boom.sealed_credentials) == ("New name", sealed)


def test_forgetting_what_is_stored_needs_new_credentials(staff: Client, boom: Connection) -> None:
    refused = staff.post(change_of(boom), form_of(boom, forget="on"))
    assert "credential_apikey" in refused.context["adminform"].form.errors
    assert staff.post(change_of(boom), form_of(boom, forget="on", credential_apikey="ANOTHER")).status_code == 302
    with tenant_scope(boom.tenant_id):
        boom.refresh_from_db()
    assert boom.credentials == {"apikey": "ANOTHER"}


def test_saving_wakes_a_connection_that_needed_a_person(staff: Client, boom: Connection) -> None:
    with tenant_scope(boom.tenant_id):
        Connection.objects.update(state="needs_attention", state_message="refused")
    staff.post(change_of(boom), form_of(boom, credential_apikey="ANOTHER"))
    with tenant_scope(boom.tenant_id):
        boom.refresh_from_db()
    assert (boom.state, boom.state_message) == ("active", "")


def test_saving_leaves_alone_what_a_run_found_out_meanwhile(staff: Client, boom: Connection) -> None:
    def run_ends(**_: object) -> None:
        Connection.objects.update(failures=7, state="needs_attention", sealed_session="token", state_message="refused")

    pre_save.connect(run_ends, sender=Connection)
    try:
        assert staff.post(change_of(boom), form_of(boom, name="Renamed")).status_code == 302
    finally:
        pre_save.disconnect(run_ends, sender=Connection)
    with tenant_scope(boom.tenant_id):
        boom.refresh_from_db()
    assert boom.name == "Renamed"
    assert (boom.failures, boom.state, boom.sealed_session) == (7, "needs_attention", "token")


def test_a_failing_connection_and_its_runs_say_so(staff: Client, boom: Connection) -> None:
    begun = timezone.now() - timedelta(minutes=2)
    with tenant_scope(boom.tenant_id):
        Connection.objects.update(failures=4, failing_since=begun)
        run = SyncRun.objects.create(
            tenant_id=boom.tenant_id,
            connection=boom,
            state="running",
            started_at=begun,
            requests_done=40,
            requests_total=100,
        )
    assert "4 runs in a row, since 20" in staff.get(change_of(boom)).content.decode()
    page = staff.get(reverse("admin:reporting_syncrun_change", args=[run.pk])).content.decode()
    assert "20 requests a minute, 3 min" in page


def test_assets_that_are_gone_are_found(staff: Client, boom: Connection) -> None:
    lost, there = film(boom, "LOST"), film(boom, "THERE")
    with tenant_scope(boom.tenant_id):
        Asset.objects.filter(pk=lost.pk).update(not_found_since=timezone.now())
    address = reverse("admin:reporting_asset_changelist")
    for word, shown, hidden in (("yes", lost, there), ("no", there, lost)):
        page = staff.get(f"{address}?gone={word}").content.decode()
        assert shown.external_id in page
        assert hidden.external_id not in page


def test_a_private_address_is_refused(staff: Client, boom: Connection, settings) -> None:
    settings.ALLOW_PRIVATE_PROVIDER_URLS = False
    answer = staff.post(change_of(boom), form_of(boom, base_url="http://127.0.0.1:9000/boomstream"))
    assert "private network" in str(answer.context["adminform"].form.errors["base_url"])


@pytest.mark.parametrize(
    ("day", "says"),
    [
        ("0001-01-01", "earliest day that is fetched is 2000-01-01"),
        ("1999-12-31", "earliest day that is fetched is 2000-01-01"),
        ("9999-12-31", "in the future"),
    ],
)
def test_history_begins_on_a_sensible_day(staff: Client, boom: Connection, day: str, says: str) -> None:
    answer = staff.post(change_of(boom), form_of(boom, history_from=day))
    assert says in str(answer.context["adminform"].form.errors["history_from"])
    with tenant_scope(boom.tenant_id):
        boom.refresh_from_db()
    assert boom.history_from == DAY


def test_a_taken_slug_is_refused(staff: Client, alice: Tenant, boom: Connection) -> None:
    other = connect(alice, "other")
    answer = staff.post(change_of(other), form_of(other, slug="boom"))
    assert answer.status_code == 200
    assert answer.context["adminform"].form.errors


def test_the_zone_is_fixed_once_figures_were_read(staff: Client, boom: Connection) -> None:
    reading(boom)
    assert staff.post(change_of(boom), form_of(boom, time_zone="UTC")).status_code == 302
    with tenant_scope(boom.tenant_id):
        boom.refresh_from_db()
    assert boom.time_zone == "Europe/Moscow"


def test_one_account_twice_gets_a_warning(staff: Client, alice: Tenant, boom: Connection) -> None:
    other = connect(alice, "other")
    answer = staff.post(change_of(other), form_of(other), follow=True)
    assert "leads to the same account" in answer.content.decode()


def test_sync_now_queues_a_run(
    staff: Client, boom: Connection, monkeypatch, django_capture_on_commit_callbacks
) -> None:
    from providers.scheduling import wake_up

    sent: list[tuple[int, int]] = []
    monkeypatch.setattr(wake_up, "send", lambda task, *ids: sent.append(ids))
    with django_capture_on_commit_callbacks(execute=True):
        act(staff, "sync_now", boom)
    with tenant_scope(boom.tenant_id):
        run = SyncRun.objects.get()
    assert run.state == "queued"
    assert sent == [(boom.tenant_id, run.pk)]


def test_pausing_resuming_and_deleting(staff: Client, boom: Connection) -> None:
    states = []
    for action in ("pause", "resume", "delete_keeping_figures"):
        act(staff, action, boom)
        with tenant_scope(boom.tenant_id):
            boom.refresh_from_db()
        states.append(boom.state)
    assert states == ["paused", "active", "deleted"]
    assert boom.credentials == {}


def test_a_run_is_cancelled(staff: Client, boom: Connection) -> None:
    with tenant_scope(boom.tenant_id):
        queued = SyncRun.objects.create(tenant_id=boom.tenant_id, connection=boom)
        running = SyncRun.objects.create(tenant_id=boom.tenant_id, connection=boom, state="running")
    act(staff, "cancel", queued, running)
    with tenant_scope(boom.tenant_id):
        queued.refresh_from_db()
        running.refresh_from_db()
    assert (queued.state, running.state, running.cancel_requested) == ("cancelled", "running", True)


def act(staff: Client, action: str, *rows: Connection | SyncRun) -> None:
    address = reverse(f"admin:reporting_{rows[0]._meta.model_name}_changelist")
    answer = staff.post(address, {"action": action, "_selected_action": [row.pk for row in rows]})
    assert answer.status_code == 302


# --- One tenant's things stay with it ---------------------------------------------------------------------------------


def test_another_tenants_customer_is_refused(staff: Client, alice: Tenant, bob: Tenant) -> None:
    charlie = customer(bob, "charlie")
    user = User.objects.create_user("new@alice.example")
    form = {"tenant": alice.pk, "user": user.pk, "role": "customer", "customer": charlie.pk}
    answer = staff.post(reverse("admin:reporting_membership_add"), form)
    assert "belongs to Bob Broadcasting" in str(answer.context["adminform"].form.errors["customer"])


def test_another_tenants_connection_is_refused(staff: Client, alice: Tenant, bob: Tenant) -> None:
    foreign = connect(bob, "boom")
    form = {"tenant": alice.pk, "connection": foreign.pk, "external_id": "X", "kind": "video", "title": ""}
    answer = staff.post(reverse("admin:reporting_asset_add"), form)
    assert "belongs to Bob Broadcasting" in str(answer.context["adminform"].form.errors["connection"])


def test_another_tenants_asset_is_refused_for_an_access(staff: Client, alice: Tenant, bob: Tenant) -> None:
    foreign = film(connect(bob, "boom"))
    form = {"tenant": alice.pk, "asset": foreign.pk, "label": "", "holder": "", "password": "pw"}
    answer = staff.post(reverse("admin:reporting_ppvaccess_add"), form)
    assert "belongs to Bob Broadcasting" in str(answer.context["adminform"].form.errors["asset"])


def test_a_row_never_moves_to_another_tenant(staff: Client, alice: Tenant, bob: Tenant) -> None:
    charlie = customer(alice, "charlie")
    staff.post(change_of(charlie), {"tenant": bob.pk, "name": "Charlie", "slug": "charlie", "cost_view": "hidden"})
    with all_tenants():
        assert Customer.objects.get().tenant == alice


# --- Assets, rules, accesses, tokens ----------------------------------------------------------------------------------


def test_giving_an_asset_to_a_customer_moves_its_totals(staff: Client, alice: Tenant, boom: Connection) -> None:
    charlie, asset = customer(alice, "charlie"), film(boom)
    watched(asset, 60, reading(boom))
    form = {"tenant": alice.pk, "connection": boom.pk, "external_id": "FILM", "kind": "video", "title": ""}
    form |= {"give_to": charlie.pk, "first_day": "2026-01-05", "last_day": ""}
    form |= {f"assignments-{name}": 0 for name in ("TOTAL_FORMS", "INITIAL_FORMS")}
    answer = staff.post(change_of(asset), form)
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    with tenant_scope(alice):
        assert Assignment.objects.get().from_day == DAY
        assert DailyTotal.objects.get().customer_id == charlie.pk


def test_an_asset_with_figures_is_not_deleted(staff: Client, alice: Tenant, boom: Connection) -> None:
    """Its figures may come from readings of the whole connection, as at ScaleEngine."""
    asset = film(boom)
    delete = reverse("admin:reporting_asset_delete", args=[asset.pk])
    assert staff.get(delete).status_code == 200
    watched(asset, 60, reading(boom))
    assert staff.post(delete, {"post": "yes"}).status_code == 403
    staff.post(reverse("admin:reporting_asset_changelist"), {"action": "delete_selected", "_selected_action": asset.pk})
    with tenant_scope(alice):
        assert Asset.objects.exists()


def test_a_deleted_customers_figures_become_nobodys(staff: Client, alice: Tenant, boom: Connection) -> None:
    charlie, asset = customer(alice, "charlie"), film(boom)
    with tenant_scope(alice):
        Assignment.objects.create(tenant=alice, asset=asset, customer=charlie)
    watched(asset, 60, reading(boom))
    assert staff.post(reverse("admin:reporting_customer_delete", args=[charlie.pk]), {"post": "yes"}).status_code == 302
    with tenant_scope(alice):
        assert DailyTotal.objects.get().customer_id == 0


def test_a_rule_gives_its_assets_at_once(staff: Client, alice: Tenant, boom: Connection) -> None:
    charlie, _ = customer(alice, "charlie"), film(boom, "final-1")
    form = {"tenant": alice.pk, "customer": charlie.pk, "connection": "", "pattern": "final-*", "priority": 0}
    assert staff.post(reverse("admin:reporting_assignmentrule_add"), form).status_code == 302
    with tenant_scope(alice):
        assert Assignment.objects.get().customer == charlie


def test_an_access_keeps_its_password(staff: Client, alice: Tenant, boom: Connection) -> None:
    asset = film(boom)
    form = {"tenant": alice.pk, "asset": asset.pk, "label": "order 1", "holder": "", "password": "viewers-own"}
    assert staff.post(reverse("admin:reporting_ppvaccess_add"), form).status_code == 302
    with tenant_scope(alice):
        access = PpvAccess.objects.get()
    assert "viewers-own" not in staff.get(change_of(access)).content.decode()
    staff.post(change_of(access), form | {"label": "order 2", "password": ""})
    with tenant_scope(alice):
        access.refresh_from_db()
        assert (access.label, access.hash) == ("order 2", "viewers-own")
    twin = staff.post(reverse("admin:reporting_ppvaccess_add"), form)
    assert "password" in twin.context["adminform"].form.errors


def test_a_token_is_shown_once(staff: Client, alice: Tenant) -> None:
    form = {"tenant": alice.pk, "name": "export", "customer": "", "scopes": ["read", "ppv"]}
    answer = staff.post(
        reverse("admin:reporting_apitoken_add"), form | {"expires_at_0": "2030-01-01", "expires_at_1": "00:00"}
    )
    word = answer.context["word"]
    assert word in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    with tenant_scope(alice):
        token = ApiToken.objects.get()
    assert token.scopes == ["read", "ppv"]
    again = staff.get(reverse("admin:reporting_apitoken_change", args=[token.pk])).content.decode()
    assert word not in again
    assert token.digest not in again


# --- What was fetched, and the facts ----------------------------------------------------------------------------------


def test_a_strangers_answer_is_shown_as_text(staff: Client, boom: Connection) -> None:
    snapshot = reading(boom, b"<script>alert(1)</script>")
    answer = staff.get(reverse("admin:reporting_snapshot_part", args=[snapshot.pk, 1]))
    assert answer.content == b"<script>alert(1)</script>"
    assert answer["Content-Type"].startswith("text/plain")
    assert "sandbox" in answer["Content-Security-Policy"]
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_personal_answers_are_for_those_who_may_see_sessions(boom: Connection) -> None:
    snapshot, helper = reading(boom), User.objects.create_user("helper@viewledger.example", is_staff=True)
    helper.user_permissions.set(Permission.objects.filter(codename="view_snapshot"))
    client = Client()
    client.force_login(helper)
    address = reverse("admin:reporting_snapshot_part", args=[snapshot.pk, 1])
    assert client.get(address).status_code == 200
    with tenant_scope(boom.tenant_id):
        Snapshot.objects.update(is_personal=True)
    assert client.get(address).status_code == 403
    helper.user_permissions.add(Permission.objects.get(codename="view_ppvsession"))
    assert client.get(address).status_code == 200


def test_facts_lead_to_their_reading(staff: Client, alice: Tenant, bob: Tenant, boom: Connection) -> None:
    snapshot = reading(boom)
    watched(film(boom), 4321, snapshot)
    asked: dict[str, str | int] = {
        "tenant": alice.pk,
        "metric": "watch_time",
        "interval": "day",
        "asset": "FILM",
        "from_day": str(DAY),
    }
    page = staff.get("/admin/facts/", asked).content.decode()
    assert "4321" in page
    assert reverse("admin:reporting_snapshot_change", args=[snapshot.pk]) in page
    assert "4321" not in staff.get("/admin/facts/", asked | {"tenant": bob.pk, "asset": ""}).content.decode()
    foreign = staff.get("/admin/facts/", asked | {"tenant": bob.pk, "connection": boom.pk})
    assert "belongs to Alice Sports" in str(foreign.context["form"].errors)


def test_facts_of_one_name_say_what_holds_their_asset(staff: Client, alice: Tenant, boom: Connection) -> None:
    for name, seconds in (("live", 4321), ("vod", 8765)):
        parent = make_asset(boom, name, "application", title=f"Application {name}")
        watched(make_asset(boom, "cup", "stream", parent=parent), seconds, reading(boom))
    asked = {"tenant": alice.pk, "metric": "watch_time", "interval": "day", "asset": "cup", "from_day": str(DAY)}
    page = staff.get("/admin/facts/", asked).content.decode()
    for words in ("in Application live", "in Application vod", "4321", "8765"):
        assert words in page
    page = staff.get("/admin/facts/", asked | {"parent": "vod"}).content.decode()
    assert "8765" in page
    assert "4321" not in page


@pytest.mark.parametrize("name", ["connection", "asset", "syncrun", "snapshot", "customer"])
def test_a_list_costs_the_same_whatever_its_length(staff: Client, alice: Tenant, name: str) -> None:
    def rows(number: int) -> None:
        connection = connect(alice, f"boom-{number}")
        reading(connection)
        owner = customer(alice, f"customer-{number}")
        with tenant_scope(alice):
            SyncRun.objects.create(tenant=alice, connection=connection)
            Assignment.objects.create(tenant=alice, asset=film(connection), customer=owner)

    def statements() -> int:
        with CaptureQueriesContext(database) as captured:
            assert staff.get(reverse(f"admin:reporting_{name}_changelist")).status_code == 200
        return len(captured)

    rows(1)
    before = statements()
    for number in range(2, 6):
        rows(number)
    assert statements() == before
