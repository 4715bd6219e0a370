"""From a figure in a page's table to the answer behind it, by its links; and who may not follow them."""

import html
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
import zstandard
from django.test import Client

from providers.sandbox import Sandbox
from reporting.models import Asset, Customer, Fact, Restatement, Snapshot, SnapshotPart, Tenant
from reporting.reports.raw_answers import SHOWN, indented
from reporting.tenancy.scoping import tenant_scope
from tests.support.factories import (
    give,
    make_asset,
    make_connection,
    make_customer,
    make_restatement,
    tell,
)
from tests.support.line import connect, fault, run
from tests.support.pages import Enter, ago, text_of

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


def links_of(client: Client, address: str, to: str) -> list[tuple[str, str]]:
    """(words, address) of the page's links to addresses that hold `to`."""
    answer = client.get(address)
    assert answer.status_code == 200, address
    found = re.findall(r'<a\b[^>]*href="([^"]*)"[^>]*>(.*?)</a>', answer.content.decode(), flags=re.S)
    plain = [(re.sub(r"<[^>]+>", "", words).replace(",", ""), html.unescape(place)) for place, words in found]
    return [(words.strip(), place) for words, place in plain if to in place]


def figure_of(client: Client, address: str) -> str:
    """The figure that a lineage is about, with every digit; it has facts."""
    answer = client.get(address)
    page = answer.content.decode()
    assert answer.status_code == 200, page
    assert "no facts" not in page, address
    (heading,) = re.findall(r"<h1[^>]*>(.*?)</h1>", page, flags=re.S)
    return re.sub(r"<[^>]+>", "", heading).replace(",", "")


def make_snapshot(asset: Asset, body: bytes = b'{"plays": 3}', **more: Any) -> Snapshot:
    with tenant_scope(asset.tenant_id):
        values = {"feed": "plays", "asset": asset, "state": "read", "reader_version": 1, "time_zone": "UTC"}
        values |= {"is_personal": False}
        values |= {"from_day": NOON.date(), "to_day": NOON.date(), "fetched_at": NOON, "last_seen_at": NOON} | more
        of = {"tenant_id": asset.tenant_id}
        snapshot = Snapshot.objects.create(**of, connection_id=asset.connection_id, content_hash="h", **values)
        SnapshotPart.objects.create(
            **of, snapshot=snapshot, number=1, request={"method": "GET", "url": "https://vendor.example/"}, status=200,
            content_type="text/html", fetched_at=NOON, compressed=zstandard.compress(body), size=len(body), sha256="",
        )  # fmt: skip
    return snapshot


@pytest.fixture
def norte(alice: Tenant) -> Customer:
    """Plays of two providers, bytes of two that are not added, money in two currencies, and a split by country."""
    customer = make_customer(alice, "norte")
    for slug, provider, currency in (("boom", "boomstream", "EUR"), ("v", "247platform", "USD")):
        film = make_asset(make_connection(alice, slug, provider, currency=currency), f"film, {slug}")
        give(film, customer)
        tell(film, "plays", {ago(2): 30, ago(1): 5})
        tell(film, "data_transfer", {ago(1): 7_000_000 + len(slug)})
        tell(film, "cost", {ago(1): f"1.2{len(slug)}"})
        tell(film, "plays", {f"{ago(2)} ES": 20, f"{ago(2)} JP": 4}, dimension="country")
    return customer


def test_it_works(enter: Enter, alice: Tenant) -> None:
    """By the real line: from the customer's table to the figure, its facts, the reading, and the bytes."""
    with time_machine.travel(datetime(2026, 3, 10, 6, tzinfo=UTC), tick=False), Sandbox(assets=2, rows=8) as vendors:
        connection = connect(alice, vendors, "smartstream")
        assert run(connection).state == "succeeded"
        customer = make_customer(alice, "norte")
        with tenant_scope(alice):
            videos = list(Asset.objects.filter(kind="video"))
        for video in videos:
            give(video, customer)
        fault(vendors, restate={"provider": "smartstream", "day": "2026-03-04", "factor": 2})
        assert (
            run(connection, from_day=datetime(2026, 3, 4).date(), to_day=datetime(2026, 3, 4).date()).state
            == "succeeded"
        )
        client = enter(alice)
        words, address = next(
            link for link in links_of(client, "/t/alice/c/norte/", "/lineage/") if "at=2026-03-04" in link[1]
        )
        assert figure_of(client, address) == words
        page = text_of(client, address)
        assert "The 2 facts below, added up." in page
        assert "changed by the provider" in page
        reading = links_of(client, address, "/readings/")[-1][1]
        assert "status 200, application/json" in text_of(client, reading)
        assert "Other readings of these days" in text_of(client, reading)
        ((_, file),) = links_of(client, reading, "/answer")
        body = client.get(file)
        assert body.content.startswith((b"{", b"["))
        assert body["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize(
    "page",
    [
        "",
        "?table=asset",
        "?interval=week",
        *(
            pytest.param(page, marks=pytest.mark.long)
            for page in ("?metric=plays", "?interval=month", "?interval=total")
        ),
    ],
)
def test_each_figure_of_a_table_leads_to_itself(enter: Enter, alice: Tenant, norte: Customer, page: str) -> None:
    client = enter(alice, "analyst")
    links = links_of(client, f"/t/alice/c/norte/{page}", "/lineage/")
    assert len(links) > 4
    for words, address in links:
        assert figure_of(client, address) == words, address


@pytest.mark.parametrize("table", ["asset", "parent"])
def test_one_name_under_two_parents_leads_to_each(enter: Enter, alice: Tenant, table: str) -> None:
    customer, cdn = make_customer(alice, "norte"), make_connection(alice, "cdn", "scaleengine")
    apps = [make_asset(cdn, name, "application") for name in ("live", "vod")]
    for number, parent in enumerate([*apps, None]):
        cup = make_asset(cdn, "cup", "stream", parent=parent)
        give(cup, customer)
        tell(cup, "requests", {ago(2): 11 * 10**number})
    client = enter(alice)
    links = links_of(client, f"/t/alice/c/norte/?table={table}", "/lineage/")
    links = [link for link in links if "parent=" in link[1]]
    assert {words for words, _ in links} == {"asset": {"11", "110", "1100"}, "parent": {"11", "110"}}[table]
    for words, address in links:
        assert figure_of(client, address) == words, address


def test_each_figure_of_the_overview_leads_to_itself(enter: Enter, alice: Tenant, norte: Customer) -> None:
    client = enter(alice)
    links = links_of(client, "/t/alice/", "/lineage/")
    assert len(links) == 5  # plays; bytes of two providers; money in two currencies
    for words, address in links:
        assert figure_of(client, address) == words, address


def test_a_customers_member_has_no_such_links_and_no_such_pages(enter: Enter, alice: Tenant, norte: Customer) -> None:
    with tenant_scope(alice):
        film = Asset.objects.all()[0]
    snapshot = make_snapshot(film)
    member, analyst = enter(alice, "customer", norte), enter(alice, "analyst")
    assert links_of(member, "/t/alice/c/norte/", "/lineage/") == []
    for place in ("lineage/?metrics=plays", f"readings/{snapshot.pk}/", f"readings/{snapshot.pk}/answer"):
        assert member.get(f"/t/alice/{place}").status_code == 404
        assert analyst.get(f"/t/alice/{place}").status_code == 200


@pytest.mark.parametrize("page", ["?table=asset", "?table=asset&interval=total", "?metric=plays"])
def test_the_row_of_all_others_leads_to_itself(
    enter: Enter, alice: Tenant, norte: Customer, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    monkeypatch.setattr("reporting.reports.customer.ASSETS_SHOWN", 1)
    monkeypatch.setattr("reporting.reports.customer.COUNTRIES_SHOWN", 1)
    client = enter(alice)
    links = [link for link in links_of(client, f"/t/alice/c/norte/{page}", "/lineage/") if "row=other" in link[1]]
    assert links
    for words, address in links:
        assert figure_of(client, address) == words, address
        assert "all but the first 1 by" in text_of(client, address)


def test_what_no_country_accounts_for_leads_to_both_its_sides(enter: Enter, alice: Tenant, norte: Customer) -> None:
    client = enter(alice)
    links = links_of(client, "/t/alice/c/norte/?metric=plays", "/lineage/")
    ((words, address),) = [link for link in links if "row=remainder" in link[1]]
    assert (figure_of(client, address), words) == ("22", "22")
    page = text_of(client, address)
    assert "Plays, the whole 70 4 facts" in page
    assert "Plays, taken off − 48 4 facts" in page
    assert "not split by country" in page


def test_figures_of_an_earlier_day_lead_to_the_facts_of_then(enter: Enter, alice: Tenant, norte: Customer) -> None:
    """With as_of, a figure that was changed later comes with that change, and with the answer that it came from."""
    client = enter(alice)
    with tenant_scope(alice):
        film = Asset.objects.get(external_id="film, v")
    read, again = (datetime.fromisoformat(f"{ago(1)}T{hour}:00:00+00:00") for hour in (12, 13))
    noticed, days = again + timedelta(days=1), {"from_day": ago(2), "to_day": ago(1)}
    first, other, second = (make_snapshot(film, fetched_at=at, **days) for at in (read, again, noticed))
    with tenant_scope(alice):
        Fact.objects.exclude(asset=film, day=ago(2)).update(snapshot=other)
        Fact.objects.filter(asset=film, day=ago(2)).update(snapshot=second)
    make_restatement(film, "plays", ago(2), 28, 30, noticed, old_since=read, snapshot=second)
    then = f"?as_of={ago(1)}"
    links = links_of(client, f"/t/alice/c/norte/{then}&table=asset&metric=plays", "/lineage/")
    links += links_of(client, f"/t/alice/c/norte/{then}&interval=day", "/lineage/")
    assert len(links) > 3
    for words, address in links:
        assert figure_of(client, address) == words, address
    of_all = {place for words, place in links if words == "58" and "interval=total" in place}  # 30 of boom, and 28
    (address,) = of_all
    page = text_of(client, address)
    assert "as it was at the end of" in page
    assert re.search(rf"28 30 from .*, changed by the provider {first.pk} ", page)
    assert "is not known any more" not in page
    with tenant_scope(alice):
        first.delete()
    assert "is not known any more" in text_of(client, address)


def test_bob_sees_nothing_of_alices(enter: Enter, alice: Tenant, bob: Tenant, norte: Customer) -> None:
    with tenant_scope(alice):
        snapshot = make_snapshot(Asset.objects.all()[0])
    client = enter(bob)
    for place in (
        "lineage/?metrics=plays&customer=norte",
        f"readings/{snapshot.pk}/",
        f"readings/{snapshot.pk}/answer",
    ):
        assert client.get(f"/t/bob/{place}").status_code == 404
        assert client.get(f"/t/alice/{place}").status_code == 404


def test_session_lists_are_for_managers(enter: Enter, alice: Tenant, norte: Customer) -> None:
    with tenant_scope(alice):
        film = Asset.objects.all()[0]
    place = f"/t/alice/readings/{make_snapshot(film, is_personal=True).pk}/"
    assert enter(alice, "analyst").get(place).status_code == 404
    assert "Personal data" in text_of(enter(alice, "manager"), place)


def test_an_address_that_names_no_figure_says_why(enter: Enter, alice: Tenant, norte: Customer) -> None:
    client = enter(alice)
    for parameters, words in (
        ("metrics=views", "“views” is none of"),
        ("metrics=plays&cursor=x", "This cursor is not"),
    ):
        answer = client.get(f"/t/alice/lineage/?{parameters}")
        assert answer.status_code == 400
        assert words in answer.content.decode()


def test_an_unknown_figure_says_so(enter: Enter, alice: Tenant, norte: Customer) -> None:
    page = text_of(enter(alice), "/t/alice/lineage/?metrics=cost&customer=norte&period=last_30_days")
    assert "There are no figures that may be added" in page
    assert "several currencies are not added" in page


def test_what_a_provider_wrote_is_text(enter: Enter, alice: Tenant, norte: Customer) -> None:
    """Long ones are cut; a page of the vendor's never acts as one of ours."""
    with tenant_scope(alice):
        film = Asset.objects.all()[0]
    body = b"<html><script>alert(1)</script>" + b"x" * SHOWN
    place = f"/t/alice/readings/{make_snapshot(film, body).pk}/"
    client = enter(alice)
    page = client.get(place).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page
    assert len(page) < 2 * SHOWN
    assert "Download it to see all" in page
    file = client.get(f"{place}answer?part=1")
    assert (file.content, file["Content-Security-Policy"]) == (body, "sandbox")
    for part in ("2", "0", "x", "-1"):
        assert client.get(f"{place}?part={part}").status_code == 404


def test_what_a_fact_was_before(enter: Enter, alice: Tenant, norte: Customer) -> None:
    with tenant_scope(alice):
        film = Asset.objects.get(external_id="film, v")
        Restatement.objects.create(
            tenant=alice, connection_id=film.connection_id, asset=film, metric="plays", interval="day", day=ago(2),
            old=Decimal(28), new=Decimal(30), noticed_at=NOON, cause="reader",
        )  # fmt: skip
    page = text_of(enter(alice), f"/t/alice/lineage/?metrics=plays&from={ago(2)}&to={ago(2)}&connection=v")
    assert "28 until 2 Jan 2026, read again by us" in page


JSON_LINES = ["{", '  "a": [', "    1.50,", "    {", '      "b": "{x}\\" ,"', "    },", "    [],", "    {}", "  ]", "}"]
XML_LINES = ["<R>", "  <B>text</B>", "  <C/>", "  <E>", "    <F>1</F>", "  </E>", "</R>"]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ('{"a":[1.50,{"b":"{x}\\" ,"},[],{}]}', JSON_LINES),
        ('[{"cut":"of', ["[", "  {", '    "cut": "of']),
        ("<R><B>text</B><C/><E><F>1</F></E></R>", XML_LINES),
        ("<R><B>cut", ["<R>", "  <B>cut"]),
        ("a;b\n1;2", ["a;b", "1;2"]),
        ("", []),
    ],
)
def test_answers_are_indented_and_nothing_else(text: str, lines: list[str]) -> None:
    assert indented(text).splitlines() == lines
    assert re.sub(r"\s", "", indented(text)) == re.sub(r"\s", "", text)


def test_a_hostile_answer_stays_small() -> None:
    assert len(indented("[" * SHOWN)) < 50 * SHOWN
    assert len(indented("<a>" * (SHOWN // 3))) < 50 * SHOWN
