"""Programmes: one work whose copies are assets of several providers. Their figures, and what they are not made of."""

from datetime import UTC, datetime
from typing import Any

import pytest

from reporting.models import Asset, Connection, Tenant
from reporting.query import NotThere
from reporting.query.lineage import PageRequest, beside, parse_lineage
from reporting.tenancy.reader import OPERATOR
from reporting.tenancy.scoping import tenant_scope
from tests.support.factories import (
    TODAY,
    codes,
    cover,
    give,
    make_asset,
    make_connection,
    make_customer,
    make_programme,
    make_restatement,
    report,
    tell,
)

DAY = "2026-01-01"


def copy(connection: Connection, name: str, plays: int, kind: str = "video", **more: Any) -> Asset:
    asset = make_asset(connection, name, kind, **more)
    tell(asset, "plays", {DAY: plays})
    return asset


@pytest.fixture
def final(alice: Tenant) -> list[Asset]:
    """The final at two providers, with 1 and 2 plays; the gala at one, with 4; another video of 8 that is in no programme."""
    boom, smart = make_connection(alice, "boom"), make_connection(alice, "smart", "smartstream")
    copies = [copy(boom, "f1", 1), copy(smart, "f2", 2)]
    make_programme(alice, "final", *copies, name="The final")
    make_programme(alice, "gala", copy(boom, "g", 4), name="The gala")
    copy(boom, "alone", 8)
    return copies


def by(answer: dict[str, Any], *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in names) for row in answer["rows"]]


def test_it_works(alice: Tenant, final: list[Asset]) -> None:
    answer = report(alice, metrics="plays", group_by="programme")
    assert by(answer, "programme", "programme_name", "plays") == [("final", "The final", 3), ("gala", "The gala", 4)]
    assert (answer["totals"], answer["unattributed"]) == ({"plays": 15}, {"plays": 8})
    assert [column["name"] for column in answer["columns"]] == ["programme", "programme_name", "plays"]


@pytest.mark.parametrize(
    ("filters", "total"),
    [
        ({"programme": "final"}, 3),
        ({"programme": "final,gala"}, 7),
        ({"programme": "-"}, 8),
        ({"programme": "-,gala"}, 12),
        ({"programme": "final", "connection": "smart"}, 2),
        ({"programme": "final", "asset": "f1"}, 1),
        ({"programme": "-", "parent": "-"}, 8),
    ],
)
def test_filters(alice: Tenant, final: list[Asset], filters: dict[str, str], total: int) -> None:
    """An account is a copy of nothing: it is in no sum of assets, nor among those that are in no programme."""
    tell(make_asset(final[0].connection, "all", "account"), "plays", {DAY: 1000})
    answer = report(alice, metrics="plays", **filters)
    assert answer["totals"] == {"plays": total}
    assert "unattributed" not in answer
    rows = report(alice, metrics="plays", group_by="asset", **filters)["rows"]
    assert sum(row["plays"] for row in rows) == total


def test_the_copies_of_each(alice: Tenant, final: list[Asset]) -> None:
    """As rows of a statement, and as sums."""
    for more in ({}, {"order_by": "programme,asset"}):
        answer = report(alice, metrics="plays", group_by="programme,asset", **more)
        assert by(answer, "programme", "asset", "plays") == [("final", "f1", 1), ("final", "f2", 2), ("gala", "g", 4)]
    assert answer["unattributed"] == {"plays": 8}
    assert [column["name"] for column in answer["columns"]][:3] == ["programme", "programme_name", "connection"]


def test_names_that_are_not_there(alice: Tenant, bob: Tenant, final: list[Asset]) -> None:
    make_programme(bob, "secret", copy(make_connection(bob, "bobs"), "x", 1))
    make_programme(alice, "empty")
    for wrong in ("nothing", "final,nothing", "secret"):
        with pytest.raises(NotThere, match=f"There is no programme “{wrong.removeprefix('final,')}” here"):
            report(alice, metrics="plays", programme=wrong)
    with pytest.raises(NotThere, match="no asset “g” here"):
        report(alice, metrics="plays", programme="final", asset="g")
    answer = report(alice, metrics="plays", programme="empty", group_by="programme")
    assert (answer["rows"], answer["totals"]) == ([], {"plays": None})


# --- What must not be added -------------------------------------------------------------------------------------------


def test_bytes_split_by_provider_and_money_by_currency(alice: Tenant, final: list[Asset]) -> None:
    dollars = make_connection(alice, "usd", "247platform", currency="USD")
    third = make_asset(dollars, "f3")
    with tenant_scope(alice):
        Asset.objects.filter(pk=third.pk).update(programme=Asset.objects.get(pk=final[0].pk).programme)
    for asset, amount in ((final[0], 10), (final[1], 20), (third, 40)):
        tell(asset, "data_transfer", {DAY: amount})
        tell(asset, "cost", {DAY: amount})
    answer = report(alice, metrics="data_transfer", group_by="programme")
    assert by(answer, "programme", "provider", "data_transfer") == [
        ("final", "247platform", 40),
        ("final", "boomstream", 10),
        ("final", "smartstream", 20),
    ]
    answer = report(alice, metrics="cost", group_by="programme")
    assert by(answer, "programme", "currency", "cost") == [("final", "EUR", "30"), ("final", "USD", "40")]


def test_distinct_counts_are_shown_of_one_copy_only(alice: Tenant, final: list[Asset]) -> None:
    with tenant_scope(alice):
        gala = Asset.objects.get(external_id="g")
    for asset, devices in ((final[0], 5), (final[1], 6), (gala, 7)):
        tell(asset, "devices", {DAY: devices})
    answer = report(alice, metrics="plays,devices", group_by="programme", interval="day", from_=DAY, to=DAY)
    assert by(answer, "programme", "devices") == [("final", None), ("gala", 7)]
    assert "not_additive" in codes(answer)


def test_ratios_are_over_the_copies_that_report_both_sides(alice: Tenant, final: list[Asset]) -> None:
    tell(final[0], "watch_time", {DAY: 60})
    answer = report(alice, metrics="average_watch_time,plays", group_by="programme")
    assert by(answer, "programme", "average_watch_time", "plays") == [("final", 60, 3), ("gala", None, 4)]


def test_a_playlist_adds_nothing_to_a_programme(alice: Tenant, final: list[Asset]) -> None:
    """It stands beside the videos that it plays, and where a connection has nothing else, too."""
    boom, lists = final[0].connection, make_connection(alice, "lists", "247platform")
    with tenant_scope(alice):
        programme = Asset.objects.get(pk=final[0].pk).programme
    for connection, name in ((boom, "list"), (lists, "only"), (boom, "app")):
        asset = copy(connection, name, 50, "application" if name == "app" else "playlist")
        with tenant_scope(alice):
            Asset.objects.filter(pk=asset.pk).update(programme=programme)
    answer = report(alice, metrics="plays", group_by="programme")
    assert by(answer, "programme", "plays") == [("final", 3), ("gala", 4)]
    for more in ({}, {"group_by": "customer"}, {"interval": "month"}):
        assert report(alice, metrics="plays", programme="final", **more)["totals"] == {"plays": 3}
    rows = report(alice, metrics="plays", group_by="programme,asset", programme="final")["rows"]
    assert ("list", "playlist", 50) in [(row["asset"], row["asset_kind"], row["plays"]) for row in rows]
    assert report(alice, metrics="plays", programme="final", asset="list")["totals"] == {"plays": 50}


def test_an_account_is_in_no_programme(alice: Tenant, final: list[Asset]) -> None:
    """Not even where somebody wrote so into the database."""
    account = copy(final[0].connection, "all", 20, "account")
    with tenant_scope(alice):
        Asset.objects.filter(pk=account.pk).update(programme=Asset.objects.get(pk=final[0].pk).programme)
    answer = report(alice, metrics="plays", group_by="programme")
    assert by(answer, "programme", "plays") == [("final", 3), ("gala", 4)]
    assert (answer["totals"], answer["unattributed"]) == ({"plays": 22}, {"plays": 15})
    assert report(alice, metrics="plays", programme="final")["totals"] == {"plays": 3}
    assert report(alice, metrics="plays", group_by="programme,asset", asset="all")["rows"] == []


def test_a_dimension_within_programmes_and_what_it_leaves_over(alice: Tenant, final: list[Asset]) -> None:
    tell(final[1], "plays", {f"{DAY} JP": 1}, dimension="country")
    answer = report(alice, metrics="plays", group_by="programme,country")
    assert by(answer, "programme", "country", "plays") == [("final", "JP", 1), ("final", None, 2), ("gala", None, 4)]


# --- Customers --------------------------------------------------------------------------------------------------------


def test_a_customer_has_the_programmes_and_days_of_its_own_assets(alice: Tenant, final: list[Asset]) -> None:
    norte = make_customer(alice)
    give(final[0], norte, "2026-01-02")
    tell(final[0], "plays", {"2026-01-03": 16})
    answer = report(alice, norte, metrics="plays", group_by="programme")
    assert by(answer, "programme", "plays") == [("final", 16)]
    assert report(alice, norte, metrics="plays", programme="final")["totals"] == {"plays": 16}
    for wrong in ("gala", "final,gala", "-,gala"):
        with pytest.raises(NotThere, match="no programme “gala” here"):
            report(alice, norte, metrics="plays", programme=wrong)
    both = report(alice, metrics="plays", group_by="customer,programme")
    assert by(both, "customer", "programme", "plays") == [("norte", "final", 16)]
    assert both["unattributed"] == {"plays": 15}


def test_a_programme_of_an_asset_that_is_to_come_is_not_there(alice: Tenant, final: list[Asset]) -> None:
    norte = make_customer(alice)
    give(final[0], norte)
    with tenant_scope(alice):
        gala = Asset.objects.get(external_id="g")
    give(gala, norte, "2099-01-01")
    with pytest.raises(NotThere, match="no programme “gala” here"):
        report(alice, norte, metrics="plays", programme="gala")


# --- Beside the figures -----------------------------------------------------------------------------------------------


def test_marks_are_those_of_the_copies(alice: Tenant, final: list[Asset]) -> None:
    """The gala is at one provider: that the other is late does not make it provisional."""
    cover(final[0].connection, DAY, "2026-02-01", "2026-01-31")
    cover(final[1].connection, DAY, "2026-02-01", None)
    make_restatement(final[1], "plays", DAY, 1, 2, datetime(2026, 2, 1, tzinfo=UTC))
    answer = report(alice, marks=True, metrics="plays", group_by="programme", interval="day")
    marks = {row["programme"]: (row["final"], row.get("restated", 0)) for row in answer["rows"]}
    assert marks == {"final": (False, 1), "gala": (True, 0)}
    assert answer["restated"] == 1
    (one,) = report(alice, metrics="plays", programme="gala")["freshness"]
    assert one["connection"] == "boom"


def facts_of(tenant: Tenant, **asked: str) -> tuple[Any, list[tuple[str, int]]]:
    words = {name.removesuffix("_"): [value] for name, value in asked.items()}
    words |= {"metrics": ["plays"], "from": [DAY], "to": ["2026-01-31"]}
    with tenant_scope(tenant):
        lineage = parse_lineage(words, tenant, OPERATOR, today=TODAY)
        lines = beside(lineage, lineage.facts(PageRequest()).facts)
        return lineage.figure, [(line.asset.word, int(line.fact.value)) for line in lines]


def test_lineages_of_rows(alice: Tenant, final: list[Asset]) -> None:
    assert facts_of(alice, group_by="programme", programme="final") == (3, [("f1", 1), ("f2", 2)])
    assert facts_of(alice, group_by="programme,asset", programme="gala", asset="g") == (4, [("g", 4)])
    other = {"row": "other", "report_limit": "1", "order_by": "-plays"}
    assert facts_of(alice, group_by="programme", **other) == (3, [("f1", 1), ("f2", 2)])
    figure, facts = facts_of(alice, group_by="programme", row="unattributed")
    assert (figure, len(facts), sum(value for _, value in facts)) == (8, 7, 22)


def test_hours_and_lifetimes_of_programmes(alice: Tenant, final: list[Asset]) -> None:
    for asset in final:
        tell(asset, "plays", {f"{DAY}T14:00": 3}, interval="hour")
        tell(asset, "plays", {DAY: 100, "2026-01-02": 200}, interval="lifetime")
    answer = report(alice, metrics="plays", group_by="programme", interval="hour")
    assert by(answer, "programme", "period", "plays") == [("final", "2026-01-01T14", 6)]
    answer = report(alice, metrics="plays", group_by="programme", interval="lifetime")
    assert by(answer, "programme", "plays") == [("final", 400)]
