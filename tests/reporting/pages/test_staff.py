"""Platform staff on tenants' pages: they see what their permissions name; without any, nothing."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
import zstandard
from django.contrib.auth.models import Permission
from django.test import Client
from openpyxl import load_workbook

from reporting.models import Asset, Customer, Membership, Snapshot, SnapshotPart, Tenant, User
from reporting.periods import today_in
from reporting.tenancy.scoping import tenant_scope
from tests.support.factories import give, make_asset, make_connection, make_customer, make_session, make_snapshot, tell

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
PAGES = ("", "c/norte/", "c/norte/changes/", "c/norte/report.csv")
SESSIONS, FACTS = ("c/norte/sessions/",), ("lineage/?metrics=plays",)


@pytest.fixture
def norte(alice: Tenant) -> Customer:
    return make_customer(alice, "norte")


def staff(*permissions: str) -> User:
    user = User.objects.create_user("staff@viewledger.example", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    assert user.user_permissions.count() == len(permissions)
    return user


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def make_answer(asset: Asset, is_personal: bool) -> Snapshot:
    snapshot = make_snapshot(asset.connection, NOON, is_personal=is_personal)
    with tenant_scope(asset.tenant_id):
        SnapshotPart.objects.create(
            tenant_id=asset.tenant_id, snapshot=snapshot, number=1, request={}, status=200, fetched_at=NOON,
            compressed=zstandard.compress(b"{}"), size=2, sha256="",
        )  # fmt: skip
    return snapshot


def opened(client: Client, addresses: tuple[str, ...] = PAGES + SESSIONS + FACTS) -> set[str]:
    answers = {address: client.get(f"/t/alice/{address}").status_code for address in addresses}
    assert set(answers.values()) <= {200, 404}
    return {address for address, status in answers.items() if status == 200}


@pytest.mark.parametrize(
    ("permissions", "seen"),
    [
        ((), ()),
        (("view_fact", "view_ppvsession", "view_customer"), ()),
        (("view_tenant",), PAGES),
        (("view_tenant", "view_ppvsession"), PAGES + SESSIONS),
        (("view_tenant", "view_fact"), PAGES + FACTS),
    ],
)
def test_staff_see_what_their_permissions_name(norte: Customer, permissions: tuple, seen: tuple) -> None:
    assert opened(signed_in(staff(*permissions))) == set(seen)


@pytest.mark.parametrize("permissions", [("view_tenant",), ("view_tenant", "view_ppvsession")])
def test_files_hold_sessions_for_those_who_may_see_them(norte: Customer, permissions: tuple[str, ...]) -> None:
    film = make_asset(make_connection(norte.tenant))
    give(film, norte)
    tell(film, "plays", {"2026-01-02": 1})
    make_session(film, "2026-01-02T12:00:00+00:00")
    file = signed_in(staff(*permissions)).get("/t/alice/c/norte/report.xlsx?from=2026-01-01&to=2026-01-31")
    book = load_workbook(BytesIO(file.getvalue()))
    assert "By asset" in book.sheetnames
    assert ("PPV sessions" in book.sheetnames) == ("view_ppvsession" in permissions)


@pytest.mark.parametrize(
    ("permissions", "codes"),
    [
        (("view_fact", "view_ppvsession"), (404, 404)),
        (("view_snapshot",), (200, 404)),
        (("view_snapshot", "view_ppvsession"), (200, 200)),
    ],
)
def test_raw_answers_need_what_they_need_in_the_console(norte: Customer, permissions: tuple, codes: tuple) -> None:
    film = make_asset(make_connection(norte.tenant))
    client = signed_in(staff("view_tenant", *permissions))
    for is_personal, code in zip((False, True), codes, strict=True):
        address = f"/t/alice/readings/{make_answer(film, is_personal).pk}/"
        assert [client.get(f"{address}{part}").status_code for part in ("", "answer")] == [code, code]


def test_figures_lead_on_for_those_who_may_follow(norte: Customer) -> None:
    film = make_asset(make_connection(norte.tenant))
    give(film, norte)
    tell(film, "plays", {str(today_in("UTC") - timedelta(days=2)): 7})
    plain, traced = signed_in(staff("view_tenant")), User.objects.create_superuser("super@viewledger.example")
    for address in ("/t/alice/", "/t/alice/c/norte/"):
        pages = [client.get(address).content.decode() for client in (plain, signed_in(traced))]
        assert ["/lineage/?" in page for page in pages] == [False, True]
        assert ["/sessions/" in page for page in pages] == [False, address != "/t/alice/"]


def test_a_superuser_sees_all(norte: Customer) -> None:
    assert opened(signed_in(User.objects.create_superuser("super@viewledger.example"))) == {*PAGES, *SESSIONS, *FACTS}


def test_staff_without_permissions_are_what_their_memberships_say(alice: Tenant, bob: Tenant, norte: Customer) -> None:
    user = staff()
    with tenant_scope(alice):
        Membership.objects.create(tenant=alice, user=user, role="customer", customer=norte)
    client = signed_in(user)
    assert client.get("/t/alice/")["Location"] == "/t/alice/c/norte/"
    assert opened(client, (*PAGES[1:], *SESSIONS, *FACTS)) == {*PAGES[1:], *SESSIONS}
    assert client.get("/t/bob/").status_code == 404


@pytest.fixture
def where() -> Callable[[User], tuple[str, str]]:
    """Where the start page leads somebody, and what is there."""

    def where(user: User) -> tuple[str, str]:
        answer = signed_in(user).get("/", follow=True)
        assert answer.status_code == 200
        return answer.redirect_chain[-1][0], answer.content.decode()

    return where


def test_where_staff_start(alice: Tenant, where: Callable) -> None:
    user = staff()
    address, page = where(user)
    assert address == "/admin/"
    assert "has no permissions yet" in page
    with tenant_scope(alice):
        Membership.objects.create(tenant=alice, user=user, role="analyst")
    assert where(user)[0] == "/t/alice/"
    user.user_permissions.set(Permission.objects.filter(codename="view_tenant"))
    assert where(user)[0] == "/admin/"
