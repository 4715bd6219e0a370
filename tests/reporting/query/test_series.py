"""Periods, comparisons, order and limit."""

from reporting.models import Tenant
from tests.support.factories import codes, give, make_asset, make_connection, make_customer, report, tell

NAMES = ("connection", "asset", "asset_kind", "parent", "asset_title")
NAMELESS = dict.fromkeys(NAMES)  # the row of several assets


def test_it_works(alice: Tenant) -> None:
    tell(make_asset(make_connection(alice)), "plays", {"2026-01-02": 1, "2026-02-03": 2, "2026-02-04": 3})
    days = report(alice, metrics="plays", interval="day", from_="2026-01-01", to="2026-01-03")
    assert [row["plays"] for row in days["rows"]] == [None, 1, None]
    months = report(alice, metrics="plays", interval="month", from_="2026-01-01", to="2026-03-31")
    assert months["rows"] == [
        {"period": "2026-01", "plays": 1},
        {"period": "2026-02", "plays": 5},
        {"period": "2026-03", "plays": None},
    ]


def test_partial_weeks_and_months_are_marked(alice: Tenant) -> None:
    tell(make_asset(make_connection(alice)), "plays", {"2026-01-20": 1})
    answer = report(alice, metrics="plays", interval="week", from_="2026-01-14", to="2026-01-25")
    assert [row["period"] for row in answer["rows"]] == ["2026-W03", "2026-W04"]
    (note,) = [note for note in answer["notes"] if note["code"] == "partial_week"]
    assert (note["period"], note["from"], note["to"]) == ("2026-W03", "2026-01-14", "2026-01-18")
    assert "partial_month" in codes(
        report(alice, metrics="plays", interval="month", from_="2026-01-02", to="2026-01-31")
    )
    assert "partial_month" not in codes(report(alice, metrics="plays", interval="month"))


def test_hours_and_days_are_never_mixed(alice: Tenant) -> None:
    final = make_asset(make_connection(alice))
    tell(final, "plays", {"2026-01-01": 9})
    tell(final, "plays", {"2026-01-01T14:00": 3, "2026-01-01T15:00": 4}, interval="hour")
    tell(final, "plays", {"2026-01-01T14:35": 2}, interval="minute")
    assert report(alice, metrics="plays")["totals"] == {"plays": 9}
    hours = report(alice, metrics="plays", interval="hour")
    assert hours["rows"] == [{"period": "2026-01-01T14", "plays": 3}, {"period": "2026-01-01T15", "plays": 4}]
    assert hours["totals"] == {"plays": 7}
    assert report(alice, metrics="plays", interval="minute")["rows"] == [{"period": "2026-01-01T14:35", "plays": 2}]


def test_compare_gives_the_totals_before(alice: Tenant) -> None:
    tell(make_asset(make_connection(alice)), "plays", {"2025-01-05": 1, "2025-12-31": 2, "2026-01-01": 4})
    answer = report(alice, metrics="plays", compare="previous_period")
    assert answer["previous"] == {"from": "2025-12-01", "to": "2025-12-31", "totals": {"plays": 2}}
    answer = report(alice, metrics="plays", compare="previous_year")
    assert answer["previous"] == {"from": "2025-01-01", "to": "2025-01-31", "totals": {"plays": 1}}


# --- Order and limit --------------------------------------------------------------------------------------------------


def test_the_rest_is_one_row(alice: Tenant) -> None:
    boom = make_connection(alice)
    for name, plays in (("a", 1), ("b", 5), ("c", 3), ("d", 2)):
        tell(make_asset(boom, name), "plays", {"2026-01-01": plays})
    answer = report(alice, metrics="plays", group_by="asset", order_by="-plays", limit=2)
    assert [(row["asset"], row["plays"]) for row in answer["rows"]] == [("b", 5), ("c", 3), (None, 3)]
    assert answer["rows"][-1] == NAMELESS | {"plays": 3}
    assert answer["totals"] == {"plays": 11}
    assert len(report(alice, metrics="plays", group_by="asset", limit=4)["rows"]) == 4


def test_the_rest_does_not_add_what_does_not_add_up(alice: Tenant) -> None:
    boom = make_connection(alice)
    for name, plays in (("a", 1), ("b", 5), ("c", 3)):
        asset = make_asset(boom, name)
        tell(asset, "plays", {"2026-01-01": plays})
        tell(asset, "watch_time", {"2026-01-01": plays * plays})
        tell(asset, "devices", {"2026-01-01": plays})
    tell(make_asset(boom, "list", "playlist"), "plays", {"2026-01-01": 2})
    answer = report(
        alice,
        metrics="plays,devices,average_watch_time",
        group_by="asset",
        order_by="-plays",
        limit=1,
        from_="2026-01-01",
        to="2026-01-01",
    )
    assert answer["rows"][0]["devices"] == 5
    # 1 and 3 plays, without the playlist's; 1² + 3² seconds of four plays.
    assert answer["rows"][1] == {
        **NAMELESS,
        "plays": 4,
        "devices": None,
        "average_watch_time": 2.5,
    }


def test_unknown_comes_last_in_both_directions(alice: Tenant) -> None:
    boom = make_connection(alice)
    tell(make_asset(boom, "a"), "plays", {"2026-01-01": 1})
    tell(make_asset(boom, "b"), "watch_time", {"2026-01-01": 1})
    tell(make_asset(boom, "c"), "plays", {"2026-01-01": 2})
    for order, assets in (("plays", "acb"), ("-plays", "cab")):
        answer = report(alice, metrics="plays,watch_time", group_by="asset", order_by=order)
        assert "".join(row["asset"] for row in answer["rows"]) == assets


def test_equal_figures_are_in_the_order_of_their_names(alice: Tenant) -> None:
    boom = make_connection(alice)
    for name in "dacb":
        tell(make_asset(boom, name), "plays", {"2026-01-01": 1})
    for order in ({}, {"order_by": "plays"}, {"order_by": "-plays"}, {"limit": 4}):
        rows = report(alice, metrics="plays", group_by="asset", **order)["rows"]
        assert "".join(row["asset"] for row in rows) == "abcd"


def test_an_account_among_the_rest_stands_for_its_assets(alice: Tenant) -> None:
    """What it says, they say too: of both together it is all there is."""
    boom, norte, sur = make_connection(alice), make_customer(alice, "norte"), make_customer(alice, "sur")
    account, final, top = make_asset(boom, "all", "account"), make_asset(boom, "final"), make_asset(boom, "top")
    give(account, norte)
    give(final, sur)
    for asset, plays in ((account, 10), (final, 7), (top, 12)):
        tell(asset, "plays", {"2026-01-01": plays})
    give(top, make_customer(alice, "este"))
    by_customer = report(alice, metrics="plays", group_by="customer", limit=1)["rows"]
    assert [(row["customer"], row["plays"]) for row in by_customer] == [("este", 12), (None, 10)]
    by_asset = report(alice, metrics="plays", group_by="asset", asset="all,final,top", limit=1)["rows"]
    assert [(row["asset"], row["plays"]) for row in by_asset] == [("top", 12), (None, 10)]


def test_the_rest_has_the_currency_that_all_of_it_has(alice: Tenant) -> None:
    for slug, currency, cost in (("one", "USD", 9), ("two", "EUR", 2), ("three", "EUR", 1)):
        tell(make_asset(make_connection(alice, slug, currency=currency)), "cost", {"2026-01-01": cost})
    rows = report(alice, metrics="cost", group_by="connection", limit=1)["rows"]
    assert [(row["connection"], row["currency"], row["cost"]) for row in rows] == [
        ("one", "USD", "9"),
        (None, "EUR", "3"),
    ]


def test_the_rest_of_a_series_of_states_is_unknown(alice: Tenant) -> None:
    call = make_asset(make_connection(alice, "fire", "callfire"), "1", "broadcast")
    tell(call, "finished", {"2026-01-01": 3, "2026-01-02": 2, "2026-01-03": 1})
    days = {"interval": "day", "from_": "2026-01-01", "to": "2026-01-03"}
    rows = report(alice, metrics="finished", limit=1, **days)["rows"]
    assert [(row["period"], row["finished"]) for row in rows] == [("2026-01-01", 3), (None, None)]
