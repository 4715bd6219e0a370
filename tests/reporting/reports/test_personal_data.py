"""Viewers' addresses and browsers, for who may see them and for who may not: on pages, in files, over the API."""

from datetime import UTC, datetime
from io import BytesIO

import pytest
from django.test import Client
from openpyxl import load_workbook

from reporting.models import Connection, Customer, Membership, PpvSession, SnapshotPart, Tenant
from reporting.models.part_bytes import packed
from reporting.query import NotShown
from reporting.reports.personal_data import family_of, network_of
from reporting.reports.ppv_sessions import SessionFilter, sessions
from reporting.tenancy.reader import OPERATOR, of_customer
from reporting.tenancy.scoping import tenant_scope
from tests.support.api import bearer, problem
from tests.support.factories import give, make_asset, make_connection, make_customer, make_session, make_snapshot
from tests.support.pages import TODAY, Enter, ago, text_of

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"
)
IP, NETWORK = "203.0.113.77", "203.0.113.0/24"
PAGE, FILE = "/t/alice/c/norte/sessions/", "/t/alice/c/norte/report.xlsx"


@pytest.fixture
def norte(alice: Tenant) -> Customer:
    norte, film = make_customer(alice), make_asset(make_connection(alice), "film")
    give(film, norte)
    make_session(film, f"{ago(2)}T12:00:00+00:00", ip=IP, user_agent=CHROME)
    make_session(film, f"{ago(3)}T12:00:00+00:00", "order 2", ip="2001:db8:5:6::7", user_agent="TV of Mr Smith")
    return norte


@pytest.mark.parametrize(
    ("ip", "shown"),
    [
        ("192.0.2.5", "192.0.2.0/24"),
        ("2001:db8:5:6:7:8:9:a", "2001:db8:5::/48"),
        ("::ffff:192.0.2.5", "192.0.2.0/24"),
        ("192.0.2.5:443", "192.0.2.0/24"),
        ("", ""),
        ("192.0.2.5, 198.51.100.7", ""),
        ("smith.example", ""),
        ("192.0.2.0/30", ""),
    ],
)
def test_an_address_becomes_its_network(ip: str, shown: str) -> None:
    assert network_of(ip) == shown


def test_an_agent_becomes_a_family() -> None:
    assert family_of(CHROME) == "Chrome, Windows"
    assert family_of(f"{CHROME} Edg/126.0") == "Edge, Windows"
    assert family_of("Firefox/127.0") == "Firefox"
    assert (family_of("MyTV/1.0 (serial 4711)"), family_of("")) == ("", "")


def test_it_works(alice: Tenant, norte: Customer) -> None:
    """The rows themselves are masked, however they are filtered, cut or read; what is stored stays."""
    with tenant_scope(alice):
        masked = sessions(SessionFilter(), of_customer(norte), TODAY)
        assert [(one.ip, one.user_agent) for one in masked] == [(NETWORK, "Chrome, Windows"), ("2001:db8:5::/48", "")]
        again = masked.filter(day__lte=ago(2)).select_related("connection").order_by("-day")[:1]
        assert [one.ip for one in (*again, *masked.iterator(chunk_size=1), masked.get(ip=IP))][::3] == [
            NETWORK,
            NETWORK,
        ]
        for read in (masked.values, masked.values_list):
            with pytest.raises(TypeError):
                list(read("ip"))
        assert {one.ip for one in sessions(SessionFilter(), OPERATOR, TODAY)} == {IP, "2001:db8:5:6::7"}
        assert PpvSession.objects.filter(ip=IP).exists()


def test_no_filter_tells_an_address(alice: Tenant, norte: Customer) -> None:
    with tenant_scope(alice):
        with pytest.raises(NotShown, match=r"“203\.0\.113\.77” is not shown to you"):
            sessions(SessionFilter(ips=(IP,)), of_customer(norte), TODAY)
        own = sessions(SessionFilter(ips=(IP,)), of_customer(norte, sees_personal_data=True), TODAY)
        assert [one.ip for one in own] == [IP]


@pytest.mark.parametrize(
    ("role", "given", "sees"),
    [
        ("manager", False, True),
        ("analyst", False, False),
        ("analyst", True, True),
        ("customer", False, False),
        ("customer", True, True),
    ],
)
def test_pages_and_files(enter: Enter, alice: Tenant, norte: Customer, role: str, given: bool, sees: bool) -> None:
    """A file has addresses only where they are asked for, and only for who may see them."""
    client = enter(alice, role, norte if role == "customer" else None)
    with tenant_scope(alice):
        Membership.objects.update(sees_personal_data=given)
    words = text_of(client, PAGE)
    assert (IP in words, NETWORK in words) == (sees, not sees)
    assert ("Chrome 126, Windows" in words, "Mr Smith" in words) == (sees, sees)
    assert client.get(f"{PAGE}?ip={IP}").status_code == (200 if sees else 403)
    assert f"{FILE}?personal_data=true" in client.get(PAGE).content.decode() or not sees
    assert cells(client, FILE) >= {NETWORK, "Chrome, Windows"}
    assert not cells(client, FILE) & {IP, CHROME}
    asked = f"{FILE}?personal_data=true"
    if sees:
        assert cells(client, asked) >= {IP, CHROME}
    else:
        assert client.get(asked).status_code == 403
    for format in ("pdf", "csv"):
        assert client.get(f"/t/alice/c/norte/report.{format}?personal_data=true").status_code == (200 if sees else 403)
    assert client.get(f"{FILE}?personal_data=maybe").status_code == 403


def cells(client: Client, address: str) -> set[object]:
    answer = client.get(address)
    assert answer.status_code == 200, address
    book = load_workbook(BytesIO(answer.getvalue()))
    return {cell.value for row in book["PPV sessions"].iter_rows() for cell in row}


@pytest.mark.parametrize("given", [False, True])
def test_a_customers_token_needs_the_right(client: Client, alice: Tenant, norte: Customer, given: bool) -> None:
    with tenant_scope(alice):
        Customer.objects.update(sees_personal_data=given)
    headers = bearer(alice, "ppv", norte)
    rows = client.get("/api/v1/ppv-sessions", headers=headers).json()["results"]
    whole = [(IP, CHROME), ("2001:db8:5:6::7", "TV of Mr Smith")]
    masked = [(NETWORK, "Chrome, Windows"), ("2001:db8:5::/48", "")]
    assert [(row["ip"], row["user_agent"]) for row in rows] == (whole if given else masked)
    answer = client.get(f"/api/v1/ppv-sessions?ip={IP}", headers=headers)
    if given:
        assert len(answer.json()["results"]) == 1
    else:
        assert problem(answer, 403)["errors"].keys() == {"ip"}
    of_alice = client.get(f"/api/v1/ppv-sessions?ip={IP}", headers=bearer(alice, "ppv")).json()["results"]
    assert [row["ip"] for row in of_alice] == [IP]


def test_masked_rows_cost_no_more_statements(alice: Tenant, norte: Customer, django_assert_num_queries: object) -> None:
    with tenant_scope(alice), django_assert_num_queries(1):  # type: ignore[operator]
        found = list(sessions(SessionFilter(), of_customer(norte), TODAY))
    assert {row.ip for row in found} == {NETWORK, "2001:db8:5::/48"}


def test_answers_of_sessions_go_with_the_right(enter: Enter, alice: Tenant, norte: Customer) -> None:
    """They hold addresses, which can't be masked there."""
    with tenant_scope(alice):
        link = Connection.objects.get()
    snapshot = make_snapshot(link, datetime(2026, 1, 5, tzinfo=UTC), is_personal=True)
    with tenant_scope(alice):
        of = {"tenant": alice, "snapshot": snapshot, "number": 1, "request": {}, "status": 200, "sha256": ""}
        SnapshotPart.objects.create(**of, fetched_at=snapshot.fetched_at, compressed=packed(b"<a/>"), size=4)
    client = enter(alice, "analyst")
    assert client.get(f"/t/alice/readings/{snapshot.pk}/").status_code == 404
    with tenant_scope(alice):
        Membership.objects.update(sees_personal_data=True)
    assert client.get(f"/t/alice/readings/{snapshot.pk}/").status_code == 200
