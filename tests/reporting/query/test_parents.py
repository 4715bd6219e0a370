"""Assets that others hold: an application and its streams. Figures of parents, and names that stand under several."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from reporting.ledger.daily_totals import deviations
from reporting.models import Asset, Connection, Tenant
from reporting.query import NotThere
from reporting.query.lineage import PageRequest, beside, parse_lineage
from reporting.tenancy.scoping import tenant_scope
from tests.support.factories import (
    TODAY,
    codes,
    cover,
    give,
    make_asset,
    make_connection,
    make_customer,
    make_restatement,
    make_snapshot,
    report,
    tell,
)


def hold(cdn: Connection, name: str, plays: dict[str, int]) -> Asset:
    """An application with streams: how many requests each had on the first of January."""
    parent = make_asset(cdn, name, "application")
    for stream, requests in plays.items():
        tell(make_asset(cdn, stream, "stream", parent=parent), "requests", {"2026-01-01": requests})
    return parent


@pytest.fixture
def cdn(alice: Tenant) -> Connection:
    """Two applications that have a stream of one name each, and a stream that nothing holds."""
    cdn = make_connection(alice, "cdn", "scaleengine")
    hold(cdn, "live", {"cup": 1, "gala": 2})
    hold(cdn, "vod", {"cup": 4})
    tell(make_asset(cdn, "cup", "stream"), "requests", {"2026-01-01": 8})
    return cdn


def by(answer: dict[str, Any], *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in names) for row in answer["rows"]]


def test_it_works(alice: Tenant, cdn: Connection) -> None:
    answer = report(alice, metrics="requests", group_by="parent")
    told = {"connection": "cdn", "parent": "live", "parent_title": "Title of live", "requests": 3}
    assert answer["rows"] == [told, told | {"parent": "vod", "parent_title": "Title of vod", "requests": 4}]
    assert answer["totals"] == {"requests": 15}
    assert answer["unattributed"] == {"requests": 8}
    assert [column["name"] for column in answer["columns"]] == ["connection", "parent", "parent_title", "requests"]


def test_one_name_under_two_parents_is_two_rows(alice: Tenant, cdn: Connection) -> None:
    answer = report(alice, metrics="requests", group_by="asset", interval="day")
    assert by(answer, "asset", "parent", "asset_kind", "requests") == [
        ("cup", "live", "stream", 1),
        ("cup", "vod", "stream", 4),
        ("cup", None, "stream", 8),
        ("gala", "live", "stream", 2),
    ]
    for more in ({"order_by": "-requests"}, {"interval": "total", "order_by": "requests"}, {"as_of": "2026-02-28"}):
        rows = report(alice, metrics="requests", group_by="asset", **more)["rows"]
        assert len({(row["asset"], row["parent"]) for row in rows}) == 4
    first, other = report(alice, metrics="requests", group_by="asset", limit=1)["rows"]
    assert (first["parent"], first["requests"]) == (None, 8)
    assert (other["asset"], other["parent"], other["requests"]) == (None, None, 7)


def test_by_parent_and_asset(alice: Tenant, cdn: Connection) -> None:
    """As by customer and asset: what belongs to none is no row."""
    for more in ({}, {"limit": 9, "order_by": "parent,asset"}):
        answer = report(alice, metrics="requests", group_by="parent,asset", **more)
        assert by(answer, "parent", "asset", "requests") == [("live", "cup", 1), ("live", "gala", 2), ("vod", "cup", 4)]
        assert answer["unattributed"] == {"requests": 8}


@pytest.mark.parametrize(
    ("filters", "total"),
    [
        ({"parent": "live"}, 3),
        ({"parent": "live,vod"}, 7),
        ({"asset": "cup"}, 13),
        ({"asset": "cup", "parent": "vod"}, 4),
        ({"parent": "-"}, 8),
        ({"parent": "-,vod", "asset": "cup"}, 12),
    ],
)
def test_a_filter_means_all_that_have_the_name(
    alice: Tenant, cdn: Connection, filters: dict[str, str], total: int
) -> None:
    tell(make_asset(cdn, "all", "account"), "requests", {"2026-01-01": 1000})
    answer = report(alice, metrics="requests", **filters)
    assert answer["totals"] == {"requests": total}
    assert "unattributed" not in answer
    assert (
        sum(row["requests"] for row in report(alice, metrics="requests", group_by="asset", **filters)["rows"]) == total
    )


def test_several_connections_may_have_a_parent_of_one_name(alice: Tenant, cdn: Connection) -> None:
    hold(make_connection(alice, "east", "scaleengine"), "live", {"cup": 16})
    answer = report(alice, metrics="requests", group_by="parent", parent="live")
    assert by(answer, "connection", "parent", "requests") == [("cdn", "live", 3), ("east", "live", 16)]
    assert report(alice, metrics="requests", parent="live", connection="east")["totals"] == {"requests": 16}


def test_unknown_parents_are_named(alice: Tenant, bob: Tenant, cdn: Connection) -> None:
    hold(make_connection(bob, "bobs", "scaleengine"), "secret", {"x": 1})
    for wrong in ("nothing", "live,nothing", "secret", "gala"):
        with pytest.raises(NotThere, match=f"There is no parent “{wrong.removeprefix('live,')}” here"):
            report(alice, metrics="requests", parent=wrong)
    with pytest.raises(NotThere, match="There is no asset “gala” here"):
        report(alice, metrics="requests", parent="vod", asset="gala")


def test_an_application_that_holds_nothing_yet_is_there(alice: Tenant, cdn: Connection) -> None:
    make_asset(cdn, "new", "application")
    answer = report(alice, metrics="requests", parent="new", group_by="parent")
    assert (answer["rows"], answer["totals"]) == ([], {"requests": None})


# --- Nothing twice ----------------------------------------------------------------------------------------------------


def test_what_an_application_has_of_its_own_is_not_added_to_its_streams(alice: Tenant, cdn: Connection) -> None:
    """As a playlist's it is beside them, and in no sum."""
    with tenant_scope(alice):
        live = Asset.objects.get(external_id="live")
    tell(live, "requests", {"2026-01-01": 3})
    tell(make_asset(cdn, "idle", "application"), "requests", {"2026-01-01": 50})
    give(live, make_customer(alice))
    assert report(alice, metrics="requests")["totals"] == {"requests": 15}
    for more in ({}, {"asset": "live,cup,gala"}, {"group_by": "asset"}):
        assert report(alice, metrics="requests", **more)["totals"] == {"requests": 15}
    answer = report(alice, metrics="requests", group_by="parent")
    assert by(answer, "parent", "requests") == [("live", 3), ("vod", 4)]
    assert report(alice, metrics="requests", parent="live")["totals"] == {"requests": 3}
    rows = report(alice, metrics="requests", group_by="asset")["rows"]
    assert ("live", "application", 3) in [(row["asset"], row["asset_kind"], row["requests"]) for row in rows]
    with tenant_scope(alice):
        assert deviations(cdn.pk) == []


def test_an_account_is_in_no_parent(alice: Tenant, cdn: Connection) -> None:
    tell(make_asset(cdn, "all", "account"), "requests", {"2026-01-01": 20})
    answer = report(alice, metrics="requests", group_by="parent")
    assert by(answer, "parent", "requests") == [("live", 3), ("vod", 4)]
    assert (answer["totals"], answer["unattributed"]) == ({"requests": 20}, {"requests": 13})


def test_distinct_counts_do_not_add_up(alice: Tenant, cdn: Connection) -> None:
    with tenant_scope(alice):
        streams = {(a.parent and a.parent.external_id, a.external_id): a for a in Asset.objects.filter(kind="stream")}
    for place, devices in ((("live", "cup"), 5), (("live", "gala"), 6), (("vod", "cup"), 7)):
        tell(streams[place], "devices", {"2026-01-01": devices})
    answer = report(
        alice, metrics="requests,devices", group_by="parent", interval="day", from_="2026-01-01", to="2026-01-01"
    )
    assert by(answer, "parent", "devices") == [("live", None), ("vod", 7)]  # the second is one stream's very own
    assert "not_additive" in codes(answer)


def test_ratios_and_states_of_parents(alice: Tenant) -> None:
    fire = make_connection(alice)
    parent = make_asset(fire, "app", "application")
    for name, plays, seconds, left in (("a", 2, 10, 5), ("b", 3, 30, 6)):
        asset = make_asset(fire, name, "stream", parent=parent)
        tell(asset, "plays", {"2026-01-01": plays})
        tell(asset, "watch_time", {"2026-01-01": seconds})
        tell(asset, "finished", {"2026-01-01": 1, "2026-01-02": left})
    tell(make_asset(fire, "c", "stream"), "watch_time", {"2026-01-01": 99})
    answer = report(alice, metrics="average_watch_time,finished", group_by="parent")
    assert by(answer, "parent", "average_watch_time", "finished") == [("app", 8, 11)]


def test_a_dimension_within_parents_and_what_it_leaves_over(alice: Tenant, cdn: Connection) -> None:
    with tenant_scope(alice):
        gala = Asset.objects.get(external_id="gala")
    tell(gala, "requests", {"2026-01-01 JP": 1}, dimension="country")
    answer = report(alice, metrics="requests", group_by="parent,country")
    assert by(answer, "parent", "country", "requests") == [("live", "JP", 1), ("live", None, 2), ("vod", None, 4)]


# --- Customers --------------------------------------------------------------------------------------------------------


def test_a_customer_has_the_parents_of_its_own_assets(alice: Tenant, cdn: Connection) -> None:
    norte = make_customer(alice)
    with tenant_scope(alice):
        (mine,) = Asset.objects.filter(external_id="cup", parent__external_id="live")
    give(mine, norte)
    answer = report(alice, norte, metrics="requests", group_by="parent")
    assert by(answer, "parent", "requests") == [("live", 1)]
    assert report(alice, norte, metrics="requests", parent="live")["totals"] == {"requests": 1}
    for wrong in ("vod", "-,vod"):
        with pytest.raises(NotThere, match="no parent “vod”"):
            report(alice, norte, metrics="requests", parent=wrong)
    both = report(alice, metrics="requests", group_by="customer,parent")
    assert (by(both, "customer", "parent", "requests"), both["unattributed"]) == (
        [("norte", "live", 1)],
        {"requests": 14},
    )


# --- Beside the figures -----------------------------------------------------------------------------------------------


def test_streams_are_as_fresh_as_their_application(alice: Tenant, cdn: Connection) -> None:
    """The feed is asked for each application; one that was added later has no history yet."""
    with tenant_scope(alice):
        live, vod = Asset.objects.get(external_id="live"), Asset.objects.get(external_id="vod")
        gala = Asset.objects.get(external_id="gala")
    norte = make_customer(alice)
    give(gala, norte)
    cover(cdn, "2026-01-01", "2026-02-01", "2026-01-29", live)
    cover(cdn, "2026-01-20", "2026-02-01", "2026-01-29", vod)

    def fresh(**asked: str) -> tuple[str | None, bool]:
        (one,) = report(alice, metrics="requests", **asked)["freshness"]
        return one["final_through"], one["complete"]

    assert fresh() == fresh(group_by="parent") == (None, False)
    assert fresh(parent="live") == fresh(asset="gala") == fresh(customer="norte") == ("2026-01-29", True)
    assert fresh(parent="live", group_by="asset") == ("2026-01-29", True)
    assert fresh(parent="vod") == fresh(parent="live,vod") == (None, False)


def test_restatements_are_those_of_the_rows(alice: Tenant, cdn: Connection) -> None:
    with tenant_scope(alice):
        gala = Asset.objects.get(external_id="gala")
        (alone,) = Asset.objects.filter(kind="stream", parent=None)
    for asset in (gala, alone):
        make_restatement(asset, "requests", "2026-01-01", 1, 2, datetime(2026, 2, 1, tzinfo=UTC))
    answer = report(alice, marks=True, metrics="requests", group_by="parent")
    assert [row["restated"] for row in answer["rows"]] == [1, 0]
    assert answer["restated"] == 1


def facts_of(tenant: Tenant, **asked: str) -> tuple[Any, list[tuple[str | None, str, int]]]:
    words = {name.removesuffix("_"): [value] for name, value in asked.items()}
    words |= {"metrics": ["requests"], "from": ["2026-01-01"], "to": ["2026-01-31"]}
    with tenant_scope(tenant):
        lineage = parse_lineage(words, tenant, today=TODAY)
        lines = beside(lineage, lineage.facts(PageRequest()).facts)
        return lineage.figure, [(line.asset.parent, line.asset.word, int(line.fact.value)) for line in lines]


def test_lineages_of_rows(alice: Tenant, cdn: Connection) -> None:
    assert facts_of(alice, group_by="parent", parent="live") == (3, [("live", "cup", 1), ("live", "gala", 2)])
    row = {"connection": "cdn", "asset": "cup"}
    assert facts_of(alice, **row, parent="vod") == (4, [("vod", "cup", 4)])
    assert facts_of(alice, **row, parent="-") == (8, [(None, "cup", 8)])
    other = {"row": "other", "report_limit": "1", "order_by": "-requests"}
    assert facts_of(alice, group_by="parent", **other) == (3, [("live", "cup", 1), ("live", "gala", 2)])
    figure, facts = facts_of(alice, group_by="parent", row="unattributed")
    assert (figure, len(facts), sum(value for *_, value in facts)) == (8, 7, 22)


def test_an_answer_of_the_application_is_found_for_its_streams(alice: Tenant, cdn: Connection) -> None:
    """As of a day the old value's answer is found by its time: it was asked of the application, not of the stream."""
    with tenant_scope(alice):
        live, gala = Asset.objects.get(external_id="live"), Asset.objects.get(external_id="gala")
        vod = Asset.objects.get(external_id="vod")
    then = datetime(2026, 1, 2, 5, tzinfo=UTC)
    made = {"from_day": date(2026, 1, 1), "to_day": date(2026, 1, 1)}
    answer = make_snapshot(cdn, then, asset=live, **made)
    make_snapshot(cdn, then, asset=vod, **made)
    make_restatement(gala, "requests", "2026-01-01", 1, 2, datetime(2026, 2, 1, tzinfo=UTC), old_since=then)
    words = {"metrics": ["requests"], "from": ["2026-01-01"], "to": ["2026-01-31"], "as_of": ["2026-01-20"]}
    with tenant_scope(alice):
        lineage = parse_lineage(words | {"asset": ["gala"]}, alice, today=TODAY)
        (line,) = beside(lineage, lineage.facts(PageRequest()).facts)
        assert (line.fact.value, line.fact.snapshot) == (1, answer.pk)
