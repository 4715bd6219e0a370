"""Splits of a figure: countries, devices, results of calls."""

from reporting.models import Tenant
from tests.support.factories import codes, make_asset, make_connection, report, tell


def test_it_works(alice: Tenant) -> None:
    merchant = make_asset(make_connection(alice, "smart", "smartstream"), "m1", "account")
    tell(merchant, "plays", {"2026-01-01": 10, "2026-01-02": 5})
    tell(merchant, "plays", {"2026-01-01 JP": 7, "2026-01-01 US": 3, "2026-01-02 JP": 5}, dimension="country")
    answer = report(alice, metrics="plays", group_by="country", order_by="-plays")
    assert answer["rows"] == [{"country": "JP", "plays": 12}, {"country": "US", "plays": 3}]
    assert answer["totals"] == {"plays": 15}
    assert "remainder" not in codes(answer)


def test_a_dimension_never_adds_to_the_plain_figure(alice: Tenant) -> None:
    video = make_asset(make_connection(alice))
    tell(video, "plays", {"2026-01-01": 10})
    tell(video, "plays", {"2026-01-01 JP": 10}, dimension="country")
    tell(video, "plays", {"2026-01-01 phone": 10}, dimension="device")
    assert report(alice, metrics="plays")["rows"] == [{"plays": 10}]
    assert report(alice, metrics="plays", group_by="device")["rows"] == [{"device": "phone", "plays": 10}]


def test_what_is_not_split_is_a_row_without_a_key(alice: Tenant) -> None:
    one, two = make_connection(alice, "one"), make_connection(alice, "two")
    video = make_asset(one)
    tell(video, "plays", {"2026-01-01": 10})
    tell(video, "plays", {"2026-01-01 JP": 6, "2026-01-01 ZZ": 1}, dimension="country")
    tell(make_asset(two), "plays", {"2026-01-01": 5})  # its provider knows of no countries
    answer = report(alice, metrics="plays", group_by="country", order_by="-plays", limit=1)
    assert answer["rows"] == [{"country": None, "plays": 8}, {"country": None, "plays": 7}]
    assert answer["totals"] == {"plays": 15}
    assert "remainder" in codes(answer)
    rows = report(alice, marks=True, metrics="plays", group_by="country", order_by="plays")["rows"]
    assert [(row["row_type"], row["country"]) for row in rows] == [
        ("plain", "ZZ"),
        ("plain", "JP"),
        ("remainder", None),
    ]


def test_a_filter_by_country(alice: Tenant) -> None:
    video = make_asset(make_connection(alice))
    tell(video, "plays", {"2026-01-01": 10, "2026-01-02": 10})
    tell(video, "plays", {"2026-01-01 JP": 6, "2026-01-01 US": 3, "2026-01-02 ES": 1}, dimension="country")
    answer = report(alice, metrics="plays", country="jp", interval="day", from_="2026-01-01", to="2026-01-02")
    assert [row["plays"] for row in answer["rows"]] == [6, None]
    assert answer["totals"] == {"plays": 6}
    both = report(alice, metrics="plays", country="JP,ES", group_by="country")
    assert {row["country"]: row["plays"] for row in both["rows"]} == {"JP": 6, "ES": 1}
    assert both["totals"] == {"plays": 7}


def test_the_account_is_chosen_by_the_dimension_not_by_the_key(alice: Tenant) -> None:
    boom = make_connection(alice)
    account, video = make_asset(boom, "all", "account"), make_asset(boom)
    tell(account, "plays", {"2026-01-01": 10})
    tell(account, "plays", {"2026-01-01 US": 10}, dimension="country")
    tell(video, "plays", {"2026-01-01 JP": 6}, dimension="country")
    assert report(alice, metrics="plays", country="JP")["totals"] == {"plays": None}
    rows = report(alice, metrics="plays", group_by="country")["rows"]
    assert rows == [{"country": "US", "plays": 10}]


def test_dimensions_choose_their_level_apart_from_the_plain_figure(alice: Tenant) -> None:
    """The account gives no countries: its assets' are shown, and the rest is what they leave of the account's total."""
    boom = make_connection(alice)
    tell(make_asset(boom, "all", "account"), "plays", {"2026-01-01": 10})
    video = make_asset(boom)
    tell(video, "plays", {"2026-01-01": 8})
    tell(video, "plays", {"2026-01-01 JP": 8}, dimension="country")
    rows = report(alice, metrics="plays", group_by="country")["rows"]
    assert rows == [{"country": "JP", "plays": 8}, {"country": None, "plays": 2}]


def test_results_of_calls_by_asset(alice: Tenant) -> None:
    fire = make_connection(alice, "fire", "callfire")
    for name, attempts in (("1", 4), ("2", 6)):
        call = make_asset(fire, name, "broadcast")
        tell(call, "attempts", {"2026-01-01": attempts})
        tell(call, "attempts", {"2026-01-01 BUSY": 1, "2026-01-01 LA": attempts - 1}, dimension="result")
    answer = report(alice, metrics="attempts", group_by="result,asset", result="LA")
    assert [(row["result"], row["asset"], row["attempts"]) for row in answer["rows"]] == [
        ("LA", "1", 3),
        ("LA", "2", 5),
    ]
    assert answer["totals"] == {"attempts": 8}


def test_unique_addresses_by_country_are_the_readings_cells(alice: Tenant) -> None:
    video = make_asset(make_connection(alice, "v", "247platform"))
    tell(video, "unique_ips", {"2026-01-01 ES": 5, "2026-01-03 ES": 6, "2026-01-03 FR": 1}, "lifetime", "country")
    tell(video, "unique_ips", {"2026-01-03": 7}, "lifetime")
    answer = report(alice, metrics="unique_ips", interval="lifetime", group_by="country")
    assert answer["rows"] == [{"country": "ES", "unique_ips": 6}, {"country": "FR", "unique_ips": 1}]
    assert answer["totals"] == {"unique_ips": 7}
    two = report(alice, metrics="unique_ips", interval="lifetime", country="ES,FR")
    assert two["totals"] == {"unique_ips": None}
