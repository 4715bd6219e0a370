"""What does not simply add up: distinct counts, states, and ratios."""

from reporting.models import Tenant
from tests.support.factories import codes, give, make_asset, make_connection, make_customer, report, tell

ONE_DAY = {"from_": "2026-01-01", "to": "2026-01-01"}


def test_it_works(alice: Tenant) -> None:
    merchant = make_asset(make_connection(alice, "smart", "smartstream"), "m1", "account")
    tell(merchant, "devices", {"2026-01-01": 3, "2026-01-02": 4})
    tell(merchant, "devices", {"2026-01-01": 5}, interval="month")
    days = report(alice, metrics="devices", interval="day", from_="2026-01-01", to="2026-01-03")
    assert [row["devices"] for row in days["rows"]] == [3, 4, None]
    assert days["totals"] == {"devices": None}
    assert "not_additive" in codes(days)
    months = report(alice, metrics="devices", interval="month")
    assert months["rows"] == [{"period": "2026-01", "devices": 5}]
    assert months["totals"] == {"devices": 5}
    assert "not_additive" not in codes(months)


def test_devices_are_never_added_over_days(alice: Tenant) -> None:
    merchant = make_asset(make_connection(alice, "smart", "smartstream"), "m1", "account")
    tell(merchant, "devices", {"2026-01-05": 3, "2026-01-06": 4})
    weeks = report(alice, metrics="devices", interval="week", from_="2026-01-05", to="2026-01-11")
    assert weeks["rows"] == [{"period": "2026-W02", "devices": None}]
    assert "not_additive" in codes(weeks)
    assert report(alice, metrics="devices", from_="2026-01-05", to="2026-01-06")["totals"] == {"devices": None}
    assert report(alice, metrics="devices", **ONE_DAY | {"from_": "2026-01-06", "to": "2026-01-06"})["totals"] == {
        "devices": 4
    }


def test_devices_are_never_added_over_assets(alice: Tenant) -> None:
    smart = make_connection(alice, "smart", "smartstream")
    for name, devices in (("a", 3), ("b", 4)):
        tell(make_asset(smart, name), "devices", {"2026-01-01": devices})
    by_asset = report(alice, metrics="devices", group_by="asset", **ONE_DAY)
    assert [row["devices"] for row in by_asset["rows"]] == [3, 4]
    assert by_asset["totals"] == {"devices": None}
    assert by_asset["unattributed"] == {"devices": None}
    assert report(alice, metrics="devices", **ONE_DAY)["rows"] == []
    assert report(alice, metrics="devices", asset="b", **ONE_DAY)["totals"] == {"devices": 4}


def test_a_series_of_devices_is_that_of_one_asset(alice: Tenant) -> None:
    smart = make_connection(alice, "smart", "smartstream")
    tell(make_asset(smart, "a"), "devices", {"2026-01-01": 3})
    tell(make_asset(smart, "b"), "devices", {"2026-01-02": 4})
    answer = report(alice, metrics="devices", interval="day", from_="2026-01-01", to="2026-01-02")
    assert [row["devices"] for row in answer["rows"]] == [None, None]


def test_part_of_a_month_has_no_months_count(alice: Tenant) -> None:
    merchant = make_asset(make_connection(alice, "smart", "smartstream"), "m1", "account")
    tell(merchant, "devices", {"2026-01-01": 5, "2026-02-01": 6, "2026-03-01": 7}, interval="month")
    answer = report(alice, metrics="devices", interval="month", from_="2026-01-02", to="2026-03-01")
    # The current month is whole up to today, the 1st of March.
    assert [row["devices"] for row in answer["rows"]] == [None, 6, 7]
    assert report(alice, metrics="devices", from_="2026-01-01", to="2026-02-28")["totals"] == {"devices": None}


def test_a_customer_who_held_the_asset_for_part_of_the_month(alice: Tenant) -> None:
    norte, video = make_customer(alice), make_asset(make_connection(alice, "smart", "smartstream"))
    give(video, norte, "2026-01-10")
    tell(video, "devices", {"2026-01-01": 5, "2026-02-01": 6}, interval="month")
    answer = report(alice, norte, metrics="devices", interval="month", to="2026-02-28", from_="2026-01-01")
    assert [row["devices"] for row in answer["rows"]] == [None, 6]


def test_a_month_that_was_given_in_two_parts_is_whole(alice: Tenant) -> None:
    norte, video = make_customer(alice), make_asset(make_connection(alice, "smart", "smartstream"))
    give(video, norte, None, "2026-01-10")
    give(video, norte, "2026-01-11")
    tell(video, "devices", {"2026-01-01": 5}, interval="month")
    assert report(alice, norte, metrics="devices", interval="month")["rows"] == [{"period": "2026-01", "devices": 5}]


def test_a_part_of_a_month_makes_the_customers_count_unknown(alice: Tenant) -> None:
    """One video's devices are not the devices of that video and of what another had while it was the customer's."""
    norte, smart = make_customer(alice), make_connection(alice, "smart", "smartstream")
    whole, part = make_asset(smart, "whole"), make_asset(smart, "part")
    give(whole, norte)
    give(part, norte, "2026-01-10")
    tell(whole, "devices", {"2026-01-01": 5, "2026-02-01": 7}, interval="month")
    tell(part, "devices", {"2026-01-01": 9}, interval="month")
    answer = report(alice, norte, metrics="devices", interval="month")
    assert answer["rows"] == [{"period": "2026-01", "devices": None}]
    assert "not_additive" in codes(answer)
    by_asset = report(alice, norte, metrics="devices", interval="month", group_by="asset")
    assert [(row["asset"], row["devices"]) for row in by_asset["rows"]] == [("whole", 5)]


def test_another_videos_other_countries_do_not_hide_a_count(alice: Tenant) -> None:
    smart = make_connection(alice, "smart", "smartstream")
    tell(make_asset(smart, "a"), "devices", {"2026-01-01 JP": 3, "2026-01-02 US": 1}, dimension="country")
    tell(make_asset(smart, "b"), "devices", {"2026-01-02 US": 2}, dimension="country")
    days = {"interval": "day", "from_": "2026-01-01", "to": "2026-01-02"}
    rows = report(alice, metrics="devices", country="JP", **days)["rows"]
    assert [row["devices"] for row in rows] == [3, None]


# --- States -----------------------------------------------------------------------------------------------------------


def test_the_last_state_counts_then_assets_are_added(alice: Tenant) -> None:
    fire = make_connection(alice, "fire", "callfire")
    tell(make_asset(fire, "1", "broadcast"), "finished", {"2026-01-01": 10, "2026-01-03": 30})
    tell(make_asset(fire, "2", "broadcast"), "finished", {"2026-01-02": 5})
    days = report(alice, metrics="finished", interval="day", from_="2026-01-01", to="2026-01-04")
    assert [row["finished"] for row in days["rows"]] == [10, 15, 35, 35]
    assert days["totals"] == {"finished": 35}
    assert days["unattributed"] == {"finished": 0}
    by_asset = report(alice, metrics="finished", group_by="asset")
    assert [(row["asset"], row["finished"]) for row in by_asset["rows"]] == [("1", 30), ("2", 5)]
    weeks = report(alice, metrics="finished", interval="week", from_="2026-01-01", to="2026-01-11")
    assert [row["finished"] for row in weeks["rows"]] == [35, 35]


def test_states_of_before_the_range_and_after_today_are_not_shown(alice: Tenant) -> None:
    fire = make_connection(alice, "fire", "callfire")
    tell(make_asset(fire, "1", "broadcast"), "finished", {"2025-12-31": 10, "2026-03-01": 20})
    assert report(alice, metrics="finished")["totals"] == {"finished": None}
    ahead = report(alice, metrics="finished", interval="day", from_="2026-03-01", to="2026-03-02")
    assert [row["finished"] for row in ahead["rows"]] == [20, None]


def test_a_state_goes_with_the_asset_to_its_next_customer(alice: Tenant) -> None:
    call = make_asset(make_connection(alice, "fire", "callfire"), "1", "broadcast")
    norte, sur = make_customer(alice, "norte"), make_customer(alice, "sur")
    give(call, norte, None, "2026-01-01")
    give(call, sur, "2026-01-02")
    tell(call, "finished", {"2026-01-01": 10, "2026-01-02": 20})
    days = {"metrics": "finished", "interval": "day", "from_": "2026-01-01", "to": "2026-01-02"}
    assert [row["finished"] for row in report(alice, norte, **days)["rows"]] == [10, None]
    assert [row["finished"] for row in report(alice, sur, **days)["rows"]] == [None, 20]
    assert {r["customer"]: r["finished"] for r in report(alice, metrics="finished", group_by="customer")["rows"]} == {
        "sur": 20
    }


# --- Ratios -----------------------------------------------------------------------------------------------------------


def test_a_ratio_is_of_the_two_sums(alice: Tenant) -> None:
    video = make_asset(make_connection(alice))
    tell(video, "plays", {"2026-01-01": 1, "2026-01-02": 3})
    tell(video, "watch_time", {"2026-01-01": 10, "2026-01-02": 90})
    days = report(alice, metrics="average_watch_time", interval="day", from_="2026-01-01", to="2026-01-02")
    assert [row["average_watch_time"] for row in days["rows"]] == [10, 30]
    assert days["totals"] == {"average_watch_time": 25}
    assert days["unattributed"] == {"average_watch_time": None}


def test_a_ratio_is_over_the_assets_that_report_both(alice: Tenant) -> None:
    boom = make_connection(alice)
    both, plays, time = make_asset(boom, "both"), make_asset(boom, "plays"), make_asset(boom, "time")
    tell(both, "plays", {"2026-01-01": 4})
    tell(both, "watch_time", {"2026-01-01": 10})
    tell(plays, "plays", {"2026-01-01": 1000})
    tell(time, "watch_time", {"2026-01-01": 1000})
    # The account gives only one of the two, so its assets count.
    tell(make_asset(boom, "all", "account"), "watch_time", {"2026-01-01": 9999})
    answer = report(alice, metrics="average_watch_time,plays,watch_time")
    assert answer["totals"] == {"average_watch_time": 2.5, "plays": 1004, "watch_time": 9999}


def test_a_ratio_of_a_country_is_of_the_level_that_its_sums_are_of(alice: Tenant) -> None:
    """The account tells of countries, though not of this one: its assets' figures count in neither."""
    boom = make_connection(alice)
    account, video = make_asset(boom, "all", "account"), make_asset(boom)
    for asset, country in ((account, "US"), (video, "JP")):
        tell(asset, "plays", {f"2026-01-01 {country}": 4}, dimension="country")
        tell(asset, "watch_time", {f"2026-01-01 {country}": 10}, dimension="country")
    totals = report(alice, metrics="plays,average_watch_time", country="JP")["totals"]
    assert totals == {"plays": None, "average_watch_time": None}


def test_nothing_reports_both(alice: Tenant) -> None:
    boom = make_connection(alice)
    tell(make_asset(boom, "plays"), "plays", {"2026-01-01": 1})
    tell(make_asset(boom, "time"), "watch_time", {"2026-01-01": 1})
    answer = report(alice, metrics="average_watch_time")
    assert answer["totals"] == {"average_watch_time": None}
    assert "not_reported_together" in codes(answer)


def test_nothing_divided_by_nothing_is_unknown(alice: Tenant) -> None:
    video = make_asset(make_connection(alice))
    tell(video, "plays", {"2026-01-01": 0})
    tell(video, "watch_time", {"2026-01-01": 0})
    assert report(alice, metrics="average_watch_time")["totals"] == {"average_watch_time": None}


def test_the_providers_own_average_stands_in(alice: Tenant) -> None:
    video = make_asset(make_connection(alice, "smart", "smartstream"))
    tell(video, "average_watch_time", {"2026-01-01": "12.5", "2026-01-02": "20"})
    days = report(alice, metrics="average_watch_time", interval="day", from_="2026-01-01", to="2026-01-02")
    assert [row["average_watch_time"] for row in days["rows"]] == [12.5, 20]
    assert days["totals"] == {"average_watch_time": None}
    tell(video, "plays", {"2026-01-01": 2})
    tell(video, "watch_time", {"2026-01-01": 30})
    assert report(alice, metrics="average_watch_time", **ONE_DAY)["totals"] == {"average_watch_time": 15}


def test_billed_share(alice: Tenant) -> None:
    call = make_asset(make_connection(alice, "fire", "callfire"), "1", "broadcast")
    tell(call, "call_duration", {"2026-01-01": 200})
    tell(call, "billed_duration", {"2026-01-01": 50})
    assert report(alice, metrics="billed_share")["totals"] == {"billed_share": 0.25}
